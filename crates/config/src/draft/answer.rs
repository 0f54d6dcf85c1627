//! `http-errors` and `userlist` sections as written (configuration manual 4.2 `errorfiles`, 12.2).

use burdock_auth::Password;
use burdock_sample::ErrorSection;
use burdock_syntax::{Span, Word};

use super::Spanned;

/// An `http-errors` section.
#[derive(Clone, Debug)]
pub struct ErrorSectionDraft {
    /// Its name.
    pub name: Spanned<String>,
    /// The section's first line.
    pub span: Span,
    /// `errorfile` lines: of those on the same status the last counts.
    pub replies: ErrorSection,
}

impl ErrorSectionDraft {
    /// A section that has said nothing yet.
    pub fn new(name: Spanned<String>, span: Span) -> Self {
        Self { name, span, replies: ErrorSection::new() }
    }
}

/// A `userlist` section.
#[derive(Clone, Debug)]
pub struct UserlistDraft {
    /// Its name.
    pub name: Spanned<String>,
    /// The section's first line.
    pub span: Span,
    /// `user` lines.
    pub users: Vec<UserLine>,
    /// `group` lines.
    pub groups: Vec<GroupLine>,
}

impl UserlistDraft {
    /// A section that has said nothing yet.
    pub fn new(name: Spanned<String>, span: Span) -> Self {
        Self { name, span, users: Vec::new(), groups: Vec::new() }
    }
}

/// A `user` line.
#[derive(Clone, Debug)]
pub struct UserLine {
    /// The user's name.
    pub name: Word,
    /// `password`, `insecure-password`
    pub password: Password,
    /// `groups`: names between commas.
    pub groups: Vec<u8>,
}

/// A `group` line.
#[derive(Clone, Debug)]
pub struct GroupLine {
    /// The group's name.
    pub name: Word,
    /// `users`: names between commas.
    pub users: Vec<u8>,
}
