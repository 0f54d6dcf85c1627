//! OCSP responses that are sent along with certificates (RFC 6960). Whether one may be sent is decided when it is given: it is for this
//! certificate alone, says something about it (that it was revoked too, as in HAProxy: clients are to know), and at its time.

mod inquiry;
mod text;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use rustls_pki_types::CertificateDer;
use x509_parser::prelude::FromDer;
use x509_parser::time::ASN1Time;

use crate::der::{Reader, SEQUENCE, Value, tagged};
use crate::verify::{Link, has_signed};

pub use inquiry::Inquiry;
pub use text::{describe, id_parts};

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const ENUMERATED: u8 = 0x0a;
const GENERALIZED_TIME: u8 = 0x18;

/// A response that may be sent.
#[derive(Debug)]
pub(crate) struct Staple {
    pub(crate) der: Vec<u8>,
    /// When it ceases to count, in seconds since 1970; none: that is left open.
    pub(crate) ends: Option<i64>,
    /// The certificate that it is for, as [`id_of`] has it.
    pub(crate) id: Vec<u8>,
}

impl Staple {
    /// Checks a response for a certificate.
    ///
    /// # Errors
    /// Why it is not to be sent, in words.
    pub(crate) fn check(der: &[u8], own: &Link, issuer: &Link) -> Result<Self, String> {
        let staple = Self::read(der)?;
        if staple.id != id(own, issuer) {
            return Err("it is for another certificate".into());
        }
        Ok(staple)
    }

    /// Checks a response for whatever certificate it is for.
    ///
    /// # Errors
    /// Why it is not to be sent, in words.
    pub(crate) fn read(der: &[u8]) -> Result<Self, String> {
        let single = single_response(der)?;
        let mut parts = single.inside();
        let id = parts.expect(SEQUENCE).ok_or(BROKEN)?;
        let status = parts.next().ok_or(BROKEN)?;
        match status.tag & 0x1f {
            0 | 1 => {}
            _ => return Err("it does not know the certificate".into()),
        }
        let now = ASN1Time::now().timestamp();
        let begins = parts.expect(GENERALIZED_TIME).and_then(time).ok_or(BROKEN)?;
        let ends = parts.expect(0xa0).and_then(|ends| ends.inside().expect(GENERALIZED_TIME)).and_then(time);
        if begins > now {
            return Err("its time has not come yet".into());
        }
        if ends.is_some_and(|ends| ends < now) {
            return Err("its time is over".into());
        }
        Ok(Self {
            der: der.to_vec(),
            ends,
            id: comparable_id(id).ok_or("it names the certificate by other hashes than SHA-1")?,
        })
    }
}

/// Checks that the issuer, or who may answer for it, has signed a response: whoever carries responses over the network may change them
/// (RFC 6960 4.2.2.2). Those that operators give are taken as they are.
///
/// # Errors
/// Nobody who may has signed it.
pub(crate) fn check_signature(der: &[u8], issuer: &Link) -> Result<(), String> {
    let basic = basic_response(der)?;
    if has_signed(issuer, basic.whole) {
        return Ok(());
    }
    let mut parts = basic.inside();
    // What is signed, how, and the signature.
    for _ in 0..3 {
        parts.next().ok_or(BROKEN)?;
    }
    let mut sent = match parts.expect(0xa0).and_then(|sent| sent.inside().expect(SEQUENCE)) {
        Some(sent) => sent.inside(),
        None => return Err("the issuer has not signed it".into()),
    };
    let now = ASN1Time::now().timestamp();
    while let Some(certificate) = sent.next() {
        let Ok(signer) = Link::parse(CertificateDer::from(certificate.whole.to_vec())) else { continue };
        let is_meant = signer.for_ocsp && signer.may_come_from(issuer) && has_signed(issuer, &signer.der);
        if is_meant && (signer.not_before..=signer.not_after).contains(&now) && has_signed(&signer, basic.whole) {
            return Ok(());
        }
    }
    Err("neither the issuer nor anybody who may answer for it has signed it".into())
}

const BROKEN: &str = "it is no OCSP response";

/// What is signed of a response, with its signature.
fn basic_response(der: &[u8]) -> Result<Value<'_>, String> {
    let mut response = Reader::new(der).expect(SEQUENCE).ok_or(BROKEN)?.inside();
    let status = response.expect(ENUMERATED).ok_or(BROKEN)?;
    if status.content != [0] {
        return Err("the responder has refused to answer".into());
    }
    let mut bytes = response.expect(0xa0).and_then(|bytes| bytes.inside().expect(SEQUENCE)).ok_or(BROKEN)?.inside();
    let _kind = bytes.next().ok_or(BROKEN)?;
    let basic = bytes.expect(OCTET_STRING).and_then(|basic| basic.inside().expect(SEQUENCE));
    Ok(basic.ok_or(BROKEN)?)
}

/// The only answer of a response.
fn single_response(der: &[u8]) -> Result<Value<'_>, String> {
    let signed = basic_response(der)?.inside().expect(SEQUENCE).ok_or(BROKEN)?;
    let mut parts = signed.inside();
    let _version = parts.expect(0xa0);
    let _responder = parts.next().ok_or(BROKEN)?;
    let _produced = parts.expect(GENERALIZED_TIME).ok_or(BROKEN)?;
    let mut answers = parts.expect(SEQUENCE).ok_or(BROKEN)?.inside();
    let first = answers.expect(SEQUENCE).ok_or(BROKEN)?;
    match answers.next() {
        None => Ok(first),
        Some(_) => Err("it answers for several certificates".into()),
    }
}

fn time(value: Value<'_>) -> Option<i64> {
    ASN1Time::from_der(value.whole).ok().map(|(_, time)| time.timestamp())
}

/// What OCSP knows a certificate by, in DER (RFC 6960 4.1.1).
pub(crate) fn id_of(own: &CertificateDer<'static>, issuer: &CertificateDer<'static>) -> Option<Vec<u8>> {
    Some(id(&Link::parse(own.clone()).ok()?, &Link::parse(issuer.clone()).ok()?))
}

fn id(own: &Link, issuer: &Link) -> Vec<u8> {
    let hash = |bytes: &[u8]| digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes);
    let name = tagged(SEQUENCE, &issuer.subject_der);
    let mut content = SHA1.to_vec();
    content.extend(tagged(OCTET_STRING, hash(&name).as_ref()));
    content.extend(tagged(OCTET_STRING, hash(&issuer.key_bits).as_ref()));
    content.extend(tagged(INTEGER, &own.serial));
    tagged(SEQUENCE, &content)
}

/// A response's identifier as [`id`] writes it: algorithms may be written with or without parameters.
fn comparable_id(id: Value<'_>) -> Option<Vec<u8>> {
    let mut parts = id.inside();
    let algorithm = parts.expect(SEQUENCE)?.inside().next()?;
    let rest = [parts.next()?, parts.next()?, parts.next()?];
    if algorithm.whole != SHA1_OID {
        return None;
    }
    let mut content = SHA1.to_vec();
    for part in rest {
        content.extend_from_slice(part.whole);
    }
    Some(tagged(SEQUENCE, &content))
}

const SHA1_OID: &[u8] = &[0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a];
/// The identifier of SHA-1 with its empty parameters.
const SHA1: &[u8] = &[0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00];
