//! How often something happens per second. Derived from a total that is counted anyway, so that it costs requests nothing:
//! one thread reads the total once a second.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A rate per second and the largest value it has had. One thread samples; any thread may read.
#[derive(Debug, Default)]
pub struct Rate {
    sampled_total: AtomicU64,
    previous: AtomicU64,
    highest: AtomicU64,
}

impl Rate {
    /// Closes a period: the total is now `total`, and `elapsed_ms` have gone by since the last call.
    pub fn sample(&self, total: u64, elapsed_ms: u64) {
        let grown = total.saturating_sub(self.sampled_total.swap(total, Relaxed));
        // What a short first period has brought is no more than that.
        let rate = grown.saturating_mul(1000) / elapsed_ms.max(1000);
        self.previous.store(rate, Relaxed);
        self.highest.fetch_max(rate, Relaxed);
    }

    /// The rate over the last second, with the total at `total` and the last sampling `since_ms` ago: what the present period
    /// has brought, and the share of the period before that the second still covers.
    pub fn get(&self, total: u64, since_ms: u64) -> u64 {
        let grown = total.saturating_sub(self.sampled_total.load(Relaxed));
        match 1000_u64.checked_sub(since_ms) {
            // To the nearest, so that one event is seen for half a second, not for none.
            Some(remaining) => {
                grown + (self.previous.load(Relaxed).saturating_mul(remaining).saturating_add(500) / 1000)
            }
            None => grown.saturating_mul(1000) / since_ms,
        }
    }

    /// The largest rate so far, the present one included.
    pub fn highest(&self, total: u64, since_ms: u64) -> u64 {
        self.highest.load(Relaxed).max(self.get(total, since_ms))
    }

    /// Forgets the largest rate.
    pub fn reset_highest(&self) {
        self.highest.store(0, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slides_over_the_last_second() {
        let rate = Rate::default();
        assert_eq!(rate.get(7, 100), 7, "nothing came before");
        rate.sample(10, 1000);
        assert_eq!((rate.get(10, 0), rate.get(10, 500), rate.get(14, 500)), (10, 5, 9));
        let short = Rate::default();
        short.sample(1, 2);
        assert_eq!((short.get(1, 0), short.highest(1, 0)), (1, 1), "a short period is not made a second");
        assert_eq!((short.get(1, 500), short.get(1, 501)), (1, 0), "to the nearest");
        rate.sample(14, 2000);
        assert_eq!(rate.get(14, 0), 2, "an overlong period is averaged");
        assert_eq!(rate.get(34, 2000), 10, "so is a sampling that is overdue");
        assert_eq!(rate.highest(14, 0), 10);
        rate.reset_highest();
        assert_eq!(rate.highest(14, 0), 2);
    }
}
