//! An HTTP/2 connection of a client: takes its streams apart from one another and hands each to the phases, as a request of its own.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use h2::ext::MalformedPseudoHeader;
use h2::server::{Connection, SendResponse};
use h2::{Reason, RecvStream};
use http::Request;
use http::request::Parts;

use burdock_base::Instant;
use burdock_http::h1::RequestFacts;
use burdock_model::Http2LogErrors;
use burdock_state::{FrontendCounter, Slots};
use burdock_txn::{Cause, Effort, Progress};

use crate::client::{ClientConnection, head_limits};
use crate::deadline::Deadline;
use crate::effort::measured;
use crate::h2::load::Load;
use crate::h2::pipe::{Pipe, PipeEnd};
use crate::h2::stream::H2Stream;
use crate::h2::traffic::{Ending, Oddity, Traffic};
use crate::h2::windows::Windows;
use crate::h2::{frame_size, initial_window, receive_window};
use crate::socket::Socket;
use crate::stream::Stream;
use crate::tracking;
use crate::transport::Transport;
use crate::worker::Workspace;
use crate::{driver, finish, reply};

/// How long a connection that is being closed has to take leave.
const FAREWELL_MS: u64 = 1000;
const BAD_REQUEST: u16 = 400;
/// Buffers' worth of a response that one stream may have waiting for its client.
const SEND_BUFFERS: usize = 4;

/// Serves streams until the connection ends.
pub async fn serve(mut connection: ClientConnection) {
    let worker = Rc::clone(&connection.worker);
    let deadline = worker.deadlines.claim().await;
    deadline.set(connection.begun.after_optional_ms(connection.frontend.timeouts.http_request_ms));
    let (transport, inbox) = connection.take_transport();
    let traffic =
        Rc::new(Traffic::new(&connection.model.global.h2.client, connection.model.global.h2.max_resets_at_once));
    let pipe = Pipe::of_client(transport, inbox, Rc::clone(&worker), Rc::clone(&traffic));
    let side = &connection.model.global.h2.client;
    let buffer_size = connection.model.global.tune.buffer_size;
    let session = Rc::new(Session {
        windows: Windows::new(initial_window(side, buffer_size), receive_window(side, buffer_size)),
        variables: RefCell::new(std::mem::take(&mut connection.variables)),
        idle_since: Cell::new(connection.begun),
        handshaken: Cell::new(connection.handshaken),
        load: Load::new(connection.begun),
        connection,
        traffic,
        requests: Cell::new(0),
    });
    let mut handshake = pin!(session.builder().handshake::<_, Bytes>(pipe.end()));
    let begun = poll_fn(|cx| {
        session.traffic.begin_turn(cx.waker());
        let turn = handshake.as_mut().poll(cx);
        // What cannot leave now leaves in a later turn, and a failure shows itself in the next.
        let _ = pipe.poll_flush(cx);
        match turn {
            Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
            Poll::Pending if deadline.fired() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await;
    match begun {
        Some(Ok(frames)) => {
            let mut open = Open { frames, session, deadline, waits: false, leave: Leave::No, takes_bodies: false };
            poll_fn(|cx| {
                let turn = open.poll(cx);
                let _ = pipe.poll_flush(cx);
                turn
            })
            .await;
            let Session { connection, traffic, .. } = &*open.session;
            tracking::glitches(connection.trackers.as_ref(), &traffic.streams, worker.clock.now());
            open.say_last_words(&pipe).await;
        }
        Some(Err(error)) if !error.is_io() => session.tell_of_bad_request(),
        Some(Err(_)) | None => {}
    }
}

/// What the streams of one connection share.
struct Session {
    /// The connection; what carries it is with the framing.
    connection: ClientConnection,
    traffic: Rc<Traffic>,
    load: Load,
    windows: Windows,
    /// Variables of scope `sess`, as the stream that ended last has left them.
    variables: RefCell<Slots>,
    requests: Cell<u32>,
    /// When the last stream ended, or the connection was accepted.
    idle_since: Cell<Instant>,
    /// When TLS was agreed upon, for the first stream to tell.
    handshaken: Cell<Option<Instant>>,
}

/// A connection whose settings are exchanged.
struct Open {
    frames: Connection<PipeEnd, Bytes>,
    session: Rc<Session>,
    deadline: Deadline,
    /// The deadline is that of a connection without streams.
    waits: bool,
    leave: Leave,
    /// The window of the connection is as large as it becomes.
    takes_bodies: bool,
}

/// How far the end of a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leave {
    No,
    /// The client was told that no further stream is served, and may not have heard yet.
    Asked,
    /// It has had the time to hear.
    Over,
    /// The connection ends at once.
    Cut,
}

impl Open {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.session.traffic.begin_turn(cx.waker());
        loop {
            if let Some(Ending::Vanish(_)) = self.session.traffic.ending() {
                return Poll::Ready(());
            }
            let accepted = self.frames.poll_accept(cx);
            self.session.tell_of_refused();
            match accepted {
                Poll::Ready(Some(Ok((request, respond)))) => self.begin(request, respond),
                Poll::Ready(Some(Err(_)) | None) => return Poll::Ready(()),
                Poll::Pending if self.watch() => {}
                Poll::Pending => return if self.is_done() { Poll::Ready(()) } else { Poll::Pending },
            }
        }
    }

    /// Waits until what the framing has written is on its way, but not for long.
    async fn say_last_words(&self, pipe: &Pipe) {
        if matches!(self.session.traffic.ending(), Some(Ending::Vanish(_))) {
            return;
        }
        self.deadline.set(self.session.connection.worker.clock.now().after_ms(FAREWELL_MS));
        poll_fn(|cx| match pipe.poll_flush(cx) {
            Poll::Pending if !self.deadline.fired() => Poll::Pending,
            Poll::Pending | Poll::Ready(_) => Poll::Ready(()),
        })
        .await;
    }

    /// Whether nothing is left to say, or the client has had the time to hear it.
    fn is_done(&self) -> bool {
        match self.leave {
            Leave::No | Leave::Asked => false,
            Leave::Over => self.session.is_idle() && (!self.frames.has_streams() || self.deadline.fired()),
            Leave::Cut => self.deadline.fired(),
        }
    }

    fn begin(&mut self, request: Request<RecvStream>, mut respond: SendResponse<Bytes>) {
        let settings = &self.session.connection.model.global.h2;
        let served = self.session.requests.get();
        let most = settings.max_total_streams;
        // Those on their way when the client is asked to leave are served, but no more.
        let too_many = most > 0 && served >= most.saturating_add(settings.client.max_concurrent_streams);
        if too_many || self.leave == Leave::Over {
            respond.send_reset(Reason::REFUSED_STREAM);
            if too_many {
                self.cut();
            }
            return;
        }
        if !self.takes_bodies && !request.body().is_end_stream() {
            // Most connections never carry one: the window is opened once it is of use.
            self.takes_bodies = true;
            let buffer_size = self.session.connection.model.global.tune.buffer_size;
            self.frames.set_target_window_size(receive_window(&settings.client, buffer_size));
        }
        Session::begin(&self.session, request, respond);
        if most > 0 && served + 1 >= most {
            self.ask_to_leave();
        }
    }

    /// Looks after a connection that has nothing to do, after the end of the worker, and after what its client is up to. `true`: there is
    /// something to send.
    fn watch(&mut self) -> bool {
        let session = Rc::clone(&self.session);
        let (connection, idle) = (&session.connection, session.is_idle());
        let timeouts = &connection.frontend.timeouts;
        let now = connection.worker.clock.now();
        let settings = &connection.model.global.h2;
        let oddity = session.traffic.oddity(settings.client.glitches_threshold);
        let too_odd = oddity == Oddity::TooMuch && session.load.percent(now) >= u64::from(settings.glitch_cpu_percent);
        if too_odd || session.traffic.ending().is_some() {
            return self.cut();
        }
        if self.leave != Leave::No {
            if self.leave == Leave::Asked && self.deadline.fired() {
                self.leave = Leave::Over;
                self.deadline.set(now.after_optional_ms(timeouts.client_ms));
            }
            return false;
        }
        let waited = self.waits && idle && self.deadline.fired();
        let has_to_leave = connection.worker.is_stopping() || waited || oddity >= Oddity::NearlyTooMuch;
        if has_to_leave {
            return self.ask_to_leave();
        }
        if idle != self.waits {
            self.waits = idle;
            // A soft stop is to be seen in either case.
            self.deadline.set_idle(if idle {
                now.after_optional_ms(timeouts.http_keep_alive_ms)
            } else {
                Instant::NEVER
            });
        }
        false
    }

    fn ask_to_leave(&mut self) -> bool {
        if self.leave != Leave::No {
            return false;
        }
        self.leave = Leave::Asked;
        self.frames.graceful_shutdown();
        self.deadline.set(self.session.connection.worker.clock.now().after_ms(FAREWELL_MS));
        true
    }

    fn cut(&mut self) -> bool {
        if self.leave == Leave::Cut {
            return false;
        }
        self.leave = Leave::Cut;
        self.session.traffic.end(Ending::Reject);
        self.deadline.set(self.session.connection.worker.clock.now().after_ms(FAREWELL_MS));
        self.frames.abrupt_shutdown(Reason::ENHANCE_YOUR_CALM);
        true
    }
}

impl Session {
    fn builder(&self) -> h2::server::Builder {
        let global = &self.connection.model.global;
        let (settings, side) = (&global.h2, &global.h2.client);
        let buffer = global.tune.buffer_size as u32;
        let mut builder = h2::server::Builder::new();
        builder
            .header_table_size(settings.header_table_size)
            .max_frame_size(frame_size(settings, buffer))
            .initial_window_size(initial_window(side, global.tune.buffer_size))
            .max_send_buffer_size(SEND_BUFFERS * global.tune.buffer_size)
            .max_header_list_size(buffer)
            .content_length_lists(true)
            .hand_on_malformed_pseudo_headers(true);
        if side.max_concurrent_streams > 0 {
            builder.max_concurrent_streams(side.max_concurrent_streams);
        }
        if settings.extended_connect {
            builder.enable_connect_protocol();
        }
        builder
    }

    fn is_idle(&self) -> bool {
        self.traffic.open_streams() == 0
    }

    fn begin(session: &Rc<Self>, request: Request<RecvStream>, respond: SendResponse<Bytes>) {
        // Where others are under way, nobody has waited for this one.
        let now = session.connection.worker.clock.now();
        let begun = if session.is_idle() { session.idle_since.get() } else { now };
        session.traffic.opened(respond.stream_id().as_u32());
        let effort = session.connection.effort.as_ref().map(|_| Arc::new(Effort::new()));
        let stream = serve_stream(Rc::clone(session), request, respond, begun, effort.clone());
        tokio::task::spawn_local(measured(effort, stream));
    }

    fn log_errors(&self) -> Http2LogErrors {
        self.connection.model.global.h2.log_errors
    }

    /// Logs requests that the framing has refused.
    fn tell_of_refused(&self) {
        let (streams, connection) = self.traffic.take_untold();
        if self.log_errors() == Http2LogErrors::Stream {
            (0..streams).for_each(|_| self.tell_of_bad_request());
        }
        if connection && self.log_errors() != Http2LogErrors::None {
            self.tell_of_bad_request();
        }
    }

    fn tell_of_bad_request(&self) {
        let connection = &self.connection;
        let mut client = connection.for_stream(
            Transport::Plain(Socket::closed()),
            self.requests.get(),
            self.idle_since.get(),
            &self.traffic.streams,
        );
        let mut space = connection.worker.take_workspace(&mut client);
        space.txn.termination.end(Cause::Proxy, Progress::Request);
        space.txn.status = 0;
        note_refused(&client, &mut space);
        connection.worker.give_back_workspace(&mut client, space);
    }
}

async fn serve_stream(
    session: Rc<Session>,
    request: Request<RecvStream>,
    respond: SendResponse<Bytes>,
    begun: Instant,
    effort: Option<Arc<Effort>>,
) {
    let worker = Rc::clone(&session.connection.worker);
    let (parts, incoming) = request.into_parts();
    let ends = incoming.is_end_stream();
    let id = respond.stream_id().as_u32();
    let stream = Transport::Stream(Box::new(H2Stream::accepted(respond, incoming, Rc::clone(&session.traffic))));
    let mut client = session.connection.for_stream(stream, session.requests.get(), begun, &session.traffic.streams);
    session.requests.set(session.requests.get().saturating_add(1));
    client.variables = session.variables.borrow().clone();
    client.effort = effort;
    client.deadline = Some(worker.deadlines.claim().await);
    let mut space = worker.take_workspace(&mut client);
    let limits = head_limits(&client.model);
    let protocol = parts.extensions.get::<h2::ext::Protocol>().map(h2::ext::Protocol::as_str);
    let head = burdock_http::h2::request_head(&parts, protocol, ends, &limits, &mut space.txn.request);
    let head =
        head.map_err(|malformed| malformed.status).and_then(|facts| check_pseudo_headers(&parts, &mut space, facts));
    let mut window = None;
    match head {
        Ok(facts) => {
            if !ends && let Transport::Stream(stream) = &mut client.transport {
                window = session.windows.take(facts.framing).inspect(|size| stream.raise_window(*size));
            }
            let (now, timings) = (worker.clock.now(), &mut space.txn.timings);
            timings.handshaken = Some(session.handshaken.take().unwrap_or(begun));
            (timings.first_byte, timings.request) = (Some(now), Some(now));
            space.txn.request_valid = true;
            space.txn.bytes_in += space.txn.request.counted_size();
            driver::run(&mut Stream::new(&mut client, &mut space, facts)).await;
        }
        Err(status) => {
            session.traffic.tell_of(id);
            refuse(&mut client, &mut space, status).await;
        }
    }
    if let Some(size) = window {
        session.windows.give_back(size);
    }
    worker.give_back_workspace(&mut client, space);
    if client.transport.is_unfinished() {
        // It is about to be broken off, which drops what waits to be framed: the connection has its turn first.
        tokio::task::yield_now().await;
    }
    if let Some(buffer) = client.inbox.take() {
        worker.give_back_buffer(buffer);
    }
    session.variables.replace(std::mem::take(&mut client.variables));
    session.idle_since.set(worker.clock.now());
    session.traffic.closed(id);
}

/// A method or a scheme that is none is handed on by the framing, because it is answered. The status is the error.
fn check_pseudo_headers(
    parts: &Parts,
    space: &mut Workspace,
    facts: RequestFacts,
) -> Result<RequestFacts, Option<u16>> {
    if parts.extensions.get::<MalformedPseudoHeader>().is_none() {
        return Ok(facts);
    }
    space.txn.request.clear();
    Err(Some(BAD_REQUEST))
}

/// What is no request is answered where there is something to say, breaks its stream off otherwise, and is logged.
async fn refuse(client: &mut ClientConnection, space: &mut Workspace, status: Option<u16>) {
    space.txn.termination.end(Cause::Proxy, Progress::Request);
    space.txn.status = i32::from(status.unwrap_or(0));
    match status {
        Some(status) => reply::send_early(client, space, status).await,
        None => client.transport.break_off(Reason::PROTOCOL_ERROR),
    }
    note_refused(client, space);
}

fn note_refused(client: &ClientConnection, space: &mut Workspace) {
    finish::refused(client, space, false);
    if let Some(side) = &client.frontend.frontend {
        side.state.counters.add(client.worker.id, FrontendCounter::RequestErrors, 1);
    }
}
