//! The side of a proxy that faces servers.

use std::sync::Arc;

use burdock_balance::Balancer;
use burdock_base::ServerId;
use burdock_http::HeaderName;
use burdock_persist::Persistence;
use burdock_rules::Condition;
use burdock_sample::{Expression, Format};

use crate::address::SourceAddress;
use crate::balance::BalanceSettings;
use crate::fcgi::FcgiApp;
use crate::servers::Servers;
use crate::stick::StickRule;

/// What a proxy needs to reach servers. Clones share what is large and what is live.
#[derive(Clone, Debug)]
pub struct Backend {
    /// The servers.
    pub servers: Servers,
    /// The `balance` line.
    pub balance: BalanceSettings,
    /// Cookie persistence, from the `cookie` line.
    pub persistence: Option<Arc<Persistence>>,
    /// `dynamic-cookie-key`
    pub dynamic_cookie_key: Option<Vec<u8>>,
    /// `option persist`: a cookie is honoured even where its server is down.
    pub persist: bool,
    /// `force-persist` and `ignore-persist` rules in the order of the file.
    pub persist_rules: Arc<[PersistRule]>,
    /// `use-server` rules in the order of the file.
    pub server_rules: Arc<[ServerRule]>,
    /// `stick` rules in the order of the file.
    pub stick_rules: Arc<[StickRule]>,
    /// `http-send-name-header`: servers are told their name in this header.
    pub name_header: Option<HeaderName>,
    /// `use-fcgi-app`: the application behind servers of FastCGI.
    pub fcgi_app: Option<Arc<FcgiApp>>,
    /// `option forwarded`.
    pub forwarded: Option<Forwarded>,
    /// `retries`: attempts after the first.
    pub retries: u32,
    /// `option redispatch` and its interval: positive N, every Nth retry leaves the server; negative -N, the Nth retry before the last; none: never.
    pub redispatch: Option<i32>,
    /// `retry-on`: which failures are retried, beyond those of the connection.
    pub retry_on: RetryOn,
    /// `http-reuse`.
    pub reuse: ReuseMode,
    /// `option allbackups`: all backup servers share the load, not the first alone.
    pub all_backups: bool,
    /// `option abortonclose`: a request whose client has gone is given up.
    pub abort_on_close: bool,
    /// `option tcp-smart-connect`: no segment acknowledges what the first bytes to a server acknowledge too.
    pub smart_connect: bool,
    /// `source`, for servers that have none of their own.
    pub source: Option<SourceAddress>,
    /// `fullconn`, or a tenth of the frontends' limits that lead here.
    pub fullconn: u32,
    /// Live state.
    pub state: Arc<burdock_state::Backend>,
}

impl Backend {
    /// The same with other servers: what is derived from them is made anew.
    #[must_use]
    pub fn with_servers(&self, servers: Servers) -> Self {
        let balancer = Balancer::new(self.balance.balancer.method(), Arc::clone(&self.state), servers.candidates());
        let balance = BalanceSettings { balancer: Arc::new(balancer), ..self.balance.clone() };
        let policy = self.persistence.as_ref().map(|persistence| persistence.policy().clone());
        let persistence = policy.map(|policy| Arc::new(Persistence::new(policy, &servers.persistent())));
        Self { servers, balance, persistence, ..self.clone() }
    }
}

/// A `force-persist` or `ignore-persist` line.
#[derive(Debug)]
pub struct PersistRule {
    /// Which of the two.
    pub kind: PersistKind,
    /// When it applies.
    pub condition: Condition,
}

/// What a persistence rule asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersistKind {
    /// `force-persist`: the cookie is honoured even where its server is down or in maintenance, and the request stays with it.
    Force,
    /// `ignore-persist`: the cookie is not looked at.
    Ignore,
}

/// A `use-server` line.
#[derive(Debug)]
pub struct ServerRule {
    /// The server it chooses.
    pub target: ServerTarget,
    /// When it applies.
    pub condition: Condition,
}

/// What a `use-server` line names.
#[derive(Debug)]
pub enum ServerTarget {
    /// A server known when the configuration was read.
    Server(ServerId),
    /// The one whose name this gives.
    Named(Format),
}

/// `option forwarded` (RFC 7239): which parameters the header has.
#[derive(Clone, Debug, Default)]
pub struct Forwarded {
    /// `proto`
    pub proto: bool,
    /// `host`, `host-expr`
    pub host: Option<ForwardedPart>,
    /// `by`, `by-expr`, `by_port`, `by_port-expr`
    pub by: Option<ForwardedNode>,
    /// `for`, `for-expr`, `for_port`, `for_port-expr`
    pub client: Option<ForwardedNode>,
}

/// A node of the header (RFC 7239 section 6).
#[derive(Clone, Debug)]
pub struct ForwardedNode {
    /// Its name.
    pub name: ForwardedPart,
    /// Its port.
    pub port: Option<ForwardedPart>,
}

/// Where a part of the header is from.
#[derive(Clone, Debug)]
pub enum ForwardedPart {
    /// The request or its connection.
    Own,
    /// What this gives.
    Expression(Arc<Expression>),
}

/// `http-reuse` (configuration manual 4.2): who may use an idle connection to a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReuseMode {
    /// Only the client connection for which it was opened.
    Never,
    /// Any, but not for the first request of a client connection.
    #[default]
    Safe,
    /// Any; for a first request only connections that have been reused before.
    Aggressive,
    /// Any.
    Always,
}

/// `retry-on` (configuration manual 4.2): failures after which a request may be sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryOn {
    /// `conn-failure`: the connection was refused or timed out.
    pub conn_failure: bool,
    /// `empty-response`: the server closed without a byte.
    pub empty_response: bool,
    /// `junk-response`: the answer was no HTTP response.
    pub junk_response: bool,
    /// `response-timeout`: the server did not answer in time.
    pub response_timeout: bool,
    /// `0rtt-rejected`: requests may be sent as early data although their client has not done so, since a server that takes none gets them
    /// once more.
    pub early_rejected: bool,
    /// Statuses that are retried.
    pub statuses: Vec<u16>,
}

impl Default for RetryOn {
    fn default() -> Self {
        Self {
            conn_failure: true,
            empty_response: false,
            junk_response: false,
            response_timeout: false,
            early_rejected: false,
            statuses: Vec::new(),
        }
    }
}

impl RetryOn {
    /// Whether anything beyond the connection itself is retried, so that the request has to be kept until the response.
    pub fn needs_request(&self) -> bool {
        self.empty_response || self.junk_response || self.response_timeout || !self.statuses.is_empty()
    }
}
