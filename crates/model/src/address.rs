//! Addresses to listen on and to connect to (configuration manual 11).

use std::net::SocketAddr;
use std::os::fd::RawFd;
use std::path::PathBuf;

/// A resolved address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// TCP over IPv4 or IPv6.
    Tcp(SocketAddr),
    /// A Unix stream socket in the file system.
    Unix(PathBuf),
    /// A Unix stream socket in the abstract name space; `padded` names fill the whole address with zeros (`abns@`), others do not (`abnsz@`).
    Abstract {
        /// The name, without the leading zero byte.
        name: Vec<u8>,
        /// Whether the name fills the whole address.
        padded: bool,
    },
    /// A socket inherited from the parent process (`fd@N`).
    Inherited(RawFd),
}

impl Address {
    /// The IP address and port, of those that have one.
    pub const fn socket_address(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address) => Some(*address),
            Self::Unix(_) | Self::Abstract { .. } | Self::Inherited(_) => None,
        }
    }
}

/// `source`: the address from which connections to a server are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceAddress {
    /// The address; port zero lets the kernel choose.
    pub address: SocketAddr,
    /// `interface`: the device to bind to.
    pub interface: Option<String>,
    /// Where a range of ports is given, its last port; ports are taken in turn from `address`'s on.
    pub last_port: Option<u16>,
}

/// As the statistics and logs show it: `ip:port`, a path, `abns@name` or `fd@N`.
impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Unix(path) => write!(f, "{}", path.display()),
            Self::Abstract { name, padded: true } => write!(f, "abns@{}", String::from_utf8_lossy(name)),
            Self::Abstract { name, padded: false } => write!(f, "abnsz@{}", String::from_utf8_lossy(name)),
            Self::Inherited(fd) => write!(f, "fd@{fd}"),
        }
    }
}
