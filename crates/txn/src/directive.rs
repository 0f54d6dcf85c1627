//! What rules ask of later phases: each is a fact that some phase looks at when its turn comes.

/// Wishes of rules. Nothing is wished at first.
#[derive(Clone, Copy, Debug, Default)]
pub struct Directives {
    /// `set-log-level`
    pub log_level: Option<LogLevel>,
    /// `set-nice`
    pub nice: Option<i32>,
    /// `set-priority-class`
    pub priority_class: i32,
    /// `set-priority-offset`
    pub priority_offset: i32,
    /// `set-retries`
    pub retries: Option<u32>,
    /// `set-timeout client`
    pub client_timeout: Option<TimeLimit>,
    /// `set-timeout server`
    pub server_timeout: Option<TimeLimit>,
    /// `set-timeout tunnel`
    pub tunnel_timeout: Option<TimeLimit>,
    /// `set-timeout connect`
    pub connect_timeout: Option<TimeLimit>,
    /// `set-timeout queue`
    pub queue_timeout: Option<TimeLimit>,
    /// `set-timeout tarpit`
    pub tarpit_timeout: Option<TimeLimit>,
    /// `disable-l7-retry`
    pub no_second_sending: bool,
    /// `strict-mode off`: what cannot be rewritten stays as it is.
    pub lenient: bool,
    /// `set-fc-mark`, `set-fc-tos`, `set-bc-mark`, `set-bc-tos`
    pub client_mark: Option<u32>,
    /// See [`Directives::client_mark`].
    pub client_tos: Option<u8>,
    /// See [`Directives::client_mark`].
    pub server_mark: Option<u32>,
    /// See [`Directives::client_mark`].
    pub server_tos: Option<u8>,
    /// `expect-proxy layer4`: the connection begins with a header of the PROXY protocol.
    pub expect_proxy: bool,
    /// `expect-netscaler-cip`: it begins with a header of NetScaler.
    pub expect_netscaler: bool,
    /// `silent-drop rst-ttl`: the connection ends in a reset that travels so many hops.
    pub reset_ttl: Option<u8>,
}

impl Directives {
    /// Another backend than the section whose rules were carried out takes the request over: what they asked of the server side was
    /// meant for that section (configuration manual 4.4 `set-timeout`, `set-retries`).
    pub const fn forget_server_side(&mut self) {
        self.retries = None;
        self.server_timeout = None;
        self.tunnel_timeout = None;
        self.connect_timeout = None;
        self.queue_timeout = None;
    }

    /// Whether the connection to the server is to be marked.
    pub const fn labels_server(&self) -> bool {
        self.server_mark.is_some() || self.server_tos.is_some()
    }
}

/// The level of a request's log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// Nothing is logged.
    Silent,
    /// A level of syslog, 0 (emerg) to 7 (debug).
    Level(u8),
}

/// A time limit that replaces a configured one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLimit(
    /// Milliseconds; none: no limit.
    pub Option<u64>,
);
