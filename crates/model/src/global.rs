//! The `global` section (configuration manual 3).

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;

use burdock_http::CaseMap;
use burdock_tls::BindTls;
use burdock_tls::settings::Tuning;

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
    /// `tune.ssl.*` lines and their kin.
    pub tls: Tuning,
    /// `tune.h2.*` lines.
    pub h2: Http2Settings,
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
    /// `ssl` and what goes with it; none: commands come in clear.
    pub tls: Option<Arc<BindTls>>,
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

/// `tune.h2.*` lines: what HTTP/2 connections allow and announce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http2Settings {
    /// Connections of clients (`tune.h2.fe.*`).
    pub client: Http2Side,
    /// Connections to servers (`tune.h2.be.*`).
    pub server: Http2Side,
    /// `tune.h2.header-table-size`: bytes of the table that peers may compress header fields with.
    pub header_table_size: u32,
    /// `tune.h2.max-frame-size`: bytes of payload a frame that is announced; none: 16384, or `tune.bufsize` where that is larger.
    pub max_frame_size: Option<u32>,
    /// `tune.h2.fe.max-total-streams`: streams after which a client is told to go; zero: no limit.
    pub max_total_streams: u32,
    /// `tune.h2.fe.max-rst-at-once`: resets by the client that are dealt with in a row; zero: no limit.
    pub max_resets_at_once: u32,
    /// Whether clients may open WebSocket by an extended CONNECT (RFC 8441); `h2-workaround-bogus-websocket-clients` says no.
    pub extended_connect: bool,
    /// `tune.h2.log-errors`
    pub log_errors: Http2LogErrors,
    /// `tune.glitches.kill.cpu-usage`: per cent of use of the processor below which glitches never end a connection.
    pub glitch_cpu_percent: u8,
}

/// What holds for HTTP/2 connections of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http2Side {
    /// `initial-window-size`: bytes of a body that the peer may send before it is told to go on; none: `tune.bufsize`.
    pub initial_window_size: Option<u32>,
    /// `max-concurrent-streams`: requests at once; zero: no limit.
    pub max_concurrent_streams: u32,
    /// `glitches-threshold`: oddities after which a connection is ended; zero: no limit.
    pub glitches_threshold: u32,
    /// `rxbuf`: bytes that all streams of a connection may have waiting; none: a buffer for each of 100 streams.
    pub receive_buffer: Option<u64>,
    /// `max-frames-at-once`: frames dealt with in a row; zero: no limit.
    pub max_frames_at_once: u32,
}

/// Which errors of HTTP/2 clients give a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Http2LogErrors {
    /// `none`
    None,
    /// `connection`: those that end the connection.
    Connection,
    /// `stream`: those of streams too.
    #[default]
    Stream,
}

impl Default for Http2Side {
    fn default() -> Self {
        Self {
            initial_window_size: None,
            max_concurrent_streams: 100,
            glitches_threshold: 0,
            receive_buffer: None,
            max_frames_at_once: 0,
        }
    }
}

impl Default for Http2Settings {
    fn default() -> Self {
        Self {
            client: Http2Side::default(),
            server: Http2Side::default(),
            header_table_size: 4096,
            max_frame_size: None,
            max_total_streams: 0,
            max_resets_at_once: 0,
            extended_connect: true,
            log_errors: Http2LogErrors::default(),
            glitch_cpu_percent: 0,
        }
    }
}
