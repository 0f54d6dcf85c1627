//! Configuration text: source files, words, conditional blocks, times and sizes, and everything that can be said about
//! faults in them. It does not know what any keyword means.
//!
//! A path becomes [`source::SourceFile`]s ([`load`]); a [`Reader`] gives their live lines as [`Line`]s of [`Word`]s; faults
//! become [`Diagnostic`]s, which [`render`] shows.
#![forbid(unsafe_code)]

pub mod arguments;
mod block;
pub mod condition;
pub mod diagnostic;
pub mod dump;
pub mod environment;
pub mod facts;
pub mod lex;
pub mod limits;
pub mod load;
pub mod reader;
pub mod render;
pub mod source;
pub mod suggest;
pub mod units;
pub mod version;
pub mod word;

pub use diagnostic::{Diagnostic, Diagnostics, Parsed, Severity};
pub use environment::Environment;
pub use facts::Facts;
pub use lex::Line;
pub use reader::Reader;
pub use source::{SourceFile, SourceId, SourceMap, Span};
pub use word::{Quoting, Word};
