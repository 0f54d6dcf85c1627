//! CA files and CRL files (configuration manual 5.1 `ca-file`, `crl-file`).

use std::path::Path;
use std::sync::Arc;

use rustls_pki_types::CertificateDer;

use super::load::{files_of, read};
use super::pem;
use crate::report::Problem;
use crate::verify::{Authorities, Link, RevocationList, Revocations};

/// The name that stands for the authorities that the system trusts.
pub const SYSTEM_AUTHORITIES: &str = "@system-ca";

/// Reads the authorities of a file, of a directory's files, or of the system.
///
/// # Errors
/// What cannot be read; an error names the file and the block.
pub(crate) fn load_authorities(name: &str) -> Result<Authorities, Problem> {
    if name == SYSTEM_AUTHORITIES {
        return load_system();
    }
    let path = Path::new(name);
    if !path.is_dir() {
        return read_authorities(name, &read(path)?);
    }
    let is_wanted = |path: &Path| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        !name.starts_with('.') && [".pem", ".crt", ".cer", ".crl"].iter().any(|extension| name.ends_with(extension))
    };
    let files = files_of(path, is_wanted).map_err(|error| Problem::new(name, format!("it cannot be read: {error}")))?;
    let mut all = Authorities::default();
    for file in files {
        let found = read_authorities(&file.to_string_lossy(), &read(&file)?)?;
        all.links.extend(found.links);
        all.lists.extend(found.lists);
    }
    Ok(all)
}

fn load_system() -> Result<Authorities, Problem> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let why = found.errors.first().map_or_else(|| "there are none".to_owned(), ToString::to_string);
        return Err(Problem::new(SYSTEM_AUTHORITIES, format!("the system's authorities cannot be read: {why}")));
    }
    // What the system trusts and we cannot read, nobody will miss by name.
    let links = found.certs.into_iter().filter_map(|certificate| Link::parse(certificate).ok()).map(Arc::new).collect();
    Ok(Authorities { links, lists: Vec::new() })
}

/// Authorities, and revocation lists between them, from PEM text.
///
/// # Errors
/// What is wrong in it, with the block.
pub(crate) fn read_authorities(name: &str, content: &[u8]) -> Result<Authorities, Problem> {
    let mut found = Authorities::default();
    for block in pem::blocks(name, content)? {
        match block.label.as_str() {
            "CERTIFICATE" | "X509 CERTIFICATE" => {
                let place = block.place(name);
                let link = Link::parse(CertificateDer::from(block.der))
                    .map_err(|error| Problem::new(place, format!("this certificate cannot be read: {error}")))?;
                found.links.push(Arc::new(link));
            }
            "X509 CRL" => found.lists.push(revocation_list(name, &block)?),
            _ => {}
        }
    }
    if found.links.is_empty() && found.lists.is_empty() {
        return Err(Problem::new(name, "there is no certificate in it"));
    }
    Ok(found)
}

/// Reads the revocation lists of a file.
///
/// # Errors
/// What cannot be read; an error names the file and the block.
pub(crate) fn load_revocations(name: &str) -> Result<Revocations, Problem> {
    read_revocations(name, &read(Path::new(name))?)
}

/// Revocation lists from PEM text.
///
/// # Errors
/// What is wrong in it, with the block.
pub(crate) fn read_revocations(name: &str, content: &[u8]) -> Result<Revocations, Problem> {
    let blocks = pem::blocks(name, content)?;
    let lists = blocks.iter().filter(|block| block.label == "X509 CRL").map(|block| revocation_list(name, block));
    let lists = lists.collect::<Result<Vec<_>, _>>()?;
    if lists.is_empty() {
        return Err(Problem::new(name, "there is no revocation list in it"));
    }
    Ok(Revocations { lists })
}

fn revocation_list(name: &str, block: &pem::Block) -> Result<Arc<RevocationList>, Problem> {
    RevocationList::parse(block.der.clone())
        .map(Arc::new)
        .map_err(|error| Problem::new(block.place(name), format!("this revocation list cannot be read: {error}")))
}
