//! What is on its way to a socket. Bytes are copied only where the socket did not take them at once, and no more is accepted until they
//! are gone: that is the whole of back-pressure.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use crate::socket::Then;
use crate::transport::Transport;

/// Parts up to this size together are copied behind the head and sent as one piece, which costs less than gathering them.
const GATHER_BELOW: usize = 4096;

/// Memory for what is on its way, of one worker. Most of it is needed for moments: what has just been sent by one connection is used by the
/// next, while the processor still has it at hand. Other than the buffers of a pool, a piece grows with what is put into it.
#[derive(Debug, Default)]
pub struct SpareBytes(RefCell<Vec<Vec<u8>>>);

/// Pieces that are kept, and how large.
const SPARE_PIECES: usize = 64;
const LARGEST_SPARE: usize = 64 * 1024;

impl SpareBytes {
    fn take(&self) -> Vec<u8> {
        self.0.borrow_mut().pop().unwrap_or_default()
    }

    fn give_back(&self, mut bytes: Vec<u8>) {
        let mut spare = self.0.borrow_mut();
        if (1..=LARGEST_SPARE).contains(&bytes.capacity()) && spare.len() < SPARE_PIECES {
            bytes.clear();
            spare.push(bytes);
        }
    }
}

/// Bytes that a socket has yet to take.
#[derive(Debug)]
pub struct Outbox {
    pending: Vec<u8>,
    sent: usize,
    blocked: bool,
    then: Then,
    spare: Rc<SpareBytes>,
}

impl Outbox {
    /// An empty one, which gets its memory there while it needs some.
    pub fn new(spare: &Rc<SpareBytes>) -> Self {
        Self { pending: Vec::new(), sent: 0, blocked: false, then: Then::More, spare: Rc::clone(spare) }
    }

    /// Whether everything has been taken.
    pub fn is_empty(&self) -> bool {
        self.sent == self.pending.len()
    }

    /// Whether the socket had no room for all of it: then nothing more may be added before a flush.
    pub fn is_blocked(&self) -> bool {
        self.blocked
    }

    /// Where to append; it goes out with the next send or flush.
    pub fn head_mut(&mut self) -> &mut Vec<u8> {
        if self.is_empty() {
            self.clear();
        }
        if self.pending.capacity() == 0 {
            self.pending = self.spare.take();
        }
        &mut self.pending
    }

    /// Drops what was not taken.
    pub fn clear(&mut self) {
        if self.pending.capacity() > 0 {
            self.spare.give_back(std::mem::take(&mut self.pending));
        }
        self.sent = 0;
        self.blocked = false;
    }

    /// Makes it ready for another connection.
    pub fn reset(&mut self) {
        self.clear();
        self.then = Then::More;
    }

    /// Says that the connection is closed as soon as everything is sent.
    pub fn end(&mut self) {
        self.then = Then::End;
    }

    /// Sends what is pending.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>, transport: &mut Transport) -> Poll<io::Result<()>> {
        while !self.is_empty() {
            self.blocked = true;
            let n = ready!(transport.poll_send(cx, &[IoSlice::new(&self.pending[self.sent..])], self.then))?;
            self.sent += n;
        }
        self.clear();
        Poll::Ready(Ok(()))
    }

    /// Sends what is pending and then the parts, in one call; what the socket does not take is kept. To be called with nothing pending
    /// but a head.
    pub fn send(&mut self, cx: &mut Context<'_>, transport: &mut Transport, parts: [&[u8]; 3]) -> io::Result<()> {
        if parts.iter().map(|part| part.len()).sum::<usize>() <= GATHER_BELOW {
            let pending = self.head_mut();
            parts.iter().for_each(|part| pending.extend_from_slice(part));
            return match self.poll_flush(cx, transport) {
                Poll::Ready(result) => result,
                Poll::Pending => Ok(()),
            };
        }
        let head = &self.pending[self.sent..];
        let slices = [IoSlice::new(head), IoSlice::new(parts[0]), IoSlice::new(parts[1]), IoSlice::new(parts[2])];
        let used = if parts[2].is_empty() { if parts[1].is_empty() { 2 } else { 3 } } else { 4 };
        let first = usize::from(head.is_empty());
        let mut taken = match transport.poll_send(cx, &slices[first..used], self.then) {
            Poll::Ready(n) => n?,
            Poll::Pending => 0,
        };
        let from_head = taken.min(head.len());
        self.sent += from_head;
        taken -= from_head;
        if self.is_empty() {
            self.clear();
        }
        for part in parts {
            let skipped = taken.min(part.len());
            taken -= skipped;
            if skipped < part.len() {
                self.head_mut().extend_from_slice(&part[skipped..]);
            }
        }
        self.blocked = !self.is_empty();
        Ok(())
    }
}
