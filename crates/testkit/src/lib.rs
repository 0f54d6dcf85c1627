//! Real backends and clients for whole-program tests: starts the real binary on a real file, drives it over loopback sockets.
//! Knows nothing of how the program works inside; only its command line, its files and what it sends.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "only tests use this crate: a failed expectation here is the report of the test that called it"
)]

pub mod acme;
pub mod backend;
pub mod certificates;
pub mod client;
pub mod compare;
pub mod dns;
pub mod h2_client;
pub mod h2_frames;
pub mod http;
pub mod log;
pub mod net;
pub mod program;
pub mod tools;
pub mod wait;

pub use acme::Authority;
pub use backend::Backend;
pub use certificates::{Certificates, Key};
pub use client::{Client, End};
pub use compare::Twin;
pub use dns::{DnsAnswer, DnsServer};
pub use h2_client::{H2Answer, H2Client};
pub use h2_frames::H2Frames;
pub use http::{Request, Response};
pub use log::{HttpLog, LogSink};
pub use program::{Program, Proxy};
pub use tools::require;
