//! What runtime commands do with the store (management manual 9.3, the `ssl` commands).

use std::path::PathBuf;
use std::sync::Arc;

use rustls_pki_types::CertificateDer;

use super::{Kept, Shelf, Shelves, Store, StoreError, Swap, Use, Watcher};
use crate::material::{Certificate, Part, Parts, read_authorities, read_revocations};
use crate::report::Notice;
use crate::settings::{CertificateSource, CertificateUse};
use crate::ticket::KeyRing;
use crate::verify::{Authorities, Revocations};

/// A thing of the store.
#[derive(Clone, Debug)]
pub struct FileInfo<T> {
    /// Its name.
    pub name: String,
    /// What it holds; none: it was made by `new` and has got nothing yet.
    pub content: Option<Arc<T>>,
    /// The lines that use it.
    pub users: Vec<String>,
}

/// The change of a certificate that is under way, as far as it is.
#[derive(Clone, Debug)]
pub struct Draft {
    parts: Parts,
}

impl Draft {
    /// The certificate and its issuers.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.parts.chain
    }

    /// The OCSP response in DER.
    pub fn ocsp_response(&self) -> Option<&[u8]> {
        self.parts.ocsp.as_deref()
    }

    /// Key and certificates as PEM text; none: there is no key yet.
    pub fn to_pem(&self) -> Option<String> {
        self.parts.to_pem()
    }
}

impl Kept for Certificate {
    type Draft = Parts;

    fn draft(&self) -> Parts {
        self.parts().clone()
    }
}

impl Kept for Authorities {
    type Draft = Arc<Self>;

    fn draft(&self) -> Arc<Self> {
        Arc::new(Self { links: self.links.clone(), lists: self.lists.clone() })
    }
}

impl Kept for Revocations {
    type Draft = Arc<Self>;

    fn draft(&self) -> Arc<Self> {
        Arc::new(Self { lists: self.lists.clone() })
    }
}

/// Certificates.
impl Store {
    /// `show ssl cert`: all certificates, by name.
    pub fn certificates(&self) -> Vec<FileInfo<Certificate>> {
        let shelves = self.lock();
        shelves.infos(&shelves.certificates, |name| Use::Certificate(name))
    }

    /// `show ssl cert <name>`
    ///
    /// # Errors
    /// There is none of that name.
    pub fn certificate(&self, name: &str) -> Result<FileInfo<Certificate>, StoreError> {
        let shelves = self.lock();
        shelves.info(&shelves.certificates, name, Use::Certificate(name))
    }

    /// The files that a certificate was loaded from; none: it came at run time.
    pub fn certificate_source(&self, name: &str) -> Option<CertificateSource> {
        self.lock().sources.get(name).cloned()
    }

    /// `show ssl cert *<name>`: the change under way.
    pub fn open_certificate(&self) -> Option<(String, Draft)> {
        self.lock().certificates.open().map(|(name, parts)| (name.to_owned(), Draft { parts: parts.clone() }))
    }

    /// `new ssl cert`
    ///
    /// # Errors
    /// There is one of that name.
    pub fn new_certificate(&self, name: &str) -> Result<(), StoreError> {
        self.lock().certificates.make(name)
    }

    /// `set ssl cert`: `name` is the one of a certificate, or of a companion (`.key`, `.ocsp`, `.issuer`, `.sctl`) of one. Payloads are PEM, but
    /// for OCSP responses and timestamps, which are base64. Gives back the certificate's name.
    ///
    /// # Errors
    /// There is none of that name, another is being changed, or the payload cannot be read.
    pub fn set_certificate(&self, name: &str, payload: &[u8]) -> Result<String, StoreError> {
        let mut shelves = self.lock();
        let (name, part) = shelves.certificate_of(name)?;
        let content = match part {
            Part::Pem | Part::Key | Part::Issuer => payload.to_vec(),
            Part::Ocsp | Part::Timestamps => from_base64(payload)?,
        };
        shelves.certificates.change(&name, |parts| {
            parts.take(part, &name, &content).map_err(|problem| StoreError::Refused(problem.to_string()))
        })?;
        Ok(name)
    }

    /// `commit ssl cert`: what was set counts for new connections from now on, wherever the certificate is used.
    ///
    /// # Errors
    /// Nothing is being changed, or what was set does not fit together: then everything stays as it was.
    pub fn commit_certificate(&self, name: &str) -> Result<Vec<Notice>, StoreError> {
        let mut shelves = self.lock();
        let mut notices = Vec::new();
        let parts = shelves.certificates.draft(name)?;
        let completion = shelves.completion.clone();
        let certificate = completion
            .complete(parts, name, &mut notices)
            .map_err(|problem| StoreError::Refused(problem.to_string()))?;
        let certificate = Arc::new(certificate);
        let item = Arc::clone(&certificate);
        shelves.exchange(Use::Certificate(name), |shelves| &mut shelves.certificates, name, item)?;
        shelves.certificates.close(name)?;
        shelves.watchers.retain(|Watcher(tell)| tell(&certificate));
        Ok(notices)
    }

    /// Has someone told of every certificate that is committed, for as long as the answer is `true`.
    pub fn watch_certificates(&self, tell: impl Fn(&Certificate) -> bool + Send + Sync + 'static) {
        self.lock().watchers.push(Watcher(Box::new(tell)));
    }

    /// `abort ssl cert`
    ///
    /// # Errors
    /// Nothing of that name is being changed.
    pub fn abort_certificate(&self, name: &str) -> Result<(), StoreError> {
        self.lock().certificates.close(name)
    }

    /// `del ssl cert`
    ///
    /// # Errors
    /// There is none of that name, or a line uses it.
    pub fn delete_certificate(&self, name: &str) -> Result<(), StoreError> {
        let mut shelves = self.lock();
        shelves.unused(Use::Certificate(name))?;
        shelves.certificates.remove(name)?;
        shelves.sources.remove(name);
        shelves.ocsp_updated.retain(|known| known != name);
        Ok(())
    }
}

/// CA files.
impl Store {
    /// `show ssl ca-file`
    pub fn authorities(&self) -> Vec<FileInfo<Authorities>> {
        let shelves = self.lock();
        shelves.infos(&shelves.authorities, |name| Use::Authorities(name))
    }

    /// `show ssl ca-file *<name>`: the change under way.
    pub fn open_authorities(&self) -> Option<(String, Arc<Authorities>)> {
        self.lock().authorities.open().map(|(name, draft)| (name.to_owned(), draft.clone()))
    }

    /// `new ssl ca-file`
    ///
    /// # Errors
    /// There is one of that name.
    pub fn new_authorities(&self, name: &str) -> Result<(), StoreError> {
        self.lock().authorities.make(name)
    }

    /// `set ssl ca-file`: the payload is PEM, and stands instead of what there was.
    ///
    /// # Errors
    /// There is none of that name, another is being changed, or the payload cannot be read.
    pub fn set_authorities(&self, name: &str, payload: &[u8]) -> Result<(), StoreError> {
        let found = read_authorities(name, payload).map_err(|problem| StoreError::Refused(problem.to_string()))?;
        self.lock().authorities.change(name, |draft| {
            *draft = Arc::new(found);
            Ok(())
        })
    }

    /// `add ssl ca-file`: the payload is PEM, and comes to what there is.
    ///
    /// # Errors
    /// There is none of that name, another is being changed, or the payload cannot be read.
    pub fn add_authorities(&self, name: &str, payload: &[u8]) -> Result<(), StoreError> {
        let found = read_authorities(name, payload).map_err(|problem| StoreError::Refused(problem.to_string()))?;
        self.lock().authorities.change(name, |draft| {
            let mut all = draft.draft();
            if let Some(all) = Arc::get_mut(&mut all) {
                all.links.extend(found.links);
                all.lists.extend(found.lists);
            }
            *draft = all;
            Ok(())
        })
    }

    /// `commit ssl ca-file`
    ///
    /// # Errors
    /// Nothing is being changed, or a line cannot work with it: then everything stays as it was.
    pub fn commit_authorities(&self, name: &str) -> Result<(), StoreError> {
        let mut shelves = self.lock();
        let draft = shelves.authorities.draft(name)?;
        shelves.exchange(Use::Authorities(name), |shelves| &mut shelves.authorities, name, draft)?;
        shelves.authorities.close(name)
    }

    /// `abort ssl ca-file`
    ///
    /// # Errors
    /// Nothing of that name is being changed.
    pub fn abort_authorities(&self, name: &str) -> Result<(), StoreError> {
        self.lock().authorities.close(name)
    }

    /// `del ssl ca-file`
    ///
    /// # Errors
    /// There is none of that name, or a line uses it.
    pub fn delete_authorities(&self, name: &str) -> Result<(), StoreError> {
        let mut shelves = self.lock();
        shelves.unused(Use::Authorities(name))?;
        shelves.authorities.remove(name)
    }
}

/// CRL files.
impl Store {
    /// `show ssl crl-file`
    pub fn revocations(&self) -> Vec<FileInfo<Revocations>> {
        let shelves = self.lock();
        shelves.infos(&shelves.revocations, |name| Use::Revocations(name))
    }

    /// `show ssl crl-file *<name>`: the change under way.
    pub fn open_revocations(&self) -> Option<(String, Arc<Revocations>)> {
        self.lock().revocations.open().map(|(name, draft)| (name.to_owned(), draft.clone()))
    }

    /// `new ssl crl-file`
    ///
    /// # Errors
    /// There is one of that name.
    pub fn new_revocations(&self, name: &str) -> Result<(), StoreError> {
        self.lock().revocations.make(name)
    }

    /// `set ssl crl-file`: the payload is PEM, and stands instead of what there was.
    ///
    /// # Errors
    /// There is none of that name, another is being changed, or the payload cannot be read.
    pub fn set_revocations(&self, name: &str, payload: &[u8]) -> Result<(), StoreError> {
        let found = read_revocations(name, payload).map_err(|problem| StoreError::Refused(problem.to_string()))?;
        self.lock().revocations.change(name, |draft| {
            *draft = Arc::new(found);
            Ok(())
        })
    }

    /// `commit ssl crl-file`
    ///
    /// # Errors
    /// Nothing is being changed, or a line cannot work with it: then everything stays as it was.
    pub fn commit_revocations(&self, name: &str) -> Result<(), StoreError> {
        let mut shelves = self.lock();
        let draft = shelves.revocations.draft(name)?;
        shelves.exchange(Use::Revocations(name), |shelves| &mut shelves.revocations, name, draft)?;
        shelves.revocations.close(name)
    }

    /// `abort ssl crl-file`
    ///
    /// # Errors
    /// Nothing of that name is being changed.
    pub fn abort_revocations(&self, name: &str) -> Result<(), StoreError> {
        self.lock().revocations.close(name)
    }

    /// `del ssl crl-file`
    ///
    /// # Errors
    /// There is none of that name, or a line uses it.
    pub fn delete_revocations(&self, name: &str) -> Result<(), StoreError> {
        let mut shelves = self.lock();
        shelves.unused(Use::Revocations(name))?;
        shelves.revocations.remove(name)
    }
}

/// Crt-lists and the keys of tickets.
impl Store {
    /// `show ssl crt-list`: the names of all.
    pub fn crt_lists(&self) -> Vec<String> {
        self.lock().lists.keys().cloned().collect()
    }

    /// `show ssl crt-list <name>`: its lines.
    pub fn crt_list(&self, name: &str) -> Option<Vec<CertificateUse>> {
        self.lock().lists.get(name).cloned()
    }

    /// The lines that use a crt-list.
    pub fn crt_list_users(&self, name: &str) -> Vec<String> {
        self.lock().users_of(Use::List(name))
    }

    /// `add ssl crt-list`: one more line, whose certificate is in the store. Its number is the next free one.
    ///
    /// # Errors
    /// There is no such list, or a line of the configuration that uses the list cannot work with it.
    pub fn add_to_crt_list(&self, name: &str, mut used: CertificateUse) -> Result<(), StoreError> {
        let mut shelves = self.lock();
        let lines = shelves.lists.get(name).ok_or_else(|| StoreError::Unknown(name.to_owned()))?;
        if shelves.certificates.get(&used.certificate.name).is_none() {
            return Err(StoreError::Unknown(used.certificate.name));
        }
        let last = lines.iter().filter_map(|line| line.listed.as_ref()).map(|(_, number)| *number).max().unwrap_or(0);
        used.listed = Some((PathBuf::from(name), last + 1));
        let mut lines = lines.clone();
        let CertificateSource { name: certificate, ocsp_update, .. } = used.certificate.clone();
        lines.push(used);
        shelves.exchange_list(name, lines)?;
        if ocsp_update && !shelves.ocsp_updated.contains(&certificate) {
            shelves.ocsp_updated.push(certificate);
        }
        Ok(())
    }

    /// `del ssl crt-list`: without the line that names the certificate; `line` says which if there are several.
    ///
    /// # Errors
    /// There is no such list or line, several lines are meant, or a line of the configuration has it as its default.
    pub fn remove_from_crt_list(&self, name: &str, certificate: &str, line: Option<u32>) -> Result<(), StoreError> {
        let mut shelves = self.lock();
        let mut lines = shelves.lists.get(name).ok_or_else(|| StoreError::Unknown(name.to_owned()))?.clone();
        let is_meant = |used: &CertificateUse| {
            let number = used.listed.as_ref().map(|(_, number)| *number);
            used.certificate.name == certificate && line.is_none_or(|line| number == Some(line))
        };
        match lines.iter().filter(|used| is_meant(used)).count() {
            0 => return Err(StoreError::Unknown(certificate.to_owned())),
            1 => {}
            _ => {
                return Err(StoreError::Refused(format!(
                    "several lines name '{certificate}': the line's number is wanted"
                )));
            }
        }
        let defaults = lines
            .iter()
            .find(|used| is_meant(used))
            .and_then(|used| used.listed.as_ref())
            .map_or_else(Vec::new, |listed| shelves.users_of(Use::Default { certificate, listed }));
        if !defaults.is_empty() {
            return Err(StoreError::Default(defaults));
        }
        lines.retain(|used| !is_meant(used));
        shelves.exchange_list(name, lines)?;
        // What nobody is served with any more needs no new OCSP responses.
        if shelves.unused(Use::Certificate(certificate)).is_ok() {
            shelves.ocsp_updated.retain(|known| known != certificate);
        }
        Ok(())
    }

    /// `show tls-keys`: the files of `tls-ticket-keys` with their keys; their places are their numbers.
    pub fn ticket_keys(&self) -> Vec<(PathBuf, Arc<KeyRing>)> {
        self.lock().ticket_files.clone()
    }
}

fn from_base64(payload: &[u8]) -> Result<Vec<u8>, StoreError> {
    use base64::Engine;
    let text: Vec<u8> = payload.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .map_err(|error| StoreError::Refused(format!("the payload is no base64 text: {error}")))
}

impl Shelves {
    fn users_of(&self, what: Use<'_>) -> Vec<String> {
        self.users.iter().filter(|user| user.uses(what)).map(|user| user.label()).collect()
    }

    fn unused(&self, what: Use<'_>) -> Result<(), StoreError> {
        let mut users = self.users_of(what);
        // A crt-list keeps what its lines name, even if no line of the configuration uses it.
        users.extend(
            self.lists
                .iter()
                .filter(|(_, lines)| lines.iter().any(|used| names(used, what)))
                .map(|(name, _)| name.clone()),
        );
        if users.is_empty() { Ok(()) } else { Err(StoreError::Used(users)) }
    }

    fn info<T: Kept>(&self, shelf: &Shelf<T>, name: &str, what: Use<'_>) -> Result<FileInfo<T>, StoreError> {
        if !shelf.holds(name) {
            return Err(StoreError::Unknown(name.to_owned()));
        }
        Ok(FileInfo { name: name.to_owned(), content: shelf.get(name).cloned(), users: self.users_of(what) })
    }

    fn infos<T: Kept>(&self, shelf: &Shelf<T>, what: impl Fn(&str) -> Use<'_>) -> Vec<FileInfo<T>> {
        shelf
            .iter()
            .map(|(name, content)| FileInfo {
                name: name.to_owned(),
                content: content.cloned(),
                users: self.users_of(what(name)),
            })
            .collect()
    }

    /// The certificate that is meant by its own name or by a companion's, and the part that is meant.
    fn certificate_of(&self, name: &str) -> Result<(String, Part), StoreError> {
        if self.certificates.holds(name) {
            return Ok((name.to_owned(), Part::Pem));
        }
        for (extension, part) in Part::COMPANIONS {
            let Some(stem) = name.strip_suffix(extension) else { continue };
            // With `ssl-load-extra-del-ext` a companion's extension replaces the certificate's.
            for candidate in [stem.to_owned(), format!("{stem}.crt")] {
                if self.certificates.holds(&candidate) {
                    return Ok((candidate, part));
                }
            }
        }
        Err(StoreError::Unknown(name.to_owned()))
    }

    /// Puts something in its place and has all that use it rebuilt; if one cannot be, everything stays as it was.
    pub(super) fn exchange<T: Kept>(
        &mut self,
        what: Use<'_>,
        shelf: impl Fn(&mut Self) -> &mut Shelf<T>,
        name: &str,
        item: Arc<T>,
    ) -> Result<(), StoreError> {
        let before = shelf(self).put(name, Some(item));
        match self.rebuild_users(what) {
            Ok(swaps) => {
                swaps.into_iter().for_each(|swap| swap());
                Ok(())
            }
            Err(error) => {
                shelf(self).put(name, before);
                Err(error)
            }
        }
    }

    fn exchange_list(&mut self, name: &str, lines: Vec<CertificateUse>) -> Result<(), StoreError> {
        let before = self.lists.insert(name.to_owned(), lines).unwrap_or_default();
        match self.rebuild_users(Use::List(name)) {
            Ok(swaps) => {
                swaps.into_iter().for_each(|swap| swap());
                Ok(())
            }
            Err(error) => {
                self.lists.insert(name.to_owned(), before);
                Err(error)
            }
        }
    }

    fn rebuild_users(&self, what: Use<'_>) -> Result<Vec<Swap>, StoreError> {
        let mut swaps = Vec::new();
        for user in self.users.iter().filter(|user| user.uses(what)) {
            swaps.extend(user.rebuild(self).map_err(|problems| {
                let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
                StoreError::Refused(format!("{}: {}", user.label(), problems.join("; ")))
            })?);
        }
        Ok(swaps)
    }
}

/// Whether a line of a crt-list names this.
pub(crate) fn names(used: &CertificateUse, what: Use<'_>) -> bool {
    let is = |file: &Option<PathBuf>, name: &str| file.as_ref().is_some_and(|file| file.to_string_lossy() == name);
    match what {
        Use::Certificate(name) => used.certificate.name == name,
        Use::Authorities(name) => is(&used.policy.ca_file, name) || is(&used.policy.ca_verify_file, name),
        Use::Revocations(name) => is(&used.policy.crl_file, name),
        Use::Default { certificate, listed } => {
            used.certificate.name == certificate && used.listed.as_ref() == Some(listed)
        }
        Use::List(name) => used.listed.as_ref().is_some_and(|(list, _)| list.to_string_lossy() == name),
    }
}
