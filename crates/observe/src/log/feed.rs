//! Feeding a ring's server: a task that keeps a connection, writes the ring's lines to it as they come, and connects anew where it breaks.
//! It reads a copy of the lines, so a slow server holds nobody up: what it does not fetch in time is lost to it. With TLS a connection is there
//! once its handshake is.

use std::io;
use std::os::linux::net::SocketAddrExt;
use std::sync::Arc;
use std::time::Duration;

use burdock_model::{Address, FixedTls, Framing, LogRing, RingServer, SourceAddress};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::time::sleep;

use super::reader::RingReader;
use super::within;

/// Bytes of lines that are written at once.
const BATCH_BYTES: usize = 64 * 1024;
/// How long after a failed connection the next one is tried.
const RECONNECT_AFTER: Duration = Duration::from_secs(1);

/// A ring's server and the place it has in the ring.
#[derive(Debug)]
pub(super) struct Feed {
    lines: RingReader,
    server: RingServer,
}

/// Lines taken from the ring, framed, and how far they are written. Outlives connections, so that none is lost with one.
#[derive(Debug, Default)]
struct Batch {
    bytes: Vec<u8>,
    /// Where each line ends.
    ends: Vec<usize>,
    written: usize,
    /// Lines written on the present connection.
    carried: u64,
}

/// Why a connection is over.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// It broke.
    Broken,
    /// It has carried as much as it may.
    Used,
    /// Everything is written and nothing more will come.
    Finished,
}

impl Feed {
    /// Takes a place in the ring: from here on, lines that this server misses are counted.
    pub(super) fn new(ring: &Arc<LogRing>, server: &RingServer) -> Feed {
        Feed { lines: RingReader::new(ring), server: server.clone() }
    }

    /// Feeds the server until `finishing` says so and everything is written.
    pub(super) async fn run(self, mut finishing: watch::Receiver<bool>) {
        let mut batch = Batch::default();
        loop {
            batch.begin_connection();
            let end = match self.connect().await {
                Ok(stream) => self.serve(stream, &mut batch, &mut finishing).await,
                Err(_) => End::Broken,
            };
            match end {
                End::Finished => return,
                End::Used => {}
                // One that was of use is replaced at once.
                End::Broken if batch.carried > 0 => {}
                End::Broken => sleep(RECONNECT_AFTER).await,
            }
        }
    }

    async fn connect(&self) -> io::Result<Box<dyn Connection>> {
        let connecting = async {
            match &self.server.address {
                Address::Tcp(address) => self.secure(connect_tcp(*address, self.server.source.as_ref()).await?).await,
                Address::Unix(path) => self.secure(UnixStream::connect(path).await?).await,
                Address::Abstract { name, padded } => {
                    let address = burdock_os::abstract_address(name, *padded)?;
                    let name = address.abstract_name().unwrap_or_default();
                    let address = std::os::unix::net::SocketAddr::from_abstract_name(name)?;
                    let stream = std::os::unix::net::UnixStream::connect_addr(&address)?;
                    stream.set_nonblocking(true)?;
                    self.secure(UnixStream::from_std(stream)?).await
                }
                Address::Inherited(_) => Err(io::ErrorKind::Unsupported.into()),
            }
        };
        within(self.lines.ring.connect_timeout_ms, connecting).await
    }

    /// The handshake, where the server speaks TLS.
    async fn secure(&self, stream: impl Connection + 'static) -> io::Result<Box<dyn Connection>> {
        match &self.server.tls {
            None => Ok(Box::new(stream)),
            Some(FixedTls { tls, sni }) => {
                Ok(Box::new(burdock_tls_stream::connect(stream, tls, sni.as_deref()).await?))
            }
        }
    }

    /// Writes lines until the connection is over. What the server says is not listened to, but its end is.
    async fn serve(
        &self,
        stream: Box<dyn Connection>,
        batch: &mut Batch,
        finishing: &mut watch::Receiver<bool>,
    ) -> End {
        let (from_server, to_server) = tokio::io::split(stream);
        tokio::select! {
            () = read_to_end(from_server) => End::Broken,
            end = self.write_lines(to_server, batch, finishing) => end,
        }
    }

    async fn write_lines(
        &self,
        mut to_server: impl AsyncWrite + Unpin,
        batch: &mut Batch,
        finishing: &mut watch::Receiver<bool>,
    ) -> End {
        let end = loop {
            while batch.written < batch.bytes.len() {
                let rest = batch.bytes.get(batch.written..).unwrap_or_default();
                match within(self.lines.ring.server_timeout_ms, to_server.write(rest)).await {
                    Ok(n) if n > 0 => batch.wrote(n),
                    _ => return End::Broken,
                }
            }
            // TLS holds back what the socket has no room for.
            if within(self.lines.ring.server_timeout_ms, to_server.flush()).await.is_err() {
                return End::Broken;
            }
            if self.server.max_reuse.is_some_and(|most| batch.carried > u64::from(most)) {
                break End::Used;
            }
            if !self.lines.wait_for_line(finishing).await {
                break End::Finished;
            }
            batch.clear();
            self.lines.take_lines(|head, tail| {
                batch.push(head, tail, self.server.framing);
                batch.bytes.len() < BATCH_BYTES
            });
        };
        // Whether the server hears of the end in good order changes nothing for us.
        let _ = within(self.lines.ring.server_timeout_ms, to_server.shutdown()).await;
        end
    }
}

impl Batch {
    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.written = 0;
    }

    /// A line that was written in part is written again as a whole.
    fn begin_connection(&mut self) {
        let whole = self.ends.partition_point(|&end| end <= self.written);
        self.written = whole.checked_sub(1).and_then(|last| self.ends.get(last)).copied().unwrap_or(0);
        self.carried = 0;
    }

    fn wrote(&mut self, n: usize) {
        let lines_before = self.ends.partition_point(|&end| end <= self.written);
        self.written += n;
        self.carried += (self.ends.partition_point(|&end| end <= self.written) - lines_before) as u64;
    }

    /// Adds a line as RFC 6587 has it.
    fn push(&mut self, head: &[u8], tail: &[u8], framing: Framing) {
        if framing == Framing::OctetCount {
            self.bytes.extend_from_slice((head.len() + tail.len()).to_string().as_bytes());
            self.bytes.push(b' ');
        }
        self.bytes.extend_from_slice(head);
        self.bytes.extend_from_slice(tail);
        if framing == Framing::Lines {
            self.bytes.push(b'\n');
        }
        self.ends.push(self.bytes.len());
    }
}

/// A stream of any kind to a server.
trait Connection: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection for S {}

async fn connect_tcp(address: std::net::SocketAddr, source: Option<&SourceAddress>) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_nodelay(true)?;
    if let Some(source) = source {
        burdock_os::bind_source(&socket, source.address, source.last_port, source.interface.as_deref())?;
    }
    socket.connect(address).await
}

/// Returns when the other side has closed or the connection broke.
async fn read_to_end(mut from: impl AsyncRead + Unpin) {
    let mut ignored = [0; 512];
    while from.read(&mut ignored).await.is_ok_and(|n| n > 0) {}
}

#[cfg(test)]
mod tests;
