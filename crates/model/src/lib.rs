//! The resolved, immutable configuration: types only. Names are resolved to ids, defaults are filled in, conditions are compiled. Live state
//! (`burdock-state`) hangs off it by `Arc`, so that a new model can carry on with the state of the old one.
//! Knows no text: `burdock-config` builds it.
//!
//! A model never changes. What changes while traffic runs, and is more than state (a server is added, removed, renamed, moved), is another
//! model, which shares with the one before all that is the same, and is put in its place at the one swap point. Requests take the model in
//! force when they begin, on connections that are kept open as well, and keep it to their end; whoever lives longer (checks, statistics)
//! looks at the swap point each time. Ids mean the same in both models ([`Servers`]), so that state which is shared may name them. The
//! other design, lists of servers that are swapped inside of a model, would have put a load of its own before every look at servers,
//! samples and cookies, in the middle of a request, where two looks may disagree.
#![forbid(unsafe_code)]

pub mod address;
pub mod backend;
pub mod balance;
pub mod bind;
pub mod check;
mod directory;
pub mod fcgi;
pub mod frontend;
pub mod global;
pub mod log;
pub mod logging;
pub mod proxy;
pub mod proxy_header;
pub mod resolution;
pub mod runtime;
pub mod server;
pub mod servers;
pub mod stick;
pub mod tls;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arc_swap::ArcSwap;
use burdock_base::{ProxyId, ServerId};
use burdock_state::{Directory, Process};
use burdock_tls::Store;

pub use address::{Address, SourceAddress};
pub use backend::{
    Backend, Forwarded, ForwardedNode, ForwardedPart, PersistKind, PersistRule, RetryOn, ReuseMode, ServerRule,
    ServerTarget,
};
pub use balance::{BalanceKey, BalanceSettings, KeySource, UriKey};
pub use bind::{Bind, Preface, SavedSyn, SocketOptions, UnixPermissions};
pub use check::{
    CheckAction, CheckBytes, CheckConnection, CheckDialect, CheckKind, CheckPort, CheckScript, CheckSettings,
    CheckStep, ConnectStep, Content, ExpectStep, ExternalCheck, HeaderPattern, Observe, OnError, ProtocolAnswer,
    RequestStep, Seen, StatusSet, TextMatch, TextPattern,
};
pub use fcgi::{FcgiApp, FcgiParameter, PassedHeader};
pub use frontend::{CaptureCookie, CaptureSlot, Captures, Frontend, Monitor, SwitchRule, SwitchTarget, UniqueId};
pub use global::{Global, Http2LogErrors, Http2Settings, Http2Side, StatsLevel, StatsSocket, Tune};
pub use log::{
    Facility, Level, LineFormat, LogFormat, LogProfile, LogSample, LogSettings, LogSteps, LogTarget, ProfileStep,
    Transport,
};
pub use logging::{
    FarmServer, ForwardListener, ForwardTarget, Framing, HostStrategy, LogBalance, LogFarm, LogForward, LogHash,
    LogRing, Logging, RingServer,
};
pub use proxy::{ConnectionMode, ForwardFor, HeaderNamePolicy, HttpOptions, Mode, Proxy, Rules, Timeouts};
pub use proxy_header::{HeaderParts, ProxyHeader};
pub use resolution::{Network, Resolution};
pub use runtime::{AddedServer, RuntimeLines};
pub use server::Server;
pub use servers::Servers;
pub use stick::{StickKind, StickRule};
pub use tls::{FixedTls, Protocol, ServerTlsUse, WebSocketProtocol};

/// The whole configuration, as workers use it. Swapped as one. Clones share what is large and what is live.
#[derive(Clone, Debug)]
pub struct Model {
    /// How many models came before it at the swap point: the number of the one in force is in [`Process::generation`].
    pub generation: u64,
    /// The global section.
    pub global: Arc<Global>,
    /// The proxies, indexed by [`ProxyId`], in the order of the file.
    pub proxies: Vec<Arc<Proxy>>,
    /// What log lines travel through beside sockets: rings, log backends, log forwarders.
    pub logging: Arc<Logging>,
    /// `fcgi-app` sections.
    pub fcgi_apps: Arc<[Arc<FcgiApp>]>,
    /// Certificates, CA files and CRL files by name: what runtime commands change.
    pub tls_store: Arc<Store>,
    /// Certificates that come from authorities.
    pub acme: Arc<burdock_acme::Settings>,
    /// How OCSP responses are fetched.
    pub ocsp: Arc<burdock_ocsp::Settings>,
    /// `resolvers` sections: whom names are asked of.
    pub resolvers: Arc<[Arc<burdock_resolve::Section>]>,
    /// Where requests can be sent to, by name: for names that are made while traffic runs.
    pub backends: Arc<HashMap<Box<[u8]>, ProxyId>>,
    /// Servers that rules and expressions name: they have to stay.
    pub named_servers: Arc<HashSet<(ProxyId, ServerId)>>,
    /// Reads lines that come at run time.
    pub runtime_lines: Arc<dyn RuntimeLines>,
    /// The live state of the process.
    pub process: Arc<Process>,
    /// What samples and log lines may know of all this.
    pub directory: Arc<Directory>,
}

impl Model {
    /// The proxy of that id. Ids come from the same model, so they are in range.
    pub fn proxy(&self, id: ProxyId) -> &Arc<Proxy> {
        &self.proxies[id.index()]
    }

    /// Puts it in the place of the one in force. Who follows the model is told. One thread alone publishes models, so that none is lost.
    pub fn publish(self, models: &ArcSwap<Self>) {
        let (process, generation) = (Arc::clone(&self.process), self.process.generation() + 1);
        models.store(Arc::new(Self { generation, ..self }));
        process.note_publication(generation);
    }

    /// The same with another proxy in the place of the one of its id.
    #[must_use]
    pub fn with_proxy(&self, proxy: Proxy) -> Self {
        let mut model = self.clone();
        let mut directory = Directory::clone(&self.directory);
        if let Some(entry) = directory.proxies.get_mut(proxy.id.index()) {
            *entry = Arc::new(proxy.entry());
        }
        model.directory = Arc::new(directory);
        if let Some(place) = model.proxies.get_mut(proxy.id.index()) {
            *place = Arc::new(proxy);
        }
        model
    }

    /// The same with other servers in a backend.
    #[must_use]
    pub fn with_servers(&self, proxy: &Proxy, servers: Servers) -> Self {
        let backend = proxy.backend.as_ref().map(|backend| Arc::new(backend.with_servers(servers)));
        self.with_proxy(Proxy { backend, ..proxy.clone() })
    }

    /// The proxy of that name that has a backend side.
    pub fn backend_named(&self, name: &str) -> Option<&Arc<Proxy>> {
        self.proxies.iter().find(|proxy| proxy.backend.is_some() && proxy.name == name)
    }
}
