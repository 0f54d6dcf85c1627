//! Patterns and what they match: match methods, sets of integers, networks and texts (configuration manual 7.1), regular expressions, and
//! the files of patterns that ACLs and maps share and that are changed at run time (2.7). A look-up allocates nothing and waits for no large
//! change. Knows bytes, numbers and addresses, never HTTP or where a value came from.
#![forbid(unsafe_code)]

mod element;
mod fault;
mod file;
mod index;
mod integer;
mod method;
mod network;
mod reference;
mod regex;
mod subject;
mod table;
mod template;
mod text;
mod view;

pub use element::{Element, Entry, MapValue, ValueKind};
pub use fault::PatternFault;
pub use index::Structure;
pub use integer::{Notation, Operator, without_operator};
pub use method::MatchMethod;
pub use reference::{
    BadEntry, ChangeFault, Columns, Discarded, EntryFault, EntryLine, GetLine, Hit, Kind, Reference, Target,
    parse_version,
};
pub use regex::{Captures, Engine, MAX_BACKTRACKS, Regex, RegexFault};
pub use subject::{Case, Subject};
pub use table::{Handle, LoadFault, Mention, ReferenceTable, ReferenceTableBuilder};
pub use template::{Template, TemplateFault};
pub use view::{View, ViewSpec};
