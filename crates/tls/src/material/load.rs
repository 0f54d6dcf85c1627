//! Certificates from files.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::sign::CertifiedKey;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use super::pem::{self, Block};
use super::{Certificate, kind_of};
use crate::report::{Notice, Problem};
use crate::settings::{CertificateSource, Tuning};

/// Reads a certificate and what belongs to it.
///
/// # Errors
/// A file that is not there or cannot be read, and what is wrong in it; an error names the file and the block.
pub fn load_certificate(source: &CertificateSource, tuning: &Tuning) -> Result<(Certificate, Vec<Notice>), Problem> {
    let path = source.file.as_ref().map(|file| file.to_string_lossy());
    let file = path.as_deref().unwrap_or(source.name.as_str());
    let mut blocks = read_blocks(file)?;
    if let Some(key) = &source.key {
        blocks.extend(read_blocks(&key.to_string_lossy())?);
    } else if !blocks.iter().any(|block| block.label.ends_with("PRIVATE KEY")) && tuning.extra_files.key {
        blocks.extend(read_blocks(&format!("{file}.key"))?);
    }
    let chain: Vec<CertificateDer<'static>> = blocks
        .iter()
        .filter(|block| block.label == "CERTIFICATE")
        .map(|block| CertificateDer::from(block.der.clone()))
        .collect();
    let Some(own) = chain.first() else { return Err(Problem::new(file, "there is no certificate in it")) };
    let names =
        names_of(own).map_err(|error| Problem::new(file, format!("its certificate cannot be read: {error}")))?;
    let Some(key) = blocks.iter().find(|block| block.label.ends_with("PRIVATE KEY")) else {
        return Err(Problem::new(file, "there is no private key in it"));
    };
    let key = PrivateKeyDer::try_from(key.der.clone()).map_err(|error| Problem::new(key.place(file), error))?;
    let key = any_supported_type(&key)
        .map_err(|error| Problem::new(file, format!("its private key cannot be used: {error}")))?;
    let kind = kind_of(&*key);
    let key = CertifiedKey::new(chain, key);
    key.keys_match().map_err(|_| Problem::new(file, "the private key is not the one of the certificate"))?;
    Ok((Certificate { name: source.name.clone(), key: Arc::new(key), kind, names }, Vec::new()))
}

fn read_blocks(file: &str) -> Result<Vec<Block>, Problem> {
    let text = std::fs::read(file).map_err(|error| Problem::new(file, format!("it cannot be read: {error}")))?;
    pem::blocks(file, &text)
}

fn names_of(der: &[u8]) -> Result<Vec<String>, String> {
    let (_, certificate) = X509Certificate::from_der(der).map_err(|error| error.to_string())?;
    let mut names = Vec::new();
    if let Ok(Some(alternatives)) = certificate.subject_alternative_name() {
        names.extend(alternatives.value.general_names.iter().filter_map(|name| match name {
            GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
            _ => None,
        }));
    }
    names.extend(
        certificate.subject().iter_common_name().filter_map(|name| name.as_str().ok()).map(str::to_ascii_lowercase),
    );
    names.dedup();
    Ok(names)
}
