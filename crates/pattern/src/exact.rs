//! Texts that a value must equal: one hash look-up whatever their number.

use std::hash::{BuildHasher, Hasher, RandomState};

use hashbrown::HashTable;

use crate::set::Case;

/// Texts, each compared exactly or without regard to ASCII case.
#[derive(Clone, Debug, Default)]
pub struct ExactSet {
    texts: HashTable<Entry>,
    hash: RandomState,
}

#[derive(Clone, Debug)]
struct Entry {
    text: Box<[u8]>,
    case: Case,
}

impl ExactSet {
    /// Adds a text.
    pub fn insert(&mut self, text: &[u8], case: Case) {
        let hash = self.hash_of(text);
        let known = |entry: &Entry| entry.case == case && *entry.text == *text;
        if self.texts.find(hash, known).is_none() {
            let seed = &self.hash;
            self.texts.insert_unique(hash, Entry { text: text.into(), case }, |entry| hash_folded(seed, &entry.text));
        }
    }

    /// Whether one of the texts equals `value`.
    pub fn contains(&self, value: &[u8]) -> bool {
        let equal = |entry: &Entry| match entry.case {
            Case::Matters => *entry.text == *value,
            Case::Ignored => entry.text.eq_ignore_ascii_case(value),
        };
        self.texts.find(self.hash_of(value), equal).is_some()
    }

    fn hash_of(&self, text: &[u8]) -> u64 {
        hash_folded(&self.hash, text)
    }
}

/// A hash that is the same for texts that differ in case only, so that both kinds of entries share one table.
pub(crate) fn hash_folded(seed: &RandomState, text: &[u8]) -> u64 {
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
