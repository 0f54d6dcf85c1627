//! The `ssl` commands (management manual 9.3): certificates, CA files, CRL files, crt-lists, OCSP responses and keys of tickets of the running
//! process. What they do is the store's of `burdock-tls`; here are their words, which are HAProxy's unless a text says otherwise.

mod authority;
mod certificate;
mod crt_list;
mod ocsp;
mod sni;
mod ticket_key;
mod transaction;

use std::fmt::Write;

use burdock_model::StatsLevel;
use burdock_tls::certificate::{Certificate, Name, calendar, fingerprint};

use super::{Call, Command, command};
use crate::answer::Answer;

/// All of them, a table an object.
pub(super) const COMMANDS: [&[Command]; 7] = [
    transaction::COMMANDS,
    certificate::COMMANDS,
    authority::COMMANDS,
    crt_list::COMMANDS,
    ocsp::COMMANDS,
    sni::COMMANDS,
    ticket_key::COMMANDS,
];

/// A command that shows what is no secret.
const fn shows(
    words: &'static [&'static str],
    usage: &'static str,
    doc: &'static str,
    level: StatsLevel,
    run: fn(Call<'_>) -> Answer,
) -> Command {
    Command { words, usage, doc, level, takes_payload: false, run }
}

/// What is to be shown: a thing by its name, or, with an asterisk in front, the change of it that is under way. A backslash in front takes an
/// asterisk as part of the name.
struct Shown<'a> {
    is_change: bool,
    name: &'a str,
}

impl<'a> Shown<'a> {
    fn parse(text: &'a str) -> Self {
        match text.strip_prefix('*') {
            Some(name) => Self { is_change: true, name },
            None => Self { is_change: false, name: text.strip_prefix('\\').unwrap_or(text) },
        }
    }

    /// The asterisk, where there is one.
    fn mark(&self) -> &'static str {
        if self.is_change { "*" } else { "" }
    }
}

/// A thing of this name, and which of the several it consists of: `name:2`. A name that is known as it stands has no number.
///
/// # Errors
/// What follows the colon is no number.
fn with_index(text: &str, is_known: impl Fn(&str) -> bool) -> Result<(&str, Option<usize>), ()> {
    match text.rsplit_once(':') {
        Some((name, index)) if !is_known(text) => index.parse().map(|index| (name, Some(index))).map_err(|_| ()),
        _ => Ok((text, None)),
    }
}

/// What of the process's things of one kind there are, that under way first.
fn push_names<'a>(out: &mut String, open: Option<String>, names: impl Iterator<Item = std::borrow::Cow<'a, str>>) {
    if let Some(open) = open {
        let _ = writeln!(out, "# transaction\n*{open}");
    }
    out.push_str("# filename\n");
    for name in names {
        out.push_str(&name);
        out.push('\n');
    }
}

/// `Used` or `Unused`.
const fn status(users: &[String]) -> &'static str {
    if users.is_empty() { "Unused" } else { "Used" }
}

/// What a certificate says. What cannot be read of it is left open.
fn push_certificate(out: &mut String, der: &[u8]) {
    let Some(certificate) = Certificate::parse(der) else { return };
    let (begins, ends) = certificate.validity_s();
    // Writing to memory does not fail.
    let _ = write!(
        out,
        "Serial: {}\nnotBefore: {}\nnotAfter: {}\nSubject Alternative Name: {}\nAlgorithm: {}\nSHA1 FingerPrint: {}\nSubject: {}\nIssuer: {}\n",
        hexadecimal(certificate.serial()),
        date(begins),
        date(ends),
        certificate.alternative_names().unwrap_or_default(),
        certificate.key_label().unwrap_or_default(),
        hexadecimal(&fingerprint(der)),
        name(certificate.subject()),
        name(certificate.issuer()),
    );
}

fn name(name: Name<'_, '_>) -> String {
    String::from_utf8_lossy(&name.one_line().unwrap_or_default()).into_owned()
}

fn date(time_s: i64) -> String {
    calendar(time_s).unwrap_or_default()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    })
}

/// Bytes from base64, whatever blanks and ends of lines stand between.
fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    use base64::Engine;
    let letters: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    base64::engine::general_purpose::STANDARD.decode(letters).ok()
}

fn to_base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
