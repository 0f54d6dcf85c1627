//! Writing to standard output and error. A reader that has gone away is no fault of ours and ends nothing.

use std::io::{self, Write};

use burdock_syntax::Severity;
use burdock_syntax::render::message_line;

/// Writes a text to standard output.
pub fn print(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes a text to standard error.
pub fn print_error(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Writes a message in HAProxy's shape to standard error.
pub fn message(severity: Severity, text: &str) {
    print_error(&message_line(severity, std::process::id(), text));
}

/// Makes standard error lead nowhere (`-q`).
pub fn silence_errors() {
    if let Ok(null) = std::fs::OpenOptions::new().write(true).open("/dev/null") {
        let _ = nix::unistd::dup2_stderr(&null);
    }
}
