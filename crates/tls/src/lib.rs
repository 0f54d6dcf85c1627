//! TLS: certificates and who gets which, what peers are asked for, and what became of a handshake. On rustls; knows no sockets, no HTTP and
//! no configuration text.
//!
//! The configuration fills [`settings`]; [`BindTls`] and [`ServerTls`] are made of them; the engine asks those two for what a connection
//! needs and records [`TlsFacts`] for samples and log lines.
#![forbid(unsafe_code)]

pub mod facts;
pub mod hello;
pub mod settings;

pub use facts::TlsFacts;
