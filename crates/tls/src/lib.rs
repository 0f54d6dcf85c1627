//! TLS: certificates and who gets which, what peers are asked for, and what became of a handshake. On rustls; knows no sockets, no HTTP and
//! no configuration text.
//!
//! The configuration fills [`settings`]; [`BindTls`] and [`ServerTls`] are made of them; the engine asks those two for what a connection
//! needs and records [`TlsFacts`] for samples and log lines.
#![forbid(unsafe_code)]

pub mod bind;
pub mod certificate;
mod challenge;
mod choose;
mod der;
pub mod facts;
mod generate;
pub mod hello;
pub mod material;
pub mod openssl;
pub mod report;
mod security;
pub mod server;
mod session;
pub mod settings;
pub mod store;
mod suite;
pub mod ticket;
pub mod verify;

pub use bind::{Accept, BindTls, Offer, Refusal};
pub use facts::TlsFacts;
pub use report::{Notice, Problem};
pub use server::{ConnectError, ServerTls};
pub use store::{FetchedFault, Store, StoreError};
pub use verify::{
    ShownCertificate, Verification, error_name, error_number, take_certificate, take_secrets, take_verification,
};

#[cfg(test)]
mod testing;
