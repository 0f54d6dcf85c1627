//! What a request costs its worker (configuration manual 7.3.2 `cpu_ns_tot`, `lat_ns_tot` and kin): how often its task is called, how long it
//! runs, and how long it waits to run once it was woken. Kept only where a configuration asks for it.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// The effort of one request so far. Its task writes, and whatever wakes the task says so.
#[derive(Debug)]
pub struct Effort {
    epoch: Instant,
    calls: AtomicU64,
    spent_ns: AtomicU64,
    waited_ns: AtomicU64,
    /// When the present call began, in ns of the epoch; zero: there is none.
    call_begun: AtomicU64,
    /// When it was woken, and has not run since; zero: it was not.
    woken: AtomicU64,
}

/// What there is of it at some moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// How often the task was called.
    pub calls: u64,
    /// Nanoseconds that it has run, up to that moment.
    pub cpu_ns: u64,
    /// Nanoseconds that it has waited to run.
    pub latency_ns: u64,
}

impl Effort {
    /// Nothing was done yet.
    #[expect(clippy::new_without_default, reason = "an effort begins at some time")]
    pub fn new() -> Self {
        Self {
            epoch: Instant::now(),
            calls: AtomicU64::new(0),
            spent_ns: AtomicU64::new(0),
            waited_ns: AtomicU64::new(0),
            call_begun: AtomicU64::new(0),
            woken: AtomicU64::new(0),
        }
    }

    /// Forgets what came before, for the next request.
    pub fn begin(&self) {
        for number in [&self.calls, &self.spent_ns, &self.waited_ns, &self.call_begun, &self.woken] {
            number.store(0, Relaxed);
        }
    }

    /// The task was woken; of several times before it runs, the first counts.
    pub fn wake(&self) {
        // Whoever comes second changes nothing.
        let _ = self.woken.compare_exchange(0, self.now(), Relaxed, Relaxed);
    }

    /// The task runs.
    pub fn begin_call(&self) {
        let now = self.now();
        self.calls.store(self.calls.load(Relaxed) + 1, Relaxed);
        let woken = self.woken.swap(0, Relaxed);
        if woken > 0 {
            self.waited_ns.store(self.waited_ns.load(Relaxed) + now.saturating_sub(woken), Relaxed);
        }
        self.call_begun.store(now, Relaxed);
    }

    /// The task has run.
    pub fn end_call(&self) {
        let ran = self.now().saturating_sub(self.call_begun.swap(0, Relaxed));
        self.spent_ns.store(self.spent_ns.load(Relaxed) + ran, Relaxed);
    }

    /// What there is so far, the present call included.
    pub fn spent(&self) -> Spent {
        let running = match self.call_begun.load(Relaxed) {
            0 => 0,
            begun => self.now().saturating_sub(begun),
        };
        Spent {
            calls: self.calls.load(Relaxed),
            cpu_ns: self.spent_ns.load(Relaxed) + running,
            latency_ns: self.waited_ns.load(Relaxed),
        }
    }

    /// Nanoseconds of the epoch; never zero.
    fn now(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_nanos()).unwrap_or(u64::MAX).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lets at least a nanosecond pass.
    fn pass() {
        let begun = Instant::now();
        while begun.elapsed().as_nanos() == 0 {}
    }

    #[test]
    fn calls_are_counted_and_timed() {
        let effort = Effort::new();
        assert_eq!(effort.spent(), Spent::default());
        effort.begin_call();
        pass();
        let within = effort.spent();
        assert_eq!((within.calls, within.latency_ns), (1, 0));
        effort.end_call();
        let first = effort.spent();
        assert!(first.cpu_ns >= within.cpu_ns && first.cpu_ns > 0);
        pass();
        assert_eq!(effort.spent(), first, "nothing runs");
        effort.wake();
        pass();
        effort.wake();
        effort.begin_call();
        effort.end_call();
        let second = effort.spent();
        assert!(second.calls == 2 && second.latency_ns > 0 && second.cpu_ns > first.cpu_ns, "{second:?}");
        effort.begin();
        assert_eq!(effort.spent(), Spent::default());
    }
}
