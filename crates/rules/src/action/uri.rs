//! The request line: `set-method`, `set-uri`, `set-path`, `set-pathq`, `set-query`, `normalize-uri`. Logs show it as it came.

use burdock_http::normalize::{Normalizer, Outcome, ParseError};
use burdock_http::{EditError, RequestHead};
use burdock_sample::Format;
use burdock_syntax::{Diagnostic, Parsed};

use super::{Act, Action, ActionArgs, Parameter, Scene};
use crate::flow::{Answer, Flow};
use crate::set::RuleSetKinds;

pub(super) const ACTIONS: &[Action] = &[
    set("set-method", "Replaces the method.", |args| parse(args, RequestHead::set_method)),
    set("set-uri", "Replaces the whole target; where it names a host, that of the request follows.", |args| {
        parse(args, RequestHead::set_uri)
    }),
    set("set-path", "Replaces the path and leaves the query.", |args| parse(args, RequestHead::set_path)),
    set("set-pathq", "Replaces the path and the query.", |args| parse(args, RequestHead::set_path_and_query)),
    set("set-query", "Replaces what stands behind the question mark.", |args| parse(args, set_query)),
    Action {
        name: "normalize-uri",
        parameter: Parameter::None,
        sets: RuleSetKinds::HTTP_REQUEST,
        usage: "<normalizer> [full|strict]",
        doc: "Brings the target to a form that other targets of the same meaning share.",
        parse: parse_normalize,
    },
];

const fn set(name: &'static str, doc: &'static str, parse: fn(&mut ActionArgs<'_>) -> Parsed<Box<dyn Act>>) -> Action {
    Action { name, parameter: Parameter::None, sets: RuleSetKinds::HTTP_REQUEST, usage: "<format>", doc, parse }
}

/// Puts a text into its place in the request line.
pub(super) type Edit = fn(&mut RequestHead, &[u8]) -> Result<(), EditError>;

/// The query is given without its question mark, which stays once it is there.
fn set_query(head: &mut RequestHead, query: &[u8]) -> Result<(), EditError> {
    if query.is_empty() && head.uri().query().is_none() {
        return Ok(());
    }
    head.set_query(&[b"?", query].concat())
}

struct Set {
    edit: Edit,
    text: Format,
}

impl std::fmt::Debug for Set {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Set").field(&self.text).finish()
    }
}

fn parse(args: &mut ActionArgs<'_>, edit: Edit) -> Parsed<Box<dyn Act>> {
    Ok(Box::new(Set { edit, text: args.format("a format")? }))
}

impl Act for Set {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        let text = scene.head_text(&self.text);
        Flow::edited(change(scene, self.edit, text))
    }
}

/// Changes the request line; what came is kept for logs.
pub(super) fn change(scene: &mut Scene<'_>, edit: Edit, text: &[u8]) -> Result<(), EditError> {
    scene.txn.keep_request_line();
    edit(&mut scene.txn.request, text)
}

#[derive(Debug)]
struct Normalize(Normalizer);

fn parse_normalize(args: &mut ActionArgs<'_>) -> Parsed<Box<dyn Act>> {
    let name = args.required("a normalizer")?;
    // Where it has no option, what follows can only be a condition.
    let option = Normalizer::option_of(name.as_bytes()).and_then(|_| args.next_argument());
    let normalizer = Normalizer::parse(name.as_bytes(), option.map(burdock_syntax::Word::as_bytes));
    match normalizer {
        Ok(normalizer) => Ok(Box::new(Normalize(normalizer))),
        Err(ParseError::UnknownName) => {
            let fault = Diagnostic::error(format!("there is no normalizer '{name}'")).code("unknown-name");
            let fault = fault.at(name.span(), "not known");
            Err(match burdock_syntax::suggest::suggest(&name.display(), Normalizer::NAMES.iter().copied()) {
                Some(near) => fault.help(format!("did you mean '{near}'?")),
                None => fault.help(format!("there are {}", Normalizer::NAMES.join(", "))),
            })
        }
        Err(ParseError::UnknownOption(known)) => Err(args.unexpected(option.unwrap_or(name), &format!("'{known}'"))),
    }
}

impl Act for Normalize {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        let mut normalized = Vec::new();
        match self.0.normalize(scene.txn.request.target(), &mut normalized) {
            Ok(Outcome::Unchanged) => Flow::Continue,
            Ok(Outcome::Changed) => Flow::edited(change(scene, RequestHead::set_target, &normalized)),
            Err(_) => Flow::Answer(Box::new(Answer::refusal(BAD_REQUEST))),
        }
    }
}

/// What a client gets whose target a strict normalizer cannot read.
const BAD_REQUEST: u16 = 400;

#[cfg(test)]
mod tests {
    use crate::action::testing::{Rules, check, faults};
    use crate::testing::request;

    #[test]
    fn parts_are_replaced() {
        check(
            "/a/b?c=d",
            "host: h",
            &[
                ("set-method PUT", "PUT host: h"),
                ("set-method \"A B\"", "failed"),
                ("set-uri /z", "/z host: h"),
                ("set-uri http://i:81/z", "http://i:81/z host: i:81"),
                ("set-path /x%[path]", "/x/a/b?c=d host: h"),
                ("set-path /x?y", "/x?y?c=d host: h"),
                ("set-path \"/a b\"", "failed"),
                ("set-path %[req.hdr(none)]", "?c=d host: h"),
                ("set-pathq /x", "/x host: h"),
                ("set-pathq /x?y%[str(DQo=),b64dec]", "/x?y%0D%0A host: h"),
                ("set-pathq %[req.hdr(none)]", "failed"),
                ("set-query x=y", "/a/b?x=y host: h"),
                ("set-query %[req.hdr(none)]", "/a/b? host: h"),
            ],
        );
        check("/a", "", &[("set-query x", "/a?x"), ("set-query %[req.hdr(none)]", "")]);
        check("*", "", &[("set-path /a", "/a"), ("set-query x", "*?x")]);
        check("http://h/a?b", "host: h", &[("set-path /x", "http://h/x?b host: h"), ("set-uri /z", "/z host: h")]);
    }

    #[test]
    fn targets_are_normalized() {
        check(
            "/a//b/./c/../d?b=1&a=2",
            "",
            &[
                ("normalize-uri path-merge-slashes", "/a/b/./c/../d?b=1&a=2"),
                ("normalize-uri path-strip-dotdot full if TRUE", "/a//b/./d?b=1&a=2"),
                ("normalize-uri query-sort-by-name", "/a//b/./c/../d?a=2&b=1"),
                ("normalize-uri percent-to-uppercase strict", ""),
            ],
        );
        check("/%zz", "", &[("normalize-uri percent-to-uppercase", "")]);
        let rules = Rules::parse("http-request normalize-uri percent-to-uppercase strict").unwrap();
        let flow = rules.run(&mut request("GET /%zz"), &burdock_state::Directory::empty());
        assert!(matches!(flow, crate::Flow::Answer(answer) if answer.status == 400));
    }

    #[test]
    fn logs_show_what_came() {
        let mut txn = request("GET /a?b\nhost: h");
        let rules = Rules::parse("http-request set-method PUT\nhttp-request set-path /x").unwrap();
        rules.run(&mut txn, &burdock_state::Directory::empty());
        assert_eq!((txn.received_method(), txn.received_target()), (&b"GET"[..], &b"/a?b"[..]));
        assert_eq!((txn.request.method_bytes(), txn.request.target()), (&b"PUT"[..], &b"/x?b"[..]));
    }

    #[test]
    fn what_is_refused() {
        faults(
            "http-request",
            &[
                ("set-path", "'set-path' lacks a format"),
                ("set-path /a b", "unexpected word 'b'"),
                ("normalize-uri", "'normalize-uri' lacks a normalizer"),
                ("normalize-uri path-strip", "there is no normalizer 'path-strip'"),
                ("normalize-uri path-strip-dotdot all", "'all' is not possible here"),
                ("normalize-uri path-merge-slashes full", "unexpected word 'full'"),
            ],
        );
        faults("http-response", &[("set-path /a", "unknown action 'set-path' in 'http-response'")]);
    }
}
