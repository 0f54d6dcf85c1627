//! What log lines travel through beside plain sockets: `ring` and `log-forward` sections (configuration manual 12.5 and 12.6) and backends in
//! `mode log` (4.2 `mode`).

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use burdock_base::ProxyId;
use burdock_sample::Expression;
use burdock_state::{Backend, Ring, Server};
use burdock_tls::BindTls;

use crate::address::{Address, SourceAddress};
use crate::bind::{SocketOptions, UnixPermissions};
use crate::log::{LogFormat, LogProfile, LogTarget, Transport};
use crate::tls::FixedTls;

/// Rings, log backends and log forwarders.
#[derive(Debug, Default)]
pub struct Logging {
    /// `ring` sections, then the rings that stand before stream targets.
    pub rings: Vec<Arc<LogRing>>,
    /// Backends in `mode log`.
    pub farms: Vec<Arc<LogFarm>>,
    /// `log-forward` sections.
    pub forwards: Vec<Arc<LogForward>>,
    /// `log-profile` sections.
    pub profiles: Vec<LogProfile>,
}

/// A ring: lines wait in memory for those who fetch them.
#[derive(Debug)]
pub struct LogRing {
    /// Its name, as `show events` knows it.
    pub name: String,
    /// `description`.
    pub description: String,
    /// `format`: how lines are framed, whatever the `log` line says; none: as the `log` line says.
    pub format: Option<LogFormat>,
    /// `maxlen`: bytes after which a line is cut.
    pub max_length: usize,
    /// `timeout connect`, in milliseconds.
    pub connect_timeout_ms: Option<u64>,
    /// `timeout server`: milliseconds that lines may wait to be taken by a connection.
    pub server_timeout_ms: Option<u64>,
    /// `server` lines: each gets every line.
    pub servers: Vec<RingServer>,
    /// `backing-file`: where the lines are kept beyond the process.
    pub backing_file: Option<PathBuf>,
    /// `size`: bytes that are kept.
    pub size: usize,
    /// The lines.
    pub live: Arc<Ring>,
}

/// A server that is fed from a ring.
#[derive(Clone, Debug)]
pub struct RingServer {
    /// Its name.
    pub name: String,
    /// Where it is: a stream socket.
    pub address: Address,
    /// `source`
    pub source: Option<SourceAddress>,
    /// `log-proto`
    pub framing: Framing,
    /// `max-reuse`: a connection that has carried more lines than this is replaced.
    pub max_reuse: Option<u32>,
    /// `ssl` and what goes with it; none: lines go in clear.
    pub tls: Option<FixedTls>,
}

/// How lines are told apart on a stream (RFC 6587 section 3.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// `log-proto legacy`: a line feed ends each (3.4.2).
    #[default]
    Lines,
    /// `log-proto octet-count`: the length stands before each (3.4.1).
    OctetCount,
}

/// The servers of a backend in `mode log`.
#[derive(Debug)]
pub struct LogFarm {
    /// The backend.
    pub proxy: ProxyId,
    /// Its name.
    pub name: String,
    /// `balance`
    pub balance: LogBalance,
    /// For [`LogBalance::Hash`].
    pub hash: Option<LogHash>,
    /// `option allbackups`
    pub all_backups: bool,
    /// Its servers, in the order of the configuration.
    pub servers: Vec<FarmServer>,
    /// The backend's live state, which says when a server's changed.
    pub state: Arc<Backend>,
    /// Lines sent so far, for taking turns.
    pub turn: AtomicU32,
}

/// `balance` of a backend in `mode log`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogBalance {
    /// `roundrobin`
    RoundRobin,
    /// `random`, and what no `balance` line means.
    #[default]
    Random,
    /// `sticky`: the server that has been usable the longest.
    Sticky,
    /// `log-hash`: by a key that the line's text has in it. See [`LogFarm::hash`].
    Hash,
}

/// The algorithms that only log lines are spread by: name, usage, meaning.
pub const LOG_ALGORITHMS: [(&str, &str, &str); 2] = [
    ("log-hash", "log-hash <converters>", "in mode log: by the key that converters take out of the line's text"),
    ("sticky", "sticky", "in mode log: the server that has been usable the longest"),
];

/// How `log-hash` finds a server.
#[derive(Clone, Debug)]
pub struct LogHash {
    /// Converters that take the key out of the text.
    pub key: Expression,
    /// `hash-type`: converters that make a number of the key; none: it is one.
    pub hash: Option<Expression>,
}

/// A server of a backend in `mode log`.
#[derive(Debug)]
pub struct FarmServer {
    /// How lines get there: datagrams, or a ring of its own.
    pub transport: Transport,
    /// `backup`
    pub backup: bool,
    /// Its live state.
    pub state: Arc<Server>,
}

/// A `log-forward` section.
#[derive(Debug)]
pub struct LogForward {
    /// Its name.
    pub name: String,
    /// `bind` and `dgram-bind` lines, ranges of ports spread out.
    pub listeners: Vec<ForwardListener>,
    /// `log` lines.
    pub targets: Vec<ForwardTarget>,
    /// `maxconn`: connections at once.
    pub maxconn: u32,
    /// `backlog`
    pub backlog: Option<u32>,
    /// `timeout client`: milliseconds that a connection may be silent.
    pub client_timeout_ms: Option<u64>,
    /// `option assume-rfc6587-ntf`: lines on streams end with a line feed, whatever they begin with.
    pub assume_lines: bool,
    /// `option dont-parse-log`: messages are passed on as they come.
    pub dont_parse: bool,
    /// `option host`
    pub host: HostStrategy,
}

/// An address that a `log-forward` section receives messages on.
#[derive(Debug)]
pub struct ForwardListener {
    /// Where.
    pub address: Address,
    /// Whether datagrams are received (`dgram-bind`), or connections accepted (`bind`).
    pub datagrams: bool,
    /// `ssl` and what goes with it; none: messages come in clear.
    pub tls: Option<Arc<BindTls>>,
    /// The socket for [`Address::Inherited`], taken over when the configuration was read.
    pub inherited: Option<Arc<OwnedFd>>,
    /// Socket options.
    pub options: SocketOptions,
    /// Owner and mode of a Unix socket.
    pub permissions: UnixPermissions,
    /// Where the line stands, for messages: `file:line`.
    pub position: String,
}

/// A `log` line of a `log-forward` section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardTarget {
    /// Where lines go.
    pub target: LogTarget,
    /// No `format` was given: messages keep theirs.
    pub keeps_format: bool,
}

/// `option host` of a `log-forward` section: which host a passed-on message shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HostStrategy {
    /// `replace`: the sender's address.
    Replace,
    /// `fill`: the message's, else the sender's address.
    #[default]
    Fill,
    /// `keep`: the message's or none.
    Keep,
    /// `append`: the message's, a comma and the sender's address.
    Append,
}
