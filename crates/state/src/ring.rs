//! A ring of lines in memory (configuration manual 12.5): whoever writes never waits, and where there is no room the oldest lines give way.
//! Readers keep their own place and are woken when there is more; what a counted reader missed is counted as lost.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use crate::process::WakeList;

/// A bounded buffer of lines, shared by every thread. The lock is held for the copy of a line or of one batch of them.
#[derive(Debug)]
pub struct Ring {
    capacity: usize,
    content: Mutex<Content>,
    dropped: AtomicU64,
    waiting: WakeList,
}

#[derive(Debug, Default)]
struct Content {
    bytes: VecDeque<u8>,
    lines: VecDeque<Entry>,
    /// Number of the oldest line kept; lines count from zero.
    first: u64,
    /// What `start` of the oldest line is.
    first_start: u64,
    /// The next line of each counted reader.
    counted: Vec<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// Bytes written to the ring before this line.
    start: u64,
    length: usize,
}

/// A reader whose missed lines count as lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountedReader(usize);

/// What an entry takes beside its bytes.
const ENTRY_BYTES: usize = size_of::<Entry>();

impl Ring {
    /// An empty ring that keeps at most `capacity` bytes, what it notes of each line included.
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            content: Mutex::new(Content::default()),
            dropped: AtomicU64::new(0),
            waiting: WakeList::default(),
        }
    }

    /// Adds a line. Says how many lines, this one included, are lost to some counted reader by that.
    pub fn push(&self, line: &[u8]) -> u64 {
        let lost = self.content().push(line, self.capacity);
        if lost > 0 {
            self.dropped.fetch_add(lost, Relaxed);
        }
        self.waiting.wake_all();
        lost
    }

    /// Lines that a counted reader missed.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Relaxed)
    }

    /// Bytes that it keeps at most, what it notes of each line included.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The longest line that fits.
    pub fn longest_line(&self) -> usize {
        self.capacity.saturating_sub(ENTRY_BYTES)
    }

    /// The number of the oldest line kept.
    pub fn oldest(&self) -> u64 {
        self.content().first
    }

    /// The number that the next line will have.
    pub fn end(&self) -> u64 {
        self.content().end()
    }

    /// Adds a reader that is to see every line from the oldest on.
    pub fn add_reader(&self) -> CountedReader {
        let mut content = self.content();
        let first = content.first;
        content.counted.push(first);
        CountedReader(content.counted.len() - 1)
    }

    /// Where a reader stands.
    pub fn place(&self, reader: CountedReader) -> u64 {
        let content = self.content();
        content.counted.get(reader.0).copied().unwrap_or(content.first).max(content.first)
    }

    /// A reader has dealt with all lines before `place`.
    pub fn advance(&self, reader: CountedReader, place: u64) {
        if let Some(known) = self.content().counted.get_mut(reader.0) {
            *known = place.max(*known);
        }
    }

    /// Gives the lines from number `place` on, or from the oldest where that is gone, to `take`, until `take` wants no more or there is none.
    /// Says the number of the first line not taken. A line may be in two parts.
    pub fn read(&self, place: u64, mut take: impl FnMut(&[u8], &[u8]) -> bool) -> u64 {
        let content = self.content();
        let mut place = place.max(content.first);
        while let Some((head, tail)) = content.line(place) {
            place += 1;
            if !take(head, tail) {
                break;
            }
        }
        place
    }

    /// Waits until there is a line of number `place`.
    pub fn poll_line(&self, place: u64, cx: &mut Context<'_>) -> Poll<()> {
        if self.end() > place {
            return Poll::Ready(());
        }
        self.waiting.add(cx.waker());
        // One that came in between has woken nobody.
        if self.end() > place { Poll::Ready(()) } else { Poll::Pending }
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    fn push(&mut self, line: &[u8], capacity: usize) -> u64 {
        let needed = line.len() + ENTRY_BYTES;
        let mut lost = 0;
        while !self.lines.is_empty() && self.size() + needed > capacity {
            lost += self.drop_oldest();
        }
        if needed > capacity {
            return lost + u64::from(!self.counted.is_empty());
        }
        let start = self.first_start + self.bytes.len() as u64;
        self.bytes.extend(line);
        self.lines.push_back(Entry { start, length: line.len() });
        lost
    }

    fn size(&self) -> usize {
        self.bytes.len() + self.lines.len() * ENTRY_BYTES
    }

    /// One, where a counted reader had not dealt with it.
    fn drop_oldest(&mut self) -> u64 {
        let Some(oldest) = self.lines.pop_front() else { return 0 };
        self.bytes.drain(..oldest.length.min(self.bytes.len()));
        self.first_start += oldest.length as u64;
        let missed = self.counted.iter().any(|&place| place <= self.first);
        self.first += 1;
        for place in &mut self.counted {
            *place = (*place).max(self.first);
        }
        u64::from(missed)
    }

    fn end(&self) -> u64 {
        self.first + self.lines.len() as u64
    }

    fn line(&self, place: u64) -> Option<(&[u8], &[u8])> {
        let entry = self.lines.get(usize::try_from(place.checked_sub(self.first)?).ok()?)?;
        let start = usize::try_from(entry.start.checked_sub(self.first_start)?).ok()?;
        let end = start + entry.length;
        let (head, tail) = self.bytes.as_slices();
        let split = head.len();
        Some((
            head.get(start.min(split)..end.min(split))?,
            tail.get(start.saturating_sub(split)..end.saturating_sub(split))?,
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;
    use std::task::{Wake, Waker};

    use super::*;

    fn lines(ring: &Ring, place: u64) -> (Vec<String>, u64) {
        let mut lines = Vec::new();
        let next = ring.read(place, |head, tail| {
            lines.push(String::from_utf8([head, tail].concat()).unwrap());
            true
        });
        (lines, next)
    }

    #[test]
    fn the_oldest_lines_give_way() {
        let ring = Ring::new(3 * (ENTRY_BYTES + 4));
        for n in 0..1000 {
            assert_eq!(ring.push(format!("{n:04}").as_bytes()), 0, "nobody misses it");
        }
        assert_eq!(lines(&ring, 0), (vec!["0997".into(), "0998".into(), "0999".into()], 1000));
        assert_eq!(lines(&ring, 999), (vec!["0999".into()], 1000));
        assert_eq!(lines(&ring, 5000), (vec![], 5000));
        ring.push(b"12345");
        assert_eq!(lines(&ring, 0).0, ["0999", "12345"]);
        assert_eq!((ring.oldest(), ring.end(), ring.dropped()), (999, 1001, 0));
    }

    #[test]
    fn what_a_counted_reader_misses_is_counted_once() {
        let ring = Ring::new(2 * (ENTRY_BYTES + 1));
        let (one, two) = (ring.add_reader(), ring.add_reader());
        assert_eq!(ring.push(b"a") + ring.push(b"b"), 0);
        ring.advance(one, 2);
        assert_eq!(ring.push(b"c"), 1, "the second reader had not read it");
        ring.advance(two, 3);
        ring.advance(one, 3);
        assert_eq!(ring.push(b"d"), 0);
        assert_eq!((ring.place(one), ring.place(two), ring.dropped()), (3, 3, 1));
        assert_eq!(ring.push(&[b'x'; 500]), 2, "the one kept and the one that never fits");
        assert_eq!(lines(&ring, 0).0, [""; 0]);
    }

    #[test]
    fn a_batch_ends_where_the_reader_says() {
        let ring = Ring::new(1000);
        for line in ["one", "two", "three"] {
            ring.push(line.as_bytes());
        }
        let mut seen = 0;
        let next = ring.read(0, |_, _| {
            seen += 1;
            seen < 2
        });
        assert_eq!((seen, next), (2, 2));
    }

    #[test]
    fn a_new_line_wakes() {
        struct Flag(AtomicBool);
        impl Wake for Flag {
            fn wake(self: Arc<Self>) {
                self.0.store(true, Relaxed);
            }
        }
        let flag = Arc::new(Flag(AtomicBool::new(false)));
        let waker = Waker::from(Arc::clone(&flag));
        let mut cx = Context::from_waker(&waker);
        let ring = Ring::new(1000);
        assert!(ring.poll_line(0, &mut cx).is_pending());
        ring.push(b"line");
        assert!(flag.0.load(Relaxed) && ring.poll_line(0, &mut cx).is_ready());
        assert!(ring.poll_line(1, &mut cx).is_pending());
    }
}
