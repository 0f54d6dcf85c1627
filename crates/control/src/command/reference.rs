//! Commands that show and change the entries of ACLs and maps. Those for ACLs and for maps differ in their words and in which references
//! they find; the texts are HAProxy's.

use std::sync::Arc;

use burdock_base::Instant;
use burdock_model::Model;
use burdock_pattern::{ChangeFault, Discarded, Kind, Reference, Target, parse_version};

use super::{Call, Command, command};
use crate::answer::{Answer, Report};

pub(super) const COMMANDS: &[Command] = &[
    command(&["add", "acl"], "add acl [@<ver>] <acl> <pattern>", "add a pattern to an ACL", true, |call| {
        add(call, Kind::Acl)
    }),
    command(
        &["add", "map"],
        "add map [@<ver>] <map> <key> <val>",
        "add an entry to a map; behind '<<', one a line",
        true,
        |call| add(call, Kind::Map),
    ),
    command(&["clear", "acl"], "clear acl [@<ver>] <acl>", "take all patterns out of an ACL", false, |call| {
        clear(call, Kind::Acl)
    }),
    command(&["clear", "map"], "clear map [@<ver>] <map>", "take all entries out of a map", false, |call| {
        clear(call, Kind::Map)
    }),
    command(&["commit", "acl"], "commit acl @<ver> <acl>", "put a prepared version of an ACL in use", false, |call| {
        commit(call, Kind::Acl)
    }),
    command(&["commit", "map"], "commit map @<ver> <map>", "put a prepared version of a map in use", false, |call| {
        commit(call, Kind::Map)
    }),
    command(&["del", "acl"], "del acl <acl> [<key>|#<ref>]", "take a pattern out of an ACL", false, |call| {
        delete(call, Kind::Acl)
    }),
    command(&["del", "map"], "del map <map> [<key>|#<ref>]", "take an entry out of a map", false, |call| {
        delete(call, Kind::Map)
    }),
    command(&["get", "acl"], "get acl <acl> <value>", "the pattern of an ACL that matches a value", false, |call| {
        get(call, Kind::Acl)
    }),
    command(&["get", "map"], "get map <map> <value>", "the entry of a map that matches a value", false, |call| {
        get(call, Kind::Map)
    }),
    command(&["prepare", "acl"], "prepare acl <acl>", "begin a new version of an ACL", false, |call| {
        prepare(call, Kind::Acl)
    }),
    command(&["prepare", "map"], "prepare map <map>", "begin a new version of a map", false, |call| {
        prepare(call, Kind::Map)
    }),
    command(&["set", "map"], "set map <map> [<key>|#<ref>] <value>", "change the value of an entry", false, set),
    command(&["show", "acl"], "show acl [@<ver>] [acl]", "all ACLs, or the patterns of one", false, |call| {
        show(call, Kind::Acl)
    }),
    command(&["show", "map"], "show map [@<ver>] [map]", "all maps, or the entries of one", false, |call| {
        show(call, Kind::Map)
    }),
];

/// Entries that are looked at in one go: the reference cannot be changed meanwhile.
const ENTRIES_A_PIECE: usize = 200;

/// What a command names: a reference, and in front of it perhaps a version.
struct Named<'a> {
    version: Option<u32>,
    name: &'a str,
    /// What follows the name.
    rest: &'a [String],
}

impl<'a> Named<'a> {
    fn parse(arguments: &'a [String]) -> Self {
        let version = arguments.first().and_then(|first| first.strip_prefix('@'));
        let arguments = if version.is_some() { &arguments[1..] } else { arguments };
        let version = version.map(|text| parse_version(text.as_bytes()));
        match arguments.split_first() {
            Some((name, rest)) => Self { version, name, rest },
            None => Self { version, name: "", rest: &[] },
        }
    }

    /// The reference, if it is used as `kind`.
    fn find(&self, model: &Model, kind: Kind) -> Result<Arc<Reference>, Answer> {
        let found = model.directory.references.find(kind, self.name);
        found.cloned().ok_or_else(|| Answer::refused(kind.unknown()))
    }
}

/// The reference of that name, whatever it is used as.
fn find_any(model: &Model, kind: Kind, name: &str) -> Result<Arc<Reference>, Answer> {
    model.directory.references.find_any(name).cloned().ok_or_else(|| Answer::refused(kind.unknown()))
}

fn show(call: Call<'_>, kind: Kind) -> Answer {
    let model = call.runtime.model.load();
    if call.arguments.is_empty() {
        return Answer::Text(model.directory.references.listing(kind));
    }
    let named = Named::parse(call.arguments);
    match named.find(&model, kind) {
        Ok(reference) => Answer::Report(Box::new(Entries { reference, version: named.version, after: None })),
        Err(answer) => answer,
    }
}

/// The entries of one version, some at a time.
struct Entries {
    reference: Arc<Reference>,
    version: Option<u32>,
    /// The last entry that was written.
    after: Option<u64>,
}

impl Report for Entries {
    fn write_piece(&mut self, out: &mut String, _: Instant) -> bool {
        let entries = self.reference.entries(self.version, self.after, ENTRIES_A_PIECE);
        let mut text = Vec::new();
        entries.iter().for_each(|entry| entry.push_to(&mut text));
        out.push_str(&String::from_utf8_lossy(&text));
        self.after = entries.last().map(|entry| entry.id).or(self.after);
        entries.len() == ENTRIES_A_PIECE
    }
}

fn get(call: Call<'_>, kind: Kind) -> Answer {
    let [name, value, ..] = call.arguments else {
        return Answer::refused(format!("Missing {} identifier and/or key.", kind_name(kind)));
    };
    match find_any(&call.runtime.model.load(), kind, name) {
        Ok(reference) => {
            let mut text = Vec::new();
            reference.get(value.as_bytes()).iter().for_each(|line| line.push_to(kind, &mut text));
            Answer::Text(String::from_utf8_lossy(&text).into_owned())
        }
        Err(answer) => answer,
    }
}

fn add(call: Call<'_>, kind: Kind) -> Answer {
    let named = Named::parse(call.arguments);
    let expected = match kind {
        Kind::Acl => !named.rest.is_empty(),
        Kind::Map => named.rest.len() >= 2 || (!named.name.is_empty() && call.payload.is_some()),
    };
    if !expected {
        return Answer::refused(match kind {
            Kind::Acl => "'add acl' expects two parameters: ACL identifier and pattern.",
            Kind::Map => ADD_MAP_USAGE,
        });
    }
    let reference = match find_any(&call.runtime.model.load(), kind, named.name) {
        Ok(reference) => reference,
        Err(answer) => return answer,
    };
    done(match (kind, call.payload, named.rest) {
        (Kind::Acl, Some(payload), _) => {
            let mut lines = payload.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
            lines.try_for_each(|line| reference.add(kind, named.version, line, None))
        }
        (Kind::Map, Some(payload), _) => reference.add_lines(kind, named.version, payload),
        (Kind::Acl, None, [key, ..]) => reference.add(kind, named.version, key.as_bytes(), None),
        (_, None, [key, value, ..]) => reference.add(kind, named.version, key.as_bytes(), Some(value.as_bytes())),
        (_, None, _) => Ok(()),
    })
}

fn set(call: Call<'_>) -> Answer {
    let [name, key, value, ..] = call.arguments else {
        return Answer::refused("'set map' expects three parameters: map identifier, key and value.");
    };
    match find_any(&call.runtime.model.load(), Kind::Map, name) {
        Ok(reference) => done(reference.set(&Target::parse(key.as_bytes()), value.as_bytes())),
        Err(answer) => answer,
    }
}

fn delete(call: Call<'_>, kind: Kind) -> Answer {
    let [_, key, ..] = call.arguments else {
        return Answer::refused(format!(
            "This command expects two parameters: {} identifier and key.",
            kind_name(kind)
        ));
    };
    let named = Named { version: None, name: call.argument(0), rest: &[] };
    match named.find(&call.runtime.model.load(), kind) {
        Ok(reference) => done(reference.delete(&Target::parse(key.as_bytes()))),
        Err(answer) => answer,
    }
}

fn clear(call: Call<'_>, kind: Kind) -> Answer {
    let named = Named::parse(call.arguments);
    if named.name.is_empty() {
        return Answer::refused(format!("Missing {} identifier.", kind_name(kind)));
    }
    match named.find(&call.runtime.model.load(), kind) {
        Ok(reference) => {
            discard(reference.clear(named.version));
            Answer::Done
        }
        Err(answer) => answer,
    }
}

fn prepare(call: Call<'_>, kind: Kind) -> Answer {
    let named = Named { version: None, name: call.argument(0), rest: &[] };
    match named.find(&call.runtime.model.load(), kind) {
        Ok(reference) => Answer::said(format!("New version created: {}", reference.prepare())),
        Err(answer) => answer,
    }
}

fn commit(call: Call<'_>, kind: Kind) -> Answer {
    let named = Named::parse(call.arguments);
    let Some(version) = named.version else { return Answer::refused("Missing version number.") };
    if named.name.is_empty() {
        return Answer::refused(format!("Missing {} identifier.", kind_name(kind)));
    }
    match named.find(&call.runtime.model.load(), kind) {
        Ok(reference) => done(reference.commit(version).map(discard)),
        Err(answer) => answer,
    }
}

/// Drops large sets where no traffic waits for it.
fn discard(discarded: Discarded) {
    tokio::task::spawn_blocking(move || drop(discarded));
}

fn done(outcome: Result<(), ChangeFault>) -> Answer {
    match outcome {
        Ok(()) => Answer::Done,
        Err(fault) => Answer::refused(fault.to_string()),
    }
}

const fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Acl => "ACL",
        Kind::Map => "map",
    }
}

const ADD_MAP_USAGE: &str = "'add map' expects three parameters (map identifier, key and value) or one parameter (map identifier) and a payload";
