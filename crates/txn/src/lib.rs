//! The record of one request that walks from phase to phase: heads, ids, timings, how it ended. Facts only: it decides nothing,
//! owns no socket and knows no configuration. Samples, conditions and log lines read it.
#![forbid(unsafe_code)]

pub mod announcement;
pub mod bandwidth;
pub mod capture;
pub mod connection;
pub mod connection_error;
pub mod directive;
pub mod effort;
pub mod endpoint;
pub mod payload;
pub mod service;
pub mod store;
pub mod streams;
pub mod termination;
pub mod timing;
pub mod tracking;
pub mod variables;

use std::sync::Arc;

use burdock_base::{BindId, Instant, ProxyId, ServerId, WorkerId};
use burdock_http::{RequestHead, ResponseHead, Version};
use burdock_tls::TlsFacts;

pub use announcement::Announcement;
pub use bandwidth::BandwidthLimits;
pub use capture::{CaptureSlots, Captures};
pub use connection::Carrier;
pub use connection_error::ConnectionError;
pub use directive::{Directives, LogLevel, TimeLimit};
pub use effort::{Effort, Spent};
pub use endpoint::Endpoint;
pub use payload::Payload;
pub use service::Service;
pub use store::Stores;
pub use streams::ConnectionStreams;
pub use termination::{Cause, CookieInRequest, CookieInResponse, Progress, Termination};
pub use timing::Timings;
pub use tracking::Tracking;
pub use variables::Variables;

/// One request, or one connection in `mode tcp`.
#[derive(Debug)]
pub struct Txn {
    /// Where the client is.
    pub client: Endpoint,
    /// The address the client connected to.
    pub local: Endpoint,
    /// The frontend that accepted it.
    pub frontend: ProxyId,
    /// The `bind` line that accepted it.
    pub bind: BindId,
    /// The backend chosen; the frontend's own id until then.
    pub backend: ProxyId,
    /// The server chosen, by its id within [`Txn::backend`].
    pub server: Option<ServerId>,
    /// The service that answers in place of a server.
    pub service: Option<Service>,
    /// The request's head, as parsed and then as changed by rules. Empty until it has arrived, and in `mode tcp`.
    pub request: RequestHead,
    /// Whether the head was understood; a log line shows `<BADREQ>` otherwise.
    pub request_valid: bool,
    /// The response's head.
    pub response: ResponseHead,
    /// The status sent to the client; -1 while (or where) none was.
    pub status: i32,
    /// The status of the server's response; 0 while (or where) none came.
    pub server_status: u16,
    /// Bytes of this request received from the client, head included.
    pub bytes_in: u64,
    /// Bytes of the response sent to the client, head included, as log lines count them.
    pub bytes_out: u64,
    /// Bytes of the request's body, as log lines count it, once the request is over.
    pub request_body_bytes: u64,
    /// Bytes of the body that the client got, the same way.
    pub response_body_bytes: u64,
    /// Connection attempts that were repeated.
    pub retries: u32,
    /// Whether the request left a server for another.
    pub redispatched: bool,
    /// Requests before this one in the server's and the backend's queue, as they were on arrival.
    pub queue_position: QueuePosition,
    /// Connections open at the end of this request.
    pub load: Load,
    /// When things happened.
    pub timings: Timings,
    /// How it ended.
    pub termination: Termination,
    /// Requests on the client's connection before this one.
    pub earlier_requests: u32,
    /// The number of this request among those of the process, from 0 (log format `%rt`). Each worker has a range of its own.
    pub serial: u32,
    /// What rules have asked for that later phases carry out.
    pub directives: Directives,
    /// The pace at which rules let payload move; none: nothing is limited.
    pub bandwidth: Option<Box<BandwidthLimits>>,
    /// Variables.
    pub variables: Variables,
    /// Texts kept for the log.
    pub captures: Captures,
    /// The request's identifier (`unique-id-format`), once it was made.
    pub unique_id: Option<Box<[u8]>>,
    /// What was received of the request's body, where a rule waited for it; in `mode tcp` what the client has sent.
    pub request_payload: Payload,
    /// The same of the response.
    pub response_payload: Payload,
    /// Whether rules for content may still wait for more of it: `inspect-delay` has not run out, and whoever sends can send more.
    pub inspecting: bool,
    /// Whether, in `mode tcp`, what the client has sent so far may be the beginning of a request's head.
    pub head_expected: bool,
    /// The rule that had the last word so far: it accepted, answered or refused.
    pub final_rule: Option<RuleOrigin>,
    /// The rule that waited when an error or a time limit ended it.
    pub waiting_rule: Option<RuleOrigin>,
    /// Where the client was when it connected, whatever rules have made of [`Txn::client`] since.
    pub connected_from: Endpoint,
    /// What the client connected to, whatever rules have made of [`Txn::local`] since.
    pub connected_to: Endpoint,
    /// The worker that carries it.
    pub worker: WorkerId,
    /// Whether the connection to the server had served requests before.
    pub server_reused: bool,
    /// Our end of the connection to the server, where there is one.
    pub server_local: Option<Endpoint>,
    /// The server's end.
    pub server_peer: Option<Endpoint>,
    /// What proxies have said of the client's connection; none: nothing.
    pub client_announcement: Option<Arc<Announcement>>,
    /// What is known of the client's TLS; none: it speaks in clear.
    pub client_tls: Option<Arc<TlsFacts>>,
    /// The client's connection, as far as samples ask for it.
    pub client_carrier: Carrier,
    /// The same of the server's, while and after there was one.
    pub server_carrier: Carrier,
    /// What is known of the server's TLS.
    pub server_tls: Option<Arc<TlsFacts>>,
    /// Why the client's connection came to nothing before its first request.
    pub client_error: Option<ConnectionError>,
    /// What the connection to the server failed of.
    pub server_error: Option<ConnectionError>,
    /// Whether totals in log lines are marked as not final (`option logasap`).
    pub partial: bool,
    /// What it costs its worker; none where nobody asks.
    pub effort: Option<Arc<Effort>>,
    /// Entries of stick tables that it tracks.
    pub tracking: Tracking,
    /// What is to be taken down in stick tables once a server has answered; none: nothing.
    pub stores: Option<Box<Stores>>,
}

/// Where a rule stands in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleOrigin {
    /// The file's name.
    pub file: Arc<str>,
    /// The line's number.
    pub line: u32,
}

/// Requests that stood before this one in queues (log format `%sq/%bq`).
#[derive(Clone, Copy, Debug, Default)]
pub struct QueuePosition {
    /// In the server's queue.
    pub server: u32,
    /// In the backend's queue.
    pub backend: u32,
}

/// Concurrent connections when the request ended (log format `%ac/%fc/%bc/%sc`).
#[derive(Clone, Copy, Debug, Default)]
pub struct Load {
    /// Of the process.
    pub process: u32,
    /// Of the frontend.
    pub frontend: u32,
    /// Of the backend.
    pub backend: u32,
    /// Of the server.
    pub server: u32,
}

impl Txn {
    /// A record that begins at `accepted`, on a connection between `client` and `local`.
    pub fn new(client: Endpoint, local: Endpoint, frontend: ProxyId, bind: BindId, accepted: Instant) -> Self {
        Self {
            client,
            local,
            frontend,
            bind,
            backend: frontend,
            server: None,
            service: None,
            request: RequestHead::default(),
            request_valid: false,
            response: ResponseHead::default(),
            status: -1,
            server_status: 0,
            bytes_in: 0,
            bytes_out: 0,
            request_body_bytes: 0,
            response_body_bytes: 0,
            retries: 0,
            redispatched: false,
            queue_position: QueuePosition::default(),
            load: Load::default(),
            timings: Timings::new(accepted),
            termination: Termination::default(),
            earlier_requests: 0,
            serial: 0,
            directives: Directives::default(),
            bandwidth: None,
            variables: Variables::default(),
            captures: Captures::default(),
            unique_id: None,
            request_payload: Payload::default(),
            response_payload: Payload::default(),
            inspecting: false,
            head_expected: false,
            final_rule: None,
            waiting_rule: None,
            connected_from: client,
            connected_to: local,
            worker: WorkerId::new(0),
            server_reused: false,
            server_local: None,
            server_peer: None,
            client_announcement: None,
            client_tls: None,
            client_carrier: Carrier::default(),
            server_carrier: Carrier::default(),
            server_tls: None,
            client_error: None,
            server_error: None,
            partial: false,
            effort: None,
            tracking: Tracking::default(),
            stores: None,
        }
    }

    /// Makes the record ready for the next request of the same connection; the heads keep their memory.
    pub fn begin_next(&mut self, accepted: Instant) {
        self.backend = self.frontend;
        self.server = None;
        self.service = None;
        self.request.clear();
        self.request_valid = false;
        self.response.clear();
        self.status = -1;
        self.server_status = 0;
        self.bytes_in = 0;
        self.bytes_out = 0;
        self.request_body_bytes = 0;
        self.response_body_bytes = 0;
        self.retries = 0;
        self.redispatched = false;
        self.queue_position = QueuePosition::default();
        self.load = Load::default();
        self.timings = Timings::new(accepted);
        self.termination = Termination::default();
        self.directives = Directives::default();
        self.bandwidth = None;
        self.variables.begin_next();
        self.captures.clear();
        self.unique_id = None;
        self.request_payload.clear();
        self.response_payload.clear();
        self.inspecting = false;
        self.head_expected = false;
        self.final_rule = None;
        self.waiting_rule = None;
        self.server_reused = false;
        self.server_carrier.clear();
        self.server_local = None;
        self.server_peer = None;
        self.server_tls = None;
        self.server_error = None;
        self.partial = false;
        self.tracking.request = None;
        self.stores = None;
    }

    /// Keeps the request line as it came, before a rule changes it: log lines show it (`%r`, `capture.req.uri`).
    pub fn keep_request_line(&mut self) {
        if self.captures.line.is_none() && self.request_valid {
            let (method, target) = (self.request.method_bytes(), self.request.target());
            self.captures.line = Some(Box::new(capture::RequestLine {
                method: method.into(),
                target: target.into(),
                version: self.request.version(),
            }));
        }
    }

    /// Whether the request came as early data, so that it may be a replay (RFC 8446 section 8).
    pub fn is_early(&self) -> bool {
        self.client_tls.as_ref().is_some_and(|tls| tls.early_data && !tls.complete)
    }

    /// Whether anything went wrong (configuration manual 8.3.3 and 8.3.4): an error or time-out, a repeated attempt, another server, a 5xx
    /// of `http`.
    pub fn has_failed(&self, http: bool) -> bool {
        !matches!(self.termination.cause, Cause::Normal | Cause::Local)
            || self.retries > 0
            || self.redispatched
            || (http && self.status >= 500)
    }

    /// The method as it came.
    pub fn received_method(&self) -> &[u8] {
        self.captures.line.as_ref().map_or_else(|| self.request.method_bytes(), |line| &line.method)
    }

    /// The target as it came.
    pub fn received_target(&self) -> &[u8] {
        self.captures.line.as_ref().map_or_else(|| self.request.target(), |line| &line.target)
    }

    /// The version as it came.
    pub fn received_version(&self) -> Version {
        self.captures.line.as_ref().map_or_else(|| self.request.version(), |line| line.version)
    }
}
