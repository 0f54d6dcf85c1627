//! A client's HTTP/1 connection: waits for requests at the least cost, reads their heads, and hands each to a [`Stream`].

use std::future::poll_fn;
use std::hint::cold_path;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use burdock_base::{BindId, Buffer, Instant};
use burdock_http::h1::{HeadError, HeadLimits, Parse, ParseRules, RequestFacts, RequestParser};
use burdock_model::{Model, Protocol, Proxy};
use burdock_state::table::Trackers;
use burdock_state::{FrontendCounter, Slots};
use burdock_tls::TlsFacts;
use burdock_txn::{Announcement, Carrier, Cause, ConnectionStreams, Effort, Endpoint, Progress};

use crate::deadline::Deadline;
use crate::effort::measured;
use crate::guard::ClientPlace;
use crate::server_connection::ServerConnection;
use crate::socket::Socket;
use crate::stream::{After, Stream};
use crate::transport::Transport;
use crate::worker::{Worker, Workspace};
use crate::{driver, finish, h2, reply};

/// A client's connection, between requests and during them.
#[derive(Debug)]
pub struct ClientConnection {
    /// The worker it lives on.
    pub worker: Rc<Worker>,
    /// The configuration when its last request began, or when it was accepted.
    pub model: Arc<Model>,
    /// Who accepted it.
    pub frontend: Arc<Proxy>,
    /// On which address.
    pub bind: BindId,
    /// What it reads from and writes to.
    pub transport: Transport,
    /// The client's address.
    pub client: Endpoint,
    /// Our address.
    pub local: Endpoint,
    /// Received and not consumed.
    pub inbox: Option<Buffer>,
    /// The deadline of whatever it waits for.
    pub deadline: Option<Deadline>,
    /// Variables of scope `sess`, while no request has them.
    pub variables: Slots,
    /// Entries of stick tables that it tracks, while no request has them.
    pub trackers: Option<Arc<Trackers>>,
    /// Requests served.
    pub requests: u32,
    /// A server connection that only this client may use.
    pub private_server: Option<Box<ServerConnection>>,
    /// When it was accepted, or its last request ended.
    pub begun: Instant,
    /// When its TLS handshake was done, until its first request begins.
    pub handshaken: Option<Instant>,
    /// What proxies have said of it.
    pub announcement: Option<Arc<Announcement>>,
    /// What is known of its TLS.
    pub tls: Option<Arc<TlsFacts>>,
    /// What is known of its HTTP/2, on streams of it.
    pub streams: Option<Arc<ConnectionStreams>>,
    /// What its requests cost, where samples ask for that.
    pub effort: Option<Arc<Effort>>,
    /// What is left of `mode tcp`, until the first request after it.
    pub switched: Option<Box<Switched>>,
    /// Its place within limits; a stream takes none.
    _place: Option<ClientPlace>,
}

/// A connection's time in `mode tcp`, which its first request in `mode http` goes on from.
#[derive(Debug)]
pub struct Switched {
    /// The memory of the request, with what rules have made of it.
    pub space: Box<Workspace>,
    /// What begins as HTTP/2 is no request.
    pub only_http1: bool,
}

/// What came instead of, or as, the beginning of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arrival {
    Bytes,
    Closed,
    TimedOut,
    Stopping,
}

/// Why there is no request head.
#[derive(Debug)]
enum NoRequest {
    Invalid(HeadError),
    ClosedEarly,
    TimedOut,
}

/// How long, and for how many bytes, a closing connection still listens, so that the last answer is not lost to a reset.
const LINGER_MS: u64 = 1000;
const LINGER_BYTES: usize = 1 << 20;

impl ClientConnection {
    /// A connection just accepted.
    #[expect(clippy::too_many_arguments, reason = "the facts of an accept, each of its own kind")]
    pub fn new(
        worker: &Rc<Worker>,
        model: &Arc<Model>,
        frontend: &Arc<Proxy>,
        bind: BindId,
        transport: Transport,
        client: Endpoint,
        local: Endpoint,
        place: ClientPlace,
    ) -> Self {
        Self {
            worker: Rc::clone(worker),
            model: Arc::clone(model),
            frontend: Arc::clone(frontend),
            bind,
            transport,
            client,
            local,
            inbox: None,
            deadline: None,
            variables: Slots::default(),
            trackers: None,
            requests: 0,
            private_server: None,
            begun: worker.clock.now(),
            handshaken: None,
            announcement: None,
            tls: None,
            streams: None,
            effort: model.directory.asked.effort.then(|| Arc::new(Effort::new())),
            switched: None,
            _place: Some(place),
        }
    }

    /// Hands over what carries it, and what has been received.
    pub fn take_transport(&mut self) -> (Transport, Option<Buffer>) {
        let gone = Transport::Plain(Socket::closed());
        (std::mem::replace(&mut self.transport, gone), self.inbox.take())
    }

    /// One of its streams, on the transport given, that was waited for since `begun`. `requests`: streams before it.
    pub fn for_stream(
        &self,
        transport: Transport,
        requests: u32,
        begun: Instant,
        streams: &Arc<ConnectionStreams>,
    ) -> Self {
        let mut stream = Self {
            worker: Rc::clone(&self.worker),
            model: Arc::clone(&self.model),
            frontend: Arc::clone(&self.frontend),
            transport,
            inbox: None,
            deadline: None,
            variables: Slots::default(),
            trackers: self.trackers.clone(),
            requests,
            private_server: None,
            begun,
            handshaken: None,
            announcement: self.announcement.clone(),
            tls: self.tls.clone(),
            streams: Some(Arc::clone(streams)),
            effort: None,
            switched: None,
            _place: None,
            ..*self
        };
        stream.adopt_model();
        stream
    }

    /// Takes the configuration in force for what comes next, where another was published meanwhile.
    fn adopt_model(&mut self) {
        if let Some(model) = self.worker.newer_model(&self.model) {
            self.frontend = Arc::clone(model.proxy(self.frontend.id).in_mode(self.frontend.mode));
            self.model = model;
        }
    }

    /// The connection as a request sees it.
    pub fn carrier(&self) -> Carrier {
        Carrier {
            descriptor: self.transport.descriptor(),
            streams: self.streams.clone(),
            stream_id: self.transport.stream_id(),
            ..Carrier::default()
        }
    }

    /// Whether the client begins with HTTP/2 without having asked (RFC 9113 section 3.3), where that is not ruled out.
    fn begins_http2(&self) -> bool {
        let side = self.frontend.frontend.as_ref();
        self.requests == 0
            && self.has_http2_preface()
            && self.switched.as_ref().is_none_or(|switched| !switched.only_http1)
            && side.is_some_and(|side| side.binds[self.bind.index()].protocol == Protocol::Auto)
    }

    /// Whether what has been received begins as HTTP/2 does.
    pub fn has_http2_preface(&self) -> bool {
        const START: &[u8] = b"PRI * HTTP/2.0\r\n";
        self.inbox.as_ref().is_some_and(|inbox| inbox.filled().starts_with(START))
    }

    /// Takes down that the handshake, whose early data is being served, has been completed.
    pub fn note_handshake(&mut self) {
        if let Some(facts) = &mut self.tls
            && !facts.complete
            && !self.transport.is_handshaking()
        {
            cold_path();
            Arc::make_mut(facts).complete = true;
        }
    }

    /// Whether the deadline has come.
    pub fn deadline_fired(&self) -> bool {
        self.deadline.as_ref().is_some_and(Deadline::fired)
    }

    /// Sets the deadline.
    pub fn set_deadline(&self, at: Instant) {
        if let Some(deadline) = &self.deadline {
            deadline.set(at);
        }
    }

    /// Waits for the first bytes of a request.
    async fn arrival(&mut self) -> Arrival {
        if self.inbox.as_ref().is_some_and(|inbox| !inbox.is_empty()) {
            return Arrival::Bytes;
        }
        if self.requests > 0 && self.worker.is_stopping() {
            return Arrival::Stopping;
        }
        let timeouts = &self.frontend.timeouts;
        if let Some(deadline) = &self.deadline {
            if self.requests == 0 {
                deadline.set(self.begun.after_optional_ms(timeouts.http_request_ms));
            } else {
                deadline.set_idle(self.begun.after_optional_ms(timeouts.http_keep_alive_ms));
            }
        }
        if self.requests > 0 && self.transport.expect_wait().is_err() {
            return Arrival::Closed;
        }
        let worker = Rc::clone(&self.worker);
        poll_fn(|cx| match self.transport.poll_fill(cx, &mut self.inbox, &worker.head_buffers) {
            Poll::Ready(Ok(0) | Err(_)) => Poll::Ready(Arrival::Closed),
            Poll::Ready(Ok(_)) => Poll::Ready(Arrival::Bytes),
            Poll::Pending if self.deadline_fired() => {
                Poll::Ready(if self.worker.is_stopping() { Arrival::Stopping } else { Arrival::TimedOut })
            }
            Poll::Pending => Poll::Pending,
        })
        .await
    }

    /// Reads the head whose first bytes have arrived.
    async fn read_head(&mut self, space: &mut Workspace) -> Result<RequestFacts, NoRequest> {
        let first_byte = self.worker.clock.now();
        space.txn.timings.handshaken = Some(self.handshaken.take().unwrap_or(space.txn.timings.accepted));
        space.txn.timings.first_byte = Some(first_byte);
        let limits = head_limits(&self.model);
        let rules = ParseRules { relaxed: self.frontend.http.relaxed_requests, ..ParseRules::default() };
        let mut parser = RequestParser::new();
        let mut waited = false;
        loop {
            if let Some(inbox) = &mut self.inbox {
                match parser.parse(inbox.filled(), &limits, &rules, &mut space.txn.request) {
                    Ok(Parse::Complete { consumed, facts }) => {
                        inbox.consume(consumed);
                        space.txn.bytes_in += space.txn.request.counted_size();
                        self.release_empty_inbox();
                        let now = if waited { self.worker.clock.now() } else { first_byte };
                        space.txn.timings.request = Some(now);
                        space.txn.request_valid = true;
                        return Ok(facts);
                    }
                    Ok(Parse::Partial) => {}
                    Err(error) => {
                        cold_path();
                        return Err(NoRequest::Invalid(error));
                    }
                }
            }
            cold_path();
            if !waited {
                waited = true;
                let from = if self.requests == 0 { self.begun } else { first_byte };
                self.set_deadline(from.after_optional_ms(self.frontend.timeouts.http_request_ms));
            }
            let worker = Rc::clone(&self.worker);
            poll_fn(|cx| match self.transport.poll_fill(cx, &mut self.inbox, &worker.head_buffers) {
                Poll::Ready(Ok(0) | Err(_)) => Poll::Ready(Err(NoRequest::ClosedEarly)),
                Poll::Ready(Ok(_)) => Poll::Ready(Ok(())),
                Poll::Pending if self.deadline_fired() => Poll::Ready(Err(NoRequest::TimedOut)),
                Poll::Pending => Poll::Pending,
            })
            .await?;
        }
    }

    /// Whether nothing that the client has sent is known to be unread.
    pub fn is_drained(&self) -> bool {
        self.inbox.as_ref().is_none_or(Buffer::is_empty) && !self.transport.has_unread()
    }

    /// Gives the buffer back where nothing is in it.
    pub fn release_empty_inbox(&mut self) {
        if self.inbox.as_ref().is_some_and(Buffer::is_empty)
            && let Some(buffer) = self.inbox.take()
        {
            self.worker.give_back_buffer(buffer);
        }
    }

    /// Says goodbye without losing what was sent: a close with unread bytes would reset the connection.
    async fn linger(&mut self) {
        self.transport.shutdown_write();
        self.set_deadline(self.worker.clock.now().after_ms(LINGER_MS));
        let worker = Rc::clone(&self.worker);
        let mut read = 0;
        poll_fn(|cx| {
            while read < LINGER_BYTES {
                if let Some(inbox) = &mut self.inbox {
                    inbox.clear();
                }
                match self.transport.poll_fill(cx, &mut self.inbox, &worker.head_buffers) {
                    Poll::Ready(Ok(0) | Err(_)) => break,
                    Poll::Ready(Ok(n)) => read += n,
                    Poll::Pending if self.deadline_fired() => break,
                    Poll::Pending => return Poll::Pending,
                }
            }
            Poll::Ready(())
        })
        .await;
    }
}

/// The limits that the global section sets for message heads.
pub fn head_limits(model: &Model) -> HeadLimits {
    let tune = &model.global.tune;
    HeadLimits { max_bytes: tune.max_head(), max_headers: tune.max_headers, max_bytes_rewritten: tune.buffer_size }
}

/// Serves requests until the connection ends.
#[expect(
    clippy::manual_async_fn,
    reason = "the future of an async fn has room for its argument twice, and every idle connection is one"
)]
pub fn serve(mut connection: ClientConnection) -> impl Future<Output = ()> {
    async move {
        let worker = Rc::clone(&connection.worker);
        connection.deadline = Some(connection.worker.deadlines.claim().await);
        loop {
            let arrival = connection.arrival().await;
            let after = match arrival {
                Arrival::Bytes if connection.begins_http2() => {
                    cold_path();
                    connection.deadline = None;
                    if let Some(switched) = connection.switched.take() {
                        worker.give_back_workspace(&mut connection, switched.space);
                    }
                    tokio::task::spawn_local(Box::pin(h2::serve(connection)));
                    return;
                }
                Arrival::Bytes => {
                    worker.in_turns(measured(connection.effort.clone(), serve_request(&mut connection))).await
                }
                Arrival::Stopping => After::Close,
                Arrival::Closed | Arrival::TimedOut if connection.requests > 0 => After::Close,
                Arrival::Closed => Box::pin(note_no_request(&mut connection, NoRequest::ClosedEarly)).await,
                Arrival::TimedOut => Box::pin(note_no_request(&mut connection, NoRequest::TimedOut)).await,
            };
            match after {
                After::KeepAlive => {}
                After::Linger => {
                    Box::pin(connection.linger()).await;
                    break;
                }
                After::Close => break,
            }
        }
        if let Some(server) = connection.private_server.take() {
            connection.worker.idle_servers.note_unused(&server.server);
            server.abandon(&connection.worker.stream_buffers);
        }
        if let Some(buffer) = connection.inbox.take() {
            connection.worker.give_back_buffer(buffer);
        }
    }
}

async fn serve_request(connection: &mut ClientConnection) -> After {
    let worker = Rc::clone(&connection.worker);
    connection.note_handshake();
    connection.adopt_model();
    let switched = connection.switched.take().map(|switched| switched.space);
    let is_switched = switched.is_some();
    let mut space = switched.unwrap_or_else(|| worker.take_workspace(connection));
    let after = match connection.read_head(&mut space).await {
        Ok(facts) => {
            let mut stream = Stream::new(connection, &mut space, facts);
            if is_switched {
                cold_path();
                Box::pin(driver::run_switched(&mut stream)).await;
            } else {
                driver::run(&mut stream).await;
            }
            stream.after
        }
        Err(reason) => {
            cold_path();
            Box::pin(refuse(connection, &mut space, reason)).await
        }
    };
    connection.requests = connection.requests.saturating_add(1);
    connection.begun = worker.clock.now();
    worker.give_back_workspace(connection, space);
    after
}

async fn note_no_request(connection: &mut ClientConnection, reason: NoRequest) -> After {
    let worker = Rc::clone(&connection.worker);
    let mut space = worker.take_workspace(connection);
    let after = refuse(connection, &mut space, reason).await;
    worker.give_back_workspace(connection, space);
    after
}

/// Answers what is no request, and logs it.
async fn refuse(connection: &mut ClientConnection, space: &mut Workspace, reason: NoRequest) -> After {
    let silent = connection.inbox.as_ref().is_none_or(Buffer::is_empty);
    let (status, cause) = match &reason {
        NoRequest::Invalid(error) => (error.kind.status(), Cause::Proxy),
        NoRequest::ClosedEarly => (400, Cause::ClientAbort),
        NoRequest::TimedOut => (408, Cause::ClientTimeout),
    };
    if let Some(inbox) = &mut connection.inbox {
        space.txn.bytes_in = inbox.len() as u64;
        inbox.clear();
    }
    space.txn.termination.end(cause, Progress::Request);
    let ignored = silent && connection.frontend.http.ignore_probes;
    if !ignored {
        space.txn.status = i32::from(status);
        reply::send_early(connection, space, status).await;
    }
    finish::refused(connection, space, silent);
    if let Some(side) = &connection.frontend.frontend
        && !ignored
    {
        side.state.counters.add(connection.worker.id, FrontendCounter::RequestErrors, 1);
    }
    if matches!(reason, NoRequest::ClosedEarly) { After::Close } else { After::Linger }
}
