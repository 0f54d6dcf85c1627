//! `ring` and `log-forward` sections as written (configuration manual 12.5 and 12.6).

use std::path::PathBuf;

use burdock_model::{HostStrategy, LogFormat};
use burdock_sample::Origin;
use burdock_syntax::{Span, Word};

use super::{BindDraft, LogDraft, ServerDraft, Set, Spanned};

/// A `ring` section.
#[derive(Clone, Debug)]
pub struct RingDraft {
    /// Its name.
    pub name: Spanned<String>,
    /// The section's first line.
    pub span: Span,
    /// How many `global` sections precede it.
    pub global_sections: usize,
    /// `description`
    pub description: Set<String>,
    /// `format`
    pub format: Set<LogFormat>,
    /// `maxlen`
    pub max_length: Set<u64>,
    /// `size`
    pub size: Set<u64>,
    /// `backing-file`
    pub backing_file: Set<PathBuf>,
    /// `timeout connect`
    pub connect_timeout_ms: Set<u64>,
    /// `timeout server`
    pub server_timeout_ms: Set<u64>,
    /// `server` lines
    pub servers: Vec<ServerDraft>,
}

impl RingDraft {
    /// A section that has said nothing yet.
    pub const fn new(name: Spanned<String>, span: Span, global_sections: usize) -> Self {
        Self {
            name,
            span,
            global_sections,
            description: None,
            format: None,
            max_length: None,
            size: None,
            backing_file: None,
            connect_timeout_ms: None,
            server_timeout_ms: None,
            servers: Vec::new(),
        }
    }
}

/// A `log-profile` section.
#[derive(Clone, Debug)]
pub struct LogProfileDraft {
    /// Its name.
    pub name: Spanned<String>,
    /// The section's first line.
    pub span: Span,
    /// `log-tag`
    pub tag: Set<String>,
    /// `on` lines: the last one on a step counts.
    pub steps: Vec<ProfileStepLine>,
}

/// `on <step>` in a log profile.
#[derive(Clone, Debug)]
pub struct ProfileStepLine {
    /// The step; none: `any`.
    pub step: Option<Origin>,
    /// `drop`
    pub drop: bool,
    /// `format`
    pub format: Option<Word>,
    /// `sd`
    pub structured_data: Option<Word>,
}

impl LogProfileDraft {
    /// A section that has said nothing yet.
    pub const fn new(name: Spanned<String>, span: Span) -> Self {
        Self { name, span, tag: None, steps: Vec::new() }
    }
}

/// A `log-forward` section.
#[derive(Clone, Debug)]
pub struct LogForwardDraft {
    /// Its name.
    pub name: Spanned<String>,
    /// The section's first line.
    pub span: Span,
    /// How many `global` sections precede it.
    pub global_sections: usize,
    /// `bind` lines
    pub binds: Vec<BindDraft>,
    /// `dgram-bind` lines
    pub datagram_binds: Vec<BindDraft>,
    /// `log` lines
    pub log: LogDraft,
    /// `maxconn`
    pub maxconn: Set<u32>,
    /// `backlog`
    pub backlog: Set<u32>,
    /// `timeout client`
    pub client_timeout_ms: Set<u64>,
    /// `option assume-rfc6587-ntf`
    pub assume_lines: Set<bool>,
    /// `option dont-parse-log`
    pub dont_parse: Set<bool>,
    /// `option host`
    pub host: Set<HostStrategy>,
}

impl LogForwardDraft {
    /// A section that has said nothing yet.
    pub const fn new(name: Spanned<String>, span: Span, global_sections: usize) -> Self {
        Self {
            name,
            span,
            global_sections,
            binds: Vec::new(),
            datagram_binds: Vec::new(),
            log: Vec::new(),
            maxconn: None,
            backlog: None,
            client_timeout_ms: None,
            assume_lines: None,
            dont_parse: None,
            host: None,
        }
    }
}
