//! `show`, `set` and `update ssl ocsp-response`, and `show ssl ocsp-updates`.

use std::fmt::Write;
use std::sync::Arc;
use std::time::SystemTime;

use burdock_ocsp::Status;
use burdock_tls::material::{Certificate, describe_ocsp, ocsp_id_parts};
use burdock_tls::{Store, StoreError};
use jiff::Timestamp;

use super::super::{Call, Command};
use super::{command, from_base64, hexadecimal, to_base64};
use crate::answer::Answer;

pub(super) const COMMANDS: &[Command] = &[
    command(
        &["set", "ssl", "ocsp-response"],
        "set ssl ocsp-response <response|payload>",
        "replace the OCSP response of the certificates that it is for; it is DER in base64",
        true,
        set,
    ),
    command(
        &["show", "ssl", "ocsp-response"],
        "show ssl ocsp-response [[text|base64] <id|certfile>]",
        "all OCSP responses, or what one says",
        false,
        show,
    ),
    command(
        &["show", "ssl", "ocsp-updates"],
        "show ssl ocsp-updates",
        "OCSP responses that are fetched anew in time, the next first",
        false,
        updates,
    ),
    command(
        &["update", "ssl", "ocsp-response"],
        "update ssl ocsp-response <certfile>",
        "fetch the OCSP response of a certificate from its responder now",
        false,
        update,
    ),
];

/// A certificate with an OCSP response.
struct Stapled {
    id: Vec<u8>,
    certificate: Arc<Certificate>,
}

fn stapled(store: &Store) -> Vec<Stapled> {
    let certificates = store.certificates().into_iter().filter_map(|info| info.content);
    certificates
        .filter(|certificate| certificate.ocsp_response().is_some())
        .filter_map(|certificate| Some(Stapled { id: certificate.ocsp_id()?, certificate }))
        .collect()
}

fn show(call: Call<'_>) -> Answer {
    let model = call.runtime.model.load();
    let store = &model.tls_store;
    let (is_base64, wanted) = match call.arguments {
        [] => return Answer::Text(list(store)),
        [format] if matches!(format.as_str(), "text" | "base64") => {
            return Answer::refused("'show ssl ocsp-response [text|base64]' expects a valid certid.");
        }
        [format, wanted, ..] if format == "base64" => (true, wanted),
        [format, wanted, ..] if format == "text" => (false, wanted),
        [wanted, ..] => (false, wanted),
    };
    let known = stapled(store);
    let found = known
        .iter()
        .find(|known| known.certificate.name == *wanted || hexadecimal(&known.id).eq_ignore_ascii_case(wanted));
    let Some(response) = found.and_then(|found| found.certificate.ocsp_response()) else {
        let is_id = wanted.bytes().all(|byte| byte.is_ascii_hexdigit());
        return Answer::refused(match is_id {
            true => "Certificate ID or path does not match any certificate.",
            false => "'show ssl ocsp-response' expects a valid certid or certificate path.",
        });
    };
    if is_base64 {
        return Answer::Text(to_base64(response) + "\n");
    }
    describe_ocsp(response).map_or_else(|| Answer::refused("This OCSP response cannot be read."), Answer::Text)
}

/// All responses, each once, whatever number of certificates has it.
fn list(store: &Store) -> String {
    let mut text = String::from("# Certificate IDs\n");
    let mut known: Vec<Vec<u8>> = Vec::new();
    for Stapled { id, certificate } in stapled(store) {
        let Some([name, key, serial]) = ocsp_id_parts(&id).map(|parts| parts.map(hexadecimal)) else { continue };
        if known.contains(&id) {
            continue;
        }
        // Writing to memory does not fail.
        let _ = write!(
            text,
            "Certificate ID key : {}\nCertificate path : {}\n Certificate ID:\n   Issuer Name Hash: {name}\n   Issuer Key Hash: {key}\n   \
             Serial Number: {serial}\n",
            hexadecimal(&id).to_ascii_lowercase(),
            certificate.name,
        );
        known.push(id);
    }
    text
}

fn set(call: Call<'_>) -> Answer {
    let text = call.payload.unwrap_or_else(|| call.argument(0).as_bytes());
    if text.trim_ascii().is_empty() {
        return Answer::refused("'set ssl ocsp-response' expects response in base64 encoding.");
    }
    let Some(response) = from_base64(text) else {
        return Answer::refused("'set ssl ocsp-response' received invalid base64 encoded response.");
    };
    if describe_ocsp(&response).is_none() {
        return Answer::refused("Unable to parse OCSP response.");
    }
    match call.runtime.model.load().tls_store.set_ocsp_response(&response) {
        Ok(_) => Answer::said("OCSP Response updated!"),
        Err(error) => Answer::refused(format!("OCSP response refused: {error}.")),
    }
}

fn updates(call: Call<'_>) -> Answer {
    let mut text = UPDATES_HEAD.to_owned();
    let model = call.runtime.model.load();
    // A certificate that was taken out just now may not have been missed yet.
    let is_wanted = |status: &Status| model.tls_store.is_ocsp_updated(&status.certificate);
    for status in call.runtime.ocsp.load().iter().flat_map(|tasks| tasks.status()).filter(is_wanted) {
        // Writing to memory does not fail.
        let _ = writeln!(
            text,
            "{} | {} | {} | {} | {} | {} | {} | {}",
            hexadecimal(&status.id).to_ascii_lowercase(),
            status.certificate,
            date(status.next),
            date(status.last),
            status.successes,
            status.failures,
            status.outcome.number(),
            status.outcome.text(),
        );
    }
    Answer::Text(text)
}

const UPDATES_HEAD: &str = "OCSP Certid | Path | Next Update | Last Update | Successes | Failures | Last Update Status | Last Update Status (str)\n";

/// In UTC, as log lines have it.
fn date(at: Option<SystemTime>) -> String {
    let known = at.and_then(|at| Timestamp::try_from(at).ok());
    known.map_or_else(|| "-".to_owned(), |at| at.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string())
}

/// The fetch takes its time: what became of it is in the log and in `show ssl ocsp-updates`.
fn update(call: Call<'_>) -> Answer {
    let name = call.argument(0);
    if name.is_empty() {
        return Answer::refused("'update ssl ocsp-response' expects a filename");
    }
    match ask_for(&call, name) {
        Ok(()) => Answer::Done,
        Err(why) => Answer::refused(format!("{why}\nCan't send ocsp request for {name}!")),
    }
}

fn ask_for(call: &Call<'_>, name: &str) -> Result<(), String> {
    let certificate = match call.runtime.model.load().tls_store.certificate(name) {
        Err(StoreError::Unknown(_)) => {
            return Err(
                "Unknown certificate! 'update ssl ocsp-response' expects an already known certificate file name."
                    .into(),
            );
        }
        Ok(info) => info.content.filter(|content| content.ocsp_response().is_some()),
        Err(error) => return Err(error.to_string()),
    };
    let certificate = certificate
        .ok_or("'update ssl ocsp-response' only works on certificates that already have a known OCSP response.")?;
    certificate.ocsp_inquiry()?;
    let tasks = call.runtime.ocsp.load();
    let is_taken = tasks.as_ref().is_some_and(|tasks| tasks.update(name));
    if is_taken { Ok(()) } else { Err("Too many responses are being fetched.".into()) }
}
