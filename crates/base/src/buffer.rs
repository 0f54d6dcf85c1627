//! Byte buffers and the pool each worker takes them from. A connection holds one only while bytes are pending.

use std::cell::RefCell;
use std::hint::cold_path;

use crate::limit::POOLED_BUFFERS;

/// Bytes waiting between a producer and a consumer: filled at the end, consumed from the front, of a fixed capacity.
#[derive(Debug, Default)]
pub struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Buffer {
    /// A buffer of that capacity in bytes, all of it initialised.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { bytes: vec![0; capacity], start: 0, end: 0 }
    }

    /// Bytes that wait to be consumed.
    pub fn filled(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// The same, writable: for decoding in place.
    pub fn filled_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..self.end]
    }

    /// Room behind the pending bytes.
    pub fn free_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.end..]
    }

    /// Counts `n` bytes of [`Buffer::free_mut`] as filled.
    pub fn advance_filled(&mut self, n: usize) {
        self.end = (self.end + n).min(self.bytes.len());
    }

    /// Drops `n` bytes from the front.
    pub fn consume(&mut self, n: usize) {
        self.start = (self.start + n).min(self.end);
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        }
    }

    /// Number of pending bytes.
    pub const fn len(&self) -> usize {
        self.end - self.start
    }

    /// Whether nothing is pending.
    pub const fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Whether no byte more can be taken, even after [`Buffer::compact`].
    pub fn is_full(&self) -> bool {
        self.len() == self.bytes.len()
    }

    /// Capacity in bytes.
    pub fn capacity(&self) -> usize {
        self.bytes.len()
    }

    /// Moves the pending bytes to the front, so that all free room lies behind them.
    pub fn compact(&mut self) {
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
    }

    /// Appends as much of `source` as fits and returns how much that was.
    pub fn extend(&mut self, source: &[u8]) -> usize {
        if self.bytes.len() - self.end < source.len() {
            self.compact();
        }
        let n = source.len().min(self.bytes.len() - self.end);
        self.bytes[self.end..self.end + n].copy_from_slice(&source[..n]);
        self.end += n;
        n
    }

    /// Forgets everything pending.
    pub fn clear(&mut self) {
        self.start = 0;
        self.end = 0;
    }
}

/// A worker's store of empty buffers of one size. Not shared between threads.
#[derive(Debug)]
pub struct BufferPool {
    capacity: usize,
    free: RefCell<Vec<Buffer>>,
}

impl BufferPool {
    /// A pool that hands out buffers of `capacity` bytes.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, free: RefCell::new(Vec::new()) }
    }

    /// An empty buffer.
    pub fn take(&self) -> Buffer {
        self.free.borrow_mut().pop().unwrap_or_else(|| {
            cold_path();
            Buffer::with_capacity(self.capacity)
        })
    }

    /// Takes a buffer back; its content is forgotten.
    pub fn give_back(&self, mut buffer: Buffer) {
        let mut free = self.free.borrow_mut();
        if buffer.capacity() == self.capacity && free.len() < POOLED_BUFFERS {
            buffer.clear();
            free.push(buffer);
        }
    }

    /// Capacity of the buffers it hands out.
    pub const fn buffer_capacity(&self) -> usize {
        self.capacity
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consumes_from_the_front_and_compacts() {
        let mut buffer = Buffer::with_capacity(4);
        assert_eq!(buffer.extend(b"abcdef"), 4);
        assert!(buffer.is_full());
        buffer.consume(3);
        assert_eq!(buffer.extend(b"xy"), 2);
        assert_eq!(buffer.filled(), b"dxy");
        buffer.consume(9);
        assert!(buffer.is_empty());
    }

    #[test]
    fn pool_reuses_buffers_of_its_size_only() {
        let pool = BufferPool::new(8);
        let mut buffer = pool.take();
        buffer.extend(b"left");
        pool.give_back(buffer);
        pool.give_back(Buffer::with_capacity(3));
        assert!(pool.take().is_empty());
        assert_eq!(pool.take().capacity(), 8);
    }
}
