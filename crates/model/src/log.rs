//! `log` lines and log options (configuration manual 4.2 `log`, 8).

use std::net::SocketAddr;
use std::os::fd::RawFd;
use std::path::PathBuf;

use burdock_sample::{Format, Origin};

/// Where and how a proxy logs.
#[derive(Clone, Debug, Default)]
pub struct LogSettings {
    /// The targets, those of `log global` included.
    pub targets: Vec<LogTarget>,
    /// The line's shape.
    pub format: LineFormat,
    /// The traffic line; none where the shape is [`LineFormat::Connect`].
    pub line: Option<Format>,
    /// `error-log-format`: the line of what never became a request.
    pub error_line: Option<Format>,
    /// `log-format-sd`: structured data, for targets in the format of RFC 5424.
    pub structured_data: Option<Format>,
    /// `log-steps`: when lines are written; none: once, when the request is over.
    pub steps: Option<LogSteps>,
    /// `log-tag`, where set; otherwise the global one.
    pub tag: Option<String>,
    /// `option dontlognull`: connections without a byte are not logged.
    pub dont_log_null: bool,
    /// `option dontlog-normal`: successful requests are not logged.
    pub dont_log_normal: bool,
    /// `option logasap`: the line is written when the response's head has come, with `+` before its totals.
    pub log_as_soon_as_possible: bool,
    /// `option log-separate-errors`: failed requests are logged at level `err`.
    pub separate_errors: bool,
    /// `option log-health-checks`: every change of a check's result is logged.
    pub health_checks: bool,
}

/// The shape of a traffic line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineFormat {
    /// The short line of a proxy without a format option: where from, where to.
    #[default]
    Connect,
    /// `option tcplog`.
    Tcp,
    /// `option httplog`.
    Http,
    /// `option httplog clf`.
    HttpClf,
    /// `option tcplog clf`.
    TcpClf,
    /// `option httpslog`.
    Https,
    /// `log-format`.
    Custom,
}

impl LineFormat {
    /// The format string that an option stands for (configuration manual 8.2.2 to 8.2.4).
    pub const fn text(self) -> Option<&'static str> {
        match self {
            Self::Connect | Self::Custom => None,
            Self::Tcp => Some(TCP_FORMAT),
            Self::TcpClf => Some(TCP_CLF_FORMAT),
            Self::Http => Some(HTTP_FORMAT),
            Self::HttpClf => Some(HTTP_CLF_FORMAT),
            Self::Https => Some(HTTPS_FORMAT),
        }
    }

    /// What asks for it.
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::Connect => "",
            Self::Tcp => "option tcplog",
            Self::TcpClf => "option tcplog clf",
            Self::Http => "option httplog",
            Self::HttpClf => "option httplog clf",
            Self::Https => "option httpslog",
            Self::Custom => "log-format",
        }
    }
}

/// `option tcplog`.
pub const TCP_FORMAT: &str = "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq";
/// `option tcplog clf`.
pub const TCP_CLF_FORMAT: &str = "%{+Q}o %{-Q}ci - - [%T] \"TCP \" 000 %B \"\" \"\" %cp %ms %ft %b %s \
    %Th %Tw %Tc %Tt %U %ts-- %ac %fc %bc %sc %rc %sq %bq \"\" \"\" ";
/// `option httplog`.
pub const HTTP_FORMAT: &str = "%ci:%cp [%tr] %ft %b/%s \
    %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r";
/// `option httplog clf`.
pub const HTTP_CLF_FORMAT: &str = "%{+Q}o %{-Q}ci - - [%trg] %r %ST %B \"\" \"\" %cp %ms %ft %b %s \
    %TR %Tw %Tc %Tr %Ta %tsc %ac %fc %bc %sc %rc %sq %bq %CC %CS %hrl %hsl";
/// `option httpslog`.
pub const HTTPS_FORMAT: &str = "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc \
    %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r \
    %[fc_err]/%[ssl_fc_err,hex]/%[ssl_c_err]/%[ssl_c_ca_err]/%[ssl_fc_is_resumed] %[ssl_fc_sni]/%sslv/%sslc";

/// A set of moments at which lines are written (configuration manual 4.2 `log-steps`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogSteps(u16);

impl LogSteps {
    /// The five steps of a transaction (`all`).
    pub const ALL: Self = Self::NONE
        .with(Origin::Accept)
        .with(Origin::Request)
        .with(Origin::Connect)
        .with(Origin::Response)
        .with(Origin::Close);
    /// None.
    pub const NONE: Self = Self(0);

    /// One more.
    pub const fn with(self, step: Origin) -> Self {
        Self(self.0 | 1 << step as u16)
    }

    /// Whether a line is written then.
    pub const fn contains(self, step: Origin) -> bool {
        self.0 & (1 << step as u16) != 0
    }
}

/// A `log-profile` section (configuration manual 8.3.5): how the lines of some targets differ from what their proxies say.
#[derive(Clone, Debug, Default)]
pub struct LogProfile {
    /// Its name.
    pub name: String,
    /// `log-tag`
    pub tag: Option<String>,
    /// `on` a step, by [`Origin`]; `on error` stands at [`Origin::SessionError`].
    pub steps: [Option<ProfileStep>; Origin::COUNT],
    /// `on any`: for steps that have no line of their own.
    pub any: Option<ProfileStep>,
}

impl LogProfile {
    /// What it says of lines of that origin.
    pub fn step(&self, origin: Origin) -> Option<&ProfileStep> {
        self.steps[origin as usize].as_ref().or(self.any.as_ref())
    }
}

/// `on <step>` of a log profile.
#[derive(Clone, Debug, Default)]
pub struct ProfileStep {
    /// `drop`: nothing is written.
    pub drop: bool,
    /// `format`: the line, in place of the proxy's.
    pub format: Option<Format>,
    /// `sd`: structured data, in place of the proxy's.
    pub structured_data: Option<Format>,
}

/// A `log` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogTarget {
    /// Where lines go.
    pub transport: Transport,
    /// `format`: how a line is framed.
    pub format: LogFormat,
    /// `len`: bytes after which a line is cut.
    pub max_length: usize,
    /// The facility.
    pub facility: Facility,
    /// Lines less important than this are not sent.
    pub max_level: Level,
    /// Lines are sent as if they were at most this important.
    pub min_level: Level,
    /// `profile`: by its index in [`crate::Logging::profiles`].
    pub profile: Option<usize>,
    /// `sample`: of every `size` lines those whose number, from 1, lies in one of the ranges.
    pub sample: Option<LogSample>,
}

/// `sample <ranges>:<size>` of a `log` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSample {
    /// Inclusive ranges, ascending.
    pub ranges: Vec<(u32, u32)>,
    /// After how many lines counting starts again.
    pub size: u32,
}

/// How log lines travel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Into a ring, by its index in [`crate::Logging::rings`]: `ring@`, and what goes over a stream (`tcp@`, `uxst@`).
    Ring(usize),
    /// To a server of a backend in `mode log`, by its index in [`crate::Logging::farms`]: `backend@`.
    Farm(usize),
    /// Datagrams to an address.
    Udp(SocketAddr),
    /// Datagrams to a Unix socket.
    UnixDatagram(PathBuf),
    /// Datagrams to a Unix socket in the abstract name space (`abns@`, `abnsz@`).
    AbstractDatagram {
        /// The name, without the leading zero byte.
        name: Vec<u8>,
        /// Whether the name fills the whole address.
        padded: bool,
    },
    /// Lines to a descriptor: `fd@N`, `stdout`, `stderr`.
    Descriptor(RawFd),
}

/// `format` of a `log` line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// As it comes: only the separator between lines is added.
    Raw,
    /// RFC 3164, with the host where `log-send-hostname` asks for it.
    Rfc3164,
    /// RFC 3164 without a host: what `format local` gives and the default.
    Local,
    /// RFC 5424.
    Rfc5424,
    /// Only the priority in angle brackets.
    Priority,
    /// Only a digit for the level in angle brackets.
    Short,
    /// ISO 8601 time with microseconds, then the message.
    Iso,
    /// As [`LogFormat::Short`], with the time.
    Timed,
}

/// Syslog facilities, by their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facility(pub u8);

/// Syslog levels, most important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// `emerg`.
    Emergency,
    /// `alert`.
    Alert,
    /// `crit`.
    Critical,
    /// `err`.
    Error,
    /// `warning`.
    Warning,
    /// `notice`.
    Notice,
    /// `info`.
    Info,
    /// `debug`.
    Debug,
}

/// The facilities' names, by number.
pub const FACILITY_NAMES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "auth2", "ftp", "ntp", "audit",
    "alert", "cron2", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
];

/// The levels' names, most important first.
pub const LEVEL_NAMES: [(&str, Level); 8] = [
    ("emerg", Level::Emergency),
    ("alert", Level::Alert),
    ("crit", Level::Critical),
    ("err", Level::Error),
    ("warning", Level::Warning),
    ("notice", Level::Notice),
    ("info", Level::Info),
    ("debug", Level::Debug),
];

/// What stands for the host where RFC 3164 asks for one and none is known.
pub const UNNAMED_HOST: &str = "localhost";

/// The longest line where `len` says nothing.
pub const DEFAULT_MAX_LENGTH: usize = 1024;
