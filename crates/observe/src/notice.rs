//! Messages to whoever started the program: one line each on standard error.

use std::io;

use burdock_model::Level;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Writes `[LEVEL]   (pid) : text` to standard error, the way HAProxy words its own messages. Levels from `err` up are an ALERT,
/// `notice` and `info` a NOTICE. A standard error that does not take the line at once loses it: nobody is made to wait.
pub fn notice(level: Level, text: &str) {
    let line = line(level, std::process::id(), text);
    let stderr = io::stderr();
    let ready = poll(&mut [PollFd::new(&stderr, PollFlags::OUT)], Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
    if ready.is_ok_and(|ready| ready > 0) {
        // Whoever closed standard error does not want to be told.
        let _ = rustix::io::write(&stderr, line.as_bytes());
    }
}

fn line(level: Level, pid: u32, text: &str) -> String {
    let label = match level {
        Level::Emergency | Level::Alert | Level::Critical | Level::Error => "[ALERT]",
        Level::Warning => "[WARNING]",
        Level::Notice | Level::Info => "[NOTICE]",
        Level::Debug => "[DIAG]",
    };
    format!("{label:<10} ({pid}) : {text}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_shape_of_haproxys_messages() {
        let check = |level, expected: &str| assert_eq!(line(level, 24972, "text"), expected);
        check(Level::Alert, "[ALERT]    (24972) : text\n");
        check(Level::Warning, "[WARNING]  (24972) : text\n");
        check(Level::Notice, "[NOTICE]   (24972) : text\n");
        check(Level::Debug, "[DIAG]     (24972) : text\n");
    }
}
