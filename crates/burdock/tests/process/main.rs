//! The program as a process: its command line, exit codes, signals, sockets, rights and life as a daemon. With `BURDOCK_BIN` set to a HAProxy
//! 3.5 the tests describe that, but for those of our own sub-commands.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests: a failed expectation is the report"
)]

mod command_line;
mod daemon;
mod limits_and_rights;
mod signals;
mod sockets;
mod subcommands;
mod support;
mod takeover;
