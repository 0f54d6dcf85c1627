//! Header lines: `add-header`, `set-header`, `del-header`.

use burdock_http::{EditError, HeaderName, Headers, KnownHeader};
use burdock_pattern::Regex;
use burdock_sample::Format;
use burdock_syntax::{Diagnostic, Parsed};

use super::replace::regex;
use super::{Act, Action, ActionArgs, Parameter, Scene};
use crate::flow::Flow;
use crate::set::RuleSetKinds;

pub(super) const ACTIONS: &[Action] = &[
    Action {
        name: "add-header",
        parameter: Parameter::None,
        sets: RuleSetKinds::HTTP,
        usage: "<name> <format>",
        doc: "Adds a header line.",
        parse: |args| parse_add(args, false),
    },
    Action {
        name: "set-header",
        parameter: Parameter::None,
        sets: RuleSetKinds::HTTP,
        usage: "<name> <format>",
        doc: "Adds a header line in place of all lines of that name.",
        parse: |args| parse_add(args, true),
    },
    Action {
        name: "del-header",
        parameter: Parameter::None,
        sets: RuleSetKinds::HTTP,
        usage: "<name> [-m {str|beg|end|sub|reg}]",
        doc: "Removes all header lines of that name, or of the names that match.",
        parse: parse_delete,
    },
];

#[derive(Debug)]
struct Add {
    name: HeaderName,
    value: Format,
    /// Whether lines of that name go first.
    replaces: bool,
    /// Whether it is about the response.
    response: bool,
}

fn parse_add(args: &mut ActionArgs<'_>, replaces: bool) -> Parsed<Box<dyn Act>> {
    let name = parse_name(args)?;
    let value = args.format("a value")?;
    Ok(Box::new(Add { name, value, replaces, response: args.set.is_response() }))
}

/// The name of a header that may be written.
///
/// # Errors
/// There is none, or no message could hold it. HAProxy only warns, and sends messages that others refuse.
pub(super) fn parse_name(args: &mut ActionArgs<'_>) -> Parsed<HeaderName> {
    let word = args.required("the name of a header")?;
    HeaderName::parse(word.as_bytes()).ok_or_else(|| {
        let forbidden = word.as_bytes().iter().find(|byte| HeaderName::parse(std::slice::from_ref(byte)).is_none());
        let label = forbidden.map_or_else(String::new, |byte| format!("'{}' is not possible", byte.escape_ascii()));
        Diagnostic::error(format!("'{word}' is no name of a header")).code("bad-argument").at(word.span(), label)
    })
}

impl Act for Add {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        let value = scene.head_text(&self.value);
        Flow::edited(add(scene, self.response, &self.name, value, self.replaces))
    }
}

/// Adds a line to one of the two messages. The host of a request and its target never disagree.
pub(super) fn add(
    scene: &mut Scene<'_>,
    response: bool,
    name: &HeaderName,
    value: &[u8],
    replaces: bool,
) -> Result<(), EditError> {
    if !response && name.known() == KnownHeader::Host {
        follow_host(scene, value)?;
    }
    let headers = headers(scene, response);
    if replaces {
        headers.remove_all_named(name);
    }
    headers.append(name.as_bytes(), value)
}

/// The target names the host that the request gets.
pub(super) fn follow_host(scene: &mut Scene<'_>, host: &[u8]) -> Result<(), EditError> {
    scene.txn.keep_request_line();
    scene.txn.request.follow_host(host)
}

/// The headers of one of the two messages.
pub(super) fn headers<'s>(scene: &'s mut Scene<'_>, response: bool) -> &'s mut Headers {
    if response { &mut scene.txn.response.headers } else { &mut scene.txn.request.headers }
}

#[derive(Debug)]
struct Delete {
    names: Names,
    /// Whether it is about the response.
    response: bool,
}

/// Which names are meant.
#[derive(Debug)]
enum Names {
    One(HeaderName),
    Part(Place, Box<[u8]>),
    Matching(Regex),
}

/// Where in a name a text has to stand (`-m`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is all of it.
    Whole,
    /// At its beginning.
    Beginning,
    /// At its end.
    End,
    /// Anywhere.
    Anywhere,
}

impl Place {
    /// The one that a match method means.
    pub(super) fn named(method: &[u8]) -> Option<Self> {
        Some(match method {
            b"str" => Self::Whole,
            b"beg" => Self::Beginning,
            b"end" => Self::End,
            b"sub" => Self::Anywhere,
            _ => return None,
        })
    }

    /// Whether a text in lower case stands there in a name.
    pub(super) fn holds(self, name: &[u8], text: &[u8]) -> bool {
        match self {
            Self::Whole => name == text,
            Self::Beginning => name.starts_with(text),
            Self::End => name.ends_with(text),
            Self::Anywhere => text.is_empty() || name.windows(text.len()).any(|part| part == text),
        }
    }
}

fn parse_delete(args: &mut ActionArgs<'_>) -> Parsed<Box<dyn Act>> {
    let word = args.required("the name of a header")?;
    let response = args.set.is_response();
    let name = HeaderName::lenient(word.as_bytes());
    if !args.next_if("-m") {
        return Ok(Box::new(Delete { names: Names::One(name), response }));
    }
    let method = args.required("a match method")?;
    let names = match (Place::named(method.as_bytes()), method.as_bytes()) {
        (Some(Place::Whole), _) => Names::One(name),
        (Some(place), _) => Names::Part(place, name.as_bytes().into()),
        (None, b"reg") => Names::Matching(regex(word)?),
        (None, _) => return Err(args.unexpected(method, "'str', 'beg', 'end', 'sub' or 'reg'")),
    };
    Ok(Box::new(Delete { names, response }))
}

impl Act for Delete {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        let headers = headers(scene, self.response);
        match &self.names {
            Names::One(name) => headers.remove_all_named(name),
            Names::Part(place, text) => headers.retain(|header| !place.holds(header.name, text)),
            Names::Matching(regex) => headers.retain(|header| !regex.is_match(header.name)),
        };
        Flow::Continue
    }
}

#[cfg(test)]
mod tests {
    use crate::action::testing::{check, check_response, faults};

    #[test]
    fn lines_are_added() {
        check(
            "/a",
            "x: 1\nX: 2",
            &[
                ("add-header X 3", "x: 1|x: 2|x: 3"),
                ("set-header X %[req.hdr(x)],3", "x: 2,3"),
                ("set-header y a%[str(DQo=),b64dec]b%[str(YQBi),b64dec]", "x: 1|x: 2|y: a%0D%0Aba"),
                ("set-header y %{+Q}[path] if FALSE", "x: 1|x: 2"),
                ("set-header y %{+Q}[path]", "x: 1|x: 2|y: /a"),
            ],
        );
        check_response("a: 1", &[("add-header b 2", "a: 1|b: 2"), ("set-header a 2", "a: 2")]);
    }

    #[test]
    fn a_new_host_is_the_target_s_too() {
        check(
            "http://h/a",
            "host: h\nx: 1",
            &[
                ("set-header Host i:81", "http://i:81/a x: 1|host: i:81"),
                ("add-header host j", "http://j/a host: h|x: 1|host: j"),
                ("del-header host", "x: 1"),
                ("set-header host \"a b\"", "failed"),
            ],
        );
        check("/a", "host: h", &[("set-header host i", "host: i")]);
    }

    #[test]
    fn lines_are_removed() {
        let lines = "x-a: 1\nb: 2\nX-A: 3\nx-ab: 4";
        check(
            "/",
            lines,
            &[
                ("del-header X-A", "b: 2|x-ab: 4"),
                ("del-header X-A -m str", "b: 2|x-ab: 4"),
                ("del-header X- -m beg", "b: 2"),
                ("del-header B -m end", "x-a: 1|x-a: 3"),
                ("del-header -A -m sub", "b: 2"),
                ("del-header ^x.a$ -m reg", "b: 2|x-ab: 4"),
                ("del-header X -m reg", "x-a: 1|b: 2|x-a: 3|x-ab: 4"),
            ],
        );
        check_response("a: 1\na: 2\nb: 3", &[("del-header a", "b: 3")]);
    }

    #[test]
    fn what_is_refused() {
        faults(
            "http-request",
            &[
                ("add-header x", "'add-header' lacks a value"),
                ("add-header \"x y\" v", "'x y' is no name of a header"),
                ("set-header x: v", "'x:' is no name of a header"),
                ("set-header x v w", "unexpected word 'w': only 'if' or 'unless' can follow here"),
                ("del-header x -m", "'del-header' lacks a match method"),
                ("del-header x -m dir", "'dir' is not possible here"),
                ("del-header ( -m reg", "'(' is no regular expression: missing closing parenthesis"),
            ],
        );
    }
}
