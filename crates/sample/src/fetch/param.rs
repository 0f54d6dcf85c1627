//! Fetches from the parameters of the request's URL and of an urlencoded body (configuration manual 7.3.6).

use std::ops::ControlFlow;

use burdock_http::form::{Case, body_parameters, url_parameters};

use super::request::head;
use super::{Fetch, Run, body};
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    Fetch {
        name: "urlp",
        aliases: &["url_param"],
        args: URL,
        check: None,
        output: Type::Str,
        validity: Validity::REQUEST,
        doc: "A parameter of the URL, not decoded: the first of that name; without a name, the first of all.",
        run: Run::Many {
            one: |input, args| of_url(input, args).next().map(Value::Str),
            each: |input, args, visit| of_url(input, args).map(Value::Str).try_for_each(visit),
        },
    },
    Fetch {
        name: "urlp_val",
        aliases: &[],
        args: URL,
        check: None,
        output: Type::Int,
        validity: Validity::REQUEST,
        doc: "A parameter of the URL as a number, chosen as by urlp.",
        run: Run::Many {
            one: |input, args| Value::Str(of_url(input, args).next()?).cast(Type::Int, input.scratch),
            each: |input, args, visit| {
                of_url(input, args).try_for_each(|text| {
                    let number = Value::Str(text).cast(Type::Int, input.scratch);
                    number.map_or(ControlFlow::Continue(()), &mut *visit)
                })
            },
        },
    },
    Fetch {
        name: "req.body_param",
        aliases: &[],
        args: ArgSpec { usage: "[<name>[,i]]", kinds: &[ArgKind::Text, ANY_CASE], required: 0 },
        check: None,
        output: Type::Bin,
        validity: Validity::REQUEST,
        doc: "A parameter of an urlencoded body, not decoded: the first of that name; without a name, the first of all.",
        run: Run::Many {
            one: |input, args| of_body(input, args).next().map(Value::Bin),
            each: |input, args, visit| of_body(input, args).map(Value::Bin).try_for_each(visit),
        },
    },
];

const URL: ArgSpec =
    ArgSpec { usage: "[<name>[,<delim>[,i]]]", kinds: &[ArgKind::Text, ArgKind::Text, ANY_CASE], required: 0 };

/// Whether names that differ in case alone are the same.
const ANY_CASE: ArgKind = ArgKind::Choice(&["i"]);

/// Behind what the parameters of a URL begin, unless told otherwise.
const QUERY: u8 = b'?';

fn of_url<'a>(input: &Input<'a>, args: &'a Args) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    let delimiter = args.text(1).and_then(|text| text.first()).copied().unwrap_or(QUERY);
    let (name, case) = (args.text(0), case(args, 2));
    let parameters =
        head(input).into_iter().flat_map(move |head| url_parameters(head.target(), delimiter).named(name, case));
    parameters.map(|parameter| parameter.value)
}

fn of_body<'a>(input: &Input<'a>, args: &'a Args) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    let (name, case) = (args.text(0), case(args, 1));
    let parameters = body::of_request(input).into_iter().flat_map(move |body| body_parameters(body).named(name, case));
    parameters.map(|parameter| parameter.value)
}

fn case(args: &Args, index: usize) -> Case {
    if args.choice(index).is_some() { Case::Insensitive } else { Case::Sensitive }
}
