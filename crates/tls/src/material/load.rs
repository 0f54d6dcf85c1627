//! Certificates from files (configuration manual 5.1 `crt`, 3.2 `ssl-load-extra-files`, `issuers-chain-path`).

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use rustls_pki_types::CertificateDer;

use super::{Certificate, Part, Parts};
use crate::report::{Notice, Problem};
use crate::settings::{CertificateSource, ExtraFiles, Tuning};
use crate::verify::Link;

/// Reads a certificate and what belongs to it.
///
/// # Errors
/// A file that is not there or cannot be read, and what is wrong in it; an error names the file and the block.
pub(crate) fn load_certificate(
    source: &CertificateSource,
    tuning: &Tuning,
    chains: Option<&IssuerChains>,
    notices: &mut Vec<Notice>,
) -> Result<Certificate, Problem> {
    let mut parts = parts_of(source)?;
    // What a `crt-store` declares is taken as it is declared (configuration manual 5.1 `crt`).
    if source.file.is_none() {
        take_companions(&mut parts, source, tuning)?;
    }
    parts.complete(&source.name, chains, tuning.skip_self_issued_ca, notices)
}

/// Whether all that a source names is a certificate without its private key, which is enough to verify with, but not to serve.
pub fn is_keyless(source: &CertificateSource) -> bool {
    parts_of(source).is_ok_and(|parts| !parts.chain.is_empty() && parts.key.is_none())
}

/// What the files hold that a source names.
fn parts_of(source: &CertificateSource) -> Result<Parts, Problem> {
    let file = source.file();
    let mut parts = Parts { passphrase: source.passphrase.clone(), ..Parts::default() };
    parts.take(Part::Pem, &file.to_string_lossy(), &read(&file)?)?;
    let given = [
        (Part::Key, &source.key),
        (Part::Ocsp, &source.ocsp),
        (Part::Issuer, &source.issuer),
        (Part::Timestamps, &source.sctl),
    ];
    for (part, path) in given {
        if let Some(path) = path {
            parts.take(part, &path.to_string_lossy(), &read(path)?)?;
        }
    }
    Ok(parts)
}

fn take_companions(parts: &mut Parts, source: &CertificateSource, tuning: &Tuning) -> Result<(), Problem> {
    let stem = match source.name.strip_suffix(".crt") {
        Some(stem) if tuning.extra_replace_extension => stem,
        _ => source.name.as_str(),
    };
    let ExtraFiles { sctl, ocsp, issuer, key, bundle: _ } = tuning.extra_files;
    for (extension, part) in Part::COMPANIONS {
        let is_wanted = match part {
            Part::Pem => false,
            Part::Key => key && parts.key.is_none(),
            Part::Ocsp => ocsp && parts.ocsp.is_none(),
            Part::Issuer => issuer && parts.issuer().is_none(),
            Part::Timestamps => sctl && parts.timestamps.is_none(),
        };
        let path = PathBuf::from(format!("{stem}{extension}"));
        if is_wanted && path.exists() {
            parts.take(part, &path.to_string_lossy(), &read(&path)?)?;
        }
    }
    Ok(())
}

pub(super) fn read(file: &Path) -> Result<Vec<u8>, Problem> {
    std::fs::read(file).map_err(|error| Problem::new(file.to_string_lossy(), format!("it cannot be read: {error}")))
}

/// The files that a name stands for which is no file itself: those of a bundle, one a kind of key (`ssl-load-extra-files bundle`). Empty: it
/// is no bundle.
pub fn bundle_members(name: &str, tuning: &Tuning) -> Vec<String> {
    if !tuning.extra_files.bundle || Path::new(name).exists() {
        return Vec::new();
    }
    [".rsa", ".ecdsa"].iter().map(|kind| format!("{name}{kind}")).filter(|member| Path::new(member).exists()).collect()
}

/// The certificates' files of a directory, in the order of their names: all but companions and hidden files (configuration manual 5.1 `crt`).
///
/// # Errors
/// The directory cannot be read.
pub fn directory_members(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let is_companion = |path: &Path| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.starts_with('.') || Part::COMPANIONS.iter().any(|(extension, _)| name.ends_with(extension))
    };
    files_of(directory, |path| !is_companion(path))
}

/// The files of a directory that `is_wanted`, in the order of their names.
pub(super) fn files_of(directory: &Path, is_wanted: impl Fn(&Path) -> bool) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_file() && is_wanted(&path) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Chains that complete certificates which come without (`issuers-chain-path`).
#[derive(Debug, Default)]
pub(crate) struct IssuerChains {
    /// By the subject of the first certificate in comparable form.
    chains: HashMap<Vec<u8>, Vec<IssuerChain>>,
}

/// Issuers that a file holds, each signed by the next.
#[derive(Debug)]
pub(super) struct IssuerChain {
    first: Link,
    pub(super) certificates: Vec<CertificateDer<'static>>,
    pub(super) file: PathBuf,
}

impl IssuerChains {
    /// Reads all chains of a directory.
    ///
    /// # Errors
    /// The directory or a file cannot be read, or holds something else.
    pub(crate) fn load(directory: &Path) -> Result<Self, Problem> {
        let about = directory.to_string_lossy();
        let files = files_of(directory, |_| true)
            .map_err(|error| Problem::new(&*about, format!("it cannot be read: {error}")))?;
        let mut chains = Self::default();
        for file in files {
            let mut parts = Parts::default();
            parts.take(Part::Pem, &file.to_string_lossy(), &read(&file)?)?;
            let Some(first) = parts.chain.first() else { continue };
            let first = Link::parse(first.clone()).map_err(|error| {
                Problem::new(file.to_string_lossy(), format!("its first certificate cannot be read: {error}"))
            })?;
            let chain = IssuerChain { certificates: parts.chain, file, first };
            chains.chains.entry(chain.first.subject.clone()).or_default().push(chain);
        }
        Ok(chains)
    }

    /// The chain that begins with the issuer of `own`.
    pub(super) fn of(&self, own: &Link) -> Option<&IssuerChain> {
        let chains = self.chains.get(&own.issuer)?;
        chains.iter().find(|chain| own.may_come_from(&chain.first) && chain.first.der != own.der)
    }
}
