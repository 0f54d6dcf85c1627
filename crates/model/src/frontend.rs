//! The side of a proxy that faces clients.

use std::sync::Arc;

use burdock_base::ProxyId;
use burdock_http::HeaderName;
use burdock_rules::Condition;
use burdock_sample::Format;

use crate::bind::Bind;

/// What a proxy needs to accept clients.
#[derive(Debug)]
pub struct Frontend {
    /// Where it listens.
    pub binds: Vec<Bind>,
    /// `maxconn`: client connections at once; zero: only the process's limit. See [`Frontend::connection_limit`].
    pub maxconn: u32,
    /// `option tcp-smart-accept`: no segment acknowledges the first bytes of a client that the response acknowledges too.
    pub smart_accept: bool,
    /// `backlog`, where set.
    pub backlog: Option<u32>,
    /// `use_backend` rules in the order of the file.
    pub switch_rules: Vec<SwitchRule>,
    /// `force-be-switch`: where one holds, disabled backends are switched to as well.
    pub force_switch: Vec<Condition>,
    /// `monitor-uri`, `monitor fail`.
    pub monitor: Option<Monitor>,
    /// `unique-id-format`, `unique-id-header`.
    pub unique_id: Option<UniqueId>,
    /// `default_backend`; for a `listen` section the section itself; none: requests that no rule takes get a 503.
    pub default_backend: Option<ProxyId>,
    /// What is kept of messages for log lines.
    pub captures: Captures,
    /// Live state.
    pub state: Arc<burdock_state::Frontend>,
}

impl Frontend {
    /// Client connections at once, as configured or as set at run time; none: only the process's limit.
    pub fn connection_limit(&self) -> Option<u32> {
        self.state.maxconn().or(Some(self.maxconn).filter(|&limit| limit > 0))
    }
}

/// `capture` and `declare capture` lines (configuration manual 4.2): what is kept of each message for its log line.
#[derive(Debug, Default)]
pub struct Captures {
    /// The slots of requests, in the order of the file.
    pub request: Vec<CaptureSlot>,
    /// The slots of responses.
    pub response: Vec<CaptureSlot>,
    /// `capture cookie`
    pub cookie: Option<CaptureCookie>,
}

/// A slot for a text of a message.
#[derive(Debug)]
pub struct CaptureSlot {
    /// The header whose last line is kept; none where rules fill the slot.
    pub header: Option<HeaderName>,
    /// The most bytes that are kept.
    pub length: usize,
}

/// `capture cookie`
#[derive(Clone, Debug)]
pub struct CaptureCookie {
    /// What the text of the cookie, from its name on, begins with.
    pub start: Vec<u8>,
    /// The most bytes that are kept, the name included.
    pub length: usize,
}

/// A `use_backend` line.
#[derive(Debug)]
pub struct SwitchRule {
    /// The backend it sends to.
    pub target: SwitchTarget,
    /// When it applies.
    pub condition: Condition,
    /// Where it stands: `file:line`.
    pub position: String,
}

/// What a `use_backend` line names.
#[derive(Debug)]
pub enum SwitchTarget {
    /// A backend known when the configuration was read.
    Backend(ProxyId),
    /// The one whose name this gives; the default one where there is none of that name.
    Named(Format),
}

/// Requests that ask whether the proxy itself is well.
#[derive(Debug)]
pub struct Monitor {
    /// `monitor-uri`: the path with its query, or the whole URI.
    pub uri: Vec<u8>,
    /// `monitor fail`: where one holds, the answer is a 503.
    pub fail: Vec<Condition>,
}

/// How requests are given an identifier.
#[derive(Debug)]
pub struct UniqueId {
    /// `unique-id-format`.
    pub format: Format,
    /// Whether it reads variables, which rules set first.
    pub after_rules: bool,
    /// `unique-id-header`: servers are told it in this header.
    pub header: Option<Vec<u8>>,
}
