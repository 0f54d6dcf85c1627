//! Variables of rules (configuration manual 2.8): values that a configuration names, and where they live. Names are turned into slots when
//! the configuration is read; nothing is looked up by name while traffic runs.

use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::{PoisonError, RwLock};

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

/// The variables of the process. Each has a lock of its own, held only while a value is copied.
#[derive(Debug, Default)]
pub struct ProcessVariables(Box<[RwLock<Option<Stored>>]>);

impl ProcessVariables {
    /// That many, all empty.
    pub fn new(count: usize) -> Self {
        Self((0..count).map(|_| RwLock::default()).collect())
    }

    /// What `read` makes of the value in a slot.
    pub fn read<T>(&self, slot: u32, read: impl FnOnce(&Stored) -> T) -> Option<T> {
        self.0.get(slot as usize)?.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(read)
    }

    /// Puts a value into a slot, or empties it.
    pub fn set(&self, slot: u32, value: Option<Stored>) {
        if let Some(place) = self.0.get(slot as usize) {
            *place.write().unwrap_or_else(PoisonError::into_inner) = value;
        }
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
}
