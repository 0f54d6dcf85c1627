//! Under much load, a worker that has done the little there was waits a moment before it asks for more, as network cards do with their
//! interrupts: to be told of events one by one costs more than to handle some of them, and code and data that several requests need are then
//! still at hand. A worker that always has enough to do never waits, nor does one whose requests are few.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use burdock_base::{Clock, Instant};

/// How long it waits, to which the operating system adds some 50 µs: a fraction of what a request takes at least, where so many are under way.
const PAUSE: Duration = Duration::from_micros(80);
/// Turns of requests that are few for what came together.
const FEW_TURNS: u32 = 12;
/// Requests under way together that are many: where there are fewer, their clients wait for one another, and a moment is a loss to all. An open
/// tunnel is one of them, silent or not, so that beside many of these a few busy clients may wait as well.
const MANY_REQUESTS: u32 = 32;
/// Turns a millisecond that are much load: some come within a pause.
const BUSY_TURNS_A_MS: u64 = 30;
/// How long they are counted.
const WINDOW_MS: u64 = 4;

/// The load of one worker. It is written by its thread alone, but the runtime asks for what could be shared.
#[derive(Debug)]
pub struct Moderation {
    clock: Clock,
    /// Turns so far.
    turns: AtomicU32,
    /// Requests under way.
    requests: AtomicU32,
    /// Turns up to the last look.
    seen: AtomicU32,
    /// When the present window began, in milliseconds of the clock.
    window_begun: AtomicU64,
    /// Turns up to then.
    window_turns: AtomicU32,
    /// The most requests that were under way together since then.
    window_requests: AtomicU32,
    /// Whether the last window was one of much load.
    busy: AtomicBool,
}

/// A request under way.
#[derive(Debug)]
pub struct UnderWay<'m>(&'m Moderation);

impl Moderation {
    /// That of a worker without load.
    pub fn new(clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            clock,
            turns: AtomicU32::new(0),
            requests: AtomicU32::new(0),
            seen: AtomicU32::new(0),
            window_begun: AtomicU64::new(clock.now().as_ms()),
            window_turns: AtomicU32::new(0),
            window_requests: AtomicU32::new(0),
            busy: AtomicBool::new(false),
        })
    }

    /// Counts a request, as long as it is under way.
    pub fn enter(&self) -> UnderWay<'_> {
        let requests = self.requests.load(Relaxed).wrapping_add(1);
        self.requests.store(requests, Relaxed);
        if requests > self.window_requests.load(Relaxed) {
            self.window_requests.store(requests, Relaxed);
        }
        UnderWay(self)
    }

    /// Counts a turn of a request.
    pub fn note_turn(&self) {
        self.turns.store(self.turns.load(Relaxed).wrapping_add(1), Relaxed);
    }

    /// To be called when there is nothing more to do than to ask for events.
    pub fn before_events(&self) {
        if self.is_worth_a_pause(self.clock.now()) {
            std::thread::sleep(PAUSE);
        }
    }

    fn is_worth_a_pause(&self, now: Instant) -> bool {
        let turns = self.turns.load(Relaxed);
        let passed_ms = now.ms_since(Instant::from_ms(self.window_begun.load(Relaxed)));
        if passed_ms >= WINDOW_MS {
            let in_window = u64::from(turns.wrapping_sub(self.window_turns.load(Relaxed)));
            let many = self.window_requests.load(Relaxed) >= MANY_REQUESTS;
            self.busy.store(many && in_window >= passed_ms * BUSY_TURNS_A_MS, Relaxed);
            self.window_begun.store(now.as_ms(), Relaxed);
            self.window_turns.store(turns, Relaxed);
            self.window_requests.store(self.requests.load(Relaxed), Relaxed);
        }
        let last = turns.wrapping_sub(self.seen.load(Relaxed));
        self.seen.store(turns, Relaxed);
        last < FEW_TURNS && self.busy.load(Relaxed)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.requests.store(self.0.requests.load(Relaxed).wrapping_sub(1), Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether it pauses behind a window of so many turns, `last` of which came after the last look, with so many requests under way.
    fn pauses(turns: u32, last: u32, requests: u32) -> bool {
        let moderation = Moderation::new(Clock::new());
        let begun = Instant::from_ms(moderation.window_begun.load(Relaxed));
        let _under_way: Vec<_> = (0..requests).map(|_| moderation.enter()).collect();
        (last..turns).for_each(|_| moderation.note_turn());
        assert!(!moderation.is_worth_a_pause(begun.after_ms(WINDOW_MS - 1)), "nothing is known yet");
        (0..last).for_each(|_| moderation.note_turn());
        moderation.is_worth_a_pause(begun.after_ms(WINDOW_MS))
    }

    #[test]
    fn only_much_load_in_small_pieces_is_worth_a_pause() {
        let busy = (WINDOW_MS * BUSY_TURNS_A_MS) as u32;
        assert!(pauses(busy, 1, MANY_REQUESTS));
        assert!(!pauses(busy - 1, 1, MANY_REQUESTS), "not much load");
        assert!(!pauses(busy, FEW_TURNS, MANY_REQUESTS), "it has enough to do");
        assert!(!pauses(busy, 1, MANY_REQUESTS - 1), "few would wait for nobody");
    }

    #[test]
    fn load_that_is_over_is_forgotten() {
        let moderation = Moderation::new(Clock::new());
        let begun = Instant::from_ms(moderation.window_begun.load(Relaxed));
        let _under_way: Vec<_> = (0..MANY_REQUESTS).map(|_| moderation.enter()).collect();
        (0..WINDOW_MS * BUSY_TURNS_A_MS).for_each(|_| moderation.note_turn());
        assert!(!moderation.is_worth_a_pause(begun.after_ms(WINDOW_MS)), "all of it came at once");
        assert!(moderation.is_worth_a_pause(begun.after_ms(WINDOW_MS)));
        assert!(!moderation.is_worth_a_pause(begun.after_ms(2 * WINDOW_MS)));
    }
}
