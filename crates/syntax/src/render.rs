//! Shows diagnostics: in HAProxy's shape for those who parse it, at length for people, as JSON for tools. Knows places
//! and texts, never what a finding is about.

mod compatible;
mod json;
mod rich;

pub use compatible::{Compatible, message_line};
pub use json::json;
pub use rich::Rich;

use std::borrow::Cow;

/// The text with control characters made visible: messages quote configuration text, which may hold any.
fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}
