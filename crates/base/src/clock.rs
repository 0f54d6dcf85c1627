//! Time as the request path sees it: milliseconds since the process started, read once per event and passed along.

use std::cell::Cell;
use std::time::{Duration, SystemTime};

use rustix::time::{ClockId, clock_gettime};

/// A point in time: milliseconds since the [`Clock`] was made. Never zero, so that zero can mean "not yet".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// Later than any deadline that will ever be reached.
    pub const NEVER: Self = Self(u64::MAX);
    /// The first instant of every clock.
    pub const START: Self = Self(1);

    /// This instant moved `ms` milliseconds into the future; [`Instant::NEVER`] stays what it is.
    #[must_use]
    pub const fn after_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// This instant moved by an optional delay: `None` is a time-out that is not set, so never.
    #[must_use]
    pub const fn after_optional_ms(self, ms: Option<u64>) -> Self {
        match ms {
            Some(ms) => self.after_ms(ms),
            None => Self::NEVER,
        }
    }

    /// Milliseconds from `earlier` to this instant; zero where `earlier` is later.
    pub const fn ms_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Milliseconds since the clock's start, as a plain number for atomics.
    pub const fn as_ms(self) -> u64 {
        self.0
    }

    /// The reverse of [`Instant::as_ms`].
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms)
    }
}

/// The process's clock: monotonic, with the wall-clock time at which it started for log lines and cookies.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: std::time::Instant,
    /// The same on the scale of [`monotonic_ms`].
    started_ms: u64,
    started_wall: SystemTime,
    /// The same in milliseconds since 1970.
    started_wall_ms: u64,
}

/// The monotonic clock in milliseconds since some moment. Every request asks for it, and most of them several times: the detour by
/// [`std::time::Instant`] costs several times as much as the clock itself.
fn monotonic_ms() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    time.tv_sec as u64 * 1000 + time.tv_nsec as u64 / 1_000_000
}

impl Clock {
    /// A clock that starts now.
    #[expect(clippy::new_without_default, reason = "starting a clock is an act, not a default value")]
    pub fn new() -> Self {
        let started_wall = SystemTime::now();
        let since_1970 = started_wall.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self {
            started: std::time::Instant::now(),
            started_ms: monotonic_ms(),
            started_wall,
            started_wall_ms: since_1970.as_millis() as u64,
        }
    }

    /// The present instant.
    pub fn now(&self) -> Instant {
        Instant(monotonic_ms().saturating_sub(self.started_ms) + 1)
    }

    /// The wall-clock time of an instant, as far as no administrator has moved the clock since the start.
    pub fn wall(&self, instant: Instant) -> SystemTime {
        self.started_wall + Duration::from_millis(instant.0.saturating_sub(1))
    }

    /// The same in whole seconds since 1970.
    pub fn wall_seconds(&self, instant: Instant) -> u64 {
        (self.started_wall_ms + instant.0.saturating_sub(1)) / 1000
    }

    /// The monotonic time of the operating system at an instant, for timers.
    pub fn monotonic(&self, instant: Instant) -> std::time::Instant {
        self.started + Duration::from_millis(instant.0.saturating_sub(1))
    }
}

/// A [`Clock`] that is read at most once in a turn of a task. A turn never waits, so the instant stays right to its end; reading the
/// operating system's clock at every step of a request would cost more than many of the steps. Outside of turns it is a plain clock.
#[derive(Debug)]
pub struct TurnClock {
    clock: Clock,
    turn: Cell<Turn>,
}

#[derive(Clone, Copy, Debug)]
enum Turn {
    None,
    NotRead,
    At(Instant),
}

impl TurnClock {
    /// A clock outside of any turn.
    pub const fn new(clock: Clock) -> Self {
        Self { clock, turn: Cell::new(Turn::None) }
    }

    /// Does what must not wait, as one turn.
    pub fn turn<T>(&self, act: impl FnOnce() -> T) -> T {
        self.turn.set(Turn::NotRead);
        let outcome = act();
        self.turn.set(Turn::None);
        outcome
    }

    /// The present instant.
    #[inline]
    pub fn now(&self) -> Instant {
        match self.turn.get() {
            Turn::At(instant) => instant,
            Turn::NotRead | Turn::None => self.read(),
        }
    }

    /// Not a part of everybody who asks, as only the first who asks in a turn needs it.
    #[inline(never)]
    fn read(&self) -> Instant {
        let instant = self.clock.now();
        if let Turn::NotRead = self.turn.get() {
            self.turn.set(Turn::At(instant));
        }
        instant
    }

    /// The clock behind it, which is read anew each time.
    pub const fn clock(&self) -> Clock {
        self.clock
    }

    /// As [`Clock::wall_seconds`].
    pub fn wall_seconds(&self, instant: Instant) -> u64 {
        self.clock.wall_seconds(instant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_has_one_instant_and_the_next_another() {
        let clock = TurnClock::new(Clock::new());
        let pass = |from: Instant| while clock.clock().now() == from {};
        let first = clock.turn(|| {
            let first = clock.now();
            pass(first);
            assert_eq!(clock.now(), first);
            first
        });
        assert!(clock.turn(|| clock.now()) > first);
        let outside = clock.now();
        pass(outside);
        assert!(clock.now() > outside, "outside of turns time goes on");
    }

    #[test]
    fn never_stays_never() {
        assert_eq!(Instant::NEVER.after_ms(5), Instant::NEVER);
        assert_eq!(Instant::START.after_optional_ms(None), Instant::NEVER);
        assert_eq!(Instant::START.after_ms(5).ms_since(Instant::START), 5);
        assert_eq!(Instant::START.ms_since(Instant::START.after_ms(5)), 0);
    }
}
