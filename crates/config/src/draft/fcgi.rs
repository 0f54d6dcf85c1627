//! `fcgi-app` sections as written (configuration manual 10.1.1).

use burdock_syntax::{Span, Word};

use super::{AclLine, ConditionWords, LogDraft, Set, Spanned};

/// An `fcgi-app` section.
#[derive(Clone, Debug)]
pub struct FcgiAppDraft {
    /// Its name.
    pub name: Spanned<String>,
    /// The section's first line.
    pub span: Span,
    /// `acl` lines
    pub acls: Vec<AclLine>,
    /// `docroot`
    pub document_root: Set<Vec<u8>>,
    /// `index`
    pub index_script: Set<Vec<u8>>,
    /// `log-stderr` lines
    pub log: LogDraft,
    /// `path-info`
    pub path_info: Option<Word>,
    /// `option get-values`
    pub asks_for_limits: Set<bool>,
    /// `option keep-conn`
    pub keeps_connections: Set<bool>,
    /// `option mpxs-conns`
    pub multiplexes: Set<bool>,
    /// `option max-reqs`
    pub max_requests: Set<u32>,
    /// `set-param` lines
    pub parameters: Vec<FcgiParameterLine>,
    /// `pass-header` lines
    pub passed_headers: Vec<PassedHeaderLine>,
}

impl FcgiAppDraft {
    /// A section that has said nothing yet.
    pub const fn new(name: Spanned<String>, span: Span) -> Self {
        Self {
            name,
            span,
            acls: Vec::new(),
            document_root: None,
            index_script: None,
            log: Vec::new(),
            path_info: None,
            asks_for_limits: None,
            keeps_connections: None,
            multiplexes: None,
            max_requests: None,
            parameters: Vec::new(),
            passed_headers: Vec::new(),
        }
    }
}

/// A `set-param` line.
#[derive(Clone, Debug)]
pub struct FcgiParameterLine {
    /// The parameter's name.
    pub name: Word,
    /// The format of its value.
    pub value: Word,
    /// The condition; empty: always.
    pub condition: ConditionWords,
    /// `acl` lines of the section before this one: those that the condition may name.
    pub known_acls: usize,
}

/// A `pass-header` line.
#[derive(Clone, Debug)]
pub struct PassedHeaderLine {
    /// The header's name.
    pub name: Word,
    /// The condition; empty: always.
    pub condition: ConditionWords,
    /// `acl` lines of the section before this one: those that the condition may name.
    pub known_acls: usize,
}

/// A `use-fcgi-app` or `filter fcgi-app` line of a proxy.
#[derive(Clone, Debug)]
pub struct FcgiUseLine {
    /// The application's name.
    pub name: Spanned<String>,
}
