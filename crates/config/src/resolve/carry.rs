//! What a new model carries on with from the one in force: the live state of sections and servers that are the same as before.

use std::sync::Arc;

use burdock_base::ServerId;
use burdock_model::{Address, Model, Proxy};
use burdock_state::{Backend, Frontend, Listener, Server, ServerSettings};

/// The state of the frontend of that name. States are made for a number of threads and cannot be shared with another.
pub(super) fn frontend(previous: Option<&Model>, name: &str, threads: usize) -> Arc<Frontend> {
    let known = previous.filter(|model| model.global.threads == threads).and_then(|model| {
        let frontends =
            model.proxies.iter().filter(|proxy| proxy.name == name).filter_map(|proxy| proxy.frontend.as_ref());
        frontends.map(|frontend| Arc::clone(&frontend.state)).next()
    });
    known.unwrap_or_else(|| Arc::new(Frontend::new(threads)))
}

/// The state of an address that the frontend of that name listens on.
pub(super) fn listener(previous: Option<&Model>, name: &str, address: &Address, threads: usize) -> Arc<Listener> {
    let known = previous.filter(|model| model.global.threads == threads).and_then(|model| {
        let frontends =
            model.proxies.iter().filter(|proxy| proxy.name == name).filter_map(|proxy| proxy.frontend.as_ref());
        let same = frontends.flat_map(|frontend| &frontend.binds).find(|bind| bind.address == *address);
        same.map(|bind| Arc::clone(&bind.state))
    });
    known.unwrap_or_default()
}

/// The servers of a section, as they are carried on with one by one.
pub(super) struct Servers<'a> {
    previous: Option<&'a Proxy>,
    threads: usize,
    carried: usize,
    unresolved: Vec<ServerId>,
    /// They come at run time.
    added: bool,
}

impl<'a> Servers<'a> {
    /// The servers of the section of that name.
    pub fn new(previous: Option<&'a Model>, name: &str, threads: usize) -> Self {
        let previous =
            previous.filter(|model| model.global.threads == threads).and_then(|model| model.backend_named(name));
        Self { previous: previous.map(AsRef::as_ref), threads, carried: 0, unresolved: Vec::new(), added: false }
    }

    /// Servers that come at run time.
    pub fn added(threads: usize) -> Self {
        Self { previous: None, threads, carried: 0, unresolved: Vec::new(), added: true }
    }

    /// The state of a server: the previous one's if it stands at the same place, is the same server and starts out the same.
    pub fn server(
        &mut self,
        settings: &ServerSettings,
        name: &str,
        address: &Address,
        unresolved: bool,
    ) -> Arc<Server> {
        if unresolved {
            self.unresolved.push(settings.id);
        }
        let known = self.previous.and_then(|proxy| proxy.backend.as_ref()?.servers.get(settings.id));
        let same = known.filter(|known| {
            let health = known.state.health();
            known.name == name
                && known.address == *address
                && known.check.is_some() == settings.checked
                && known.state.configured_weight() == settings.weight
                && known.state.maxconn() == settings.maxconn
                && (health.rise, health.fall) == (settings.rise, settings.fall)
        });
        match same {
            Some(known) => {
                self.carried += 1;
                Arc::clone(&known.state)
            }
            None if self.added => Arc::new(Server::added(settings, self.threads)),
            None => Arc::new(Server::new(settings, self.threads)),
        }
    }

    /// Whether that server's name could not be resolved.
    pub fn is_unresolved(&self, id: ServerId) -> bool {
        self.unresolved.contains(&id)
    }

    /// The state of the backend: the previous one's only if all its servers are, since its queue hands out their slots.
    pub fn backend(&self, servers: usize) -> Arc<Backend> {
        let known = self.previous.and_then(|proxy| proxy.backend.as_ref());
        match known.filter(|known| known.servers.len() == servers && self.carried == servers) {
            Some(known) => Arc::clone(&known.state),
            None => Arc::new(Backend::new(self.threads)),
        }
    }
}
