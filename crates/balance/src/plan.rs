//! What pickers read without a lock: who may be picked, and the next turns. Replaced as a whole when the turns are used up or a server's
//! availability or weight changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::draw::Lots;
use crate::ring::KeyTable;

/// A plan for one epoch of the backend.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The epoch that it was made for.
    pub(crate) epoch: u64,
    /// The seats that may be picked, ascending.
    pub(crate) group: Arc<[u32]>,
    /// Where keys lead, for algorithms that hash one.
    pub(crate) keys: Option<Arc<KeyTable>>,
    /// How to choose among them.
    pub(crate) order: PlannedOrder,
}

/// How a plan chooses.
#[derive(Debug)]
pub(crate) enum PlannedOrder {
    /// The first of the group, if any.
    FirstOnly,
    /// By turns.
    Turns(Turns),
    /// By lot.
    Lots(Lots),
    /// By what the servers have to do now.
    Load,
}

/// Turns worked out ahead, handed out one by one.
#[derive(Debug)]
pub(crate) struct Turns {
    seats: Box<[u32]>,
    taken: AtomicUsize,
}

/// Added to the count of turns taken, so that nothing is handed out any more. Far from both ends of the range.
const CLOSED: usize = usize::MAX / 2;

impl Turns {
    /// Turns of which the first has been taken already.
    pub(crate) fn after_first(seats: Vec<u32>) -> Self {
        Self { seats: seats.into(), taken: AtomicUsize::new(1) }
    }

    /// Turns of which none has been taken.
    pub(crate) fn all(seats: Vec<u32>) -> Self {
        Self { seats: seats.into(), taken: AtomicUsize::new(0) }
    }

    /// The next turn; `None` when they are used up.
    pub(crate) fn take(&self) -> Option<u32> {
        self.seats.get(self.taken.fetch_add(1, Relaxed)).copied()
    }

    /// Ends the handing out and says how many turns were left over.
    pub(crate) fn close(&self) -> usize {
        self.seats.len().saturating_sub(self.taken.swap(CLOSED, Relaxed))
    }
}
