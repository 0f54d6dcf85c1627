//! A raw HTTP/1 client over one TCP connection: sends the very bytes it is given.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::SockRef;

use crate::http::{Response, Wire};
use crate::wait::PATIENCE;

/// One connection to the program under test.
#[derive(Debug)]
pub struct Client {
    wire: Wire<TcpStream>,
}

/// How a connection ended, seen from this side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The peer closed in order; these bytes came before.
    Closed(Vec<u8>),
    /// The peer reset the connection.
    Reset,
    /// Nothing happened within the time given; these bytes had come.
    Open(Vec<u8>),
}

impl Client {
    /// Connects to a port of the loopback address.
    pub fn connect(port: u16) -> Self {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))
            .unwrap_or_else(|e| panic!("connecting to port {port}: {e}"));
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { wire: Wire::new(stream) }
    }

    /// This side's address, as the program logs it.
    pub fn address(&self) -> SocketAddr {
        self.wire.socket.local_addr().unwrap()
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_send(bytes).expect("sending");
    }

    /// Sends bytes as they are, where the peer may have gone.
    ///
    /// # Errors
    /// When the peer has closed or does not read for too long.
    pub fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.wire.socket.write_all(bytes.as_ref())
    }

    /// Reads one response to a request whose method's responses have bodies.
    ///
    /// # Panics
    /// When the connection ends before the response is whole.
    pub fn response(&mut self) -> Response {
        self.response_to("GET")
    }

    /// Reads one response to a request of that method; 1xx is a response of its own.
    ///
    /// # Panics
    /// When the connection ends before the response is whole.
    pub fn response_to(&mut self, method: &str) -> Response {
        self.try_response(method).expect("reading a response").expect("a response, not the end of the connection")
    }

    /// Reads one response; `None` when the connection ends before its first byte.
    ///
    /// # Errors
    /// When it ends within the response, is reset, or stays silent for [`PATIENCE`].
    pub fn try_response(&mut self, method: &str) -> io::Result<Option<Response>> {
        self.wire.response(method)
    }

    /// Sends a request given as bytes and reads its response.
    pub fn request(&mut self, bytes: impl AsRef<[u8]>) -> Response {
        let bytes = bytes.as_ref();
        self.send(bytes);
        let method = bytes.split(|byte| *byte == b' ').next().unwrap_or_default();
        self.response_to(&String::from_utf8_lossy(method))
    }

    /// A GET with a `Host` and the given header lines.
    pub fn get(&mut self, path: &str, fields: &[&str]) -> Response {
        self.request(get(path, fields))
    }

    /// As many bytes as asked for, for what is not HTTP.
    pub fn exactly(&mut self, count: usize) -> Vec<u8> {
        self.wire.exactly(count).expect("reading")
    }

    /// Waits for the peer to end the connection.
    pub fn end(&mut self) -> End {
        self.end_within(PATIENCE)
    }

    /// Waits that long for the peer to end the connection, gathering what it still sends.
    pub fn end_within(&mut self, limit: Duration) -> End {
        self.wire.socket.set_read_timeout(Some(limit)).unwrap();
        let end = match self.wire.rest() {
            Ok(bytes) => End::Closed(bytes),
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                End::Open(self.wire.take_pending())
            }
            Err(_) => End::Reset,
        };
        self.wire.socket.set_read_timeout(Some(PATIENCE)).unwrap();
        end
    }

    /// Says that nothing more is sent, and keeps reading.
    pub fn half_close(&mut self) {
        self.wire.socket.shutdown(Shutdown::Write).unwrap();
    }

    /// Ends the connection by a reset.
    pub fn reset(self) {
        abort(&self.wire.socket);
    }

    /// Reads at most a few bytes, to begin a download that is then left alone.
    pub fn some_bytes(&mut self) -> usize {
        self.wire.socket.read(&mut [0; 512]).expect("reading")
    }
}

/// Makes the close that follows a reset instead of an orderly end.
pub(crate) fn abort(socket: &TcpStream) {
    SockRef::from(socket).set_linger(Some(Duration::ZERO)).unwrap();
}

/// Bytes of a GET with a `Host` and the given header lines.
pub fn get(path: &str, fields: &[&str]) -> String {
    let lines: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
    format!("GET {path} HTTP/1.1\r\nHost: example.test\r\n{lines}\r\n")
}

/// Bytes of a POST with a body of known length.
pub fn post(path: &str, fields: &[&str], body: &str) -> String {
    let lines: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
    format!("POST {path} HTTP/1.1\r\nHost: example.test\r\nContent-Length: {}\r\n{lines}\r\n{body}", body.len())
}
