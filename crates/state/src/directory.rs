//! The directory of what is live: proxies and servers by id, with their names and their state. It is what samples and log lines may know of
//! the configuration.

use std::net::SocketAddr;
use std::sync::Arc;

use burdock_base::{BindId, Clock, ProxyId, Seats, ServerId};
use burdock_pattern::ReferenceTable;

use crate::process::Process;
use crate::proxy::{Backend, Frontend, Listener};
use crate::server::Server;
use crate::table::Table;
use crate::variable::{ProcessVariables, VariableName, VariableScope};

/// Everything there is, by id. Clones share all that is live.
#[derive(Clone, Debug)]
pub struct Directory {
    /// The process.
    pub process: Arc<Process>,
    /// The host's name.
    pub hostname: Box<str>,
    /// `node` of the global section, or the host's name.
    pub node: Box<str>,
    /// The process's id.
    pub pid: u32,
    /// Worker threads.
    pub threads: u32,
    /// Bytes of a request's line that log lines show at most (`tune.http.logurilen`).
    pub request_line_limit: usize,
    /// What samples ask for that is else not taken down.
    pub asked: Asked,
    /// The proxies, by [`ProxyId`].
    pub proxies: Vec<Arc<ProxyEntry>>,
    /// Variables of the process.
    pub variables: Arc<ProcessVariables>,
    /// The names of all variables, by scope and name.
    pub variable_names: Arc<[VariableName]>,
    /// The patterns of ACLs and maps.
    pub references: Arc<ReferenceTable>,
    /// Stick tables, in the order of their sections.
    pub tables: Arc<[Arc<Table>]>,
}

/// What is taken down of requests only where an expression asks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// What they cost their workers (`cpu_ns_tot` and kin).
    pub effort: bool,
    /// What the kernel has measured of servers' connections (`bc_rtt` and kin).
    pub server_tcp: bool,
    /// Our ends of servers' connections (`bc_src`, `%bi` and kin).
    pub server_end: bool,
}

/// A proxy.
#[derive(Debug)]
pub struct ProxyEntry {
    /// Its name.
    pub name: Box<str>,
    /// The number shown in statistics.
    pub numeric_id: u32,
    /// Whether it understands HTTP.
    pub http: bool,
    /// `maxconn` of its frontend; zero: no limit of its own.
    pub maxconn: u32,
    /// Its addresses, by [`BindId`].
    pub binds: Vec<BindEntry>,
    /// Its client side.
    pub frontend: Option<Arc<Frontend>>,
    /// Its server side.
    pub backend: Option<Arc<Backend>>,
    /// Its servers, by [`ServerId`].
    pub servers: Seats<ServerEntry>,
    /// The time limits that samples give.
    pub timeouts: TimeoutEntry,
    /// `default_backend`; a `listen` section has none.
    pub default_backend: Option<ProxyId>,
    /// `retries`
    pub retries: u32,
    /// `option allbackups`
    pub all_backups: bool,
    /// Its FastCGI application.
    pub fcgi_app: Option<FcgiAppEntry>,
    /// The slots for captured texts of its client side.
    pub captures: CaptureEntry,
}

/// A FastCGI application.
#[derive(Clone, Debug)]
pub struct FcgiAppEntry {
    /// `docroot`
    pub document_root: Box<[u8]>,
    /// `index`
    pub index_script: Option<Box<[u8]>>,
}

/// Slots for texts captured from messages: the most bytes that each of them keeps.
#[derive(Clone, Debug, Default)]
pub struct CaptureEntry {
    /// Those of requests.
    pub request: Box<[usize]>,
    /// Those of responses.
    pub response: Box<[usize]>,
}

/// A `bind` line's address.
#[derive(Debug)]
pub struct BindEntry {
    /// `name`, where given.
    pub name: Option<Box<str>>,
    /// The number shown in statistics.
    pub numeric_id: u32,
    /// Its state.
    pub state: Arc<Listener>,
}

/// A server.
#[derive(Debug)]
pub struct ServerEntry {
    /// Its name.
    pub name: Box<str>,
    /// The number shown in statistics.
    pub numeric_id: u32,
    /// Its address, where it is one of IP.
    pub address: Option<SocketAddr>,
    /// `maxqueue`
    pub maxqueue: u32,
    /// `backup`
    pub backup: bool,
    /// `cookie`
    pub cookie: Option<Box<[u8]>>,
    /// Its state.
    pub state: Arc<Server>,
}

/// Time limits in milliseconds; none: no limit.
#[derive(Clone, Copy, Debug, Default)]
pub struct TimeoutEntry {
    /// `timeout client`
    pub client_ms: Option<u64>,
    /// `timeout server`
    pub server_ms: Option<u64>,
    /// `timeout tunnel`
    pub tunnel_ms: Option<u64>,
    /// `timeout connect`
    pub connect_ms: Option<u64>,
    /// `timeout queue`
    pub queue_ms: Option<u64>,
    /// `timeout tarpit`
    pub tarpit_ms: Option<u64>,
}

/// Bytes of a request's line that log lines show where `tune.http.logurilen` says nothing.
pub const DEFAULT_REQUEST_LINE_LIMIT: usize = 1023;

impl Directory {
    /// A directory of nothing, for what is evaluated where there is no traffic.
    pub fn empty() -> Self {
        Self {
            process: Arc::new(Process::new(Clock::new(), 1, 0)),
            hostname: "localhost".into(),
            node: "localhost".into(),
            pid: std::process::id(),
            threads: 1,
            request_line_limit: DEFAULT_REQUEST_LINE_LIMIT,
            asked: Asked::default(),
            proxies: Vec::new(),
            variables: Arc::default(),
            variable_names: Arc::default(),
            references: Arc::default(),
            tables: Arc::default(),
        }
    }

    /// The slot of the variable `proc.<name>`, whether the configuration or the runtime API named it.
    pub fn process_variable(&self, name: &str) -> Option<u32> {
        let of_process = |known: &&VariableName| known.scope == VariableScope::Process && *known.name == *name;
        match self.variable_names.iter().find(of_process) {
            Some(known) => Some(known.slot),
            None => self.variables.added_names().into_iter().find(|(known, _)| **known == *name).map(|(_, slot)| slot),
        }
    }

    /// A proxy.
    pub fn proxy(&self, id: ProxyId) -> Option<&ProxyEntry> {
        self.proxies.get(id.index()).map(AsRef::as_ref)
    }

    /// The proxy of that name that `fits`.
    pub fn proxy_named(&self, name: &[u8], fits: impl Fn(&ProxyEntry) -> bool) -> Option<&ProxyEntry> {
        self.proxies.iter().map(AsRef::as_ref).find(|proxy: &&ProxyEntry| proxy.name.as_bytes() == name && fits(proxy))
    }

    /// The stick table of that name.
    pub fn table(&self, name: &str) -> Option<&Arc<Table>> {
        self.tables.iter().find(|table| table.name() == name)
    }

    /// A server of a proxy.
    pub fn server(&self, proxy: ProxyId, id: ServerId) -> Option<&ServerEntry> {
        self.proxy(proxy)?.servers.get(id.index())
    }

    /// An address of a proxy.
    pub fn bind(&self, proxy: ProxyId, id: BindId) -> Option<&BindEntry> {
        self.proxy(proxy)?.binds.get(id.index())
    }
}

impl ProxyEntry {
    /// How many servers share new visitors now: the active ones; where none of them can, the first backup server, or all of them with
    /// `option allbackups`.
    pub fn usable_servers(&self) -> usize {
        self.sharing_servers().count()
    }

    /// Those servers.
    pub fn sharing_servers(&self) -> impl Iterator<Item = &ServerEntry> {
        let usable = |backup| move |server: &&ServerEntry| server.backup == backup && server.state.accepts_new();
        let active = self.servers.iter().any(|server| usable(false)(&server));
        let limit = if active || self.all_backups { usize::MAX } else { 1 };
        self.servers.iter().filter(usable(!active)).take(limit)
    }

    /// Requests that wait for a server, whichever queue they stand in.
    pub fn queued(&self) -> u32 {
        let shared = self.backend.as_ref().map_or(0, |backend| backend.queue.len());
        self.servers.iter().fold(shared, |sum, server| sum.saturating_add(server.state.queue.len()))
    }
}
