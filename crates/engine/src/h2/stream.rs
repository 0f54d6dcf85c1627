//! One stream of an HTTP/2 connection as a transport: heads and trailers as such, a body as bytes.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use ::h2::client::ResponseFuture;
use ::h2::server::SendResponse;
use ::h2::{Reason, RecvStream, SendStream};
use burdock_base::{Buffer, BufferPool};
use burdock_http::h1::ResponseFacts;
use burdock_http::h1::{FramingHeader, HeadLimits};
use burdock_http::h2::{self, Malformed};
use burdock_http::{Headers, RequestHead, ResponseHead};
use bytes::{Buf, Bytes, BytesMut};
use http::HeaderMap;

use crate::h2::back::{Frames, SessionStream};
use crate::h2::traffic::{Ending, Traffic};
use crate::server_connection::HeadFailure;
use crate::session::Place;
use crate::socket::Then;

/// A stream that a client has opened, or one to a server.
#[derive(Debug)]
pub struct H2Stream {
    peer: Peer,
    /// Where the body goes, once the head has gone.
    outgoing: Option<SendStream<Bytes>>,
    /// Where the body comes from, once the head has come.
    incoming: Option<RecvStream>,
    /// Received and not yet taken.
    chunk: Bytes,
    /// Trailers that came.
    received_trailers: Option<HeaderMap>,
    /// Trailers that are to follow the body.
    trailers: Option<HeaderMap>,
    /// The peer has ended its direction.
    peer_finished: bool,
    /// The peer has reset the stream, or its connection is gone.
    broken: bool,
    /// The code by which it has.
    reset_code: Option<Reason>,
    /// We have ended ours.
    finished: bool,
}

/// Who is at the other end.
#[derive(Debug)]
enum Peer {
    Client(SendResponse<Bytes>, Rc<Traffic>),
    /// A server, and its response once a request was sent.
    Server(SessionStream, Option<ResponseFuture>),
}

impl H2Stream {
    /// A stream whose request head has come.
    pub fn accepted(respond: SendResponse<Bytes>, incoming: RecvStream, traffic: Rc<Traffic>) -> Self {
        let peer_finished = incoming.is_end_stream();
        let mut stream = Self::new(Peer::Client(respond, traffic));
        (stream.incoming, stream.peer_finished) = (Some(incoming), peer_finished);
        stream
    }

    /// A stream to a server, on which nothing was sent.
    pub fn opening(place: Place, frames: Rc<Frames>) -> Self {
        Self::new(Peer::Server(SessionStream::new(place, frames), None))
    }

    fn new(peer: Peer) -> Self {
        Self {
            peer,
            outgoing: None,
            incoming: None,
            chunk: Bytes::new(),
            received_trailers: None,
            trailers: None,
            peer_finished: false,
            broken: false,
            reset_code: None,
            finished: false,
        }
    }

    /// The place in the session to a server.
    pub fn session(&self) -> Option<&SessionStream> {
        match &self.peer {
            Peer::Client(..) => None,
            Peer::Server(session, _) => Some(session),
        }
    }

    /// Sends a request's head to the server; `ends`: nothing follows.
    ///
    /// # Errors
    /// The session is gone, or the request has no form in HTTP/2 that the server takes: [`H2Stream::poll_head`] tells them apart.
    pub fn send_request(&mut self, head: &RequestHead, framing: FramingHeader, ends: bool) -> io::Result<()> {
        let framing = if framing == FramingHeader::Chunked { FramingHeader::None } else { framing };
        let Peer::Server(session, response) = &mut self.peer else { return Err(io::ErrorKind::Unsupported.into()) };
        let outgoing = h2::request(head, framing).inspect_err(|_| session.decline());
        let h2::Outgoing { mut request, protocol } = outgoing.map_err(io::Error::other)?;
        if let Some(protocol) = protocol {
            if !session.takes_extended_connect() {
                session.decline();
                return Err(io::ErrorKind::Unsupported.into());
            }
            request.extensions_mut().insert(::h2::ext::Protocol::from(&*protocol));
        }
        match session.send_request(request, ends) {
            Ok((coming, outgoing)) => {
                *response = Some(coming);
                self.outgoing = Some(outgoing);
                self.finished = ends;
                Ok(())
            }
            Err(error) => Err(self.fail(error)),
        }
    }

    /// Waits for the head of a server's response, interim ones included. `sent`: the request that it answers.
    pub fn poll_head(
        &mut self,
        cx: &mut Context<'_>,
        limits: &HeadLimits,
        sent: &RequestHead,
        head: &mut ResponseHead,
    ) -> Poll<Result<ResponseFacts, HeadFailure>> {
        let Peer::Server(session, response) = &mut self.peer else { return Poll::Ready(Err(HeadFailure::Invalid)) };
        let Some(coming) = response else {
            // What could not be sent was never seen by the server, and another session may take it, if only this one is at fault.
            let failure = if session.is_gone() { HeadFailure::Refused } else { HeadFailure::Invalid };
            return Poll::Ready(Err(failure));
        };
        if let Poll::Ready(Some(interim)) = coming.poll_informational(cx) {
            return Poll::Ready(match interim {
                Ok(interim) => {
                    let parts = interim.into_parts().0;
                    h2::response_head(&parts, false, sent, limits, head).map_err(|_| HeadFailure::Invalid)
                }
                Err(error) => {
                    session.session().tell_limit();
                    self.note_broken(&error);
                    Err(failure_of(error))
                }
            });
        }
        let (parts, incoming) = match ready!(Pin::new(coming).poll(cx)) {
            Ok(response) => response.into_parts(),
            Err(error) => {
                session.session().tell_limit();
                self.note_broken(&error);
                return Poll::Ready(Err(failure_of(error)));
            }
        };
        // The server's settings have come by now.
        session.session().tell_limit();
        self.peer_finished = incoming.is_end_stream();
        self.incoming = Some(incoming);
        let facts = h2::response_head(&parts, self.peer_finished, sent, limits, head);
        Poll::Ready(facts.map_err(|_| {
            self.reset(Reason::PROTOCOL_ERROR);
            HeadFailure::Invalid
        }))
    }

    /// Sends an interim response.
    ///
    /// # Errors
    /// The stream is gone.
    pub fn send_interim(&mut self, head: &ResponseHead) -> io::Result<()> {
        let head = h2::response(head, FramingHeader::None).map_err(io::Error::other)?;
        let Peer::Client(respond, _) = &mut self.peer else { return Err(io::ErrorKind::Unsupported.into()) };
        respond.send_informational(head).map_err(|error| self.fail(error))
    }

    /// Sends the response's head; `ends`: nothing follows.
    ///
    /// # Errors
    /// The stream is gone.
    pub fn send_head(&mut self, head: &ResponseHead, framing: FramingHeader, ends: bool) -> io::Result<()> {
        let framing = if framing == FramingHeader::Chunked { FramingHeader::None } else { framing };
        let head = h2::response(head, framing).map_err(io::Error::other)?;
        let Peer::Client(respond, _) = &mut self.peer else { return Err(io::ErrorKind::Unsupported.into()) };
        let outgoing = respond.send_response(head, ends).map_err(|error| self.fail(error))?;
        self.outgoing = Some(outgoing);
        self.finished = ends;
        Ok(())
    }

    /// Keeps trailers, to be sent behind the body. Too many of them are none.
    pub fn set_trailers(&mut self, trailers: &Headers) {
        self.trailers = h2::trailer_map(trailers).ok();
    }

    /// Hands out the trailers that came behind the body.
    ///
    /// # Errors
    /// They are none.
    pub fn take_trailers(&mut self, limits: &HeadLimits, into: &mut Headers) -> Result<(), Malformed> {
        self.received_trailers.take().map_or(Ok(()), |trailers| h2::trailers(&trailers, limits, into))
    }

    /// See [`crate::transport::Transport::poll_fill`].
    pub fn poll_fill(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Option<Buffer>,
        pool: &BufferPool,
    ) -> Poll<io::Result<usize>> {
        while self.chunk.is_empty() {
            let Some(incoming) = self.incoming.as_mut().filter(|_| !self.peer_finished) else {
                return Poll::Ready(Ok(0));
            };
            match ready!(incoming.poll_data(cx)) {
                Some(Ok(chunk)) => self.chunk = chunk,
                Some(Err(error)) => return Poll::Ready(Err(self.fail(error))),
                None => {
                    let trailers = ready!(incoming.poll_trailers(cx));
                    self.received_trailers = trailers.map_err(|error| self.fail(error))?;
                    self.peer_finished = true;
                }
            }
        }
        let buffer = inbox.get_or_insert_with(|| pool.take());
        let taken = buffer.extend(&self.chunk);
        if taken == 0 {
            return Poll::Ready(Err(io::ErrorKind::OutOfMemory.into()));
        }
        self.chunk.advance(taken);
        // The window opens as fast as bytes are taken, and no faster.
        let release = self.incoming.as_mut().map(|incoming| incoming.flow_control().release_capacity(taken));
        release.transpose().map_err(|error| self.fail(error))?;
        Poll::Ready(Ok(taken))
    }

    /// See [`crate::transport::Transport::poll_send`].
    pub fn poll_send(&mut self, cx: &mut Context<'_>, parts: &[IoSlice<'_>], then: Then) -> Poll<io::Result<usize>> {
        let Some(outgoing) = &mut self.outgoing else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        let wanted = parts.iter().map(|part| part.len()).sum();
        outgoing.reserve_capacity(wanted);
        while wanted > 0 && outgoing.capacity() == 0 {
            match ready!(outgoing.poll_capacity(cx)) {
                Some(Ok(_)) => {}
                Some(Err(error)) => return Poll::Ready(Err(self.fail(error))),
                None => return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            }
        }
        let room = wanted.min(outgoing.capacity());
        let mut bytes = BytesMut::with_capacity(room);
        for part in parts {
            bytes.extend_from_slice(&part[..part.len().min(room - bytes.len())]);
        }
        let ends = then == Then::End && room == wanted && self.trailers.is_none();
        match outgoing.send_data(bytes.freeze(), ends) {
            Ok(()) => {
                self.finished |= ends;
                Poll::Ready(Ok(room))
            }
            Err(error) => Poll::Ready(Err(self.fail(error))),
        }
    }

    /// Ends our direction, where it has a head and is not ended yet.
    ///
    /// # Errors
    /// The stream is gone.
    pub fn finish(&mut self) -> io::Result<()> {
        let Some(outgoing) = self.outgoing.as_mut().filter(|_| !self.finished) else { return Ok(()) };
        let result = match self.trailers.take() {
            Some(trailers) => outgoing.send_trailers(trailers),
            None => outgoing.send_data(Bytes::new(), true),
        };
        self.finished = true;
        result.map_err(|error| self.fail(error))
    }

    /// Lets the peer have so much more of a body under way.
    pub fn raise_window(&mut self, size: u32) {
        if let Some(incoming) = &mut self.incoming {
            // It cannot be larger than HTTP/2 allows, and without it the body comes as well.
            let _ = incoming.flow_control().raise_window(size);
        }
    }

    /// Breaks the stream off.
    pub fn reset(&mut self, reason: Reason) {
        match (&mut self.outgoing, &mut self.peer) {
            (Some(outgoing), _) => outgoing.send_reset(reason),
            (None, Peer::Client(respond, _)) => respond.send_reset(reason),
            // A server has not heard of it.
            (None, Peer::Server(..)) => {}
        }
        self.finished = true;
    }

    /// Ends the whole connection of its client.
    pub fn end_connection(&mut self, how: Ending) {
        if let Peer::Client(_, traffic) = &self.peer {
            traffic.end(how);
            self.reset(Reason::ENHANCE_YOUR_CALM);
        }
    }

    /// See [`crate::transport::Transport::poll_peer_closed`]: ready once the peer has reset the stream.
    pub fn poll_peer_closed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.broken {
            let reset = match (&mut self.outgoing, &mut self.peer) {
                (Some(outgoing), _) => outgoing.poll_reset(cx),
                (None, Peer::Client(respond, _)) => respond.poll_reset(cx),
                (None, Peer::Server(..)) => return Poll::Pending,
            };
            self.reset_code = ready!(reset).ok();
            self.broken = true;
        }
        Poll::Ready(())
    }

    /// See [`crate::transport::Transport::has_ended`].
    pub fn has_ended(&self) -> bool {
        self.peer_finished && self.chunk.is_empty() && self.received_trailers.is_none()
    }

    /// Whether all that we have to say was said, or cannot be any more.
    pub fn is_finished(&self) -> bool {
        self.finished || self.broken
    }

    /// Whether received bytes wait.
    pub fn has_unread(&self) -> bool {
        !self.chunk.is_empty()
    }

    /// Whether the peer is known to have broken the stream off.
    pub fn is_peer_closed(&self) -> bool {
        self.broken
    }

    /// Its number on the connection; zero where it has none yet.
    pub fn id(&self) -> u32 {
        match (&self.peer, &self.outgoing, &self.incoming) {
            (Peer::Client(respond, _), ..) => respond.stream_id().as_u32(),
            (_, Some(outgoing), _) => outgoing.stream_id().as_u32(),
            (_, _, Some(incoming)) => incoming.stream_id().as_u32(),
            _ => 0,
        }
    }

    /// The code by which the peer has reset it, where it has.
    pub fn reset_code(&self) -> Option<u32> {
        self.reset_code.map(u32::from)
    }

    fn note_broken(&mut self, error: &::h2::Error) {
        self.broken = true;
        if error.is_remote() && error.is_reset() {
            self.reset_code = error.reason();
        }
    }

    fn fail(&mut self, error: ::h2::Error) -> io::Error {
        self.note_broken(&error);
        if error.is_library() && error.is_reset() && matches!(self.peer, Peer::Client(..)) {
            io::Error::new(io::ErrorKind::InvalidData, error)
        } else if error.is_io() {
            error.into_io().unwrap_or_else(|| io::ErrorKind::ConnectionReset.into())
        } else {
            io::Error::new(io::ErrorKind::ConnectionReset, error)
        }
    }
}

impl Drop for H2Stream {
    /// What was not said to its end must not look as if it were.
    fn drop(&mut self) {
        if !self.finished && !self.broken {
            self.reset(Reason::CANCEL);
        }
    }
}

/// Why no head came. What the server has refused it has not begun to work on (RFC 9113 sections 6.8 and 8.7).
fn failure_of(error: ::h2::Error) -> HeadFailure {
    if error.is_remote() && (error.is_go_away() || error.reason() == Some(Reason::REFUSED_STREAM)) {
        HeadFailure::Refused
    } else if error.is_library() {
        HeadFailure::Invalid
    } else {
        HeadFailure::Empty
    }
}
