//! `log` lines as written (configuration manual 4.2 `log`).

use std::net::IpAddr;
use std::os::fd::RawFd;
use std::path::PathBuf;

use burdock_model::{Address, Facility, Level, LogFormat, LogSample};

use super::Spanned;

/// The `log` lines of a section, in order.
pub type LogDraft = Vec<Spanned<LogLine>>;

/// A `log` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogLine {
    /// `log global`: the targets of the global section.
    Global,
    /// A target of its own.
    Target(LogLineTarget),
    /// A line that was at fault: there was to be a target.
    Faulty,
}

/// A `log` line with a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLineTarget {
    /// Where to.
    pub destination: LogDestination,
    /// `len`
    pub length: Option<usize>,
    /// `format`
    pub format: Option<LogFormat>,
    /// `profile`
    pub profile: Option<Spanned<String>>,
    /// `sample`
    pub sample: Option<LogSample>,
    /// The facility.
    pub facility: Facility,
    /// The maximum level.
    pub max_level: Option<Level>,
    /// The minimum level.
    pub min_level: Option<Level>,
}

/// Where log lines go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogDestination {
    /// Datagrams to an IP address.
    Udp(IpAddr, u16),
    /// Datagrams to a Unix socket.
    Unix(PathBuf),
    /// Datagrams to a Unix socket in the abstract name space.
    Abstract {
        /// The name.
        name: Vec<u8>,
        /// Whether it fills the whole address.
        padded: bool,
    },
    /// A connection to an address.
    Stream(Address),
    /// `ring@name`
    Ring(Spanned<String>),
    /// `backend@name`
    Backend(Spanned<String>),
    /// `stdout`, `stderr`, `fd@N`.
    Descriptor(RawFd),
}
