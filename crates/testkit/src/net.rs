//! Ports and sockets of the loopback address: free ones, refusing ones, ones that swallow connections.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

/// Whether something listens on this TCP port. Makes no connection, which the program would log or pass on: binding beside a socket is
/// allowed as long as that one does not listen.
pub fn is_listening(port: u16) -> bool {
    Reserved::at(port).is_err()
}

/// A port that the kernel chose, held so that nobody gets it by chance: every connection is refused until somebody listens who was
/// told its number. The kernel lets a server bind it beside this socket, as both allow addresses to be reused and this one never
/// listens.
#[derive(Debug)]
pub struct Reserved {
    socket: Socket,
    port: u16,
}

impl Reserved {
    /// Any port.
    pub fn new() -> Self {
        Self::at(0).unwrap()
    }

    /// A certain port, such as one that was listened on before.
    ///
    /// # Errors
    /// When somebody else holds it.
    pub fn at(port: u16) -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
        socket.set_reuse_address(true)?;
        socket.bind(&SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)).into())?;
        let port = socket.local_addr()?.as_socket().map_or(0, |address| address.port());
        Ok(Self { socket, port })
    }

    /// The port's number.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on connections are taken.
    pub fn listen(self) -> TcpListener {
        self.socket.listen(128).unwrap();
        self.socket.into()
    }
}

impl Default for Reserved {
    fn default() -> Self {
        Self::new()
    }
}

/// A port whose connections are neither taken nor refused: its accept queue is full, so SYNs are lost.
#[derive(Debug)]
pub struct BlackHole {
    _listener: Socket,
    _queue: Vec<Socket>,
    /// The port's number.
    pub port: u16,
}

impl BlackHole {
    /// Fills the queue of a port that nobody accepts from.
    pub fn new() -> Self {
        const MORE_THAN_THE_QUEUE: usize = 4;
        let Reserved { socket, port } = Reserved::new();
        socket.listen(0).unwrap();
        let address = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)).into();
        let queue = (0..MORE_THAN_THE_QUEUE).map(|_| {
            let filler = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP)).unwrap();
            filler.set_nonblocking(true).unwrap();
            let _in_progress = filler.connect(&address);
            filler
        });
        Self { _queue: queue.collect(), _listener: socket, port }
    }
}

impl Default for BlackHole {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn a_reserved_port_refuses_until_a_server_that_was_told_it_listens() {
        let reserved = Reserved::new();
        let connect = || TcpStream::connect((Ipv4Addr::LOCALHOST, reserved.port()));
        assert!(connect().is_err());
        assert!(!is_listening(reserved.port()));
        let _server = TcpListener::bind((Ipv4Addr::LOCALHOST, reserved.port())).unwrap();
        assert!(is_listening(reserved.port()));
        assert!(connect().is_ok());
    }
}
