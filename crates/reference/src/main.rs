//! For those who work on Burdock: `write DIR` makes the reference pages, `parity LIST [--names]` compares the tables with a list of HAProxy's
//! names (class, tab, name).
#![forbid(unsafe_code)]

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match *arguments {
        ["write", directory] => burdock_reference::page::write(Path::new(directory)).map(|()| String::new()),
        ["parity", list] => parity(list, false),
        ["parity", list, "--names"] => parity(list, true),
        _ => Err(std::io::Error::other("usage: write DIR | parity LIST [--names]")),
    };
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    match outcome {
        // A reader that has gone needs no answer.
        Ok(text) => {
            let _ = out.write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(err, "{error}");
            ExitCode::FAILURE
        }
    }
}

fn parity(list: &str, names: bool) -> std::io::Result<String> {
    let report = burdock_reference::parity::report(&std::fs::read_to_string(list)?);
    Ok(burdock_reference::parity::render(&report, names))
}
