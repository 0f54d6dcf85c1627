//! Requests that operators end (management manual 9.3 `shutdown sessions server`). While nobody does, a request pays for it with a comparison
//! a turn.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use burdock_state::Server;

/// The servers whose requests a worker was told to end.
#[derive(Debug, Default)]
pub struct Shutdowns {
    /// How often that was.
    count: Cell<u64>,
    /// The last of them, each with its number: a server that takes the place of another in memory is younger.
    servers: RefCell<Vec<(u64, usize)>>,
}

/// Which server a request is served by, since when.
#[derive(Debug, Default)]
pub struct Serving {
    server: Cell<usize>,
    since: Cell<u64>,
}

/// Shutdowns that are remembered. Requests look at their next turn, so that few are ever needed.
const REMEMBERED: usize = 64;

impl Shutdowns {
    /// Takes down that the requests of a server are to be ended.
    pub fn add(&self, server: &Arc<Server>) {
        let number = self.count.get() + 1;
        self.count.set(number);
        let mut servers = self.servers.borrow_mut();
        servers.push((number, address(server)));
        let superfluous = servers.len().saturating_sub(REMEMBERED);
        servers.drain(..superfluous);
    }

    /// Takes down which server serves a request from now on; none: none does.
    pub fn note(&self, serving: &Serving, server: Option<&Arc<Server>>) {
        serving.server.set(server.map_or(0, address));
        serving.since.set(self.count.get());
    }

    /// Whether the request is to be ended.
    pub fn concern(&self, serving: &Serving) -> bool {
        let (server, since) = (serving.server.get(), serving.since.get());
        since != self.count.get()
            && server != 0
            && self.servers.borrow().iter().any(|&(number, shut)| number > since && shut == server)
    }
}

/// Tells servers apart while they are there.
fn address(server: &Arc<Server>) -> usize {
    Arc::as_ptr(server).addr()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burdock_base::ServerId;
    use burdock_state::ServerSettings;

    fn server(id: u32) -> Arc<Server> {
        let id = ServerId(id);
        let settings = ServerSettings { id, weight: 1, maxconn: 0, rise: 2, fall: 3, checked: false, disabled: false };
        Arc::new(Server::new(&settings, 1))
    }

    #[test]
    fn those_who_are_served_are_concerned_and_nobody_else() {
        let shutdowns = Shutdowns::default();
        let (a, b) = (server(0), server(1));
        let (of_a, of_b, gone) = (Serving::default(), Serving::default(), Serving::default());
        shutdowns.note(&of_a, Some(&a));
        shutdowns.note(&of_b, Some(&b));
        shutdowns.note(&gone, Some(&a));
        shutdowns.note(&gone, None);
        assert!(!shutdowns.concern(&of_a));
        shutdowns.add(&a);
        assert!(shutdowns.concern(&of_a) && !shutdowns.concern(&of_b) && !shutdowns.concern(&gone));
        shutdowns.note(&of_a, Some(&a));
        assert!(!shutdowns.concern(&of_a), "it began later");
    }
}
