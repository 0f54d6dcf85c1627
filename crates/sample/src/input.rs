//! What an evaluation may look at, and the memory it may use.

use std::borrow::Cow;
use std::fmt::{self, Write};

use bumpalo::Bump;
use bumpalo::collections::Vec as BumpVec;
use burdock_base::Instant;
use burdock_state::Directory;
use burdock_txn::Txn;

use crate::phase::Phase;

/// The most bytes that a converter makes: HAProxy bounds them by the size of a buffer (`tune.bufsize`), of which this is the default.
pub const MAX_MADE_BYTES: usize = 16_384;

/// What expressions are evaluated on.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The request.
    pub txn: &'a Txn,
    /// The proxies and servers there are.
    pub world: &'a Directory,
    /// The present instant.
    pub now: Instant,
    /// How far the request has come: a fetch has no value outside the phases for which it is declared.
    pub phase: Phase,
    /// Memory for what converters make.
    pub scratch: &'a Scratch,
}

/// Memory for values that are made while an expression is evaluated. They live as long as the borrow of it; [`Scratch::clear`] ends them
/// all at once and keeps the memory. A new one costs nothing until a converter asks for bytes.
#[derive(Debug, Default)]
pub struct Scratch {
    bytes: Bump,
}

impl Scratch {
    /// Empty, without memory of its own.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives all bytes back for reuse.
    pub fn clear(&mut self) {
        self.bytes.reset();
    }

    /// A copy of `bytes` that may be changed.
    pub fn copy(&self, bytes: &[u8]) -> &mut [u8] {
        self.bytes.alloc_slice_copy(bytes)
    }

    /// The bytes, kept here where nobody else keeps them.
    pub fn keep<'a>(&'a self, bytes: Cow<'a, [u8]>) -> &'a [u8] {
        match bytes {
            Cow::Borrowed(bytes) => bytes,
            Cow::Owned(bytes) => self.copy(&bytes),
        }
    }

    /// As many zeros.
    pub fn zeros(&self, length: usize) -> &mut [u8] {
        self.bytes.alloc_slice_fill_copy(length, 0)
    }

    /// Room for a value that is made piece by piece.
    pub fn buffer(&self) -> Buffer<'_> {
        Buffer { bytes: BumpVec::new_in(&self.bytes) }
    }

    /// The text that `arguments` give.
    pub fn format(&self, arguments: fmt::Arguments<'_>) -> &[u8] {
        let mut text = bumpalo::collections::String::new_in(&self.bytes);
        // Writing to memory fails only where a `Display` does; what it wrote until then stays.
        let _ = text.write_fmt(arguments);
        text.into_bump_str().as_bytes()
    }
}

/// A value of up to [`MAX_MADE_BYTES`] in the making.
#[derive(Debug)]
pub struct Buffer<'a> {
    bytes: BumpVec<'a, u8>,
}

impl<'a> Buffer<'a> {
    /// Appends all of `bytes`, or none of them where they do not fit.
    pub fn push(&mut self, bytes: &[u8]) -> Option<()> {
        if bytes.len() > MAX_MADE_BYTES - self.bytes.len() {
            return None;
        }
        self.bytes.extend_from_slice_copy(bytes);
        Some(())
    }

    /// Appends as much of `bytes` as fits.
    pub fn push_some(&mut self, bytes: &[u8]) {
        let room = MAX_MADE_BYTES - self.bytes.len();
        self.bytes.extend_from_slice_copy(&bytes[..bytes.len().min(room)]);
    }

    /// Appends what `arguments` give, or nothing of it where it does not fit.
    pub fn format(&mut self, arguments: fmt::Arguments<'_>) -> Option<()> {
        let before = self.bytes.len();
        let done = Bounded(self).write_fmt(arguments).ok();
        if done.is_none() {
            self.bytes.truncate(before);
        }
        done
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Takes back all but the first `length` bytes.
    pub fn truncate(&mut self, length: usize) {
        self.bytes.truncate(length);
    }

    /// The value.
    pub fn finish(self) -> &'a [u8] {
        self.bytes.into_bump_slice()
    }
}

/// Fails as soon as a piece does not fit.
struct Bounded<'b, 'a>(&'b mut Buffer<'a>);

impl Write for Bounded<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.push(text.as_bytes()).ok_or(fmt::Error)
    }
}
