//! Fetches from the credentials that a request brings; none of them checks anything (configuration manual 7.3.6).

use burdock_auth::Credentials;
use burdock_auth::credentials::bearer_token;
use burdock_http::KnownHeader;

use super::request::head;
use super::{Fetch, FetchOne, Run};
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    fetch(
        "http_auth_bearer",
        ArgSpec { usage: "[<header>]", kinds: &[ArgKind::Header], required: 0 },
        "The token of Bearer credentials in the Authorization header, or in another one.",
        |input, args| bearer(input, args).map(Value::Str),
    ),
    fetch("http_auth_pass", ArgSpec::NONE, "The password of Basic credentials.", |input, _| {
        with_credentials(input, |credentials| match credentials {
            Credentials::Basic { password, .. } => Some(&*input.scratch.copy(password)),
            Credentials::Bearer(_) => None,
        })
    }),
    fetch("http_auth_type", ArgSpec::NONE, "The scheme of the credentials: Basic or Bearer.", |input, _| {
        with_credentials(input, |credentials| Some(credentials.scheme().as_bytes()))
    }),
    fetch("http_auth_user", ArgSpec::NONE, "The user's name in Basic credentials.", |input, _| {
        with_credentials(input, |credentials| match credentials {
            Credentials::Basic { user, .. } => Some(&*input.scratch.copy(user)),
            Credentials::Bearer(_) => None,
        })
    }),
];

const fn fetch(name: &'static str, args: ArgSpec, doc: &'static str, run: FetchOne) -> Fetch {
    let validity = Validity::REQUEST;
    Fetch { name, aliases: &[], args, check: None, output: Type::Str, validity, doc, run: Run::One(run) }
}

fn with_credentials<'a>(
    input: &Input<'a>,
    text: impl FnOnce(Credentials<'_>) -> Option<&'a [u8]>,
) -> Option<Value<'a>> {
    let value = head(input)?.headers.find(KnownHeader::Authorization)?;
    let mut decoded = Vec::new();
    text(Credentials::parse(value, &mut decoded)?).map(Value::Str)
}

/// The token of Authorization, or of the header that `args` names. HAProxy is stricter with a token in a header of another name: no blank
/// may be in it. It takes a header that is missing, or has the scheme alone, for one with an empty token.
fn bearer<'a>(input: &Input<'a>, args: &'a Args) -> Option<&'a [u8]> {
    let headers = &head(input)?.headers;
    let Some(name) = args.header(0).filter(|name| !name.as_bytes().is_empty()) else {
        return headers.find(KnownHeader::Authorization).and_then(bearer_token);
    };
    let Some((_, value)) = headers.all_named(name).next() else { return Some(b"") };
    if value.eq_ignore_ascii_case(b"bearer") {
        return Some(b"");
    }
    bearer_token(value).filter(|token| !token.contains(&b' '))
}
