//! Things of one kind by name, and the change to one of them that is under way. A change is prepared beside what counts and takes its place at
//! once (management manual 9.3 `set ssl cert` and kin); as in HAProxy there is at most one at a time for each kind.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// What a shelf keeps.
pub(crate) trait Kept {
    /// What is changed step by step before it is complete.
    type Draft: Clone + fmt::Debug + Default;

    /// A draft that changes nothing yet.
    fn draft(&self) -> Self::Draft;
}

/// Things of one kind.
#[derive(Debug)]
pub(crate) struct Shelf<T: Kept> {
    /// Those without content were made by `new` and wait for theirs.
    items: BTreeMap<String, Option<Arc<T>>>,
    open: Option<(String, T::Draft)>,
}

/// Why a runtime command comes to nothing. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// There is nothing of that name.
    Unknown(String),
    /// There is something of that name already.
    Exists(String),
    /// Another change is under way, of this name.
    Busy(String),
    /// No change is under way for that name.
    NotOpen(String),
    /// Lines use it: these.
    Used(Vec<String>),
    /// Lines have it as their default certificate: these.
    Default(Vec<String>),
    /// What was given cannot be used, or what uses it could not work with it.
    Refused(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => write!(f, "'{name}' does not exist"),
            Self::Exists(name) => write!(f, "'{name}' already exists"),
            Self::Busy(name) => write!(f, "a transaction for '{name}' is under way"),
            Self::NotOpen(name) => write!(f, "no transaction for '{name}' is under way"),
            Self::Used(users) => write!(f, "it is in use by {}", users.join(", ")),
            Self::Default(users) => write!(f, "it is the default certificate of {}", users.join(", ")),
            Self::Refused(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for StoreError {}

impl<T: Kept> Default for Shelf<T> {
    fn default() -> Self {
        Self { items: BTreeMap::new(), open: None }
    }
}

impl<T: Kept> Shelf<T> {
    pub(crate) fn get(&self, name: &str) -> Option<&Arc<T>> {
        self.items.get(name)?.as_ref()
    }

    pub(crate) fn holds(&self, name: &str) -> bool {
        self.items.contains_key(name)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Option<&Arc<T>>)> {
        self.items.iter().map(|(name, item)| (name.as_str(), item.as_ref()))
    }

    /// Puts something in its place; gives back what was there.
    pub(crate) fn put(&mut self, name: &str, item: Option<Arc<T>>) -> Option<Arc<T>> {
        self.items.insert(name.to_owned(), item).flatten()
    }

    /// Makes a place without content.
    pub(crate) fn make(&mut self, name: &str) -> Result<(), StoreError> {
        if self.holds(name) {
            return Err(StoreError::Exists(name.to_owned()));
        }
        self.put(name, None);
        Ok(())
    }

    pub(crate) fn remove(&mut self, name: &str) -> Result<(), StoreError> {
        if let Some((open, _)) = self.open()
            && open == name
        {
            return Err(StoreError::Busy(name.to_owned()));
        }
        match self.items.remove(name) {
            Some(_) => Ok(()),
            None => Err(StoreError::Unknown(name.to_owned())),
        }
    }

    /// The change under way.
    pub(crate) fn open(&self) -> Option<(&str, &T::Draft)> {
        self.open.as_ref().map(|(name, draft)| (name.as_str(), draft))
    }

    /// Goes on with the change of this name, or begins one.
    pub(crate) fn change(
        &mut self,
        name: &str,
        change: impl FnOnce(&mut T::Draft) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let item = self.items.get(name).ok_or_else(|| StoreError::Unknown(name.to_owned()))?;
        let mut draft = match &self.open {
            Some((open, draft)) if open == name => draft.clone(),
            Some((open, _)) => return Err(StoreError::Busy(open.clone())),
            None => item.as_ref().map(|item| item.draft()).unwrap_or_default(),
        };
        change(&mut draft)?;
        self.open = Some((name.to_owned(), draft));
        Ok(())
    }

    /// The change of this name as far as it is.
    pub(crate) fn draft(&self, name: &str) -> Result<T::Draft, StoreError> {
        match &self.open {
            Some((open, draft)) if open == name => Ok(draft.clone()),
            _ => Err(StoreError::NotOpen(name.to_owned())),
        }
    }

    /// Ends the change of this name.
    pub(crate) fn close(&mut self, name: &str) -> Result<(), StoreError> {
        self.draft(name)?;
        self.open = None;
        Ok(())
    }
}
