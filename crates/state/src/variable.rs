//! Variables of rules (configuration manual 2.8): values that a configuration names, and where they live. Names are turned into slots when
//! the configuration is read; nothing is looked up by name while traffic runs.

use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

/// How long a variable lives and who sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum VariableScope {
    /// `proc`: the process; all traffic shares it.
    Process,
    /// `sess`: the client's connection.
    Session,
    /// `txn`: the request and its response.
    Transaction,
    /// `req`: the processing of the request.
    Request,
    /// `res`: the processing of the response.
    Response,
    /// `check`: one health check.
    Check,
}

impl VariableScope {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Process, Self::Session, Self::Transaction, Self::Request, Self::Response, Self::Check];

    /// The prefix of its variables' names.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Process => "proc",
            Self::Session => "sess",
            Self::Transaction => "txn",
            Self::Request => "req",
            Self::Response => "res",
            Self::Check => "check",
        }
    }
}

/// A variable: its scope, and its slot among those of that scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VariableId {
    /// Where it lives.
    pub scope: VariableScope,
    /// Its place there.
    pub slot: u32,
}

/// What a variable is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VariableName {
    /// Where it lives.
    pub scope: VariableScope,
    /// Its name there.
    pub name: Box<str>,
    /// Its slot there.
    pub slot: u32,
}

/// A value that outlives the evaluation that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// A truth value.
    Bool(bool),
    /// A number.
    Int(i64),
    /// An address.
    Addr(IpAddr),
    /// Text.
    Str(Box<[u8]>),
    /// Bytes.
    Bin(Box<[u8]>),
    /// The text of a request method.
    Method(Box<[u8]>),
}

/// Values by slot, of one connection, request or check. They change through a shared reference, because converters may set variables; only one
/// thread ever sees them.
#[derive(Clone, Debug, Default)]
pub struct Slots(RefCell<Vec<Option<Stored>>>);

impl Slots {
    /// What `read` makes of the value in a slot.
    pub fn read<T>(&self, slot: u32, read: impl FnOnce(&Stored) -> T) -> Option<T> {
        self.0.try_borrow().ok()?.get(slot as usize)?.as_ref().map(read)
    }

    /// Puts a value into a slot, or empties it.
    pub fn set(&self, slot: u32, value: Option<Stored>) {
        let Ok(mut slots) = self.0.try_borrow_mut() else { return };
        let slot = slot as usize;
        if slot >= slots.len() {
            if value.is_none() {
                return;
            }
            slots.resize(slot + 1, None);
        }
        slots[slot] = value;
    }

    /// Empties all slots; the memory stays.
    pub fn clear(&mut self) {
        self.0.get_mut().clear();
    }

    /// Whether nothing was ever put here.
    pub fn is_empty(&self) -> bool {
        self.0.try_borrow().is_ok_and(|slots| slots.is_empty())
    }
}

/// The variables of the process. Each that the configuration names has a lock of its own, held only while a value is copied.
#[derive(Debug, Default)]
pub struct ProcessVariables {
    named: Box<[RwLock<Option<Stored>>]>,
    /// Those that only the runtime API names. Their slots follow those of the configuration.
    added: RwLock<Vec<AddedVariable>>,
}

/// A variable that the runtime API named.
#[derive(Debug)]
struct AddedVariable {
    name: Box<str>,
    value: Option<Stored>,
}

/// Variables that the runtime API may name beside those of the configuration.
pub const MAX_ADDED_VARIABLES: usize = 1024;

/// Why variables were not added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAdded {
    /// Others were added in between.
    Overtaken,
    /// There would be more than [`MAX_ADDED_VARIABLES`].
    TooMany,
}

impl ProcessVariables {
    /// That many, all empty.
    pub fn new(count: usize) -> Self {
        Self { named: (0..count).map(|_| RwLock::default()).collect(), added: RwLock::default() }
    }

    /// What `read` makes of the value in a slot.
    pub fn read<T>(&self, slot: u32, read: impl FnOnce(&Stored) -> T) -> Option<T> {
        let slot = slot as usize;
        match self.named.get(slot) {
            Some(place) => place.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(read),
            None => self.added().get(slot - self.named.len())?.value.as_ref().map(read),
        }
    }

    /// Puts a value into a slot, or empties it.
    pub fn set(&self, slot: u32, value: Option<Stored>) {
        let slot = slot as usize;
        match self.named.get(slot) {
            Some(place) => *place.write().unwrap_or_else(PoisonError::into_inner) = value,
            None => {
                let mut added = self.added.write().unwrap_or_else(PoisonError::into_inner);
                if let Some(variable) = added.get_mut(slot - self.named.len()) {
                    variable.value = value;
                }
            }
        }
    }

    /// The names and slots of those that the runtime API named.
    pub fn added_names(&self) -> Vec<(Box<str>, u32)> {
        let first = self.named.len() as u32;
        (first..).zip(self.added().iter()).map(|(slot, variable)| (variable.name.clone(), slot)).collect()
    }

    /// Adds empty variables, of which the first gets the slot `first`.
    ///
    /// # Errors
    /// That slot is not the next one any more, or there are too many.
    pub fn add(&self, first: u32, names: impl ExactSizeIterator<Item = Box<str>>) -> Result<(), NotAdded> {
        let mut added = self.added.write().unwrap_or_else(PoisonError::into_inner);
        if first as usize != self.named.len() + added.len() {
            return Err(NotAdded::Overtaken);
        }
        if names.len() > MAX_ADDED_VARIABLES - added.len() {
            return Err(NotAdded::TooMany);
        }
        added.extend(names.map(|name| AddedVariable { name, value: None }));
        Ok(())
    }

    fn added(&self) -> RwLockReadGuard<'_, Vec<AddedVariable>> {
        self.added.read().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_grow_only_for_values() {
        let mut slots = Slots::default();
        slots.set(3, None);
        assert!(slots.is_empty());
        slots.set(3, Some(Stored::Int(7)));
        assert_eq!(slots.read(3, Clone::clone), Some(Stored::Int(7)));
        assert_eq!(slots.read(0, Clone::clone), None);
        slots.clear();
        assert_eq!(slots.read(3, Clone::clone), None);
    }

    #[test]
    fn variables_of_the_process_are_shared() {
        let variables = ProcessVariables::new(2);
        variables.set(1, Some(Stored::Bool(true)));
        variables.set(9, Some(Stored::Bool(true)));
        assert_eq!(variables.read(1, Clone::clone), Some(Stored::Bool(true)));
        assert_eq!(variables.read(9, Clone::clone), None);
    }

    #[test]
    fn variables_can_be_added_behind_those_of_the_configuration() {
        let variables = ProcessVariables::new(2);
        let names = |text: &[&str]| text.iter().map(|name| Box::from(*name)).collect::<Vec<_>>().into_iter();
        assert_eq!(variables.add(1, names(&["a"])), Err(NotAdded::Overtaken));
        assert_eq!(variables.add(2, names(&["a", "b"])), Ok(()));
        assert_eq!(variables.added_names(), [("a".into(), 2), ("b".into(), 3)]);
        variables.set(3, Some(Stored::Int(1)));
        assert_eq!((variables.read(3, Clone::clone), variables.read(2, Clone::clone)), (Some(Stored::Int(1)), None));
        let rest: Vec<Box<str>> = (0..MAX_ADDED_VARIABLES).map(|n| n.to_string().into()).collect();
        assert_eq!(variables.add(4, rest.clone().into_iter()), Err(NotAdded::TooMany));
        assert_eq!(variables.add(4, rest.into_iter().skip(2)), Ok(()));
    }
}
