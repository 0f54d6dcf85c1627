//! A transport as the `h2` crate wants it: polled reads and writes of bytes. What the framing writes in one turn leaves together: a record
//! and a system call a turn, not a frame.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use burdock_base::Buffer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::h2::frames::{FrameWatch, PREFACE_LEN};
use crate::h2::traffic::{Ending, Traffic};
use crate::socket::Then;
use crate::transport::Transport;
use crate::worker::Worker;

/// A write of so many bytes is worth a system call of its own, and not worth a copy.
const DIRECT_BYTES: usize = 8192;

/// What the owner of a connection keeps of its bytes. [`Pipe::poll_flush`] has to be called at the end of each turn of the framing.
#[derive(Debug)]
pub struct Pipe(Rc<RefCell<Link>>);

/// The end of it that the framing has.
#[derive(Debug)]
pub struct PipeEnd(Rc<RefCell<Link>>);

/// Bytes of one connection in both directions.
#[derive(Debug)]
struct Link {
    transport: Transport,
    inbox: Option<Buffer>,
    /// Written by the framing in this turn, or left over where the transport has no room.
    outgoing: Option<Buffer>,
    worker: Rc<Worker>,
    heard: bool,
    watch: Watch,
}

/// What reads the frames of a connection along.
#[derive(Debug)]
struct Watch {
    traffic: Rc<Traffic>,
    received: FrameWatch,
    sent: FrameWatch,
}

impl Pipe {
    /// A client's connection, and what has been received of it; its frames are watched from the preface on.
    pub fn of_client(transport: Transport, inbox: Option<Buffer>, worker: Rc<Worker>, traffic: Rc<Traffic>) -> Self {
        let watch = Watch { traffic, received: FrameWatch::new(PREFACE_LEN), sent: FrameWatch::new(0) };
        Self::new(transport, inbox, worker, watch)
    }

    /// The same to a server, where the preface is ours.
    pub fn to_server(transport: Transport, inbox: Option<Buffer>, worker: Rc<Worker>, traffic: Rc<Traffic>) -> Self {
        let watch = Watch { traffic, received: FrameWatch::new(0), sent: FrameWatch::new(PREFACE_LEN) };
        Self::new(transport, inbox, worker, watch)
    }

    fn new(transport: Transport, inbox: Option<Buffer>, worker: Rc<Worker>, watch: Watch) -> Self {
        watch.traffic.streams.set_socket(transport.descriptor());
        Self(Rc::new(RefCell::new(Link { transport, inbox, outgoing: None, worker, heard: false, watch })))
    }

    /// The end for the framing.
    pub fn end(&self) -> PipeEnd {
        PipeEnd(Rc::clone(&self.0))
    }

    /// Whether the peer has begun to speak.
    pub fn has_heard(&self) -> bool {
        self.0.borrow().heard
    }

    /// Says a whole frame beside the framing, behind what that has written; unless it is in the middle of one, or there is no room.
    pub fn say(&self, frame: &[u8]) {
        let link = &mut *self.0.borrow_mut();
        if !link.watch.sent.is_between_frames() {
            return;
        }
        let buffer = link.outgoing.get_or_insert_with(|| link.worker.stream_buffers.take());
        if buffer.free_mut().len() >= frame.len() {
            buffer.extend(frame);
        }
    }

    /// Sends what the framing has written. Ready once all of it is on its way; a failure shows itself to the framing too.
    ///
    /// # Errors
    /// The connection is gone.
    pub fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.borrow_mut().poll_flush(cx)
    }
}

impl Link {
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(buffer) = &mut self.outgoing {
            match ready!(self.transport.poll_send(cx, &[IoSlice::new(buffer.filled())], Then::More)) {
                Ok(sent) => buffer.consume(sent),
                Err(error) => {
                    // Nobody is there to take the rest.
                    buffer.clear();
                    self.release_outgoing();
                    return Poll::Ready(Err(error));
                }
            }
            if buffer.is_empty() {
                self.release_outgoing();
            }
        }
        Poll::Ready(Ok(()))
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, parts: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let len: usize = parts.iter().map(|part| part.len()).sum();
        let room = self.outgoing.as_ref().map_or(usize::MAX, |buffer| buffer.capacity() - buffer.len());
        if len >= DIRECT_BYTES || room < len {
            ready!(self.poll_flush(cx))?;
        }
        if len >= DIRECT_BYTES {
            return self.transport.poll_send(cx, parts, Then::More);
        }
        let buffer = self.outgoing.get_or_insert_with(|| self.worker.stream_buffers.take());
        if buffer.free_mut().len() < len {
            buffer.compact();
        }
        Poll::Ready(Ok(parts.iter().map(|part| buffer.extend(part)).sum()))
    }

    /// How a rule has ended the connection.
    fn ending(&self) -> Option<Ending> {
        self.watch.traffic.ending()
    }

    fn release_inbox(&mut self) {
        if let Some(buffer) = self.inbox.take() {
            self.worker.give_back_buffer(buffer);
        }
    }

    fn release_outgoing(&mut self) {
        if let Some(buffer) = self.outgoing.take() {
            self.worker.stream_buffers.give_back(buffer);
        }
    }
}

impl Watch {
    fn note_sent(&mut self, parts: &[IoSlice<'_>], mut len: usize) {
        for part in parts {
            let sent = &part[..part.len().min(len)];
            self.sent.feed(sent, |frame| self.traffic.note_sent(frame));
            len -= sent.len();
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.watch.traffic.streams.set_socket(None);
        match self.ending() {
            Some(Ending::Vanish(reset_ttl)) => self.transport.vanish(reset_ttl),
            _ => self.transport.say_goodbye(),
        }
        self.release_inbox();
        self.release_outgoing();
    }
}

impl AsyncRead for PipeEnd {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let link = &mut *self.0.borrow_mut();
        if link.watch.traffic.is_turn_over() {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if link.inbox.as_ref().is_none_or(Buffer::is_empty) {
            let worker = Rc::clone(&link.worker);
            if ready!(link.transport.poll_fill(cx, &mut link.inbox, &worker.stream_buffers))? == 0 {
                return Poll::Ready(Ok(()));
            }
        }
        link.heard = true;
        if let Some(buffer) = &mut link.inbox {
            let n = buffer.len().min(into.remaining());
            let Watch { traffic, received, .. } = &mut link.watch;
            traffic.note_read();
            received.feed(&buffer.filled()[..n], |frame| traffic.note_received(frame));
            into.put_slice(&buffer.filled()[..n]);
            buffer.consume(n);
            if buffer.is_empty() {
                link.release_inbox();
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for PipeEnd {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let link = &mut *self.0.borrow_mut();
        let sent = ready!(link.poll_write(cx, parts))?;
        link.watch.note_sent(parts, sent);
        Poll::Ready(Ok(sent))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// The framing asks for it behind every frame of some size; the owner of the connection does it once a turn.
    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let link = &mut *self.0.borrow_mut();
        ready!(link.poll_flush(cx))?;
        link.transport.shutdown_write();
        Poll::Ready(Ok(()))
    }
}
