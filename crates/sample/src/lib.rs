//! Sample expressions (configuration manual 7.3): fetches that take a value out of a request or its surroundings, converters that change
//! it, and the compiled chains of both. Which rule asks for a value is not known here.
//!
//! Everything that can be named is a row in a table: fetches in `fetch/*.rs`, converters in `convert/*.rs`. Names are resolved when an
//! [`Expression`] is parsed; evaluating it calls functions and looks nothing up.
#![forbid(unsafe_code)]

pub mod args;
mod assignment;
mod cast;
pub mod convert;
mod expression;
pub mod fetch;
pub mod format;
mod input;
pub mod known;
mod names;
mod phase;
mod references;
pub mod table;
#[cfg(test)]
mod testing;
mod value;
pub mod variable;

pub use args::{Arg, ArgKind, ArgSpec, Args};
pub use assignment::Assignment;
pub use cast::castable;
pub use convert::Converter;
pub use convert::token::{Declared, DecryptionPolicy, KeyRing, UnknownAlgorithm};
pub use expression::Expression;
pub use fetch::{Fetch, Run, Sight};
pub use format::encode::until_nul;
pub use format::{Format, Origin, Style};
pub use input::{Buffer, Input, MAX_MADE_BYTES, Scratch};
pub use names::{AclLookup, Acls, CaptureSlot, Decide, ErrorSection, Names, ProxyNames, Scope};
pub use phase::{Phase, Validity};
pub use references::ChangedReference;
pub use value::{Type, Value};
