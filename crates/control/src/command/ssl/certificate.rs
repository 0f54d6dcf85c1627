//! `show ssl cert` and `dump ssl cert`.

use std::fmt::Write;
use std::path::PathBuf;

use burdock_model::StatsLevel;
use burdock_tls::Store;
use burdock_tls::material::describe_ocsp;

use super::super::{Call, Command};
use super::{Shown, command, name, push_certificate, push_names, shows, status};
use crate::answer::Answer;

pub(super) const COMMANDS: &[Command] = &[
    command(
        &["dump", "ssl", "cert"],
        "dump ssl cert [*]<certfile>",
        "key and certificates in PEM, or with '*' those that are being changed",
        false,
        dump,
    ),
    shows(
        &["show", "ssl", "cert"],
        "show ssl cert [[*]<certfile>]",
        "all certificates, or what is known of one, or with '*' of the one that is being changed",
        StatsLevel::Operator,
        show,
    ),
];

fn show(call: Call<'_>) -> Answer {
    let model = call.runtime.model.load();
    let store = &model.tls_store;
    let mut out = String::new();
    if call.arguments.is_empty() {
        let open = store.open_certificate().map(|(name, _)| name);
        push_names(&mut out, open, store.certificates().into_iter().map(|info| info.name.into()));
        return Answer::Text(out);
    }
    let shown = Shown::parse(call.argument(0));
    let details = match find(store, &shown, shown.name) {
        Some(found) => {
            found.push_to(store, &shown, &mut out);
            Some(out)
        }
        // The OCSP response goes by a name of its own.
        None => shown.name.strip_suffix(".ocsp").and_then(|stem| {
            // With `ssl-load-extra-del-ext` it stands instead of the certificate's `.crt`.
            let found = find(store, &shown, stem).or_else(|| find(store, &shown, &format!("{stem}.crt")));
            describe_ocsp(&found?.ocsp_response?)
        }),
    };
    details.map_or_else(|| Answer::refused(NOT_FOUND), Answer::Text)
}

fn dump(call: Call<'_>) -> Answer {
    let model = call.runtime.model.load();
    let shown = Shown::parse(call.argument(0));
    match find(&model.tls_store, &shown, shown.name) {
        Some(found) => found.pem.map_or(Answer::Done, Answer::Text),
        None => Answer::refused(NOT_FOUND),
    }
}

const NOT_FOUND: &str = "Can't display the certificate: Not found or the certificate is a bundle!";

/// A certificate, or what it is to become.
struct Found {
    status: &'static str,
    /// The certificate and its issuers in DER.
    chain: Vec<Vec<u8>>,
    /// The file that has completed the chain.
    chain_file: Option<PathBuf>,
    ocsp_response: Option<Vec<u8>>,
    ocsp_id: Option<Vec<u8>>,
    pem: Option<String>,
}

fn find(store: &Store, shown: &Shown<'_>, name: &str) -> Option<Found> {
    if shown.is_change {
        let (_, draft) = store.open_certificate().filter(|(open, _)| open == name)?;
        return Some(Found {
            status: "Uncommitted",
            chain: draft.chain().iter().map(|certificate| certificate.to_vec()).collect(),
            chain_file: None,
            ocsp_response: draft.ocsp_response().map(<[u8]>::to_vec),
            ocsp_id: None,
            pem: draft.to_pem(),
        });
    }
    let info = store.certificate(name).ok()?;
    let Some(certificate) = info.content else {
        let empty = Found {
            status: "Empty",
            chain: Vec::new(),
            chain_file: None,
            ocsp_response: None,
            ocsp_id: None,
            pem: None,
        };
        return Some(empty);
    };
    let ocsp_response = certificate.ocsp_response().map(<[u8]>::to_vec);
    Some(Found {
        status: status(&info.users),
        chain: certificate.chain().iter().map(|certificate| certificate.to_vec()).collect(),
        chain_file: certificate.chain_file.clone(),
        ocsp_id: ocsp_response.as_ref().and_then(|_| certificate.ocsp_id()),
        ocsp_response,
        pem: certificate.to_pem(),
    })
}

impl Found {
    fn push_to(&self, store: &Store, shown: &Shown<'_>, out: &mut String) {
        // Writing to memory does not fail.
        let _ = writeln!(out, "Filename: {}{}", shown.mark(), shown.name);
        let source = store.certificate_source(shown.name);
        if let Some(source) = &source {
            let files = [
                ("Crt", Some(source.file())),
                ("Key", source.key.clone()),
                ("OCSP", source.ocsp.clone()),
                ("OCSP Issuer", source.issuer.clone()),
                ("SCTL", source.sctl.clone()),
            ];
            for (what, file) in files {
                if let Some(file) = file {
                    let _ = writeln!(out, "{what} filename: {}", file.display());
                }
            }
        }
        let updated = if store.is_ocsp_updated(shown.name) { "on" } else { "off" };
        // Certificates are not for tokens here.
        let _ = writeln!(out, "Option: ocsp-update {updated}\nOption: jwt off\nStatus: {}", self.status);
        let mut chain = self.chain.iter();
        if let Some(own) = chain.next() {
            push_certificate(out, own);
        }
        if let Some(file) = &self.chain_file {
            let _ = writeln!(out, "Chain Filename: {}", file.display());
        }
        for issuer in chain {
            if let Some(issuer) = burdock_tls::certificate::Certificate::parse(issuer) {
                let _ =
                    writeln!(out, "Chain Subject: {}\nChain Issuer: {}", name(issuer.subject()), name(issuer.issuer()));
            }
        }
        let id = self.ocsp_id.as_deref().map(super::hexadecimal).unwrap_or_default();
        let _ = writeln!(out, "OCSP Response Key: {}", id.to_ascii_lowercase());
    }
}
