//! The sockets of `log-forward` sections: datagrams one by one, connections up to the section's limit.

use std::io;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use burdock_state::ProcessCounter;
use burdock_tls::BindTls;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::{TcpListener, UdpSocket, UnixDatagram, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::frames::{Frame, next_frame};
use super::{Forwarder, Section};
use crate::log::within;

/// A bound socket of a `log-forward` section, non-blocking; stream sockets listen.
#[derive(Debug)]
pub enum ForwardSocket {
    /// UDP.
    Udp(std::net::UdpSocket),
    /// Unix datagrams.
    UnixDatagram(std::os::unix::net::UnixDatagram),
    /// TCP.
    Tcp(std::net::TcpListener),
    /// Unix streams.
    Unix(std::os::unix::net::UnixListener),
}

/// A socket of a `log-forward` section.
#[derive(Debug)]
pub struct ForwardInlet {
    /// The section, by its index in [`burdock_model::Logging::forwards`].
    pub section: usize,
    /// The socket.
    pub socket: ForwardSocket,
    /// What connections begin with; none: messages come in clear.
    pub tls: Option<Arc<BindTls>>,
}

/// The largest datagram.
const DATAGRAM_BYTES: usize = 65_536;
/// After an error of a socket, this long passes before it is tried again.
const ERROR_PAUSE: Duration = Duration::from_millis(100);

impl Forwarder {
    /// Receives and passes on until dropped. A socket that the event loop does not take is reported by nobody: it was bound already, and
    /// only a process without descriptors gets there.
    pub(in crate::log) async fn receive(self: Rc<Self>, inlet: ForwardInlet) {
        let ForwardInlet { section, socket, tls } = inlet;
        if section >= self.sections.len() {
            return;
        }
        let connections = Connections::new(&self, section, tls);
        let _ = match socket {
            ForwardSocket::Udp(socket) => self.udp(section, socket).await,
            ForwardSocket::UnixDatagram(socket) => self.unix_datagrams(section, socket).await,
            ForwardSocket::Tcp(listener) => tcp(listener, connections).await,
            ForwardSocket::Unix(listener) => unix(listener, connections).await,
        };
    }

    async fn udp(&self, section: usize, socket: std::net::UdpSocket) -> io::Result<()> {
        let socket = UdpSocket::from_std(socket)?;
        let mut buffer = vec![0; DATAGRAM_BYTES];
        loop {
            match socket.recv_from(&mut buffer).await {
                Ok((n, sender)) => self.datagram(section, buffer.get(..n), Some(sender.ip().to_canonical())),
                Err(_) => sleep(ERROR_PAUSE).await,
            }
        }
    }

    async fn unix_datagrams(&self, section: usize, socket: std::os::unix::net::UnixDatagram) -> io::Result<()> {
        let socket = UnixDatagram::from_std(socket)?;
        let mut buffer = vec![0; DATAGRAM_BYTES];
        loop {
            match socket.recv(&mut buffer).await {
                Ok(n) => self.datagram(section, buffer.get(..n), None),
                Err(_) => sleep(ERROR_PAUSE).await,
            }
        }
    }

    fn datagram(&self, section: usize, datagram: Option<&[u8]>, sender: Option<IpAddr>) {
        if let (Some(section), Some(datagram)) = (self.sections.get(section), datagram)
            && !datagram.is_empty()
        {
            self.forward(section, datagram, sender);
        }
    }

    /// As [`Forwarder::messages`], once the handshake is carried through.
    async fn secure_connection(
        &self,
        section: &Section,
        tls: &BindTls,
        stream: impl AsyncRead + AsyncWrite + Unpin,
        sender: Option<IpAddr>,
    ) -> io::Result<()> {
        let handshake = burdock_tls_stream::accept(stream, tls);
        let stream = within(section.settings.client_timeout_ms, handshake).await?;
        self.process.counters.add_shared(ProcessCounter::TlsHandshakes, 1);
        self.messages(section, stream, sender).await
    }

    /// Passes on the messages of a connection until it ends, is silent for too long, or sends what is no message.
    async fn messages(
        &self,
        section: &Section,
        mut stream: impl AsyncRead + Unpin,
        sender: Option<IpAddr>,
    ) -> io::Result<()> {
        let mut buffer = vec![0; self.max_message];
        let mut filled = 0;
        loop {
            let room = buffer.get_mut(filled..).unwrap_or_default();
            if room.is_empty() {
                // The message is longer than the buffer.
                return Ok(());
            }
            let n = within(section.settings.client_timeout_ms, stream.read(room)).await?;
            if n == 0 {
                return Ok(());
            }
            filled += n;
            let mut done = 0;
            loop {
                let rest = buffer.get(done..filled).unwrap_or_default();
                match next_frame(rest, section.settings.assume_lines) {
                    Frame::Message(message, length) => {
                        self.forward(section, message, sender);
                        done += length;
                    }
                    Frame::Partial => break,
                    Frame::Bad => return Ok(()),
                }
            }
            buffer.copy_within(done..filled, 0);
            filled -= done;
        }
    }
}

async fn tcp(listener: std::net::TcpListener, mut connections: Connections) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let place = connections.room().await;
        match listener.accept().await {
            Ok((stream, sender)) => connections.begin(stream, Some(sender.ip().to_canonical()), place),
            Err(_) => sleep(ERROR_PAUSE).await,
        }
    }
}

async fn unix(listener: std::os::unix::net::UnixListener, mut connections: Connections) -> io::Result<()> {
    let listener = UnixListener::from_std(listener)?;
    loop {
        let place = connections.room().await;
        match listener.accept().await {
            Ok((stream, _)) => connections.begin(stream, None, place),
            Err(_) => sleep(ERROR_PAUSE).await,
        }
    }
}

/// The connections of one listener. They end with it.
struct Connections {
    forwarder: Rc<Forwarder>,
    section: usize,
    tls: Option<Arc<BindTls>>,
    room: Arc<Semaphore>,
    tasks: JoinSet<()>,
}

impl Connections {
    fn new(forwarder: &Rc<Forwarder>, section: usize, tls: Option<Arc<BindTls>>) -> Self {
        let room =
            forwarder.sections.get(section).map_or_else(|| Arc::new(Semaphore::new(0)), |it| Arc::clone(&it.room));
        Self { forwarder: Rc::clone(forwarder), section, tls, room, tasks: JoinSet::new() }
    }

    /// Waits until the section has room for a connection.
    async fn room(&mut self) -> Option<OwnedSemaphorePermit> {
        while self.tasks.try_join_next().is_some() {}
        Arc::clone(&self.room).acquire_owned().await.ok()
    }

    fn begin(
        &mut self,
        stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
        sender: Option<IpAddr>,
        place: Option<OwnedSemaphorePermit>,
    ) {
        let (forwarder, section, tls) = (Rc::clone(&self.forwarder), self.section, self.tls.clone());
        self.tasks.spawn_local(async move {
            if let Some(section) = forwarder.sections.get(section) {
                // However it ended, there is nobody to tell.
                let _ = match &tls {
                    None => forwarder.messages(section, stream, sender).await,
                    Some(tls) => forwarder.secure_connection(section, tls, stream, sender).await,
                };
            }
            drop(place);
        });
    }
}
