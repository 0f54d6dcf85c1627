//! One connection to a FastCGI application: moves its records, and keeps what has come of each request until it is taken. Whoever waits for a
//! request moves the records of all; no task does. Without flow control in the protocol, a response that nobody takes holds up those behind it.

use std::io::{self, IoSlice};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, UNIX_EPOCH};

use burdock_base::Buffer;
use burdock_fcgi::{
    AppLimits, Decoder, Event, Kind, MAX_CONTENT, Output, ProtocolStatus, RequestId, push_abort, push_begin,
    push_get_values, push_params, push_stream_end, stream_header,
};
use burdock_http::{KnownHeader, ResponseHead};
use burdock_model::{FcgiApp, Level};

use crate::fcgi::wakers::Wakers;
use crate::socket::Then;
use crate::transport::Transport;
use crate::worker::Worker;

/// The most of a message for the log that is kept until its record has ended.
const MAX_MESSAGE: usize = 8192;
/// More requests at once on a connection than this are never begun, whatever the application takes.
const MAX_REQUESTS: u32 = 1000;

/// A connection.
#[derive(Debug)]
pub struct Link {
    transport: Transport,
    /// Received and not yet taken apart.
    inbox: Option<Buffer>,
    decoder: Decoder,
    /// On its way to the application, from `sent` on.
    outgoing: Vec<u8>,
    sent: usize,
    /// By their numbers, the first of which is 1.
    requests: Vec<Option<Request>>,
    /// Those who wait, where several requests may be under way.
    wakers: Option<Arc<Wakers>>,
    /// The connection can carry nothing any more.
    broken: bool,
    /// What the application has said of itself.
    limits: Option<AppLimits>,
    /// Whether it is to leave the connection open behind a request.
    keep: bool,
    app: Arc<FcgiApp>,
    worker: Rc<Worker>,
}

/// What has come of a request.
#[derive(Debug, Default)]
struct Request {
    /// Of its response, and not yet taken.
    received: Option<Buffer>,
    /// Of a message that goes on.
    message: Vec<u8>,
    /// Something of its response has come.
    heard: bool,
    response_ended: bool,
    /// The application is done with it.
    ended: Option<ProtocolStatus>,
    /// Nobody waits for it any more.
    abandoned: bool,
}

/// How a request stands of whose response nothing is left to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// More may come.
    Open,
    /// All of the response was there.
    Ended,
    /// The application has not worked on it, and says so.
    Refused,
    /// The connection has ended first.
    Broken,
}

impl Link {
    /// A connection that is made. `keep`: it is to serve further requests.
    pub fn new(transport: Transport, inbox: Option<Buffer>, app: Arc<FcgiApp>, keep: bool, worker: Rc<Worker>) -> Self {
        Self {
            transport,
            inbox,
            decoder: Decoder::default(),
            outgoing: Vec::new(),
            sent: 0,
            requests: Vec::new(),
            wakers: None,
            broken: false,
            limits: None,
            keep,
            app,
            worker,
        }
    }

    /// Asks the application for its limits.
    pub fn ask_for_limits(&mut self) {
        push_get_values(&mut self.outgoing);
    }

    /// Waits for what it says.
    pub fn poll_limits(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_flush(cx))?;
        loop {
            if self.limits.is_some() {
                return Poll::Ready(Ok(()));
            }
            if self.broken {
                return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
            }
            ready!(self.poll_receive(cx, 0));
        }
    }

    /// Settles how many requests it carries at once, and gives that number.
    pub fn settle(&mut self) -> usize {
        let said = self.limits.unwrap_or_default();
        let multiplexes = self.keep && said.multiplexes.unwrap_or(self.app.multiplexes);
        let most = if multiplexes { said.max_requests.unwrap_or(self.app.max_requests) } else { 1 };
        let most = most.clamp(1, MAX_REQUESTS) as usize;
        self.wakers = (most > 1).then(Arc::default);
        most
    }

    /// Requests that it still has to do with.
    pub fn open_requests(&self) -> usize {
        self.requests.iter().flatten().count()
    }

    /// Whether a further request may be sent. What has come unasked, or of requests given up, is taken in first.
    pub fn is_usable(&mut self, cx: &mut Context<'_>) -> bool {
        if self.requests.iter().flatten().next().is_none() {
            let at_rest = self.is_at_rest() && self.outgoing.is_empty();
            self.broken |= at_rest && !self.transport.is_quiet(cx);
            return at_rest && !self.broken;
        }
        if self.wakers.is_none() {
            // One is left behind, of which the end may have come by now.
            while self.poll_receive(cx, 0).is_ready() && !self.broken {}
            return !self.broken && self.open_requests() == 0 && self.is_at_rest();
        }
        !self.broken
    }

    fn is_at_rest(&self) -> bool {
        self.inbox.as_ref().is_none_or(Buffer::is_empty) && self.decoder.is_between_records()
    }

    /// Dates a response that its script has not (RFC 9110 section 6.6.1); one without room for it goes without.
    pub fn date(&self, head: &mut ResponseHead) {
        if !head.headers.contains(KnownHeader::Date) {
            let seconds = self.worker.clock.wall_seconds(self.worker.clock.now());
            let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
            let _ = head.headers.append_known(KnownHeader::Date, date.as_bytes());
        }
    }

    /// Whether it can carry nothing any more.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Begins a request with these parameters.
    pub fn begin(&mut self, parameters: &[u8]) -> RequestId {
        let free = self.requests.iter().position(Option::is_none);
        let at = free.unwrap_or_else(|| {
            self.requests.push(None);
            self.requests.len() - 1
        });
        self.requests[at] = Some(Request::default());
        // There are no more than `MAX_REQUESTS`.
        let id = (at + 1) as RequestId;
        push_begin(&mut self.outgoing, id, self.keep);
        push_params(&mut self.outgoing, id, parameters);
        id
    }

    /// Sends payload of a request's body, and says how much was taken.
    pub fn poll_send(&mut self, cx: &mut Context<'_>, id: RequestId, parts: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        ready!(self.poll_flush(cx))?;
        let total = parts.iter().map(|part| part.len()).sum::<usize>().min(MAX_CONTENT);
        if total > 0 {
            self.outgoing.extend_from_slice(&stream_header(Kind::Stdin, id, total));
            let mut left = total;
            for part in parts {
                let piece = &part[..part.len().min(left)];
                self.outgoing.extend_from_slice(piece);
                left -= piece.len();
            }
            if let Poll::Ready(Err(error)) = self.poll_flush(cx) {
                return Poll::Ready(Err(error));
            }
        }
        Poll::Ready(Ok(total))
    }

    /// Ends a request's body.
    pub fn finish(&mut self, id: RequestId) {
        push_stream_end(&mut self.outgoing, Kind::Stdin, id);
    }

    /// Sends what waits.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.broken {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if self.outgoing.is_empty() {
            return Poll::Ready(Ok(()));
        }
        let waker = self.waker(cx);
        let cx = &mut Context::from_waker(&waker);
        while self.sent < self.outgoing.len() {
            let rest = [IoSlice::new(&self.outgoing[self.sent..])];
            match ready!(self.transport.poll_send(cx, &rest, Then::More)) {
                Ok(sent) => self.sent += sent,
                Err(error) => {
                    // What the application has said before it went may still wait to be read.
                    self.forget_outgoing();
                    return Poll::Ready(Err(error));
                }
            }
        }
        self.forget_outgoing();
        Poll::Ready(Ok(()))
    }

    fn forget_outgoing(&mut self) {
        // An idle connection keeps no memory for what it sends.
        self.outgoing = Vec::new();
        self.sent = 0;
    }

    /// Waits until something of a request's response is there to be taken, or nothing more will come.
    pub fn poll_response(&mut self, cx: &mut Context<'_>, id: RequestId) -> Poll<Standing> {
        // A failure shows itself where the response ends early.
        let _ = self.poll_flush(cx);
        loop {
            let standing = self.standing(id);
            let has_some = self.request(id).is_some_and(|request| request.received.is_some());
            if has_some || standing != Standing::Open {
                return Poll::Ready(standing);
            }
            ready!(self.poll_receive(cx, id));
        }
    }

    /// Waits for more of a response of which some is there.
    pub fn poll_more(&mut self, cx: &mut Context<'_>, id: RequestId) -> Poll<()> {
        let before = self.received(id).len();
        while self.standing(id) == Standing::Open && self.received(id).len() == before && !self.is_full(id) {
            ready!(self.poll_receive(cx, id));
        }
        Poll::Ready(())
    }

    fn is_full(&self, id: RequestId) -> bool {
        let received = self.request(id).and_then(|request| request.received.as_ref());
        received.is_some_and(|buffer| buffer.len() == buffer.capacity())
    }

    /// How a request stands once all was taken in that has come.
    pub fn standing_behind_inbox(&mut self, id: RequestId) -> Standing {
        while matches!(self.take_step(), Took::Step) && !self.broken {}
        self.standing(id)
    }

    /// How a request stands.
    pub fn standing(&self, id: RequestId) -> Standing {
        let Some(request) = self.request(id) else { return Standing::Broken };
        match request.ended {
            Some(ProtocolStatus::CannotMultiplex | ProtocolStatus::Overloaded) if !request.heard => Standing::Refused,
            Some(_) => Standing::Ended,
            None if request.response_ended && request.heard => Standing::Ended,
            None if self.broken => Standing::Broken,
            None => Standing::Open,
        }
    }

    /// What waits to be taken of a response.
    pub fn received(&self, id: RequestId) -> &[u8] {
        self.request(id).and_then(|request| request.received.as_ref()).map_or(&[], Buffer::filled)
    }

    /// Takes so many bytes of it.
    pub fn consume(&mut self, id: RequestId, count: usize) {
        let Some(request) = self.request_mut(id) else { return };
        if let Some(buffer) = &mut request.received {
            buffer.consume(count);
            if buffer.is_empty()
                && let Some(buffer) = request.received.take()
            {
                self.worker.stream_buffers.give_back(buffer);
            }
        }
        // Others may have waited for the room.
        if let Some(wakers) = &self.wakers {
            wakers.wake_all();
        }
    }

    /// Takes as much of it as the inbox has room for.
    pub fn take(&mut self, id: RequestId, inbox: &mut Option<Buffer>) -> usize {
        let taken = match inbox {
            // The buffer itself changes hands.
            None => {
                *inbox = self.request_mut(id).and_then(|request| request.received.take());
                inbox.as_ref().map_or(0, Buffer::len)
            }
            Some(inbox) => {
                if inbox.free_mut().is_empty() {
                    inbox.compact();
                }
                inbox.extend(self.received(id))
            }
        };
        self.consume(id, if self.received(id).is_empty() { 0 } else { taken });
        taken
    }

    /// Nobody waits for a request any more. `complete`: all that was wanted of its response has come. Says whether the connection may go on.
    pub fn leave(&mut self, id: RequestId, complete: bool) -> bool {
        let standing = self.standing(id);
        let worker = Rc::clone(&self.worker);
        let Some(request) = self.request_mut(id) else { return !self.broken };
        if let Some(buffer) = request.received.take() {
            worker.stream_buffers.give_back(buffer);
        }
        let is_over = request.ended.is_some();
        request.abandoned = true;
        if is_over || self.broken {
            self.forget(id);
        } else if !complete && standing == Standing::Open {
            push_abort(&mut self.outgoing, id);
            // With what room there is: the connection may be about to close.
            let _ = self.poll_flush(&mut Context::from_waker(Waker::noop()));
            self.broken |= self.wakers.is_none();
        }
        if let Some(wakers) = &self.wakers {
            wakers.wake_all();
        }
        !self.broken
    }

    fn request(&self, id: RequestId) -> Option<&Request> {
        self.requests.get(usize::from(id).checked_sub(1)?)?.as_ref()
    }

    fn request_mut(&mut self, id: RequestId) -> Option<&mut Request> {
        self.requests.get_mut(usize::from(id).checked_sub(1)?)?.as_mut()
    }

    fn forget(&mut self, id: RequestId) {
        if let Some(place) = usize::from(id).checked_sub(1).and_then(|at| self.requests.get_mut(at)) {
            *place = None;
        }
        while self.requests.last().is_some_and(Option::is_none) {
            self.requests.pop();
        }
    }

    /// What the connection is polled with: where several wait for it, all of them.
    fn waker(&self, cx: &Context<'_>) -> Waker {
        let Some(wakers) = &self.wakers else { return cx.waker().clone() };
        wakers.add(cx.waker());
        Arc::clone(wakers).into()
    }

    /// Takes in what is there, and receives more where that says nothing. Ready: something has changed. `id` is who asks: where its response
    /// is in the way, that is for itself to clear.
    fn poll_receive(&mut self, cx: &mut Context<'_>, id: RequestId) -> Poll<()> {
        if self.broken {
            return Poll::Ready(());
        }
        match self.take_step() {
            Took::Step => return Poll::Ready(()),
            Took::Nothing => {}
            Took::NoRoom(whose) => {
                if whose == id {
                    return Poll::Ready(());
                }
                if let Some(wakers) = &self.wakers {
                    wakers.add(cx.waker());
                }
                return Poll::Pending;
            }
        }
        let waker = self.waker(cx);
        let cx = &mut Context::from_waker(&waker);
        match ready!(self.transport.poll_fill(cx, &mut self.inbox, &self.worker.stream_buffers)) {
            Ok(count) if count > 0 => {}
            _ => self.fail(),
        }
        Poll::Ready(())
    }

    /// Takes in one thing that the application has said.
    fn take_step(&mut self) -> Took {
        let Some(buffer) = &self.inbox else { return Took::Nothing };
        let mut input = buffer.filled();
        if let Some(whose) = self.decoder.next_response()
            && let Some(request) = self.requests.get_mut(usize::from(whose).wrapping_sub(1)).and_then(Option::as_mut)
            && !request.abandoned
        {
            let target = request.received.get_or_insert_with(|| self.worker.stream_buffers.take());
            if target.free_mut().is_empty() {
                target.compact();
            }
            let room = target.free_mut().len();
            if room == 0 {
                return Took::NoRoom(whose);
            }
            input = &input[..input.len().min(room)];
        }
        let step = match self.decoder.step(input) {
            Ok(Some(step)) => step,
            Ok(None) => return Took::Nothing,
            Err(_) => {
                self.fail();
                return Took::Step;
            }
        };
        if let Some(event) = step.event {
            self.note(event);
        }
        if let Some(buffer) = &mut self.inbox {
            buffer.consume(step.consumed);
            if buffer.is_empty()
                && let Some(buffer) = self.inbox.take()
            {
                self.worker.give_back_buffer(buffer);
            }
        }
        Took::Step
    }

    fn note(&mut self, event: Event) {
        let input = self.inbox.as_ref().map_or(&[][..], Buffer::filled);
        let of = |requests: &'_ mut Vec<Option<Request>>, id: RequestId| {
            usize::from(id).checked_sub(1).filter(|at| requests.get(*at).is_some_and(Option::is_some))
        };
        match event {
            Event::Values(range) => self.limits = Some(AppLimits::parse(&input[range])),
            // It does not say: the configuration counts.
            Event::UnknownType => {
                self.limits.get_or_insert_default();
            }
            Event::Output { request: id, output, payload, ends_record } => {
                let Some(request) = of(&mut self.requests, id).and_then(|at| self.requests[at].as_mut()) else {
                    return;
                };
                let payload = &input[payload];
                match output {
                    Output::Stdout => {
                        request.heard = true;
                        if let Some(buffer) = request.received.as_mut().filter(|_| !request.abandoned) {
                            // No more was asked for than there is room.
                            buffer.extend(payload);
                        }
                    }
                    Output::Stderr if !self.app.log_targets.is_empty() => {
                        let room = MAX_MESSAGE.saturating_sub(request.message.len());
                        request.message.extend_from_slice(&payload[..payload.len().min(room)]);
                        if ends_record {
                            let message = std::mem::take(&mut request.message);
                            self.worker.logs.application_event(&self.app, Level::Error, message.trim_ascii_end());
                        }
                    }
                    Output::Stderr => {}
                }
            }
            Event::OutputEnd { request: id, output: Output::Stdout } => {
                if let Some(request) = of(&mut self.requests, id).and_then(|at| self.requests[at].as_mut()) {
                    request.response_ended = true;
                }
            }
            Event::OutputEnd { .. } => {}
            Event::End { request: id, status } => {
                if let Some(request) = of(&mut self.requests, id).and_then(|at| self.requests[at].as_mut()) {
                    request.ended = Some(status);
                    if request.abandoned {
                        self.forget(id);
                    }
                }
                if !self.keep {
                    // The application closes it now, or should.
                    self.fail();
                }
            }
        }
        if let Some(wakers) = &self.wakers {
            wakers.wake_all();
        }
    }

    fn fail(&mut self) {
        self.broken = true;
        if let Some(wakers) = &self.wakers {
            wakers.wake_all();
        }
    }
}

/// What became of a step.
enum Took {
    /// It was taken.
    Step,
    /// More bytes are needed.
    Nothing,
    /// The response of this request has to be taken first.
    NoRoom(RequestId),
}

impl Drop for Link {
    fn drop(&mut self) {
        let requests = self.requests.drain(..).flatten();
        for buffer in requests.filter_map(|request| request.received).chain(self.inbox.take()) {
            self.worker.give_back_buffer(buffer);
        }
        self.transport.reset();
    }
}
