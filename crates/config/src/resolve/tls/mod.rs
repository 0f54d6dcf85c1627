//! TLS: what lines say becomes what connections are begun with. Files are found here and read by the TLS crate; what that finds is said where
//! the file was named.

mod advice;
mod bind;
mod certificate;
mod policy;
mod section;
mod server;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use burdock_ocsp::HttpProxy;
use burdock_sample::Declared;
use burdock_syntax::{Diagnostic, Severity, Span};
use burdock_tls::settings::{CertificateSource, Tuning};
use burdock_tls::{Notice, Problem, Store};

pub(crate) use policy::without_files;
pub(super) use section::Section;
pub(super) use server::OfServer;

use super::Resolver;
use super::acme::http_client;
use crate::draft::{CertificateLine, Draft, FileName, GlobalDraft, GlobalTlsDraft, ListLine, Set, SetExt, Spanned};

/// What all lines with TLS have in common.
#[derive(Debug, Default)]
pub(crate) struct Common {
    /// The certificates of the process.
    pub(in crate::resolve) store: Store,
    /// Settings of the process.
    tuning: Tuning,
    /// What the global section says.
    global: GlobalTlsDraft,
    /// The certificates of `crt-store` sections by the names that lines know them by.
    known: BTreeMap<String, CertificateSource>,
    /// The lines of `crt-list` files.
    lists: BTreeMap<PathBuf, Vec<ListLine>>,
    /// Files that are not there, and what was found wrong with others: each is told of once.
    told: BTreeSet<String>,
    /// Where each certificate is named first.
    named: BTreeMap<String, Span>,
    /// The certificates of `crt-store` sections, and whether they are for tokens.
    for_tokens: Vec<(String, Declared)>,
    /// Whether the OCSP response of a certificate is fetched, by the line that says so first.
    ocsp_said: BTreeMap<String, (bool, Span)>,
}

impl Common {
    /// Settings of the process.
    pub(in crate::resolve) fn tuning(&self) -> Tuning {
        self.tuning.clone()
    }

    /// What lines need that come at run time.
    pub(in crate::resolve) fn for_later(self) -> Self {
        Self { lists: BTreeMap::new(), told: BTreeSet::new(), ..self }
    }
}

/// Where things were said that the TLS crate may have to say something about, by their names.
#[derive(Debug, Default)]
struct Places(Vec<(String, Span)>);

impl Places {
    fn add(&mut self, name: impl Into<String>, span: Span) {
        self.0.push((name.into(), span));
    }

    /// The place of what is named most precisely, else `line`.
    fn find(&self, about: &str, line: Span) -> Span {
        let named = self.0.iter().filter(|(name, _)| about.starts_with(name.as_str()));
        named.max_by_key(|(name, _)| name.len()).map_or(line, |(_, span)| *span)
    }
}

impl Resolver<'_> {
    /// How OCSP responses are fetched (configuration manual 3.1 `ocsp-update.*`).
    pub(in crate::resolve) fn ocsp(&mut self, global: &GlobalDraft) -> burdock_ocsp::Settings {
        let (said, default) = (&self.tls.global.ocsp, burdock_ocsp::Settings::default());
        let delay = |said: Set<u32>, default| said.map_or(default, |said| Duration::from_secs(said.value.into()));
        let settings = burdock_ocsp::Settings {
            is_disabled: said.disable.value().unwrap_or(default.is_disabled),
            is_default: said.mode.value().unwrap_or(default.is_default),
            min_delay: delay(said.min_delay_s, default.min_delay),
            max_delay: delay(said.max_delay_s, default.max_delay),
            proxy: said.proxy.get().cloned().map(|(host, port)| HttpProxy { host, port }),
            client: http_client(&global.acme),
        };
        if settings.min_delay > settings.max_delay
            && let Some(place) = said.min_delay_s.or(said.max_delay_s)
        {
            self.findings.push(
                Diagnostic::error("'ocsp-update.mindelay' is above 'ocsp-update.maxdelay'").code("conflict").at(
                    place.span,
                    format!("from {} to {} seconds", settings.min_delay.as_secs(), settings.max_delay.as_secs()),
                ),
            );
        }
        settings
    }
}

impl Resolver<'_> {
    /// Takes up what the global section and `crt-store` sections say, and loads the certificates of the latter.
    pub(super) fn tls_common(&mut self, draft: &mut Draft) {
        let global = draft.global.tls.clone();
        self.tls.tuning = tuning(&draft.global);
        self.tls.lists = std::mem::take(&mut draft.crt_lists);
        self.tls.global = global;
        if let Some(issuers) = &self.tls.global.issuers {
            let path = issuers.value.below(None);
            if self.options.host.list(&path).is_err() {
                self.tls.told.insert(path.to_string_lossy().into_owned());
                self.findings.push(unreadable("directory", &path, issuers.span));
            }
        }
        let mut sound = Vec::new();
        for store in &draft.crt_stores {
            let (own, of_all) = (store.certificate_base.get(), draft.global.tls.certificate_base.get());
            let (certificates, keys) = (own.or(of_all), store.key_base.get().or(draft.global.tls.key_base.get()));
            for line in &store.lines {
                let (Some(mut name), Some(file)) = (store.name_of(line), &line.certificate) else { continue };
                if store.name.is_none() && line.alias.is_none() && own.is_none() {
                    // As measured, the directory of all certificates is part of the name.
                    name = file.value.below(of_all.map(PathBuf::as_path)).to_string_lossy().into_owned();
                }
                if let Some(span) = self.tls.named.get(&name) {
                    let fault = Diagnostic::error(format!("the certificate '{name}' is loaded twice"));
                    let fault =
                        fault.code("duplicate-name").at(line.span, "the second time").also(*span, "the first time");
                    self.findings.push(fault);
                    continue;
                }
                let faults = self.findings.count(Severity::Error);
                let key_file = line.key.as_ref().map(|key| key.value.below(keys.map(PathBuf::as_path)));
                // What an authority has yet to issue has no files.
                let path = file.value.below(certificates.map(PathBuf::as_path));
                let without_key;
                let (line, path) = if line.acme.section.is_some() && !self.options.host.is_file(&path) {
                    without_key = CertificateLine { key: None, ..line.clone() };
                    (&without_key, path)
                } else {
                    (line, self.tls_file(file, certificates.map(PathBuf::as_path)))
                };
                let mut source = self.source_of(line, name.clone(), certificates, keys);
                // What is declared is taken as it is: nothing is looked for beside it.
                source.file = Some(path);
                self.tls.named.insert(name.clone(), line.span);
                self.look_after(&source, key_file, &line.acme);
                let for_tokens = line.for_tokens.value().unwrap_or(false);
                // One that tokens are verified with alone is not for the store; a line that would serve with it says what is missing.
                let is_for_tokens_alone = for_tokens && burdock_tls::material::is_keyless(&source);
                if self.findings.count(Severity::Error) == faults && !is_for_tokens_alone {
                    sound.push(name.clone());
                }
                let declared = Declared { file: source.file().to_path_buf(), key: source.key.clone(), for_tokens };
                self.tls.for_tokens.push((name.clone(), declared));
                self.tls.known.insert(name, source);
            }
        }
        self.load_known(&sound);
    }

    /// The certificates of `crt-store` sections, as expressions may name them.
    pub(super) fn token_certificates(&mut self) -> std::vec::IntoIter<(String, Declared)> {
        std::mem::take(&mut self.tls.for_tokens).into_iter()
    }

    /// Reads the certificates of `crt-store` sections, whether a line names them or not.
    fn load_known(&mut self, names: &[String]) {
        let (mut notices, mut problems) = (Vec::new(), Vec::new());
        let sources: Vec<_> = names.iter().filter_map(|name| self.tls.known.get(name)).collect();
        let Some(line) = self.tls.named.values().next().copied() else { return };
        let mut places = Places::default();
        for source in &sources {
            let span = self.tls.named.get(&source.name).copied().unwrap_or(line);
            places.add(source.name.as_str(), span);
            places.add(source.file().to_string_lossy(), span);
        }
        self.tls.store.load_certificates(&sources, &self.tls.tuning, &mut notices, &mut problems);
        self.tls_problems(problems, &places, line);
        self.tls_notices(notices, &places, line);
    }

    /// A file that has to be there. Gives its path.
    fn tls_file(&mut self, name: &Spanned<FileName>, base: Option<&Path>) -> PathBuf {
        let path = name.value.below(base);
        if !self.options.host.is_file(&path) && !self.is_kept(&path) {
            self.tls.told.insert(path.to_string_lossy().into_owned());
            self.findings.push(unreadable("file", &path, name.span));
        }
        path
    }

    /// Whether the store has a file of that name which came at run time.
    fn is_kept(&self, path: &Path) -> bool {
        let (name, store) = (path.to_string_lossy(), &self.tls.store);
        store.authorities().iter().any(|kept| kept.name == name)
            || store.revocations().iter().any(|kept| kept.name == name)
    }

    fn tls_problems(&mut self, problems: Vec<Problem>, places: &Places, line: Span) {
        for problem in problems {
            if self.tls.told.contains(&problem.about) || !self.tls.told.insert(problem.to_string()) {
                continue;
            }
            let fault = Diagnostic::error(problem.to_string()).code("tls");
            self.findings.push(fault.at(places.find(&problem.about, line), ""));
        }
    }

    /// What works otherwise than written is said whatever the command line; HAProxy is silent on much of it, so that it is no warning.
    fn tls_notices(&mut self, notices: Vec<Notice>, places: &Places, line: Span) {
        for notice in notices {
            let said = Diagnostic::new(Severity::Notice, notice.to_string()).code("tls");
            self.findings.push(said.at(places.find(&notice.about, line), ""));
        }
    }
}

fn unreadable(what: &str, path: &Path, span: Span) -> Diagnostic {
    Diagnostic::error(format!("the {what} '{}' cannot be read", path.display()))
        .code("unreadable-file")
        .at(span, "not found")
}

fn tuning(global: &GlobalDraft) -> Tuning {
    let said = &global.tls;
    let default = Tuning::default();
    let count = |set: &Set<u32>, default: usize| set.value().map_or(default, |count| count as usize);
    // HAProxy starts with one size and goes over to the other; here one holds all the time.
    let limits = [said.max_record.value(), said.hard_max_record.value()];
    let max_record = limits.into_iter().flatten().filter(|bytes| *bytes > 0).min().unwrap_or(0);
    Tuning {
        cache_size: count(&said.cache_size, default.cache_size),
        lifetime_s: said.lifetime_s.value().unwrap_or(default.lifetime_s),
        max_record: max_record as usize,
        capture_buffer: count(&said.capture_buffer, default.capture_buffer),
        keylog: said.keylog.value().unwrap_or(default.keylog),
        generated_cache: count(&said.generated_cache, default.generated_cache),
        max_early_data: global.tune.buffer_size.value().map_or(default.max_early_data, |bytes| bytes as u32),
        extra_files: said.extra_files.value().unwrap_or_default(),
        extra_replace_extension: said.replace_extension.value().unwrap_or(false),
        certificate_base: said.certificate_base.get().cloned(),
        issuers_chain_path: said.issuers.as_ref().map(|issuers| issuers.value.below(None)),
        security_level: said.security_level.value().unwrap_or(default.security_level),
        skip_self_issued_ca: said.skip_self_issued.value().unwrap_or(false),
    }
}
