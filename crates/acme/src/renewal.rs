//! When a certificate is due, and when a failed order is tried again. Pure: the time is passed in.

use std::time::{Duration, SystemTime};

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::limit::Pace;

/// The time within which a certificate is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// From when on.
    pub not_before: Option<SystemTime>,
    /// Until when.
    pub not_after: SystemTime,
}

impl Validity {
    /// When it is to be renewed: when less than a twelfth of its life is left, or a week where its beginning is unknown (configuration
    /// manual 12.8).
    pub fn due(&self) -> SystemTime {
        let life = self.not_before.and_then(|begin| self.not_after.duration_since(begin).ok());
        let rest = life.map_or(WEEK, |life| life / 12);
        self.not_after.checked_sub(rest).unwrap_or(SystemTime::UNIX_EPOCH)
    }
}

/// The validity of the first certificate of a PEM text; none: there is none that can be read.
pub fn validity_of(pem: &[u8]) -> Option<Validity> {
    let der = CertificateDer::from_pem_slice(pem).ok()?;
    let (_, certificate) = X509Certificate::from_der(&der).ok()?;
    let validity = certificate.validity();
    let begin = validity.not_before.timestamp();
    Some(Validity { not_before: at(begin), not_after: at(validity.not_after.timestamp())? })
}

/// When a certificate is ordered next, after `failures` orders in a row have failed at `last`. `asked` is when the authority said that it
/// might be tried again. What follows a failure never comes before the certificate is due.
pub(crate) fn next_order(
    validity: Option<Validity>,
    failures: u32,
    last: SystemTime,
    asked: Option<SystemTime>,
    pace: &Pace,
) -> SystemTime {
    let due = validity.map_or(SystemTime::UNIX_EPOCH, |validity| validity.due());
    if failures == 0 {
        return due;
    }
    let wait = pace.retry_first.saturating_mul(1 << (failures - 1).min(MOST_DOUBLINGS)).min(pace.retry_limit);
    let again = last + wait;
    due.max(again).max(asked.unwrap_or(again))
}

/// Seconds since 1970 as a time.
fn at(seconds: i64) -> Option<SystemTime> {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    }
}

const WEEK: Duration = Duration::from_secs(7 * 86_400);
const MOST_DOUBLINGS: u32 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3600;
    const DAY: u64 = 24 * HOUR;

    fn time(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn due_when_a_twelfth_of_the_life_is_left() {
        let check = |begin: Option<u64>, end: u64, due: u64| {
            let validity = Validity { not_before: begin.map(time), not_after: time(end) };
            assert_eq!(validity.due(), time(due), "{begin:?} {end}");
        };
        check(Some(0), 90 * DAY, 82 * DAY + 12 * HOUR);
        check(Some(100 * DAY), 106 * DAY, 105 * DAY + 12 * HOUR);
        check(Some(0), 12, 11);
        check(None, 90 * DAY, 83 * DAY);
        // It ends before it begins: no life to take a twelfth of.
        check(Some(91 * DAY), 90 * DAY, 83 * DAY);
    }

    #[test]
    fn orders_after_failures() {
        let pace = Pace::default();
        let ninety = Some(Validity { not_before: Some(time(0)), not_after: time(90 * DAY) });
        let due = 82 * DAY + 12 * HOUR;
        let check = |validity, failures, last, asked: Option<u64>, expected: u64| {
            assert_eq!(next_order(validity, failures, time(last), asked.map(time), &pace), time(expected));
        };
        // Nothing there: at once. Something there: when it is due.
        check(None, 0, 0, None, 0);
        check(ninety, 0, 0, None, due);
        // Failures: one minute, doubled, half a day at most.
        check(None, 1, 1000, None, 1060);
        check(None, 2, 1000, None, 1120);
        check(None, 4, 1000, None, 1480);
        check(None, 30, 1000, None, 1000 + 12 * HOUR);
        check(None, u32::MAX, 1000, None, 1000 + 12 * HOUR);
        check(ninety, 1, due + 5, None, due + 65);
        // The authority's word on it counts, unless it is sooner.
        check(None, 1, 1000, Some(9000), 9000);
        check(None, 1, 1000, Some(1001), 1060);
        // One that a command asked for and that failed long before it is due.
        check(ninety, 1, 1000, None, due);
    }

    #[test]
    fn reads_the_first_certificate() {
        let mut subject = rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
        subject.not_before = rcgen::date_time_ymd(2024, 1, 1);
        subject.not_after = rcgen::date_time_ymd(2024, 3, 31);
        let key = rcgen::KeyPair::generate().unwrap();
        let pem = format!("{}{}", key.serialize_pem(), subject.self_signed(&key).unwrap().pem());
        let expected = Validity { not_before: Some(time(1_704_067_200)), not_after: time(1_704_067_200 + 90 * DAY) };
        assert_eq!(validity_of(pem.as_bytes()), Some(expected));
        assert_eq!(validity_of(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), None);
        assert_eq!(validity_of(b""), None);
    }
}
