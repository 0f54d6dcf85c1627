//! Everything that an operator can name, gathered from the tables that implement it: the help of the command line, the pages under
//! `docs/reference`, and the parity report. It knows tables, never traffic.
#![forbid(unsafe_code)]

mod collect;
mod difference;
mod example;
mod help;
mod item;
pub mod page;
pub mod parity;

pub use collect::items;
pub use help::help;
pub use item::{Class, Item};
