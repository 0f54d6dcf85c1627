//! `server` lines (configuration manual 5.2).

use std::net::SocketAddr;
use std::sync::Arc;

use burdock_balance::HashKey;
use burdock_base::{ProxyId, ServerId};
use burdock_persist::dynamic_value;
use burdock_state::AdminFlag;

use crate::address::{Address, SourceAddress};
use crate::backend::Backend;
use crate::check::CheckSettings;
use crate::proxy_header::ProxyHeader;
use crate::resolution::Resolution;
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
    /// `resolvers` and its companions: the address follows the host name; none: it stays as it was at the start.
    pub resolution: Option<Arc<Resolution>>,
    /// Where it is.
    pub address: Address,
    /// Where the line gives a port relative to the client's (`+80`, `-1000`, or none at all): the difference to the port that the client
    /// connected to; the address's own port is then zero.
    pub port_offset: Option<i32>,
    /// `cookie`, or the value made for it by `dynamic-cookie-key`; none: it has no value.
    pub cookie: Option<Vec<u8>>,
    /// `backup`: used only where no active server is usable.
    pub backup: bool,
    /// `non-stick`: no stick table takes it down.
    pub non_stick: bool,
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

impl Server {
    /// Whether it has no address because its name leads nowhere.
    pub fn is_lost(&self) -> bool {
        self.state.admin_bits() & AdminFlag::UnresolvedMaintenance as u32 != 0
    }

    /// The same at another place. Its checks and its agent follow, where they are asked at the server itself, and so does a cookie that is
    /// made from the address. The unspecified address stands for none.
    #[must_use]
    pub fn moved_to(&self, place: SocketAddr, port_offset: Option<i32>, backend: &Backend) -> Self {
        let mut moved = Self { address: Address::Tcp(place), port_offset, ..self.clone() };
        let Address::Tcp(old) = self.address else { return moved };
        for checks in [&mut moved.check, &mut moved.agent].into_iter().flatten() {
            if let Some(Address::Tcp(asked)) = &mut checks.address
                && asked.ip() == old.ip()
            {
                asked.set_ip(place.ip());
            }
        }
        let value =
            |place: SocketAddr, key: &[u8]| (!place.ip().is_unspecified()).then(|| dynamic_value(place, key).to_vec());
        let makes_cookies = backend.persistence.as_ref().is_some_and(|persistence| persistence.policy().dynamic);
        if let Some(key) = backend.dynamic_cookie_key.as_deref().filter(|_| makes_cookies)
            && self.cookie == value(old, key)
        {
            moved.cookie = value(place, key);
        }
        moved
    }
}
