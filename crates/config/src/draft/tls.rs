//! What lines say of TLS (configuration manual 3.2, 5.1, 5.2 and 12.7): certificates, versions, suites, and who is believed.

use std::path::{Path, PathBuf};

use burdock_syntax::{Span, Word};
use burdock_tls::settings::{IgnoredErrors, Passphrase, TlsVersion, Verify};

use super::{AcmeUse, BindOptions, ServerOptions, Set, Spanned};

/// The name of a file, as it was written, and where relative names start from at that line (`default-path`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName {
    /// As it was written.
    pub path: PathBuf,
    /// Where relative names start from; none: the working directory.
    pub directory: Option<PathBuf>,
}

impl FileName {
    /// Where the file is. `base` comes before relative names (`crt-base`, `ca-base`, `key-base`).
    pub fn below(&self, base: Option<&Path>) -> PathBuf {
        let path = base.map_or_else(|| self.path.clone(), |base| base.join(&self.path));
        match &self.directory {
            Some(directory) => directory.join(path),
            None => path,
        }
    }
}

/// What `bind` and `server` lines, lines of a `crt-list` and the defaults of the global section can all say.
#[derive(Clone, Debug, Default)]
pub struct TlsPolicyDraft {
    /// `ssl-min-ver`, `force-tlsv12` and kin
    pub min_version: Set<TlsVersion>,
    /// `ssl-max-ver`, `force-tlsv12` and kin
    pub max_version: Set<TlsVersion>,
    /// `no-tlsv12` and kin
    pub off: Vec<Spanned<TlsVersion>>,
    /// `ciphers`
    pub ciphers: Set<String>,
    /// `ciphersuites`
    pub cipher_suites: Set<String>,
    /// `curves`
    pub curves: Set<String>,
    /// `ecdhe`
    pub ecdhe: Set<String>,
    /// `sigalgs`
    pub signature_algorithms: Set<String>,
    /// `client-sigalgs`
    pub client_signature_algorithms: Set<String>,
    /// `alpn`; empty: `no-alpn`
    pub alpn: Set<Vec<Vec<u8>>>,
    /// `verify`
    pub verify: Set<Verify>,
    /// `ca-file`
    pub ca_file: Set<FileName>,
    /// `ca-verify-file`
    pub ca_verify_file: Set<FileName>,
    /// `crl-file`
    pub crl_file: Set<FileName>,
    /// `no-ca-names`
    pub no_ca_names: bool,
    /// `ca-ignore-err`
    pub ca_ignored: Set<IgnoredErrors>,
    /// `crt-ignore-err`
    pub certificate_ignored: Set<IgnoredErrors>,
    /// `allow-0rtt`
    pub early_data: Set<bool>,
    /// `no-tls-tickets` (true), `tls-tickets` (false)
    pub no_tickets: Set<bool>,
}

/// What a `bind` line says of TLS alone.
#[derive(Clone, Debug, Default)]
pub struct BindTlsDraft {
    /// `ssl`
    pub enabled: Option<Span>,
    /// What other lines can say too.
    pub policy: TlsPolicyDraft,
    /// `crt`, `default-crt` and `crt-list`, in order.
    pub certificates: Vec<CertificateWord>,
    /// `strict-sni`, `no-strict-sni`
    pub strict_sni: Set<bool>,
    /// `tls-ticket-keys`
    pub ticket_keys: Set<FileName>,
    /// `prefer-client-ciphers`
    pub prefer_client_ciphers: Set<bool>,
    /// `generate-certificates`
    pub generate: Option<Span>,
    /// `ca-sign-file`
    pub sign_file: Set<FileName>,
    /// `ca-sign-pass`
    pub sign_passphrase: Set<Passphrase>,
}

/// A word of a `bind` line that names certificates.
#[derive(Clone, Debug)]
pub struct CertificateWord {
    /// Which option it follows.
    pub kind: CertificateWordKind,
    /// The file, directory, or name of the store.
    pub name: FileName,
    /// The word.
    pub span: Span,
}

/// The options that name certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateWordKind {
    /// `crt`
    Certificate,
    /// `default-crt`
    Default,
    /// `crt-list`
    List,
}

/// A protocol that `proto` and `check-proto` name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtocolWord {
    /// `h1`
    Http1,
    /// `h2`
    Http2,
    /// `fcgi`
    FastCgi,
    /// `none`: bytes that mean nothing to us.
    Bytes,
}

/// What a `server` line says of TLS alone.
#[derive(Clone, Debug, Default)]
pub struct ServerTlsDraft {
    /// `ssl`, `no-ssl`
    pub enabled: Set<bool>,
    /// What other lines can say too.
    pub policy: TlsPolicyDraft,
    /// `crt`
    pub certificate: Set<FileName>,
    /// `verifyhost`
    pub verify_host: Set<String>,
    /// `sni`
    pub sni: Option<Word>,
    /// `sni-auto`, `no-sni-auto`
    pub sni_auto: Set<bool>,
    /// `no-ssl-reuse` (true), `ssl-reuse` (false)
    pub no_reuse: Set<bool>,
    /// `check-ssl`, `no-check-ssl`
    pub check: Set<bool>,
    /// `check-sni`
    pub check_sni: Set<String>,
    /// `check-alpn`
    pub check_alpn: Set<Vec<Vec<u8>>>,
}

/// A certificate and where its parts are: a `load` line, a line of a `crt-list`, an `ssl-f-use` line.
#[derive(Clone, Debug)]
pub struct CertificateLine {
    /// `crt`
    pub certificate: Set<FileName>,
    /// `alias`
    pub alias: Set<String>,
    /// `key`
    pub key: Set<FileName>,
    /// `ocsp`
    pub ocsp: Set<FileName>,
    /// `issuer`
    pub issuer: Set<FileName>,
    /// `sctl`
    pub sctl: Set<FileName>,
    /// `ocsp-update`
    pub ocsp_update: Set<bool>,
    /// `jwt`
    pub for_tokens: Set<bool>,
    /// `acme`, `domains`, `ips`
    pub acme: AcmeUse,
    /// The line.
    pub span: Span,
}

impl CertificateLine {
    /// Nothing said yet.
    pub fn new(span: Span) -> Self {
        Self {
            certificate: None,
            alias: None,
            key: None,
            ocsp: None,
            issuer: None,
            sctl: None,
            ocsp_update: None,
            for_tokens: None,
            acme: AcmeUse::default(),
            span,
        }
    }

    /// Whether it says where parts of the certificate are.
    pub fn has_parts(&self) -> bool {
        self.key.is_some()
            || self.ocsp.is_some()
            || self.issuer.is_some()
            || self.sctl.is_some()
            || self.acme.section.is_some()
    }
}

/// A `crt-store` section.
#[derive(Clone, Debug)]
pub struct CrtStoreDraft {
    /// Its name; the one without is the usual place.
    pub name: Option<String>,
    /// The section's first line.
    pub span: Span,
    /// `crt-base`
    pub certificate_base: Set<PathBuf>,
    /// `key-base`
    pub key_base: Set<PathBuf>,
    /// `load` lines
    pub lines: Vec<CertificateLine>,
}

impl CrtStoreDraft {
    /// A section that has said nothing yet.
    pub fn new(name: Option<String>, span: Span) -> Self {
        Self { name, span, certificate_base: None, key_base: None, lines: Vec::new() }
    }

    /// The name that a certificate of this section is known by: `@store/alias`, `@store/file`, or the file where neither section nor
    /// certificate has a name.
    pub fn name_of(&self, line: &CertificateLine) -> Option<String> {
        let file = || Some(line.certificate.as_ref()?.value.path.to_string_lossy().into_owned());
        match (&self.name, &line.alias) {
            (name, Some(alias)) => Some(format!("@{}/{}", name.as_deref().unwrap_or_default(), alias.value)),
            // As measured, a file named from the root has one slash in front of it, not two.
            (Some(name), None) => Some(format!("@{name}/{}", file()?.trim_start_matches('/'))),
            (None, None) => file(),
        }
    }
}

/// A line of a `crt-list`, or an `ssl-f-use` line.
#[derive(Clone, Debug)]
pub struct ListLine {
    /// The certificate.
    pub certificate: CertificateLine,
    /// What it says of the connection.
    pub policy: TlsPolicyDraft,
    /// Names it is for, in the order of the line; `*` makes it a default one.
    pub names: Vec<String>,
    /// What follows the certificate on its line, as written.
    pub written: String,
    /// Its line in the list; zero where there is no list.
    pub number: u32,
}

/// How OCSP responses are fetched.
#[derive(Clone, Debug, Default)]
pub struct OcspDraft {
    /// `ocsp-update.disable`
    pub disable: Set<bool>,
    /// `ocsp-update.mode`
    pub mode: Set<bool>,
    /// `ocsp-update.mindelay`
    pub min_delay_s: Set<u32>,
    /// `ocsp-update.maxdelay`
    pub max_delay_s: Set<u32>,
    /// `ocsp-update.httpproxy`: host and port.
    pub proxy: Set<(String, u16)>,
}

/// What lines say of TLS that do not say otherwise.
#[derive(Clone, Debug, Default)]
pub struct TlsDefaults {
    /// `ssl-default-bind-*`
    pub bind: BindOptions,
    /// `ssl-default-server-*`, `ssl-server-verify`
    pub server: ServerOptions,
}

/// What the global section says of TLS.
#[derive(Clone, Debug, Default)]
pub struct GlobalTlsDraft {
    /// Counts for the proxies that follow, as far as another `global` section does not say otherwise.
    pub defaults: TlsDefaults,
    /// The same as it stood when each of the `global` sections began.
    pub former_defaults: Vec<TlsDefaults>,
    /// `crt-base`
    pub certificate_base: Set<PathBuf>,
    /// `key-base`
    pub key_base: Set<PathBuf>,
    /// `ca-base`
    pub ca_base: Set<PathBuf>,
    /// `issuers-chain-path`
    pub issuers: Set<FileName>,
    /// `ssl-load-extra-files`
    pub extra_files: Set<burdock_tls::settings::ExtraFiles>,
    /// `ssl-load-extra-del-ext`
    pub replace_extension: Set<bool>,
    /// `ssl-skip-self-issued-ca`
    pub skip_self_issued: Set<bool>,
    /// `ocsp-update.*`
    pub ocsp: OcspDraft,
    /// `ssl-security-level`
    pub security_level: Set<u8>,
    /// `tune.ssl.cachesize`
    pub cache_size: Set<u32>,
    /// `tune.ssl.lifetime`
    pub lifetime_s: Set<u64>,
    /// `tune.ssl.maxrecord`
    pub max_record: Set<u32>,
    /// `tune.ssl.hard-maxrecord`
    pub hard_max_record: Set<u32>,
    /// `tune.ssl.capture-buffer-size`
    pub capture_buffer: Set<u32>,
    /// `tune.ssl.keylog`
    pub keylog: Set<bool>,
    /// `tune.ssl.ssl-ctx-cache-size`
    pub generated_cache: Set<u32>,
}

impl GlobalTlsDraft {
    /// A further `global` section begins: what was said so far stays as it is for the proxies before.
    pub fn begin(&mut self) {
        self.former_defaults.push(self.defaults.clone());
    }

    /// What counts for a proxy that so many `global` sections precede.
    pub fn defaults_behind(&self, sections: usize) -> &TlsDefaults {
        self.former_defaults.get(sections).unwrap_or(&self.defaults)
    }
}
