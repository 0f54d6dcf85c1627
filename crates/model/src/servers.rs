//! The servers of a backend, by id and by name. A value: whoever adds a server or takes one out makes another, and what is shared stays shared.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use burdock_balance::Candidate;
use burdock_base::seats::Iter;
use burdock_base::{Seats, ServerId};
use burdock_persist::PersistentServer;

use crate::server::Server;

/// The servers of a backend, in the order of their ids.
#[derive(Clone, Debug, Default)]
pub struct Servers {
    seats: Seats<Arc<Server>>,
    names: HashMap<Box<str>, ServerId>,
    numbers: HashMap<u32, ServerId>,
    /// Who was taken out. An id is given again once nobody knows any more whom it meant: requests that began before may hold an older
    /// model, and are handed slots by id.
    departed: Vec<(ServerId, Weak<Server>)>,
}

impl Servers {
    /// The server of that id; none where it has been taken out, or was added after the model was made.
    pub fn get(&self, id: ServerId) -> Option<&Arc<Server>> {
        self.seats.get(id.index())
    }

    /// The id of the server of that name.
    pub fn id_of(&self, name: &[u8]) -> Option<ServerId> {
        self.names.get(std::str::from_utf8(name).ok()?).copied()
    }

    /// The server of that number (`id`).
    pub fn numbered(&self, number: u32) -> Option<&Arc<Server>> {
        self.get(*self.numbers.get(&number)?)
    }

    /// The server of that name.
    pub fn named(&self, name: &str) -> Option<&Arc<Server>> {
        self.get(self.id_of(name.as_bytes())?)
    }

    /// All of them.
    pub fn iter(&self) -> Iter<'_, Arc<Server>> {
        self.seats.iter()
    }

    /// How many ids there are, those of servers that were taken out included.
    pub fn seats(&self) -> usize {
        self.seats.positions().len()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The id that a server gets which is added next.
    pub fn free_id(&self) -> ServerId {
        let forgotten = self.departed.iter().find(|(_, server)| server.strong_count() == 0);
        forgotten.map_or(ServerId(self.seats() as u32), |(id, _)| *id)
    }

    /// The same with one more, or with another in the place of the one of its id.
    #[must_use]
    pub fn with(&self, server: Arc<Server>) -> Self {
        let mut servers = self.clone();
        let id = server.id;
        servers.departed.retain(|(departed, _)| *departed != id);
        servers.names.retain(|_, known| *known != id);
        servers.names.insert(server.name.as_str().into(), id);
        servers.numbers.retain(|_, known| *known != id);
        servers.numbers.insert(server.numeric_id, id);
        servers.seats.put(id.index(), server);
        servers
    }

    /// The same without one.
    #[must_use]
    pub fn without(&self, id: ServerId) -> Self {
        let mut servers = self.clone();
        servers.names.retain(|_, known| *known != id);
        servers.numbers.retain(|_, known| *known != id);
        if let Some(server) = servers.seats.take(id.index()) {
            servers.departed.push((id, Arc::downgrade(&server)));
        }
        servers
    }

    /// As the balancer sees them.
    pub fn candidates(&self) -> Seats<Candidate> {
        self.seats.map(|server| Candidate {
            server: Arc::clone(&server.state),
            numeric_id: server.numeric_id,
            backup: server.backup,
            first_place: server.hash_key.first_place(server.numeric_id, server.address.socket_address()),
            maxqueue: server.maxqueue,
        })
    }

    /// As cookie persistence sees them.
    pub fn persistent(&self) -> Seats<PersistentServer> {
        self.seats.map(|server| PersistentServer { cookie: server.cookie.clone(), state: Arc::clone(&server.state) })
    }

    /// With what there is at each position; see [`Seats::map`].
    pub fn map<T>(&self, make: impl Fn(&Server) -> T) -> Seats<T> {
        self.seats.map(|server| make(server))
    }
}

/// Servers whose ids are their positions.
impl FromIterator<Arc<Server>> for Servers {
    fn from_iter<I: IntoIterator<Item = Arc<Server>>>(servers: I) -> Self {
        let seats: Seats<Arc<Server>> = servers.into_iter().collect();
        let names = seats.iter().map(|server| (server.name.as_str().into(), server.id)).collect();
        let numbers = seats.iter().map(|server| (server.numeric_id, server.id)).collect();
        Self { seats, names, numbers, departed: Vec::new() }
    }
}

impl<'a> IntoIterator for &'a Servers {
    type Item = &'a Arc<Server>;
    type IntoIter = Iter<'a, Arc<Server>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
