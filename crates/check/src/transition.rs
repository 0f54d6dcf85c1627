//! Changes of one server's state, whoever asks for them, with what follows: waiting requests move, the backend may be left without
//! servers, and it is said. The words are HAProxy's (measured).

use burdock_base::Instant;
use burdock_model::{Backend, Level, Proxy, Server};
use burdock_state::{AdminFlag, CheckReport, Operational, Wish};

use crate::judge::Change;
use crate::tell::{self, EventLog, Moved};

/// A server whose state is to be changed now.
pub struct Transition<'a> {
    log: &'a dyn EventLog,
    proxy: &'a Proxy,
    backend: &'a Backend,
    server: &'a Server,
    now: Instant,
}

/// Health that an operator declares (management manual 9.3 `set server ... health`); the next check may say otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForcedHealth {
    /// As if all checks were good.
    Up,
    /// For bound visitors only.
    Stopping,
    /// As if checks had failed for long.
    Down,
}

impl<'a> Transition<'a> {
    /// A change of `server` of `proxy`; none where the proxy has no servers.
    pub fn new(log: &'a dyn EventLog, proxy: &'a Proxy, server: &'a Server, now: Instant) -> Option<Self> {
        Some(Self { log, proxy, backend: proxy.backend.as_deref()?, server, now })
    }

    /// Takes a server into maintenance or drain, or out of them.
    pub fn grant(&self, wish: Wish) {
        let state = &self.server.state;
        let (loss, was_down) = (self.loss(), state.operational() == Operational::Stopped);
        let (was_in_maintenance, was_draining) = (state.in_maintenance(), state.is_draining());
        self.watching_strength(|| {
            if !state.grant(wish, self.now, &self.backend.state) {
                return;
            }
            match wish {
                Wish::Maintenance if was_down => self.say(Level::Notice, "was DOWN and now enters maintenance", None),
                Wish::Maintenance => {
                    self.say(loss, "is going DOWN for maintenance", Some(self.away(0)));
                }
                Wish::Ready if was_in_maintenance => {
                    self.say(Level::Notice, "is UP/READY (leaving forced maintenance)", None);
                }
                Wish::Drain if was_in_maintenance => {
                    self.say(Level::Notice, "is UP/DRAIN (leaving forced maintenance)", None);
                    self.say(Level::Notice, "remains in forced drain mode", None);
                }
                Wish::Drain => {
                    let moved = if was_down { self.away(0) } else { self.served(0) };
                    self.say(Level::Notice, "enters drain state", Some(moved));
                }
                Wish::Ready if was_draining => {
                    let state = if was_down { "DOWN" } else { "UP" };
                    self.say(Level::Notice, &format!("is {state} (leaving forced drain)"), None);
                }
                Wish::Ready => {}
            }
        });
    }

    /// Declares a server's health. In maintenance nothing comes of it.
    pub fn force_health(&self, health: ForcedHealth) {
        let full = self.server.state.health().full();
        match health {
            ForcedHealth::Up => self.operate(Operational::Running, full, "is UP, changed from CLI"),
            ForcedHealth::Stopping => self.operate(Operational::Stopping, full, "is stopping, changed from CLI"),
            ForcedHealth::Down => self.operate(Operational::Stopped, 0, "is DOWN, changed from CLI"),
        }
    }

    /// Takes a server into maintenance because its name leads nowhere, for that reason.
    pub fn lose_address(&self, reason: &str) {
        let state = &self.server.state;
        let (loss, was_down) = (self.loss(), state.operational() == Operational::Stopped);
        let was_in_maintenance = state.in_maintenance();
        self.watching_strength(|| {
            if !state.set_admin(AdminFlag::UnresolvedMaintenance, true, self.now, &self.backend.state)
                || was_in_maintenance
            {
                return;
            }
            if was_down {
                self.say(Level::Notice, &format!("was DOWN and now enters maintenance ({reason})"), None);
            } else {
                self.say(loss, &format!("is going DOWN for maintenance ({reason})"), Some(self.away(0)));
            }
        });
    }

    /// Takes a server out of maintenance because its name leads somewhere again.
    pub fn regain_address(&self, host_name: &str) {
        let state = &self.server.state;
        self.watching_strength(|| {
            if !state.set_admin(AdminFlag::UnresolvedMaintenance, false, self.now, &self.backend.state) {
                return;
            }
            if !state.in_maintenance() {
                let word = if state.is_draining() { "DRAIN" } else { "READY" };
                self.say(Level::Notice, &format!("('{host_name}') is UP/{word} (resolves again)"), None);
            }
            self.say(Level::Notice, "administratively READY thanks to valid DNS answer", None);
        });
    }

    /// Changes a server's weight, of which nothing is said unless no server is left.
    pub fn set_weight(&self, weight: u32) {
        self.watching_strength(|| self.server.state.set_weight(weight, &self.backend.state));
    }

    /// Changes how many requests a server takes at once, of which nothing is said.
    pub(crate) fn set_maxconn(&self, limit: u32) {
        self.server.state.set_maxconn(limit, &self.backend.state);
    }

    /// Does as checks ask; `report`, where it is given, is named as the reason.
    pub(crate) fn obey_check(&self, change: Change, value: u32, report: Option<&CheckReport>) {
        let (state, word) = match change {
            Change::Up => (Operational::Running, "UP"),
            Change::Stopping => (Operational::Stopping, "stopping"),
            Change::Down => (Operational::Stopped, "DOWN"),
        };
        self.operate(state, value, &format!("is {word}{}", report.map(tell::reason).unwrap_or_default()));
    }

    fn operate(&self, wanted: Operational, value: u32, what: &str) {
        let state = &self.server.state;
        let loss = self.loss();
        let waited = self.backend.state.queue.len();
        self.watching_strength(|| {
            if state.set_health(value, wanted, self.now, &self.backend.state).is_none() {
                return;
            }
            if wanted == Operational::Stopped {
                // With redispatch those who wait for this server choose anew; without they stay with it.
                let requeued = if self.backend.redispatch.is_some() { state.queue.dismiss_all() } else { 0 };
                self.say(loss, what, Some(self.away(requeued)));
            } else {
                let requeued = waited.saturating_sub(self.backend.state.queue.len());
                self.say(Level::Notice, what, Some(self.served(requeued)));
            }
        });
    }

    /// Changes something, and takes note where the backend has lost its last server by that or has one again.
    fn watching_strength(&self, change: impl FnOnce()) {
        let was_usable = is_usable(self.backend);
        change();
        let usable = is_usable(self.backend);
        if usable == was_usable {
            return;
        }
        let second = u32::try_from(self.now.as_ms() / 1000).unwrap_or(u32::MAX);
        self.backend.state.note_transition(second, !usable);
        if !usable {
            tell::nothing_left(self.log, self.proxy);
        }
    }

    /// The level of losing the server: an alert, unless it was to take nobody new. Its weight has no say in that (measured).
    fn loss(&self) -> Level {
        let state = &self.server.state;
        let is_expected = state.is_draining() || state.operational() == Operational::Stopping;
        if is_expected { Level::Notice } else { Level::Alert }
    }

    fn say(&self, level: Level, what: &str, moved: Option<Moved>) {
        tell::change(self.log, self.proxy, self.server, level, what, moved);
    }

    fn away(&self, requeued: u32) -> Moved {
        let state = &self.server.state;
        Moved::Away { active: state.sessions.get(), requeued, remaining: state.queue.len() }
    }

    fn served(&self, requeued: u32) -> Moved {
        Moved::In { requeued, remaining: self.backend.state.queue.len() }
    }
}

fn is_usable(backend: &Backend) -> bool {
    let strength = backend.balance.balancer.strength();
    strength.active + strength.backup > 0
}
