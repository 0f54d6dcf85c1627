//! Entries that a connection or a request tracks (configuration manual 4.4 `track-sc0`).

use std::sync::Arc;

use burdock_base::Instant;

use super::{Entry, Event, Table};

/// An entry that is tracked until this is dropped.
#[derive(Debug)]
pub struct Tracked {
    table: Arc<Table>,
    entry: Arc<Entry>,
}

impl Tracked {
    pub(super) const fn new(table: Arc<Table>, entry: Arc<Entry>) -> Self {
        Self { table, entry }
    }

    /// Where it is.
    pub const fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// The entry.
    pub const fn entry(&self) -> &Arc<Entry> {
        &self.entry
    }

    /// Counts something that happened.
    pub fn count(&self, event: Event, n: u64, now: Instant) {
        self.table.count(&self.entry, event, n, now);
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        self.table.release(&self.entry);
    }
}

/// What is tracked by number, of one connection or one request.
#[derive(Debug, Default)]
pub struct Trackers(Vec<Option<Tracked>>);

impl Trackers {
    /// What is tracked by that number.
    pub fn get(&self, number: usize) -> Option<&Tracked> {
        self.0.get(number)?.as_ref()
    }

    /// Tracks an entry by that number.
    pub fn set(&mut self, number: usize, tracked: Tracked) {
        if self.0.len() <= number {
            self.0.resize_with(number + 1, || None);
        }
        self.0[number] = Some(tracked);
    }

    /// One more than the highest number.
    pub fn end(&self) -> usize {
        self.0.len()
    }
}
