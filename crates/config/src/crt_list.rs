//! The lists that `crt-list` names: a certificate a line, with what holds for it in brackets and the names it is for (configuration manual 5.1
//! `crt-list`). Their texts join the sources, so that faults are shown where they stand.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use burdock_syntax::{Diagnostic, Diagnostics, Environment, Parsed, Severity, SourceFile, SourceMap, Span, Word};
use burdock_tls::settings::{CertificateSource, CertificateUse, Policy};

use crate::args::{Args, Context};
use crate::draft::{
    BindOptions, CertificateLine, CertificateWordKind, Draft, FileName, ListLine, Set, SetExt, Spanned, TlsPolicyDraft,
};
use crate::host::{Host, Sealed};
use crate::keyword::{Sections, bind, crt_store, tls, with_suggestion};
use crate::resolve::without_files;

/// Reads all lists that the draft's lines name, each once.
pub(crate) fn read_all(
    draft: &mut Draft,
    host: &dyn Host,
    sources: &mut SourceMap,
    environment: &Environment,
    findings: &mut Diagnostics,
) {
    let mut wanted: Vec<Spanned<FileName>> = Vec::new();
    let mut known: BTreeSet<PathBuf> = BTreeSet::new();
    for bind in draft.proxies.iter().flat_map(|proxy| &proxy.binds) {
        for word in bind.options.tls.certificates.iter().filter(|word| word.kind == CertificateWordKind::List) {
            if known.insert(word.name.below(None)) {
                wanted.push(Spanned::new(word.name.clone(), word.span));
            }
        }
    }
    for Spanned { value: name, span } in wanted {
        let path = name.below(None);
        // A directory is a list of what is in it, as for 'crt'.
        if host.list(&path).is_ok() {
            continue;
        }
        let shown = path.display().to_string();
        let text = match host.read(&path) {
            Ok(text) => text,
            Err(fault) => {
                findings.push(
                    Diagnostic::error(format!("the list '{shown}' cannot be read: {fault}"))
                        .code("unreadable-file")
                        .at(span, "named here"),
                );
                continue;
            }
        };
        let Ok(file) = sources.add(&shown, text) else {
            findings.push(
                Diagnostic::error(format!("the list '{shown}' is too long")).code("unreadable-file").at(span, ""),
            );
            continue;
        };
        let context = Context { environment, host, base_directory: name.directory.as_deref(), section: Sections::NONE };
        let lines = List { file: &file, context: &context }.read(findings);
        draft.crt_lists.insert(path, lines);
    }
}

/// A line of a list that comes at run time. It names things that are loaded, by their names: no file is looked for. `ocsp_mode` says whether
/// OCSP responses are fetched where the line says nothing.
///
/// # Errors
/// What is wrong with it, in words.
pub fn line_at_run_time(text: &str, ocsp_mode: bool) -> Result<CertificateUse, String> {
    let said = |fault: &Diagnostic| fault.message().to_owned();
    let mut sources = SourceMap::new();
    let file = sources.add("CLI", text).map_err(|_| "the line is too long")?;
    let environment = Environment::empty();
    let context = Context { environment: &environment, host: &Sealed, base_directory: None, section: Sections::NONE };
    let mut findings = Diagnostics::new();
    let line = List { file: &file, context: &context }.line(1, &mut findings).map_err(|fault| said(&fault))?;
    let line = line.ok_or("there is no certificate in it")?;
    let ListLine { certificate, policy, names, written, number: _ } = line;
    let place = certificate.certificate.as_ref().map_or(certificate.span, |name| name.span);
    let name_of = |name: &Set<FileName>| name.as_ref().map(|name| name.value.path.clone());
    let used = CertificateUse {
        names,
        written,
        policy: Policy {
            ca_file: name_of(&policy.ca_file),
            ca_verify_file: name_of(&policy.ca_verify_file),
            crl_file: name_of(&policy.crl_file),
            ..without_files(&policy, place, &mut findings)
        },
        certificate: CertificateSource {
            name: name_of(&certificate.certificate).unwrap_or_default().to_string_lossy().into_owned(),
            ocsp_update: certificate.ocsp_update.value().unwrap_or(ocsp_mode),
            ..CertificateSource::default()
        },
        listed: None,
    };
    if let Some(fault) = findings.iter().find(|fault| fault.severity() == Severity::Error) {
        return Err(said(fault));
    }
    if certificate.has_parts() {
        return Err("the parts of a certificate are set by 'set ssl cert'".into());
    }
    Ok(used)
}

/// A list being read.
struct List<'a> {
    file: &'a Arc<SourceFile>,
    context: &'a Context<'a>,
}

/// The words of a line, by what they are.
#[derive(Default)]
struct Words {
    certificate: Option<Word>,
    options: Vec<Word>,
    names: Vec<Word>,
}

impl List<'_> {
    fn read(&self, findings: &mut Diagnostics) -> Vec<ListLine> {
        if self.file.text().last().is_some_and(|last| *last != b'\n') {
            let end = self.file.text().len() as u32;
            findings.push(
                Diagnostic::error("the last line does not end: the list may have been cut off")
                    .code("cut-off")
                    .at(Span { source: self.file.id(), start: end, end }, "a line feed is missing here"),
            );
        }
        let numbers = 1..=self.file.line_count();
        numbers
            .filter_map(|number| {
                let line = self.line(number, findings);
                findings.take(line).flatten()
            })
            .collect()
    }

    fn line(&self, number: u32, findings: &mut Diagnostics) -> Parsed<Option<ListLine>> {
        let Some(span) = self.file.line_span(number) else { return Ok(None) };
        let words = self.words(span, findings)?;
        let Some(written) = words.certificate else { return Ok(None) };
        let mut certificate = CertificateLine::new(written.span());
        let name =
            Args::new(String::from("crt-list"), written.span(), std::slice::from_ref(&written), self.context, findings)
                .path("a certificate")?;
        let directory = self.context.base_directory.map(std::path::Path::to_owned);
        certificate.certificate = Some(name.map(|path| FileName { path, directory }));
        let policy = self.options(&words.options, &mut certificate, findings);
        let names = self.names(&written, &words.names, findings)?;
        let behind = Span { start: written.span().end, ..span };
        let written = String::from_utf8_lossy(self.file.bytes(behind)).trim().to_owned();
        Ok(Some(ListLine { certificate, policy, names, written, number }))
    }

    /// Cuts a line into words. A line that begins with a hash is a comment; what is behind brackets are names.
    fn words(&self, span: Span, findings: &mut Diagnostics) -> Parsed<Words> {
        let text = self.file.bytes(span);
        let mut words = Words::default();
        let start_of_text = text.iter().position(|byte| !byte.is_ascii_whitespace());
        if start_of_text.is_none_or(|at| text.get(at) == Some(&b'#')) {
            return Ok(words);
        }
        let at = |range: Range<usize>| Span {
            source: span.source,
            start: span.start + range.start as u32,
            end: span.start + range.end as u32,
        };
        let fault =
            |message: &str, at: Span, label: &str| Diagnostic::error(message).code("bad-list-line").at(at, label);
        let mut opened: Option<usize> = None;
        let mut closed = false;
        let mut position = 0;
        while let Some(&byte) = text.get(position) {
            match byte {
                b'[' => {
                    let here = at(position..position + 1);
                    if words.certificate.is_none() {
                        return Err(fault("a line begins with a certificate", here, "a file name belongs before this"));
                    }
                    if opened.is_some() || closed {
                        return Err(fault("a line has one pair of brackets", here, "a second one begins here"));
                    }
                    if let (Some(first), Some(last)) = (words.names.first(), words.names.last()) {
                        findings.push(
                            Diagnostic::warning("names stand behind the brackets")
                                .code("bad-list-line")
                                .at(first.span().to(last.span()), "left aside"),
                        );
                        words.names.clear();
                    }
                    opened = Some(position);
                    position += 1;
                }
                b']' => {
                    if opened.take().is_none() {
                        return Err(fault(
                            "nothing was opened that could be closed",
                            at(position..position + 1),
                            "no '[' before this",
                        ));
                    }
                    closed = true;
                    position += 1;
                }
                byte if byte.is_ascii_whitespace() => position += 1,
                _ => {
                    let rest = text.get(position..).unwrap_or_default();
                    let length = rest
                        .iter()
                        .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'[' | b']'))
                        .unwrap_or(rest.len());
                    let value = rest.get(..length).unwrap_or_default();
                    let word = Word::verbatim(value, span.source, span.start + position as u32);
                    position += length;
                    if words.certificate.is_none() {
                        words.certificate = Some(word);
                    } else if opened.is_some() {
                        words.options.push(word);
                    } else {
                        words.names.push(word);
                    }
                }
            }
        }
        if let Some(opened) = opened {
            findings.push(
                Diagnostic::advice("the bracket is never closed: what follows it are names")
                    .code("bad-list-line")
                    .at(at(opened..opened + 1), "']' is missing")
                    .note("HAProxy accepts it without a word"),
            );
            words.names.append(&mut words.options);
        }
        Ok(words)
    }

    fn options(&self, words: &[Word], certificate: &mut CertificateLine, findings: &mut Diagnostics) -> TlsPolicyDraft {
        let mut options = BindOptions::default();
        let Some(first) = words.first() else { return options.tls.policy };
        let mut args = Args::new(String::from("crt-list"), first.span(), words, self.context, findings);
        while let Some(word) = args.next() {
            let parsed = if let Some(option) = crt_store::LOAD.find_some(tls::LINE_OPTIONS, word) {
                args.enter(option.name, word.span(), option.arguments);
                (option.parse)(certificate, &mut args)
            } else if let Some(option) = bind::OPTIONS.find_some(tls::LIST_OPTIONS, word) {
                args.enter(option.name, word.span(), option.arguments);
                (option.parse)(&mut options, &mut args)
            } else {
                let fault = Diagnostic::error(format!("'{word}' is not possible in a list of certificates"))
                    .code("unknown-option")
                    .at(word.span(), "not known here");
                let names = tls::LINE_OPTIONS.iter().chain(tls::LIST_OPTIONS).copied();
                args.report(with_suggestion(fault, word, names));
                args.rest();
                break;
            };
            if let Err(fault) = parsed {
                args.report(fault.or_at(word.span(), ""));
            }
        }
        options.tls.policy
    }

    fn names(&self, certificate: &Word, words: &[Word], findings: &mut Diagnostics) -> Parsed<Vec<String>> {
        let mut names = Vec::with_capacity(words.len());
        for word in words {
            // A wildcard cannot be taken back: HAProxy passes over the attempt.
            if word.as_bytes().starts_with(b"!*") {
                findings.push(
                    Diagnostic::advice(format!("'{word}' does nothing: only single names can be taken out"))
                        .code("bad-list-line")
                        .at(word.span(), "left aside"),
                );
                continue;
            }
            names.push(word.to_str()?.to_ascii_lowercase());
        }
        let has_negative = names.iter().any(|name| name.starts_with('!'));
        if has_negative && !names.iter().any(|name| name.starts_with('*')) {
            findings.push(
                Diagnostic::new(Severity::Warning, format!("the names taken out of '{certificate}' were never in"))
                    .code("bad-list-line")
                    .at(words.first().map_or(certificate.span(), Word::span), "without a wildcard this does nothing"),
            );
        }
        Ok(names)
    }
}
