//! What `show` and `get` tell of a reference (management manual 9.3), in HAProxy's words.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use super::{Kind, Reference};
use crate::element::{MapValue, ValueKind};
use crate::index::Structure;
use crate::method::MatchMethod;
use crate::subject::{Case, Subject};
use crate::view::{View, ViewSpec};

/// An entry as `show acl <name>` lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryLine {
    /// Its number.
    pub id: u64,
    /// Its key.
    pub key: Arc<[u8]>,
    /// Its value.
    pub value: Option<Arc<[u8]>>,
}

/// What one view makes of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetLine {
    spec: ViewSpec,
    hit: Option<Hit>,
}

/// The entry that matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    structure: Structure,
    /// Nothing for methods that look at no entry.
    key: Option<Arc<[u8]>>,
    value: Option<(Arc<[u8]>, &'static str)>,
}

impl Reference {
    /// The line of `show acl` or `show map` about it, without a newline.
    pub fn summary(&self) -> String {
        let state = self.state();
        let entries: usize = state.generations.values().map(|generation| generation.entries.len()).sum();
        let identity = self.identity();
        format!(
            "{} ({}) {}. curr_ver={} next_ver={} entry_cnt={}",
            identity.id,
            identity.name,
            identity.description,
            state.current,
            state.newest,
            // HAProxy counts an entry once for each view that holds it.
            entries * state.views.len(),
        )
    }

    /// Some entries of a generation, the current one unless told otherwise: at most `most` of those behind the entry `after`, in order.
    pub fn entries(&self, version: Option<u32>, after: Option<u64>, most: usize) -> Vec<EntryLine> {
        let state = self.state();
        let Some(generation) = state.generations.get(&version.unwrap_or(state.current)) else { return Vec::new() };
        let entries = generation.entries.range(after.map_or(0, |after| after + 1)..).take(most);
        let lines = entries.map(|(&id, stored)| EntryLine {
            id,
            key: Arc::clone(&stored.entry.key),
            value: stored.value.clone(),
        });
        lines.collect()
    }

    /// What each view makes of a value, in the order in which they came to be.
    pub fn get(&self, text: &[u8]) -> Vec<GetLine> {
        let state = self.state();
        let value_of = |id: u64| {
            let mut generations = state.generations.values();
            generations.find_map(|generation| generation.entries.get(&id)).and_then(|stored| stored.value.clone())
        };
        let lines = state.views.iter().map(|view| {
            let hit = hit(view, text).map(|(mut hit, found)| {
                if let Some((id, kind)) = found {
                    hit.value = Some((value_of(id).unwrap_or_else(|| Arc::from(b"".as_slice())), kind));
                }
                hit
            });
            GetLine { spec: view.spec(), hit }
        });
        lines.collect()
    }
}

/// The entry that matches a text, and the number of the entry and the type where it has a value.
fn hit(view: &View, text: &[u8]) -> Option<(Hit, Option<(u64, &'static str)>)> {
    let subject = match view.spec().method {
        // HAProxy never says that it has found something here.
        MatchMethod::Found => return None,
        MatchMethod::Bool => {
            let hit = Hit { structure: Structure::Tree, key: None, value: None };
            return (leading_number(text) != 0).then_some((hit, None));
        }
        MatchMethod::Int | MatchMethod::Version => Subject::Int(leading_number(text)),
        MatchMethod::Ip => Subject::Address(str::from_utf8(text).ok()?.parse().ok()?),
        _ => Subject::Bytes(text),
    };
    view.find(subject, |element, structure| {
        let kind = match &element.value {
            MapValue::None => None,
            MapValue::Text(_) | MapValue::Template(_) => Some("str"),
            MapValue::Int(_) => Some("sint"),
            MapValue::Addr(IpAddr::V4(_)) => Some("ipv4"),
            MapValue::Addr(IpAddr::V6(_)) => Some("ipv6"),
        };
        let hit = Hit { structure, key: Some(Arc::clone(&element.entry.key)), value: None };
        (hit, kind.map(|kind| (element.entry.id, kind)))
    })
}

/// The number that a text begins with; 0 where there is none.
fn leading_number(text: &[u8]) -> i64 {
    let text = text.trim_ascii_start();
    let sign = usize::from(matches!(text.first(), Some(b'-' | b'+')));
    let digits = text[sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = text[..sign + digits].strip_prefix(b"+").unwrap_or(&text[..sign + digits]);
    str::from_utf8(number).ok().and_then(|number| number.parse().ok()).unwrap_or(0)
}

impl EntryLine {
    /// Appends the line with its newline: `0x<number> <key>[ <value>]`.
    pub fn push_to(&self, text: &mut Vec<u8>) {
        text.extend_from_slice(format!("0x{:x} ", self.id).as_bytes());
        text.extend_from_slice(&self.key);
        if let Some(value) = &self.value {
            text.push(b' ');
            text.extend_from_slice(value);
        }
        text.push(b'\n');
    }
}

impl GetLine {
    /// Appends the line with its newline, as `get acl` or `get map` has it.
    pub fn push_to(&self, kind: Kind, text: &mut Vec<u8>) {
        let (found, key_name) = match kind {
            Kind::Acl => ("match", "pattern"),
            Kind::Map => ("found", "key"),
        };
        let case = match self.spec.case {
            Case::Matters => "sensitive",
            Case::Ignored => "insensitive",
        };
        let outcome = if self.hit.is_some() { "yes" } else { "no" };
        let method = self.spec.method_name();
        text.extend_from_slice(format!("type={method}, case={case}, {found}={outcome}").as_bytes());
        if let Some(hit) = &self.hit {
            text.extend_from_slice(format!(", idx={}, {key_name}=", hit.structure).as_bytes());
            push_quoted(hit.key.as_deref(), b"unknown", text);
            if kind == Kind::Map {
                text.extend_from_slice(b", value=");
                push_quoted(hit.value.as_ref().map(|(value, _)| &**value), b"none", text);
                if let Some((_, kind)) = hit.value.as_ref().filter(|_| self.spec.values != ValueKind::None) {
                    text.extend_from_slice(format!(", type=\"{kind}\"").as_bytes());
                }
            }
        }
        text.push(b'\n');
    }
}

fn push_quoted(bytes: Option<&[u8]>, otherwise: &[u8], text: &mut Vec<u8>) {
    match bytes {
        Some(bytes) => {
            text.push(b'"');
            text.extend_from_slice(bytes);
            text.push(b'"');
        }
        None => text.extend_from_slice(otherwise),
    }
}

impl fmt::Display for Structure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tree => "tree",
            Self::List => "list",
        })
    }
}
