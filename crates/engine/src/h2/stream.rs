//! One stream of an HTTP/2 connection as a transport: heads and trailers as such, a body as bytes.

use std::io::{self, IoSlice};
use std::task::{Context, Poll, ready};

use ::h2::server::SendResponse;
use ::h2::{Reason, RecvStream, SendStream};
use burdock_base::{Buffer, BufferPool};
use burdock_http::h1::{FramingHeader, HeadLimits};
use burdock_http::h2::{self, Malformed};
use burdock_http::{Headers, ResponseHead};
use bytes::{Buf, Bytes, BytesMut};
use http::HeaderMap;

use crate::socket::Then;

/// A stream that a client has opened.
#[derive(Debug)]
pub struct H2Stream {
    respond: SendResponse<Bytes>,
    /// Where the body goes, once the head has gone.
    outgoing: Option<SendStream<Bytes>>,
    incoming: RecvStream,
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
    /// We have ended ours.
    finished: bool,
}

impl H2Stream {
    /// A stream whose request head has come.
    pub fn accepted(respond: SendResponse<Bytes>, incoming: RecvStream) -> Self {
        let peer_finished = incoming.is_end_stream();
        Self {
            respond,
            outgoing: None,
            incoming,
            chunk: Bytes::new(),
            received_trailers: None,
            trailers: None,
            peer_finished,
            broken: false,
            finished: false,
        }
    }

    /// Sends an interim response.
    ///
    /// # Errors
    /// The stream is gone.
    pub fn send_interim(&mut self, head: &ResponseHead) -> io::Result<()> {
        let head = h2::response(head, FramingHeader::None).map_err(io::Error::other)?;
        self.respond.send_informational(head).map_err(|error| self.fail(error))
    }

    /// Sends the response's head; `ends`: nothing follows.
    ///
    /// # Errors
    /// The stream is gone.
    pub fn send_head(&mut self, head: &ResponseHead, framing: FramingHeader, ends: bool) -> io::Result<()> {
        let framing = if framing == FramingHeader::Chunked { FramingHeader::None } else { framing };
        let head = h2::response(head, framing).map_err(io::Error::other)?;
        let outgoing = self.respond.send_response(head, ends).map_err(|error| self.fail(error))?;
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
            if self.peer_finished {
                return Poll::Ready(Ok(0));
            }
            match ready!(self.incoming.poll_data(cx)) {
                Some(Ok(chunk)) => self.chunk = chunk,
                Some(Err(error)) => return Poll::Ready(Err(self.fail(error))),
                None => {
                    let trailers = ready!(self.incoming.poll_trailers(cx));
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
        self.incoming.flow_control().release_capacity(taken).map_err(|error| self.fail(error))?;
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

    /// Breaks the stream off.
    pub fn reset(&mut self, reason: Reason) {
        match &mut self.outgoing {
            Some(outgoing) => outgoing.send_reset(reason),
            None => self.respond.send_reset(reason),
        }
        self.finished = true;
    }

    /// See [`crate::transport::Transport::poll_peer_closed`]: ready once the peer has reset the stream.
    pub fn poll_peer_closed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.broken {
            let reset = match &mut self.outgoing {
                Some(outgoing) => outgoing.poll_reset(cx),
                None => self.respond.poll_reset(cx),
            };
            ready!(reset).ok();
            self.broken = true;
        }
        Poll::Ready(())
    }

    /// Whether all that we have to say was said.
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// Whether received bytes wait.
    pub fn has_unread(&self) -> bool {
        !self.chunk.is_empty()
    }

    /// Whether the peer is known to have broken the stream off.
    pub fn is_peer_closed(&self) -> bool {
        self.broken
    }

    fn fail(&mut self, error: ::h2::Error) -> io::Error {
        self.broken = true;
        if error.is_io() {
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
            self.reset(Reason::INTERNAL_ERROR);
        }
    }
}
