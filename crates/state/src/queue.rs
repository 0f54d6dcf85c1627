//! Requests that wait for a free slot of a server: one queue a server (requests bound to it) and one a backend.
//! Whoever frees a slot hands it to the first waiter, so that no slot is ever free while someone waits for it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use burdock_base::{Peak, ServerId};

/// A first-in first-out queue of requests, of bounded length.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: Mutex<VecDeque<Arc<Place>>>,
    length: AtomicU32,
    /// The longest the queue has been.
    pub peak: Peak,
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

    /// Joins the end of the queue unless it holds `limit` requests already (zero: no limit).
    ///
    /// # Errors
    /// [`QueueFull`] at the limit.
    pub fn join(&self, limit: u32) -> Result<Waiter, QueueFull> {
        let mut waiting = lock(&self.waiting);
        waiting.retain(|place| place.is_waiting());
        let position = waiting.len() as u32;
        if limit > 0 && position >= limit {
            return Err(QueueFull);
        }
        let place = Arc::new(Place(Mutex::new(State::Waiting(None))));
        waiting.push_back(Arc::clone(&place));
        self.length.store(position + 1, Relaxed);
        self.peak.see(position + 1);
        Ok(Waiter { place, position })
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
        let mut state = lock(&self.place.0);
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
        let mut state = lock(&self.place.0);
        match std::mem::replace(&mut *state, State::Ended) {
            State::Granted(server) => Some(Granted(server)),
            _ => None,
        }
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let mut state = lock(&self.place.0);
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
struct Place(Mutex<State>);

impl Place {
    fn is_waiting(&self) -> bool {
        matches!(*lock(&self.0), State::Waiting(_))
    }

    fn grant(&self, server: ServerId) -> bool {
        self.leave_waiting(State::Granted(server))
    }

    fn dismiss(&self) -> bool {
        self.leave_waiting(State::Dismissed)
    }

    fn leave_waiting(&self, next: State) -> bool {
        let mut state = lock(&self.0);
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

    fn poll(waiter: &mut Waiter) -> Poll<Option<Granted>> {
        waiter.poll_granted(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn first_come_first_served() {
        let queue = Queue::new();
        let mut first = queue.join(0).unwrap();
        let mut second = queue.join(0).unwrap();
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
        let first = queue.join(1).unwrap();
        assert_eq!(queue.join(1).unwrap_err(), QueueFull);
        drop(first);
        assert!(queue.join(1).is_ok());
    }

    #[test]
    fn a_slot_granted_to_a_leaver_is_handed_back() {
        let queue = Queue::new();
        let waiter = queue.join(0).unwrap();
        assert!(queue.grant(ServerId(0)));
        assert_eq!(waiter.abandon(), Some(Granted(ServerId(0))));
        assert!(!queue.grant(ServerId(0)), "nobody is left");
    }

    #[test]
    fn dismissed_waiters_choose_anew() {
        let queue = Queue::new();
        let mut waiter = queue.join(0).unwrap();
        assert_eq!(queue.dismiss_all(), 1);
        assert_eq!(poll(&mut waiter), Poll::Ready(None));
    }
}
