//! A certificate before it is signed, in DER (RFC 5280 4.1). Its subject is the authority's with the name behind, as HAProxy writes it.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use aws_lc_rs::rand;
use x509_parser::time::ASN1Time;

use crate::der::{self, BIT_STRING, Reader, SEQUENCE, tagged};
use crate::verify::Link;

/// What a certificate is made of.
pub(super) struct Draft<'a> {
    /// Whom it is for.
    pub(super) name: &'a str,
    pub(super) issuer: &'a Link,
    /// The key in the form of a SubjectPublicKeyInfo.
    pub(super) public_key: &'a [u8],
    /// How it is going to be signed.
    pub(super) algorithm: &'a [u8],
}

/// How long a made certificate counts, and how long before now it begins to: clocks differ.
const LIFETIME_S: i64 = 365 * 86_400;
const LEEWAY_S: i64 = 86_400;
const SERIAL_LENGTH: usize = 16;
/// A common name is no longer (RFC 5280 appendix A.1, `ub-common-name`); the alternative name may be.
const MAX_COMMON_NAME: usize = 64;

const BOOLEAN_TRUE: &[u8] = &[1, 1, 0xff];
const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const UTF8_STRING: u8 = 0x0c;
const SET: u8 = 0x31;

const COMMON_NAME: &[u8] = &[6, 3, 0x55, 4, 3];
const SUBJECT_KEY_ID: &[u8] = &[6, 3, 0x55, 0x1d, 14];
const KEY_USAGE: &[u8] = &[6, 3, 0x55, 0x1d, 15];
const ALTERNATIVE_NAME: &[u8] = &[6, 3, 0x55, 0x1d, 17];
const BASIC_CONSTRAINTS: &[u8] = &[6, 3, 0x55, 0x1d, 19];
const AUTHORITY_KEY_ID: &[u8] = &[6, 3, 0x55, 0x1d, 35];
const EXTENDED_KEY_USAGE: &[u8] = &[6, 3, 0x55, 0x1d, 37];
/// `digitalSignature`, `nonRepudiation` and `keyEncipherment`.
const USAGE_BITS: &[u8] = &[3, 2, 5, 0xe0];
const SERVER_AUTHENTICATION: &[u8] = &[6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1];

impl Draft<'_> {
    /// What is to be signed. None: it cannot be made.
    pub(super) fn write(&self) -> Option<Vec<u8>> {
        let now = ASN1Time::now().timestamp();
        let mut subject = self.issuer.subject_der.clone();
        if self.name.len() <= MAX_COMMON_NAME {
            let attribute = [COMMON_NAME, &tagged(UTF8_STRING, self.name.as_bytes())].concat();
            subject.extend(tagged(SET, &tagged(SEQUENCE, &attribute)));
        }
        let content = [
            tagged(0xa0, &[INTEGER, 1, 2]),
            serial()?,
            self.algorithm.to_vec(),
            tagged(SEQUENCE, &self.issuer.subject_der),
            tagged(SEQUENCE, &[time(now - LEEWAY_S)?, time(now + LIFETIME_S)?].concat()),
            tagged(SEQUENCE, &subject),
            self.public_key.to_vec(),
            tagged(0xa3, &tagged(SEQUENCE, &self.extensions()?)),
        ];
        Some(tagged(SEQUENCE, &content.concat()))
    }

    fn extensions(&self) -> Option<Vec<u8>> {
        let mut key = Reader::new(self.public_key).expect(SEQUENCE)?.inside();
        key.expect(SEQUENCE)?;
        let key_id = digest(&SHA1_FOR_LEGACY_USE_ONLY, key.expect(BIT_STRING).and_then(der::Value::bits)?);
        let host = tagged(0x82, self.name.as_bytes());
        let mut all = [
            extension(BASIC_CONSTRAINTS, true, &tagged(SEQUENCE, &[])),
            extension(KEY_USAGE, true, USAGE_BITS),
            extension(EXTENDED_KEY_USAGE, false, &tagged(SEQUENCE, SERVER_AUTHENTICATION)),
            extension(ALTERNATIVE_NAME, false, &tagged(SEQUENCE, &host)),
            extension(SUBJECT_KEY_ID, false, &tagged(OCTET_STRING, key_id.as_ref())),
        ]
        .concat();
        if let Some(issuer_key_id) = &self.issuer.subject_key_id {
            all.extend(extension(AUTHORITY_KEY_ID, false, &tagged(SEQUENCE, &tagged(0x80, issuer_key_id))));
        }
        Some(all)
    }
}

/// The certificate: what was signed, how, and the signature.
pub(super) fn complete(unsigned: &[u8], algorithm: &[u8], signature: &[u8]) -> Vec<u8> {
    let signature = tagged(BIT_STRING, &[&[0], signature].concat());
    tagged(SEQUENCE, &[unsigned, algorithm, &signature].concat())
}

fn extension(kind: &[u8], is_critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if is_critical { BOOLEAN_TRUE } else { &[] };
    tagged(SEQUENCE, &[kind, critical, &tagged(OCTET_STRING, value)].concat())
}

/// A positive number that nobody guesses (RFC 5280 4.1.2.2).
fn serial() -> Option<Vec<u8>> {
    let mut number = [0; SERIAL_LENGTH];
    rand::fill(&mut number).ok()?;
    // Without its sign, and without a byte in front that says nothing.
    number[0] = number[0] & 0x7f | 0x40;
    Some(tagged(INTEGER, &number))
}

/// A time in the form that its year asks for (RFC 5280 4.1.2.5).
fn time(seconds: i64) -> Option<Vec<u8>> {
    const UTC_TIME: u8 = 0x17;
    const GENERALIZED_TIME: u8 = 0x18;
    let at = ASN1Time::from_timestamp(seconds).ok()?.to_datetime();
    let rest =
        format!("{:02}{:02}{:02}{:02}{:02}Z", u8::from(at.month()), at.day(), at.hour(), at.minute(), at.second());
    Some(match at.year() {
        year @ 1950..2050 => tagged(UTC_TIME, format!("{:02}{rest}", year % 100).as_bytes()),
        year => tagged(GENERALIZED_TIME, format!("{year:04}{rest}").as_bytes()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_their_years_ask() {
        let check = |seconds: i64, expected: &str| {
            let written = time(seconds).unwrap();
            assert_eq!(std::str::from_utf8(&written[2..]).unwrap(), expected);
        };
        check(0, "700101000000Z");
        check(2_524_607_999, "491231235959Z");
        check(2_524_608_000, "20500101000000Z");
    }
}
