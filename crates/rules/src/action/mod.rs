//! Actions of rules (configuration manual 4.4): one row each, in the table of the family that implements it. An action changes the record
//! of a request or says what is to happen; it never touches a socket.

mod access;
pub mod args;
mod bandwidth;
mod capture;
mod connection;
mod directive;
mod header;
mod header_list;
mod log;
mod redirect;
mod reference;
mod replace;
mod reply;
mod resolve;
mod response;
mod service;
mod switch;
#[cfg(test)]
mod testing;
pub mod track;
mod uri;
mod variable;
mod wait;

use std::fmt::Debug;

use burdock_base::Instant;
use burdock_sample::{Format, Input, Phase, Scratch, Style};
use burdock_state::Directory;
use burdock_syntax::suggest::suggest;
use burdock_syntax::{Diagnostic, Parsed, Word};
use burdock_txn::Txn;

pub use args::ActionArgs;
pub(crate) use response::merge as merge_interim;

use crate::flow::Flow;
use crate::set::{RuleSetKind, RuleSetKinds};

/// Everything there is to say about an action.
#[derive(Debug)]
pub struct Action {
    /// Its name.
    pub name: &'static str,
    /// Whether a parameter in parentheses belongs to the name, as in `set-var(txn.x)`.
    pub parameter: Parameter,
    /// Where it may stand.
    pub sets: RuleSetKinds,
    /// What follows its name, for people.
    pub usage: &'static str,
    /// What it does, in one line.
    pub doc: &'static str,
    /// Reads its arguments.
    pub parse: fn(&mut ActionArgs<'_>) -> Parsed<Box<dyn Act>>,
}

/// The parameter that stands in parentheses behind the name of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// There is none.
    None,
    /// There must be one.
    Required,
    /// It is a number that stands behind the name without parentheses, as in `track-sc0`.
    Number,
}

impl Action {
    /// Whether a word, up to its parentheses, is its name.
    pub fn is_named(&self, name: &[u8]) -> bool {
        match (self.parameter, name.strip_prefix(self.name.as_bytes())) {
            (Parameter::Number, Some(number)) => !number.is_empty() && number.iter().all(u8::is_ascii_digit),
            (_, rest) => rest == Some(b""),
        }
    }
}

/// A compiled action.
pub trait Act: Debug + Send + Sync {
    /// Carries it out.
    fn run(&self, scene: &mut Scene<'_>) -> Flow;
}

/// What an action works on.
#[derive(Debug)]
pub struct Scene<'a> {
    /// The record of the request.
    pub txn: &'a mut Txn,
    /// The proxies and servers there are.
    pub world: &'a Directory,
    /// The present instant.
    pub now: Instant,
    /// How far the request has come.
    pub phase: Phase,
    /// Memory for values.
    pub scratch: &'a Scratch,
}

impl<'a> Scene<'a> {
    /// What a format gives, byte for byte: it lives as long as the evaluation.
    pub fn text(&self, format: &Format) -> &'a [u8] {
        format.text_in(&self.input(), Style::Plain, self.scratch)
    }

    /// What a format gives, as part of a head: control characters are encoded, so that it cannot end its line.
    pub fn head_text(&self, format: &Format) -> &'a [u8] {
        format.text_in(&self.input(), Style::Head, self.scratch)
    }

    /// What expressions are evaluated on.
    pub fn input(&self) -> Input<'_> {
        Input { txn: self.txn, world: self.world, now: self.now, phase: self.phase, scratch: self.scratch }
    }
}

const FAMILIES: [&[Action]; 20] = [
    access::ACTIONS,
    header::ACTIONS,
    header_list::ACTIONS,
    replace::ACTIONS,
    uri::ACTIONS,
    response::ACTIONS,
    variable::ACTIONS,
    capture::ACTIONS,
    directive::ACTIONS,
    connection::ACTIONS,
    wait::ACTIONS,
    bandwidth::ACTIONS,
    service::ACTIONS,
    switch::ACTIONS,
    redirect::ACTIONS,
    reply::ACTIONS,
    log::ACTIONS,
    reference::ACTIONS,
    resolve::ACTIONS,
    track::ACTIONS,
];

/// All actions.
pub fn all() -> impl Iterator<Item = &'static Action> {
    FAMILIES.into_iter().flatten()
}

/// Names of actions that HAProxy knows and that are not supported yet, by what they are registered for.
const KNOWN: &str = include_str!("known.txt");

/// The action that a word names in a set of rules, and its parameter.
///
/// # Errors
/// Says whether the name is known elsewhere or to HAProxy alone, or else which name is near.
pub fn resolve(word: &Word, set: RuleSetKind) -> Parsed<(&'static Action, Option<Word>)> {
    let bytes = word.as_bytes();
    let open = bytes.iter().position(|&byte| byte == b'(');
    let (name, parameter) = match open {
        Some(open) if bytes.ends_with(b")") => (&bytes[..open], Some(word.slice(open + 1..bytes.len() - 1))),
        Some(open) => (&bytes[..open], None),
        None => (bytes, None),
    };
    let fits = |action: &&'static Action| action.is_named(name) && action.sets.contains(set);
    let Some(action) = all().find(fits) else { return Err(unknown(word, name, set)) };
    match (action.parameter, &parameter) {
        (Parameter::None, None) | (Parameter::Required, Some(_)) => Ok((action, parameter)),
        (Parameter::Number, None) => Ok((action, Some(word.slice(action.name.len()..word.len())))),
        (Parameter::None | Parameter::Number, Some(_)) => {
            Err(Diagnostic::error(format!("'{}' takes no parentheses", action.name))
                .code("excess-argument")
                .at(word.span(), ""))
        }
        (Parameter::Required, None) => Err(Diagnostic::error(format!("'{}' lacks its parentheses", action.name))
            .code("missing-argument")
            .at(word.span(), "")
            .help(format!("usage: {} {}{}", set.keyword(), action.name, action.usage))),
    }
}

/// Whether HAProxy registers an action of that name for a kind of rules.
pub fn is_known(name: &str, set: RuleSetKind) -> bool {
    let covered =
        |line: &str| line.split_once('\t').is_some_and(|(class, known)| class == set.keyword() && covers(known, name));
    KNOWN.lines().any(covered)
}

fn unknown(word: &Word, name: &[u8], set: RuleSetKind) -> Diagnostic {
    let text = String::from_utf8_lossy(name).into_owned();
    if is_known(&text, set) {
        return Diagnostic::error(format!(
            "the action '{text}' of '{}' is known to HAProxy but not supported by Burdock yet",
            set.keyword()
        ))
        .code("not-supported-yet")
        .at(word.span(), "not supported yet");
    }
    let fault = Diagnostic::error(format!("unknown action '{text}' in '{}'", set.keyword()));
    let fault = fault.code("unknown-name").at(word.span(), "not known");
    if let Some(elsewhere) = all().find(|action| action.name == text) {
        let places: Vec<_> = elsewhere.sets.iter().map(|set| format!("'{}'", set.keyword())).collect();
        return fault.help(format!("'{text}' is possible in {}", places.join(", ")));
    }
    let names = all().filter(|action| action.sets.contains(set)).map(|action| action.name);
    match suggest(&text, names) {
        Some(near) => fault.help(format!("did you mean '{near}'?")),
        None => fault,
    }
}

/// Whether a known name is the one looked for; some are known by their beginning alone and end in `*`.
fn covers(known: &str, name: &str) -> bool {
    known == name || known.strip_suffix('*').is_some_and(|start| name.starts_with(start))
}
