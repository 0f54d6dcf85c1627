//! Awaiting a condition instead of sleeping: bounded, and says what it waited for.

use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take that is expected to happen. Far above what a busy machine needs; a test that passes never waits for it.
pub const PATIENCE: Duration = Duration::from_secs(15);

const STEP: Duration = Duration::from_millis(5);

/// Asks `look` until it has an answer.
///
/// # Panics
/// When there is none after [`PATIENCE`]; the message is `what`.
pub fn until<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    within(PATIENCE, look).unwrap_or_else(|| panic!("waited {PATIENCE:?} in vain for: {what}"))
}

/// Asks `look` until it has an answer or `limit` has passed.
pub fn within<T>(limit: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if Instant::now() >= deadline {
            return None;
        }
        thread::sleep(STEP);
    }
}

/// Runs `action` and says how long it took.
pub fn timed<T>(action: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let value = action();
    (value, start.elapsed())
}
