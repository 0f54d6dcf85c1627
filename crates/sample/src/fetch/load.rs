//! How busy the thread is that asks. Nothing is measured before the first question, and a little at each.

use std::cell::Cell;
use std::time::Duration;

use burdock_base::Instant;
use rustix::time::{ClockId, clock_gettime};

/// Questions that are closer together than this get the same answer.
const WINDOW_MS: u64 = 100;

#[derive(Clone, Copy)]
struct Look {
    at: Instant,
    spent: Duration,
    percent: i64,
}

thread_local! {
    static LAST: Cell<Option<Look>> = const { Cell::new(None) };
}

/// Per cent of the time since the look before this one that the calling thread has run.
pub(super) fn percent(now: Instant) -> i64 {
    LAST.with(|last| {
        let look = after(last.get(), now, spent());
        last.set(Some(look));
        look.percent
    })
}

fn after(last: Option<Look>, now: Instant, spent: Duration) -> Look {
    let Some(last) = last else { return Look { at: now, spent, percent: 0 } };
    let passed_ms = now.ms_since(last.at);
    if passed_ms < WINDOW_MS {
        return last;
    }
    let ran_ms = spent.saturating_sub(last.spent).as_millis() as u64;
    Look { at: now, spent, percent: (100 * ran_ms / passed_ms).min(100).cast_signed() }
}

fn spent() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_the_time_that_has_passed() {
        let at = |ms: u64| Instant::START.after_ms(ms);
        let mut look = None;
        for (now_ms, spent_ms, expected) in [(0, 40, 0), (50, 90, 0), (200, 140, 50), (250, 190, 50), (400, 640, 100)] {
            look = Some(after(look, at(now_ms), Duration::from_millis(spent_ms)));
            assert_eq!(look.map(|look| look.percent), Some(expected), "after {now_ms} ms");
        }
    }
}
