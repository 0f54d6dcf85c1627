//! When servers are tried: the first checks spread over time, the later ones at their interval, varied where `spread-checks` asks for it.

/// Intervals shorter than this do not shorten the time that the first checks of others are spread over.
const SHORTEST_SPREAD_MS: u64 = 1000;

/// When each check begins, counted from the start, so that servers on one machine are not tried all at once. Every check is spread over
/// its own interval, or over the shortest interval of a second or more where that is longer; over `max_spread_ms` at most (configuration
/// manual 3.2 `max-spread-checks`).
pub(crate) fn first_delays_ms(intervals_ms: &[u64], max_spread_ms: Option<u64>) -> Vec<u64> {
    let count = intervals_ms.len().max(1) as u64;
    let long = intervals_ms.iter().copied().filter(|&interval| interval >= SHORTEST_SPREAD_MS);
    let shared_spread_ms = long.min().unwrap_or(0);
    let delay = |(position, &interval): (u64, &u64)| {
        let spread = interval.max(shared_spread_ms).min(max_spread_ms.unwrap_or(u64::MAX));
        spread.saturating_mul(position) / count
    };
    (0..).zip(intervals_ms).map(delay).collect()
}

/// A source of variation, one a server. Nothing depends on its being unpredictable.
#[derive(Clone, Debug)]
pub(crate) struct Jitter {
    percent: u64,
    state: u64,
}

impl Jitter {
    /// Varies intervals by up to `percent` either way.
    pub(crate) const fn new(percent: u32, seed: u64) -> Self {
        Self { percent: percent as u64, state: seed }
    }

    /// The interval, varied.
    pub(crate) fn vary(&mut self, interval_ms: u64) -> u64 {
        let reach = interval_ms / 100 * self.percent + interval_ms % 100 * self.percent / 100;
        if reach == 0 {
            return interval_ms;
        }
        interval_ms - reach.min(interval_ms) + self.next() % (2 * reach + 1)
    }

    /// The generator SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Delays measured on HAProxy 3.5.
    #[test]
    fn first_checks_are_spread_as_by_haproxy() {
        fn check(intervals: &[u64], max_spread: Option<u64>, expected: &[u64]) {
            assert_eq!(first_delays_ms(intervals, max_spread), expected, "{intervals:?}");
        }
        check(&[1000; 4], None, &[0, 250, 500, 750]);
        check(&[2000, 400, 800, 2000], None, &[0, 500, 1000, 1500]);
        check(&[5000, 2000, 400, 1500], None, &[0, 500, 750, 1125]);
        check(&[900, 300, 600], None, &[0, 100, 400]);
        check(&[3000, 1000, 1000], None, &[0, 333, 666]);
        check(&[2000; 4], Some(200), &[0, 50, 100, 150]);
        check(&[3000, 1001, 1000], Some(300), &[0, 100, 200]);
        check(&[], None, &[]);
    }

    #[test]
    fn intervals_vary_within_their_percentage() {
        let mut jitter = Jitter::new(50, 7);
        let varied: Vec<_> = (0..1000).map(|_| jitter.vary(300)).collect();
        assert!(varied.iter().all(|interval| (150..=450).contains(interval)));
        assert!(varied.iter().any(|&interval| interval < 200) && varied.iter().any(|&interval| interval > 400));
        assert_eq!(Jitter::new(0, 7).vary(300), 300);
        assert_eq!(Jitter::new(10, 7).vary(1), 1);
    }
}
