//! A transport as the `h2` crate wants it: polled reads and writes of bytes.

use std::cell::Cell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use burdock_base::Buffer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

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
}

impl Pipe {
    /// A connection, and what has been received of it.
    pub fn new(transport: Transport, inbox: Option<Buffer>, worker: Rc<Worker>) -> Self {
        Self { transport, inbox, worker, heard: Rc::default() }
    }

    /// Says, from the first bytes read on, that the peer has begun to speak.
    pub fn heard(&self) -> Rc<Cell<bool>> {
        Rc::clone(&self.heard)
    }

    fn release_inbox(&mut self) {
        if let Some(buffer) = self.inbox.take() {
            self.worker.give_back_buffer(buffer);
        }
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        self.transport.say_goodbye();
        self.release_inbox();
    }
}

impl AsyncRead for Pipe {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let pipe = self.get_mut();
        if pipe.inbox.as_ref().is_none_or(Buffer::is_empty) {
            let worker = Rc::clone(&pipe.worker);
            if ready!(pipe.transport.poll_fill(cx, &mut pipe.inbox, &worker.stream_buffers))? == 0 {
                return Poll::Ready(Ok(()));
            }
        }
        pipe.heard.set(true);
        if let Some(buffer) = &mut pipe.inbox {
            let n = buffer.len().min(into.remaining());
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
        self.get_mut().transport.poll_send(cx, parts, Then::More)
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
