//! What the handshake under way on this thread came to, where the TLS library keeps it to itself: verifiers, resolvers and key logs are shared
//! by connections, and a handshake runs on one thread without awaiting between a step and the question for what came of it.

use std::cell::RefCell;
use std::sync::Arc;

use rustls::sign::CertifiedKey;
use rustls_pki_types::CertificateDer;

/// What verification of a peer's chain came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// The result as OpenSSL numbers them (X509_V_ERR_*); zero: all is good. The last error met, whether it was passed over or not.
    pub result: u32,
    /// The first error of the peer's own certificate that was passed over (`crt-ignore-err`).
    pub ignored_certificate: Option<u32>,
    /// The first error of its chain that was passed over (`ca-ignore-err`), and at which depth: 1 is the peer's issuer.
    pub ignored_chain: Option<(u32, u8)>,
    /// The last certificate of the chain that could be built, trusted or not.
    pub root: Option<CertificateDer<'static>>,
}

/// Our own certificate, as the peer was shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownCertificate {
    /// The certificate itself.
    pub der: CertificateDer<'static>,
    /// Its name in the configuration and in runtime commands; none: it was made for this peer.
    pub name: Option<Arc<str>>,
}

#[derive(Default)]
struct Record {
    verification: Option<Verification>,
    certificate: Option<ShownCertificate>,
    secrets: Vec<(String, Vec<u8>)>,
}

thread_local! {
    static RECORD: RefCell<Record> = RefCell::default();
}

/// Takes what the last verification on this thread came to: to be asked for right after the bytes of a handshake were processed. None: no
/// certificate was looked at since.
pub fn take_verification() -> Option<Verification> {
    RECORD.with_borrow_mut(|record| record.verification.take())
}

/// Takes our certificate that the last handshake on this thread has chosen for its peer, likewise.
pub fn take_certificate() -> Option<ShownCertificate> {
    RECORD.with_borrow_mut(|record| record.certificate.take())
}

/// Takes the secrets drawn since by handshakes on this thread, by their labels in key log files, likewise (`tune.ssl.keylog`).
pub fn take_secrets() -> Vec<(String, Vec<u8>)> {
    RECORD.with_borrow_mut(|record| std::mem::take(&mut record.secrets))
}

pub(crate) fn note_verification(verification: Verification) {
    RECORD.with_borrow_mut(|record| record.verification = Some(verification));
}

pub(crate) fn note_certificate(key: &CertifiedKey, name: Option<&str>) {
    let shown = key.cert.first().map(|der| ShownCertificate { der: der.clone(), name: name.map(Arc::from) });
    RECORD.with_borrow_mut(|record| record.certificate = shown);
}

/// Keeps the secrets of the handshake under way.
#[derive(Debug)]
pub(crate) struct KeyLogger;

impl rustls::KeyLog for KeyLogger {
    fn log(&self, label: &str, _client_random: &[u8], secret: &[u8]) {
        RECORD.with_borrow_mut(|record| {
            // Nobody has asked since: these are of handshakes that were given up.
            if record.secrets.len() >= MAX_SECRETS {
                record.secrets.clear();
            }
            record.secrets.push((label.to_owned(), secret.to_vec()));
        });
    }
}

/// No handshake has more.
const MAX_SECRETS: usize = 16;
