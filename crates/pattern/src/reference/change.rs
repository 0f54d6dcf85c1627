//! Changes at run time: `add`, `set`, `del`, `clear`, `prepare`, `commit` (management manual 9.3).

use std::fmt;
use std::sync::Arc;

use super::{Columns, EntryFault, Generation, Kind, Reference, State, read};
use crate::element::{Element, MapValue};
use crate::file::key_and_value;
use crate::index::{Index, Pattern};
use crate::view::Retired;

/// The entries that `set` and `del` mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Those with this key.
    Key(Arc<[u8]>),
    /// The one with this number: `#0x…`.
    Entry(u64),
}

/// Why a change was refused. Nothing was changed. Its text is HAProxy's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeFault {
    /// The entry is none that all views of the reference could take.
    Entry(EntryFault),
    /// `add acl` on a reference whose entries have values.
    NeedsValue,
    /// `add map … <<`: a line has a key alone.
    MissingValue(Arc<[u8]>),
    /// The generation was never given out by `prepare`.
    Future(Kind),
    /// The generation cannot be committed: it is current, past, or was never given out.
    OutOfRange,
    /// `set`: no entry has the key.
    NoSuchEntry,
    /// `set`: no entry has the number.
    NoSuchNumber,
    /// `del`: no entry has the key or the number.
    NoSuchKey,
}

/// What `clear` and `commit` took out of use. Dropping it may take long for a large set: drop it where nothing waits.
#[derive(Debug)]
#[must_use = "dropping a large set takes long: choose where"]
pub struct Discarded {
    _generations: Vec<Generation>,
    _bodies: Vec<Retired>,
}

impl Target {
    /// Reads `<key>` or `#<number>`.
    pub fn parse(word: &[u8]) -> Self {
        let number = word.strip_prefix(b"#").and_then(|digits| {
            let digits = digits.strip_prefix(b"0x").unwrap_or(digits);
            u64::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
        });
        number.map_or_else(|| Self::Key(word.into()), Self::Entry)
    }
}

/// A `@<version>` as HAProxy reads it: the digits that it begins with, in 32 bits.
pub fn parse_version(text: &[u8]) -> u32 {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0_u32, |number, digit| number.wrapping_mul(10).wrapping_add(u32::from(digit - b'0')))
}

impl Reference {
    /// Adds an entry behind all others, to the current generation unless told otherwise. `kind` is the command's.
    ///
    /// # Errors
    /// [`ChangeFault::Entry`], [`ChangeFault::NeedsValue`], [`ChangeFault::Future`].
    pub fn add(&self, kind: Kind, version: Option<u32>, key: &[u8], value: Option<&[u8]>) -> Result<(), ChangeFault> {
        if kind == Kind::Acl && self.columns == Columns::Two {
            return Err(ChangeFault::NeedsValue);
        }
        let mut state = self.state();
        let version = version.unwrap_or(state.current);
        if is_behind(version, state.newest) {
            return Err(ChangeFault::Future(kind));
        }
        state.add(version, key, value)
    }

    /// Gives a new value to the current entries with a key, or adds one where there is none: the actions `set-map` and `add-acl`. Without a
    /// value, what is there stays.
    ///
    /// # Errors
    /// [`ChangeFault::Entry`].
    pub fn put(&self, key: &[u8], value: Option<&[u8]>) -> Result<(), ChangeFault> {
        let mut state = self.state();
        let version = state.current;
        match value {
            _ if !state.has(key) => state.add(version, key, value),
            Some(value) => state.set(&Target::Key(key.into()), value),
            None => Ok(()),
        }
    }

    /// Adds the entries that stand behind `add map … <<`: a key and a value a line. What stands in front of a wrong line stays.
    ///
    /// # Errors
    /// As [`Self::add`], and [`ChangeFault::MissingValue`].
    pub fn add_lines(&self, kind: Kind, version: Option<u32>, payload: &[u8]) -> Result<(), ChangeFault> {
        let lines = payload.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        for line in lines {
            // Unlike in files, blanks behind a value belong to it.
            let (key, _) = key_and_value(line);
            let value = line.trim_ascii_start().get(key.len()..).unwrap_or_default().trim_ascii_start();
            match (key, value) {
                (b"", _) => {}
                (key, b"") => return Err(ChangeFault::MissingValue(key.into())),
                (key, value) => self.add(kind, version, key, Some(value))?,
            }
        }
        Ok(())
    }

    /// Gives a new value to the current entries with a key, or to the entry with a number.
    ///
    /// # Errors
    /// [`ChangeFault::Entry`], [`ChangeFault::NoSuchEntry`], [`ChangeFault::NoSuchNumber`].
    pub fn set(&self, target: &Target, value: &[u8]) -> Result<(), ChangeFault> {
        self.state().set(target, value)
    }

    /// Takes away the first current entry with a key, or the entry with a number.
    ///
    /// # Errors
    /// [`ChangeFault::NoSuchKey`].
    pub fn delete(&self, target: &Target) -> Result<(), ChangeFault> {
        let mut state = self.state();
        let (version, id) = match target {
            Target::Key(key) => {
                let first = state.generations.get(&state.current).and_then(|generation| generation.first_of(key));
                (state.current, first.ok_or(ChangeFault::NoSuchKey)?)
            }
            Target::Entry(id) => (state.generation_of(*id).ok_or(ChangeFault::NoSuchKey)?, *id),
        };
        state.delete(version, id);
        Ok(())
    }

    /// Takes away all entries of a generation, the current one unless told otherwise.
    pub fn clear(&self, version: Option<u32>) -> Discarded {
        let mut state = self.state();
        let version = version.unwrap_or(state.current);
        let generation = state.generations.remove(&version);
        let bodies = match version == state.current {
            true => {
                state.generations.insert(version, Generation::default());
                let views = state.views.iter();
                views.map(|view| view.replace(Index::new(view.spec().method, view.spec().case, 0))).collect()
            }
            false => Vec::new(),
        };
        Discarded { _generations: generation.into_iter().collect(), _bodies: bodies }
    }

    /// Gives out a new generation.
    pub fn prepare(&self) -> u32 {
        let mut state = self.state();
        state.newest = state.newest.wrapping_add(1);
        state.newest
    }

    /// Makes a generation the current one and takes those before it away.
    ///
    /// # Errors
    /// [`ChangeFault::OutOfRange`].
    pub fn commit(&self, version: u32) -> Result<Discarded, ChangeFault> {
        let mut state = self.state();
        if !is_behind(version, state.current) || is_behind(version, state.newest) {
            return Err(ChangeFault::OutOfRange);
        }
        let mut committed = state.generations.remove(&version).unwrap_or_else(|| state.prepared());
        let indexes = std::mem::take(&mut committed.indexes);
        let bodies = state.views.iter().zip(indexes).map(|(view, index)| view.replace(index)).collect();
        let past = state.generations.keys().copied().filter(|&other| is_behind(version, other)).collect::<Vec<_>>();
        let generations = past.iter().filter_map(|past| state.generations.remove(past)).collect();
        state.generations.insert(version, committed);
        state.current = version;
        Ok(Discarded { _generations: generations, _bodies: bodies })
    }
}

/// Whether a generation comes after another. Numbers wrap.
const fn is_behind(version: u32, other: u32) -> bool {
    other.wrapping_sub(version).cast_signed() < 0
}

impl State {
    fn add(&mut self, version: u32, key: &[u8], value: Option<&[u8]>) -> Result<(), ChangeFault> {
        let key = Arc::from(key);
        let value = value.map(Arc::from);
        let read = self.views.iter().map(|view| read(view.spec(), &key, value.as_ref()));
        let read = read.collect::<Result<Vec<_>, _>>().map_err(ChangeFault::Entry)?;
        let entry = self.new_entry(0, key);
        if version == self.current {
            for (view, (pattern, value)) in self.views.iter().zip(read) {
                view.insert(pattern, value, &entry);
            }
            self.current_mut().store(entry, value);
            return Ok(());
        }
        if !self.generations.contains_key(&version) {
            let prepared = self.prepared();
            self.generations.insert(version, prepared);
        }
        if let Some(generation) = self.generations.get_mut(&version) {
            for (index, (pattern, value)) in generation.indexes.iter_mut().zip(read) {
                index.insert(pattern, Element { entry: Arc::clone(&entry), value });
            }
            generation.store(entry, value);
        }
        Ok(())
    }

    fn set(&mut self, target: &Target, value: &[u8]) -> Result<(), ChangeFault> {
        let value: Arc<[u8]> = value.into();
        let (version, ids) = match target {
            Target::Key(key) => {
                let ids = self.generations.get(&self.current).map(|generation| generation.ids_of(key));
                (self.current, ids.filter(|ids| !ids.is_empty()).ok_or(ChangeFault::NoSuchEntry)?)
            }
            Target::Entry(id) => (self.generation_of(*id).ok_or(ChangeFault::NoSuchNumber)?, vec![*id]),
        };
        // One key, or one entry: what the views make of key and value is the same for all.
        let key = self
            .generations
            .get(&version)
            .and_then(|generation| Some(&generation.entries.get(ids.first()?)?.entry.key));
        let key = key.cloned().ok_or(ChangeFault::NoSuchEntry)?;
        let read = self.views.iter().map(|view| read(view.spec(), &key, Some(&value)));
        let read = read.collect::<Result<Vec<_>, _>>().map_err(ChangeFault::Entry)?;
        for id in ids {
            self.set_value(version, id, &read);
            if let Some(stored) = self.generations.get_mut(&version).and_then(|found| found.entries.get_mut(&id)) {
                stored.value = Some(Arc::clone(&value));
            }
        }
        Ok(())
    }

    /// Whether a current entry has the key.
    fn has(&self, key: &[u8]) -> bool {
        self.generations.get(&self.current).is_some_and(|generation| generation.first_of(key).is_some())
    }

    fn generation_of(&self, id: u64) -> Option<u32> {
        let mut generations = self.generations.iter();
        generations.find(|(_, generation)| generation.entries.contains_key(&id)).map(|(&version, _)| version)
    }

    fn set_value(&mut self, version: u32, id: u64, read: &[(Pattern, MapValue)]) {
        if version == self.current {
            for (view, (pattern, value)) in self.views.iter().zip(read) {
                view.set_value(pattern, id, value.clone());
            }
        } else if let Some(generation) = self.generations.get_mut(&version) {
            for (index, (pattern, value)) in generation.indexes.iter_mut().zip(read) {
                if let Some(element) = index.element_mut(pattern, id) {
                    element.value = value.clone();
                }
            }
        }
    }

    fn delete(&mut self, version: u32, id: u64) {
        let is_current = version == self.current;
        let Some(generation) = self.generations.get_mut(&version) else { return };
        let Some(stored) = generation.take(id) else { return };
        let key = &stored.entry.key;
        for (at, view) in self.views.iter().enumerate() {
            // The key was read when the entry came in.
            let Ok(pattern) = Pattern::parse(view.spec().method, view.spec().case, key) else { continue };
            if is_current {
                view.remove(&pattern, id);
            } else if let Some(index) = generation.indexes.get_mut(at) {
                index.remove(&pattern, id);
            }
        }
    }
}

impl fmt::Display for ChangeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Entry(fault) => return write!(f, "{fault}."),
            Self::MissingValue(key) => {
                return write!(f, "Missing value for key '{}'.", String::from_utf8_lossy(key));
            }
            Self::NeedsValue => {
                "This ACL is shared with a map containing samples. You must use the command 'add map' to add values."
            }
            Self::Future(Kind::Acl) => "Version number in the future, please use 'prepare acl' before.",
            Self::Future(Kind::Map) => "Version number in the future, please use 'prepare map' before.",
            Self::OutOfRange => "Version number out of range.",
            Self::NoSuchEntry => "entry not found.",
            Self::NoSuchNumber => "key or pattern not found.",
            Self::NoSuchKey => "Key not found.",
        })
    }
}

impl std::error::Error for ChangeFault {}
