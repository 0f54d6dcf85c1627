//! Fetches from the cookies of requests and responses (configuration manual 7.3.6).

use std::ops::ControlFlow;

use burdock_http::cookie::pairs;

use super::header::{DELIMITER, joined};
use super::message::{Current, Message, Request, Response, Side};
use super::{Fetch, Run};
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    value::<Request>("req.cook", &["cook"], Validity::REQUEST),
    value::<Response>("res.cook", &["scook"], Validity::RESPONSE),
    value::<Current>("cookie", &[], Validity::EITHER_MESSAGE),
    count::<Request>("req.cook_cnt", &["cook_cnt"], Validity::REQUEST),
    count::<Response>("res.cook_cnt", &["scook_cnt"], Validity::RESPONSE),
    number::<Request>("req.cook_val", &["cook_val"], Validity::REQUEST),
    number::<Response>("res.cook_val", &["scook_val"], Validity::RESPONSE),
    names::<Request>("req.cook_names", Validity::REQUEST),
    names::<Response>("res.cook_names", Validity::RESPONSE),
];

const fn value<M: Message>(name: &'static str, aliases: &'static [&'static str], validity: Validity) -> Fetch {
    Fetch {
        name,
        aliases,
        args: NAME,
        check: None,
        output: Type::Str,
        validity,
        doc: "A cookie's value: the last of that name; without a name, the first of all.",
        run: Run::Many {
            one: |input, args| pick::<M>(input, args).map(Value::Str),
            each: |input, args, visit| values::<M>(input, args).map(Value::Str).try_for_each(visit),
        },
    }
}

const fn count<M: Message>(name: &'static str, aliases: &'static [&'static str], validity: Validity) -> Fetch {
    Fetch {
        name,
        aliases,
        args: NAME,
        check: None,
        output: Type::Int,
        validity,
        doc: "How many cookies have that name; without a name, all.",
        run: Run::One(|input, args| {
            M::headers(input)?;
            Some(Value::Int(values::<M>(input, args).count() as i64))
        }),
    }
}

const fn number<M: Message>(name: &'static str, aliases: &'static [&'static str], validity: Validity) -> Fetch {
    Fetch {
        name,
        aliases,
        args: NAME,
        check: None,
        output: Type::Int,
        validity,
        doc: "A cookie's value as a number, chosen as by req.cook.",
        run: Run::Many {
            one: |input, args| Value::Str(pick::<M>(input, args)?).cast(Type::Int, input.scratch),
            each: |input, args, visit| {
                values::<M>(input, args).try_for_each(|text| {
                    let number = Value::Str(text).cast(Type::Int, input.scratch);
                    number.map_or(ControlFlow::Continue(()), &mut *visit)
                })
            },
        },
    }
}

const fn names<M: Message>(name: &'static str, validity: Validity) -> Fetch {
    Fetch {
        name,
        aliases: &[],
        args: DELIMITER,
        check: None,
        output: Type::Str,
        validity,
        doc: "The names of all cookies in order, with commas or another character between them.",
        run: Run::One(|input, args| {
            let side = M::side(input);
            let fields = M::headers(input)?.all(side.cookie_field());
            // Behind the cookie of a Set-Cookie field stand its attributes.
            let most = if side == Side::Request { usize::MAX } else { 1 };
            let names = fields.flat_map(|(_, text)| cookies(text).take(most).map(|cookie| cookie.name));
            Some(Value::Str(joined(names, input, args)))
        }),
    }
}

const NAME: ArgSpec = ArgSpec { usage: "[<name>]", kinds: &[ArgKind::Text], required: 0 };

/// A cookie as it stands in its field, quotes included.
struct Cookie<'a> {
    name: &'a [u8],
    value: &'a [u8],
}

/// The value that counts where only one can: the last of the name, or the first of all.
fn pick<'a, M: Message>(input: &Input<'a>, args: &'a Args) -> Option<&'a [u8]> {
    let mut values = values::<M>(input, args);
    if args.text(0).is_some() { values.last() } else { values.next() }
}

/// The values of the cookies that `args` names, or of all, in order.
///
/// A Set-Cookie field is read up to the first name that is another: its attributes are cookies only where no name is asked for.
fn values<'a, M: Message>(input: &Input<'a>, args: &'a Args) -> impl Iterator<Item = &'a [u8]> + use<'a, M> {
    let (side, name) = (M::side(input), args.text(0));
    let fields = M::headers(input).into_iter().flat_map(move |headers| headers.all(side.cookie_field()));
    fields.flat_map(move |(_, text)| {
        let wanted = move |cookie: &Cookie<'_>| name.is_none_or(|name| name == cookie.name);
        let read = cookies(text).take_while(move |cookie| side == Side::Request || wanted(cookie));
        read.filter(wanted).map(|cookie| cookie.value)
    })
}

/// What has a value; attributes in the manner of RFC 2109, whose names begin with `$`, are none.
fn cookies(text: &[u8]) -> impl Iterator<Item = Cookie<'_>> {
    let cookies =
        pairs(text).filter_map(|pair| Some(Cookie { name: text.get(pair.name)?, value: text.get(pair.value?)? }));
    cookies.filter(|cookie| !cookie.name.starts_with(b"$"))
}
