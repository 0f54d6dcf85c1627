//! The `global` section as written (configuration manual 3).

use std::path::PathBuf;

use burdock_http::CaseMap;
use burdock_model::Http2LogErrors;
use burdock_resolve::FamilyPolicy;
use burdock_sample::DecryptionPolicy;
use burdock_syntax::Word;

use super::{AcmeGlobalDraft, BindDraft, BindOptions, DefaultPath, GlobalTlsDraft, LogDraft, Set, Spanned};

/// All `global` sections together.
#[derive(Clone, Debug, Default)]
pub struct GlobalDraft {
    /// `dns-accept-family`
    pub dns_families: Set<FamilyPolicy>,
    /// `nbthread`
    pub threads: Set<usize>,
    /// `maxconn`
    pub maxconn: Set<u32>,
    /// `ulimit-n`
    pub file_limit: Set<u64>,
    /// `fd-hard-limit`
    pub file_hard_limit: Set<u64>,
    /// `user`, `uid`
    pub uid: Set<u32>,
    /// `group`, `gid`
    pub gid: Set<u32>,
    /// `chroot`
    pub chroot: Set<PathBuf>,
    /// `daemon`
    pub daemon: Set<bool>,
    /// `pidfile`
    pub pid_file: Set<PathBuf>,
    /// `stats socket` lines
    pub stats_sockets: Vec<BindDraft>,
    /// `stats timeout`
    pub stats_timeout_ms: Set<u64>,
    /// `stats maxconn`
    pub stats_maxconn: Set<u32>,
    /// `unix-bind`: where Unix sockets lie and how they may be used where their own line says nothing
    pub unix_prefix: Set<Vec<u8>>,
    /// The other options of `unix-bind`
    pub unix_permissions: BindOptions,
    /// `log` lines
    pub log: LogDraft,
    /// `log-tag`
    pub log_tag: Set<String>,
    /// `log-send-hostname`; none in the value: the host's own name
    pub log_hostname: Set<Option<String>>,
    /// `external-check`: programs may check; whether they get our environment
    pub external_check: Set<bool>,
    /// `node`
    pub node: Set<String>,
    /// `description`
    pub description: Set<String>,
    /// `localpeer`
    pub local_peer: Set<String>,
    /// `hard-stop-after`
    pub hard_stop_after_ms: Set<u64>,
    /// `spread-checks`
    pub spread_checks_percent: Set<u32>,
    /// `max-spread-checks`
    pub max_spread_checks_ms: Set<u64>,
    /// `h1-case-adjust`
    pub case_map: CaseMap,
    /// `h1-case-adjust-file`
    pub case_file: Option<Spanned<PathBuf>>,
    /// `jwt.decrypt_alg_list`, `jwt.decrypt_enc_list`
    pub decryption_policy: DecryptionPolicy,
    /// `tune.*`
    pub tune: TuneDraft,
    /// `ssl-*`, `tune.ssl.*` and their kin
    pub tls: GlobalTlsDraft,
    /// `tune.h2.*`
    pub h2: Http2Draft,
    /// `acme.scheduler`, `httpclient.*`
    pub acme: AcmeGlobalDraft,
    /// `zero-warning`
    pub zero_warning: Set<bool>,
    /// `default-path`
    pub default_path: Set<DefaultPath>,
    /// What the line just read does to the environment; carried out before the next line is cut into words.
    pub environment_changes: Vec<EnvironmentChange>,
    /// `set-var` and `set-var-fmt` lines
    pub variables: Vec<VariableLine>,
}

/// `tune.*` lines.
#[derive(Clone, Debug, Default)]
pub struct TuneDraft {
    /// `tune.bufsize`
    pub buffer_size: Set<usize>,
    /// `tune.maxrewrite`
    pub max_rewrite: Set<usize>,
    /// `tune.http.maxhdr`
    pub max_headers: Set<usize>,
    /// `tune.http.logurilen`
    pub logged_line_limit: Set<usize>,
    /// `tune.maxaccept`; none in the value: no limit
    pub max_accept: Set<Option<usize>>,
    /// `tune.stick-counters`
    pub stick_counters: Set<usize>,
    /// `tune.rcvbuf.client`
    pub client_receive_buffer: Set<usize>,
    /// `tune.sndbuf.client`
    pub client_send_buffer: Set<usize>,
    /// `tune.rcvbuf.server`
    pub server_receive_buffer: Set<usize>,
    /// `tune.sndbuf.server`
    pub server_send_buffer: Set<usize>,
}

/// `tune.h2.*` lines.
#[derive(Clone, Debug, Default)]
pub struct Http2Draft {
    /// `tune.h2.fe.*`
    pub client: Http2SideDraft,
    /// `tune.h2.be.*`
    pub server: Http2SideDraft,
    /// `tune.h2.initial-window-size`, `tune.h2.max-concurrent-streams`: where neither side says anything
    pub both: Http2SideDraft,
    /// `tune.h2.header-table-size`
    pub header_table_size: Set<u32>,
    /// `tune.h2.max-frame-size`
    pub max_frame_size: Set<u32>,
    /// `tune.h2.fe.max-total-streams`
    pub max_total_streams: Set<u32>,
    /// `tune.h2.fe.max-rst-at-once`
    pub max_resets_at_once: Set<u32>,
    /// `tune.h2.log-errors`
    pub log_errors: Set<Http2LogErrors>,
    /// `h2-workaround-bogus-websocket-clients`
    pub no_extended_connect: Set<bool>,
    /// `tune.glitches.kill.cpu-usage`
    pub glitch_cpu_percent: Set<u8>,
}

/// Of these, what can be said of one side.
#[derive(Clone, Debug, Default)]
pub struct Http2SideDraft {
    /// `initial-window-size`
    pub initial_window_size: Set<u32>,
    /// `max-concurrent-streams`
    pub max_concurrent_streams: Set<u32>,
    /// `glitches-threshold`
    pub glitches_threshold: Set<u32>,
    /// `rxbuf`
    pub receive_buffer: Set<u64>,
    /// `max-frames-at-once`
    pub max_frames_at_once: Set<u32>,
}

/// A line that changes environment variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvironmentChange {
    /// `setenv`
    Set(Vec<u8>, Vec<u8>),
    /// `presetenv`
    SetIfAbsent(Vec<u8>, Vec<u8>),
    /// `unsetenv`
    Unset(Vec<u8>),
    /// `resetenv`: all but these
    ResetBut(Vec<Vec<u8>>),
    /// `localpeer`: tells `HAPROXY_LOCALPEER`
    LocalPeer(String),
}

/// A `set-var` or `set-var-fmt` line.
#[derive(Clone, Debug)]
pub struct VariableLine {
    /// The variable's name with its scope.
    pub name: Word,
    /// The expression, or the format.
    pub value: Word,
    /// Whether it is a format.
    pub is_format: bool,
}
