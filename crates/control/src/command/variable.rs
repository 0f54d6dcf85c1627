//! Commands about the variables of the process (configuration manual 2.8).

use std::net::IpAddr;

use burdock_model::StatsLevel;
use burdock_state::{Stored, VariableScope};

use super::{Call, Command};
use crate::answer::Answer;

pub(super) const COMMANDS: &[Command] = &[Command {
    words: &["get", "var"],
    usage: "get var <name>",
    doc: "the value of a variable of the process",
    level: StatsLevel::Operator,
    takes_payload: false,
    run: get,
}];

fn get(call: Call<'_>) -> Answer {
    let name = call.argument(0);
    if name.is_empty() {
        return Answer::refused("Missing process-wide variable identifier.");
    }
    let model = call.runtime.model.load();
    let directory = &model.directory;
    let known = name.strip_prefix("proc.").and_then(|name| {
        let mut names = directory.variable_names.iter();
        names.find(|known| known.scope == VariableScope::Process && *known.name == *name)
    });
    match known.and_then(|known| directory.variables.read(known.slot, shown)) {
        Some(value) => Answer::Text(format!("{name}: {value}\n")),
        None => Answer::refused("Variable not found."),
    }
}

/// The type and the text of a value.
fn shown(value: &Stored) -> String {
    let (kind, text) = match value {
        Stored::Bool(value) => ("bool", u8::from(*value).to_string()),
        Stored::Int(value) => ("sint", value.to_string()),
        Stored::Addr(address @ IpAddr::V4(_)) => ("ipv4", address.to_string()),
        Stored::Addr(address @ IpAddr::V6(_)) => ("ipv6", address.to_string()),
        Stored::Str(text) => ("str", String::from_utf8_lossy(text).into_owned()),
        Stored::Bin(bytes) => ("bin", String::from_utf8_lossy(bytes).into_owned()),
        Stored::Method(name) => ("meth", String::from_utf8_lossy(name).into_owned()),
    };
    format!("type={kind} value=<{text}>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        for (value, expected) in [
            (Stored::Bool(true), "type=bool value=<1>"),
            (Stored::Int(-5), "type=sint value=<-5>"),
            (Stored::Addr([1, 2, 3, 4].into()), "type=ipv4 value=<1.2.3.4>"),
            (Stored::Addr(std::net::Ipv6Addr::LOCALHOST.into()), "type=ipv6 value=<::1>"),
            (Stored::Str(b"hello world"[..].into()), "type=str value=<hello world>"),
            (Stored::Bin(b"AB"[..].into()), "type=bin value=<AB>"),
        ] {
            assert_eq!(shown(&value), expected);
        }
    }
}
