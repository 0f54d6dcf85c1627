//! What is known of a connection's TLS once (or as far as) its handshake is done: what samples and log lines read.

use std::sync::Arc;

use rustls_pki_types::CertificateDer;

use crate::openssl::{Cipher, Fault, cipher};
use crate::settings::TlsVersion;

/// What is known of one side's TLS.
#[derive(Clone, Debug, Default)]
pub struct TlsFacts {
    /// Whether the handshake is complete; false while early data is served.
    pub complete: bool,
    /// The version agreed upon.
    pub version: Option<TlsVersion>,
    /// The cipher suite's number (IANA TLS Cipher Suites).
    pub cipher_suite: Option<u16>,
    /// The group of the key exchange (IANA TLS Supported Groups).
    pub group: Option<u16>,
    /// The protocol agreed upon (ALPN).
    pub alpn: Option<Vec<u8>>,
    /// The server name that was asked for (SNI), or that we have asked for.
    pub server_name: Option<String>,
    /// Whether a session was resumed.
    pub resumed: bool,
    /// Whether data came, or went, before the handshake was complete.
    pub early_data: bool,
    /// The chain that the peer has shown, its own certificate first; empty: it has shown none.
    pub peer_chain: Arc<[CertificateDer<'static>]>,
    /// Our own certificate, which the peer was shown.
    pub own_certificate: Option<CertificateDer<'static>>,
    /// The last certificate of the chain that could be built from the peer's, trusted or not; none: the session was resumed.
    pub peer_root: Option<CertificateDer<'static>>,
    /// The name that our own certificate has in the configuration and in runtime commands.
    pub certificate_name: Option<Arc<str>>,
    /// What verification of the peer's chain came to (X509_V_ERR_* as OpenSSL counts them); zero: it is good, or was not asked for. It is
    /// kept with a session that is resumed.
    pub verify_result: u32,
    /// The first error of the peer's own certificate, passed over or not; zero: none, or the session was resumed.
    pub certificate_error: u32,
    /// The first error further up the chain, passed over or not, and where: 1 is the peer's issuer.
    pub chain_error: Option<(u32, u8)>,
    /// What the TLS library had to object.
    pub fault: Option<Fault>,
    /// The records of the ClientHello as they came, where samples may need them: `tune.ssl.capture-buffer-size` is not zero.
    pub client_hello: Option<Arc<[u8]>>,
    /// Bytes of the ClientHello's lists that samples show (`tune.ssl.capture-buffer-size`).
    pub capture_limit: usize,
    /// The session's number.
    pub session_id: Vec<u8>,
    /// What the client has drawn; it is in its hello.
    pub client_random: Vec<u8>,
    /// What the server has drawn; it is in its hello, see [`crate::hello::server_hello`].
    pub server_random: Vec<u8>,
    /// Secrets by their label in key log files (`CLIENT_RANDOM`, `EXPORTER_SECRET`, …), where they are kept (`tune.ssl.keylog`).
    pub secrets: Vec<(String, Vec<u8>)>,
}

impl TlsFacts {
    /// The name of the version. Before one is agreed upon it is the newest, as OpenSSL has it.
    pub fn protocol_name(&self) -> &'static str {
        self.version.unwrap_or(TlsVersion::Tls13).name()
    }

    /// The cipher suite agreed upon, where it is one that has a name.
    pub fn cipher(&self) -> Option<&'static Cipher> {
        self.cipher_suite.and_then(cipher)
    }

    /// OpenSSL's name of the cipher suite, as log lines show it.
    pub fn cipher_name(&self) -> &'static str {
        self.cipher().map_or("(NONE)", |cipher| cipher.name)
    }

    /// The peer's own certificate, of this handshake or of the session that is resumed.
    pub fn peer_certificate(&self) -> Option<&CertificateDer<'static>> {
        self.peer_chain.first()
    }

    /// Whether the peer has shown a certificate in this handshake.
    pub fn has_shown_certificate(&self) -> bool {
        !self.resumed && !self.peer_chain.is_empty()
    }

    /// The secret of that label.
    pub fn secret(&self, label: &str) -> Option<&[u8]> {
        self.secrets.iter().find(|(known, _)| known == label).map(|(_, secret)| &**secret)
    }
}
