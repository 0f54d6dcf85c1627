//! One end of a connection.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// One end of a connection: an IP address and port, or a Unix socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// An IP address and port. IPv4 addresses mapped into IPv6 are kept as IPv4.
    Ip(SocketAddr),
    /// A Unix socket; log lines show `unix:N` with the id of the listener.
    Unix(u32),
}

impl Endpoint {
    /// From a socket address, mapped IPv4 unmapped.
    pub fn from_ip(address: SocketAddr) -> Self {
        Self::Ip(SocketAddr::new(address.ip().to_canonical(), address.port()))
    }

    /// The IP address; `None` for a Unix socket.
    pub const fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Ip(address) => Some(address.ip()),
            Self::Unix(_) => None,
        }
    }

    /// The port; zero for a Unix socket.
    pub const fn port(&self) -> u16 {
        match self {
            Self::Ip(address) => address.port(),
            Self::Unix(_) => 0,
        }
    }
}

/// `address:port` without brackets (the way log lines show IPv6 too), or `unix:id`.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => write!(f, "{}:{}", address.ip(), address.port()),
            Self::Unix(id) => write!(f, "unix:{id}"),
        }
    }
}
