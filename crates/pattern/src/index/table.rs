//! A hash table from keys to elements, in parts so that none takes long to grow.

use hashbrown::HashTable;

use super::list::position;
use crate::element::Element;

/// Elements by key; those that share a key in the order of their numbers. Callers hash and compare.
#[derive(Clone, Debug)]
pub(crate) struct Table<K> {
    parts: Vec<HashTable<Bucket<K>>>,
    len: usize,
}

/// What one key leads to.
#[derive(Clone, Debug)]
struct Bucket<K> {
    hash: u64,
    key: K,
    first: Element,
    /// Boxed, so that a bucket takes no more than a cache line.
    #[expect(clippy::box_collection, reason = "rarely anything but empty")]
    more: Option<Box<Vec<Element>>>,
}

/// Into how many parts a large table is split: with a million keys each grows in well under a millisecond.
const PARTS: usize = 64;

/// Up to how many elements are compared one by one: most conditions name no more.
const FEW: usize = 4;

/// From how many elements on a table is large.
const SPLIT_AT: usize = 256;

impl<K> Table<K> {
    /// An empty table with room for `expected` elements.
    pub(super) fn new(expected: usize) -> Self {
        let parts = if expected > SPLIT_AT { PARTS } else { 1 };
        // Parts fill unevenly: an eighth more than the mean keeps most from growing.
        let room = expected / parts + expected / parts / 8;
        Self { parts: std::iter::repeat_with(|| HashTable::with_capacity(room)).take(parts).collect(), len: 0 }
    }

    /// How many elements there are.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// The first element of a key. A few keys are compared one by one, which costs less than a hash.
    pub(super) fn find(&self, hash: impl FnOnce() -> u64, equal: impl Fn(&K) -> bool) -> Option<&Element> {
        if let Some(mut few) = self.few() {
            return few.find(|(key, _)| equal(key)).map(|(_, element)| element);
        }
        let hash = hash();
        let part = &self.parts[part_of(hash, self.parts.len())];
        part.find(hash, |bucket| bucket.hash == hash && equal(&bucket.key)).map(|bucket| &bucket.first)
    }

    /// Each key and its first element, in no order, where there are few.
    pub(super) fn few(&self) -> Option<impl Iterator<Item = (&K, &Element)>> {
        match &*self.parts {
            [only] if self.len <= FEW => Some(only.iter().map(|bucket| (&bucket.key, &bucket.first))),
            _ => None,
        }
    }

    /// Adds an element behind those that share its key. Says whether the key is new.
    pub(super) fn insert(&mut self, hash: u64, key: K, equal: impl Fn(&K, &K) -> bool, element: Element) -> bool {
        if self.len >= SPLIT_AT && self.parts.len() == 1 {
            self.split();
        }
        self.len += 1;
        let count = self.parts.len();
        let part = &mut self.parts[part_of(hash, count)];
        match part.find_mut(hash, |bucket| bucket.hash == hash && equal(&bucket.key, &key)) {
            Some(bucket) => {
                bucket.more.get_or_insert_default().push(element);
                false
            }
            None => {
                part.insert_unique(hash, Bucket { hash, key, first: element, more: None }, |bucket| bucket.hash);
                true
            }
        }
    }

    /// Takes an element away. Says whether its key is gone with it; nothing where there is no such element.
    pub(super) fn remove(&mut self, hash: u64, equal: impl Fn(&K) -> bool, id: u64) -> Option<bool> {
        let count = self.parts.len();
        let part = &mut self.parts[part_of(hash, count)];
        let mut found = part.find_entry(hash, |bucket| bucket.hash == hash && equal(&bucket.key)).ok()?;
        let bucket = found.get_mut();
        let gone = match (bucket.first.entry.id == id, bucket.more.as_deref_mut()) {
            (true, None) => {
                found.remove();
                true
            }
            (true, Some(more)) => {
                bucket.first = more.remove(0);
                false
            }
            (false, more) => {
                let more = more?;
                more.remove(position(more, id, |element| element.entry.id)?);
                false
            }
        };
        if let Ok(found) = part.find_entry(hash, |bucket| bucket.hash == hash && equal(&bucket.key)) {
            let bucket = found.into_mut();
            bucket.more.take_if(|more| more.is_empty());
        }
        self.len -= 1;
        Some(gone)
    }

    /// An element, to change its value.
    pub(super) fn element_mut(&mut self, hash: u64, equal: impl Fn(&K) -> bool, id: u64) -> Option<&mut Element> {
        let count = self.parts.len();
        let part = &mut self.parts[part_of(hash, count)];
        let bucket = part.find_mut(hash, |bucket| bucket.hash == hash && equal(&bucket.key))?;
        if bucket.first.entry.id == id {
            return Some(&mut bucket.first);
        }
        let more = bucket.more.as_deref_mut()?;
        let at = position(more, id, |element| element.entry.id)?;
        more.get_mut(at)
    }

    fn split(&mut self) {
        let whole = std::mem::take(&mut self.parts);
        self.parts.resize_with(PARTS, HashTable::new);
        for bucket in whole.into_iter().flatten() {
            self.parts[part_of(bucket.hash, PARTS)].insert_unique(bucket.hash, bucket, |bucket| bucket.hash);
        }
    }
}

/// A table's own look-up takes the lowest and the highest bits of a hash.
const fn part_of(hash: u64, parts: usize) -> usize {
    (hash >> 40) as usize % parts
}
