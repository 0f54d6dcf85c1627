//! `redirect` (configuration manual 4.2 `redirect`).

use burdock_http::reply::{CookieChange, PathOptions, Redirect, RedirectStatus, RedirectTarget};
use burdock_sample::Format;
use burdock_syntax::{Diagnostic, Parsed, Word};

use super::{Act, Action, ActionArgs, Parameter, Scene};
use crate::flow::{Answer, Flow};
use crate::set::RuleSetKinds;

pub(super) const ACTIONS: &[Action] = &[Action {
    name: "redirect",
    parameter: Parameter::None,
    sets: RuleSetKinds::HTTP_REQUEST.with(RuleSetKinds::HTTP_RESPONSE),
    usage: USAGE,
    doc: "Sends the client elsewhere.",
    parse,
}];

const USAGE: &str = "{location|prefix|scheme} <format> [code <status>] [drop-query] [append-slash] [keep-query] \
    [ignore-empty] [set-cookie <name>[=<value>]] [set-cookie-fmt <format>] [clear-cookie <name>[=]]";

#[derive(Debug)]
struct SendElsewhere {
    status: RedirectStatus,
    kind: Kind,
    place: Format,
    cookie: Option<CookieChange<Format>>,
    path: PathOptions,
    keep_query: bool,
    /// Whether an empty place means that the rule does not apply.
    ignore_empty: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Location,
    Prefix,
    Scheme,
}

fn parse(args: &mut ActionArgs<'_>) -> Parsed<Box<dyn Act>> {
    let mut target = None;
    let mut rule = SendElsewhere {
        status: RedirectStatus::default(),
        kind: Kind::Location,
        place: Format::default(),
        cookie: None,
        path: PathOptions::default(),
        keep_query: false,
        ignore_empty: false,
    };
    while let Some(word) = args.next_argument() {
        match word.as_bytes() {
            b"location" => target = Some(place(args, Kind::Location)?),
            b"prefix" => target = Some(place(args, Kind::Prefix)?),
            b"scheme" => target = Some(place(args, Kind::Scheme)?),
            b"code" => rule.status = status(args)?,
            b"drop-query" => rule.path.drop_query = true,
            b"append-slash" => rule.path.append_slash = true,
            b"keep-query" => rule.keep_query = true,
            b"ignore-empty" => rule.ignore_empty = true,
            b"set-cookie" => rule.cookie = Some(CookieChange::Set(cookie(args)?)),
            b"set-cookie-fmt" => rule.cookie = Some(CookieChange::Set(args.format("a cookie")?)),
            b"clear-cookie" => rule.cookie = Some(CookieChange::Clear(cookie(args)?)),
            _ => return Err(args.unexpected(word, "an argument of a redirection, 'if' or 'unless'")),
        }
    }
    let Some((kind, place, word)) = target else {
        return Err(args.missing("'location', 'prefix' or 'scheme'"));
    };
    if kind != Kind::Location && args.set.is_response() {
        return Err(Diagnostic::error("a response is redirected by 'location' alone")
            .code("misplaced")
            .at(word.span(), "makes a place of the request's, which is gone by then"));
    }
    Ok(Box::new(SendElsewhere { kind, place, ..rule }))
}

fn place<'a>(args: &mut ActionArgs<'a>, kind: Kind) -> Parsed<(Kind, Format, &'a Word)> {
    let word = args.required("a place")?;
    Ok((kind, args.format_of(word)?, word))
}

fn cookie(args: &mut ActionArgs<'_>) -> Parsed<Format> {
    Ok(Format::literal(args.required("a cookie")?.as_bytes()))
}

fn status(args: &mut ActionArgs<'_>) -> Parsed<RedirectStatus> {
    let word = args.required("a status")?;
    let code = word.to_str().ok().and_then(|text| text.parse().ok());
    code.and_then(RedirectStatus::from_code).ok_or_else(|| args.unexpected(word, "301, 302, 303, 307 or 308"))
}

impl Act for SendElsewhere {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        let place = scene.head_text(&self.place);
        if place.is_empty() && self.ignore_empty {
            return Flow::Continue;
        }
        let target = match self.kind {
            Kind::Location => RedirectTarget::Location { location: place, keep_query: self.keep_query },
            Kind::Prefix => RedirectTarget::Prefix { prefix: place, path: self.path },
            Kind::Scheme => RedirectTarget::Scheme { scheme: place, path: self.path },
        };
        let cookie = self.cookie.as_ref().map(|change| match change {
            CookieChange::Set(format) => CookieChange::Set(scene.head_text(format)),
            CookieChange::Clear(format) => CookieChange::Clear(scene.head_text(format)),
        });
        match (Redirect { status: self.status, target, cookie }).reply(&scene.txn.request) {
            Ok(reply) => Flow::Answer(Box::new(Answer::reply(reply))),
            Err(_) => Flow::Failed,
        }
    }
}
