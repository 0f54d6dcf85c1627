//! Waiting for a body before anything else happens: `wait-for-body`, `option http-buffer-request`. What has come stays in the record, where
//! rules look at it, and leaves with the head; the rest follows as any body does.

use std::future::poll_fn;
use std::task::{Context, Poll};

use burdock_base::Instant;
use burdock_http::KnownHeader;
use burdock_http::h1::{BodyFraming, HeadLimits};
use burdock_txn::{Cause, Payload, Progress};

use crate::body::{Sink, Source, Transfer, TransferError};
use crate::client::head_limits;
use crate::driver::Next;
use crate::finish;
use crate::head;
use crate::phase::choose_backend;
use crate::stream::{After, Stream};

/// Whose body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The client's.
    Request,
    /// The server's.
    Response,
}

/// How much is waited for, and how long.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The longest wait, in milliseconds; none: as long as the peer may be silent.
    pub limit_ms: Option<u64>,
    /// Bytes that are enough; none: all of it, or as much as a buffer holds.
    pub at_least: Option<u64>,
    /// When the wait began.
    pub since: Instant,
}

enum Outcome {
    /// There is enough, or as much as there ever will be.
    Enough,
    TimedOut,
    Broken(TransferError),
}

/// Waits for the request's body within `timeout http-request` (`option http-buffer-request`).
pub async fn buffer_request(stream: &mut Stream<'_>) -> Option<Next> {
    let timings = &stream.space.txn.timings;
    let since = timings.first_byte.unwrap_or(timings.accepted);
    let limit_ms = stream.frontend.timeouts.http_request_ms;
    run(stream, Side::Request, Wanted { limit_ms, at_least: None, since }).await
}

/// Waits for a body. Nothing is returned where things go on.
pub async fn run(stream: &mut Stream<'_>, side: Side, wanted: Wanted) -> Option<Next> {
    let mut wait = WaitForBody::new(stream, side, wanted);
    let outcome = poll_fn(|cx| wait.poll(stream, cx)).await;
    if side == Side::Request && wait.armed.is_some() {
        // What was waited for belongs to the request (`%TR`).
        stream.space.txn.timings.request = Some(stream.now());
    }
    match (outcome, side) {
        (Outcome::Enough, _) => None,
        (Outcome::TimedOut, Side::Request) => {
            stream.space.txn.timings.request = None;
            stream.space.txn.termination.end(Cause::ClientTimeout, Progress::Request);
            finish::count_failed_request(stream);
            Some(Next::Reply(408))
        }
        (Outcome::TimedOut, Side::Response) => {
            stream.space.txn.termination.end(Cause::ServerTimeout, Progress::Headers);
            finish::count_failed_response(stream);
            Some(Next::Reply(504))
        }
        (Outcome::Broken(TransferError::SourceInvalid), Side::Request) => {
            stream.space.txn.timings.request = None;
            stream.space.txn.termination.end(Cause::Proxy, Progress::Request);
            finish::count_failed_request(stream);
            Some(Next::Reply(400))
        }
        // Nobody is left to answer.
        (Outcome::Broken(_), Side::Request) => {
            stream.space.txn.termination.end(Cause::ClientAbort, Progress::Request);
            if !stream.entered_backend {
                // As measured, it is counted and logged as one of the backend that it would have gone to.
                choose_backend::run(stream);
            }
            stream.space.txn.status = 400;
            stream.after = After::Close;
            Some(Next::Finish)
        }
        (Outcome::Broken(TransferError::SourceInvalid), Side::Response) => {
            stream.space.txn.termination.end(Cause::Proxy, Progress::Headers);
            finish::count_failed_response(stream);
            Some(Next::Reply(502))
        }
        // What has come goes to the client, and then it is seen that no more comes.
        (Outcome::Broken(_), Side::Response) => None,
    }
}

struct WaitForBody {
    side: Side,
    limits: HeadLimits,
    target: usize,
    room: usize,
    end: Instant,
    /// Bytes in the record when the deadline was set.
    armed: Option<usize>,
    asked_to_continue: bool,
}

impl WaitForBody {
    fn new(stream: &mut Stream<'_>, side: Side, wanted: Wanted) -> Self {
        let room = stream.model.global.tune.max_head();
        let room = match side {
            Side::Request => {
                let head = usize::try_from(stream.space.txn.bytes_in).unwrap_or(room);
                announce(&mut stream.space.txn.request_payload, stream.request.framing);
                room.saturating_sub(head)
            }
            Side::Response => {
                announce(&mut stream.space.txn.response_payload, stream.response.framing);
                if !stream.download.has_gathered() {
                    // How it leaves is settled with its head.
                    stream.download = Transfer::new(stream.response_framing(), stream.response.framing);
                }
                room
            }
        };
        let enough = wanted.at_least.filter(|bytes| *bytes > 0);
        Self {
            side,
            limits: head_limits(&stream.model),
            target: enough.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(usize::MAX),
            room,
            end: wanted.since.after_optional_ms(wanted.limit_ms),
            armed: None,
            asked_to_continue: false,
        }
    }

    fn poll(&mut self, stream: &mut Stream<'_>, cx: &mut Context<'_>) -> Poll<Outcome> {
        let gathered = match self.side {
            Side::Request => self.poll_request(stream, cx),
            Side::Response => self.poll_response(stream, cx),
        };
        match gathered {
            Poll::Ready(Ok(())) => return Poll::Ready(Outcome::Enough),
            Poll::Ready(Err(error)) => return Poll::Ready(Outcome::Broken(error)),
            Poll::Pending => {}
        }
        if self.side == Side::Request && stream.request.expect_continue && !self.asked_to_continue {
            self.asked_to_continue = true;
            ask_to_continue(stream, cx);
        }
        self.watch_time(stream)
    }

    fn poll_request(&self, stream: &mut Stream<'_>, cx: &mut Context<'_>) -> Poll<Result<(), TransferError>> {
        let mut source = Source { transport: &mut stream.client.transport, inbox: &mut stream.client.inbox };
        let payload = &mut stream.space.txn.request_payload;
        let (limits, target, room) = (&self.limits, self.target, self.room);
        let gathered =
            stream.upload.poll_gather(cx, &stream.worker, limits, &mut source, &mut payload.bytes, target, room);
        gathered.map_ok(|complete| payload.complete = complete)
    }

    /// The server may need the rest of the request before it goes on.
    fn poll_response(&self, stream: &mut Stream<'_>, cx: &mut Context<'_>) -> Poll<Result<(), TransferError>> {
        let Some(server) = stream.server.as_mut() else { return Poll::Ready(Ok(())) };
        if !stream.upload.is_received() || !stream.space.to_server.is_empty() {
            let mut source = Source { transport: &mut stream.client.transport, inbox: &mut stream.client.inbox };
            let mut sink =
                Sink { transport: &mut server.transport, outbox: &mut stream.space.to_server, closes: false };
            // What becomes of it is for the phase that forwards to see.
            let _ = stream.upload.poll(cx, &stream.worker, &self.limits, &mut source, &mut sink);
        }
        let mut source = Source { transport: &mut server.transport, inbox: &mut server.inbox };
        let payload = &mut stream.space.txn.response_payload;
        let (limits, target, room) = (&self.limits, self.target, self.room);
        let gathered =
            stream.download.poll_gather(cx, &stream.worker, limits, &mut source, &mut payload.bytes, target, room);
        if let Poll::Ready(outcome) = gathered {
            return Poll::Ready(outcome.map(|complete| payload.complete = complete));
        }
        if stream.watches_client() && stream.client.transport.poll_peer_closed(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        Poll::Pending
    }

    /// The end of the wait, or that of the peer's silence where it is nearer.
    fn watch_time(&mut self, stream: &Stream<'_>) -> Poll<Outcome> {
        if self.armed.is_some() && stream.client.deadline_fired() {
            return Poll::Ready(Outcome::TimedOut);
        }
        let txn = &stream.space.txn;
        let (have, silence_ms) = match self.side {
            Side::Request => (txn.request_payload.bytes.len(), stream.client_limit_ms()),
            Side::Response => (txn.response_payload.bytes.len(), stream.server_limit_ms()),
        };
        if self.armed != Some(have) {
            self.armed = Some(have);
            stream.client.set_deadline(self.end.min(stream.now().after_optional_ms(silence_ms)));
        }
        Poll::Pending
    }
}

fn announce(payload: &mut Payload, framing: BodyFraming) {
    payload.announced = match framing {
        BodyFraming::None => Some(0),
        BodyFraming::Length(length) => Some(length),
        BodyFraming::Chunked | BodyFraming::UntilClose => None,
    };
}

/// A client that waits for a word before it sends its body gets it from us (RFC 9110 section 10.1.1); the server is not asked again.
pub fn ask_to_continue(stream: &mut Stream<'_>, cx: &mut Context<'_>) {
    stream.request.expect_continue = false;
    stream.space.txn.request.headers.remove_all(KnownHeader::Expect);
    let (client, space) = (&mut stream.client.transport, &mut *stream.space);
    head::put_continue(client, &mut space.to_client, space.txn.request.version());
    // A client that is gone is noticed as its body does not come.
    let _ = space.to_client.poll_flush(cx, client);
}
