//! Ports that stay ours while nobody listens on them, so that an application comes back where it was.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use socket2::{Domain, Socket, Type};

/// An address held by a socket that is bound but never listens.
///
/// Connections to it are refused as by a machine that is off, while the port cannot go to anybody else: the kernel neither
/// hands it to another listener nor picks it as the source of an outgoing connection. The latter matters on loopback, where
/// a health check of a free port would sooner or later get that very port as its source, and connect to itself.
pub(crate) struct ReservedPort {
    address: SocketAddr,
    _hold: Socket,
}

impl ReservedPort {
    /// Takes `wanted`, or a port of the kernel's choice where its port is 0. Fails when somebody listens there.
    pub fn claim(wanted: SocketAddr) -> io::Result<Self> {
        // SO_REUSEPORT would let two demos of one user share a port unnoticed, so the claim is made without it.
        let probe = socket(wanted)?;
        probe.bind(&wanted.into())?;
        probe.listen(1)?;
        let address = probe.local_addr()?.as_socket().ok_or_else(|| io::Error::other("not an internet address"))?;
        drop(probe);

        let hold = socket(address)?;
        hold.set_reuse_port(true)?;
        hold.bind(&address.into())?;
        Ok(Self { address, _hold: hold })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A listener on the port. Another holder of SO_REUSEPORT and the same user, such as the proxy, may listen there too.
    pub fn listen(&self) -> io::Result<TcpListener> {
        let socket = socket(self.address)?;
        socket.set_reuse_port(true)?;
        socket.bind(&self.address.into())?;
        socket.listen(BACKLOG)?;
        socket.set_nonblocking(true)?;
        Ok(socket.into())
    }
}

/// Connections the kernel accepts for us while we are busy.
const BACKLOG: i32 = 1024;

pub(crate) fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// Where a client on this machine reaches a listener on `address`: loopback for the "any" addresses.
pub(crate) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn socket(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpStream;

    #[test]
    fn a_reserved_port_refuses_connections_until_somebody_listens_on_it() {
        let port = ReservedPort::claim(loopback(0)).unwrap();
        let refused = TcpStream::connect(port.address()).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);

        let listener = port.listen().unwrap();
        TcpStream::connect(port.address()).unwrap();
        drop(listener);
        assert!(TcpStream::connect(port.address()).is_err());
        port.listen().unwrap();
    }

    #[test]
    fn a_port_that_somebody_listens_on_cannot_be_claimed() {
        let port = ReservedPort::claim(loopback(0)).unwrap();
        let _listener = port.listen().unwrap();
        let taken = ReservedPort::claim(port.address()).err().unwrap();
        assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
    }

    #[test]
    fn any_address_is_reached_by_loopback() {
        let check = |bound: &str, expected: &str| {
            assert_eq!(reachable(bound.parse().unwrap()), expected.parse().unwrap(), "{bound}");
        };
        check("0.0.0.0:80", "127.0.0.1:80");
        check("[::]:80", "[::1]:80");
        check("127.0.0.2:80", "127.0.0.2:80");
    }
}
