//! What an evaluation may look at, and the memory it may use.

use std::fmt::{self, Write};

use bumpalo::Bump;
use burdock_base::Instant;
use burdock_txn::Txn;

use crate::phase::Phase;

/// What expressions are evaluated on.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The request.
    pub txn: &'a Txn,
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

    /// As many zeros.
    pub fn zeros(&self, length: usize) -> &mut [u8] {
        self.bytes.alloc_slice_fill_copy(length, 0)
    }

    /// The text that `arguments` give.
    pub fn format(&self, arguments: fmt::Arguments<'_>) -> &[u8] {
        let mut text = bumpalo::collections::String::new_in(&self.bytes);
        // Writing to memory fails only where a `Display` does; what it wrote until then stays.
        let _ = text.write_fmt(arguments);
        text.into_bump_str().as_bytes()
    }
}
