//! The `global` section (configuration manual 3).

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;

use burdock_http::CaseMap;

use crate::address::Address;
use crate::bind::UnixPermissions;
use crate::log::LogTarget;

/// The `global` section, resolved.
#[derive(Clone, Debug)]
pub struct Global {
    /// `nbthread`: workers.
    pub threads: usize,
    /// `maxconn`: client connections of the whole process, as configured or derived from the file limit.
    pub maxconn: u32,
    /// `ulimit-n`, where set.
    pub file_limit: Option<u64>,
    /// `user` or `uid`.
    pub uid: Option<u32>,
    /// `group` or `gid`.
    pub gid: Option<u32>,
    /// `chroot`.
    pub chroot: Option<PathBuf>,
    /// `daemon`.
    pub daemon: bool,
    /// `pidfile`.
    pub pid_file: Option<PathBuf>,
    /// `stats socket` lines.
    pub stats_sockets: Vec<StatsSocket>,
    /// `stats timeout`: milliseconds of silence after which a runtime connection is closed.
    pub stats_timeout_ms: u64,
    /// `stats maxconn`: runtime connections at once.
    pub stats_maxconn: u32,
    /// `log` lines.
    pub log_targets: Vec<LogTarget>,
    /// `log-tag`.
    pub log_tag: String,
    /// `log-send-hostname`: the host in syslog headers; none: it is left out.
    pub log_hostname: Option<String>,
    /// `node`.
    pub node: String,
    /// `description`.
    pub description: Option<String>,
    /// The local peer's name (`localpeer`, `-L`, else the host's name).
    pub local_peer: String,
    /// `hard-stop-after`: milliseconds a soft stop may last.
    pub hard_stop_after_ms: Option<u64>,
    /// `spread-checks`: percentage by which check intervals vary.
    pub spread_checks_percent: u32,
    /// `max-spread-checks`: milliseconds that the first checks of all servers are spread over at most.
    pub max_spread_checks_ms: Option<u64>,
    /// `h1-case-adjust`: spellings of header names for peers that compare them with their case.
    pub case_map: Arc<CaseMap>,
    /// `tune.*` lines.
    pub tune: Tune,
}

/// A `stats socket` line.
#[derive(Clone, Debug)]
pub struct StatsSocket {
    /// Where it listens.
    pub address: Address,
    /// The socket for [`Address::Inherited`], taken over when the configuration was read.
    pub inherited: Option<Arc<OwnedFd>>,
    /// `level`.
    pub level: StatsLevel,
    /// Owner and mode of a Unix socket.
    pub permissions: UnixPermissions,
    /// `expose-fd listeners`: listening sockets may be handed to a new process.
    pub expose_listeners: bool,
    /// Where the line stands, for messages: `file:line`.
    pub position: String,
}

/// What a runtime connection may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatsLevel {
    /// Look at harmless things.
    User,
    /// Look at everything, clear maximum values.
    Operator,
    /// Everything.
    Admin,
}

/// `tune.*` lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tune {
    /// `tune.bufsize`: bytes of a message's head that are kept, and the size of buffers.
    pub buffer_size: usize,
    /// `tune.maxrewrite`: bytes of a buffer kept free for rewriting.
    pub max_rewrite: usize,
    /// `tune.http.maxhdr`: headers of a message.
    pub max_headers: usize,
    /// `tune.http.logurilen`: bytes of a request's line that log lines show.
    pub logged_line_limit: usize,
    /// `tune.maxaccept`: connections accepted in a row.
    pub max_accept: usize,
    /// `tune.rcvbuf.client`.
    pub client_receive_buffer: Option<usize>,
    /// `tune.sndbuf.client`.
    pub client_send_buffer: Option<usize>,
    /// `tune.rcvbuf.server`.
    pub server_receive_buffer: Option<usize>,
    /// `tune.sndbuf.server`.
    pub server_send_buffer: Option<usize>,
}

impl Default for Tune {
    fn default() -> Self {
        Self {
            buffer_size: 16_384,
            max_rewrite: 1024,
            max_headers: 101,
            logged_line_limit: burdock_state::directory::DEFAULT_REQUEST_LINE_LIMIT,
            max_accept: 100,
            client_receive_buffer: None,
            client_send_buffer: None,
            server_receive_buffer: None,
            server_send_buffer: None,
        }
    }
}

impl Tune {
    /// Bytes that the head of a message may take.
    pub const fn max_head(&self) -> usize {
        self.buffer_size.saturating_sub(self.max_rewrite)
    }
}
