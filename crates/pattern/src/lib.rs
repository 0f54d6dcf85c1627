//! Patterns and what they match: match methods, sets of integers, networks and texts (configuration manual 7.1). Sets are built once and
//! only read afterwards; testing one allocates nothing. Knows bytes, numbers and addresses, never HTTP or where a value came from.
#![forbid(unsafe_code)]

mod exact;
mod fault;
mod integer;
mod method;
mod network;
mod regex;
mod set;
mod template;
mod text;

pub use fault::PatternFault;
pub use method::MatchMethod;
pub use regex::{Captures, Engine, MAX_BACKTRACKS, Regex, RegexFault};
pub use set::{Case, PatternSet, PatternSetBuilder, Subject};
pub use template::{Template, TemplateFault};
