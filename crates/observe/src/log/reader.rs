//! A place in a ring, held by whoever takes its lines somewhere: what it misses counts as lost.

use std::future::poll_fn;
use std::sync::Arc;

use burdock_model::LogRing;
use burdock_state::CountedReader;
use tokio::sync::watch;

/// A ring, and how far it has been read.
#[derive(Debug)]
pub(super) struct RingReader {
    pub(super) ring: Arc<LogRing>,
    reader: CountedReader,
}

impl RingReader {
    /// Takes a place in the ring: from here on, lines that are missed are counted.
    pub(super) fn new(ring: &Arc<LogRing>) -> Self {
        Self { ring: Arc::clone(ring), reader: ring.live.add_reader() }
    }

    /// Waits for a line to take. False: none will come.
    pub(super) async fn wait_for_line(&self, finishing: &mut watch::Receiver<bool>) -> bool {
        let place = self.ring.live.place(self.reader);
        tokio::select! {
            biased;
            () = poll_fn(|cx| self.ring.live.poll_line(place, cx)) => true,
            _ = finishing.wait_for(|finishing| *finishing) => self.ring.live.end() > place,
        }
    }

    /// Gives lines to `take` until it wants no more or there is none. A line may be in two parts.
    pub(super) fn take_lines(&self, take: impl FnMut(&[u8], &[u8]) -> bool) {
        let place = self.ring.live.place(self.reader);
        let next = self.ring.live.read(place, take);
        self.ring.live.advance(self.reader, next);
    }
}
