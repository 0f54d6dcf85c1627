//! Names of algorithms by object identifier, as OpenSSL prints them.

use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::{Identified, by_identifier};

/// Of a key.
pub(super) fn of_key(identifier: &str) -> Option<&'static str> {
    by_identifier(KEYS, identifier)
}

/// Of a key, with its length in bits where there are several.
pub(super) fn label_of_key(key: &SubjectPublicKeyInfo<'_>) -> Option<String> {
    let bits = match key.parsed() {
        // The coordinates of P-521 leave bits of their first bytes unused.
        Ok(PublicKey::EC(point)) => return Some(format!("EC{}", point.key_size().min(521))),
        Ok(PublicKey::RSA(key)) => key.key_size(),
        _ => return of_key(&key.algorithm.algorithm.to_id_string()).map(str::to_owned),
    };
    Some(format!("RSA{bits}"))
}

/// Of a signature.
pub(super) fn of_signature(identifier: &str) -> Option<&'static str> {
    by_identifier(SIGNATURES, identifier)
}

/// Of a signature, in OpenSSL's long form; those without a name by their identifier.
pub(super) fn full_name_of_signature(identifier: &str) -> String {
    match of_signature(identifier) {
        Some("RSASSA-PSS") => "rsassaPss".to_owned(),
        Some(name) => match name.strip_prefix("RSA-") {
            Some(hash @ ("MD2" | "MD4" | "MD5" | "SHA1" | "SHA224" | "SHA256" | "SHA384" | "SHA512")) => {
                format!("{}WithRSAEncryption", hash.to_ascii_lowercase())
            }
            _ => name.to_owned(),
        },
        None => identifier.to_owned(),
    }
}

const KEYS: &Identified = &[
    ("1.2.840.113549.1.1.1", "rsaEncryption"),
    ("1.2.840.113549.1.1.10", "RSASSA-PSS"),
    ("1.2.840.10045.2.1", "id-ecPublicKey"),
    ("1.3.101.112", "ED25519"),
    ("1.3.101.113", "ED448"),
    ("1.3.101.110", "X25519"),
    ("1.3.101.111", "X448"),
    ("1.2.840.10040.4.1", "DSA"),
    ("1.2.840.113549.1.3.1", "dhKeyAgreement"),
    ("1.2.156.10197.1.301", "SM2"),
];

const SIGNATURES: &Identified = &[
    ("1.2.840.113549.1.1.11", "RSA-SHA256"),
    ("1.2.840.113549.1.1.12", "RSA-SHA384"),
    ("1.2.840.113549.1.1.13", "RSA-SHA512"),
    ("1.2.840.113549.1.1.10", "RSASSA-PSS"),
    ("1.2.840.10045.4.3.2", "ecdsa-with-SHA256"),
    ("1.2.840.10045.4.3.3", "ecdsa-with-SHA384"),
    ("1.2.840.10045.4.3.4", "ecdsa-with-SHA512"),
    ("1.3.101.112", "ED25519"),
    ("1.3.101.113", "ED448"),
    ("1.2.840.113549.1.1.2", "RSA-MD2"),
    ("1.2.840.113549.1.1.3", "RSA-MD4"),
    ("1.2.840.113549.1.1.4", "RSA-MD5"),
    ("1.2.840.113549.1.1.5", "RSA-SHA1"),
    ("1.2.840.113549.1.1.14", "RSA-SHA224"),
    ("1.2.840.113549.1.1.15", "RSA-SHA512/224"),
    ("1.2.840.113549.1.1.16", "RSA-SHA512/256"),
    ("1.3.14.3.2.29", "RSA-SHA1-2"),
    ("1.3.36.3.3.1.2", "RSA-RIPEMD160"),
    ("1.2.840.10045.4.1", "ecdsa-with-SHA1"),
    ("1.2.840.10045.4.3.1", "ecdsa-with-SHA224"),
    ("1.2.840.10040.4.3", "DSA-SHA1"),
    ("2.16.840.1.101.3.4.3.1", "dsa_with_SHA224"),
    ("2.16.840.1.101.3.4.3.2", "dsa_with_SHA256"),
    ("2.16.840.1.101.3.4.3.3", "id-dsa-with-sha384"),
    ("2.16.840.1.101.3.4.3.4", "id-dsa-with-sha512"),
    ("2.16.840.1.101.3.4.3.9", "id-ecdsa-with-sha3-224"),
    ("2.16.840.1.101.3.4.3.10", "id-ecdsa-with-sha3-256"),
    ("2.16.840.1.101.3.4.3.11", "id-ecdsa-with-sha3-384"),
    ("2.16.840.1.101.3.4.3.12", "id-ecdsa-with-sha3-512"),
    ("2.16.840.1.101.3.4.3.13", "id-rsassa-pkcs1-v1_5-with-sha3-224"),
    ("2.16.840.1.101.3.4.3.14", "id-rsassa-pkcs1-v1_5-with-sha3-256"),
    ("2.16.840.1.101.3.4.3.15", "id-rsassa-pkcs1-v1_5-with-sha3-384"),
    ("2.16.840.1.101.3.4.3.16", "id-rsassa-pkcs1-v1_5-with-sha3-512"),
    ("1.2.156.10197.1.501", "SM2-SM3"),
    ("1.2.156.10197.1.504", "RSA-SM3"),
];
