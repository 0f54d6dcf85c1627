//! Certificates from an authority by ACME (RFC 8555), as `acme` sections offer it (configuration manual 12.8): keys of accounts, orders,
//! challenges, and renewal before certificates expire. Knows no sockets of proxies, no store of certificates and no configuration text.
//!
//! The configuration fills [`Settings`]. A [`Service`] watches the certificates these name and orders new ones; what it needs of the process
//! stands behind three traits: [`Sink`] takes certificates, [`Answers`] makes challenges answerable, [`Journal`] is told what happens.
//! [`Tasks`] is what runtime commands speak to.
#![forbid(unsafe_code)]

pub mod settings;

mod account;
mod binding;
mod challenges;
mod client;
mod disk;
mod fault;
mod key;
mod limit;
mod order;
mod persist;
mod renewal;
mod service;
mod signing;
mod tasks;
mod temporary;

pub use account::AccountKey;
pub use challenges::AlpnCertificate;
pub use disk::write_private;
pub use fault::{Fault, Problem};
pub use limit::Pace;
pub use renewal::{Validity, validity_of};
pub use service::{Answers, DnsRecord, Issued, Journal, Service, Severity, Sink, Surroundings};
pub use settings::Settings;
pub use tasks::{ReadyFault, RenewFault, State, Status, Tasks};
pub use temporary::temporary_certificate;
