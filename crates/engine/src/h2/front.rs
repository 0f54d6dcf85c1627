//! An HTTP/2 connection of a client: takes its streams apart from one another and hands each to the phases, as a request of its own.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::Bytes;
use h2::RecvStream;
use h2::server::{Connection, SendResponse};
use http::Request;

use burdock_state::{FrontendCounter, Slots};
use burdock_txn::{Cause, Progress};

use crate::client::{ClientConnection, head_limits};
use crate::deadline::Deadline;
use crate::h2::frame_size;
use crate::h2::pipe::Pipe;
use crate::h2::stream::H2Stream;
use crate::stream::Stream;
use crate::transport::Transport;
use crate::worker::Workspace;
use crate::{driver, finish, reply};

/// How long a connection that is being closed has to take leave.
const FAREWELL_MS: u64 = 1000;

/// Serves streams until the connection ends.
pub async fn serve(mut connection: ClientConnection) {
    let worker = Rc::clone(&connection.worker);
    let deadline = worker.deadlines.claim().await;
    deadline.set(connection.begun.after_optional_ms(connection.frontend.timeouts.http_request_ms));
    let (transport, inbox) = connection.take_transport();
    let pipe = Pipe::new(transport, inbox, Rc::clone(&worker));
    let session = Rc::new(Session {
        variables: RefCell::new(std::mem::take(&mut connection.variables)),
        connection,
        requests: Cell::new(0),
        open: Cell::new(0),
    });
    let mut handshake = pin!(session.builder().handshake::<_, Bytes>(pipe));
    let begun = poll_fn(|cx| match handshake.as_mut().poll(cx) {
        Poll::Ready(outcome) => Poll::Ready(outcome.ok()),
        Poll::Pending if deadline.fired() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
    .await;
    let Some(frames) = begun else { return };
    let mut open = Open { frames, session, deadline, waits: false, leaving: false };
    poll_fn(|cx| open.poll(cx)).await;
}

/// What the streams of one connection share.
struct Session {
    /// The connection; what carries it is with the framing.
    connection: ClientConnection,
    /// Variables of scope `sess`, as the stream that ended last has left them.
    variables: RefCell<Slots>,
    requests: Cell<u32>,
    open: Cell<usize>,
}

/// A connection whose settings are exchanged.
struct Open {
    frames: Connection<Pipe, Bytes>,
    session: Rc<Session>,
    deadline: Deadline,
    /// The deadline is that of a connection without streams.
    waits: bool,
    /// The client was told that no further stream is served.
    leaving: bool,
}

impl Open {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match self.frames.poll_accept(cx) {
                Poll::Ready(Some(Ok((request, respond)))) => Session::begin(&self.session, request, respond),
                Poll::Ready(Some(Err(_)) | None) => return Poll::Ready(()),
                Poll::Pending => {}
            }
            if self.watch() {
                continue;
            }
            return if self.leaving && self.deadline.fired() { Poll::Ready(()) } else { Poll::Pending };
        }
    }

    /// Looks after a connection that has nothing to do, and after the end of the worker. `true`: there is something to send.
    fn watch(&mut self) -> bool {
        let connection = &self.session.connection;
        let idle = self.session.open.get() == 0;
        if self.leaving {
            return false;
        }
        let now = connection.worker.clock.now();
        if connection.worker.is_stopping() || (self.waits && idle && self.deadline.fired()) {
            self.leaving = true;
            self.frames.graceful_shutdown();
            self.deadline.set(now.after_ms(FAREWELL_MS));
            return true;
        }
        if idle != self.waits {
            self.waits = idle;
            if idle {
                self.deadline.set_idle(now.after_optional_ms(connection.frontend.timeouts.http_keep_alive_ms));
            }
        }
        false
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
            .initial_window_size(side.initial_window_size.unwrap_or(buffer))
            .max_header_list_size(buffer);
        if side.max_concurrent_streams > 0 {
            builder.max_concurrent_streams(side.max_concurrent_streams);
        }
        if settings.extended_connect {
            builder.enable_connect_protocol();
        }
        builder
    }

    fn begin(session: &Rc<Self>, request: Request<RecvStream>, respond: SendResponse<Bytes>) {
        session.open.set(session.open.get() + 1);
        tokio::task::spawn_local(Box::pin(serve_stream(Rc::clone(session), request, respond)));
    }
}

async fn serve_stream(session: Rc<Session>, request: Request<RecvStream>, respond: SendResponse<Bytes>) {
    let worker = Rc::clone(&session.connection.worker);
    let (parts, incoming) = request.into_parts();
    let ends = incoming.is_end_stream();
    let stream = Transport::Stream(Box::new(H2Stream::accepted(respond, incoming)));
    let mut client = session.connection.for_stream(stream, session.requests.get());
    session.requests.set(session.requests.get().saturating_add(1));
    client.variables = session.variables.borrow().clone();
    client.deadline = Some(worker.deadlines.claim().await);
    let mut space = worker.take_workspace(&mut client);
    let timings = &mut space.txn.timings;
    (timings.handshaken, timings.first_byte) = (Some(client.begun), Some(client.begun));
    timings.request = Some(client.begun);
    let limits = head_limits(&client.model);
    let protocol = parts.extensions.get::<h2::ext::Protocol>().map(h2::ext::Protocol::as_str);
    match burdock_http::h2::request_head(&parts, protocol, ends, &limits, &mut space.txn.request) {
        Ok(facts) => {
            space.txn.request_valid = true;
            space.txn.bytes_in += space.txn.request.counted_size();
            driver::run(&mut Stream::new(&mut client, &mut space, facts)).await;
        }
        Err(malformed) => refuse(&mut client, &mut space, malformed.status).await,
    }
    worker.give_back_workspace(&mut client, space);
    if let Some(buffer) = client.inbox.take() {
        worker.give_back_buffer(buffer);
    }
    session.variables.replace(std::mem::take(&mut client.variables));
    session.open.set(session.open.get().saturating_sub(1));
}

/// What is no request is answered where there is something to say, breaks its stream off otherwise, and is logged.
async fn refuse(client: &mut ClientConnection, space: &mut Workspace, status: Option<u16>) {
    space.txn.termination.end(Cause::Proxy, Progress::Request);
    space.txn.status = i32::from(status.unwrap_or(400));
    match status {
        Some(status) => reply::send_early(client, space, status).await,
        None => client.transport.break_off(h2::Reason::PROTOCOL_ERROR),
    }
    finish::refused(client, space, false);
    if let Some(side) = &client.frontend.frontend {
        side.state.counters.add(client.worker.id, FrontendCounter::RequestErrors, 1);
    }
}
