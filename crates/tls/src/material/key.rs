//! Private keys from PEM blocks.

use std::sync::Arc;

use rustls::SignatureAlgorithm;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::sign::SigningKey;
use rustls_pki_types::PrivateKeyDer;

use super::KeyKind;
use super::pem::Block;
use crate::report::Problem;

/// The key of a block, if the block is a key.
pub(super) fn from_block(file: &str, block: &Block) -> Option<Result<PrivateKeyDer<'static>, Problem>> {
    let key = match block.label.as_str() {
        "ENCRYPTED PRIVATE KEY" => None,
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

/// The key made fit for signing.
pub(super) fn signing(about: &str, key: &PrivateKeyDer<'_>) -> Result<(Arc<dyn SigningKey>, KeyKind), Problem> {
    let key = any_supported_type(key).map_err(|_| {
        Problem::new(
            about,
            "its private key cannot be used: it is broken, or neither RSA of 2048 to 8192 bits, ECDSA on P-256, P-384 or P-521, nor Ed25519",
        )
    })?;
    let kind = match key.algorithm() {
        SignatureAlgorithm::RSA => KeyKind::Rsa,
        SignatureAlgorithm::ECDSA => KeyKind::Ecdsa,
        SignatureAlgorithm::ED25519 => KeyKind::Ed25519,
        _ => return Err(Problem::new(about, "its private key is of a kind that nobody can check")),
    };
    Ok((key, kind))
}
