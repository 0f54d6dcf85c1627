//! Stick tables and persistence by them as written.

use burdock_model::StickKind;
use burdock_state::table::{KeyType, Layout, ServerKey};
use burdock_syntax::{Span, Word};

use super::ConditionWords;

/// A `stick-table` line.
#[derive(Clone, Debug)]
pub struct TableLine {
    /// `type`
    pub key: KeyType,
    /// `size`
    pub size: usize,
    /// `expire`, in milliseconds
    pub expire_ms: Option<u64>,
    /// `nopurge`
    pub no_purge: bool,
    /// `srvkey`
    pub server_key: ServerKey,
    /// `brates-factor`
    pub bytes_factor: u32,
    /// `store`
    pub layout: Layout,
    /// The line.
    pub span: Span,
}

/// A `stick on`, `stick match`, `stick store-request` or `stick store-response` line.
#[derive(Clone, Debug)]
pub struct StickLine {
    /// Which of them.
    pub kind: StickKind,
    /// The expression that gives the key.
    pub key: Word,
    /// The table; none: the section's own.
    pub table: Option<Word>,
    /// The word that names the table where none is given.
    pub keyword: Word,
    /// The condition; empty: always.
    pub condition: ConditionWords,
    /// `acl` lines of the section before this one: those that the condition may name.
    pub known_acls: usize,
}
