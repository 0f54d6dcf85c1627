//! `burdock explain`: takes a configuration and a request, and tells what would become of it, without traffic and without sockets: the rules
//! that are tried, the values that they see, what they change, which backend and server get the request and why, and what is logged.
//!
//! It evaluates the same compiled rules as the engine does, in the same order, on a record of its own.
#![forbid(unsafe_code)]

mod account;
mod change;
mod question;
mod text;
mod variable;
mod walk;

pub use account::{Account, Outcome, Stage, Step, Term, Test};
pub use question::{Question, QuestionFault};
pub use variable::VariableChange;
pub use walk::explain;

/// The account as readable text.
pub fn to_text(account: &Account, colour: bool) -> String {
    text::render(account, colour)
}

/// The account as JSON, for tools.
pub fn to_json(account: &Account) -> String {
    // Texts and numbers always have a form in JSON.
    serde_json::to_string_pretty(account).unwrap_or_default() + "\n"
}
