//! The program: arguments and wiring only. A first argument that begins with a dash is HAProxy's command line; any other is one of our own
//! sub-commands.
#![forbid(unsafe_code)]

mod features;
mod haproxy_arguments;
mod haproxy_command;
mod output;
mod subcommands;
mod version;

use std::env::args_os;
use std::process::ExitCode;

fn main() -> ExitCode {
    let own = args_os().nth(1).is_some_and(|first| {
        let first = first.as_encoded_bytes();
        matches!(first, b"--help" | b"--version") || !(first.is_empty() || first.starts_with(b"-"))
    });
    if own { subcommands::run(args_os()) } else { haproxy_command::run(args_os()) }
}
