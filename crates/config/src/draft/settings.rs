//! What a `defaults` section can hand down to a proxy.

use std::sync::Arc;

use burdock_balance::{Affinity, Algorithm, HashFunction};
use burdock_http::Reply;
use burdock_model::{
    ConnectionMode, ForwardFor, HeaderNamePolicy, LineFormat, LogBalance, LogSteps, Mode, RetryOn, ReuseMode, UriKey,
};
use burdock_persist::CookiePolicy;
use burdock_syntax::Word;

use super::{CheckDraft, LogDraft, ServerOptions, Set, Spanned, Written};

/// The settings of a proxy that may come from its `defaults` section.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// `mode`
    pub mode: Set<Mode>,
    /// `disabled`, `enabled`
    pub disabled: Set<bool>,
    /// `maxconn`
    pub maxconn: Set<u32>,
    /// `fullconn`
    pub fullconn: Set<u32>,
    /// `backlog`
    pub backlog: Set<u32>,
    /// `default_backend`
    pub default_backend: Set<String>,
    /// `balance`
    pub balance: Set<Algorithm>,
    /// How many servers `balance random(…)` draws
    pub draws: Option<u32>,
    /// What the algorithm of `balance` hashes
    pub balance_key: Option<KeyLine>,
    /// `balance`, where it names an algorithm for log lines alone; then the other says nothing
    pub log_balance: Set<LogBalance>,
    /// The converters of `balance log-hash`
    pub log_hash: Option<Word>,
    /// `hash-type`
    pub hash_type: Set<HashTypeLine>,
    /// `hash-balance-factor`
    pub load_percent: Set<u32>,
    /// `hash-preserve-affinity`
    pub affinity: Set<Affinity>,
    /// `cookie`
    pub cookie: Set<CookieLine>,
    /// `dynamic-cookie-key`
    pub dynamic_cookie_key: Set<Vec<u8>>,
    /// `retries`
    pub retries: Set<u32>,
    /// `option redispatch` and its interval; zero: off
    pub redispatch: Set<i32>,
    /// `retry-on`
    pub retry_on: Set<RetryOn>,
    /// `http-reuse`
    pub reuse: Set<ReuseMode>,
    /// `timeout` lines
    pub timeouts: Timeouts,
    /// `option http-keep-alive`, `http-server-close`, `httpclose`
    pub connection: Set<ConnectionMode>,
    /// `option forwardfor`
    pub forward_for: Set<ForwardFor>,
    /// Options that are on or off
    pub switches: Switches,
    /// `errorfile`, `errorloc`, `errorfiles`, `http-error` lines: of those on the same status the last counts
    pub error_lines: Vec<Spanned<ErrorLine>>,
    /// `monitor-uri`
    pub monitor_uri: Set<Vec<u8>>,
    /// `unique-id-format`
    pub unique_id_format: Set<Word>,
    /// `unique-id-header`
    pub unique_id_header: Set<Vec<u8>>,
    /// `http-send-name-header`
    pub name_header: Set<Vec<u8>>,
    /// `option originalto`
    pub original_to: Set<ForwardFor>,
    /// `option http-restrict-req-hdr-names`
    pub header_names: Set<HeaderNamePolicy>,
    /// `option forwarded`; none in the value: `no option forwarded`
    pub forwarded: Set<Option<ForwardedLine>>,
    /// `log` lines
    pub log: LogDraft,
    /// `log-tag`
    pub log_tag: Set<String>,
    /// `option httplog`, `tcplog`, `httpslog`, `log-format`: the last of them counts
    pub line_format: Set<LineFormat>,
    /// `log-format`
    pub log_format: Option<Word>,
    /// `error-log-format`
    pub error_log_format: Option<Word>,
    /// `log-format-sd`
    pub log_format_sd: Option<Word>,
    /// `log-steps`
    pub log_steps: Set<LogSteps>,
    /// `source`
    pub source: Set<SourceLine>,
    /// How servers are checked
    pub check: CheckDraft,
    /// `default-server`
    pub default_server: ServerOptions,
}

/// What a `balance` line has hashed.
#[derive(Clone, Debug)]
pub enum KeyLine {
    /// `source`
    Source,
    /// `uri`
    Uri(UriKey),
    /// `url_param`: the name of the parameter, and whether there is `check_post`.
    Parameter(Word, bool),
    /// `hash`, `rdp-cookie`: a sample expression.
    Sample(Word),
    /// `hdr`: a sample expression, and whether there is `use_domain_only`.
    Header(Word, bool),
}

/// A `hash-type` line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashTypeLine {
    /// `consistent`, and not `map-based`.
    pub is_consistent: bool,
    /// The function.
    pub function: HashFunction,
    /// `avalanche`: the hash is mixed once more.
    pub avalanche: bool,
}

/// A `cookie` line.
pub type CookieLine = CookiePolicy;

/// A line that says what is answered with some statuses.
#[derive(Clone, Debug)]
pub enum ErrorLine {
    /// `errorfile`, its file already read, and `errorloc`: the whole answer for a status; none: nothing is sent.
    Ready(u16, Option<Arc<Reply>>),
    /// `errorfiles`: the answers of an `http-errors` section, for these statuses or, where there are none, for all it has.
    Section(Word, Vec<u16>),
    /// `http-error`: the keyword and its arguments.
    Composed(Word, Vec<Word>),
}

/// An `option forwarded` line. Parts without an expression are the request's own.
#[derive(Clone, Debug, Default)]
pub struct ForwardedLine {
    /// `proto`
    pub proto: bool,
    /// `host`, `host-expr`
    pub host: Option<Option<Word>>,
    /// `by`, `by-expr`
    pub by: Option<Option<Word>>,
    /// `by_port`, `by_port-expr`
    pub by_port: Option<Option<Word>>,
    /// `for`, `for-expr`
    pub client: Option<Option<Word>>,
    /// `for_port`, `for_port-expr`
    pub client_port: Option<Option<Word>>,
}

/// `source`, of a proxy or a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLine {
    /// The address.
    pub address: Written,
    /// `interface`
    pub interface: Option<String>,
}

/// Options that are on or off, each where it was said.
#[derive(Clone, Debug, Default)]
pub struct Switches([Set<bool>; Switch::COUNT]);

impl Switches {
    /// What was said about an option.
    pub fn get(&self, switch: Switch) -> Set<bool> {
        self.0[switch as usize]
    }

    /// Whether an option is on; `default` where nothing was said.
    pub fn is_on(&self, switch: Switch, default: bool) -> bool {
        self.get(switch).map_or(default, |set| set.value)
    }

    /// Says whether an option is on, or forgets what was said.
    pub fn set(&mut self, switch: Switch, value: Set<bool>) {
        self.0[switch as usize] = value;
    }
}

macro_rules! indexed {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $item:ident),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$doc])* $item),+ }

        impl $name {
            /// How many there are.
            pub const COUNT: usize = [$($name::$item),+].len();
        }
    };
}

indexed! {
    /// An option that is on or off.
    Switch {
        /// `option abortonclose`
        AbortOnClose,
        /// `option accept-unsafe-violations-in-http-request`
        RelaxedRequests,
        /// `option accept-unsafe-violations-in-http-response`
        RelaxedResponses,
        /// `option h1-case-adjust-bogus-client`
        AdjustCaseForClients,
        /// `option h1-case-adjust-bogus-server`
        AdjustCaseForServers,
        /// `option allbackups`
        AllBackups,
        /// `option dontlognull`
        DontLogNull,
        /// `option dontlog-normal`
        DontLogNormal,
        /// `option http-buffer-request`
        BufferRequest,
        /// `option http-ignore-probes`
        IgnoreProbes,
        /// `option http-no-delay`
        NoDelay,
        /// `option log-health-checks`
        LogHealthChecks,
        /// `option log-separate-errors`
        LogSeparateErrors,
        /// `option logasap`
        LogAsSoonAsPossible,
        /// `option persist`
        Persist,
        /// `option prefer-last-server`
        PreferLastServer,
        /// `option tcp-smart-accept`
        SmartAccept,
        /// `option tcp-smart-connect`
        SmartConnect,
    }
}

indexed! {
    /// A `timeout` or `inspect-delay` line.
    TimeoutName {
        /// `timeout client`
        Client,
        /// `timeout client-fin`
        ClientFin,
        /// `timeout client-hs`
        ClientHandshake,
        /// `timeout connect`
        Connect,
        /// `timeout server`
        Server,
        /// `timeout server-fin`
        ServerFin,
        /// `timeout queue`
        Queue,
        /// `timeout tunnel`
        Tunnel,
        /// `timeout tarpit`
        Tarpit,
        /// `timeout check`
        Check,
        /// `timeout http-request`
        HttpRequest,
        /// `timeout http-keep-alive`
        HttpKeepAlive,
        /// `tcp-request inspect-delay`
        RequestInspection,
        /// `tcp-response inspect-delay`
        ResponseInspection,
    }
}

/// `timeout` lines, milliseconds; zero: without limit.
#[derive(Clone, Debug, Default)]
pub struct Timeouts([Set<u64>; TimeoutName::COUNT]);

impl Timeouts {
    /// What was said about a time-out.
    pub fn get(&self, name: TimeoutName) -> Set<u64> {
        self.0[name as usize]
    }

    /// Sets a time-out.
    pub fn set(&mut self, name: TimeoutName, value: Spanned<u64>) {
        self.0[name as usize] = Some(value);
    }
}
