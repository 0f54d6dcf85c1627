//! What configuration lines say about TLS, as plain values. What they mean to rustls is decided when [`crate::BindTls`] and
//! [`crate::ServerTls`] are made of them.

use std::fmt;
use std::path::PathBuf;

/// A version of the protocol, oldest first. Those before 1.2 can be named, and are off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TlsVersion {
    /// SSL 3.0
    Ssl3,
    /// TLS 1.0
    Tls10,
    /// TLS 1.1
    Tls11,
    /// TLS 1.2
    Tls12,
    /// TLS 1.3
    Tls13,
}

/// `verify`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Verify {
    /// The peer is not asked for a certificate, or its certificate is not looked at.
    #[default]
    None,
    /// Clients are asked for one and may have none.
    Optional,
    /// There has to be a good one.
    Required,
}

/// Verification errors that are passed over (`ca-ignore-err`, `crt-ignore-err`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum IgnoredErrors {
    /// None is.
    #[default]
    None,
    /// All are.
    All,
    /// Those of these numbers (as OpenSSL counts them, X509_V_ERR_*).
    These(Vec<u32>),
}

/// What a `bind` line says and a line of a `crt-list` may say anew. `None`: it says nothing, so the next wider place counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Policy {
    /// `ssl-min-ver`, `no-tlsv12` and kin.
    pub min_version: Option<TlsVersion>,
    /// `ssl-max-ver`, `force-tlsv12` and kin.
    pub max_version: Option<TlsVersion>,
    /// `ciphers`: suites of TLS 1.2, as OpenSSL writes such lists.
    pub ciphers: Option<String>,
    /// `ciphersuites`: suites of TLS 1.3.
    pub cipher_suites: Option<String>,
    /// `curves`, or `ecdhe`.
    pub curves: Option<String>,
    /// `sigalgs`
    pub signature_algorithms: Option<String>,
    /// `client-sigalgs`
    pub client_signature_algorithms: Option<String>,
    /// `alpn`: protocol names in order of preference; empty: none is negotiated (`no-alpn`).
    pub alpn: Option<Vec<Vec<u8>>>,
    /// `verify`
    pub verify: Option<Verify>,
    /// `ca-file`: who may have signed certificates of peers.
    pub ca_file: Option<PathBuf>,
    /// `ca-verify-file`: further ones, whose names are not sent.
    pub ca_verify_file: Option<PathBuf>,
    /// `crl-file`: what was revoked.
    pub crl_file: Option<PathBuf>,
    /// `no-ca-names`: clients are not told whose certificates are taken.
    pub no_ca_names: bool,
    /// `ca-ignore-err`: errors of the chain, at a depth of one or more.
    pub ca_ignored: IgnoredErrors,
    /// `crt-ignore-err`: errors of the peer's own certificate.
    pub certificate_ignored: IgnoredErrors,
    /// `allow-0rtt`
    pub early_data: Option<bool>,
}

/// A certificate that a line names: where its parts are. Names of files are as they are known to runtime commands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateSource {
    /// The file, the directory's file, or `@store/alias`: the name in the store.
    pub name: String,
    /// `crt` of a `crt-store` line: where the certificate is. None: the name is its path, and companions are looked for beside it.
    pub file: Option<PathBuf>,
    /// `key` of a `crt-store` line: where the key is, if not with the certificate.
    pub key: Option<PathBuf>,
    /// `ocsp`
    pub ocsp: Option<PathBuf>,
    /// `issuer`
    pub issuer: Option<PathBuf>,
    /// `sctl`
    pub sctl: Option<PathBuf>,
    /// `ocsp-update on`
    pub ocsp_update: bool,
    /// `ca-sign-pass`: what its key is encrypted with.
    pub passphrase: Option<Passphrase>,
}

/// What a key is encrypted with. Never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Passphrase(String);

impl Passphrase {
    /// Takes it over.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

impl CertificateSource {
    /// Where the certificate is.
    pub fn file(&self) -> PathBuf {
        self.file.clone().unwrap_or_else(|| PathBuf::from(&self.name))
    }
}

/// A certificate in use on a `bind` line, and for whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateUse {
    /// The certificate.
    pub certificate: CertificateSource,
    /// Names it is for: exact, `*.wildcard`, or `!negated`; empty: those it has itself.
    pub names: Vec<String>,
    /// What its line says of the connection.
    pub policy: Policy,
    /// The crt-list, or the directory, that names it, and the line there.
    pub listed: Option<(PathBuf, u32)>,
    /// What follows the certificate on its line of a crt-list, as written: options and names.
    pub written: String,
}

/// All that a `bind … ssl` line says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BindSettings {
    /// What runtime commands call the line: the frontend, and its place in the configuration (`frontend/file:line`).
    pub label: String,
    /// The crt-lists and directories that the line names, those without certificates too: runtime commands may add some.
    pub crt_lists: Vec<PathBuf>,
    /// What counts where a certificate's line says nothing.
    pub policy: Policy,
    /// Certificates in the order of the line; the first is the default.
    pub certificates: Vec<CertificateUse>,
    /// `default-crt`: certificates for clients that name nobody we know; they precede the first of the above.
    pub default_certificates: Vec<CertificateUse>,
    /// `strict-sni`: nobody gets a default certificate.
    pub strict_sni: bool,
    /// `no-tls-tickets`
    pub no_tickets: bool,
    /// `tls-ticket-keys`
    pub ticket_keys: Option<PathBuf>,
    /// `prefer-client-ciphers`
    pub prefer_client_ciphers: bool,
    /// `generate-certificates`: certificates are made for the names that clients ask for. Certificate and key of the authority that signs
    /// them (`ca-sign-file`, `ca-sign-pass`).
    pub generate: Option<CertificateSource>,
}

/// All that a `server … ssl` line says, whether for traffic or for checks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerSettings {
    /// What runtime commands call the line: backend and server.
    pub label: String,
    /// Versions, suites, `alpn`, `verify` (required where nothing is said), `ca-file`, `crl-file`.
    pub policy: Policy,
    /// `crt`: our own certificate.
    pub certificate: Option<CertificateSource>,
    /// `verifyhost`: the name that the server's certificate has to have; none: the SNI that is sent.
    pub verify_host: Option<String>,
    /// `no-ssl-reuse`
    pub no_reuse: bool,
    /// `no-tls-tickets`
    pub no_tickets: bool,
    /// `allow-0rtt`
    pub early_data: bool,
}

/// `tune.ssl.*` and other settings of the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tuning {
    /// `tune.ssl.cachesize`: sessions that may be kept.
    pub cache_size: usize,
    /// `tune.ssl.lifetime`: seconds that a session may be resumed.
    pub lifetime_s: u64,
    /// `tune.ssl.maxrecord`: bytes of payload a record; zero: as many as fit.
    pub max_record: usize,
    /// `tune.ssl.capture-buffer-size`: bytes of a ClientHello kept for samples; zero: none are.
    pub capture_buffer: usize,
    /// `tune.ssl.keylog`: secrets are kept for samples.
    pub keylog: bool,
    /// `tune.ssl.ssl-ctx-cache-size`: generated certificates that may be kept.
    pub generated_cache: usize,
    /// `tune.bufsize`: bytes of early data that are taken.
    pub max_early_data: u32,
    /// `ssl-load-extra-files`: the companions looked for beside a certificate.
    pub extra_files: ExtraFiles,
    /// `ssl-load-extra-del-ext`: a companion's name replaces the extension `.crt`.
    pub extra_replace_extension: bool,
    /// `crt-base`: where certificates are that are named without a place, at run time too.
    pub certificate_base: Option<PathBuf>,
    /// `issuers-chain-path`: where issuers of certificates without a chain are looked for.
    pub issuers_chain_path: Option<PathBuf>,
    /// `ssl-skip-self-issued-ca`
    pub skip_self_issued_ca: bool,
    /// `ssl-security-level`: 0 to 5. What the TLS library takes is of level 2 at least.
    pub security_level: u8,
}

/// `ssl-load-extra-files`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtraFiles {
    /// `bundle`: `.rsa`, `.ecdsa`, `.dsa`.
    pub bundle: bool,
    /// `sctl`
    pub sctl: bool,
    /// `ocsp`
    pub ocsp: bool,
    /// `issuer`
    pub issuer: bool,
    /// `key`
    pub key: bool,
}

impl Default for ExtraFiles {
    fn default() -> Self {
        Self { bundle: true, sctl: true, ocsp: true, issuer: true, key: true }
    }
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            cache_size: 20_000,
            lifetime_s: 300,
            max_record: 0,
            capture_buffer: 0,
            keylog: false,
            generated_cache: 1_000,
            max_early_data: 16_384,
            extra_files: ExtraFiles::default(),
            extra_replace_extension: false,
            certificate_base: None,
            issuers_chain_path: None,
            skip_self_issued_ca: false,
            security_level: 2,
        }
    }
}
