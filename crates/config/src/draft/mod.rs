//! What the text says, section by section: every setting is an `Option`, with the place it comes from. Nothing is filled in and no name is
//! looked up yet, except that a proxy starts as a copy of the settings of its `defaults` section.

mod acme;
mod address;
mod answer;
mod bind;
mod check;
mod fcgi;
mod global;
mod log;
mod logging;
mod proxy;
mod proxy_header;
mod resolvers;
mod server;
mod settings;
mod table;
mod tls;

use std::collections::BTreeMap;
use std::path::PathBuf;

use burdock_syntax::Span;

pub use acme::{AcmeDraft, AcmeGlobalDraft, AcmeUse, KeyType, ReadyWord};
pub use address::{Family, HostPart, PortPart, ServerAddress, Written};
pub use answer::{ErrorSectionDraft, GroupLine, UserLine, UserlistDraft};
pub use bind::{BindDraft, BindOptions, ListenAddress, ThreadSelection};
pub use check::{CheckDraft, CheckKindLine, CheckLine, CheckLines, CheckVerb, HealthcheckDraft, MysqlLogin};
pub use fcgi::{FcgiAppDraft, FcgiParameterLine, FcgiUseLine, PassedHeaderLine};
pub use global::{EnvironmentChange, GlobalDraft, Http2Draft, Http2SideDraft, TuneDraft, VariableLine};
pub use log::{LogDestination, LogDraft, LogLine, LogLineTarget};
pub use logging::{LogForwardDraft, LogProfileDraft, ProfileStepLine, RingDraft};
pub use proxy::{
    AclLine, BandwidthFilterLine, CaptureDraft, CaptureLine, ConditionLine, ConditionWords, CookieCapture, PersistLine,
    ProxyDraft, ProxyKind, RuleLine, RuleOrder, ServerRuleLine, SwitchLine,
};
pub use proxy_header::ProxyHeaderDraft;
pub use resolvers::{HoldDraft, NameServerLine, NameServers, ResolversDraft};
pub use server::{AgentOptions, CheckOptions, InitAddress, ResolutionOptions, ServerDraft, ServerOptions};
pub use settings::{
    CookieLine, ErrorLine, ForwardedLine, HashTypeLine, KeyLine, Settings, SourceLine, Switch, Switches, TimeoutName,
    Timeouts,
};

pub use table::{StickLine, TableLine};
pub use tls::{
    BindTlsDraft, CertificateLine, CertificateWord, CertificateWordKind, CrtStoreDraft, FileName, GlobalTlsDraft,
    ListLine, OcspDraft, ProtocolWord, ServerTlsDraft, TlsPolicyDraft,
};

/// A whole configuration as it was written.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// All `global` sections, merged: the last word on a setting counts.
    pub global: GlobalDraft,
    /// `defaults` sections in the order of the text.
    pub defaults: Vec<ProxyDraft>,
    /// `frontend`, `backend` and `listen` sections in the order of the text.
    pub proxies: Vec<ProxyDraft>,
    /// `ring` sections in the order of the text.
    pub rings: Vec<RingDraft>,
    /// `log-forward` sections in the order of the text.
    pub log_forwards: Vec<LogForwardDraft>,
    /// `http-errors` sections in the order of the text.
    pub error_sections: Vec<ErrorSectionDraft>,
    /// `userlist` sections in the order of the text.
    pub userlists: Vec<UserlistDraft>,
    /// `log-profile` sections in the order of the text.
    pub log_profiles: Vec<LogProfileDraft>,
    /// `crt-store` sections in the order of the text.
    pub crt_stores: Vec<CrtStoreDraft>,
    /// The lines of the lists that `crt-list` names, by file.
    pub crt_lists: BTreeMap<PathBuf, Vec<ListLine>>,
    /// `acme` sections in the order of the text.
    pub acme_sections: Vec<AcmeDraft>,
    /// `fcgi-app` sections in the order of the text.
    pub fcgi_apps: Vec<FcgiAppDraft>,
    /// `healthcheck` sections in the order of the text.
    pub healthchecks: Vec<HealthcheckDraft>,
    /// `resolvers` sections in the order of the text.
    pub resolvers: Vec<ResolversDraft>,
}

/// A value and where it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

/// A setting: none where the text says nothing.
pub type Set<T> = Option<Spanned<T>>;

impl<T> Spanned<T> {
    /// A value written at `span`.
    pub const fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// The same place with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: change(self.value), span: self.span }
    }
}

/// Reading settings without their place.
pub(crate) trait SetExt<T> {
    /// The value, where set.
    fn value(&self) -> Option<T>
    where
        T: Copy;
    /// A reference to the value, where set.
    fn get(&self) -> Option<&T>;
}

impl<T> SetExt<T> for Set<T> {
    fn value(&self) -> Option<T>
    where
        T: Copy,
    {
        self.as_ref().map(|set| set.value)
    }

    fn get(&self) -> Option<&T> {
        self.as_ref().map(|set| &set.value)
    }
}

/// How file names that do not start with `/` are completed (`default-path`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DefaultPath {
    /// From the working directory.
    #[default]
    Current,
    /// From the directory of the configuration file.
    Config,
    /// From the directory above it.
    Parent,
    /// From a given directory.
    Origin(PathBuf),
}
