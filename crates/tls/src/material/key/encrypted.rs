//! Private keys that a passphrase protects: PKCS #8 (RFC 5958 3) with PBES2 (RFC 8018 6.2), a key drawn from the passphrase by PBKDF2 and AES
//! in CBC mode, as OpenSSL and most others write them.

use std::num::NonZeroU32;

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, Algorithm, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::pbkdf2::{self, PBKDF2_HMAC_SHA1, PBKDF2_HMAC_SHA256, PBKDF2_HMAC_SHA384, PBKDF2_HMAC_SHA512};

use crate::der::{Reader, SEQUENCE};
use crate::settings::Passphrase;

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT: u8 = 0x06;

const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13];
const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 12];
/// What PBKDF2 hashes with, by the last part of its identifier 1.2.840.113549.2.n.
const HMAC: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2];
/// AES, by the last part of its identifier 2.16.840.1.101.3.4.1.n.
const AES: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1];
/// Rounds of PBKDF2: more would hold up the start for minutes.
const MAX_ROUNDS: u32 = 10_000_000;
/// Bytes of the longest key of AES.
const MAX_KEY: usize = 32;

/// Why a key stays closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// It is protected in a way that is not known here.
    Method,
    /// The passphrase is another.
    Passphrase,
}

/// The key in PKCS #8 without protection.
pub(super) fn open(der: &[u8], passphrase: &Passphrase) -> Result<Vec<u8>, Closed> {
    let protection = Protection::read(der).ok_or(Closed::Method)?;
    let mut secret = [0; MAX_KEY];
    let secret = secret.get_mut(..protection.key_length).ok_or(Closed::Method)?;
    pbkdf2::derive(protection.hash, protection.rounds, protection.salt, passphrase.expose().as_bytes(), secret);
    let text = protection.decrypt(secret).ok_or(Closed::Passphrase)?;
    // With one passphrase in 256 the padding is right by chance.
    let is_key = Reader::new(&text).expect(SEQUENCE).is_some();
    if is_key { Ok(text) } else { Err(Closed::Passphrase) }
}

/// How a key is protected, and what is left of it.
struct Protection<'a> {
    hash: pbkdf2::Algorithm,
    salt: &'a [u8],
    rounds: NonZeroU32,
    cipher: &'static Algorithm,
    key_length: usize,
    vector: &'a [u8],
    text: &'a [u8],
}

impl<'a> Protection<'a> {
    fn read(der: &'a [u8]) -> Option<Self> {
        let mut parts = Reader::new(der).expect(SEQUENCE)?.inside();
        let mut method = parts.expect(SEQUENCE)?.inside();
        let text = parts.expect(OCTET_STRING)?.content;
        (method.expect(OBJECT)?.content == PBES2).then_some(())?;
        let mut method = method.expect(SEQUENCE)?.inside();
        let (mut derivation, mut encryption) = (method.expect(SEQUENCE)?.inside(), method.expect(SEQUENCE)?.inside());

        let (cipher, key_length) = match encryption.expect(OBJECT)?.content.strip_prefix(AES)? {
            [2] => (&AES_128, 16),
            [22] => (&AES_192, 24),
            [42] => (&AES_256, 32),
            _ => return None,
        };
        let vector = encryption.expect(OCTET_STRING)?.content;

        (derivation.expect(OBJECT)?.content == PBKDF2).then_some(())?;
        let mut derivation = derivation.expect(SEQUENCE)?.inside();
        let salt = derivation.expect(OCTET_STRING)?.content;
        let rounds = number(derivation.expect(INTEGER)?.content)?;
        // The length of the key goes without saying.
        derivation.expect(INTEGER);
        let hash = match derivation.expect(SEQUENCE) {
            None => PBKDF2_HMAC_SHA1,
            Some(hash) => match hash.inside().expect(OBJECT)?.content.strip_prefix(HMAC)? {
                [7] => PBKDF2_HMAC_SHA1,
                [9] => PBKDF2_HMAC_SHA256,
                [10] => PBKDF2_HMAC_SHA384,
                [11] => PBKDF2_HMAC_SHA512,
                _ => return None,
            },
        };
        let rounds = NonZeroU32::new(rounds).filter(|rounds| rounds.get() <= MAX_ROUNDS)?;
        Some(Self { hash, salt, rounds, cipher, key_length, vector, text })
    }
}

impl Protection<'_> {
    /// None: the padding is wrong.
    fn decrypt(&self, secret: &[u8]) -> Option<Vec<u8>> {
        let key = PaddedBlockDecryptingKey::cbc_pkcs7(UnboundCipherKey::new(self.cipher, secret).ok()?).ok()?;
        let vector = FixedLength::try_from(self.vector).ok()?;
        let mut text = self.text.to_vec();
        let length = key.decrypt(&mut text, DecryptionContext::Iv128(vector)).ok()?.len();
        text.truncate(length);
        Some(text)
    }
}

fn number(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0_u32, |number, &byte| number.checked_mul(256)?.checked_add(byte.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::material::pem;

    /// Keys as OpenSSL 3 writes them (`openssl genpkey -algorithm EC … -aes256`), all with the passphrase `open sesame`.
    #[test]
    fn keys_that_openssl_has_protected() {
        let check = |text: &str| {
            let block = &pem::blocks("key", text.as_bytes()).unwrap()[0];
            let plain = open(&block.der, &Passphrase::new("open sesame")).unwrap();
            assert!(
                rustls::crypto::aws_lc_rs::sign::any_supported_type(&rustls_pki_types::PrivateKeyDer::Pkcs8(
                    plain.into()
                ))
                .is_ok()
            );
            assert_eq!(open(&block.der, &Passphrase::new("open barley")), Err(Closed::Passphrase));
        };
        check(include_str!("../fixtures/aes128.pem"));
        check(include_str!("../fixtures/aes256.pem"));
        let scrypt = &pem::blocks("key", include_bytes!("../fixtures/scrypt.pem")).unwrap()[0];
        assert_eq!(open(&scrypt.der, &Passphrase::new("open sesame")), Err(Closed::Method));
    }
}
