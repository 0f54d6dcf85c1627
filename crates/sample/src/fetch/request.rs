//! Fetches from the request line (configuration manual 7.3.6).

use burdock_http::uri::{Target, TargetForm};
use burdock_http::{RequestHead, Version};

use super::{Fetch, Run, Sight};
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    Fetch {
        name: "method",
        aliases: &[],
        args: ArgSpec::NONE,
        check: None,
        output: Type::Method,
        validity: Validity::REQUEST_KEPT,
        doc: "The request's method.",
        run: Run::One(|input, _| head(input).map(|head| Value::Method(head.method_bytes()))),
    },
    Fetch {
        name: "path",
        aliases: &[],
        args: ArgSpec::NONE,
        check: None,
        output: Type::Str,
        validity: Validity::REQUEST,
        doc: "The path of the request's target, up to the question mark.",
        run: Run::One(|input, _| path_and_rest(head(input)?.uri()).map(without_query).map(Value::Str)),
    },
    Fetch {
        name: "pathq",
        aliases: &[],
        args: ArgSpec::NONE,
        check: None,
        output: Type::Str,
        validity: Validity::REQUEST,
        doc: "The path of the request's target with its query.",
        run: Run::One(|input, _| path_and_rest(head(input)?.uri()).map(Value::Str)),
    },
    Fetch {
        name: "query",
        aliases: &[],
        args: ArgSpec { usage: "[<options>]", kinds: &[ArgKind::Choice(&["with_qm"])], required: 0 },
        check: None,
        output: Type::Str,
        validity: Validity::REQUEST,
        doc: "The query of the request's target, without its question mark unless asked for.",
        run: Run::One(|input, args| {
            let rest = path_and_rest(head(input)?.uri())?;
            let mark = rest.iter().position(|&byte| byte == b'?')?;
            let (_, query) = rest.split_at(mark);
            Some(Value::Str(match query {
                // An empty query has no question mark to keep.
                [_, ..] if args.choice(0).is_some() && query.len() > 1 => query,
                [_, query @ ..] => query,
                [] => query,
            }))
        }),
    },
    Fetch {
        name: "req.proto_http",
        aliases: &["req_proto_http"],
        args: ArgSpec::NONE,
        check: None,
        output: Type::Bool,
        validity: Validity::REQUEST_KEPT,
        doc: "Whether what the client sent is an HTTP request.",
        run: Run::Inspect(is_http),
    },
    Fetch {
        name: "req.ver",
        aliases: &["req_ver"],
        args: ArgSpec::NONE,
        check: None,
        output: Type::Str,
        validity: Validity::REQUEST_KEPT,
        doc: "The version of the request, such as 1.1.",
        run: Run::One(|input, _| head(input).map(|head| Value::Str(version(head.version(), input)))),
    },
    Fetch {
        name: "url",
        aliases: &[],
        args: ArgSpec::NONE,
        check: None,
        output: Type::Str,
        validity: Validity::REQUEST,
        doc: "The request's target as it stands in the request.",
        run: Run::One(|input, _| head(input).map(|head| Value::Str(head.target()))),
    },
];

/// The first bytes of HTTP/2 (RFC 9113 section 3.4), of which no more is known in `mode tcp`.
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

fn is_http<'a>(input: &Input<'a>, _: &'a Args) -> Sight<'a> {
    let txn = input.txn;
    if txn.request_valid || txn.request_payload.bytes.starts_with(HTTP2_PREFACE) {
        return Sight::Settled(Some(Value::Bool(true)));
    }
    let may_come = txn.head_expected || (txn.inspecting && HTTP2_PREFACE.starts_with(&txn.request_payload.bytes));
    if may_come { Sight::Changing(None) } else { Sight::Settled(Some(Value::Bool(false))) }
}

/// The request's head, where one was understood.
pub(super) fn head<'a>(input: &Input<'a>) -> Option<&'a RequestHead> {
    input.txn.request_valid.then_some(&input.txn.request)
}

/// Path, query and fragment of the target; nothing where its form has no path. An absolute URI without a path has `/`.
pub(super) fn path_and_rest(target: Target<'_>) -> Option<&[u8]> {
    match target.form() {
        TargetForm::Origin => Some(target.path_and_query()),
        TargetForm::Absolute if target.path_and_query().is_empty() => Some(b"/"),
        TargetForm::Absolute => Some(target.path_and_query()),
        TargetForm::Authority | TargetForm::Asterisk => None,
    }
}

/// What stands in front of the first question mark.
pub(super) fn without_query(path_and_query: &[u8]) -> &[u8] {
    path_and_query.split(|&byte| byte == b'?').next().unwrap_or_default()
}

/// The two numbers of a version with a dot between them.
pub(super) fn version<'a>(version: Version, input: &Input<'a>) -> &'a [u8] {
    match version {
        Version::HTTP_11 => b"1.1",
        Version::HTTP_10 => b"1.0",
        Version::HTTP_2 => b"2.0",
        Version::HTTP_3 => b"3.0",
        Version { major, minor } => input.scratch.format(format_args!("{major}.{minor}")),
    }
}
