//! Numbers: single ones by hash, ranges one by one; the first entry that matches wins.

use std::hash::{BuildHasher, RandomState};

use super::list::List;
use super::table::Table;
use crate::element::Element;

/// Elements by inclusive range.
#[derive(Clone, Debug)]
pub(crate) struct Numbers {
    single: Table<i64>,
    ranges: List<(i64, i64)>,
    seed: RandomState,
}

impl Numbers {
    pub(super) fn new(expected: usize) -> Self {
        Self { single: Table::new(expected), ranges: List::new(), seed: RandomState::new() }
    }

    pub(super) const fn len(&self) -> usize {
        self.single.len() + self.ranges.len()
    }

    pub(super) fn find(&self, number: i64) -> Option<&Element> {
        let single = self.single.find(|| self.seed.hash_one(number), |key| *key == number);
        let range = self.ranges.find(|&(low, high)| (low..=high).contains(&number));
        single.into_iter().chain(range).min_by_key(|element| element.entry.id)
    }

    pub(super) fn insert(&mut self, (low, high): (i64, i64), element: Element) {
        if low == high {
            self.single.insert(self.seed.hash_one(low), low, PartialEq::eq, element);
        } else {
            self.ranges.push((low, high), element);
        }
    }

    pub(super) fn remove(&mut self, (low, high): (i64, i64), id: u64) {
        if low == high {
            self.single.remove(self.seed.hash_one(low), |key| *key == low, id);
        } else {
            self.ranges.remove(id);
        }
    }

    pub(super) fn element_mut(&mut self, (low, high): (i64, i64), id: u64) -> Option<&mut Element> {
        if low == high {
            self.single.element_mut(self.seed.hash_one(low), |key| *key == low, id)
        } else {
            self.ranges.element_mut(id)
        }
    }
}
