//! The pace of a transfer that rules have limited (configuration manual 9.7): how much may move now, and a wait until more may. A transfer
//! without limits has none of this.

use std::hint::cold_path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use burdock_base::Instant;
use burdock_txn::bandwidth::{BandwidthLimit, Direction};
use tokio::time::Sleep;

use crate::stream::Stream;

/// What may move within this time is let go together: a wait that is over after every byte would cost more than it paces.
const TURN_MS: u64 = 50;
/// A turn is no larger a part of the period: a window counts what has moved in it as if it had done so evenly.
const TURNS_A_PERIOD: u64 = 20;

/// The limits of one direction of a stream, all of which hold.
#[derive(Debug)]
pub struct Throttle {
    windows: Vec<Window>,
    timer: Option<Pin<Box<Sleep>>>,
}

/// A limit and what has moved under it: a window as long as its period, which slides with time. As measured in HAProxy, the bytes of the
/// first period may all move at once, and from then on they do as they leave the window.
#[derive(Clone, Copy, Debug)]
struct Window {
    limit: BandwidthLimit,
    begun: Instant,
    /// Bytes since the window began.
    bytes: u64,
    /// Bytes of the window before; they count as far as it reaches into the last period.
    before: u64,
}

impl Throttle {
    /// Limits for a transfer, `sent` bytes of which have been moved already. Those that `earlier` knows go on where they stand.
    pub fn new<'l>(
        limits: impl Iterator<Item = &'l BandwidthLimit>,
        earlier: Option<&Self>,
        sent: u64,
        now: Instant,
    ) -> Self {
        let window = |limit: &BandwidthLimit| {
            let known = earlier.and_then(|earlier| earlier.windows.iter().find(|known| known.limit == *limit));
            known.copied().unwrap_or(Window { limit: *limit, begun: now, bytes: sent, before: 0 })
        };
        Self { windows: limits.map(window).collect(), timer: None }
    }

    /// Whether nothing is limited.
    pub fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    /// How many of so many bytes may move now. Where it is none, [`Throttle::poll_wait`] waits for more.
    pub fn allow(&mut self, bytes: usize, now: Instant) -> usize {
        let (mut allowed, mut wait_ms) = (bytes, 1);
        for window in &mut self.windows {
            window.slide(now);
            allowed = allowed.min(window.allow(bytes, now));
            wait_ms = wait_ms.max(window.wait_ms(bytes, now));
        }
        if allowed == 0 && bytes > 0 && self.timer.is_none() {
            self.timer = Some(Box::pin(tokio::time::sleep(Duration::from_millis(wait_ms))));
        }
        allowed
    }

    /// Takes down what has moved.
    pub fn note(&mut self, bytes: usize) {
        self.windows.iter_mut().for_each(|window| window.bytes += bytes as u64);
    }

    /// Whether it waits.
    pub fn is_waiting(&self) -> bool {
        self.timer.is_some()
    }

    /// Ready where nothing is waited for, or no longer.
    pub fn poll_wait(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(timer) = &mut self.timer {
            ready!(timer.as_mut().poll(cx));
            self.timer = None;
        }
        Poll::Ready(())
    }
}

impl Window {
    /// Begins the next window where this one is over. What had to move though it was too much counts against that one.
    fn slide(&mut self, now: Instant) {
        let (period_ms, limit) = (u64::from(self.limit.period_ms), u64::from(self.limit.bytes));
        while self.bytes > 0 && now.ms_since(self.begun) >= period_ms {
            self.before = self.bytes.min(limit);
            self.bytes -= self.before;
            self.begun = self.begun.after_ms(period_ms);
        }
        if now.ms_since(self.begun) >= period_ms {
            // Nothing has moved in it, nor in those up to now.
            (self.before, self.begun) = (0, now);
        }
    }

    /// Bytes that may move now.
    fn room(&self, now: Instant) -> u64 {
        let period_ms = u64::from(self.limit.period_ms);
        let left_ms = period_ms.saturating_sub(now.ms_since(self.begun));
        let counted = self.bytes + (self.before * left_ms).div_ceil(period_ms);
        u64::from(self.limit.bytes).saturating_sub(counted)
    }

    /// The fewest of so many bytes that are worth a move.
    fn least(&self, bytes: usize) -> u64 {
        let (limit, period_ms) = (u64::from(self.limit.bytes), u64::from(self.limit.period_ms));
        let in_a_turn = (limit * TURN_MS / period_ms).min(limit / TURNS_A_PERIOD);
        let least = u64::from(self.limit.at_least).max(in_a_turn).clamp(1, limit);
        least.min(bytes as u64)
    }

    fn allow(&self, bytes: usize, now: Instant) -> usize {
        let room = self.room(now);
        if room < self.least(bytes) { 0 } else { bytes.min(usize::try_from(room).unwrap_or(usize::MAX)) }
    }

    /// Milliseconds until so many bytes, or the fewest that are worth it, may move. Where that is far off, it is the end of the window, from
    /// which on more is known.
    fn wait_ms(&self, bytes: usize, now: Instant) -> u64 {
        let (limit, period_ms) = (u64::from(self.limit.bytes), u64::from(self.limit.period_ms));
        let past_ms = now.ms_since(self.begun);
        let Some(may_count) = limit.checked_sub(self.bytes + self.least(bytes)) else {
            return period_ms.saturating_sub(past_ms);
        };
        // Of the window before, so much may still count.
        let left_ms = (may_count * period_ms).checked_div(self.before).map_or(period_ms, |ms| ms.min(period_ms));
        (period_ms - left_ms).saturating_sub(past_ms)
    }
}

impl Stream<'_> {
    /// Has both bodies move as fast as rules have let them by now.
    pub fn set_pace(&mut self) {
        let Some(limits) = &self.space.txn.bandwidth else { return };
        cold_path();
        let now = self.worker.clock.now();
        // What was received ahead goes to the server behind this, and to the client before it.
        self.upload.set_pace(limits, Direction::Upload, 0, now);
        self.download.set_pace(limits, Direction::Download, self.download.payload, now);
    }

    /// Whether a body is held back: then nobody is to blame for silence.
    pub fn is_held_back(&self) -> bool {
        self.upload.is_held_back() || self.download.is_held_back()
    }
}

#[cfg(test)]
mod tests {
    use burdock_base::ProxyId;

    use super::*;

    fn limit(bytes: u32, period_ms: u32, at_least: u32) -> BandwidthLimit {
        BandwidthLimit { proxy: ProxyId(0), filter: 0, direction: Direction::Download, bytes, period_ms, at_least }
    }

    /// Moves as much as it can at these instants, and says how much each time.
    fn moved(limits: &[BandwidthLimit], sent: u64, at_ms: &[u64]) -> Vec<usize> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let _entered = runtime.enter();
        let mut throttle = Throttle::new(limits.iter(), None, sent, Instant::START);
        let step = |ms: &u64| {
            let bytes = throttle.allow(1 << 20, Instant::START.after_ms(*ms));
            throttle.note(bytes);
            bytes
        };
        at_ms.iter().map(step).collect()
    }

    #[test]
    fn a_period_has_its_bytes_and_no_more() {
        for (limits, sent, at_ms, expected) in [
            // The whole period at once, then at the pace of the limit.
            (vec![limit(1000, 1000, 0)], 0, vec![0, 0, 999, 1000, 1050, 1060, 2000], vec![1000, 0, 0, 0, 50, 0, 950]),
            // What was not used is not saved up.
            (vec![limit(1000, 1000, 0)], 0, vec![0, 9000, 9010, 10_000], vec![1000, 1000, 0, 0]),
            // What was moved before counts, and too much of it counts further.
            (vec![limit(1000, 1000, 0)], 1500, vec![0, 1000, 1500, 1550], vec![0, 0, 0, 50]),
            // Fewer than that are not worth a move.
            (vec![limit(1000, 1000, 300)], 1000, vec![0, 1299, 1300], vec![0, 0, 300]),
            // Of several limits the strictest holds.
            (vec![limit(1000, 1000, 0), limit(100, 1000, 0)], 0, vec![0, 500, 1500], vec![100, 0, 50]),
            // So slow that bytes come one by one.
            (vec![limit(2, 1000, 0)], 2, vec![1000, 1499, 1500], vec![0, 0, 1]),
        ] {
            assert_eq!(moved(&limits, sent, &at_ms), expected, "{limits:?}");
        }
    }

    #[test]
    fn a_wait_is_as_long_as_it_takes() {
        for (sent, before, at_ms, bytes, expected) in [
            (1000, 0, 0, 1 << 20, 1000),
            (1000, 0, 600, 1 << 20, 400),
            (0, 1000, 0, 1 << 20, 50),
            (100, 1000, 100, 1 << 20, 50),
            // The last bytes need not wait for more.
            (100, 1000, 100, 5, 5),
            (0, 0, 0, 1 << 20, 0),
        ] {
            let begun = Instant::START;
            let window = Window { limit: limit(1000, 1000, 0), begun, bytes: sent, before };
            assert_eq!(window.wait_ms(bytes, begun.after_ms(at_ms)), expected, "{sent} {before} {at_ms} {bytes}");
        }
    }

    #[test]
    fn limits_go_on_where_they_stand() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let _entered = runtime.enter();
        let (first, second) = (limit(1000, 1000, 0), BandwidthLimit { filter: 1, ..limit(500, 1000, 0) });
        let mut earlier = Throttle::new([first].iter(), None, 0, Instant::START);
        earlier.note(900);
        let mut later = Throttle::new([first, second].iter(), Some(&earlier), 0, Instant::START);
        assert_eq!(later.allow(1 << 20, Instant::START), 100);
        let mut changed = Throttle::new([limit(2000, 1000, 0)].iter(), Some(&earlier), 0, Instant::START);
        assert_eq!(changed.allow(1 << 20, Instant::START), 2000, "another limit begins anew");
    }
}
