//! Why the process cannot start or go on.

use std::fmt;

/// Why the process cannot start or go on: one message a fault, in the order in which they should be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    messages: Vec<String>,
}

impl Failure {
    /// A single fault.
    pub fn new(message: impl Into<String>) -> Self {
        Self { messages: vec![message.into()] }
    }

    /// Several faults and what follows from them all.
    pub fn all(faults: impl IntoIterator<Item = String>, conclusion: &str) -> Self {
        let mut messages: Vec<_> = faults.into_iter().collect();
        messages.push(conclusion.to_owned());
        Self { messages }
    }

    /// The messages, each of one line.
    pub fn messages(&self) -> &[String] {
        &self.messages
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.messages.join("\n"))
    }
}

impl std::error::Error for Failure {}
