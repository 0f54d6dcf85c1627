//! Requests that wait for a free slot of a server: one queue a server (requests bound to it) and one a backend.
//! Whoever frees a slot hands it to the first waiter, so that no slot is ever free while someone waits for it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use burdock_base::{Instant, Peak, ServerId};

/// A queue of requests, of bounded length: by priority, and among equals first come, first served.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: Mutex<VecDeque<Arc<Place>>>,
    length: AtomicU32,
    /// The longest the queue has been.
    pub peak: Peak,
}

/// Who is served first: the lower class, within a class the earlier due (configuration manual 4.4 `set-priority-class`,
/// `set-priority-offset`). Without a wish of rules that is the order of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Priority {
    class: i32,
    due_ms: i64,
}

impl Priority {
    /// Of a request that comes at `now` and is moved by `offset_ms` within its class.
    pub fn new(class: i32, offset_ms: i32, now: Instant) -> Self {
        Self { class, due_ms: now.as_ms().cast_signed().saturating_add(i64::from(offset_ms)) }
    }
}

/// The queue already holds as many requests as `maxqueue` allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueFull;

/// A slot was handed over: the server that it belongs to. The receiver owns the slot and must release it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Granted(pub ServerId);

/// A request's place in a queue. Dropping it leaves the queue; a slot granted but not taken is then lost to nobody:
/// [`Waiter::abandon`] says whether there was one, and must be called before dropping.
#[derive(Debug)]
pub struct Waiter {
    place: Arc<Place>,
    /// How many requests stood before this one when it arrived (the queue field of the log line).
    pub position: u32,
}

impl Queue {
    /// An empty queue.
    pub fn new() -> Self {
        Self::default()
    }

    /// Joins the queue, behind those who are served first, unless it holds `limit` requests already (zero: no limit).
    ///
    /// # Errors
    /// [`QueueFull`] at the limit.
    pub fn join(&self, limit: u32, priority: Priority) -> Result<Waiter, QueueFull> {
        let mut waiting = lock(&self.waiting);
        waiting.retain(|place| place.is_waiting());
        let length = waiting.len() as u32;
        if limit > 0 && length >= limit {
            return Err(QueueFull);
        }
        // Most come last.
        let before = waiting.iter().rev().take_while(|place| place.priority > priority).count();
        let position = waiting.len() - before;
        let place = Arc::new(Place { priority, state: Mutex::new(State::Waiting(None)) });
        waiting.insert(position, Arc::clone(&place));
        self.length.store(length + 1, Relaxed);
        self.peak.see(length + 1);
        Ok(Waiter { place, position: position as u32 })
    }

    /// The priority class of the first request that waits.
    pub fn first_class(&self) -> Option<i32> {
        if self.is_empty() {
            return None;
        }
        lock(&self.waiting).iter().find(|place| place.is_waiting()).map(|place| place.priority.class)
    }

    /// Hands a slot of `server` to the first request that still waits. Says whether there was one.
    pub fn grant(&self, server: ServerId) -> bool {
        if self.length.load(Relaxed) == 0 {
            return false;
        }
        let mut waiting = lock(&self.waiting);
        let mut granted = false;
        while let Some(place) = waiting.pop_front() {
            if place.grant(server) {
                granted = true;
                break;
            }
        }
        self.length.store(waiting.len() as u32, Relaxed);
        granted
    }

    /// Sends everybody away: each waiter is told to choose a server anew. Returns how many there were.
    pub fn dismiss_all(&self) -> u32 {
        let places: Vec<_> = lock(&self.waiting).drain(..).collect();
        self.length.store(0, Relaxed);
        places.iter().filter(|place| place.dismiss()).count() as u32
    }

    /// How many requests wait. Exact only at the moment it is read.
    pub fn len(&self) -> u32 {
        self.length.load(Relaxed)
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes those who gave up out of the count.
    pub fn forget_abandoned(&self) {
        let mut waiting = lock(&self.waiting);
        waiting.retain(|place| place.is_waiting());
        self.length.store(waiting.len() as u32, Relaxed);
    }
}

impl Waiter {
    /// Waits for a slot. `Ready(Some)` hands one over, `Ready(None)` asks to choose a server anew.
    pub fn poll_granted(&mut self, cx: &mut Context<'_>) -> Poll<Option<Granted>> {
        let mut state = lock(&self.place.state);
        match &mut *state {
            State::Granted(server) => {
                let granted = Granted(*server);
                *state = State::Ended;
                Poll::Ready(Some(granted))
            }
            State::Dismissed | State::Ended => Poll::Ready(None),
            State::Waiting(waker) => {
                match waker {
                    Some(known) if known.will_wake(cx.waker()) => {}
                    _ => *waker = Some(cx.waker().clone()),
                }
                Poll::Pending
            }
        }
    }

    /// Leaves the queue. Returns the slot that was handed over meanwhile, which the caller must release.
    pub fn abandon(&self) -> Option<Granted> {
        let mut state = lock(&self.place.state);
        match std::mem::replace(&mut *state, State::Ended) {
            State::Granted(server) => Some(Granted(server)),
            _ => None,
        }
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let mut state = lock(&self.place.state);
        if matches!(*state, State::Waiting(_)) {
            *state = State::Ended;
        }
    }
}

/// `Waiting → Granted → Ended`, or `Waiting → Dismissed`, or `Waiting → Ended` where the request gave up.
#[derive(Debug)]
enum State {
    Waiting(Option<Waker>),
    Granted(ServerId),
    Dismissed,
    Ended,
}

#[derive(Debug)]
struct Place {
    priority: Priority,
    state: Mutex<State>,
}

impl Place {
    fn is_waiting(&self) -> bool {
        matches!(*lock(&self.state), State::Waiting(_))
    }

    fn grant(&self, server: ServerId) -> bool {
        self.leave_waiting(State::Granted(server))
    }

    fn dismiss(&self) -> bool {
        self.leave_waiting(State::Dismissed)
    }

    fn leave_waiting(&self, next: State) -> bool {
        let mut state = lock(&self.state);
        let State::Waiting(waker) = &mut *state else { return false };
        let waker = waker.take();
        *state = next;
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }
}

/// A panic while the lock was held leaves nothing half-done in these types, so poisoning is no reason to stop.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NORMAL: Priority = Priority { class: 0, due_ms: 0 };

    fn poll(waiter: &mut Waiter) -> Poll<Option<Granted>> {
        waiter.poll_granted(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn first_come_first_served() {
        let queue = Queue::new();
        let mut first = queue.join(0, NORMAL).unwrap();
        let mut second = queue.join(0, NORMAL).unwrap();
        assert_eq!((first.position, second.position), (0, 1));
        assert!(poll(&mut first).is_pending());
        assert!(queue.grant(ServerId(3)));
        assert_eq!(poll(&mut first), Poll::Ready(Some(Granted(ServerId(3)))));
        assert!(poll(&mut second).is_pending());
        assert_eq!(queue.len(), 1);
    }

    #[test]
    fn full_queue_refuses_and_leavers_make_room() {
        let queue = Queue::new();
        let first = queue.join(1, NORMAL).unwrap();
        assert_eq!(queue.join(1, NORMAL).unwrap_err(), QueueFull);
        drop(first);
        assert!(queue.join(1, NORMAL).is_ok());
    }

    #[test]
    fn a_slot_granted_to_a_leaver_is_handed_back() {
        let queue = Queue::new();
        let waiter = queue.join(0, NORMAL).unwrap();
        assert!(queue.grant(ServerId(0)));
        assert_eq!(waiter.abandon(), Some(Granted(ServerId(0))));
        assert!(!queue.grant(ServerId(0)), "nobody is left");
    }

    #[test]
    fn dismissed_waiters_choose_anew() {
        let queue = Queue::new();
        let mut waiter = queue.join(0, NORMAL).unwrap();
        assert_eq!(queue.dismiss_all(), 1);
        assert_eq!(poll(&mut waiter), Poll::Ready(None));
    }

    #[test]
    fn priorities_order_by_class_and_then_by_time() {
        let at = |ms| Instant::START.after_ms(ms);
        // Class, offset and time of arrival, in the order of arrival; the place in which they are served.
        let requests = [
            (0, 0, 100, 3),
            (0, 50, 110, 5),
            (1, -500_000, 120, 6),
            (0, -40, 130, 2),
            (-5, 0, 140, 1),
            (0, 0, 150, 4),
            (-5, -200, 160, 0),
        ];
        let queue = Queue::new();
        let mut waiters: Vec<_> =
            requests.map(|(class, offset, ms, _)| queue.join(0, Priority::new(class, offset, at(ms))).unwrap()).into();
        for turn in 0..requests.len() {
            assert!(queue.grant(ServerId(0)));
            let granted = |waiter: &mut Waiter| matches!(poll(waiter), Poll::Ready(Some(_)));
            let served = waiters.iter_mut().position(granted).unwrap();
            assert_eq!(requests[served].3, turn, "{:?} was served as number {turn}", requests[served]);
        }
    }

    #[test]
    fn equals_are_served_in_the_order_of_arrival() {
        let queue = Queue::new();
        let mut waiters: Vec<_> = (0..3).map(|_| queue.join(0, NORMAL).unwrap()).collect();
        assert!(queue.grant(ServerId(0)));
        assert!(poll(&mut waiters[0]).is_ready() && poll(&mut waiters[1]).is_pending());
        assert_eq!(queue.first_class(), Some(NORMAL.class));
    }
}
