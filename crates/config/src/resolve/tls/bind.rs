//! The TLS of `bind` lines.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use burdock_model::{Mode, Protocol};
use burdock_syntax::{Diagnostic, Severity, Span};
use burdock_tls::BindTls;
use burdock_tls::settings::{BindSettings, CertificateSource, CertificateUse};

use super::certificate::Expansion;
use super::policy::merged;
use super::{Places, Section};
use crate::draft::{BindDraft, BindTlsDraft, CertificateWord, CertificateWordKind, ListLine, ProtocolWord, SetExt};
use crate::keyword::unsupported;
use crate::resolve::Resolver;

/// The certificates of a line, in order.
#[derive(Default)]
struct Uses {
    /// Those for clients that name nobody we know. The first of the others is one too.
    defaults: Vec<CertificateUse>,
    /// The others.
    others: Vec<CertificateUse>,
    /// The lists that they come from.
    lists: Vec<PathBuf>,
}

impl Resolver<'_> {
    /// The TLS of a line; none where it has no `ssl`, or is at fault.
    pub(in crate::resolve) fn bind_tls(
        &mut self,
        line: &BindDraft,
        section: &Section<'_>,
        mode: Mode,
    ) -> Option<Arc<BindTls>> {
        let said = &line.options.tls;
        let faults = self.findings.count(Severity::Error);
        let mut places = Places::default();
        let uses = self.uses(said, section, &mut places);
        let enabled = said.enabled;
        if enabled.is_none() {
            if let Some(word) = said.certificates.first() {
                self.findings.push(
                    Diagnostic::advice("certificates do nothing without 'ssl'")
                        .code("no-effect-here")
                        .at(word.span, "never used")
                        .note("clients of this address are served in clear"),
                );
            }
            return None;
        }
        let settings = self.bind_settings(line, section, mode, uses, &mut places, faults);
        if self.findings.count(Severity::Error) > faults {
            return None;
        }
        match BindTls::build(&settings, &self.tls.store, &self.tls.tuning) {
            Ok((tls, notices)) => {
                self.tls_notices(notices, &places, line.span);
                Some(Arc::new(tls))
            }
            Err(problems) => {
                self.tls_problems(problems, &places, line.span);
                None
            }
        }
    }

    /// The same for a line whose clients are no traffic: they send log lines, or commands.
    pub(in crate::resolve) fn tls_of_own_use(
        &mut self,
        line: &BindDraft,
        section: &Section<'_>,
    ) -> Option<Arc<BindTls>> {
        if let Some(said) = line.options.tls.policy.early_data.filter(|said| said.value) {
            self.findings.push(unsupported("early data outside of proxies is", said.span));
        }
        self.bind_tls(line, section, Mode::Tcp)
    }

    /// `proto` of clients: FastCGI is spoken to servers alone.
    pub(in crate::resolve) fn client_protocol(
        &mut self,
        said: crate::draft::Set<ProtocolWord>,
        mode: Mode,
    ) -> Protocol {
        if let Some(said) = said.filter(|said| said.value == ProtocolWord::FastCgi) {
            self.findings.push(
                Diagnostic::error("clients cannot speak FastCGI")
                    .code("misplaced")
                    .at(said.span, "for 'server' lines alone"),
            );
            return Protocol::Auto;
        }
        self.protocol(said, mode)
    }

    /// `proto`, as far as the mode has it.
    pub(in crate::resolve) fn protocol(&mut self, said: crate::draft::Set<ProtocolWord>, mode: Mode) -> Protocol {
        let Some(said) = said else { return Protocol::Auto };
        let fits = (said.value == ProtocolWord::Bytes) == (mode != Mode::Http);
        if !fits {
            let mode = if mode == Mode::Http { "http" } else { "tcp" };
            self.findings.push(
                Diagnostic::error(format!("this protocol is not possible in mode {mode}"))
                    .code("mode-mismatch")
                    .at(said.span, format!("in mode {mode}")),
            );
        }
        match said.value {
            ProtocolWord::Http1 => Protocol::Http1,
            ProtocolWord::Http2 => Protocol::Http2,
            ProtocolWord::FastCgi => Protocol::FastCgi,
            ProtocolWord::Bytes => Protocol::Auto,
        }
    }

    fn bind_settings(
        &mut self,
        line: &BindDraft,
        section: &Section<'_>,
        mode: Mode,
        uses: Uses,
        places: &mut Places,
        faults: usize,
    ) -> BindSettings {
        let said = &line.options.tls;
        let global = self.tls.global.defaults_behind(section.global_sections).bind.tls.clone();
        let written = merged(&said.policy, &global.policy);
        let mut policy = self.tls_policy(&written, line.span, places);
        self.needs_authorities(&policy, &written, line.span);
        for used in uses.defaults.iter().chain(&uses.others) {
            if used.policy.verify.is_some() && policy.ca_file.is_none() && policy.ca_verify_file.is_none() {
                let about = places.find(&used.certificate.name, line.span);
                self.needs_authorities(&used.policy, &Default::default(), about);
            }
        }
        if policy.alpn.is_none() && mode == Mode::Http {
            policy.alpn = Some(default_alpn(line.options.protocol.value()));
        }
        let strict_sni = said.strict_sni.or(global.strict_sni).value().unwrap_or(false);
        let Uses { defaults, others, lists } = uses;
        // Where one was named that is not there, that was told.
        if defaults.is_empty() && others.is_empty() && self.findings.count(Severity::Error) == faults {
            self.findings.push(no_certificate(said, section, line.span, strict_sni));
        }
        BindSettings {
            policy,
            label: format!("{}/{}", section.name, self.position(line.span)),
            crt_lists: lists,
            certificates: others,
            default_certificates: defaults,
            strict_sni,
            no_tickets: written.no_tickets.value().unwrap_or(false),
            ticket_keys: said.ticket_keys.as_ref().map(|keys| {
                let path = self.tls_file(keys, None);
                places.add(path.to_string_lossy(), keys.span);
                path
            }),
            prefer_client_ciphers: said.prefer_client_ciphers.or(global.prefer_client_ciphers).value().unwrap_or(false),
            generate: self.generate(said, places),
        }
    }

    fn generate(&mut self, said: &BindTlsDraft, places: &mut Places) -> Option<CertificateSource> {
        let wanted = said.generate?;
        let Some(file) = &said.sign_file else {
            self.findings.push(
                Diagnostic::error("'generate-certificates' needs 'ca-sign-file'")
                    .code("missing-argument")
                    .at(wanted, "nothing says who signs them"),
            );
            return None;
        };
        let base = self.tls.global.ca_base.get().cloned();
        let ca_file = self.tls_file(file, base.as_deref());
        let name = ca_file.to_string_lossy().into_owned();
        places.add(name.as_str(), file.span);
        let passphrase = said.sign_passphrase.get().cloned();
        Some(CertificateSource { name, file: Some(ca_file), passphrase, ..CertificateSource::default() })
    }

    /// All certificates of a line, those of `ssl-f-use` lines of its section last.
    fn uses(&mut self, said: &BindTlsDraft, section: &Section<'_>, places: &mut Places) -> Uses {
        let mut uses = Uses::default();
        let has_default = said.certificates.iter().any(|word| word.kind == CertificateWordKind::Default);
        for word in &said.certificates {
            match word.kind {
                CertificateWordKind::List => self.list(word, &mut uses, places),
                CertificateWordKind::Certificate | CertificateWordKind::Default => {
                    self.word(word, has_default, &mut uses, places);
                }
            }
        }
        if said.enabled.is_some() && !section.certificates.is_empty() {
            let list = PathBuf::from(format!("@{}", section.name));
            for line in section.certificates {
                self.list_line(line, &list, &mut uses, places);
            }
            uses.lists.push(list);
        }
        uses
    }

    fn word(&mut self, word: &CertificateWord, has_default: bool, uses: &mut Uses, places: &mut Places) {
        let path = word.name.below(self.tls.global.certificate_base.get().map(PathBuf::as_path));
        let is_directory = self.options.host.list(&path).is_ok();
        let certificates = self.certificates(&word.name, word.span, Expansion::Directory);
        // The first of a line is for everybody: before those of 'default-crt', and with all its keys.
        let is_first = uses.defaults.is_empty() && uses.others.is_empty() && !is_directory;
        let is_default =
            word.kind == CertificateWordKind::Default || is_first && (has_default || certificates.len() > 1);
        for mut certificate in certificates {
            self.settle_ocsp(&mut certificate, None, word.span);
            self.tls.named.entry(certificate.name.clone()).or_insert(word.span);
            places.add(certificate.name.as_str(), word.span);
            let listed = is_directory.then(|| (path.clone(), 0));
            let used = CertificateUse { certificate, listed, ..CertificateUse::default() };
            if is_default { uses.defaults.push(used) } else { uses.others.push(used) }
        }
        if is_directory {
            uses.lists.push(path);
        }
    }

    fn list(&mut self, word: &CertificateWord, uses: &mut Uses, places: &mut Places) {
        let path = word.name.below(None);
        let Some(lines) = self.tls.lists.get(&path).cloned() else {
            // A directory is a list of what is in it; what is neither was told of.
            if self.options.host.list(&path).is_ok() {
                self.word(word, false, uses, places);
            }
            return;
        };
        for line in &lines {
            self.list_line(line, &path, uses, places);
        }
        uses.lists.push(path);
    }

    fn list_line(&mut self, line: &ListLine, list: &Path, uses: &mut Uses, places: &mut Places) {
        let Some(file) = &line.certificate.certificate else { return };
        let sources = if line.certificate.has_parts() {
            let base = self.tls.global.certificate_base.get().cloned();
            let name = self.tls_file(file, base.as_deref()).to_string_lossy().into_owned();
            let keys = self.tls.global.key_base.get().cloned();
            let source = self.source_of(&line.certificate, name, base.as_ref(), keys.as_ref());
            self.look_after(&source, source.key.clone(), &line.certificate.acme);
            vec![source]
        } else {
            self.certificates(&file.value, file.span, Expansion::Bundle)
        };
        let policy = self.tls_policy(&line.policy, file.span, places);
        for mut certificate in sources {
            self.settle_ocsp(&mut certificate, line.certificate.ocsp_update, file.span);
            self.tls.named.entry(certificate.name.clone()).or_insert(file.span);
            places.add(certificate.name.as_str(), file.span);
            uses.others.push(CertificateUse {
                certificate,
                names: line.names.clone(),
                policy: policy.clone(),
                listed: Some((list.to_owned(), line.number)),
                written: line.written.clone(),
            });
        }
    }
}

/// What is announced where a line says nothing (configuration manual 5.1 `alpn`), as far as `proto` leaves it open.
fn default_alpn(protocol: Option<ProtocolWord>) -> Vec<Vec<u8>> {
    match protocol {
        Some(ProtocolWord::Http1) => vec![b"http/1.1".to_vec()],
        Some(ProtocolWord::Http2) => vec![b"h2".to_vec()],
        _ => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
    }
}

/// With `strict-sni` certificates may come at run time.
fn no_certificate(said: &BindTlsDraft, section: &Section<'_>, line: Span, strict_sni: bool) -> Diagnostic {
    let message = format!("an address of '{}' speaks TLS and has no certificate", section.name);
    let place = said.certificates.first().map_or(said.enabled.unwrap_or(line), |word| word.span);
    if strict_sni {
        return Diagnostic::warning(message).code("no-certificate").at(place, "all connections will fail");
    }
    let label = if said.certificates.is_empty() { "'crt' is missing" } else { "there is none in this" };
    Diagnostic::error(message).code("no-certificate").at(place, label)
}
