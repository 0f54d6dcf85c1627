//! A backend's cookie persistence: the policy, its servers' values, and what can be prepared of answers.

use std::sync::Arc;

use burdock_base::{Seats, ServerId};
use burdock_state::Server;

use crate::policy::{CookieMode, CookiePolicy};
use crate::table::CookieTable;

/// A server as persistence sees it.
#[derive(Clone, Debug)]
pub struct PersistentServer {
    /// Its cookie value, configured or dynamic; none: it has none.
    pub cookie: Option<Vec<u8>>,
    /// Its live state.
    pub state: Arc<Server>,
}

/// A backend's cookie persistence, ready for requests.
#[derive(Debug)]
pub struct Persistence {
    pub(crate) policy: CookiePolicy,
    pub(crate) table: CookieTable,
    servers: Seats<Prepared>,
}

/// A server, and the Set-Cookie value that binds to it.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) state: Arc<Server>,
    /// The server's cookie value; none: it has none.
    pub(crate) cookie: Option<Box<[u8]>>,
    /// The whole value of the Set-Cookie field, without dates.
    pub(crate) set_cookie: Box<[u8]>,
    /// Where in it dates belong.
    pub(crate) dates_at: usize,
}

/// What makes a client forget its cookie.
const FORGET: &[u8] = b"; Expires=Thu, 01-Jan-1970 00:00:01 GMT";

impl Persistence {
    /// Prepares persistence by `policy` over a backend's servers: a server's seat is its [`ServerId`].
    pub fn new(mut policy: CookiePolicy, servers: &Seats<PersistentServer>) -> Self {
        // Zero seconds mean that there is no limit.
        policy.max_idle_s = policy.max_idle_s.filter(|&seconds| seconds > 0);
        policy.max_life_s = policy.max_life_s.filter(|&seconds| seconds > 0);
        let table = CookieTable::new(servers.positions().map(|server| server?.cookie.as_deref()));
        let attributes = attributes(&policy);
        let prepare = |server: &PersistentServer| {
            let mut set_cookie = [&policy.name, &b"="[..], server.cookie.as_deref().unwrap_or_default()].concat();
            let dates_at = set_cookie.len();
            if server.cookie.is_none() {
                set_cookie.extend_from_slice(FORGET);
            }
            set_cookie.extend_from_slice(&attributes);
            let cookie = server.cookie.as_deref().map(Into::into);
            Prepared { state: Arc::clone(&server.state), cookie, set_cookie: set_cookie.into(), dates_at }
        };
        let servers = servers.map(prepare);
        Self { policy, table, servers }
    }

    /// The `cookie` line.
    pub fn policy(&self) -> &CookiePolicy {
        &self.policy
    }

    /// Whether the `cookie` line only names a cookie: nothing is read and nothing sent.
    pub(crate) fn is_idle(&self) -> bool {
        self.policy.mode == CookieMode::Passive && !self.policy.indirect
    }

    /// The server of that id, which may come from another backend's model only by a fault of the caller.
    pub(crate) fn server(&self, id: ServerId) -> Option<&Prepared> {
        self.servers.get(id.index())
    }
}

/// What follows the cookie's value, in HAProxy's order.
fn attributes(policy: &CookiePolicy) -> Vec<u8> {
    let mut text = b"; path=/".to_vec();
    for domain in &policy.domains {
        text.extend_from_slice(b"; domain=");
        text.extend_from_slice(domain);
    }
    let flags = [(policy.http_only, &b"HttpOnly"[..]), (policy.secure, b"Secure")];
    let flags = flags.into_iter().filter_map(|(on, name)| on.then_some(name));
    for attribute in flags.chain(policy.attributes.iter().map(Vec::as_slice)) {
        text.extend_from_slice(b"; ");
        text.extend_from_slice(attribute);
    }
    text
}
