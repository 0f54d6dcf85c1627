//! The resolved, immutable configuration: types only. Names are resolved to ids, defaults are filled in, conditions are compiled. Live state
//! (`burdock-state`) hangs off it by `Arc`, so that a new model can carry on with the state of the old one.
//! Knows no text: `burdock-config` builds it.
#![forbid(unsafe_code)]

pub mod address;
pub mod backend;
pub mod balance;
pub mod bind;
pub mod check;
pub mod frontend;
pub mod global;
pub mod log;
pub mod logging;
pub mod proxy;
pub mod server;
pub mod tls;

use std::collections::HashMap;
use std::sync::Arc;

use burdock_base::ProxyId;
use burdock_state::{Directory, Process};
use burdock_tls::Store;

pub use address::{Address, SourceAddress};
pub use backend::{
    Backend, Forwarded, ForwardedNode, ForwardedPart, PersistKind, PersistRule, RetryOn, ReuseMode, ServerRule,
    ServerTarget,
};
pub use balance::{BalanceKey, BalanceSettings, KeySource, UriKey};
pub use bind::{Bind, SocketOptions, UnixPermissions};
pub use check::{
    CheckAction, CheckBytes, CheckConnection, CheckDialect, CheckKind, CheckPort, CheckScript, CheckSettings,
    CheckStep, ConnectStep, Content, ExpectStep, ExternalCheck, HeaderPattern, ProtocolAnswer, RequestStep, StatusSet,
    TextMatch, TextPattern,
};
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
pub use server::Server;
pub use tls::{CheckTls, Protocol, ServerTlsUse, WebSocketProtocol};

/// The whole configuration, as workers use it. Swapped as one.
#[derive(Debug)]
pub struct Model {
    /// The global section.
    pub global: Global,
    /// The proxies, indexed by [`ProxyId`], in the order of the file.
    pub proxies: Vec<Arc<Proxy>>,
    /// What log lines travel through beside sockets: rings, log backends, log forwarders.
    pub logging: Logging,
    /// Certificates, CA files and CRL files by name: what runtime commands change.
    pub tls_store: Arc<Store>,
    /// Certificates that come from authorities.
    pub acme: Arc<burdock_acme::Settings>,
    /// Where requests can be sent to, by name: for names that are made while traffic runs.
    pub backends: HashMap<Box<[u8]>, ProxyId>,
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

    /// The proxy of that name that has a backend side.
    pub fn backend_named(&self, name: &str) -> Option<&Arc<Proxy>> {
        self.proxies.iter().find(|proxy| proxy.backend.is_some() && proxy.name == name)
    }
}
