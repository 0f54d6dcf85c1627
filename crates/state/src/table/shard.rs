//! A part of a table: entries by key, and in the order in which they give way.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use burdock_base::Instant;

use super::entry::Entry;

/// Entries of a table.
#[derive(Debug, Default)]
pub(super) struct Shard {
    entries: HashSet<ByKey>,
    /// Each entry once, by when it was touched as far as is known here: that is looked up when its turn comes.
    order: BinaryHeap<Turn>,
}

#[derive(Debug)]
struct ByKey(Arc<Entry>);

/// An entry's turn to give way: the earlier touched, the greater.
#[derive(Debug)]
struct Turn {
    touched: Instant,
    entry: Arc<Entry>,
}

/// Entries that may prove to be in use before the search for one that can give way ends.
const MAX_TRIES: usize = 64;

impl Shard {
    pub(super) fn find(&self, key: &[u8]) -> Option<&Arc<Entry>> {
        self.entries.get(key).map(|ByKey(entry)| entry)
    }

    pub(super) fn insert(&mut self, entry: Arc<Entry>) {
        self.forget_gone();
        self.order.push(Turn { touched: entry.touched(), entry: Arc::clone(&entry) });
        self.entries.insert(ByKey(entry));
    }

    /// Takes an entry out: `None` where it is not here, `false` where it is in use.
    pub(super) fn remove(&mut self, entry: &Entry) -> Option<bool> {
        if entry.is_gone() {
            return None;
        }
        if entry.users() > 0 {
            return Some(false);
        }
        entry.take_out();
        Some(self.entries.remove(entry.key()))
    }

    /// Takes out up to `limit` entries that were last touched at `until` or earlier. Says how many.
    pub(super) fn clear(&mut self, until: Option<Instant>, limit: usize) -> usize {
        let Some(until) = until else { return 0 };
        let mut cleared = 0;
        while cleared < limit && self.order.peek().is_some_and(|turn| turn.touched <= until) {
            // What is in use has its turn again later.
            if self.take_first(until.after_ms(1), |touched| touched <= until) {
                cleared += 1;
            }
        }
        cleared
    }

    /// Takes out the entry that was touched first and that nobody uses.
    pub(super) fn purge_oldest(&mut self, now: Instant) -> bool {
        (0..MAX_TRIES).any(|_| self.take_first(now, |_| true))
    }

    /// Takes the first entry out, if it is due by when it was really touched and nobody uses it. Says whether it did.
    fn take_first(&mut self, later: Instant, due: impl Fn(Instant) -> bool) -> bool {
        let Some(Turn { touched: known, entry }) = self.order.pop() else { return false };
        if entry.is_gone() {
            return false;
        }
        let touched = entry.touched();
        if entry.users() > 0 || touched > known || !due(touched) {
            let touched = if entry.users() > 0 { touched.max(later) } else { touched };
            self.order.push(Turn { touched, entry });
            return false;
        }
        entry.take_out();
        self.entries.remove(entry.key());
        true
    }

    /// The entries in no order.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.entries.iter().map(|ByKey(entry)| entry)
    }

    /// Entries that were taken out have turns still; they must not become more than the others.
    fn forget_gone(&mut self) {
        if self.order.len() > 2 * self.entries.len() + MAX_TRIES {
            self.order.retain(|turn| !turn.entry.is_gone());
        }
    }
}

impl Borrow<[u8]> for ByKey {
    fn borrow(&self) -> &[u8] {
        self.0.key()
    }
}

impl Hash for ByKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.key().hash(state);
    }
}

impl PartialEq for ByKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.key() == other.0.key()
    }
}

impl Eq for ByKey {}

impl PartialEq for Turn {
    fn eq(&self, other: &Self) -> bool {
        self.touched == other.touched
    }
}

impl Eq for Turn {}

impl PartialOrd for Turn {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Turn {
    fn cmp(&self, other: &Self) -> Ordering {
        other.touched.cmp(&self.touched)
    }
}
