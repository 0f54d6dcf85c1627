//! One line for each item that shows it in use. What needs arguments has them here; every line is tried by a test.

use burdock_sample::convert::Converter;
use burdock_sample::fetch::Fetch;
use burdock_sample::{Phase, Type};

/// Arguments of actions that need some.
const ACTIONS: &[(&str, &str)] = &[("add-header", "X-Via burdock"), ("set-header", "X-Client %ci")];

/// Arguments of fetches that need some.
const FETCHES: &[(&str, &str)] = &[];

/// Arguments of converters that need some.
const CONVERTERS: &[(&str, &str)] = &[];

fn arguments(table: &[(&'static str, &'static str)], name: &str) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == name).map(|(_, arguments)| *arguments)
}

/// A rule with the action; nothing where its arguments are not known here.
pub(crate) fn of_action(keyword: &str, name: &str) -> Option<String> {
    let arguments = arguments(ACTIONS, name);
    match arguments {
        Some(arguments) if arguments.starts_with('(') => Some(format!("{keyword} {name}{arguments}")),
        Some(arguments) => Some(format!("{keyword} {name} {arguments}")),
        None => None,
    }
}

/// A header made of the fetch, or a log line where there is no header at the time.
pub(crate) fn of_fetch(fetch: &Fetch) -> Option<String> {
    let call = call(fetch.name, fetch.args.required, arguments(FETCHES, fetch.name))?;
    Some(if fetch.validity.contains(Phase::FrontendHttpRequest) {
        format!("http-request set-header X-Sample \"%[{call}]\"")
    } else if fetch.validity.contains(Phase::BackendHttpResponse) {
        format!("http-response set-header X-Sample \"%[{call}]\"")
    } else {
        format!("acl sample {call} -m found")
    })
}

/// A header made by the converter from something of its type.
pub(crate) fn of_converter(converter: &Converter) -> Option<String> {
    let call = call(converter.name, converter.args.required, arguments(CONVERTERS, converter.name))?;
    let from = match converter.input {
        Type::Addr => "src",
        Type::Int => "int(42)",
        Type::Bool => "bool(true)",
        _ => "path",
    };
    Some(format!("http-request set-header X-Sample \"%[{from},{call}]\""))
}

fn call(name: &str, required: usize, arguments: Option<&str>) -> Option<String> {
    match arguments {
        Some(arguments) => Some(format!("{name}({arguments})")),
        None if required == 0 => Some(name.to_owned()),
        None => None,
    }
}
