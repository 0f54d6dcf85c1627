//! Keywords: configuration text becomes a [`Model`](burdock_model::Model).
//!
//! Text is cut into words by `burdock-syntax`; the tables under `keyword/` turn each line into a part of a [`draft::Draft`], in which every
//! setting is optional and remembers where it stands; `resolve` fills in defaults, connects names and builds the model. All three stages go
//! on after a fault, so that one run reports them all. Knows nothing of workers, requests or sockets beyond taking over inherited ones.
#![forbid(unsafe_code)]

pub mod catalogue;
pub mod draft;
pub mod host;
pub mod load;

mod address;
mod args;
pub mod crt_list;
pub mod ignored;
mod keyword;
pub mod known;
pub mod removed;
mod resolve;
mod runtime;
mod section;

pub use host::{Host, Sealed, System};
pub use keyword::proxy::server_line::is_name_character;
pub use keyword::{Prefixes, Sections};
pub use load::{CommandLine, LoadOptions, Loaded, load, load_bytes, load_text};
