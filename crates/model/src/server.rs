//! `server` lines (configuration manual 5.2).

use std::sync::Arc;

use burdock_balance::HashKey;
use burdock_base::{ProxyId, ServerId};

use crate::address::{Address, SourceAddress};
use crate::check::CheckSettings;
use crate::proxy_header::ProxyHeader;
use crate::tls::{Protocol, ServerTlsUse, WebSocketProtocol};

/// One server of a backend. Clones share what is live.
#[derive(Clone, Debug)]
pub struct Server {
    /// Its seat within the backend.
    pub id: ServerId,
    /// The backend.
    pub proxy: ProxyId,
    /// Its name.
    pub name: String,
    /// `id`: the number shown in statistics.
    pub numeric_id: u32,
    /// Whether the line gives that number.
    pub has_own_id: bool,
    /// The host name that the line gives in place of an address.
    pub hostname: Option<String>,
    /// Where it is.
    pub address: Address,
    /// Where the line gives a port relative to the client's (`+80`, `-1000`, or none at all): the difference to the port that the client
    /// connected to; the address's own port is then zero.
    pub port_offset: Option<i32>,
    /// `cookie`, or the value made for it by `dynamic-cookie-key`; none: it has no value.
    pub cookie: Option<Vec<u8>>,
    /// `backup`: used only where no active server is usable.
    pub backup: bool,
    /// `maxqueue`: requests that may wait for it; zero: no limit.
    pub maxqueue: u32,
    /// `hash-key`: what its places on a hash ring come from.
    pub hash_key: HashKey,
    /// `source`.
    pub source: Option<SourceAddress>,
    /// `check` and its companions; none: it is not checked.
    pub check: Option<CheckSettings>,
    /// `agent-check` and its companions; none: no agent is asked.
    pub agent: Option<CheckSettings>,
    /// `tfo`: TCP Fast Open towards it.
    pub fast_open: bool,
    /// `pool-max-conn`: idle connections kept to it; none: no limit.
    pub pool_max_connections: Option<u32>,
    /// `pool-purge-delay`: milliseconds after which half the unused idle connections are closed.
    pub pool_purge_delay_ms: u64,
    /// `max-reuse`: requests that one connection may serve after its first; none: no limit.
    pub max_reuse: Option<u32>,
    /// `ssl` and its companions; none: connections are in clear.
    pub tls: Option<ServerTlsUse>,
    /// `send-proxy` and its companions; none: connections begin with what the client has to say.
    pub proxy_header: Option<Arc<ProxyHeader>>,
    /// `proto`.
    pub protocol: Protocol,
    /// `ws`.
    pub ws: WebSocketProtocol,
    /// Where the line stands, for messages: `file:line`.
    pub position: String,
    /// Live state.
    pub state: Arc<burdock_state::Server>,
}
