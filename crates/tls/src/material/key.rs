//! Private keys from PEM blocks, and what becomes of them with a certificate.

mod encrypted;
mod outline;

use std::fmt;
use std::sync::{Arc, OnceLock};

use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::sign::{Signer, SigningKey};
use rustls::{SignatureAlgorithm, SignatureScheme};
use rustls_pki_types::{PrivateKeyDer, SubjectPublicKeyInfoDer};

use self::encrypted::Closed;
use super::KeyKind;
use super::pem::Block;
use crate::report::Problem;
use crate::settings::Passphrase;
use crate::verify::Link;

/// The key of a block, if the block is a key.
pub(super) fn from_block(
    file: &str,
    block: &Block,
    passphrase: Option<&Passphrase>,
) -> Option<Result<PrivateKeyDer<'static>, Problem>> {
    let key = match block.label.as_str() {
        "ENCRYPTED PRIVATE KEY" => match passphrase {
            Some(passphrase) => return Some(opened(file, block, passphrase)),
            None => None,
        },
        "PRIVATE KEY" => Some(PrivateKeyDer::Pkcs8(block.der.clone().into())),
        "RSA PRIVATE KEY" => Some(PrivateKeyDer::Pkcs1(block.der.clone().into())),
        "EC PRIVATE KEY" => Some(PrivateKeyDer::Sec1(block.der.clone().into())),
        _ => return None,
    };
    Some(key.filter(|_| !block.encrypted).ok_or_else(|| {
        Problem::new(
            block.place(file),
            "the private key is encrypted, and keys can only be read without a passphrase: store it decrypted",
        )
    }))
}

fn opened(file: &str, block: &Block, passphrase: &Passphrase) -> Result<PrivateKeyDer<'static>, Problem> {
    match encrypted::open(&block.der, passphrase) {
        Ok(der) => Ok(PrivateKeyDer::Pkcs8(der.into())),
        Err(Closed::Passphrase) => {
            Err(Problem::new(block.place(file), "the private key is encrypted with another passphrase"))
        }
        Err(Closed::Method) => Err(Problem::new(
            block.place(file),
            "the private key is encrypted in a way that is not known: PBES2 with PBKDF2 and AES in CBC mode is (openssl pkcs8 -topk8 -v2 aes-256-cbc)",
        )),
    }
}

/// The key made fit for signing with the certificate `link`, or made so when it is first used: taking up a key costs a thousand times what the
/// look at a file does, and of ten thousand certificates few are asked for.
///
/// # Errors
/// It cannot be used, or is not the certificate's.
pub(super) fn signing(
    about: &str,
    key: &Arc<PrivateKeyDer<'static>>,
    link: &Link,
) -> Result<(Arc<dyn SigningKey>, KeyKind), Problem> {
    if let Some(kind) = outline::kind_of_pair(key.secret_der(), link) {
        let algorithm = match kind {
            KeyKind::Rsa => SignatureAlgorithm::RSA,
            KeyKind::Ecdsa => SignatureAlgorithm::ECDSA,
            KeyKind::Ed25519 => SignatureAlgorithm::ED25519,
        };
        let waiting = WaitingKey { given: key.clone(), public: link.public_key(), algorithm, made: OnceLock::new() };
        return Ok((Arc::new(waiting), kind));
    }
    let key = take_up(about, key)?;
    let kind = match key.algorithm() {
        SignatureAlgorithm::RSA => KeyKind::Rsa,
        SignatureAlgorithm::ECDSA => KeyKind::Ecdsa,
        SignatureAlgorithm::ED25519 => KeyKind::Ed25519,
        _ => return Err(Problem::new(about, "its private key is of a kind that nobody can check")),
    };
    if key.public_key().is_some_and(|public| outline::key_bits(&public) != Some(link.key_bits.as_slice())) {
        return Err(Problem::new(about, "the private key is not the one of the certificate"));
    }
    Ok((key, kind))
}

fn take_up(about: &str, key: &PrivateKeyDer<'_>) -> Result<Arc<dyn SigningKey>, Problem> {
    any_supported_type(key).map_err(|_| {
        Problem::new(
            about,
            "its private key cannot be used: it is broken, or neither RSA of 2048 to 8192 bits, ECDSA on P-256, P-384 or P-521, nor Ed25519",
        )
    })
}

/// A key that is known to be its certificate's by its public part, and taken up when it is first used.
struct WaitingKey {
    given: Arc<PrivateKeyDer<'static>>,
    /// The certificate's SubjectPublicKeyInfo.
    public: Vec<u8>,
    algorithm: SignatureAlgorithm,
    /// None: its secret part is broken.
    made: OnceLock<Option<Arc<dyn SigningKey>>>,
}

impl fmt::Debug for WaitingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitingKey").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

impl SigningKey for WaitingKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        self.made.get_or_init(|| any_supported_type(&self.given).ok()).as_ref()?.choose_scheme(offered)
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        Some(SubjectPublicKeyInfoDer::from(self.public.as_slice()))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }
}
