//! Moving a message's body from one side to the other: decoded where it comes from, encoded for where it goes, never more than one buffer
//! of it in between. Requests and responses move through the same function.

use std::hint::cold_path;
use std::task::{Context, Poll, ready};

use burdock_base::{Buffer, Instant};
use burdock_http::Headers;
use burdock_http::h1::{BodyDecoder, BodyEncoder, BodyError, BodyFraming, HeadLimits};
use burdock_txn::BandwidthLimits;
use burdock_txn::bandwidth::Direction;

use crate::outbox::Outbox;
use crate::throttle::Throttle;
use crate::transport::Transport;
use crate::worker::Worker;

/// Buffers that one body may move before other connections of the worker have their turn.
const BUFFERS_A_TURN: usize = 16;

/// Where a body comes from.
pub struct Source<'a> {
    /// The connection.
    pub transport: &'a mut Transport,
    /// What was received from it and not consumed.
    pub inbox: &'a mut Option<Buffer>,
}

/// Where a body goes.
pub struct Sink<'a> {
    /// The connection.
    pub transport: &'a mut Transport,
    /// What it has yet to take; a head may wait in it, to go out with the first bytes of the body.
    pub outbox: &'a mut Outbox,
    /// Whether the connection is closed once the body is sent.
    pub closes: bool,
}

/// The state of one body on its way.
#[derive(Debug)]
pub struct Transfer {
    decoder: BodyDecoder,
    encoder: BodyEncoder,
    trailers: Headers,
    /// Whether it comes in chunks.
    chunked: bool,
    ended: bool,
    /// Payload was received ahead and not yet sent on: whoever gathered it has it.
    gathered: bool,
    /// Bytes received from the source for this body, framing included.
    pub received: u64,
    /// Bytes of payload handed to the sink.
    pub payload: u64,
    /// A copy of the payload, so that the request can be sent again.
    pub kept: Kept,
    /// How fast payload may move, where rules have limited that.
    throttle: Option<Box<Throttle>>,
}

/// The copy of a request's payload.
#[derive(Debug)]
pub enum Kept {
    /// None was asked for.
    No,
    /// Everything so far.
    Whole(Vec<u8>),
    /// There was more than may be kept.
    TooMuch,
}

/// Why a body did not arrive.
#[derive(Debug)]
pub enum TransferError {
    /// The source closed early or broke.
    SourceGone,
    /// The source sent something that is no body.
    SourceInvalid,
    /// The sink does not take any more.
    SinkGone,
}

impl Transfer {
    /// A body that arrives framed one way and leaves framed another.
    pub fn new(from: BodyFraming, to: BodyFraming) -> Self {
        Self {
            decoder: BodyDecoder::new(from),
            encoder: BodyEncoder::new(to),
            trailers: Headers::new(),
            chunked: from == BodyFraming::Chunked,
            ended: matches!(from, BodyFraming::None | BodyFraming::Length(0)),
            gathered: false,
            received: 0,
            payload: 0,
            kept: Kept::No,
            throttle: None,
        }
    }

    /// Settles how fast payload moves from here on, where so much of it has moved under these limits already.
    pub fn set_pace(&mut self, limits: &BandwidthLimits, direction: Direction, sent: u64, now: Instant) {
        let throttle = Throttle::new(limits.of(direction), self.throttle.as_deref(), sent, now);
        self.throttle = (!throttle.is_empty()).then(|| Box::new(throttle));
    }

    /// Whether payload is held back, so that nobody is to blame for the silence.
    pub fn is_held_back(&self) -> bool {
        self.throttle.as_ref().is_some_and(|throttle| throttle.is_waiting())
    }

    /// Begins anew with a body that was received whole and kept: it is appended, framed, to what goes out.
    pub fn send_again(&mut self, framing: BodyFraming, out: &mut Vec<u8>) {
        let Kept::Whole(kept) = std::mem::replace(&mut self.kept, Kept::No) else { return };
        self.encoder = BodyEncoder::new(framing);
        self.payload = 0;
        // What was received whole fits its framing.
        let _ = self.append(&kept, true, out);
        self.kept = Kept::Whole(kept);
    }

    /// The size of the body as statistics and log lines count it: the payload and, as measured in HAProxy, one for the end of chunks and the
    /// texts of trailers.
    pub fn counted(&self) -> u64 {
        let end = if self.chunked && self.is_received() { 1 + self.trailers.text_size() } else { 0 };
        self.payload + end as u64
    }

    /// Whether payload waits with whoever gathered it.
    pub fn has_gathered(&self) -> bool {
        self.gathered
    }

    /// Settles how a body leaves of which nothing has left yet.
    pub fn leave_as(&mut self, framing: BodyFraming) {
        self.encoder = BodyEncoder::new(framing);
    }

    /// Receives payload ahead, into `payload`, until that has `target` bytes or `room` is used up. Ready: `true` where everything was
    /// received, `false` where there may be more.
    #[expect(clippy::too_many_arguments, reason = "where from, where to, and how much")]
    pub fn poll_gather(
        &mut self,
        cx: &mut Context<'_>,
        worker: &Worker,
        limits: &HeadLimits,
        source: &mut Source<'_>,
        payload: &mut Vec<u8>,
        target: usize,
        room: usize,
    ) -> Poll<Result<bool, TransferError>> {
        loop {
            if self.is_received() {
                return Poll::Ready(Ok(true));
            }
            self.gathered = true;
            if payload.len() >= target.min(room) {
                return Poll::Ready(Ok(false));
            }
            if let Some(buffer) = source.inbox.as_mut() {
                let input = &buffer.filled()[..buffer.len().min(room - payload.len())];
                let cut = input.len() < buffer.len();
                let decoded =
                    self.decoder.decode(input, limits, &mut self.trailers).map_err(|_| TransferError::SourceInvalid)?;
                payload.extend_from_slice(&input[decoded.payload.clone()]);
                buffer.consume(decoded.consumed);
                self.received += decoded.consumed as u64;
                release_if_empty(worker, source.inbox);
                if decoded.finished || decoded.consumed > 0 {
                    continue;
                }
                if cut {
                    return Poll::Ready(Ok(false));
                }
            }
            match ready!(source.transport.poll_fill(cx, source.inbox, &worker.stream_buffers)) {
                Ok(0) => {
                    self.decoder.end_of_input().map_err(|_| TransferError::SourceGone)?;
                    let trailers = source.transport.take_trailers(limits, &mut self.trailers);
                    trailers.map_err(|_| TransferError::SourceInvalid)?;
                }
                Ok(_) => {}
                Err(error) => return Poll::Ready(Err(broken(&error, source.transport))),
            }
        }
    }

    /// Appends what was gathered, framed, to what goes out; [`Transfer::poll`] sends what follows. Up to `keep_at_most` bytes are kept
    /// where they are to be.
    ///
    /// # Errors
    /// It does not fit the framing.
    pub fn send_gathered(
        &mut self,
        payload: &[u8],
        keep_at_most: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), TransferError> {
        self.gathered = false;
        self.kept.add(payload, keep_at_most);
        self.append(payload, self.decoder.is_finished(), out)
    }

    /// Ready once payload may move.
    pub fn poll_pace(&mut self, cx: &mut Context<'_>, worker: &Worker) -> Poll<()> {
        let Some(throttle) = &mut self.throttle else { return Poll::Ready(()) };
        while throttle.allow(1, worker.clock.now()) == 0 {
            ready!(throttle.poll_wait(cx));
        }
        Poll::Ready(())
    }

    /// Appends payload, and the end of the body where that is its last.
    ///
    /// # Errors
    /// It does not fit the framing.
    pub fn append(&mut self, payload: &[u8], whole: bool, out: &mut Vec<u8>) -> Result<(), TransferError> {
        let last = whole && self.trailers.is_empty();
        if !payload.is_empty() || last {
            let frame = self.encoder.frame(payload.len(), last).map_err(|_| TransferError::SourceInvalid)?;
            out.extend_from_slice(frame.prefix());
            out.extend_from_slice(payload);
            out.extend_from_slice(frame.suffix());
        }
        if whole && !last {
            let outcome = self.encoder.finish_with_trailers(&self.trailers, out);
            outcome.map_err(|_| TransferError::SourceInvalid)?;
        }
        self.payload += payload.len() as u64;
        if let Some(throttle) = &mut self.throttle {
            throttle.note(payload.len());
        }
        self.ended = whole;
        Ok(())
    }

    /// Whether everything was received.
    pub fn is_received(&self) -> bool {
        self.ended || self.decoder.is_finished()
    }

    /// Moves what can be moved. Ready once the sink has taken everything.
    pub fn poll(
        &mut self,
        cx: &mut Context<'_>,
        worker: &Worker,
        limits: &HeadLimits,
        source: &mut Source<'_>,
        sink: &mut Sink<'_>,
    ) -> Poll<Result<(), TransferError>> {
        let mut received = 0;
        loop {
            if self.ended {
                if sink.closes {
                    sink.outbox.end();
                }
                sink.transport.set_trailers(&self.trailers);
                ready!(sink.outbox.poll_flush(cx, sink.transport)).map_err(|_| TransferError::SinkGone)?;
                sink.transport.finish();
                return Poll::Ready(Ok(()));
            }
            if sink.outbox.is_blocked() {
                ready!(sink.outbox.poll_flush(cx, sink.transport)).map_err(|_| TransferError::SinkGone)?;
            }
            if self.take_from_inbox(cx, worker, limits, source, sink)? {
                continue;
            }
            // Nothing more can be decoded: what waits goes out before anybody waits for the source.
            ready!(sink.outbox.poll_flush(cx, sink.transport)).map_err(|_| TransferError::SinkGone)?;
            if let Some(throttle) = self.throttle.as_deref_mut().filter(|throttle| throttle.is_waiting()) {
                cold_path();
                ready!(throttle.poll_wait(cx));
                continue;
            }
            received += 1;
            if received > BUFFERS_A_TURN {
                cold_path();
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            match ready!(source.transport.poll_fill(cx, source.inbox, &worker.stream_buffers)) {
                Ok(0) => {
                    cold_path();
                    self.decoder.end_of_input().map_err(|_| TransferError::SourceGone)?;
                    let trailers = source.transport.take_trailers(limits, &mut self.trailers);
                    trailers.map_err(|_| TransferError::SourceInvalid)?;
                    self.end(cx, sink)?;
                }
                Ok(_) => {}
                Err(error) => return Poll::Ready(Err(broken(&error, source.transport))),
            }
        }
    }

    /// Decodes one run of payload from the inbox and sends it on. Says whether that got any further.
    fn take_from_inbox(
        &mut self,
        cx: &mut Context<'_>,
        worker: &Worker,
        limits: &HeadLimits,
        source: &mut Source<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<bool, TransferError> {
        let Some(buffer) = source.inbox.as_mut() else { return Ok(false) };
        let mut input = buffer.filled();
        if let Some(throttle) = &mut self.throttle
            && self.decoder.may_give_payload()
        {
            cold_path();
            if throttle.is_waiting() {
                return Ok(false);
            }
            input = &input[..throttle.allow(input.len(), worker.clock.now())];
            if throttle.is_waiting() {
                return Ok(false);
            }
        }
        let decoded = self.decoder.decode(input, limits, &mut self.trailers).map_err(|error| match error {
            BodyError::Truncated => TransferError::SourceGone,
            _ => TransferError::SourceInvalid,
        })?;
        let payload = &buffer.filled()[decoded.payload.clone()];
        let last = decoded.finished && self.trailers.is_empty();
        if !payload.is_empty() || last {
            self.kept.add(payload, worker.head_buffers.buffer_capacity());
            self.payload += payload.len() as u64;
            if let Some(throttle) = &mut self.throttle {
                throttle.note(payload.len());
            }
            if last && sink.closes {
                sink.outbox.end();
            }
            let frame = self.encoder.frame(payload.len(), last).map_err(|_| TransferError::SourceInvalid)?;
            sink.outbox
                .send(cx, sink.transport, [frame.prefix(), payload, frame.suffix()])
                .map_err(|_| TransferError::SinkGone)?;
        }
        buffer.consume(decoded.consumed);
        self.received += decoded.consumed as u64;
        release_if_empty(worker, source.inbox);
        if decoded.finished {
            if last {
                self.ended = true;
            } else {
                self.end(cx, sink)?;
            }
        }
        Ok(decoded.finished || decoded.consumed > 0)
    }

    fn end(&mut self, cx: &mut Context<'_>, sink: &mut Sink<'_>) -> Result<(), TransferError> {
        self.ended = true;
        if self.encoder.is_finished() {
            return Ok(());
        }
        if sink.transport.is_stream() {
            // The framing of streams says the end, with the trailers or without.
            return Ok(());
        }
        if self.trailers.is_empty() {
            let frame = self.encoder.frame(0, true).map_err(|_| TransferError::SourceGone)?;
            return sink
                .outbox
                .send(cx, sink.transport, [frame.prefix(), b"", frame.suffix()])
                .map_err(|_| TransferError::SinkGone);
        }
        self.encoder.finish_with_trailers(&self.trailers, sink.outbox.head_mut()).map_err(|_| TransferError::SourceGone)
    }
}

/// What has become of a source that cannot be read: a stream may have been reset for what its peer has sent.
fn broken(error: &std::io::Error, source: &Transport) -> TransferError {
    if source.is_stream() && error.kind() == std::io::ErrorKind::InvalidData {
        TransferError::SourceInvalid
    } else {
        TransferError::SourceGone
    }
}

fn release_if_empty(worker: &Worker, inbox: &mut Option<Buffer>) {
    if inbox.as_ref().is_some_and(Buffer::is_empty)
        && let Some(buffer) = inbox.take()
    {
        worker.give_back_buffer(buffer);
    }
}

impl Kept {
    fn add(&mut self, payload: &[u8], limit: usize) {
        if let Self::Whole(bytes) = self {
            if bytes.len() + payload.len() > limit {
                *self = Self::TooMuch;
            } else {
                bytes.extend_from_slice(payload);
            }
        }
    }
}
