//! Encrypted tokens (RFC 7516) in their compact form: header, encrypted key, initialization vector, ciphertext and tag. How the key of the
//! content comes out of the header and the recipient's key is RFC 7518 section 4, how the content is encrypted section 5.

use aes::{Aes128, Aes192, Aes256};
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm};
use base64::Engine;
use cbc::cipher::{BlockCipherDecrypt, BlockSizeUser, KeyInit, consts::U16};
use hmac::digest::Digest;
use hmac::digest::block_api::BlockSizeUser as DigestBlock;
use hmac::{Mac, SimpleHmac};
use serde::Deserialize;
use sha2::{Sha256, Sha384, Sha512};

use super::BASE64_URL;
use super::jwk::{DecryptionKey, PrivateKey};
use super::policy::DecryptionPolicy;
use crate::convert::{cipher, gcm};

/// What a header says of how a token is encrypted. Whatever else it says is the reader's business.
#[derive(Deserialize)]
struct Header {
    alg: String,
    enc: String,
    iv: Option<String>,
    tag: Option<String>,
    epk: Option<EphemeralKey>,
    apu: Option<String>,
    apv: Option<String>,
}

/// The sender's half of an agreement on a key.
#[derive(Deserialize)]
struct EphemeralKey {
    crv: String,
    x: String,
    y: String,
}

/// A key to decrypt with.
#[derive(Clone, Copy)]
pub(super) enum Recipient<'k> {
    /// A shared one.
    Shared(&'k [u8]),
    /// A private one.
    Private(&'k PrivateKey),
}

impl<'k> From<&'k DecryptionKey> for Recipient<'k> {
    fn from(key: &'k DecryptionKey) -> Self {
        match key {
            DecryptionKey::Shared(key) => Self::Shared(key),
            DecryptionKey::Private(key) => Self::Private(key),
        }
    }
}

/// The content of a token. Nothing where it is no such token, or not for this key, or encrypted in a way that is not allowed.
pub(super) fn open(token: &[u8], recipient: Recipient<'_>, policy: DecryptionPolicy) -> Option<Vec<u8>> {
    let mut parts = token.split(|&byte| byte == b'.');
    let (protected, key, vector, text, tag) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let header = decoded(protected)?;
    let header: Header = serde_json::from_slice(&header).ok()?;
    if !policy.allows(&header.alg, &header.enc) {
        return None;
    }
    let content = Content::named(&header.enc)?;
    let key = content_key(&header, recipient, &decoded(key)?, content)?;
    content.open(&key, protected, &decoded(vector)?, decoded(text)?, &decoded(tag)?)
}

fn decoded(part: &[u8]) -> Option<Vec<u8>> {
    BASE64_URL.decode(part).ok()
}

/// The key that the content is encrypted with.
fn content_key(header: &Header, recipient: Recipient<'_>, encrypted: &[u8], content: Content) -> Option<Vec<u8>> {
    match (header.alg.as_str(), recipient) {
        ("dir", Recipient::Shared(key)) => Some(key.to_vec()),
        ("A128KW", Recipient::Shared(key)) => unwrap_sized(key, 16, encrypted),
        ("A192KW", Recipient::Shared(key)) => unwrap_sized(key, 24, encrypted),
        ("A256KW", Recipient::Shared(key)) => unwrap_sized(key, 32, encrypted),
        ("A128GCMKW", Recipient::Shared(key)) => open_key(header, key, 16, encrypted),
        ("A192GCMKW", Recipient::Shared(key)) => open_key(header, key, 24, encrypted),
        ("A256GCMKW", Recipient::Shared(key)) => open_key(header, key, 32, encrypted),
        ("RSA-OAEP", Recipient::Private(key)) => decrypt_key(key, &OAEP_SHA1_MGF1SHA1, encrypted),
        ("RSA-OAEP-256", Recipient::Private(key)) => decrypt_key(key, &OAEP_SHA256_MGF1SHA256, encrypted),
        ("ECDH-ES", Recipient::Private(key)) => agreed_key(header, key, &header.enc, content.key_size),
        ("ECDH-ES+A128KW", Recipient::Private(key)) => unwrap(&agreed_key(header, key, &header.alg, 16)?, encrypted),
        ("ECDH-ES+A192KW", Recipient::Private(key)) => unwrap(&agreed_key(header, key, &header.alg, 24)?, encrypted),
        ("ECDH-ES+A256KW", Recipient::Private(key)) => unwrap(&agreed_key(header, key, &header.alg, 32)?, encrypted),
        ("RSA1_5", Recipient::Private(key)) => decrypt_old_key(key, content.key_size, encrypted),
        _ => None,
    }
}

/// RFC 7518 section 4.3.
fn decrypt_key(key: &PrivateKey, algorithm: &'static OaepAlgorithm, encrypted: &[u8]) -> Option<Vec<u8>> {
    let PrivateKey::Rsa(key) = key else { return None };
    let mut room = vec![0; key.oaep.min_output_size()];
    key.oaep.decrypt(algorithm, encrypted, &mut room, None).ok().map(|key| key.to_vec())
}

/// RFC 7518 section 4.2. What does not decrypt to a key of the right size becomes one that nobody knows, so that whoever sent it learns
/// nothing but that the content is wrong (RFC 7516 section 11.5).
fn decrypt_old_key(key: &PrivateKey, size: usize, encrypted: &[u8]) -> Option<Vec<u8>> {
    let PrivateKey::Rsa(key) = key else { return None };
    let mut unknown = vec![0; size];
    aws_lc_rs::rand::fill(&mut unknown).ok()?;
    let mut room = vec![0; key.pkcs1.min_output_size()];
    match key.pkcs1.decrypt(encrypted, &mut room) {
        Ok(known) if known.len() == size => Some(known.to_vec()),
        Ok(_) | Err(_) => Some(unknown),
    }
}

/// RFC 7518 section 4.7: the key of the content, encrypted by AES-GCM.
fn open_key(header: &Header, key: &[u8], size: usize, encrypted: &[u8]) -> Option<Vec<u8>> {
    let (vector, tag) = (decoded(header.iv.as_ref()?.as_bytes())?, decoded(header.tag.as_ref()?.as_bytes())?);
    let mut text = encrypted.to_vec();
    (key.len() == size && vector.len() == GCM_NONCE && gcm::open(key, &vector, b"", &mut text, &tag)).then_some(text)
}

/// RFC 7518 section 4.6: so many bytes, derived from what both sides share (the Concat KDF of NIST SP 800-56A with SHA-256).
fn agreed_key(header: &Header, key: &PrivateKey, purpose: &str, size: usize) -> Option<Vec<u8>> {
    let (PrivateKey::Curve(curve, own), Some(peer)) = (key, &header.epk) else { return None };
    let shared = curve.agree(own, &peer.crv, &peer.x, &peer.y)?;
    let party = |text: &Option<String>| decoded(text.as_deref().unwrap_or_default().as_bytes());
    let (producer, consumer) = (party(&header.apu)?, party(&header.apv)?);
    let mut derived = Vec::with_capacity(size + 32);
    for round in 1_u32.. {
        if derived.len() >= size {
            break;
        }
        let mut hash = Sha256::new();
        hash.update(round.to_be_bytes());
        hash.update(&shared);
        for text in [purpose.as_bytes(), &producer, &consumer] {
            hash.update((text.len() as u32).to_be_bytes());
            hash.update(text);
        }
        hash.update((size as u32 * 8).to_be_bytes());
        derived.extend_from_slice(&hash.finalize());
    }
    derived.truncate(size);
    Some(derived)
}

fn unwrap_sized(key: &[u8], size: usize, wrapped: &[u8]) -> Option<Vec<u8>> {
    if key.len() == size { unwrap(key, wrapped) } else { None }
}

/// AES Key Wrap backwards (RFC 3394 section 2.2.2).
fn unwrap(key: &[u8], wrapped: &[u8]) -> Option<Vec<u8>> {
    match key.len() {
        16 => unwrap_with(&Aes128::new_from_slice(key).ok()?, wrapped),
        24 => unwrap_with(&Aes192::new_from_slice(key).ok()?, wrapped),
        32 => unwrap_with(&Aes256::new_from_slice(key).ok()?, wrapped),
        _ => None,
    }
}

fn unwrap_with<C: BlockCipherDecrypt + BlockSizeUser<BlockSize = U16>>(cipher: &C, wrapped: &[u8]) -> Option<Vec<u8>> {
    const HALF: usize = 8;
    const INITIAL: [u8; HALF] = [0xa6; HALF];
    let (check, words) = wrapped.split_first_chunk::<HALF>()?;
    if words.len() < 2 * HALF || words.len() % HALF != 0 {
        return None;
    }
    let (mut check, mut words) = (*check, words.to_vec());
    let count = words.len() / HALF;
    for step in (1..=6 * count as u64).rev() {
        let at = (step as usize - 1) % count * HALF;
        let mut block = [0; 2 * HALF];
        block[..HALF].copy_from_slice(&(u64::from_be_bytes(check) ^ step).to_be_bytes());
        block[HALF..].copy_from_slice(&words[at..at + HALF]);
        let mut block = block.into();
        cipher.decrypt_block(&mut block);
        check.copy_from_slice(&block[..HALF]);
        words[at..at + HALF].copy_from_slice(&block[HALF..]);
    }
    bool::from(subtle::ConstantTimeEq::ct_eq(&check[..], &INITIAL[..])).then_some(words)
}

const GCM_NONCE: usize = 12;

/// How content is encrypted.
#[derive(Clone, Copy)]
struct Content {
    /// Bytes of its key.
    key_size: usize,
    mode: Mode,
}

#[derive(Clone, Copy)]
enum Mode {
    Gcm,
    /// AES-CBC, then a code over everything: by this function, with the first half of the key.
    CbcHmac(Code),
}

/// Whether a tag is right for a key and what it is made over.
type Code = fn(key: &[u8], parts: [&[u8]; 4], tag: &[u8]) -> bool;

impl Content {
    fn named(name: &str) -> Option<Self> {
        let (key_size, mode) = match name {
            "A128GCM" => (16, Mode::Gcm),
            "A192GCM" => (24, Mode::Gcm),
            "A256GCM" => (32, Mode::Gcm),
            "A128CBC-HS256" => (32, Mode::CbcHmac(is_tag::<Sha256>)),
            "A192CBC-HS384" => (48, Mode::CbcHmac(is_tag::<Sha384>)),
            "A256CBC-HS512" => (64, Mode::CbcHmac(is_tag::<Sha512>)),
            _ => return None,
        };
        Some(Self { key_size, mode })
    }

    /// The content itself; what is `protected` is authenticated with it.
    fn open(self, key: &[u8], protected: &[u8], vector: &[u8], mut text: Vec<u8>, tag: &[u8]) -> Option<Vec<u8>> {
        if key.len() != self.key_size {
            return None;
        }
        match self.mode {
            Mode::Gcm => {
                (vector.len() == GCM_NONCE && gcm::open(key, vector, protected, &mut text, tag)).then_some(text)
            }
            Mode::CbcHmac(code) => {
                let (code_key, key) = key.split_at(self.key_size / 2);
                let protected_bits = (protected.len() as u64 * 8).to_be_bytes();
                if !code(code_key, [protected, vector, &text, &protected_bits], tag) {
                    return None;
                }
                let length = cipher::open(key, vector.try_into().ok()?, &mut text)?;
                text.truncate(length);
                Some(text)
            }
        }
    }
}

/// RFC 7518 section 5.2.2.1: the first half of an HMAC.
fn is_tag<D: Digest + DigestBlock>(key: &[u8], parts: [&[u8]; 4], tag: &[u8]) -> bool {
    let Ok(mut mac) = <SimpleHmac<D> as KeyInit>::new_from_slice(key) else { return false };
    parts.into_iter().for_each(|part| mac.update(part));
    tag.len() == key.len() && mac.verify_truncated_left(tag).is_ok()
}

#[cfg(test)]
mod tests;
