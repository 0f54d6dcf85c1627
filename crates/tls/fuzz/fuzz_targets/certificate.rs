//! Certificates: whatever parses can be asked for everything.
#![no_main]

use burdock_tls::certificate::{Certificate, fingerprint};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    fingerprint(data);
    let Some(certificate) = Certificate::parse(data) else { return };
    for name in [certificate.subject(), certificate.issuer()] {
        name.one_line();
        name.rfc2253();
        name.entry(b"CN", -1);
        name.entry(b"OU", i64::from(data[0]));
    }
    certificate.alternative_names();
    certificate.policies();
    certificate.not_before();
    certificate.not_after();
    certificate.validity_s();
    certificate.is_self_signed();
    certificate.key_algorithm();
    certificate.signature_algorithm();
    assert!(certificate.serial().len() <= data.len() && certificate.version() > 0);
});
