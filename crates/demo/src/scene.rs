//! Everything the desk shows and changes: the three machines, the crowd of visitors, the journal.

use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::watch;

use crate::app::{App, RunTag, Seen};
use crate::configuration::{Backend, Configuration};
use crate::crowd::{Crowd, Landing, VisitorSeen};
use crate::journal::{Entry, Journal, count, names};
use crate::machine::Machine;
use crate::port::{self, ReservedPort};

pub(crate) struct Scene {
    machines: Vec<Machine>,
    crowd: Crowd,
    journal: Mutex<Journal>,
    configuration: Configuration,
    changes: Changes,
    /// Holds the port until the proxy listens there, and beside it afterwards.
    site: ReservedPort,
}

/// Names and proxy cookie values of the servers, in the configuration's order.
const SERVERS: [(&str, &str); 3] = [("ServerA", "SA"), ("ServerB", "SB"), ("ServerC", "SC")];

impl Scene {
    /// With every machine on.
    pub fn open(site: ReservedPort, desk_port: u16) -> io::Result<Self> {
        let changes = Changes::new();
        let run = RunTag::draw().map_err(io::Error::other)?;
        let mut machines = Vec::with_capacity(SERVERS.len());
        for (name, cookie) in SERVERS {
            let app = App { name, cookie, run, desk_port, changes: changes.clone() };
            let machine = Machine::new(app, ReservedPort::claim(port::loopback(0))?);
            machine.switch_on()?;
            machines.push(machine);
        }
        let backends: Vec<_> = machines
            .iter()
            .map(|machine| Backend {
                name: machine.app().name,
                cookie: machine.app().cookie,
                address: machine.address(),
            })
            .collect();
        Ok(Self {
            configuration: Configuration::new(site.address(), &backends),
            crowd: Crowd::new(port::reachable(site.address()), changes.clone()),
            machines,
            journal: Mutex::default(),
            changes,
            site,
        })
    }

    /// Switches every machine off.
    pub fn close(&self) {
        for machine in &self.machines {
            machine.switch_off();
        }
    }

    pub fn site_address(&self) -> SocketAddr {
        self.site.address()
    }

    pub fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    pub fn crowd(&self) -> &Crowd {
        &self.crowd
    }

    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    pub fn machine(&self, name: &str) -> Option<&Machine> {
        self.machines.iter().find(|machine| machine.app().name == name)
    }

    /// Switches a machine on or off and notes it in the journal. Blocks until it is done.
    pub fn switch(&self, machine: &Machine, on: bool) -> io::Result<()> {
        let name = machine.app().name;
        if on {
            if machine.switch_on()? {
                self.note(
                    Some(name),
                    format!(
                        "{name} runs again, with an empty memory. New visitors come as soon as Burdock has checked it."
                    ),
                );
            }
        } else if let Some(loss) = machine.switch_off() {
            self.crowd.lose_logins(name);
            let text = match loss.names.len() {
                0 => format!("{name} stopped. Nobody was logged in there."),
                lost => format!(
                    "{name} stopped. Its memory is gone, and with it {}: {}.",
                    count(lost, "login"),
                    names(&loss.names)
                ),
            };
            self.note(Some(name), text);
        }
        Ok(())
    }

    pub fn note(&self, server: Option<&'static str>, text: String) {
        self.journal().add(server, text);
        self.changes.notify();
    }

    /// The scene as the desk shows it.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            servers: self.machines.iter().map(ServerSeen::of).collect(),
            visitors: self.crowd.visitors(),
            landings: self.crowd.landings(),
            journal: self.journal().entries(),
        }
    }

    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells those who watch the scene that something changed; what, they read from a [`Snapshot`].
#[derive(Clone)]
pub(crate) struct Changes(watch::Sender<u64>);

impl Changes {
    pub fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    pub fn notify(&self) {
        self.0.send_modify(|version| *version += 1);
    }

    pub fn watch(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}

#[derive(Serialize)]
pub(crate) struct Snapshot {
    servers: Vec<ServerSeen>,
    visitors: Vec<VisitorSeen>,
    /// The crowd's last visits, oldest first.
    landings: Vec<Landing>,
    journal: Vec<Entry>,
}

#[derive(Serialize)]
struct ServerSeen {
    name: &'static str,
    cookie: &'static str,
    address: SocketAddr,
    /// None while the server is off.
    memory: Option<Seen>,
}

impl ServerSeen {
    fn of(machine: &Machine) -> Self {
        let App { name, cookie, .. } = *machine.app();
        Self { name, cookie, address: machine.address(), memory: machine.memory().map(|memory| memory.seen()) }
    }
}
