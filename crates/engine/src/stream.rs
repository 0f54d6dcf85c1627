//! A request on its way: everything the phases work on.

use std::hint::cold_path;
use std::rc::Rc;
use std::sync::Arc;

use burdock_base::{Instant, ServerId};
use burdock_http::h1::{BodyFraming, ConnectionOptions, RequestFacts, ResponseFacts};
use burdock_model::{Model, Proxy, Server};
use burdock_persist::{Binding, Reach};
use burdock_state::Waiter;
use burdock_txn::TimeLimit;

use crate::body::{Kept, Transfer};
use crate::client::ClientConnection;
use crate::finish;
use crate::guard::ServerSlot;
use crate::server_connection::ServerConnection;
use crate::worker::{Worker, Workspace};

/// What becomes of the client's connection when the request is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// It serves the next request.
    KeepAlive,
    /// It is closed, once the client has had time to read.
    Linger,
    /// It is closed at once.
    Close,
}

/// A request on its way from a client to a server and back.
pub struct Stream<'c> {
    /// The worker it runs on.
    pub worker: Rc<Worker>,
    /// The configuration it began with, which it keeps to its end.
    pub model: Arc<Model>,
    /// Who accepted it.
    pub frontend: Arc<Proxy>,
    /// Who serves it; the frontend until one is chosen.
    pub backend: Arc<Proxy>,
    /// The client's connection.
    pub client: &'c mut ClientConnection,
    /// The record and the outgoing bytes.
    pub space: &'c mut Workspace,
    /// What the codec learned from the request.
    pub request: RequestFacts,
    /// The request's body on its way.
    pub upload: Transfer,
    /// What cookies bind it to.
    pub binding: Binding,
    /// Which servers its cookies may reach.
    pub reach: Reach,
    /// A `force-persist` rule matched: it must not leave its server.
    pub forced: bool,
    /// The server it must leave.
    pub avoid: Option<ServerId>,
    /// The place in a queue, while it waits in one.
    pub waiter: Option<Waiter>,
    /// Its slot of a server.
    pub slot: Option<ServerSlot>,
    /// The connection to the server.
    pub server: Option<Box<ServerConnection>>,
    /// A pooled connection has failed it: the next one is to be fresh.
    pub wants_fresh: bool,
    /// A server has refused it as early data: it goes behind the handshake.
    pub wants_late: bool,
    /// What the codec learned from the response.
    pub response: ResponseFacts,
    /// The response's body on its way.
    pub download: Transfer,
    /// What becomes of the client's connection.
    pub after: After,
    /// Whether a backend was chosen.
    pub entered_backend: bool,
    /// The size of the response's head as it came, as it is counted once the client gets it.
    pub response_size: u64,
    /// The client was answered by us.
    pub answered: bool,
    /// The log line was written early (`option logasap`).
    pub logged: bool,
    /// It is counted among the sessions of its backend.
    counted: bool,
}

/// What is known of a response that has not come.
const NO_RESPONSE: ResponseFacts = ResponseFacts {
    framing: BodyFraming::None,
    interim: false,
    tunnel: false,
    connection: ConnectionOptions { close: false, keep_alive: false, upgrade: false },
    keep_alive: false,
};

impl<'c> Stream<'c> {
    /// A request whose head has been read.
    pub fn new(client: &'c mut ClientConnection, space: &'c mut Workspace, request: RequestFacts) -> Self {
        let frontend = Arc::clone(&client.frontend);
        // What follows a CONNECT is no body: it waits for the tunnel.
        let body = if request.framing == BodyFraming::UntilClose { BodyFraming::None } else { request.framing };
        let from = client.transport.framing_of(body);
        Self {
            worker: Rc::clone(&client.worker),
            model: Arc::clone(&client.model),
            backend: Arc::clone(&frontend),
            frontend,
            client,
            space,
            upload: Transfer::new(from, body),
            request,
            binding: Binding::default(),
            reach: Reach::default(),
            forced: false,
            avoid: None,
            waiter: None,
            slot: None,
            server: None,
            wants_fresh: false,
            wants_late: false,
            response: NO_RESPONSE,
            download: Transfer::new(BodyFraming::None, BodyFraming::None),
            after: After::Linger,
            entered_backend: false,
            response_size: 0,
            answered: false,
            logged: false,
            counted: false,
        }
    }

    /// How the body of the response is to be read.
    pub fn response_framing(&self) -> BodyFraming {
        let announced = self.response.framing;
        self.server.as_ref().map_or(announced, |server| server.transport.framing_of(announced))
    }

    /// The present instant.
    pub fn now(&self) -> Instant {
        self.worker.clock.now()
    }

    /// How long the client may be silent; like the limits below, as rules have left it.
    pub fn client_limit_ms(&self) -> Option<u64> {
        limit(self.space.txn.directives.client_timeout, self.frontend.timeouts.client_ms)
    }

    /// How long the server may be silent.
    pub fn server_limit_ms(&self) -> Option<u64> {
        limit(self.space.txn.directives.server_timeout, self.backend.timeouts.server_ms)
    }

    /// How long a tunnel may be silent.
    pub fn tunnel_limit_ms(&self) -> Option<u64> {
        limit(self.space.txn.directives.tunnel_timeout, self.backend.timeouts.tunnel_ms)
    }

    /// How long connecting may take.
    pub fn connect_limit_ms(&self) -> Option<u64> {
        limit(self.space.txn.directives.connect_timeout, self.backend.timeouts.connect_ms)
    }

    /// How long it may wait for a slot.
    pub fn queue_limit_ms(&self) -> Option<u64> {
        limit(self.space.txn.directives.queue_timeout, self.backend.timeouts.queue_ms)
    }

    /// How long it is held in a tarpit.
    pub fn tarpit_limit_ms(&self) -> Option<u64> {
        limit(self.space.txn.directives.tarpit_timeout, self.backend.timeouts.tarpit_ms)
    }

    /// Sends the request to a backend, which its frontend is until another was chosen.
    pub fn enter_backend(&mut self, other: Option<Arc<Proxy>>) {
        if let Some(backend) = other {
            if backend.id != self.frontend.id {
                self.space.txn.directives.forget_server_side();
            }
            self.backend = backend;
        }
        self.space.txn.backend = self.backend.id;
        self.entered_backend = true;
        if let Some(side) = &self.backend.backend {
            side.state.sessions_peak.see(side.state.sessions.up());
            self.counted = true;
            if side.retry_on.needs_request() {
                cold_path();
                self.upload.kept = Kept::Whole(Vec::new());
            }
        }
    }

    /// The server of its backend that others speak of by that id. One that was added since the request began is in the configuration in
    /// force, with which the request then goes on.
    pub fn server_of(&mut self, id: ServerId) -> Option<Arc<Server>> {
        let known = |backend: &Proxy| backend.backend.as_ref()?.servers.get(id).map(Arc::clone);
        known(&self.backend).or_else(|| {
            self.model = self.worker.newer_model(&self.model)?;
            self.backend = Arc::clone(self.model.proxy(self.backend.id));
            known(&self.backend)
        })
    }

    /// Has a slot of a server from now on.
    pub fn hold(&mut self, slot: ServerSlot) {
        self.worker.shutdowns.note(&self.space.serving, Some(&slot.server().state));
        self.slot = Some(slot);
    }

    /// Gives its slot of a server back.
    pub fn release_slot(&mut self) {
        self.worker.shutdowns.note(&self.space.serving, None);
        self.slot = None;
    }

    /// Gives up the places that the request has in its backend and its server.
    pub fn leave_backend(&mut self) {
        self.release_slot();
        if std::mem::take(&mut self.counted)
            && let Some(side) = &self.backend.backend
        {
            side.state.sessions.down();
        }
    }

    /// Whether the whole request could be sent once more.
    pub fn can_be_sent_again(&self) -> bool {
        match &self.upload.kept {
            Kept::Whole(_) => self.upload.is_received() || self.upload.received == 0,
            Kept::No => self.upload.received == 0,
            Kept::TooMuch => false,
        }
    }

    /// Whether the request has been received to its end, so that the next bytes from the client begin another.
    pub fn is_request_complete(&self) -> bool {
        self.upload.is_received()
    }

    /// Whether a client that has gone ends the request: with `option abortonclose`, once the request has been received. A stream that was
    /// reset can be nothing else than given up.
    pub fn watches_client(&self) -> bool {
        self.is_request_complete()
            && (self.client.transport.is_stream()
                || self.backend.backend.as_ref().is_some_and(|side| side.abort_on_close))
    }

    /// Lets go of the server: its connection is closed and its slot handed on.
    pub fn drop_server(&mut self) {
        finish::note_server(self);
        if let Some(connection) = self.server.take() {
            self.worker.idle_servers.note_unused(&connection.server);
            connection.abandon(&self.worker.stream_buffers);
        }
        self.space.to_server.clear();
        self.release_slot();
    }

    /// Lets time pass.
    pub async fn pause(&mut self, ms: u64) {
        let until = self.now().after_ms(ms);
        self.client.set_deadline(until);
        std::future::poll_fn(|_| {
            if self.client.deadline_fired() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
    }
}

impl Drop for Stream<'_> {
    fn drop(&mut self) {
        self.leave_backend();
    }
}

/// A limit that a rule may have replaced.
fn limit(wish: Option<TimeLimit>, configured_ms: Option<u64>) -> Option<u64> {
    wish.map_or(configured_ms, |TimeLimit(ms)| ms)
}
