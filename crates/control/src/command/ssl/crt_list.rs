//! `show`, `add` and `del ssl crt-list`: the lines of crt-lists, and of the directories that `crt` names.

use std::fmt::Write;
use std::path::Path;

use burdock_config::crt_list::line_at_run_time;
use burdock_model::Model;
use burdock_tls::settings::{CertificateSource, CertificateUse};
use burdock_tls::{Store, StoreError};

use super::super::{Call, Command};
use super::command;
use crate::answer::Answer;

pub(super) const COMMANDS: &[Command] = &[
    command(
        &["add", "ssl", "crt-list"],
        "add ssl crt-list <list> <cert>",
        "add a line to a crt-list: a certificate, or behind '<<' one with options and names",
        true,
        add,
    ),
    command(
        &["del", "ssl", "crt-list"],
        "del ssl crt-list <list> <cert[:line]>",
        "take a line out of a crt-list; its number says which of several",
        false,
        delete,
    ),
    command(
        &["show", "ssl", "crt-list"],
        "show ssl crt-list [-n] [<list>]",
        "all crt-lists, or the lines of one, with '-n' and their numbers",
        false,
        show,
    ),
];

fn show(call: Call<'_>) -> Answer {
    let model = call.runtime.model.load();
    let store = &model.tls_store;
    let (has_numbers, name) = match call.arguments {
        [] => {
            let mut out = store.crt_lists().join("\n");
            out.push_str(if out.is_empty() { "" } else { "\n" });
            return Answer::Text(out);
        }
        [option] if option == "-n" => {
            return Answer::refused("'show ssl crt-list -n' expects a filename or a directory");
        }
        [option, name, ..] if option == "-n" => (true, name),
        [name, ..] => (false, name),
    };
    let name = list_name(name);
    let Some(lines) = store.crt_list(name) else { return Answer::refused("didn't find the specified filename") };
    let mut out = format!("# {name}\n");
    for line in &lines {
        out.push_str(&line.certificate.name);
        // Writing to memory does not fail.
        if has_numbers {
            let _ = write!(out, ":{}", number(line));
        }
        if !line.written.is_empty() {
            let _ = write!(out, " {}", line.written);
        }
        out.push('\n');
    }
    Answer::Text(out)
}

fn add(call: Call<'_>) -> Answer {
    let name = list_name(call.argument(0));
    let line = match (call.argument(1), call.payload) {
        ("", Some(payload)) => String::from_utf8_lossy(payload).trim().to_owned(),
        (certificate, _) => certificate.to_owned(),
    };
    if name.is_empty() || line.is_empty() {
        return Answer::refused("'add ssl crtlist' expects a filename and a certificate name");
    }
    let is_payload = call.argument(1).is_empty();
    let model = call.runtime.model.load();
    match insert(&model, name, &line, is_payload) {
        Ok((certificate, lines)) => {
            // It may want its OCSP response to be fetched.
            look_again(&call);
            let dots = ".".repeat(lines);
            Answer::said(format!("Inserting certificate '{certificate}' in crt-list '{name}'{dots}\nSuccess!"))
        }
        Err(why) => Answer::refused(format!("Can't edit the crt-list: {why}")),
    }
}

/// Has what fetches OCSP responses look at the certificates anew.
fn look_again(call: &Call<'_>) {
    if let Some(tasks) = call.runtime.ocsp.load().as_ref() {
        let model = call.runtime.model.load();
        tasks.look_again(&model.tls_store, &model.ocsp);
    }
}

/// Gives back the certificate, and how many lines of the configuration serve it now.
fn insert(model: &Model, list: &str, line: &str, is_payload: bool) -> Result<(String, usize), String> {
    let (store, ocsp_update) = (&*model.tls_store, model.ocsp.is_default);
    if line.contains('\n') {
        return Err("only one line of payload is supported!".into());
    }
    let mut used = if is_payload {
        line_at_run_time(line, ocsp_update)?
    } else {
        let certificate = CertificateSource { name: line.to_owned(), ocsp_update, ..CertificateSource::default() };
        CertificateUse { certificate, ..CertificateUse::default() }
    };
    if store.crt_list(list).is_none() {
        return Err(format!("crt-list '{list}' does not exist!"));
    }
    if store.certificate(&used.certificate.name).is_err()
        && let Some(base) = &model.global.tls.certificate_base
    {
        used.certificate.name = base.join(&used.certificate.name).to_string_lossy().into_owned();
    }
    let certificate = used.certificate.name.clone();
    match store.certificate(&certificate) {
        Ok(info) if info.content.is_none() => return Err(format!("certificate '{certificate}' is empty!")),
        Ok(_) => {}
        Err(_) => return Err(format!("certificate '{certificate}' does not exist!")),
    }
    files_are_known(store, &used)?;
    used.certificate.ocsp_update = settled_ocsp(store, &used.certificate)?;
    store.add_to_crt_list(list, used).map_err(|error| error.to_string())?;
    Ok((certificate, store.crt_list_users(list).len()))
}

/// Whether the OCSP response of a certificate is to be fetched: a `crt-store` says so for all lines, else those that use it have to agree.
fn settled_ocsp(store: &Store, certificate: &CertificateSource) -> Result<bool, String> {
    let name = &certificate.name;
    let so_far = store.is_ocsp_updated(name);
    if store.certificate_source(name).is_some_and(|source| source.file.is_some()) {
        return Ok(so_far);
    }
    let is_used = store.certificate(name).is_ok_and(|info| !info.users.is_empty());
    if is_used && so_far != certificate.ocsp_update {
        return Err(format!("certificate '{name}' is in use with a different parameter 'ocsp-update'"));
    }
    Ok(certificate.ocsp_update)
}

/// Nothing is read from files at run time: what a line names has to be there.
fn files_are_known(store: &Store, used: &CertificateUse) -> Result<(), String> {
    let policy = &used.policy;
    let authorities = |name: &str| store.authorities().iter().any(|info| info.name == name && info.content.is_some());
    let revocations = |name: &str| store.revocations().iter().any(|info| info.name == name && info.content.is_some());
    is_known("ca-file", policy.ca_file.as_deref(), authorities)?;
    is_known("ca-verify-file", policy.ca_verify_file.as_deref(), authorities)?;
    is_known("crl-file", policy.crl_file.as_deref(), revocations)
}

fn is_known(option: &str, file: Option<&Path>, holds: impl Fn(&str) -> bool) -> Result<(), String> {
    match file.map(Path::to_string_lossy) {
        Some(file) if !holds(&file) => Err(format!("'{option}' : unable to load {file}")),
        _ => Ok(()),
    }
}

fn delete(call: Call<'_>) -> Answer {
    let (name, wanted) = (list_name(call.argument(0)), call.argument(1));
    if name.is_empty() || wanted.is_empty() {
        return Answer::refused("'del ssl crtlist' expects a filename and a certificate name");
    }
    match remove(&call.runtime.model.load().tls_store, name, wanted) {
        Ok(certificate) => {
            look_again(&call);
            Answer::said(format!("Entry '{certificate}' deleted in crtlist '{name}'!"))
        }
        Err(why) => Answer::refused(format!("Can't delete the entry: {why}")),
    }
}

/// Gives back the certificate.
fn remove<'a>(store: &Store, list: &str, wanted: &'a str) -> Result<&'a str, String> {
    let Some(lines) = store.crt_list(list) else { return Err(format!("crt-list '{list}' does not exist!")) };
    let (certificate, line) = match wanted.rsplit_once(':') {
        Some((certificate, line)) if store.certificate(wanted).is_err() => match line.parse::<u32>() {
            Ok(line) => (certificate, Some(line)),
            Err(_) => (wanted, None),
        },
        _ => (wanted, None),
    };
    if store.certificate(certificate).is_err() {
        return Err(format!("certificate '{certificate}' does not exist!"));
    }
    let numbers: Vec<u32> = lines.iter().filter(|line| line.certificate.name == certificate).map(number).collect();
    let listed = || numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    match (numbers.as_slice(), line) {
        ([], _) => return Err(format!("certificate '{certificate}' can't be found in the crt-list '{list}'")),
        ([_, _, ..], None) => {
            return Err(format!(
                "found the certificate '{certificate}' in several entries, please specify a line number preceded by colons ({})!",
                listed()
            ));
        }
        (_, Some(line)) if !numbers.contains(&line) => {
            return Err(format!(
                "found a certificate '{certificate}' but the line number is incorrect, please specify a correct line number preceded by colons ({})!",
                listed()
            ));
        }
        _ => {}
    }
    match store.remove_from_crt_list(list, certificate, line) {
        Ok(()) => Ok(certificate),
        Err(StoreError::Default(lines)) => {
            let mut why = format!(
                "certificate '{certificate}' cannot be deleted, it is used as default certificate by the following frontends:"
            );
            for line in lines {
                // Writing to memory does not fail.
                let _ = write!(why, "\n\t- {line}");
            }
            Err(why)
        }
        Err(error) => Err(error.to_string()),
    }
}

/// The line of the list; zero in a directory.
fn number(line: &CertificateUse) -> u32 {
    line.listed.as_ref().map_or(0, |(_, number)| *number)
}

/// A directory may be written with slashes behind.
fn list_name(name: &str) -> &str {
    match name.trim_end_matches('/') {
        "" => name,
        trimmed => trimmed,
    }
}
