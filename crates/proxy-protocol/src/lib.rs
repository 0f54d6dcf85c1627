//! What a proxy says of a connection in front of its first byte: the PROXY protocol, versions 1 and 2 (HAProxy's `proxy-protocol.txt`), and
//! the Client IP header of NetScaler. Bytes in, headers out, and back; knows no sockets and no clocks.
#![forbid(unsafe_code)]

pub mod netscaler;
pub mod tlv;
mod v1;
mod v2;
mod write;

use std::net::SocketAddr;

pub use tlv::Tlvs;
pub use write::{TlvWriter, TooLong, V2Writer, write_v1};

/// The two ends of a connection, as a proxy tells of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// Where the client is.
    pub source: SocketAddr,
    /// What it connected to.
    pub destination: SocketAddr,
}

/// A header of the PROXY protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Whom the connection is for; none: the proxy speaks for itself, or does not know, and the connection's own ends count.
    pub addresses: Option<Addresses>,
    /// What else it tells; nothing in version 1.
    pub tlvs: Tlvs,
}

/// What the first bytes of a connection come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parse<T> {
    /// It takes more of them.
    Partial,
    /// A header.
    Complete {
        /// What it says.
        header: T,
        /// How many bytes it takes.
        length: usize,
    },
}

/// What is wrong with a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is none.
    NotHeader,
    /// It names a protocol that is not served.
    Protocol,
    /// It is not as it should be.
    Invalid,
}

/// A header that was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Why.
    pub fault: Fault,
    /// The addresses, where they were sound and what follows them is not.
    pub addresses: Option<Addresses>,
}

impl From<Fault> for Rejected {
    fn from(fault: Fault) -> Self {
        Self { fault, addresses: None }
    }
}

/// Fewer bytes than this tell nothing (section 2).
const SHORTEST: usize = 6;

/// Reads a header of either version.
///
/// # Errors
/// The bytes begin none, or one that cannot be accepted.
pub fn parse(bytes: &[u8]) -> Result<Parse<Header>, Rejected> {
    if bytes.len() < SHORTEST {
        return Ok(Parse::Partial);
    }
    if let Some(line) = bytes.strip_prefix(v1::PREFIX) {
        return v1::parse(line).map_err(Rejected::from);
    }
    v2::parse(bytes)
}

#[cfg(test)]
mod tests;
