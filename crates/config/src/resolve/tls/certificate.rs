//! Which certificates a word names: a file, all those of a directory, several of one name with different keys, one of a `crt-store`.

use std::path::{Path, PathBuf};

use burdock_syntax::{Diagnostic, Span};
use burdock_tls::settings::CertificateSource;

use super::unreadable;
use crate::draft::{CertificateLine, FileName, Set, SetExt};
use crate::keyword::nearest;
use crate::resolve::Resolver;

/// What a word may name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Expansion {
    /// One certificate.
    One,
    /// Several of one name with different keys too.
    Bundle,
    /// All of a directory too.
    Directory,
}

impl Resolver<'_> {
    /// The certificates that a word names; none are a fault, which was told, but for an empty directory.
    pub(super) fn certificates(&mut self, name: &FileName, span: Span, expansion: Expansion) -> Vec<CertificateSource> {
        let base = self.tls.global.certificate_base.get().cloned();
        let path = name.below(base.as_deref());
        let (written, shown) = (name.path.to_string_lossy(), path.to_string_lossy());
        if let Some(known) = self.tls.known.get(&*written).or_else(|| self.tls.known.get(&*shown)) {
            return vec![known.clone()];
        }
        if written.starts_with('@') {
            let fault = Diagnostic::error(format!("no 'crt-store' section has the certificate '{written}'"))
                .code("unknown-name")
                .at(span, "not found");
            let near = nearest(&written, self.tls.known.keys().map(String::as_str)).map(str::to_owned);
            self.findings.push(match near {
                Some(near) => fault.replace(span, near.clone(), format!("did you mean '{near}'?")),
                None => fault,
            });
            return Vec::new();
        }
        let host = self.options.host;
        // Those that came at run time have no files.
        if host.is_file(&path) || self.tls.store.certificate(&shown).is_ok() {
            return vec![of_file(&path)];
        }
        if expansion == Expansion::Directory
            && let Ok(mut names) = host.list(&path)
        {
            names.sort_unstable();
            let certificates =
                names.iter().filter(|name| is_certificate(&name.to_string_lossy())).map(|name| path.join(name));
            return certificates.filter(|path| host.is_file(path)).map(|path| of_file(&path)).collect();
        }
        if expansion != Expansion::One && self.tls.tuning.extra_files.bundle {
            let with = |key: &str| {
                let mut name = path.clone().into_os_string();
                name.push(key);
                PathBuf::from(name)
            };
            let found: Vec<_> = KEY_KINDS.into_iter().map(with).filter(|path| host.is_file(path)).collect();
            if !found.is_empty() {
                return found.iter().map(|path| of_file(path)).collect();
            }
        }
        self.findings.push(unreadable("certificate", &path, span));
        Vec::new()
    }

    /// The certificate that a line describes, known as `name`.
    pub(super) fn source_of(
        &mut self,
        line: &CertificateLine,
        name: String,
        certificates: Option<&PathBuf>,
        keys: Option<&PathBuf>,
    ) -> CertificateSource {
        let mut part = |file: &Set<FileName>, base: Option<&Path>| file.as_ref().map(|file| self.tls_file(file, base));
        let (certificates, keys) = (certificates.map(PathBuf::as_path), keys.map(PathBuf::as_path));
        CertificateSource {
            name,
            file: None,
            key: part(&line.key, keys),
            ocsp: part(&line.ocsp, certificates),
            issuer: part(&line.issuer, certificates),
            sctl: part(&line.sctl, certificates),
            ocsp_update: line.ocsp_update.value().unwrap_or(self.ocsp_mode()),
            passphrase: None,
        }
    }

    /// `ocsp-update.mode`
    pub(super) fn ocsp_mode(&self) -> bool {
        self.tls.global.ocsp.mode.value().unwrap_or(false)
    }

    /// Settles whether the OCSP response of a certificate is fetched, by what a line says or leaves open: there is one response, so all lines
    /// have to say the same (configuration manual 12.7.1 `ocsp-update`).
    pub(super) fn settle_ocsp(&mut self, certificate: &mut CertificateSource, said: Set<bool>, span: Span) {
        let is_stored = self.tls.known.contains_key(&certificate.name);
        let otherwise = if is_stored { certificate.ocsp_update } else { self.ocsp_mode() };
        certificate.ocsp_update = said.value().unwrap_or(otherwise);
        let place = said.map_or(span, |said| said.span);
        let (first, first_place) =
            *self.tls.ocsp_said.entry(certificate.name.clone()).or_insert((certificate.ocsp_update, place));
        if first != certificate.ocsp_update {
            let name = |wanted| if wanted { "on" } else { "off" };
            self.findings.push(
                Diagnostic::error(format!("'{}' is in use with a different parameter 'ocsp-update'", certificate.name))
                    .code("conflict")
                    .at(place, format!("'{}' here", name(certificate.ocsp_update)))
                    .also(first_place, format!("'{}' here", name(first))),
            );
        }
    }
}

fn of_file(path: &Path) -> CertificateSource {
    CertificateSource { name: path.to_string_lossy().into_owned(), ..CertificateSource::default() }
}

/// What belongs to certificates is no certificate, nor is what is hidden.
fn is_certificate(name: &str) -> bool {
    const COMPANIONS: [&str; 4] = [".key", ".issuer", ".ocsp", ".sctl"];
    !name.starts_with('.') && !COMPANIONS.iter().any(|end| name.ends_with(end))
}

/// What is added to a name for certificates with different keys (configuration manual 3.1 `ssl-load-extra-files`).
const KEY_KINDS: [&str; 3] = [".rsa", ".ecdsa", ".dsa"];
