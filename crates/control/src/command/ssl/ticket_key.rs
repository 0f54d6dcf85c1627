//! `show tls-keys` and `set ssl tls-key`: the keys of the files that `tls-ticket-keys` names.

use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

use burdock_tls::ticket::KeyRing;

use super::super::{Call, Command};
use super::{command, from_base64, to_base64};
use crate::answer::Answer;

pub(super) const COMMANDS: &[Command] = &[
    command(
        &["set", "ssl", "tls-key"],
        "set ssl tls-key [#<id>|<file>] <key>",
        "the next key of the tickets of the lines with this file",
        false,
        set,
    ),
    command(
        &["show", "tls-keys"],
        "show tls-keys [#<id>|<file>|*]",
        "the files of keys of tickets, or the keys of one, or of all",
        false,
        show,
    ),
];

/// A file of keys, with its number.
type File = (usize, PathBuf, Arc<KeyRing>);

/// By its number, `#0`, or by its name.
fn is_named(file: &File, text: &str) -> bool {
    match text.strip_prefix('#') {
        Some(number) => number.parse() == Ok(file.0),
        None => file.1.to_string_lossy() == text,
    }
}

/// The file that the configuration names last is the first, as in HAProxy.
fn files(call: &Call<'_>) -> Vec<File> {
    let keys = call.runtime.model.load().tls_store.ticket_keys();
    keys.into_iter().rev().enumerate().map(|(number, (path, ring))| (number, path, ring)).collect()
}

fn show(call: Call<'_>) -> Answer {
    let mut files = files(&call);
    let wanted = call.argument(0);
    // Writing to memory does not fail.
    if wanted.is_empty() {
        let mut text = String::from("# id (file)\n");
        for (number, path, _) in &files {
            let _ = writeln!(text, "{number} ({})", path.display());
        }
        return Answer::Text(text);
    }
    if wanted != "*" {
        files.retain(|file| is_named(file, wanted));
        if files.is_empty() {
            return Answer::refused("'show tls-keys' unable to locate referenced filename");
        }
    }
    let mut text = String::from("# id secret\n");
    for (number, path, ring) in &files {
        let _ = writeln!(text, "# {number} ({})", path.display());
        for (place, key) in ring.keys().iter().enumerate() {
            let _ = writeln!(text, "{number}.{place} {}", to_base64(key));
        }
    }
    Answer::Text(text)
}

fn set(call: Call<'_>) -> Answer {
    let (wanted, key) = (call.argument(0), call.argument(1));
    if wanted.is_empty() || key.is_empty() {
        return Answer::refused("'set ssl tls-key' expects a filename and the new TLS key in base64 encoding.");
    }
    let Some((_, _, ring)) = files(&call).into_iter().find(|file| is_named(file, wanted)) else {
        return Answer::refused("'set ssl tls-key' unable to locate referenced filename");
    };
    if from_base64(key.as_bytes()).is_none() {
        return Answer::refused("'set ssl tls-key' received invalid base64 encoded TLS key.");
    }
    match ring.push(key) {
        Ok(()) => Answer::said("TLS ticket key updated!"),
        Err(_) => Answer::refused("'set ssl tls-key' received a key of wrong size."),
    }
}
