//! A named set of entries that conditions and maps share and that can be changed at run time, as `show acl` and `show map` list them
//! (configuration manual 2.7, management manual 9.3). Knows generations; the views know how to match.

mod change;
mod listing;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use hashbrown::{HashTable, hash_table};

use crate::element::{Element, Entry, MapValue};
use crate::fault::PatternFault;
use crate::file::Line;
use crate::index::{Index, Pattern};
use crate::view::{View, ViewSpec};
pub use change::{ChangeFault, Discarded, Target, parse_version};
pub use listing::{EntryLine, GetLine, Hit};

/// Whether entries have values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    /// A pattern a line.
    One,
    /// A key and a value a line: maps, and ACLs with `-M`.
    Two,
}

/// What a runtime command calls a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `… acl`
    Acl,
    /// `… map`
    Map,
}

/// A named set of entries.
#[derive(Debug)]
pub struct Reference {
    /// Known when the configuration has been read to its end; nothing looks at it earlier.
    identity: OnceLock<Identity>,
    columns: Columns,
    state: Mutex<State>,
}

/// What a reference is called, and by whom it is used.
#[derive(Debug)]
pub(crate) struct Identity {
    /// `#<id>` in commands.
    pub id: u32,
    /// What identifies it: the name of its file, or `virt@…`; empty where it holds the patterns of one ACL.
    pub name: String,
    /// Where its entries come from, in words.
    pub description: String,
    pub used_by_acl: bool,
    pub used_by_map: bool,
}

#[derive(Debug)]
struct State {
    /// Numbers for entries.
    next_entry: u64,
    current: u32,
    /// The last generation that was given out.
    newest: u32,
    generations: BTreeMap<u32, Generation>,
    views: Vec<Arc<View>>,
}

/// The entries of one generation.
#[derive(Debug, Default)]
struct Generation {
    entries: BTreeMap<u64, Stored>,
    /// The first entry of each key.
    by_key: HashTable<Arc<Entry>>,
    /// The others of those keys that several entries have.
    repeated: HashMap<Arc<[u8]>, VecDeque<Arc<Entry>>>,
    seed: RandomState,
    /// Those of a generation that is being prepared, one a view; the current one's are in the views.
    indexes: Vec<Index>,
}

#[derive(Debug)]
struct Stored {
    entry: Arc<Entry>,
    value: Option<Arc<[u8]>>,
}

/// An entry that a view cannot take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadEntry {
    /// The line of the file that it was loaded from.
    pub line: u32,
    /// What is wrong.
    pub fault: EntryFault,
}

/// Why a view cannot take an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryFault {
    /// Its key.
    Key(Arc<[u8]>, PatternFault),
    /// Its value, which is none of the wanted type.
    Value(Arc<[u8]>),
}

/// The number of the first entry and the distance to the next: shown like the addresses that scripts are used to.
const FIRST_ENTRY: u64 = 0x1000_0000;
const ENTRY_STEP: u64 = 0x40;

impl Identity {
    pub(crate) const NOT_YET: Self =
        Self { id: 0, name: String::new(), description: String::new(), used_by_acl: false, used_by_map: false };
}

impl Reference {
    pub(crate) fn new(columns: Columns) -> Self {
        let state = State {
            next_entry: FIRST_ENTRY,
            current: 0,
            newest: 0,
            generations: BTreeMap::from([(0, Generation::default())]),
            views: Vec::new(),
        };
        Self { identity: OnceLock::new(), columns, state: Mutex::new(state) }
    }

    /// `#<id>` in commands.
    pub fn id(&self) -> u32 {
        self.identity().id
    }

    /// The name of its file, or `virt@…`; empty where it holds the patterns of one ACL.
    pub fn name(&self) -> &str {
        &self.identity().name
    }

    /// Whether entries have values.
    pub const fn columns(&self) -> Columns {
        self.columns
    }

    /// Whether `show acl` or `show map` lists it. Most commands find a reference only by a kind that it is used as.
    pub fn is_used_as(&self, kind: Kind) -> bool {
        match kind {
            Kind::Acl => self.identity().used_by_acl,
            Kind::Map => self.identity().used_by_map,
        }
    }

    /// The view of this kind, made of the current entries unless there is one.
    pub(crate) fn view(&self, spec: ViewSpec) -> Result<Arc<View>, BadEntry> {
        let mut state = self.state();
        if let Some(view) = state.views.iter().find(|view| view.spec() == spec) {
            return Ok(Arc::clone(view));
        }
        let current = state.current_mut().arrange(spec)?;
        let others = state.generations.iter().filter(|(version, _)| **version != state.current);
        let others =
            others.map(|(&version, other)| Ok((version, other.arrange(spec)?))).collect::<Result<Vec<_>, _>>()?;
        for (version, index) in others {
            if let Some(other) = state.generations.get_mut(&version) {
                other.indexes.push(index);
            }
        }
        let view = Arc::new(View::new(spec, current));
        state.views.push(Arc::clone(&view));
        Ok(view)
    }

    /// Puts the views into the order that `place` gives, while there is one generation.
    pub(crate) fn order_views(&self, place: impl Fn(ViewSpec) -> Option<usize>) {
        self.state().views.sort_by_key(|view| place(view.spec()));
    }

    /// Adds entries before there is a view.
    pub(crate) fn load(&self, lines: impl IntoIterator<Item = Line>) {
        let mut state = self.state();
        let read = lines.into_iter().map(|(line, key, value)| (state.new_entry(line, key), value)).collect::<Vec<_>>();
        let generation = state.current_mut();
        generation.by_key.reserve(read.len(), |entry| generation.seed.hash_one(&*entry.key));
        read.iter().for_each(|(entry, _)| generation.note(entry));
        let stored = read.into_iter().map(|(entry, value)| (entry.id, Stored { entry, value }));
        // In order already, so the tree is built at once.
        let mut stored = stored.collect::<BTreeMap<_, _>>();
        generation.entries.append(&mut stored);
    }

    /// Says what it is called, once.
    pub(crate) fn identify(&self, identity: Identity) {
        let _ = self.identity.set(identity);
    }

    fn identity(&self) -> &Identity {
        static NOT_YET: Identity = Identity::NOT_YET;
        self.identity.get().unwrap_or(&NOT_YET)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn new_entry(&mut self, line: u32, key: Arc<[u8]>) -> Arc<Entry> {
        let id = self.next_entry;
        self.next_entry += ENTRY_STEP;
        Arc::new(Entry { id, line, key })
    }

    fn current_mut(&mut self) -> &mut Generation {
        self.generations.entry(self.current).or_default()
    }

    /// An empty generation with an index for each view.
    fn prepared(&self) -> Generation {
        let indexes = self.views.iter().map(|view| Index::new(view.spec().method, view.spec().case, 0)).collect();
        Generation { indexes, ..Generation::default() }
    }
}

impl Generation {
    fn store(&mut self, entry: Arc<Entry>, value: Option<Arc<[u8]>>) {
        self.note(&entry);
        self.entries.insert(entry.id, Stored { entry, value });
    }

    /// Makes an entry be found by its key.
    fn note(&mut self, entry: &Arc<Entry>) {
        let seed = &self.seed;
        let hash = seed.hash_one(&*entry.key);
        match self.by_key.entry(hash, |other| other.key == entry.key, |other| seed.hash_one(&*other.key)) {
            hash_table::Entry::Occupied(first) => {
                let key = Arc::clone(&first.get().key);
                self.repeated.entry(key).or_default().push_back(Arc::clone(entry));
            }
            hash_table::Entry::Vacant(place) => {
                place.insert(Arc::clone(entry));
            }
        }
    }

    /// The number of the first entry with a key.
    fn first_of(&self, key: &[u8]) -> Option<u64> {
        self.by_key.find(self.seed.hash_one(key), |entry| *entry.key == *key).map(|entry| entry.id)
    }

    /// The numbers of the entries with a key, in order.
    fn ids_of(&self, key: &[u8]) -> Vec<u64> {
        let others = self.repeated.get(key).into_iter().flatten().map(|entry| entry.id);
        self.first_of(key).into_iter().chain(others).collect()
    }

    fn take(&mut self, id: u64) -> Option<Stored> {
        let stored = self.entries.remove(&id)?;
        let key = &stored.entry.key;
        let others = self.repeated.get_mut(key);
        let found = self.by_key.find_entry(self.seed.hash_one(&**key), |entry| entry.key == *key);
        if let Ok(mut first) = found {
            match others {
                Some(others) if first.get().id != id => others.retain(|entry| entry.id != id),
                Some(others) => {
                    if let Some(next) = others.pop_front() {
                        *first.get_mut() = next;
                    }
                }
                None => {
                    first.remove();
                }
            }
        }
        if self.repeated.get(key).is_some_and(VecDeque::is_empty) {
            self.repeated.remove(key);
        }
        Some(stored)
    }

    fn arrange(&self, spec: ViewSpec) -> Result<Index, BadEntry> {
        let mut index = Index::new(spec.method, spec.case, self.entries.len());
        for Stored { entry, value } in self.entries.values() {
            let parsed = read(spec, &entry.key, value.as_ref());
            let (pattern, value) = parsed.map_err(|fault| BadEntry { line: entry.line, fault })?;
            index.insert(pattern, Element { entry: Arc::clone(entry), value });
        }
        Ok(index)
    }
}

/// Reads an entry for a view.
fn read(spec: ViewSpec, key: &Arc<[u8]>, value: Option<&Arc<[u8]>>) -> Result<(Pattern, MapValue), EntryFault> {
    let pattern =
        Pattern::parse(spec.method, spec.case, key).map_err(|fault| EntryFault::Key(Arc::clone(key), fault))?;
    let parsed = spec.values.parse(value);
    let value = parsed.ok_or_else(|| EntryFault::Value(value.cloned().unwrap_or_else(|| Arc::from(b"".as_slice()))))?;
    Ok((pattern, value))
}

impl std::fmt::Display for EntryFault {
    /// As HAProxy says it, without a full stop.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(key, fault) => f.write_str(&fault.describe(key)),
            Self::Value(value) => write!(f, "unable to parse '{}'", String::from_utf8_lossy(value)),
        }
    }
}

#[cfg(test)]
mod tests;
