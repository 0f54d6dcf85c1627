//! `acme` sections and the certificates that they look after.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use burdock_acme::settings::{Authority, ChallengeKind, ExternalAccount, KeyKind, Managed, Readiness};
use burdock_acme::{Settings, temporary_certificate};
use burdock_pattern::{Kind, ReferenceTable};
use burdock_syntax::{Diagnostic, Severity, Span};
use burdock_tls::settings::CertificateSource;

use super::Resolver;
use crate::draft::{AcmeDraft, AcmeGlobalDraft, AcmeUse, Draft, KeyType, ReadyWord, SetExt};
use crate::keyword::unsupported;

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The sections by their names; at fault: none.
    authorities: HashMap<String, Option<Arc<Authority>>>,
    certificates: Vec<Managed>,
    /// Names of those that a temporary one stands in for.
    temporary: Vec<String>,
}

impl Found {
    /// Whether a certificate is a temporary one: nobody has to be told that it has expired.
    pub(super) fn stands_in(&self, certificate: &str) -> bool {
        self.temporary.iter().any(|name| name == certificate)
    }
}

impl Resolver<'_> {
    /// Takes up the sections.
    pub(super) fn authorities(&mut self, draft: &Draft) {
        for section in &draft.acme_sections {
            let authority = self.authority(section).map(Arc::new);
            self.acme.authorities.insert(section.name.value.clone(), authority);
        }
    }

    /// Notes that a section is to look after a certificate. Where its file is not there yet, a temporary one takes its place.
    pub(super) fn look_after(&mut self, source: &CertificateSource, key_file: Option<PathBuf>, line: &AcmeUse) {
        let Some(section) = &line.section else {
            for (name, setting) in [("domains", &line.domains), ("ips", &line.addresses)] {
                if let Some(setting) = setting {
                    self.without_effect(name, setting.span, "it is for certificates with 'acme'");
                }
            }
            return;
        };
        // Lists may be used in several places.
        if self.acme.certificates.iter().any(|known| known.name == source.name) {
            return;
        }
        let Some(authority) = self.acme.authorities.get(&section.value).cloned() else {
            self.findings.push(
                Diagnostic::error(format!("there is no section 'acme {}'", section.value))
                    .code("unknown-name")
                    .at(section.span, "not there"),
            );
            return;
        };
        let Some(authority) = authority else { return };
        let file = source.file.clone().unwrap_or_else(|| PathBuf::from(&source.name));
        let Some(managed) = self.managed(source.name.clone(), file, key_file, line, section.span, &authority) else {
            return;
        };
        if !self.options.host.is_file(&managed.file) {
            let name = &managed.name;
            let finding = match self.stand_in(&managed) {
                Ok(()) => Diagnostic::new(Severity::Notice, format!("the certificate '{name}' is not there yet"))
                    .code("temporary-certificate")
                    .at(section.span, "a temporary one stands in until the authority has issued one"),
                Err(fault) => Diagnostic::error(format!("no temporary certificate for '{name}': {fault}"))
                    .code("bad-value")
                    .at(section.span, "none can be made"),
            };
            self.findings.push(finding);
            self.acme.temporary.push(managed.name.clone());
        }
        self.acme.certificates.push(managed);
    }

    /// Puts a temporary certificate into the store (configuration manual 12.7.1 `acme`).
    fn stand_in(&self, managed: &Managed) -> Result<(), String> {
        let pem = temporary_certificate(managed).map_err(|fault| fault.to_string())?;
        let store = &self.tls.store;
        let put = store
            .new_certificate(&managed.name)
            .and_then(|()| store.set_certificate(&managed.name, pem.as_bytes()))
            .and_then(|_| store.commit_certificate(&managed.name));
        put.map(|_| ()).map_err(|fault| fault.to_string())
    }

    /// Everything that the certificates of authorities need. `references` are the maps that rules use.
    pub(super) fn acme(&mut self, draft: &Draft, references: &ReferenceTable) -> Settings {
        for section in &draft.acme_sections {
            if let Some(map) = section.map.as_ref().filter(|map| references.find(Kind::Map, &map.value).is_none()) {
                self.findings.push(
                    Diagnostic::error(format!("no rule uses the map '{}'", map.value))
                        .code("unknown-name")
                        .at(map.span, "tokens put there would never be found")
                        .note("the manual's example answers challenges by 'http-request return' with 'map(virt@acme)'"),
                );
            }
        }
        let certificates = std::mem::take(&mut self.acme.certificates);
        let global = &draft.global.acme;
        Settings { scheduler: global.scheduler.value().unwrap_or(true), certificates, client: http_client(global) }
    }

    fn authority(&mut self, section: &AcmeDraft) -> Option<Authority> {
        let challenge = section.challenge.value().unwrap_or_default();
        let key = self.key_kind(section);
        let ready = self.readiness(section, challenge);
        let binding = self.binding(section);
        for (name, setting) in [("provider-name", &section.provider_name), ("acme-vars", &section.variables)] {
            if let Some(setting) = setting.as_ref().filter(|_| !challenge.is_dns()) {
                self.without_effect(name, setting.span, "it is only passed on with a challenge by DNS");
            }
        }
        let Some(directory) = section.directory.get().cloned() else {
            self.findings.push(
                Diagnostic::error(format!("the section 'acme {}' needs a 'directory'", section.name.value))
                    .code("missing-setting")
                    .at(section.span, "no 'directory' here")
                    .help("directory https://acme-staging-v02.api.letsencrypt.org/directory"),
            );
            return None;
        };
        let name = section.name.value.clone();
        let account_key = section.account_key.get().cloned();
        let account_key = account_key.unwrap_or_else(|| PathBuf::from(format!("{name}.account.key")));
        Some(Authority {
            directory,
            account_key,
            contact: section.contact.get().cloned(),
            challenge,
            ready,
            dns_delay: Duration::from_millis(section.dns_delay_ms.value().unwrap_or(DEFAULT_DNS_DELAY_MS)),
            key,
            map: section.map.get().cloned(),
            profile: section.profile.get().cloned(),
            reuse_key: section.reuse_key.value().unwrap_or(false),
            binding,
            provider_name: section.provider_name.get().cloned(),
            variables: section.variables.get().cloned(),
            name,
        })
    }

    fn key_kind(&mut self, section: &AcmeDraft) -> KeyKind {
        match section.key_type.value() {
            Some(KeyType::Rsa) => {
                if let Some(curve) = &section.curve {
                    self.without_effect("curves", curve.span, "RSA keys have none");
                }
                KeyKind::Rsa(section.bits.value().unwrap_or_default())
            }
            Some(KeyType::Ecdsa) | None => {
                if let Some(bits) = &section.bits {
                    self.without_effect("bits", bits.span, "only RSA keys have them: 'keytype RSA'");
                }
                KeyKind::Ecdsa(section.curve.value().unwrap_or_default())
            }
        }
    }

    /// `challenge-ready`, or what it is where nothing is said.
    fn readiness(&mut self, section: &AcmeDraft, challenge: ChallengeKind) -> Readiness {
        if let Some(timeout) = &section.dns_timeout_ms {
            self.without_effect("dns-timeout", timeout.span, "it limits 'challenge-ready dns'");
        }
        let Some(written) = &section.ready else {
            if let Some(said) = section.challenge.filter(|_| challenge == ChallengeKind::DnsPersist01) {
                self.findings.push(
                    unsupported(
                        "the condition 'dns', for which 'dns-persist-01' waits where nothing is said, is",
                        said.span,
                    )
                    .help("challenge-ready none, once the record is there; 'cli' or 'delay' to wait for it"),
                );
            }
            return Readiness { command: challenge == ChallengeKind::Dns01, delay: false };
        };
        if !challenge.is_dns() {
            self.findings.push(
                Diagnostic::error(format!("'challenge-ready' does not go with 'challenge {}'", challenge.name()))
                    .code("bad-combination")
                    .at(written.span, "only DNS challenges wait"),
            );
        }
        Readiness {
            command: written.value.contains(&ReadyWord::Command),
            delay: written.value.contains(&ReadyWord::Delay),
        }
    }

    fn binding(&mut self, section: &AcmeDraft) -> Option<ExternalAccount> {
        match (&section.binding_key_id, &section.binding_key) {
            (Some(key_id), Some(key)) => Some(ExternalAccount {
                key_id_file: key_id.value.clone(),
                mac_key_file: key.value.clone(),
                algorithm: section.binding_algorithm.value().unwrap_or_default(),
            }),
            (None, None) => {
                if let Some(algorithm) = &section.binding_algorithm {
                    self.without_effect("eab-mac-alg", algorithm.span, "there is no 'eab-mac-key'");
                }
                None
            }
            (Some(one), None) | (None, Some(one)) => {
                self.findings.push(
                    Diagnostic::error("'eab-key-id' and 'eab-mac-key' need each other")
                        .code("missing-setting")
                        .at(one.span, "the other one is missing"),
                );
                None
            }
        }
    }

    fn managed(
        &mut self,
        name: String,
        file: PathBuf,
        key_file: Option<PathBuf>,
        line: &AcmeUse,
        place: Span,
        authority: &Arc<Authority>,
    ) -> Option<Managed> {
        let words = |text: &str| text.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let domains = line.domains.get().map(|text| words(text)).unwrap_or_default();
        let mut addresses = Vec::new();
        for word in line.addresses.get().map(|text| words(text)).unwrap_or_default() {
            match word.parse::<IpAddr>() {
                Ok(address) => addresses.push(address),
                Err(_) => {
                    let written = line.addresses.as_ref().map_or(place, |written| written.span);
                    self.findings.push(
                        Diagnostic::error(format!("'{word}' is no IP address"))
                            .code("bad-value")
                            .at(written, "addresses with commas between them"),
                    );
                    return None;
                }
            }
        }
        if domains.is_empty() && addresses.is_empty() {
            self.findings.push(
                Diagnostic::error(format!("the certificate '{}' is for nobody", name))
                    .code("missing-setting")
                    .at(place, "'acme' needs 'domains' or 'ips'"),
            );
            return None;
        }
        if let Some(wildcard) = domains.iter().find(|name| name.starts_with("*."))
            && !authority.challenge.is_dns()
        {
            self.findings.push(
                Diagnostic::warning(format!(
                    "'{wildcard}' cannot be proved by 'challenge {}'",
                    authority.challenge.name()
                ))
                .code("bad-combination")
                .at(line.domains.as_ref().map_or(place, |domains| domains.span), "authorities will refuse")
                .help("challenge dns-01"),
            );
        }
        Some(Managed { name, file, key_file, authority: Arc::clone(authority), domains, addresses })
    }

    fn without_effect(&mut self, name: &str, span: Span, why: &str) {
        let advice = Diagnostic::advice(format!("'{name}' has no effect here")).code("no-effect-here");
        self.findings.push(advice.at(span, why));
    }
}

/// How authorities and OCSP responders are spoken to.
pub(super) fn http_client(global: &AcmeGlobalDraft) -> burdock_http_client::Settings {
    let default = burdock_http_client::Settings::default();
    burdock_http_client::Settings {
        ca_file: global.ca_file.get().cloned().flatten(),
        verify: global.verify.value().unwrap_or(default.verify),
        retries: global.retries.value().unwrap_or(default.retries),
        connect_timeout: global.connect_timeout_ms.value().map_or(default.connect_timeout, Duration::from_millis),
        prefer: global.prefer.value().unwrap_or_default(),
    }
}

/// Configuration manual 12.8 `dns-delay`.
const DEFAULT_DNS_DELAY_MS: u64 = 30_000;
