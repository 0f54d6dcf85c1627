//! How busy the processor that carries a connection is: below `tune.glitches.kill.cpu-usage`, glitches are borne.

use std::cell::Cell;
use std::time::Duration;

use burdock_base::Instant;
use rustix::time::{ClockId, clock_gettime};

/// Looks that are closer together than this tell nothing.
const WINDOW_MS: u64 = 100;

/// The use of the worker's thread since the look before the last.
#[derive(Debug)]
pub struct Load {
    since: Cell<Instant>,
    spent: Cell<Duration>,
    percent: Cell<u64>,
}

impl Load {
    /// Begins to look.
    pub fn new(now: Instant) -> Self {
        Self { since: Cell::new(now), spent: Cell::new(spent()), percent: Cell::new(0) }
    }

    /// Per cent of the time that the thread has run.
    pub fn percent(&self, now: Instant) -> u64 {
        let passed_ms = now.ms_since(self.since.get());
        if passed_ms >= WINDOW_MS {
            let spent = spent();
            let ran_ms = spent.saturating_sub(self.spent.get()).as_millis() as u64;
            self.since.set(now);
            self.spent.set(spent);
            self.percent.set(100 * ran_ms / passed_ms);
        }
        self.percent.get()
    }
}

fn spent() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}
