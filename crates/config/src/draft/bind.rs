//! `bind` lines as written (configuration manual 5.1).

use burdock_model::{SavedSyn, StatsLevel};
use burdock_syntax::Span;

use super::{BindTlsDraft, ProtocolWord, Set, Spanned, Written};

/// A `bind` line.
#[derive(Clone, Debug)]
pub struct BindDraft {
    /// Its addresses, in order.
    pub addresses: Vec<ListenAddress>,
    /// Its options.
    pub options: BindOptions,
    /// The whole line.
    pub span: Span,
}

/// One of the addresses of a `bind` line, host name resolved.
pub type ListenAddress = Spanned<Written>;

/// Options of `bind` and `stats socket` lines.
#[derive(Clone, Debug, Default)]
pub struct BindOptions {
    /// `name`
    pub name: Set<String>,
    /// `id`
    pub id: Set<u32>,
    /// `backlog`
    pub backlog: Set<u32>,
    /// `maxconn`
    pub maxconn: Set<u32>,
    /// `interface`
    pub interface: Set<String>,
    /// `mode`
    pub mode: Set<u32>,
    /// `user`, `uid`
    pub uid: Set<u32>,
    /// `group`, `gid`
    pub gid: Set<u32>,
    /// `tfo`
    pub fast_open: Set<bool>,
    /// `defer-accept`
    pub defer_accept: Set<bool>,
    /// `tcp-ss`
    pub saved_syn: Set<Option<SavedSyn>>,
    /// `mss`
    pub max_segment: Set<i32>,
    /// `tcp-ut`
    pub user_timeout_ms: Set<u32>,
    /// `transparent`
    pub transparent: Set<bool>,
    /// `v6only` (true), `v4v6` (false)
    pub v6_only: Set<bool>,
    /// `thread`
    pub thread: Set<ThreadSelection>,
    /// `ssl` and what goes with it
    pub tls: BindTlsDraft,
    /// `proto`
    pub protocol: Set<ProtocolWord>,
    /// `accept-proxy`
    pub accept_proxy: Set<bool>,
    /// `accept-netscaler-cip`
    pub netscaler_magic: Set<u32>,
    /// `level`, of `stats socket` lines
    pub level: Set<StatsLevel>,
    /// `expose-fd listeners`, of `stats socket` lines
    pub expose_listeners: Set<bool>,
}

/// Which workers accept (`thread`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThreadSelection {
    /// `all`
    All,
    /// `odd`
    Odd,
    /// `even`
    Even,
    /// Inclusive ranges, from 1.
    Ranges(Vec<(u32, u32)>),
}
