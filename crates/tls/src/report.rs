//! What building says to the operator: notices (it works, but not quite as written) and problems (it cannot work). Neither knows lines of
//! the configuration: who asked for the building does.

use std::fmt;

/// Something that works otherwise than written: to be told as a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is about: a file, with its block where there is one, or a keyword.
    pub about: String,
    /// What it says.
    pub text: String,
}

/// Something that cannot work: to be told as an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What it is about: a file, with its block where there is one, or a keyword.
    pub about: String,
    /// What it says.
    pub text: String,
}

impl Notice {
    pub(crate) fn new(about: impl Into<String>, text: impl Into<String>) -> Self {
        Self { about: about.into(), text: text.into() }
    }
}

impl Problem {
    pub(crate) fn new(about: impl Into<String>, text: impl Into<String>) -> Self {
        Self { about: about.into(), text: text.into() }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.about, self.text)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.about, self.text)
    }
}

impl std::error::Error for Problem {}
