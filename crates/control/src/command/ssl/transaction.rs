//! `new`, `set`, `add`, `commit`, `abort` and `del` of certificates, CA files and CRL files: what is set is prepared beside what counts, and
//! takes its place when it is committed. One thing of a kind can be changed at a time.

use burdock_tls::report::Notice;
use burdock_tls::{Store, StoreError};

use super::super::{Call, Command};
use super::command;
use crate::answer::Answer;

pub(super) const COMMANDS: &[Command] = &[
    command(
        &["abort", "ssl", "ca-file"],
        "abort ssl ca-file <cafile>",
        "give up the change of a CA file",
        false,
        |call| abort(call, Object::Authorities),
    ),
    command(
        &["abort", "ssl", "cert"],
        "abort ssl cert <certfile>",
        "give up the change of a certificate",
        false,
        |call| abort(call, Object::Certificate),
    ),
    command(
        &["abort", "ssl", "crl-file"],
        "abort ssl crl-file <crlfile>",
        "give up the change of a CRL file",
        false,
        |call| abort(call, Object::Revocations),
    ),
    command(
        &["add", "ssl", "ca-file"],
        "add ssl ca-file <cafile> <payload>",
        "put further certificates into a CA file, once committed",
        true,
        |call| set(call, Object::Authorities, true),
    ),
    command(
        &["commit", "ssl", "ca-file"],
        "commit ssl ca-file <cafile>",
        "put a changed CA file in use",
        false,
        |call| commit(call, Object::Authorities),
    ),
    command(
        &["commit", "ssl", "cert"],
        "commit ssl cert <certfile>",
        "put a changed certificate in use",
        false,
        |call| commit(call, Object::Certificate),
    ),
    command(
        &["commit", "ssl", "crl-file"],
        "commit ssl crl-file <crlfile>",
        "put a changed CRL file in use",
        false,
        |call| commit(call, Object::Revocations),
    ),
    command(
        &["del", "ssl", "ca-file"],
        "del ssl ca-file <cafile>",
        "forget a CA file that is not in use",
        false,
        |call| delete(call, Object::Authorities),
    ),
    command(
        &["del", "ssl", "cert"],
        "del ssl cert <certfile>",
        "forget a certificate that is not in use",
        false,
        |call| delete(call, Object::Certificate),
    ),
    command(
        &["del", "ssl", "crl-file"],
        "del ssl crl-file <crlfile>",
        "forget a CRL file that is not in use",
        false,
        |call| delete(call, Object::Revocations),
    ),
    command(
        &["new", "ssl", "ca-file"],
        "new ssl ca-file <cafile>",
        "make a CA file without content, to be set and used in a crt-list",
        false,
        |call| make(call, Object::Authorities),
    ),
    command(
        &["new", "ssl", "cert"],
        "new ssl cert <certfile>",
        "make a certificate without content, to be set and used in a crt-list",
        false,
        |call| make(call, Object::Certificate),
    ),
    command(
        &["new", "ssl", "crl-file"],
        "new ssl crl-file <crlfile>",
        "make a CRL file without content, to be set and used in a crt-list",
        false,
        |call| make(call, Object::Revocations),
    ),
    command(
        &["set", "ssl", "ca-file"],
        "set ssl ca-file <cafile> <payload>",
        "what a CA file is to hold, once committed",
        true,
        |call| set(call, Object::Authorities, false),
    ),
    command(
        &["set", "ssl", "cert"],
        "set ssl cert <certfile> <payload>",
        "what a certificate, or its .key, .ocsp, .issuer or .sctl, is to be, once committed",
        true,
        |call| set(call, Object::Certificate, false),
    ),
    command(
        &["set", "ssl", "crl-file"],
        "set ssl crl-file <crlfile> <payload>",
        "what a CRL file is to hold, once committed",
        true,
        |call| set(call, Object::Revocations, false),
    ),
];

/// What is changed.
#[derive(Clone, Copy)]
enum Object {
    Certificate,
    Authorities,
    Revocations,
}

impl Object {
    /// The word of its commands.
    const fn word(self) -> &'static str {
        match self {
            Self::Certificate => "cert",
            Self::Authorities => "ca-file",
            Self::Revocations => "crl-file",
        }
    }

    const fn noun(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Authorities => "CA file",
            Self::Revocations => "CRL file",
        }
    }

    /// The noun at the beginning of a sentence.
    const fn title(self) -> &'static str {
        match self {
            Self::Certificate => "Certificate",
            other => other.noun(),
        }
    }

    /// The name of what is being changed.
    fn open(self, store: &Store) -> Option<String> {
        match self {
            Self::Certificate => store.open_certificate().map(|(name, _)| name),
            Self::Authorities => store.open_authorities().map(|(name, _)| name),
            Self::Revocations => store.open_revocations().map(|(name, _)| name),
        }
    }

    /// The lines that use it.
    fn users(self, store: &Store, name: &str) -> Vec<String> {
        let users = match self {
            Self::Certificate => store.certificate(name).ok().map(|info| info.users),
            Self::Authorities => store.authorities().into_iter().find(|info| info.name == name).map(|info| info.users),
            Self::Revocations => store.revocations().into_iter().find(|info| info.name == name).map(|info| info.users),
        };
        users.unwrap_or_default()
    }
}

fn make(call: Call<'_>, object: Object) -> Answer {
    let name = call.argument(0);
    if name.is_empty() {
        return Answer::refused(format!("'new ssl {}' expects a filename", object.word()));
    }
    let model = call.runtime.model.load();
    let store = &model.tls_store;
    let made = match object {
        Object::Certificate => store.new_certificate(name),
        Object::Authorities => store.new_authorities(name),
        Object::Revocations => store.new_revocations(name),
    };
    match (made, object) {
        (Ok(()), Object::Certificate) => Answer::said(format!("New empty certificate store '{name}'!")),
        (Ok(()), _) => Answer::said(format!("New {} created '{name}'!", object.noun())),
        (Err(StoreError::Exists(name)), _) => Answer::refused(format!("{} '{name}' already exists!", object.title())),
        (Err(error), _) => Answer::refused(error.to_string()),
    }
}

fn set(call: Call<'_>, object: Object, is_addition: bool) -> Answer {
    let name = call.argument(0);
    let payload = match call.payload {
        Some(payload) if !name.is_empty() => payload,
        _ => {
            let what = match object {
                Object::Certificate => "a certificate",
                Object::Authorities => "CAs",
                Object::Revocations => "CRLs",
            };
            return Answer::refused(format!("'set ssl {}' expects a filename and {what} as a payload", object.word()));
        }
    };
    let model = call.runtime.model.load();
    let store = &model.tls_store;
    let open = object.open(store);
    let changed = match object {
        Object::Certificate => store.set_certificate(name, payload),
        Object::Authorities if is_addition => store.add_authorities(name, payload).map(|()| name.to_owned()),
        Object::Authorities => store.set_authorities(name, payload).map(|()| name.to_owned()),
        Object::Revocations => store.set_revocations(name, payload).map(|()| name.to_owned()),
    };
    let (text, is_done) = match (changed, open) {
        (Ok(name), open) => {
            let done = if open.is_some() { "updated" } else { "created" };
            let text = match object {
                Object::Certificate => format!("Transaction {done} for certificate {name}!"),
                Object::Authorities => format!("transaction {done} for CA {name}!"),
                Object::Revocations => format!("transaction {done} for CRL {name}!"),
            };
            (text, true)
        }
        (Err(StoreError::Busy(open)), _) | (Err(StoreError::Unknown(_)), Some(open)) => {
            (format!("{}\nCan't update {name}!", other_transaction(&open, name)), false)
        }
        (Err(StoreError::Unknown(_)), None) => {
            let noun = object.noun();
            (
                format!("Can't replace a {noun} which is not referenced by the configuration!\nCan't update {name}!"),
                false,
            )
        }
        (Err(error), _) => (format!("{error}\nCan't load the payload\nCan't update {name}!"), false),
    };
    if is_done { Answer::said(text) } else { Answer::refused(text) }
}

fn commit(call: Call<'_>, object: Object) -> Answer {
    let name = call.argument(0);
    if name.is_empty() {
        return Answer::refused(format!("'commit ssl {}' expects a filename", object.word()));
    }
    let model = call.runtime.model.load();
    let store = &model.tls_store;
    let why = match object.open(store) {
        None => "No ongoing transaction! !".to_owned(),
        Some(open) if open != name => other_transaction(&open, name),
        Some(_) => {
            let committed = match object {
                Object::Certificate => store.commit_certificate(name),
                Object::Authorities => store.commit_authorities(name).map(|()| Vec::new()),
                Object::Revocations => store.commit_revocations(name).map(|()| Vec::new()),
            };
            match committed {
                Ok(notices) => return committed_with(name, object.users(store, name).len(), &notices),
                Err(error) => error.to_string(),
            }
        }
    };
    Answer::refused(format!("{why}\nCan't commit {name}!"))
}

/// Each line that was made anew is a point, as in HAProxy.
fn committed_with(name: &str, lines: usize, notices: &[Notice]) -> Answer {
    let mut text = format!("Committing {name}{}\n", ".".repeat(lines));
    for notice in notices {
        text.push_str(&notice.to_string());
        text.push('\n');
    }
    text.push_str("Success!");
    Answer::said(text)
}

fn abort(call: Call<'_>, object: Object) -> Answer {
    let name = call.argument(0);
    if name.is_empty() {
        return Answer::refused(format!("'abort ssl {}' expects a filename", object.word()));
    }
    let model = call.runtime.model.load();
    let store = &model.tls_store;
    let Some(open) = object.open(store) else { return Answer::refused("No ongoing transaction!") };
    let aborted = match object {
        Object::Certificate => store.abort_certificate(name),
        Object::Authorities => store.abort_authorities(name),
        Object::Revocations => store.abort_revocations(name),
    };
    match aborted {
        Ok(()) => Answer::said(format!("Transaction aborted for certificate '{name}'!")),
        Err(_) => Answer::refused(format!(
            "The ongoing transaction is about '{open}' but you are trying to abort a transaction for '{name}'"
        )),
    }
}

fn delete(call: Call<'_>, object: Object) -> Answer {
    let name = call.argument(0);
    let noun = object.noun();
    if name.is_empty() {
        return Answer::refused(format!("'del ssl {}' expects a {noun} name", object.word()));
    }
    let model = call.runtime.model.load();
    let store = &model.tls_store;
    let deleted = match object {
        Object::Certificate => store.delete_certificate(name),
        Object::Authorities => store.delete_authorities(name),
        Object::Revocations => store.delete_revocations(name),
    };
    let why = match deleted {
        Ok(()) => return Answer::said(format!("{} '{name}' deleted!", object.title())),
        Err(StoreError::Unknown(_)) => format!("{noun} '{name}' doesn't exist!"),
        Err(StoreError::Used(_)) => format!("{noun} '{name}' in use, can't be deleted!"),
        Err(StoreError::Busy(_)) => format!("ongoing transaction for the {noun} '{name}'"),
        Err(error) => error.to_string(),
    };
    Answer::refused(format!("Can't remove the {noun}: {why}"))
}

fn other_transaction(open: &str, name: &str) -> String {
    format!("The ongoing transaction is about '{open}' but you are trying to set '{name}'")
}
