//! Time limits of connections: plain numbers in a table, swept by one timer a worker. Setting one costs a store; nothing is allocated and
//! no timer is registered per read or write.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use burdock_base::{Clock, Instant};
use slab::Slab;

/// Sweeps of a large table are at least this far apart, milliseconds.
const SWEEP_GAP_MS: u64 = 10;
/// Tables up to this size are swept to the millisecond.
const SMALL_TABLE: usize = 1000;

/// The deadlines of one worker.
#[derive(Debug)]
pub struct Deadlines {
    slots: RefCell<Slab<Slot>>,
    /// No slot is due before this.
    earliest: Cell<Instant>,
    sweeper: RefCell<Option<Waker>>,
}

#[derive(Debug)]
struct Slot {
    at: Instant,
    fired: bool,
    idle: bool,
    waker: Option<Waker>,
}

/// One task's deadline. Dropping it frees its slot.
#[derive(Debug)]
pub struct Deadline {
    table: Rc<Deadlines>,
    key: usize,
}

impl Deadlines {
    /// An empty table.
    pub fn new() -> Rc<Self> {
        Rc::new(Self {
            slots: RefCell::new(Slab::new()),
            earliest: Cell::new(Instant::NEVER),
            sweeper: RefCell::new(None),
        })
    }

    /// A slot for the task that calls; the task is the one woken when the deadline is reached.
    pub async fn claim(self: &Rc<Self>) -> Deadline {
        let waker = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;
        let slot = Slot { at: Instant::NEVER, fired: false, idle: false, waker: Some(waker) };
        let key = self.slots.borrow_mut().insert(slot);
        Deadline { table: Rc::clone(self), key }
    }

    /// Wakes tasks whose deadline has come, for as long as the worker lives.
    pub async fn sweep_forever(self: Rc<Self>, clock: Clock) {
        let timer = tokio::time::sleep_until(tokio::time::Instant::now());
        tokio::pin!(timer);
        let mut armed = Instant::START;
        loop {
            poll_fn(|cx| {
                *self.sweeper.borrow_mut() = Some(cx.waker().clone());
                if self.earliest.get() != armed {
                    armed = self.earliest.get();
                    if armed != Instant::NEVER {
                        timer.as_mut().reset(clock.monotonic(armed).into());
                    }
                }
                if armed == Instant::NEVER { Poll::Pending } else { timer.as_mut().poll(cx) }
            })
            .await;
            let now = clock.now();
            self.earliest.set(self.sweep(now));
            armed = Instant::START;
        }
    }

    /// Fires what is due and returns when to look again.
    fn sweep(&self, now: Instant) -> Instant {
        let mut slots = self.slots.borrow_mut();
        let mut earliest = Instant::NEVER;
        for (_, slot) in slots.iter_mut() {
            if slot.at <= now {
                slot.fire();
            } else {
                earliest = earliest.min(slot.at);
            }
        }
        let soonest = now.after_ms(if slots.len() > SMALL_TABLE { SWEEP_GAP_MS } else { 1 });
        earliest.max(soonest)
    }

    /// Wakes all tasks, so that they look around; nothing fires.
    pub fn wake_all(&self) {
        self.slots.borrow().iter().filter_map(|(_, slot)| slot.waker.as_ref()).for_each(Waker::wake_by_ref);
    }

    /// Has the sweeper look at `at` rather than when it meant to.
    #[cold]
    fn look_earlier(&self, at: Instant) {
        self.earliest.set(at);
        if let Some(sweeper) = self.sweeper.borrow().as_ref() {
            sweeper.wake_by_ref();
        }
    }

    /// Fires the deadlines of all tasks that wait idly, so that they see that the process is stopping.
    pub fn fire_idle(&self) {
        for (_, slot) in self.slots.borrow_mut().iter_mut() {
            if slot.idle {
                slot.fire();
            }
        }
    }
}

impl Slot {
    fn fire(&mut self) {
        self.at = Instant::NEVER;
        self.fired = true;
        if let Some(waker) = &self.waker {
            waker.wake_by_ref();
        }
    }
}

impl Deadline {
    /// Sets the deadline. It replaces the one before.
    pub fn set(&self, at: Instant) {
        self.arm(at, false);
    }

    /// The same for a wait that a soft stop may cut short.
    pub fn set_idle(&self, at: Instant) {
        self.arm(at, true);
    }

    fn arm(&self, at: Instant, idle: bool) {
        if let Some(slot) = self.table.slots.borrow_mut().get_mut(self.key) {
            slot.at = at;
            slot.fired = false;
            slot.idle = idle;
        }
        if at < self.table.earliest.get() {
            self.table.look_earlier(at);
        }
    }

    /// Whether the deadline was reached since it was set.
    pub fn fired(&self) -> bool {
        self.table.slots.borrow().get(self.key).is_some_and(|slot| slot.fired)
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        self.table.slots.borrow_mut().try_remove(self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        tokio::task::LocalSet::new().block_on(&runtime, future)
    }

    #[test]
    fn fires_the_due_and_keeps_the_rest() {
        block_on(async {
            let table = Deadlines::new();
            let (soon, late) = (table.claim().await, table.claim().await);
            soon.set(Instant::START.after_ms(5));
            late.set(Instant::START.after_ms(50));
            let next = table.sweep(Instant::START.after_ms(5));
            assert!(soon.fired() && !late.fired());
            assert_eq!(next, Instant::START.after_ms(50));
            soon.set(Instant::START.after_ms(90));
            assert!(!soon.fired(), "setting it anew forgets that it fired");
        });
    }

    #[test]
    fn the_sweeper_sees_an_earlier_deadline_set_later() {
        block_on(async {
            let table = Deadlines::new();
            let clock = Clock::new();
            tokio::task::spawn_local(Rc::clone(&table).sweep_forever(clock));
            let late = table.claim().await;
            late.set(clock.now().after_ms(3_600_000));
            tokio::task::yield_now().await;
            let soon = table.claim().await;
            soon.set(clock.now().after_ms(5));
            poll_fn(|_| if soon.fired() { Poll::Ready(()) } else { Poll::Pending }).await;
            assert!(!late.fired());
        });
    }

    #[test]
    fn a_stop_fires_idle_waits_only() {
        block_on(async {
            let table = Deadlines::new();
            let (idle, busy) = (table.claim().await, table.claim().await);
            idle.set_idle(Instant::NEVER);
            busy.set(Instant::NEVER);
            table.fire_idle();
            assert!(idle.fired() && !busy.fired());
        });
    }
}
