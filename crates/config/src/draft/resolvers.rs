//! `resolvers` sections as written (configuration manual 5.3.2).

use std::net::SocketAddr;

use burdock_resolve::Transport;
use burdock_syntax::Span;

use super::{Set, Spanned};

/// A `resolvers` section.
#[derive(Clone, Debug)]
pub struct ResolversDraft {
    /// Its name.
    pub name: Spanned<String>,
    /// The section's first line.
    pub span: Span,
    /// `nameserver`, `parse-resolv-conf`
    pub name_servers: Vec<NameServers>,
    /// `hold`
    pub hold: HoldDraft,
    /// `resolve_retries`
    pub retries: Set<u32>,
    /// `timeout resolve`
    pub resolve_ms: Set<u64>,
    /// `timeout retry`
    pub retry_ms: Set<u64>,
    /// `accepted_payload_size`
    pub payload_bytes: Set<u16>,
}

/// Where name servers come from.
#[derive(Clone, Debug)]
pub enum NameServers {
    /// A `nameserver` line.
    One(NameServerLine),
    /// `parse-resolv-conf`: those of the machine.
    OfMachine(Span),
}

/// A `nameserver` line.
#[derive(Clone, Debug)]
pub struct NameServerLine {
    /// Its name.
    pub name: Spanned<String>,
    /// Where it is.
    pub address: SocketAddr,
    /// How it is asked.
    pub transport: Transport,
}

/// `hold`, in milliseconds.
#[derive(Clone, Debug, Default)]
pub struct HoldDraft {
    /// `valid`
    pub valid_ms: Set<u64>,
    /// `obsolete`
    pub obsolete_ms: Set<u64>,
    /// `nx`
    pub no_such_name_ms: Set<u64>,
    /// `refused`
    pub refused_ms: Set<u64>,
    /// `timeout`
    pub timeout_ms: Set<u64>,
    /// `other`
    pub other_ms: Set<u64>,
}

impl ResolversDraft {
    /// A section that has said nothing yet.
    pub fn new(name: Spanned<String>, span: Span) -> Self {
        Self {
            name,
            span,
            name_servers: Vec::new(),
            hold: HoldDraft::default(),
            retries: None,
            resolve_ms: None,
            retry_ms: None,
            payload_bytes: None,
        }
    }
}
