//! What the last verification of this thread came to. Verifiers are shared by connections and their results are not kept by the TLS library;
//! a handshake runs on one thread without awaiting between its verification and the question for it.

use std::cell::RefCell;

/// What verification of a peer's chain came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// The result as OpenSSL numbers them (X509_V_ERR_*); zero: all is good. The last error met, whether it was passed over or not.
    pub result: u32,
    /// The first error of the peer's own certificate that was passed over (`crt-ignore-err`).
    pub ignored_certificate: Option<u32>,
    /// The first error of its chain that was passed over (`ca-ignore-err`), and at which depth: 1 is the peer's issuer.
    pub ignored_chain: Option<(u32, u8)>,
}

thread_local! {
    static LAST: RefCell<Option<Verification>> = const { RefCell::new(None) };
}

/// Takes what the last verification on this thread came to: to be asked for right after the bytes of a handshake were processed. None: no
/// certificate was looked at since.
pub fn take_verification() -> Option<Verification> {
    LAST.with_borrow_mut(Option::take)
}
