//! The connection of an attempt: made from the right source, introduced by the PROXY protocol and carried through a TLS handshake where
//! that is asked for. Knows nothing of what is said over it.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use burdock_model::{Address, ProxyHeader, SourceAddress};
use burdock_proxy_protocol::{Addresses, TooLong};
use burdock_tls::ServerTls;
use burdock_tls_stream::Connected;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, ipproto, sockopt};
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, Interest, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

use crate::failure::Failure;

/// A connection that is there.
#[derive(Debug)]
pub(crate) struct Link {
    wire: Wire,
    /// Whether it ends in an orderly way; another is reset, which spares both sides the states that follow.
    linger: bool,
}

#[derive(Debug)]
enum Wire {
    Tcp(TcpStream),
    Unix(UnixStream),
    TlsTcp(Box<Connected<TcpStream>>),
    TlsUnix(Box<Connected<UnixStream>>),
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Before the server's program hears of it, where the system allows that: nothing is to be said over it.
    Unnoticed,
    /// By a reset.
    Reset,
    /// In an orderly way.
    Orderly,
}

/// Connects a socket.
pub(crate) async fn connect(
    address: &Address,
    source: Option<&SourceAddress>,
    ending: Ending,
) -> Result<OwnedFd, Failure> {
    let (socket, connected) = begin(address, source, ending)?;
    if connected {
        return Ok(socket);
    }
    let socket = burdock_os::join_event_loop(socket, Interest::WRITABLE).map_err(|error| Failure::socket(&error))?;
    // The event loop may report a new socket before the connection has got anywhere.
    loop {
        let mut guard = socket.writable().await.map_err(|error| Failure::connection(&error))?;
        sockopt::socket_error(socket.get_ref())
            .map_err(io::Error::from)
            .and_then(|outcome| Ok(outcome?))
            .map_err(|error| Failure::connection(&error))?;
        if rustix::net::getpeername(socket.get_ref()).is_ok() {
            drop(guard);
            return Ok(AsyncFd::into_inner(socket));
        }
        guard.clear_ready();
    }
}

impl Link {
    /// Makes a connection of a connected socket.
    pub(crate) fn new(socket: OwnedFd, address: &Address, ending: Ending) -> Result<Self, Failure> {
        let wire = match address {
            Address::Tcp(_) => TcpStream::from_std(socket.into()).map(Wire::Tcp),
            _ => UnixStream::from_std(socket.into()).map(Wire::Unix),
        };
        let wire = wire.map_err(|error| Failure::socket(&error))?;
        Ok(Self { wire, linger: ending == Ending::Orderly })
    }

    /// Tells the server by the PROXY protocol that it is a check (configuration manual 5.2 `check-send-proxy`).
    pub(crate) async fn introduce(&mut self, header: &ProxyHeader) -> Result<(), Failure> {
        let ends = match &self.wire {
            Wire::Tcp(stream) => stream.local_addr().ok().zip(stream.peer_addr().ok()),
            _ => None,
        };
        let ends = ends.map(|(source, destination)| Addresses { source, destination });
        let too_long = |TooLong| Failure::broken(&io::ErrorKind::InvalidInput.into());
        let header = header.of_check(ends.as_ref()).map_err(too_long)?;
        self.write_all(&header).await.map_err(|error| Failure::broken(&error))
    }

    /// Carries a TLS handshake through.
    pub(crate) async fn secure(self, tls: &ServerTls, server_name: Option<&str>) -> Result<Self, Failure> {
        let failed = |error: io::Error| Failure::handshake(&error, server_name.is_some());
        let wire = match self.wire {
            Wire::Tcp(stream) => {
                let handshake = burdock_tls_stream::connect(stream, tls, server_name);
                Wire::TlsTcp(Box::new(handshake.await.map_err(failed)?))
            }
            Wire::Unix(stream) => {
                let handshake = burdock_tls_stream::connect(stream, tls, server_name);
                Wire::TlsUnix(Box::new(handshake.await.map_err(failed)?))
            }
            secure => secure,
        };
        Ok(Self { wire, linger: self.linger })
    }

    /// The protocol that ALPN came to.
    pub(crate) fn agreed_protocol(&self) -> Option<&[u8]> {
        match &self.wire {
            Wire::TlsTcp(stream) => stream.get_ref().1.alpn_protocol(),
            Wire::TlsUnix(stream) => stream.get_ref().1.alpn_protocol(),
            Wire::Tcp(_) | Wire::Unix(_) => None,
        }
    }

    /// Our end of it, where it is one of IP.
    pub(crate) fn local_address(&self) -> Option<SocketAddr> {
        match &self.wire {
            Wire::Tcp(stream) => stream.local_addr().ok(),
            Wire::TlsTcp(stream) => stream.get_ref().0.local_addr().ok(),
            Wire::Unix(_) | Wire::TlsUnix(_) => None,
        }
    }

    /// Lets the connection end as it was asked for.
    pub(crate) fn close(self) {
        let socket: BorrowedFd<'_> = match &self.wire {
            Wire::Tcp(stream) => stream.as_fd(),
            Wire::TlsTcp(stream) => stream.get_ref().0.as_fd(),
            Wire::Unix(_) | Wire::TlsUnix(_) => return,
        };
        if !self.linger {
            // Where the system will not, it ends in an orderly way.
            let _ = sockopt::set_socket_linger(socket, Some(Duration::ZERO));
        }
    }
}

/// The same of what each wire is.
macro_rules! on_wire {
    ($self:ident, $wire:ident => $call:expr) => {
        match &mut $self.get_mut().wire {
            Wire::Tcp($wire) => $call,
            Wire::Unix($wire) => $call,
            Wire::TlsTcp($wire) => $call,
            Wire::TlsUnix($wire) => $call,
        }
    };
}

impl AsyncRead for Link {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        on_wire!(self, wire => Pin::new(wire).poll_read(cx, buffer))
    }
}

impl AsyncWrite for Link {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        on_wire!(self, wire => Pin::new(wire).poll_write(cx, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_wire!(self, wire => Pin::new(wire).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_wire!(self, wire => Pin::new(wire).poll_shutdown(cx))
    }
}

/// Sets a connection going; `true`: it is there already.
fn begin(address: &Address, source: Option<&SourceAddress>, ending: Ending) -> Result<(OwnedFd, bool), Failure> {
    match address {
        Address::Tcp(address) => {
            let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
            let socket = new_socket(family, Some(ipproto::TCP))?;
            if let Some(SourceAddress { address, interface, last_port }) = source {
                burdock_os::bind_source(&socket, *address, *last_port, interface.as_deref())
                    .map_err(|error| Failure::source(&error))?;
            }
            if ending == Ending::Unnoticed {
                drop_silently(&socket).map_err(|errno| Failure::socket(&errno.into()))?;
            }
            under_way(rustix::net::connect(&socket, address), socket)
        }
        Address::Unix(path) => {
            let address = SocketAddrUnix::new(path.as_path()).map_err(|errno| Failure::socket(&errno.into()))?;
            begin_unix(&address)
        }
        Address::Abstract { name, padded } => {
            begin_unix(&burdock_os::abstract_address(name, *padded).map_err(|error| Failure::socket(&error))?)
        }
        Address::Inherited(_) => Err(Failure::socket(&io::ErrorKind::Unsupported.into())),
    }
}

fn begin_unix(address: &SocketAddrUnix) -> Result<(OwnedFd, bool), Failure> {
    let socket = new_socket(AddressFamily::UNIX, None)?;
    match rustix::net::connect(&socket, address) {
        // A path that is not there, or no socket, is a fault of the set-up rather than of the server.
        Err(errno) if errno != rustix::io::Errno::CONNREFUSED && errno != rustix::io::Errno::AGAIN => {
            Err(Failure::socket(&errno.into()))
        }
        result => under_way(result, socket),
    }
}

fn new_socket(family: AddressFamily, protocol: Option<rustix::net::Protocol>) -> Result<OwnedFd, Failure> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    rustix::net::socket_with(family, SocketType::STREAM, flags, protocol)
        .map_err(|errno| Failure::socket(&errno.into()))
}

/// Lets the connection end with a reset before its handshake is over, where the system allows it: the server's program is then never
/// woken for a check.
fn drop_silently(socket: &OwnedFd) -> rustix::io::Result<()> {
    sockopt::set_tcp_quickack(socket, false)?;
    sockopt::set_socket_linger(socket, Some(Duration::ZERO))
}

fn under_way(result: rustix::io::Result<()>, socket: OwnedFd) -> Result<(OwnedFd, bool), Failure> {
    match result {
        Ok(()) => Ok((socket, true)),
        Err(rustix::io::Errno::INPROGRESS) => Ok((socket, false)),
        Err(errno) => Err(Failure::connection(&errno.into())),
    }
}
