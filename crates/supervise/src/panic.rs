//! What a panic says before its thread, or the task that it struck, ends.

use std::backtrace::Backtrace;
use std::panic::PanicHookInfo;
use std::thread;

use burdock_model::Level;
use burdock_observe::notice;

/// From here on panics are told in the shape of all other messages, with a backtrace where `RUST_BACKTRACE` asks for one.
pub fn install_hook() {
    std::panic::set_hook(Box::new(|panic| notice(Level::Alert, &describe(panic))));
}

fn describe(panic: &PanicHookInfo<'_>) -> String {
    let thread = thread::current();
    let name = thread.name().unwrap_or("a thread without name");
    let text = panic.payload_as_str().unwrap_or("no message");
    let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let backtrace = Backtrace::capture();
    match backtrace.status() {
        std::backtrace::BacktraceStatus::Captured => format!("bug: {name} panicked at {place}: {text}\n{backtrace}"),
        _ => format!("bug: {name} panicked at {place}: {text}"),
    }
}
