//! What configuration lines say, as plain values: `acme` sections, the certificates that name them, and how authorities are spoken to.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// All there is to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// `acme.scheduler`: whether certificates are renewed without being asked to.
    pub scheduler: bool,
    /// Certificates that an `acme` section is to look after.
    pub certificates: Vec<Managed>,
    /// How authorities are spoken to (`httpclient.*`).
    pub client: burdock_http_client::Settings,
}

/// A certificate of a `crt-store`, a `crt-list` or an `ssl-f-use` line with `acme`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Managed {
    /// What runtime commands call it.
    pub name: String,
    /// The file that it is kept in, with its chain, and with its key where that has no file of its own.
    pub file: PathBuf,
    /// `key`: the file of its key.
    pub key_file: Option<PathBuf>,
    /// The section that `acme` names.
    pub authority: Arc<Authority>,
    /// `domains`: names that it is to be for; the first becomes its common name.
    pub domains: Vec<String>,
    /// `ips`: addresses that it is to be for.
    pub addresses: Vec<IpAddr>,
}

/// An `acme` section (configuration manual 12.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// The section's name.
    pub name: String,
    /// `directory`: the URL where the authority tells what else it has.
    pub directory: String,
    /// `account-key`, or what stands for it: `<name>.account.key`.
    pub account_key: PathBuf,
    /// `contact`: an address for mail.
    pub contact: Option<String>,
    /// `challenge`
    pub challenge: ChallengeKind,
    /// `challenge-ready`: what is waited for before the authority is told to look.
    pub ready: Readiness,
    /// `dns-delay`
    pub dns_delay: Duration,
    /// `keytype`, `bits` and `curves`: keys to make, for certificates and for the account.
    pub key: KeyKind,
    /// `map`: where tokens are put for rules to find.
    pub map: Option<String>,
    /// `profile`
    pub profile: Option<String>,
    /// `reuse-key`: a renewed certificate keeps the key of the old one.
    pub reuse_key: bool,
    /// `eab-key-id`, `eab-mac-key`, `eab-mac-alg`: an account that the authority knows already.
    pub binding: Option<ExternalAccount>,
    /// `provider-name`: passed on to what sets DNS records.
    pub provider_name: Option<String>,
    /// `acme-vars`: passed on to what sets DNS records.
    pub variables: Option<String>,
}

/// `challenge`: how the authority is shown whose a name is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChallengeKind {
    /// A file is fetched over HTTP (RFC 8555 8.3).
    #[default]
    Http01,
    /// A TXT record is looked up (RFC 8555 8.4).
    Dns01,
    /// A certificate is shown over TLS (RFC 8737).
    TlsAlpn01,
    /// A TXT record that stays is looked up (draft-ietf-acme-dns-persist).
    DnsPersist01,
}

impl ChallengeKind {
    /// Its name in RFCs and configurations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http01 => "http-01",
            Self::Dns01 => "dns-01",
            Self::TlsAlpn01 => "tls-alpn-01",
            Self::DnsPersist01 => crate::persist::NAME,
        }
    }

    /// Whether somebody has to make a DNS record for it.
    pub const fn is_dns(self) -> bool {
        matches!(self, Self::Dns01 | Self::DnsPersist01)
    }
}

/// `challenge-ready`. Nothing: the authority is told at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// `cli`: the command `acme challenge_ready` for each name.
    pub command: bool,
    /// `delay`: `dns-delay` has passed.
    pub delay: bool,
}

/// What kind of key is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA of so many bits.
    Rsa(RsaBits),
    /// ECDSA on a curve.
    Ecdsa(Curve),
}

impl Default for KeyKind {
    fn default() -> Self {
        Self::Ecdsa(Curve::P384)
    }
}

/// Sizes of RSA keys that can be made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RsaBits {
    /// 2048
    #[default]
    Bits2048,
    /// 3072
    Bits3072,
    /// 4096
    Bits4096,
}

/// Curves of ECDSA keys that can be made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Curve {
    /// NIST P-256
    P256,
    /// NIST P-384
    #[default]
    P384,
    /// NIST P-521
    P521,
}

/// An account that an authority knows by other means (RFC 8555 7.3.4). The files are read when an account is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalAccount {
    /// `eab-key-id`: the file with the key's name.
    pub key_id_file: PathBuf,
    /// `eab-mac-key`: the file with the key, in base64url.
    pub mac_key_file: PathBuf,
    /// `eab-mac-alg`
    pub algorithm: MacAlgorithm,
}

/// `eab-mac-alg`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MacAlgorithm {
    /// HMAC with SHA-256
    #[default]
    Hs256,
    /// HMAC with SHA-384
    Hs384,
    /// HMAC with SHA-512
    Hs512,
}
