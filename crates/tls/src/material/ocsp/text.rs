//! OCSP responses in words: OpenSSL's, as runtime commands show them.

use std::fmt::Write;

use x509_parser::prelude::FromDer;
use x509_parser::x509::{AlgorithmIdentifier, X509Name};

use super::{ENUMERATED, GENERALIZED_TIME, INTEGER, OCTET_STRING, time};
use crate::certificate::{Name, calendar, full_name_of_signature, without_zeros};
use crate::der::{BIT_STRING, Reader, SEQUENCE, Value};
use crate::material::pem;

/// What a certificate identifier says (RFC 6960 4.1.1): the hashes of the issuer's name and of its key, and the serial number. Nothing: it
/// is none.
pub fn id_parts(id: &[u8]) -> Option<[&[u8]; 3]> {
    let mut parts = Reader::new(id).expect(SEQUENCE)?.inside();
    parts.expect(SEQUENCE)?;
    let name = parts.expect(OCTET_STRING)?.content;
    let key = parts.expect(OCTET_STRING)?.content;
    Some([name, key, without_zeros(parts.expect(INTEGER)?.content)])
}

/// A response in words, with the certificates that came with it in PEM. Nothing: it is no response that says anything.
pub fn describe(der: &[u8]) -> Option<String> {
    let mut response = Reader::new(der).expect(SEQUENCE)?.inside();
    response.expect(ENUMERATED).filter(|status| status.content == [0])?;
    let mut bytes = response.expect(0xa0)?.inside().expect(SEQUENCE)?.inside();
    let _kind = bytes.next()?;
    let mut basic = bytes.expect(OCTET_STRING)?.inside().expect(SEQUENCE)?.inside();
    let data = basic.expect(SEQUENCE)?;
    let algorithm = basic.expect(SEQUENCE)?;
    let signature = basic.expect(BIT_STRING)?.bits()?;
    let mut text = String::from(
        "OCSP Response Data:\n    OCSP Response Status: successful (0x0)\n    Response Type: Basic OCSP Response\n",
    );
    push_data(&mut text, data)?;
    let (_, algorithm) = AlgorithmIdentifier::from_der(algorithm.whole).ok()?;
    let algorithm = full_name_of_signature(&algorithm.algorithm.to_id_string());
    // Writing to memory does not fail.
    let _ = write!(text, "    Signature Algorithm: {algorithm}\n    Signature Value:\n");
    push_digits(&mut text, signature);
    if let Some(certificates) = basic.expect(0xa0).and_then(|certificates| certificates.inside().expect(SEQUENCE)) {
        let mut certificates = certificates.inside();
        while let Some(certificate) = certificates.next() {
            text.push_str(&pem::write("CERTIFICATE", certificate.whole));
        }
    }
    Some(text)
}

/// What the responder has signed.
fn push_data(text: &mut String, data: Value<'_>) -> Option<()> {
    let mut parts = data.inside();
    let version = match parts.expect(0xa0) {
        Some(version) => *version.inside().expect(INTEGER)?.content.last()?,
        None => 0,
    };
    let responder = parts.next()?;
    let responder = match responder.tag {
        0xa1 => Name::new(&X509Name::from_der(responder.content).ok()?.1).spaced(),
        _ => hexadecimal(responder.inside().expect(OCTET_STRING)?.content),
    };
    let produced = date(parts.expect(GENERALIZED_TIME)?)?;
    let _ = write!(
        text,
        "    Version: {} (0x{version:x})\n    Responder Id: {responder}\n    Produced At: {produced}\n    Responses:\n",
        u16::from(version) + 1,
    );
    let mut answers = parts.expect(SEQUENCE)?.inside();
    while let Some(answer) = answers.next() {
        push_answer(text, answer)?;
    }
    Some(())
}

/// What is said of one certificate. A line with a blank stands where OpenSSL leaves one empty, which would end the command's answer.
fn push_answer(text: &mut String, answer: Value<'_>) -> Option<()> {
    let mut parts = answer.inside();
    let id = parts.expect(SEQUENCE)?;
    let (_, hash) = AlgorithmIdentifier::from_der(id.inside().next()?.whole).ok()?;
    let hash = match hash.algorithm.to_id_string().as_str() {
        "1.3.14.3.2.26" => "sha1".to_owned(),
        "2.16.840.1.101.3.4.2.1" => "sha256".to_owned(),
        other => other.to_owned(),
    };
    let [name, key, serial] = id_parts(id.whole)?.map(hexadecimal);
    let _ = write!(
        text,
        "    Certificate ID:\n      Hash Algorithm: {hash}\n      Issuer Name Hash: {name}\n      Issuer Key Hash: {key}\n      \
         Serial Number: {serial}\n",
    );
    let status = parts.next()?;
    let name = match status.tag & 0x1f {
        0 => "good",
        1 => "revoked",
        _ => "unknown",
    };
    let _ = writeln!(text, "    Cert Status: {name}");
    if name == "revoked" {
        let mut said = status.inside();
        let _ = writeln!(text, "    Revocation Time: {}", date(said.expect(GENERALIZED_TIME)?)?);
        if let Some(reason) = said.expect(0xa0).and_then(|reason| reason.inside().expect(ENUMERATED)) {
            let number = *reason.content.last()?;
            let name = REASONS.get(usize::from(number)).copied().unwrap_or("(UNKNOWN)");
            let _ = writeln!(text, "    Revocation Reason: {name} (0x{number:x})");
        }
    }
    let _ = writeln!(text, "    This Update: {}", date(parts.expect(GENERALIZED_TIME)?)?);
    if let Some(next) = parts.expect(0xa0) {
        let _ = writeln!(text, "    Next Update: {}", date(next.inside().expect(GENERALIZED_TIME)?)?);
    }
    text.push_str(" \n");
    Some(())
}

/// Why certificates are revoked (RFC 5280 5.3.1), in OpenSSL's words.
const REASONS: [&str; 11] = [
    "unspecified",
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "(UNKNOWN)",
    "removeFromCRL",
    "privilegeWithdrawn",
    "aACompromise",
];

fn date(value: Value<'_>) -> Option<String> {
    calendar(time(value)?)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Bytes in lines of 18, as OpenSSL shows signatures.
fn push_digits(text: &mut String, bytes: &[u8]) {
    let count = bytes.len();
    for (index, byte) in bytes.iter().enumerate() {
        if index % 18 == 0 {
            text.push_str("        ");
        }
        let _ = write!(text, "{byte:02x}");
        let is_last = index + 1 == count;
        text.push_str(if is_last { "" } else { ":" });
        if is_last || index % 18 == 17 {
            text.push('\n');
        }
    }
}
