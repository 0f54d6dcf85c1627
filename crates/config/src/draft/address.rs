//! Addresses as they are written (configuration manual 4.2 `bind`, `server`, `source`): split into their parts, names not resolved.

use std::net::IpAddr;
use std::os::fd::RawFd;
use std::path::PathBuf;

use super::Spanned;

/// What an address word names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// An IP address or host name, and a port.
    Ip {
        /// The part before the last colon.
        host: HostPart,
        /// The part behind it.
        port: PortPart,
    },
    /// `unix@path`, or a word that begins with `/`.
    Unix(PathBuf),
    /// `abns@name` (padded) or `abnsz@name`.
    Abstract {
        /// The name.
        name: Vec<u8>,
        /// Whether it fills the whole address.
        padded: bool,
    },
    /// `fd@N`.
    Descriptor(RawFd),
}

/// The host part of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostPart {
    /// Nothing or `*`: any address of that family.
    Any(Family),
    /// An address.
    Address(IpAddr),
    /// A name to be resolved to an address of that family.
    Name(String, Family),
}

/// Which IP version a prefix asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Family {
    /// No prefix: whatever is there; nothing means IPv4.
    #[default]
    Unspecified,
    /// `ipv4@`, `tcp4@`.
    V4,
    /// `ipv6@`, `tcp6@`.
    V6,
}

/// The port part of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortPart {
    /// There is none.
    Missing,
    /// A number.
    Fixed(u16),
    /// `first-last`.
    Range(u16, u16),
    /// `+N` or `-N`, relative to the client's port.
    Offset(i32),
}

/// The address of a `server` line.
pub type ServerAddress = Spanned<Written>;
