//! The process around the workers: its limits, listening sockets, privileges, life as a daemon, pid file, signals and end. Takes a finished
//! model; knows neither the command line nor HTTP.
#![forbid(unsafe_code)]

mod acme;
mod failure;
mod limits;
mod listen;
mod ocsp;
mod panic;
mod pid_file;
mod privileges;
mod report;
mod run;
mod takeover;
mod watch;

pub use failure::Failure;
pub use run::{Options, run};
pub use takeover::{Parting, Predecessors};
