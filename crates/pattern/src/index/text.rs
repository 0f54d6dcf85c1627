//! Texts that a value must equal, begin or end with: hash look-ups whatever their number.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

use super::table::Table;
use crate::element::Element;
use crate::subject::Case;

/// Elements by text.
#[derive(Clone, Debug)]
pub(crate) struct Texts {
    table: Table<Arc<[u8]>>,
    case: Case,
    seed: RandomState,
}

/// Elements by what values begin or end with. One look-up for each length that a pattern has.
#[derive(Clone, Debug)]
pub(crate) struct Affixes {
    texts: Texts,
    /// The lengths of the patterns, and how many different patterns have each.
    lengths: BTreeMap<usize, usize>,
    side: Side,
}

/// Where an affix stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Beginning,
    End,
}

impl Texts {
    pub(super) fn new(case: Case, expected: usize) -> Self {
        Self { table: Table::new(expected), case, seed: RandomState::new() }
    }

    pub(super) const fn len(&self) -> usize {
        self.table.len()
    }

    pub(super) fn find(&self, text: &[u8]) -> Option<&Element> {
        self.table.find(|| self.hash(text), |key| equal(self.case, key, text))
    }

    /// Adds an element. Says whether its text is new.
    pub(super) fn insert(&mut self, text: &Arc<[u8]>, element: Element) -> bool {
        let case = self.case;
        self.table.insert(self.hash(text), Arc::clone(text), |key, text| equal(case, key, text), element)
    }

    pub(super) fn remove(&mut self, text: &[u8], id: u64) -> Option<bool> {
        let case = self.case;
        self.table.remove(self.hash(text), |key| equal(case, key, text), id)
    }

    pub(super) fn element_mut(&mut self, text: &[u8], id: u64) -> Option<&mut Element> {
        let case = self.case;
        self.table.element_mut(self.hash(text), |key| equal(case, key, text), id)
    }

    fn hash(&self, text: &[u8]) -> u64 {
        match self.case {
            Case::Ignored => hash_folded(&self.seed, text),
            Case::Matters => {
                let mut hasher = self.seed.build_hasher();
                hasher.write(text);
                hasher.finish()
            }
        }
    }
}

fn equal(case: Case, key: &[u8], text: &[u8]) -> bool {
    match case {
        Case::Matters => key == text,
        Case::Ignored => key.eq_ignore_ascii_case(text),
    }
}

impl Affixes {
    pub(super) fn new(side: Side, case: Case, expected: usize) -> Self {
        Self { texts: Texts::new(case, expected), lengths: BTreeMap::new(), side }
    }

    /// Whether the longest match wins; otherwise the first entry does.
    pub(super) fn prefers_longest(&self) -> bool {
        self.side == Side::Beginning && self.texts.case == Case::Matters
    }

    pub(super) const fn len(&self) -> usize {
        self.texts.len()
    }

    pub(super) fn find(&self, value: &[u8]) -> Option<&Element> {
        if let Some(few) = self.texts.table.few() {
            let fitting = few.filter(|(affix, _)| {
                self.part(value, affix.len()).is_some_and(|part| equal(self.texts.case, affix, part))
            });
            let found = if self.prefers_longest() {
                fitting.max_by_key(|(affix, _)| affix.len())
            } else {
                fitting.min_by_key(|(_, element)| element.entry.id)
            };
            return found.map(|(_, element)| element);
        }
        let mut found = self
            .lengths
            .range(..=value.len())
            .rev()
            .filter_map(|(&length, _)| self.texts.find(self.part(value, length)?));
        if self.prefers_longest() { found.next() } else { found.min_by_key(|element| element.entry.id) }
    }

    /// So much of a value's beginning or end.
    fn part<'v>(&self, value: &'v [u8], length: usize) -> Option<&'v [u8]> {
        match self.side {
            Side::Beginning => value.get(..length),
            Side::End => value.get(value.len().checked_sub(length)?..),
        }
    }

    pub(super) fn insert(&mut self, text: &Arc<[u8]>, element: Element) {
        if self.texts.insert(text, element) {
            *self.lengths.entry(text.len()).or_default() += 1;
        }
    }

    pub(super) fn remove(&mut self, text: &[u8], id: u64) {
        if self.texts.remove(text, id) == Some(true)
            && let Some(count) = self.lengths.get_mut(&text.len())
        {
            *count -= 1;
            if *count == 0 {
                self.lengths.remove(&text.len());
            }
        }
    }

    pub(super) fn element_mut(&mut self, text: &[u8], id: u64) -> Option<&mut Element> {
        self.texts.element_mut(text, id)
    }
}

/// A hash that is the same for texts that differ in case only.
fn hash_folded(seed: &RandomState, text: &[u8]) -> u64 {
    const CHUNK: usize = 64;
    let mut hasher = seed.build_hasher();
    let mut folded = [0; CHUNK];
    for chunk in text.chunks(CHUNK) {
        let folded = &mut folded[..chunk.len()];
        folded.copy_from_slice(chunk);
        folded.make_ascii_lowercase();
        hasher.write(folded);
    }
    hasher.finish()
}
