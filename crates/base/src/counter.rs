//! Numbers that workers write and others read. A set of counters is split into one cell a worker, on cache lines of its own and
//! written by that worker only, so counting is a plain load and store; reading sums the cells.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use crate::limit::MAX_WORKERS;

/// The index of a worker thread, below [`MAX_WORKERS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WorkerId(u8);

impl WorkerId {
    /// The worker of that index.
    pub const fn new(index: usize) -> Self {
        Self((index % MAX_WORKERS) as u8)
    }

    /// The index as `usize`.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The names of the counters of one [`CounterSet`]: a field-less enum whose discriminants count from zero.
pub trait CounterName: Copy {
    /// How many there are.
    const COUNT: usize;
    /// The position of this one, below [`CounterName::COUNT`].
    fn index(self) -> usize;
}

/// Numbers that only grow (requests, bytes, errors), one for each name of `N`.
#[derive(Debug)]
pub struct CounterSet<N> {
    /// A row of [`CounterSet::STRIDE`] numbers a worker.
    rows: Box<[AtomicU64]>,
    /// The row of threads that are no workers.
    shared: Box<[AtomicU64]>,
    names: std::marker::PhantomData<fn() -> N>,
}

impl<N: CounterName> CounterSet<N> {
    /// The numbers in a row: whole cache lines.
    const STRIDE: usize = {
        const NUMBERS_A_CACHE_LINE: usize = 8;
        N::COUNT.next_multiple_of(NUMBERS_A_CACHE_LINE)
    };

    /// Counters at zero, for that many workers.
    pub fn new(workers: usize) -> Self {
        let zeros = |rows: usize| (0..Self::STRIDE * rows).map(|_| AtomicU64::new(0)).collect();
        Self { rows: zeros(workers.clamp(1, MAX_WORKERS)), shared: zeros(1), names: std::marker::PhantomData }
    }

    /// Adds on behalf of a worker, who is the only writer of its cell.
    #[inline]
    pub fn add(&self, worker: WorkerId, name: N, n: u64) {
        match self.rows.get(worker.index() * Self::STRIDE + name.index()) {
            Some(cell) => cell.store(cell.load(Relaxed).wrapping_add(n), Relaxed),
            None => self.add_shared(name, n),
        }
    }

    /// Adds from a thread that is no worker (health checks, the runtime API).
    #[cold]
    pub fn add_shared(&self, name: N, n: u64) {
        self.shared[name.index()].fetch_add(n, Relaxed);
    }

    /// The sum over all workers.
    pub fn get(&self, name: N) -> u64 {
        let of_workers = self.rows.iter().skip(name.index()).step_by(Self::STRIDE);
        let cells = of_workers.chain([&self.shared[name.index()]]);
        cells.fold(0, |sum, cell| sum.wrapping_add(cell.load(Relaxed)))
    }

    /// Everything back to zero.
    pub fn reset(&self) {
        for cell in self.rows.iter().chain(&self.shared) {
            cell.store(0, Relaxed);
        }
    }
}

/// A number that rises and falls and whose exact value decides something (connections against `maxconn`): one shared atomic.
#[derive(Debug, Default)]
pub struct Gauge(AtomicU32);

impl Gauge {
    /// Adds one and returns the new value.
    pub fn up(&self) -> u32 {
        self.0.fetch_add(1, Relaxed).wrapping_add(1)
    }

    /// Takes one and returns the new value; stays at zero.
    pub fn down(&self) -> u32 {
        let before = self.0.fetch_update(Relaxed, Relaxed, |n| n.checked_sub(1));
        before.unwrap_or(0).saturating_sub(1)
    }

    /// Adds one unless the value has reached `limit` (zero: no limit). Says whether it did.
    pub fn up_below(&self, limit: u32) -> bool {
        if limit == 0 {
            self.up();
            return true;
        }
        self.0.fetch_update(Relaxed, Relaxed, |n| (n < limit).then_some(n + 1)).is_ok()
    }

    /// The present value.
    pub fn get(&self) -> u32 {
        self.0.load(Relaxed)
    }
}

/// The largest value seen.
#[derive(Debug, Default)]
pub struct Peak(AtomicU32);

impl Peak {
    /// Takes note of a value.
    pub fn see(&self, value: u32) {
        if value > self.0.load(Relaxed) {
            self.0.fetch_max(value, Relaxed);
        }
    }

    /// The largest value seen so far.
    pub fn get(&self) -> u32 {
        self.0.load(Relaxed)
    }

    /// Forgets what was seen.
    pub fn reset(&self) {
        self.0.store(0, Relaxed);
    }
}

/// Defines the enum of a [`CounterSet`]'s names, each with the documentation it is given.
#[macro_export]
macro_rules! counter_names {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $item:ident),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$doc])* $item),+ }

        impl $crate::counter::CounterName for $name {
            const COUNT: usize = [$($name::$item),+].len();
            fn index(self) -> usize {
                self as usize
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    counter_names! {
        /// Two names.
        Fruit { /// One.
            Apple, /// Other.
            Pear }
    }

    #[test]
    fn sums_workers_and_strangers() {
        let set = CounterSet::new(2);
        set.add(WorkerId::new(0), Fruit::Pear, 3);
        set.add(WorkerId::new(1), Fruit::Pear, 4);
        set.add(WorkerId::new(5), Fruit::Pear, 1);
        set.add_shared(Fruit::Apple, 7);
        assert_eq!((set.get(Fruit::Pear), set.get(Fruit::Apple)), (8, 7));
        set.reset();
        assert_eq!(set.get(Fruit::Pear), 0);
    }

    #[test]
    fn gauge_respects_limit_and_zero() {
        let gauge = Gauge::default();
        assert!(gauge.up_below(1));
        assert!(!gauge.up_below(1));
        assert_eq!(gauge.down(), 0);
        assert_eq!(gauge.down(), 0);
        assert!(gauge.up_below(0));
        assert_eq!(gauge.get(), 1);
    }
}
