//! Sample fetches: one row each, in the table of the family that implements it.

pub(crate) mod acl;
mod address;
mod announcement;
mod auth;
mod blocks;
mod body;
mod capture;
mod carrier;
mod connection;
mod connection_error;
mod constant;
mod cookie;
mod effort;
mod fcgi;
mod header;
mod hello;
mod load;
mod message;
mod param;
mod payload;
mod process;
mod progress;
mod protocol;
mod request;
mod response;
mod route;
mod row;
mod source_table;
mod state;
mod tls;
mod tracked;
mod transaction;
mod url;
mod userlist;
mod variable;

use std::ops::ControlFlow;

use burdock_state::Asked;
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
    /// There is one value at most, and it may change while more bytes come in.
    Inspect(FetchInspect),
}

/// A value of something that may still grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight<'a> {
    /// This is what it is and stays; nothing: it has none and will have none.
    Settled(Option<Value<'a>>),
    /// This is what it looks like so far.
    Changing(Option<Value<'a>>),
}

impl<'a> Sight<'a> {
    /// The value, whether or not it may change.
    pub const fn value(self) -> Option<Value<'a>> {
        match self {
            Self::Settled(value) | Self::Changing(value) => value,
        }
    }
}

/// Looks at all arguments together; the fault is a sentence without its subject.
pub type CheckArgs = fn(&Args) -> Result<(), &'static str>;

/// Gives a value.
pub type FetchOne = for<'a> fn(&Input<'a>, &'a Args) -> Option<Value<'a>>;

/// Gives a value, and whether it may change.
pub type FetchInspect = for<'a> fn(&Input<'a>, &'a Args) -> Sight<'a>;

/// Gives values to a visitor.
pub type FetchEach = for<'a> fn(&Input<'a>, &'a Args, &mut dyn FnMut(Value<'a>) -> ControlFlow<()>) -> ControlFlow<()>;

const FAMILIES: &[&[Fetch]] = &[
    acl::FETCHES,
    announcement::FETCHES,
    auth::FETCHES,
    blocks::FETCHES,
    body::FETCHES,
    capture::FETCHES,
    carrier::FETCHES,
    carrier::OF_SERVER_TCP,
    connection::FETCHES,
    constant::FETCHES,
    cookie::FETCHES,
    connection_error::FETCHES,
    effort::FETCHES,
    fcgi::FETCHES,
    header::FETCHES,
    hello::FETCHES,
    param::FETCHES,
    payload::FETCHES,
    process::FETCHES,
    progress::FETCHES,
    protocol::FETCHES,
    request::FETCHES,
    response::FETCHES,
    route::FETCHES,
    source_table::FETCHES,
    state::FETCHES,
    tls::certificate::FETCHES,
    tls::connection::FETCHES,
    tls::hello::FETCHES,
    tracked::FETCHES,
    transaction::FETCHES,
    url::FETCHES,
    userlist::FETCHES,
    variable::FETCHES,
];

/// All fetches.
pub fn all() -> impl Iterator<Item = &'static Fetch> {
    FAMILIES.iter().copied().flatten()
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

/// Fetches that tell our end of the server's connection.
const TELL_SERVER_END: &[&str] = &["bc_src", "bc_src_port", "bs.debug_str"];

impl Fetch {
    /// What has been asked for, and what this fetch asks for besides.
    pub(crate) fn adds_to(&self, asked: Asked) -> Asked {
        let is_of = |family: &[Self]| family.iter().any(|known| known.name == self.name);
        Asked {
            effort: asked.effort || is_of(effort::FETCHES),
            server_tcp: asked.server_tcp || is_of(carrier::OF_SERVER_TCP),
            server_end: asked.server_end || TELL_SERVER_END.contains(&self.name),
        }
    }

    /// All its names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}

#[cfg(test)]
pub(crate) mod tests;
