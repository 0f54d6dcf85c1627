//! What `burdock check` says of certificates: those that end soon or have ended, and those that come without their issuers.

use std::time::{SystemTime, UNIX_EPOCH};

use burdock_syntax::{Diagnostic, Span};
use burdock_tls::settings::BindSettings;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::Places;
use crate::resolve::Resolver;

impl Resolver<'_> {
    /// Looks at the certificates of a line, each once.
    pub(super) fn advise_on(&mut self, settings: &BindSettings, places: &Places, line: Span) {
        let now_s = seconds(self.options.host.now());
        for used in settings.default_certificates.iter().chain(&settings.certificates) {
            let name = &used.certificate.name;
            if !self.tls.looked_at.insert(name.clone()) {
                continue;
            }
            // It was read before, so that there is nothing new to say.
            let Ok(certificate) = self.tls.store.certificate(&used.certificate, &self.tls.tuning, &mut Vec::new())
            else {
                continue;
            };
            let Some(own) = certificate.own() else { continue };
            let advice = about(name, own, certificate.key.cert.len(), now_s);
            self.findings.extend(advice.into_iter().map(|advice| advice.at(places.find(name, line), "this one")));
        }
    }
}

/// What there is to say of a certificate that comes in a chain of that length.
fn about(name: &str, der: &[u8], chain: usize, now_s: i64) -> Vec<Diagnostic> {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else { return Vec::new() };
    let mut advice = Vec::new();
    let left_s = certificate.validity().not_after.timestamp() - now_s;
    if left_s < 0 {
        advice.push(Diagnostic::advice(format!("the certificate '{name}' has expired")).code("expired"));
    } else if left_s < SOON_DAYS * DAY_S {
        let (days, unit) = (left_s / DAY_S, if left_s / DAY_S == 1 { "day" } else { "days" });
        advice.push(
            Diagnostic::advice(format!("the certificate '{name}' expires in {days} {unit}")).code("expires-soon"),
        );
    }
    if certificate.validity().not_before.timestamp() > now_s {
        advice.push(Diagnostic::advice(format!("the certificate '{name}' is not valid yet")).code("not-yet-valid"));
    }
    if chain == 1 && certificate.issuer() != certificate.subject() {
        advice.push(
            Diagnostic::advice(format!(
                "the certificate '{name}' comes without the one of its issuer, '{}'",
                certificate.issuer()
            ))
            .code("no-chain")
            .note("clients that do not have that one by themselves take it for a forgery; its file can hold both"),
        );
    }
    advice
}

fn seconds(now: SystemTime) -> i64 {
    now.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs() as i64)
}

/// Certificates that end sooner than this are told of.
const SOON_DAYS: i64 = 30;
const DAY_S: i64 = 86_400;
