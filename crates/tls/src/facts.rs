//! What is known of a connection's TLS once (or as far as) its handshake is done: what samples and log lines read.

use std::sync::Arc;

use rustls_pki_types::CertificateDer;

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
    /// What verification of the peer's chain came to (X509_V_ERR_* as OpenSSL counts them); zero: it is good, or was not asked for.
    pub verify_result: u32,
    /// The first error that was passed over, and where in the chain it was, 0 being the peer's own certificate.
    pub ignored_error: Option<(u32, u8)>,
    /// The ClientHello as it came, where samples need it.
    pub client_hello: Option<Arc<[u8]>>,
    /// The session's number.
    pub session_id: Vec<u8>,
    /// What both sides have drawn.
    pub client_random: Vec<u8>,
    /// The same of the server.
    pub server_random: Vec<u8>,
    /// Secrets by their label in key log files, where they are kept (`tune.ssl.keylog`).
    pub secrets: Vec<(String, Vec<u8>)>,
}
