//! HTTP/2 connections to servers. Each carries as many requests at once as both sides allow; a task of its own moves its frames, and it ends
//! when nobody holds it any more and its last stream is over.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::client::{Builder, Connection, ResponseFuture, SendRequest};
use h2::{Reason, SendStream};
use http::Request;

use burdock_model::{Global, Server};

use crate::h2::frames::reset;
use crate::h2::load::Load;
use crate::h2::pipe::{Pipe, PipeEnd};
use crate::h2::traffic::{Oddity, Traffic};
use crate::h2::{frame_size, initial_window, receive_window};
use crate::server_connection::ServerConnection;
use crate::session::{Framing, Life, Place, ServerSession};
use crate::worker::Worker;

/// The framing of a session.
#[derive(Debug)]
pub struct Frames {
    requests: RefCell<SendRequest<Bytes>>,
    traffic: Rc<Traffic>,
    /// Streams at once, by our own word (`tune.h2.be.max-concurrent-streams`); zero: as many as the server allows.
    max_streams: usize,
}

/// One stream's place in a session.
#[derive(Debug)]
pub struct SessionStream {
    place: Place,
    frames: Rc<Frames>,
    /// Its number, once a request was sent.
    id: Cell<Option<u32>>,
    /// HTTP/2, or this server, has no place for its request.
    declined: Cell<bool>,
}

/// Begins HTTP/2 on a connection that is made.
///
/// # Errors
/// The connection is gone.
pub async fn begin(
    connection: ServerConnection,
    worker: &Rc<Worker>,
    global: &Global,
) -> io::Result<Rc<ServerSession>> {
    let (transport, inbox, identity) = connection.take_apart();
    // A server's resets answer our requests: there are no more of them than of those.
    let traffic = Rc::new(Traffic::new(&global.h2.server, 0));
    let pipe = Pipe::to_server(transport, inbox, Rc::clone(worker), Rc::clone(&traffic));
    let (requests, frames) = builder(global).handshake::<_, Bytes>(pipe.end()).await.map_err(io::Error::other)?;
    let life = Rc::new(Life::default());
    let limits = Limits {
        glitches_threshold: global.h2.server.glitches_threshold,
        glitch_cpu_percent: u64::from(global.h2.glitch_cpu_percent),
        load: Load::new(worker.clock.now()),
        worker: Rc::clone(worker),
    };
    let window = receive_window(&global.h2.server, global.tune.buffer_size);
    let mover = Mover { connection: frames, pipe, traffic: Rc::clone(&traffic), limits, window: Some(window) };
    tokio::task::spawn_local(Box::pin(mover.move_all(Rc::clone(&life), Arc::clone(&identity.server))));
    let streams = Arc::clone(&traffic.streams);
    let max_streams = global.h2.server.max_concurrent_streams as usize;
    let framing = Framing::Http2(Rc::new(Frames { requests: RefCell::new(requests), traffic, max_streams }));
    Ok(ServerSession::new(identity, framing, streams, life, worker.id))
}

impl Frames {
    /// How many streams it could carry, once it can take one.
    pub fn poll_limit(&self, cx: &mut Context<'_>) -> Poll<Result<usize, h2::Error>> {
        ready!(self.requests.borrow_mut().poll_ready(cx))?;
        Poll::Ready(Ok(self.limit()))
    }

    /// Streams at once, by the server's word and by ours.
    pub fn limit(&self) -> usize {
        let allowed = self.requests.borrow().current_max_send_streams();
        if self.max_streams == 0 { allowed } else { allowed.min(self.max_streams) }
    }
}

impl SessionStream {
    /// A stream on which nothing was sent.
    pub fn new(place: Place, frames: Rc<Frames>) -> Self {
        Self { place, frames, id: Cell::new(None), declined: Cell::new(false) }
    }

    /// The session that it is in.
    pub fn session(&self) -> &Rc<ServerSession> {
        self.place.session()
    }

    /// Whether the session can carry nothing any more, and not for want of a form for this request.
    pub fn is_gone(&self) -> bool {
        !self.declined.get() && self.session().is_over()
    }

    /// Whether the server has allowed extended CONNECT (RFC 8441 section 3).
    pub fn takes_extended_connect(&self) -> bool {
        self.frames.requests.borrow().is_extended_connect_protocol_enabled()
    }

    /// Tells the server of a request that cannot be sent to it, as HAProxy does: by the reset of a stream that never began. A server may well
    /// end the connection for that (RFC 9113 section 5.1), so nobody else may be on it, or come.
    pub fn decline(&self) {
        self.declined.set(true);
        if self.id.get().is_none() && self.session().open_streams() == 1 {
            self.session().retire();
            self.frames.traffic.decline();
        }
    }

    /// Sends a request; `ends`: its head is all of it.
    ///
    /// # Errors
    /// The session takes no more, and is retired.
    pub fn send_request(
        &self,
        request: Request<()>,
        ends: bool,
    ) -> Result<(ResponseFuture, SendStream<Bytes>), h2::Error> {
        let sent = self.frames.requests.borrow_mut().send_request(request, ends);
        let (response, body) = sent.inspect_err(|_| self.session().retire())?;
        let id = response.stream_id().as_u32();
        self.id.set(Some(id));
        self.frames.traffic.opened(id);
        Ok((response, body))
    }
}

impl Drop for SessionStream {
    fn drop(&mut self) {
        if let Some(id) = self.id.get() {
            self.frames.traffic.closed(id);
        }
    }
}

fn builder(global: &Global) -> Builder {
    let (settings, side) = (&global.h2, &global.h2.server);
    let buffer = global.tune.buffer_size as u32;
    let mut builder = Builder::new();
    builder
        .enable_push(false)
        .header_table_size(settings.header_table_size)
        .max_frame_size(frame_size(settings, buffer))
        .initial_window_size(initial_window(side, global.tune.buffer_size))
        .max_header_list_size(buffer);
    builder
}

/// What moves the frames of a session.
struct Mover {
    connection: Connection<PipeEnd, Bytes>,
    pipe: Pipe,
    traffic: Rc<Traffic>,
    limits: Limits,
    /// What all streams together may have waiting, until the server is told.
    window: Option<u32>,
}

/// How odd a server may be (`tune.h2.be.glitches-threshold`, `tune.glitches.kill.cpu-usage`).
struct Limits {
    glitches_threshold: u32,
    glitch_cpu_percent: u64,
    load: Load,
    worker: Rc<Worker>,
}

impl Mover {
    /// Moves them until the connection ends.
    async fn move_all(mut self, life: Rc<Life>, server: Arc<Server>) {
        // How a connection ended matters to its streams, and each hears of it.
        poll_fn(|cx| self.poll(cx, &life)).await;
        life.gone.set(true);
        if life.counted_idle.replace(false) {
            server.state.idle_connections.down(self.limits.worker.id);
        }
        life.wake();
    }

    fn poll(&mut self, cx: &mut Context<'_>, life: &Life) -> Poll<()> {
        self.traffic.begin_turn(cx.waker());
        let over = Pin::new(&mut self.connection).poll(cx).map(|_| ());
        if self.traffic.has_data()
            && let Some(window) = self.window.take()
        {
            // As HAProxy does, and not before: servers expect settings to be answered first. It leaves in the next turn.
            self.connection.set_target_window_size(window);
        }
        if let Some(stream) = self.traffic.take_declined() {
            self.pipe.say(&reset(stream, Reason::CANCEL.into()));
        }
        // What cannot leave now leaves in a later turn, and a failure shows itself in the next.
        let _ = self.pipe.poll_flush(cx);
        if self.pipe.has_heard() && !life.settled.replace(true) {
            // The first thing that a server says are its settings (RFC 9113 section 3.4), and what was read has been taken in.
            life.wake();
        }
        match self.traffic.oddity(self.limits.glitches_threshold) {
            Oddity::TooMuch if self.limits.are_enforced() => Poll::Ready(()),
            Oddity::TooMuch | Oddity::NearlyTooMuch => {
                life.worn_out.set(true);
                over
            }
            Oddity::Borne => over,
        }
    }
}

impl Limits {
    fn are_enforced(&self) -> bool {
        self.load.percent(self.worker.clock.now()) >= self.glitch_cpu_percent
    }
}
