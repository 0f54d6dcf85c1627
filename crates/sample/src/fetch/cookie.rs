//! Fetches from the request's cookies (configuration manual 7.3.6).

use std::ops::ControlFlow;

use burdock_http::KnownHeader;
use burdock_http::cookie::{pairs, request_cookies};

use super::request::head;
use super::{Fetch, Run};
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    Fetch {
        name: "req.cook",
        aliases: &["cook"],
        args: NAME,
        check: None,
        output: Type::Str,
        validity: Validity::REQUEST,
        doc: "A cookie's value: the last of that name; without a name, the first of all.",
        run: Run::Many {
            one: |input, args| match args.text(0) {
                Some(_) => named(input, args).last().map(Value::Str),
                None => all(input).next().map(Value::Str),
            },
            each: |input, args, visit| visit_all(input, args, &mut |value| visit(Value::Str(value))),
        },
    },
    Fetch {
        name: "req.cook_cnt",
        aliases: &["cook_cnt"],
        args: NAME,
        check: None,
        output: Type::Int,
        validity: Validity::REQUEST,
        doc: "How many cookies have that name; without a name, all.",
        run: Run::One(|input, args| {
            let count = match args.text(0) {
                Some(_) => named(input, args).count(),
                None => all(input).count(),
            };
            head(input).map(|_| Value::Int(count as i64))
        }),
    },
];

const NAME: ArgSpec = ArgSpec { usage: "[<name>]", kinds: &[ArgKind::Text], required: 0 };

fn visit_all<'a>(
    input: &Input<'a>,
    args: &'a Args,
    visit: &mut dyn FnMut(&'a [u8]) -> ControlFlow<()>,
) -> ControlFlow<()> {
    match args.text(0) {
        Some(_) => named(input, args).try_for_each(visit),
        None => all(input).try_for_each(visit),
    }
}

/// The values of the cookies that `args` names, in order, quotes included.
fn named<'a>(input: &Input<'a>, args: &'a Args) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    let named = head(input).zip(args.text(0));
    named.into_iter().flat_map(|(head, name)| {
        let headers = &head.headers;
        request_cookies(headers, name).filter_map(|at| headers.value(at.field).get(at.value))
    })
}

/// The values of all cookies.
fn all<'a>(input: &Input<'a>) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    let fields = head(input).into_iter().flat_map(|head| head.headers.all(KnownHeader::Cookie));
    fields.flat_map(|(_, text)| pairs(text).filter_map(|pair| text.get(pair.value?)))
}
