//! What the tests of both sides share: policies from the words of a `cookie` line, and small farms.

use std::sync::Arc;

use burdock_base::{Instant, ServerId};
use burdock_state::{AdminFlag, Backend, Server, ServerSettings};

use crate::{CookieMode, CookiePolicy, Persistence, PersistentServer};

/// A second at which HAProxy 3.5 was seen to give the date `awKqP`.
pub(crate) const NOW_S: u64 = 1_795_336_764;

/// The policy of `cookie S <words>`.
pub(crate) fn policy(words: &str) -> CookiePolicy {
    let mut policy = CookiePolicy {
        name: b"S".to_vec(),
        mode: CookieMode::Passive,
        indirect: false,
        nocache: false,
        postonly: false,
        preserve: false,
        http_only: false,
        secure: false,
        domains: Vec::new(),
        attributes: Vec::new(),
        max_idle_s: None,
        max_life_s: None,
        dynamic: false,
    };
    let mut words = words.split_ascii_whitespace();
    while let Some(word) = words.next() {
        let mut argument = || words.next().unwrap();
        match word {
            "insert" => policy.mode = CookieMode::Insert,
            "rewrite" => policy.mode = CookieMode::Rewrite,
            "prefix" => policy.mode = CookieMode::Prefix,
            "indirect" => policy.indirect = true,
            "nocache" => policy.nocache = true,
            "postonly" => policy.postonly = true,
            "preserve" => policy.preserve = true,
            "httponly" => policy.http_only = true,
            "secure" => policy.secure = true,
            "domain" => policy.domains.push(argument().into()),
            "attr" => policy.attributes.push(argument().into()),
            "maxidle" => policy.max_idle_s = Some(argument().parse().unwrap()),
            "maxlife" => policy.max_life_s = Some(argument().parse().unwrap()),
            _ => panic!("{word}"),
        }
    }
    policy
}

/// A backend whose servers have these cookie values (empty: none), the first called `A`.
pub(crate) struct Farm {
    pub(crate) persistence: Persistence,
    servers: Vec<Arc<Server>>,
    backend: Backend,
}

impl Farm {
    pub(crate) fn new(words: &str, cookies: &[&str]) -> Self {
        let server = |id| {
            let id = ServerId(id);
            Arc::new(Server::new(
                &ServerSettings { id, weight: 1, maxconn: 0, rise: 2, fall: 3, checked: false, disabled: false },
                1,
            ))
        };
        let servers: Vec<_> = (0..cookies.len() as u32).map(server).collect();
        let persistent = servers.iter().zip(cookies).map(|(state, cookie)| PersistentServer {
            cookie: (!cookie.is_empty()).then(|| cookie.as_bytes().to_vec()),
            state: Arc::clone(state),
        });
        Self { persistence: Persistence::new(policy(words), &persistent.collect()), servers, backend: Backend::new(1) }
    }

    /// Sets an administrative flag of the server called `name`.
    pub(crate) fn flag(&self, name: char, flag: AdminFlag) {
        self.servers[id(name).index()].set_admin(flag, true, Instant::START, &self.backend);
    }

    pub(crate) fn maintain(&self, name: char) {
        self.flag(name, AdminFlag::ForcedMaintenance);
    }
}

/// The id of the server called `name`.
pub(crate) fn id(name: char) -> ServerId {
    ServerId(u32::from(name) - u32::from('A'))
}

/// The name of a server; `-` for none.
pub(crate) fn name(server: Option<ServerId>) -> char {
    server.map_or('-', |server| char::from(b'A' + server.0 as u8))
}
