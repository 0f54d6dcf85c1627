//! What frontend, backend and listen sections have in common.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use burdock_base::ProxyId;
use burdock_http::HeaderName;
use burdock_rules::{ErrorPage, RuleSet, RuleSetKind};

use crate::backend::Backend;
use crate::frontend::Frontend;
use crate::log::LogSettings;

/// A `frontend`, `backend` or `listen` section. Clones share what is large and what is live.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// Its position in the model.
    pub id: ProxyId,
    /// Its name.
    pub name: String,
    /// `id`: the number shown in statistics.
    pub numeric_id: u32,
    /// Whether the section gives that number.
    pub has_own_id: bool,
    /// `description`.
    pub description: Option<String>,
    /// `mode`.
    pub mode: Mode,
    /// `disabled`: it neither listens nor receives traffic.
    pub disabled: bool,
    /// Time limits.
    pub timeouts: Timeouts,
    /// How HTTP is handled.
    pub http: HttpOptions,
    /// `errorfile` and its kin, by status; what is not here is answered by the built-in reply.
    pub error_pages: Arc<BTreeMap<u16, ErrorPage>>,
    /// Its rules.
    pub rules: Arc<Rules>,
    /// Where and how it logs.
    pub log: Arc<LogSettings>,
    /// Its client side; none in a `backend`.
    pub frontend: Option<Arc<Frontend>>,
    /// Its server side; none in a `frontend`.
    pub backend: Option<Arc<Backend>>,
    /// The same in `mode http`, for connections whose mode changes while traffic runs (`switch-mode`, a backend in that mode); none where none
    /// can.
    pub switched: Option<Arc<Proxy>>,
    /// Where its section starts, for messages: `file:line`.
    pub position: String,
}

impl Proxy {
    /// It in that mode, where it can be in that, else as it is.
    pub fn in_mode(self: &Arc<Self>, mode: Mode) -> &Arc<Self> {
        self.switched.as_ref().filter(|switched| switched.mode == mode).unwrap_or(self)
    }
}

/// `mode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Bytes are relayed as they come.
    #[default]
    Tcp,
    /// HTTP is understood.
    Http,
    /// Backends only: log lines are sent to the servers.
    Log,
}

/// The rules of a proxy, by kind.
#[derive(Debug, Default)]
pub struct Rules([RuleSet; RuleSetKind::ALL.len()]);

impl Rules {
    /// The rules of a kind, in their order.
    pub const fn of(&self, kind: RuleSetKind) -> &RuleSet {
        &self.0[kind as usize]
    }

    /// The same, to add to them.
    pub const fn of_mut(&mut self, kind: RuleSetKind) -> &mut RuleSet {
        &mut self.0[kind as usize]
    }
}

/// `timeout` lines (configuration manual 4.2), in milliseconds; none: no limit. Defaults that depend on another time-out are filled in:
/// `queue` and `tarpit` from `connect`, `http_request` and `http_keep_alive` from `client`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// `timeout client`: inactivity of the client.
    pub client_ms: Option<u64>,
    /// `timeout client-fin`: the same once one direction is closed.
    pub client_fin_ms: Option<u64>,
    /// `timeout client-hs`: handshakes with the client.
    pub client_handshake_ms: Option<u64>,
    /// `timeout http-request`: a complete head, from its first byte (from the connection for a first request).
    pub http_request_ms: Option<u64>,
    /// `timeout http-keep-alive`: the first byte of a further request.
    pub http_keep_alive_ms: Option<u64>,
    /// `timeout connect`: a connection to a server.
    pub connect_ms: Option<u64>,
    /// `timeout server`: inactivity of the server.
    pub server_ms: Option<u64>,
    /// `timeout server-fin`: the same once one direction is closed.
    pub server_fin_ms: Option<u64>,
    /// `timeout queue`: waiting for a server's slot.
    pub queue_ms: Option<u64>,
    /// `timeout tunnel`: inactivity of either side of a tunnel; replaces client and server time-outs there.
    pub tunnel_ms: Option<u64>,
    /// `timeout tarpit`: how long a tarpitted request is held.
    pub tarpit_ms: Option<u64>,
    /// `timeout check`: the exchange of a health check.
    pub check_ms: Option<u64>,
    /// `tcp-request inspect-delay`: how long rules may wait for what the client sends.
    pub request_inspection_ms: Option<u64>,
    /// `tcp-response inspect-delay`: the same of the server.
    pub response_inspection_ms: Option<u64>,
}

/// What is done with HTTP connections and messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpOptions {
    /// `option http-keep-alive`, `http-server-close`, `httpclose`: the last that was given.
    pub connection: ConnectionMode,
    /// `option forwardfor`.
    pub forward_for: Option<ForwardFor>,
    /// `option originalto`: the same about the address that the client connected to.
    pub original_to: Option<ForwardFor>,
    /// `option http-restrict-req-hdr-names`.
    pub header_names: HeaderNamePolicy,
    /// `option h1-case-adjust-bogus-client`.
    pub adjust_case_for_clients: bool,
    /// `option h1-case-adjust-bogus-server`.
    pub adjust_case_for_servers: bool,
    /// `option accept-unsafe-violations-in-http-request`.
    pub relaxed_requests: bool,
    /// `option accept-unsafe-violations-in-http-response`.
    pub relaxed_responses: bool,
    /// `option http-ignore-probes`: a connection that closes without a byte is no error.
    pub ignore_probes: bool,
    /// `option http-buffer-request`: a request's body is received, as far as it fits a buffer, before rules look at the request.
    pub buffer_request: bool,
    /// `option prefer-last-server`.
    pub prefer_last_server: bool,
}

/// Who keeps connections open between requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConnectionMode {
    /// Both sides.
    #[default]
    KeepAlive,
    /// The client side only.
    ServerClose,
    /// Neither.
    Close,
}

/// `option http-restrict-req-hdr-names`: what becomes of headers whose names hold other than letters, digits and hyphens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HeaderNamePolicy {
    /// `preserve`: they stay.
    #[default]
    Preserve,
    /// `delete`: they go.
    Delete,
    /// `reject`: the request is refused.
    Reject,
}

/// `option forwardfor`, `option originalto`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardFor {
    /// `header`: the header's name.
    pub header: HeaderName,
    /// `except`: clients for which nothing is added, as address and prefix length.
    pub except: Option<(IpAddr, u8)>,
    /// `if-none`: nothing is added where the header is there already.
    pub if_none: bool,
}
