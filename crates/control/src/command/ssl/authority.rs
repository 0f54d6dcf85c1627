//! `show ssl ca-file` and `show ssl crl-file`.

use std::fmt::Write;

use burdock_model::StatsLevel;
use burdock_tls::Store;
use burdock_tls::certificate::RevocationList;
use burdock_tls::store::FileInfo;

use super::super::{Call, Command};
use super::{Shown, date, hexadecimal, name, push_certificate, push_names, shows, status, with_index};
use crate::answer::Answer;

pub(super) const COMMANDS: &[Command] = &[
    shows(
        &["show", "ssl", "ca-file"],
        "show ssl ca-file [[*]<cafile>[:<index>]]",
        "all CA files, or the certificates of one, or one of these; with '*' of the one that is being changed",
        StatsLevel::Operator,
        show_authorities,
    ),
    shows(
        &["show", "ssl", "crl-file"],
        "show ssl crl-file [[*]<crlfile>[:<index>]]",
        "all CRL files, or the lists of one, or one of these; with '*' of the one that is being changed",
        StatsLevel::Operator,
        show_revocations,
    ),
];

/// A file's parts in DER, and how it stands.
struct Parts {
    status: &'static str,
    ders: Vec<Vec<u8>>,
}

fn show_authorities(call: Call<'_>) -> Answer {
    let model = call.runtime.model.load();
    let store = &model.tls_store;
    if call.arguments.is_empty() {
        let counted = |name: &str, count: usize| format!("{name} - {count} certificate(s)");
        let open = store.open_authorities().map(|(name, draft)| counted(&name, draft.certificates().len()));
        let mut out = String::new();
        let names = store.authorities().into_iter().map(|info| {
            let count = info.content.map_or(0, |content| content.certificates().len());
            counted(&info.name, count).into()
        });
        push_names(&mut out, open, names);
        return Answer::Text(out);
    }
    let shown = Shown::parse(call.argument(0));
    let Ok((name, index)) = with_index(shown.name, |name| authorities(store, &shown, name).is_some()) else {
        return Answer::refused(format!("wrong CA index after colons in '{}'!", call.argument(0)));
    };
    let Some(parts) = authorities(store, &shown, name) else {
        return Answer::refused("Can't display the CA file : Not found!");
    };
    let wanted = parts.wanted(index);
    if wanted.is_empty() {
        return Answer::Done;
    }
    let mut out = parts.head(&shown, name);
    for (number, der) in wanted {
        let _ = writeln!(out, " \nCertificate #{number}:");
        push_certificate(&mut out, der);
    }
    Answer::Text(out)
}

fn show_revocations(call: Call<'_>) -> Answer {
    let model = call.runtime.model.load();
    let store = &model.tls_store;
    if call.arguments.is_empty() {
        let mut out = String::new();
        let open = store.open_revocations().map(|(name, _)| name);
        push_names(&mut out, open, store.revocations().into_iter().map(|info| info.name.into()));
        return Answer::Text(out);
    }
    let shown = Shown::parse(call.argument(0));
    let Ok((name, index)) = with_index(shown.name, |name| revocations(store, &shown, name).is_some()) else {
        return Answer::refused(format!("wrong CRL index after colons in '{}'!", call.argument(0)));
    };
    let Some(parts) = revocations(store, &shown, name) else {
        return Answer::refused("Can't display the CRL file : Not found!");
    };
    let mut out = parts.head(&shown, name);
    for (number, der) in parts.wanted(index) {
        let _ = writeln!(out, " \nCertificate Revocation List #{number}:");
        push_list(&mut out, der);
    }
    Answer::Text(out)
}

impl Parts {
    /// Those of this number, counted from 1, or all.
    fn wanted(&self, index: Option<usize>) -> Vec<(usize, &[u8])> {
        let numbered = self.ders.iter().enumerate().map(|(place, der)| (place + 1, der.as_slice()));
        numbered.filter(|(number, _)| index.is_none_or(|index| index == *number)).collect()
    }

    fn head(&self, shown: &Shown<'_>, name: &str) -> String {
        format!("Filename: {}{name}\nStatus: {}\n", shown.mark(), self.status)
    }
}

fn authorities(store: &Store, shown: &Shown<'_>, name: &str) -> Option<Parts> {
    let ders = |file: &burdock_tls::verify::Authorities| file.certificates().map(|der| der.to_vec()).collect();
    if shown.is_change {
        let (_, draft) = store.open_authorities().filter(|(open, _)| open == name)?;
        return Some(Parts { status: "Uncommitted", ders: ders(&draft) });
    }
    of_store(store.authorities(), name, ders)
}

fn revocations(store: &Store, shown: &Shown<'_>, name: &str) -> Option<Parts> {
    let ders = |file: &burdock_tls::verify::Revocations| file.lists().map(<[u8]>::to_vec).collect();
    if shown.is_change {
        let (_, draft) = store.open_revocations().filter(|(open, _)| open == name)?;
        return Some(Parts { status: "Uncommitted", ders: ders(&draft) });
    }
    of_store(store.revocations(), name, ders)
}

fn of_store<T>(files: Vec<FileInfo<T>>, name: &str, ders: impl Fn(&T) -> Vec<Vec<u8>>) -> Option<Parts> {
    let info = files.into_iter().find(|info| info.name == name)?;
    Some(match &info.content {
        Some(content) => Parts { status: status(&info.users), ders: ders(content) },
        None => Parts { status: "Empty", ders: Vec::new() },
    })
}

fn push_list(out: &mut String, der: &[u8]) {
    let Some(list) = RevocationList::parse(der) else { return };
    // Writing to memory does not fail.
    let _ = write!(
        out,
        "Version {}\nSignature Algorithm: {}\nIssuer: {}\nLast Update: {}\nNext Update: {}\n",
        list.version(),
        list.signature_algorithm(),
        name(list.issuer()),
        date(list.last_update_s()),
        list.next_update_s().map_or_else(|| "NONE".to_owned(), date),
    );
    let mut revoked = list.revoked().peekable();
    out.push_str(if revoked.peek().is_some() { "Revoked Certificates:\n" } else { "No Revoked Certificates.\n" });
    for (serial, since_s) in revoked {
        let _ = write!(out, "    Serial Number: {}\n        Revocation Date: {}\n", hexadecimal(serial), date(since_s));
    }
}
