//! `acme` sections, what names them, and what the global section says of ACME (configuration manual 3.1, 12.7.1 and 12.8).

use std::path::PathBuf;

use burdock_acme::settings::{ChallengeKind, Curve, MacAlgorithm, RsaBits};
use burdock_http_client::Family;
use burdock_syntax::Span;

use super::{Set, Spanned};

/// An `acme` section.
#[derive(Clone, Debug)]
pub struct AcmeDraft {
    /// Its name.
    pub name: Spanned<String>,
    /// The section's first line.
    pub span: Span,
    /// `directory`
    pub directory: Set<String>,
    /// `account-key`
    pub account_key: Set<PathBuf>,
    /// `contact`
    pub contact: Set<String>,
    /// `challenge`
    pub challenge: Set<ChallengeKind>,
    /// `challenge-ready`; nothing in it: `none`
    pub ready: Set<Vec<ReadyWord>>,
    /// `dns-delay`
    pub dns_delay_ms: Set<u64>,
    /// `dns-timeout`
    pub dns_timeout_ms: Set<u64>,
    /// `keytype`
    pub key_type: Set<KeyType>,
    /// `bits`
    pub bits: Set<RsaBits>,
    /// `curves`
    pub curve: Set<Curve>,
    /// `map`
    pub map: Set<String>,
    /// `profile`
    pub profile: Set<String>,
    /// `reuse-key`
    pub reuse_key: Set<bool>,
    /// `eab-key-id`
    pub binding_key_id: Set<PathBuf>,
    /// `eab-mac-key`
    pub binding_key: Set<PathBuf>,
    /// `eab-mac-alg`
    pub binding_algorithm: Set<MacAlgorithm>,
    /// `provider-name`
    pub provider_name: Set<String>,
    /// `acme-vars`
    pub variables: Set<String>,
}

/// A word of `challenge-ready`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadyWord {
    /// `cli`
    Command,
    /// `delay`
    Delay,
}

/// `keytype`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// `RSA`
    Rsa,
    /// `ECDSA`
    Ecdsa,
}

impl AcmeDraft {
    /// A section that has said nothing yet.
    pub fn new(name: Spanned<String>, span: Span) -> Self {
        Self {
            name,
            span,
            directory: None,
            account_key: None,
            contact: None,
            challenge: None,
            ready: None,
            dns_delay_ms: None,
            dns_timeout_ms: None,
            key_type: None,
            bits: None,
            curve: None,
            map: None,
            profile: None,
            reuse_key: None,
            binding_key_id: None,
            binding_key: None,
            binding_algorithm: None,
            provider_name: None,
            variables: None,
        }
    }
}

/// What a line with a certificate says of the `acme` section that is to look after it.
#[derive(Clone, Debug, Default)]
pub struct AcmeUse {
    /// `acme`: the section's name.
    pub section: Set<String>,
    /// `domains`, as it was written.
    pub domains: Set<String>,
    /// `ips`, as it was written.
    pub addresses: Set<String>,
}

/// What the global section says.
#[derive(Clone, Debug, Default)]
pub struct AcmeGlobalDraft {
    /// `acme.scheduler`
    pub scheduler: Set<bool>,
    /// `httpclient.ssl.ca-file`; none in the value: the system's own
    pub ca_file: Set<Option<PathBuf>>,
    /// `httpclient.ssl.verify`
    pub verify: Set<bool>,
    /// `httpclient.retries`
    pub retries: Set<u32>,
    /// `httpclient.timeout.connect`
    pub connect_timeout_ms: Set<u64>,
    /// `httpclient.resolvers.prefer`
    pub prefer: Set<Family>,
}
