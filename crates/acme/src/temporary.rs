//! Certificates that stand in for those that an authority has yet to issue.

use rcgen::CertificateParams;
use time::{Duration, OffsetDateTime};

use crate::fault::Fault;
use crate::key;
use crate::settings::Managed;

/// A certificate signed by its own key, in PEM with that key, so that a `bind` line can begin without a file (configuration manual 12.7.1
/// `acme`). It has expired already: nobody is to take it for a real one, and the scheduler asks for a real one at once.
///
/// # Errors
/// When a name of the certificate cannot stand in one.
pub fn temporary_certificate(managed: &Managed) -> Result<String, Fault> {
    let made = key::generate(managed.authority.key)?;
    let mut subject: CertificateParams = key::subject(&managed.domains, &managed.addresses)?;
    let now = OffsetDateTime::now_utc();
    subject.not_before = now - Duration::days(2);
    subject.not_after = now - Duration::days(1);
    let certificate = subject.self_signed(&made).map_err(|fault| Fault::Key(fault.to_string()))?;
    Ok(format!("{}{}", certificate.pem(), made.serialize_pem()))
}
