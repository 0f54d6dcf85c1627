//! What regular expressions replace: `replace-header`, `replace-value`, `replace-path`, `replace-pathq`, `replace-uri`. What matches is
//! replaced as a whole, whatever part of it the expression has matched.

use std::cell::RefCell;

use burdock_http::{EditError, HeaderName, KnownHeader, RequestHead};
use burdock_pattern::{Captures, Case, Regex, Template};
use burdock_sample::Format;
use burdock_syntax::{Diagnostic, Parsed, Word};

use super::header::{follow_host, headers};
use super::uri::{self, Edit};
use super::{Act, Action, ActionArgs, Parameter, Scene};
use crate::flow::Flow;
use crate::set::RuleSetKinds;

pub(super) const ACTIONS: &[Action] = &[
    Action {
        name: "replace-header",
        parameter: Parameter::None,
        sets: RuleSetKinds::HTTP,
        usage: "<name> <regex> <format>",
        doc: "Replaces the values of the header lines of that name that match.",
        parse: |args| parse_header(args, Unit::Line),
    },
    Action {
        name: "replace-value",
        parameter: Parameter::None,
        sets: RuleSetKinds::HTTP,
        usage: "<name> <regex> <format>",
        doc: "Replaces those of the values, separated by commas, of the header lines of that name that match.",
        parse: |args| parse_header(args, Unit::Element),
    },
    target("replace-path", "Replaces the path, if it matches.", |args| {
        parse_target(args, |head| Some(head.uri().path()).filter(|path| !path.is_empty()), RequestHead::set_path)
    }),
    target("replace-pathq", "Replaces path and query, if they match.", |args| {
        parse_target(
            args,
            |head| Some(head.uri().path_and_query()).filter(|part| !part.is_empty()),
            RequestHead::set_path_and_query,
        )
    }),
    target("replace-uri", "Replaces the whole target, if it matches.", |args| {
        parse_target(args, |head| Some(head.target()), RequestHead::set_uri)
    }),
];

const fn target(
    name: &'static str,
    doc: &'static str,
    parse: fn(&mut ActionArgs<'_>) -> Parsed<Box<dyn Act>>,
) -> Action {
    Action { name, parameter: Parameter::None, sets: RuleSetKinds::HTTP_REQUEST, usage: "<regex> <format>", doc, parse }
}

/// A regular expression and what replaces a text that it matches.
#[derive(Debug)]
struct Replacement {
    regex: Regex,
    format: Format,
    /// The replacement where it is the same for all requests.
    template: Option<Template>,
}

impl Replacement {
    fn parse(args: &mut ActionArgs<'_>) -> Parsed<Self> {
        let regex = regex(args.required("a regular expression")?)?;
        let word = args.required("a format")?;
        let format = args.format_of(word)?;
        let template = match format.literal_text().map(|text| Template::parse(&text)) {
            Some(Ok(template)) => Some(template),
            Some(Err(fault)) => {
                return Err(Diagnostic::error(fault.to_string()).code("bad-argument").at(word.span(), ""));
            }
            None => None,
        };
        Ok(Self { regex, format, template })
    }

    /// What takes the place of a text; nothing where it does not match.
    fn of<'a>(&self, text: &[u8], scene: &Scene<'a>) -> Result<Option<&'a [u8]>, EditError> {
        CAPTURES.with_borrow_mut(|captures| {
            if !self.regex.captures(text, captures) {
                return Ok(None);
            }
            let made;
            let template = match &self.template {
                Some(template) => template,
                None => {
                    made = Template::parse(scene.head_text(&self.format)).map_err(|_| EditError::BadValue)?;
                    &made
                }
            };
            let mut result = scene.scratch.buffer();
            let mut fits = Some(());
            template.expand(text, captures, |piece| fits = fits.and_then(|()| result.push(piece)));
            fits.ok_or(EditError::NoRoom)?;
            Ok(Some(result.finish()))
        })
    }
}

thread_local! {
    /// Where groups have matched, for one text at a time.
    static CAPTURES: RefCell<Captures> = RefCell::default();
}

/// A word as a regular expression.
///
/// # Errors
/// It is none.
pub(super) fn regex(word: &Word) -> Parsed<Regex> {
    Regex::new(word.as_bytes(), Case::Matters).map_err(|fault| {
        Diagnostic::error(format!("'{word}' is no regular expression: {}", fault.reason))
            .code("bad-argument")
            .at(word.span(), format!("at byte {}", fault.offset))
    })
}

#[derive(Debug)]
struct ReplaceHeader {
    name: HeaderName,
    unit: Unit,
    replacement: Replacement,
    /// Whether it is about the response.
    response: bool,
}

/// What is matched, and replaced as a whole.
#[derive(Clone, Copy, Debug)]
enum Unit {
    /// The value of a line.
    Line,
    /// What stands between commas.
    Element,
}

fn parse_header(args: &mut ActionArgs<'_>, unit: Unit) -> Parsed<Box<dyn Act>> {
    let name = HeaderName::lenient(args.required("the name of a header")?.as_bytes());
    let replacement = Replacement::parse(args)?;
    Ok(Box::new(ReplaceHeader { name, unit, replacement, response: args.set.is_response() }))
}

impl Act for ReplaceHeader {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        Flow::edited(self.replace_all(scene))
    }
}

impl ReplaceHeader {
    fn replace_all(&self, scene: &mut Scene<'_>) -> Result<(), EditError> {
        for index in 0..headers(scene, self.response).len() {
            let Some(header) = headers(scene, self.response).get(index) else { break };
            if !self.name.matches(header.known, header.name) {
                continue;
            }
            let value = scene.scratch.copy(if self.response {
                scene.txn.response.headers.value(index)
            } else {
                scene.txn.request.headers.value(index)
            });
            let replaced = match self.unit {
                Unit::Line => self.replacement.of(value, scene)?,
                Unit::Element => self.elements(value, scene)?,
            };
            let Some(replaced) = replaced else { continue };
            if !self.response && self.name.known() == KnownHeader::Host {
                follow_host(scene, replaced)?;
            }
            headers(scene, self.response).replace_value(index, replaced)?;
        }
        Ok(())
    }

    /// A value whose elements are replaced where they match, those blanks gone that stood around them; nothing where none does.
    fn elements<'a>(&self, value: &[u8], scene: &Scene<'a>) -> Result<Option<&'a [u8]>, EditError> {
        let mut result = scene.scratch.buffer();
        let mut changed = false;
        for (index, element) in elements(value).enumerate() {
            let replaced = self.replacement.of(element.trim_ascii(), scene)?;
            changed |= replaced.is_some();
            let comma: &[u8] = if index == 0 { b"" } else { b"," };
            result.push(comma).and_then(|()| result.push(replaced.unwrap_or(element))).ok_or(EditError::NoRoom)?;
        }
        Ok(changed.then(|| result.finish()))
    }
}

/// What stands between the commas of a value; those between quotes do not count (RFC 9110 section 5.6.4).
fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    value.split(move |&byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' => return !quoted,
            _ => {}
        }
        false
    })
}

struct ReplaceTarget {
    /// None: the target has no such part.
    part: fn(&RequestHead) -> Option<&[u8]>,
    edit: Edit,
    replacement: Replacement,
}

impl std::fmt::Debug for ReplaceTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ReplaceTarget").field(&self.replacement).finish()
    }
}

fn parse_target(
    args: &mut ActionArgs<'_>,
    part: fn(&RequestHead) -> Option<&[u8]>,
    edit: Edit,
) -> Parsed<Box<dyn Act>> {
    Ok(Box::new(ReplaceTarget { part, edit, replacement: Replacement::parse(args)? }))
}

impl Act for ReplaceTarget {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        let Some(part) = (self.part)(&scene.txn.request) else { return Flow::Continue };
        Flow::edited(match self.replacement.of(part, scene) {
            Ok(Some(replaced)) => uri::change(scene, self.edit, replaced),
            Ok(None) => Ok(()),
            Err(fault) => Err(fault),
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::action::testing::{check, check_response, faults};

    #[test]
    fn values_of_lines() {
        check(
            "/",
            "x-a: 1\nx-a: 2, x",
            &[
                ("replace-header x-a .* n", "x-a: n|x-a: n"),
                ("replace-header X-A \"(.*)2(.*)\" <\\\\2-\\\\1-\\\\0-\\\\9>", "x-a: 1|x-a: <, x--2, x->"),
                ("replace-header x-a 2 n", "x-a: 1|x-a: n"),
                ("replace-header x-a ^.$ \"%[path] \\\\0 \\\\x41 \\\\n\"", "x-a: / 1 A n|x-a: 2, x"),
                ("replace-header x-a none n", "x-a: 1|x-a: 2, x"),
                ("replace-header x-a ^2 a%[str(Cg==),b64dec]b", "x-a: 1|x-a: a%0Ab"),
                ("replace-header x-a ^2 %[str(XHg=),b64dec]", "failed"),
            ],
        );
        check_response("a: 1", &[("replace-header a 1 one", "a: one"), ("replace-value a 1 one", "a: one")]);
    }

    #[test]
    fn values_between_commas() {
        check(
            "/",
            "x: 2, x,, \"q,r\" ,y",
            &[
                ("replace-value x .* n", "x: n,n,n,n,n"),
                ("replace-value x ^x$ nnn", "x: 2,nnn,, \"q,r\" ,y"),
                ("replace-value x (.) [\\\\1]", "x: [2],[x],,[\"],[y]"),
                ("replace-value x ^q n", "x: 2, x,, \"q,r\" ,y"),
                ("replace-value x ^x$ \"a, b\"", "x: 2,a, b,, \"q,r\" ,y"),
            ],
        );
    }

    #[test]
    fn parts_of_the_target() {
        check(
            "/a/b?c=d",
            "host: h",
            &[
                ("replace-path (.*) /foo\\\\1", "/foo/a/b?c=d host: h"),
                ("replace-path b X", "X?c=d host: h"),
                ("replace-path none X", "host: h"),
                ("replace-path .* \"a b\"", "failed"),
                ("replace-pathq \"(.*)\\\\?(.*)\" \\\\1/\\\\2", "/a/b/c=d host: h"),
                ("replace-uri ^/a /z", "/z host: h"),
                ("replace-uri (.*) http://g\\\\1", "http://g/a/b?c=d host: g"),
            ],
        );
        check("*", "", &[("replace-pathq .* /x", ""), ("replace-uri .* /x", "/x")]);
        check("http://h/a", "host: h", &[("replace-header host .* i", "http://i/a host: i")]);
    }

    #[test]
    fn what_is_refused() {
        faults(
            "http-request",
            &[
                ("replace-header x a", "'replace-header' lacks a format"),
                ("replace-header x ( b", "'(' is no regular expression"),
                ("replace-path a \\\\x", "two hexadecimal digits must follow"),
            ],
        );
    }
}
