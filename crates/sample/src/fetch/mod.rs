//! Sample fetches: one row each, in the table of the family that implements it.

mod connection;
mod constant;
mod cookie;
mod header;
mod request;
mod response;
mod userlist;

use std::ops::ControlFlow;

use burdock_syntax::{Parsed, Word};

use crate::args::{ArgSpec, Args};
use crate::input::Input;
use crate::known;
use crate::phase::Validity;
use crate::value::{Type, Value};

/// A sample fetch (configuration manual 7.3).
#[derive(Debug)]
pub struct Fetch {
    /// Its name.
    pub name: &'static str,
    /// Other names of the same.
    pub aliases: &'static [&'static str],
    /// Its arguments.
    pub args: ArgSpec,
    /// What further holds for the arguments, beyond their kinds; the fault in words otherwise.
    pub check: Option<CheckArgs>,
    /// The type of its values.
    pub output: Type,
    /// When it has a value.
    pub validity: Validity,
    /// What it gives, in one line.
    pub doc: &'static str,
    /// What implements it.
    pub run: Run,
}

/// The function of a fetch.
#[derive(Clone, Copy, Debug)]
pub enum Run {
    /// There is one value at most.
    One(FetchOne),
    /// There may be several, such as the values of a header.
    Many {
        /// The one that counts where only one can.
        one: FetchOne,
        /// Hands over one after the other until told to stop: conditions look at all of them.
        each: FetchEach,
    },
}

/// Looks at all arguments together; the fault is a sentence without its subject.
pub type CheckArgs = fn(&Args) -> Result<(), &'static str>;

/// Gives a value.
pub type FetchOne = for<'a> fn(&Input<'a>, &'a Args) -> Option<Value<'a>>;

/// Gives values to a visitor.
pub type FetchEach = for<'a> fn(&Input<'a>, &'a Args, &mut dyn FnMut(Value<'a>) -> ControlFlow<()>) -> ControlFlow<()>;

const FAMILIES: [&[Fetch]; 7] = [
    constant::FETCHES,
    connection::FETCHES,
    request::FETCHES,
    header::FETCHES,
    cookie::FETCHES,
    response::FETCHES,
    userlist::FETCHES,
];

/// All fetches.
pub fn all() -> impl Iterator<Item = &'static Fetch> {
    FAMILIES.into_iter().flatten()
}

/// The fetch of that name.
pub fn find(name: &[u8]) -> Option<&'static Fetch> {
    all().find(|fetch| fetch.names().any(|known| known.as_bytes() == name))
}

/// The fetch that a word names.
///
/// # Errors
/// Says whether HAProxy knows the name, or else which name is near: among these and `further_names`.
pub fn resolve(name: &Word, further_names: impl Iterator<Item = &'static str>) -> Parsed<&'static Fetch> {
    find(name.as_bytes()).ok_or_else(|| {
        if known::is_fetch(name.as_bytes()) {
            return known::unsupported("sample fetch", name);
        }
        known::unknown("sample fetch", name, all().flat_map(Fetch::names).chain(further_names).chain(known::fetches()))
    })
}

impl Fetch {
    /// All its names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}
