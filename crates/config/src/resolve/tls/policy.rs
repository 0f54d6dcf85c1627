//! How connections are to be: what a line says, on top of what the global section says, as the TLS crate wants it.

use burdock_syntax::{Diagnostic, Diagnostics, Severity, Span};
use burdock_tls::settings::{Policy, TlsVersion, Verify};

use super::Places;
use crate::draft::{Set, SetExt, Spanned, TlsPolicyDraft};
use crate::resolve::Resolver;

impl Resolver<'_> {
    /// What a line says. `line`: where faults belong that have no word of their own.
    pub(super) fn tls_policy(&mut self, said: &TlsPolicyDraft, line: Span, places: &mut Places) -> Policy {
        let base = self.tls.global.ca_base.get().cloned();
        for (name, set) in [
            ("ciphers", &said.ciphers),
            ("ciphersuites", &said.cipher_suites),
            ("curves", &said.curves),
            ("ecdhe", &said.ecdhe),
            ("sigalgs", &said.signature_algorithms),
            ("client-sigalgs", &said.client_signature_algorithms),
        ] {
            if let Some(set) = set {
                places.add(name, set.span);
            }
        }
        let mut file = |name: &Set<crate::draft::FileName>| {
            let name = name.as_ref()?;
            let is_of_system = name.value.path.as_os_str() == SYSTEM_AUTHORITIES;
            let path = match is_of_system {
                true => name.value.path.clone(),
                // A directory stands for all files in it.
                false if self.options.host.list(&name.value.below(base.as_deref())).is_ok() => {
                    name.value.below(base.as_deref())
                }
                false => self.tls_file(name, base.as_deref()),
            };
            places.add(path.to_string_lossy(), name.span);
            Some(path)
        };
        let (ca_file, ca_verify_file, crl_file) =
            (file(&said.ca_file), file(&said.ca_verify_file), file(&said.crl_file));
        Policy { ca_file, ca_verify_file, crl_file, ..without_files(said, line, self.findings) }
    }

    /// What makes no sense without a file that says who may have signed.
    pub(super) fn needs_authorities(&mut self, policy: &Policy, said: &TlsPolicyDraft, line: Span) {
        let wanted = policy.verify.is_some_and(|verify| verify != Verify::None);
        if wanted && policy.ca_file.is_none() && policy.ca_verify_file.is_none() {
            self.findings.push(
                Diagnostic::error("certificates cannot be verified without 'ca-file'")
                    .code("missing-argument")
                    .at(said.verify.map_or(line, |verify| verify.span), "nothing says who may have signed them"),
            );
        }
    }
}

/// What a line says but for the files that it names.
pub(crate) fn without_files(said: &TlsPolicyDraft, line: Span, findings: &mut Diagnostics) -> Policy {
    let (min_version, max_version) = versions(said, line, findings);
    let curves = said.curves.as_ref().or(said.ecdhe.as_ref());
    Policy {
        min_version,
        max_version,
        ciphers: said.ciphers.get().cloned(),
        cipher_suites: said.cipher_suites.get().cloned(),
        curves: curves.map(|curves| curves.value.clone()),
        signature_algorithms: said.signature_algorithms.get().cloned(),
        client_signature_algorithms: said.client_signature_algorithms.get().cloned(),
        alpn: said.alpn.get().cloned(),
        verify: said.verify.value(),
        no_ca_names: said.no_ca_names,
        ca_ignored: said.ca_ignored.get().cloned().unwrap_or_default(),
        certificate_ignored: said.certificate_ignored.get().cloned().unwrap_or_default(),
        early_data: said.early_data.value(),
        ca_file: None,
        ca_verify_file: None,
        crl_file: None,
    }
}

/// The oldest and the newest version, as far as a line says so. Those before TLS 1.2 are never spoken.
fn versions(said: &TlsPolicyDraft, line: Span, findings: &mut Diagnostics) -> (Option<TlsVersion>, Option<TlsVersion>) {
    if said.min_version.is_some() || said.max_version.is_some() {
        if let Some(off) = said.off.first() {
            findings.push(
                Diagnostic::warning("'ssl-min-ver' and 'ssl-max-ver' come before words that forbid single versions")
                    .code("no-effect-here")
                    .at(off.span, "ignored"),
            );
        }
        return range(said.min_version, said.max_version, line, findings);
    }
    let is_off = |version| said.off.iter().any(|off| off.value == version);
    match (is_off(TlsVersion::Tls12), is_off(TlsVersion::Tls13)) {
        (false, false) => (None, None),
        (true, false) => (Some(TlsVersion::Tls13), None),
        (false, true) => (None, Some(TlsVersion::Tls12)),
        (true, true) => {
            findings.push(no_version(said.off.last().map_or(line, |off| off.span)));
            (None, None)
        }
    }
}

fn range(
    min: Set<TlsVersion>,
    max: Set<TlsVersion>,
    line: Span,
    findings: &mut Diagnostics,
) -> (Option<TlsVersion>, Option<TlsVersion>) {
    let newest = max.value().unwrap_or(TlsVersion::Tls13);
    let oldest = min.value().unwrap_or(TlsVersion::Tls12).max(TlsVersion::Tls12);
    if oldest > newest {
        let place = max.or(min).map_or(line, |said| said.span);
        let fault = no_version(place);
        findings.push(match min.filter(|_| max.is_some()) {
            Some(min) if min.span != place => fault.also(min.span, "with this"),
            _ => fault,
        });
        return (None, None);
    }
    if let Some(Spanned { value, span }) = min
        && value < TlsVersion::Tls12
    {
        findings.push(
            Diagnostic::new(Severity::Notice, "versions before TLS 1.2 are off, whatever is said")
                .code("off")
                .at(span, "TLS 1.2 is the oldest that is spoken")
                .note("they can be attacked, and browsers do without them since 2020 (RFC 8996)"),
        );
    }
    (min.map(|_| oldest), max.value())
}

/// What a line says, and where it says nothing what all lines are to have.
pub(super) fn merged(line: &TlsPolicyDraft, global: &TlsPolicyDraft) -> TlsPolicyDraft {
    let or = |line: &Set<String>, global: &Set<String>| line.as_ref().or(global.as_ref()).cloned();
    TlsPolicyDraft {
        min_version: line.min_version.or(global.min_version),
        max_version: line.max_version.or(global.max_version),
        off: line.off.iter().chain(&global.off).copied().collect(),
        ciphers: or(&line.ciphers, &global.ciphers),
        cipher_suites: or(&line.cipher_suites, &global.cipher_suites),
        curves: or(&line.curves, &global.curves),
        signature_algorithms: or(&line.signature_algorithms, &global.signature_algorithms),
        client_signature_algorithms: or(&line.client_signature_algorithms, &global.client_signature_algorithms),
        verify: line.verify.or(global.verify),
        no_tickets: line.no_tickets.or(global.no_tickets),
        ..line.clone()
    }
}

fn no_version(place: Span) -> Diagnostic {
    Diagnostic::error("no version of TLS is left")
        .code("no-version")
        .at(place, "only TLS 1.2 and 1.3 are spoken")
        .note("older versions can be attacked, and browsers do without them since 2020 (RFC 8996)")
}

/// The authorities that the system trusts.
const SYSTEM_AUTHORITIES: &str = "@system-ca";
