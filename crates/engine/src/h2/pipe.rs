//! A transport as the `h2` crate wants it: polled reads and writes of bytes.

use std::cell::Cell;
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

/// Bytes of one connection in both directions.
#[derive(Debug)]
pub struct Pipe {
    transport: Transport,
    inbox: Option<Buffer>,
    worker: Rc<Worker>,
    heard: Rc<Cell<bool>>,
    watch: Option<Watch>,
}

/// What reads the frames of a client's connection along.
#[derive(Debug)]
struct Watch {
    traffic: Rc<Traffic>,
    received: FrameWatch,
    sent: FrameWatch,
}

impl Pipe {
    /// A connection, and what has been received of it.
    pub fn new(transport: Transport, inbox: Option<Buffer>, worker: Rc<Worker>) -> Self {
        Self { transport, inbox, worker, heard: Rc::default(), watch: None }
    }

    /// The same of a client, whose frames are watched from the preface on.
    pub fn watched(transport: Transport, inbox: Option<Buffer>, worker: Rc<Worker>, traffic: Rc<Traffic>) -> Self {
        let watch = Watch { traffic, received: FrameWatch::new(PREFACE_LEN), sent: FrameWatch::new(0) };
        let mut pipe = Self::new(transport, inbox, worker);
        pipe.watch = Some(watch);
        pipe
    }

    /// Says, from the first bytes read on, that the peer has begun to speak.
    pub fn heard(&self) -> Rc<Cell<bool>> {
        Rc::clone(&self.heard)
    }

    /// How a rule has ended the connection.
    fn ending(&self) -> Option<Ending> {
        self.watch.as_ref().and_then(|watch| watch.traffic.ending())
    }

    fn release_inbox(&mut self) {
        if let Some(buffer) = self.inbox.take() {
            self.worker.give_back_buffer(buffer);
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

impl Drop for Pipe {
    fn drop(&mut self) {
        match self.ending() {
            Some(Ending::Vanish(reset_ttl)) => self.transport.vanish(reset_ttl),
            _ => self.transport.say_goodbye(),
        }
        self.release_inbox();
    }
}

impl AsyncRead for Pipe {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let pipe = self.get_mut();
        if let Some(watch) = &pipe.watch
            && watch.traffic.is_turn_over()
        {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if pipe.inbox.as_ref().is_none_or(Buffer::is_empty) {
            let worker = Rc::clone(&pipe.worker);
            if ready!(pipe.transport.poll_fill(cx, &mut pipe.inbox, &worker.stream_buffers))? == 0 {
                return Poll::Ready(Ok(()));
            }
        }
        pipe.heard.set(true);
        if let Some(buffer) = &mut pipe.inbox {
            let n = buffer.len().min(into.remaining());
            if let Some(Watch { traffic, received, .. }) = &mut pipe.watch {
                traffic.note_read();
                received.feed(&buffer.filled()[..n], |frame| traffic.note_received(frame));
            }
            into.put_slice(&buffer.filled()[..n]);
            buffer.consume(n);
            if buffer.is_empty() {
                pipe.release_inbox();
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let pipe = self.get_mut();
        let sent = ready!(pipe.transport.poll_send(cx, parts, Then::More))?;
        if let Some(watch) = &mut pipe.watch {
            watch.note_sent(parts, sent);
        }
        Poll::Ready(Ok(sent))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().transport.shutdown_write();
        Poll::Ready(Ok(()))
    }
}
