//! Fetches that check a client's name and password against a user list (configuration manual 7.3.6).

use std::ops::ControlFlow;

use burdock_auth::{Credentials, User, Userlist};
use burdock_http::KnownHeader;

use super::request::head;
use super::{Fetch, Run};
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    Fetch {
        name: "http_auth",
        aliases: &[],
        args: LIST,
        check: None,
        output: Type::Bool,
        validity: Validity::REQUEST,
        doc: "Whether the client's name and password are those of a user of the list.",
        run: Run::One(|input, args| head(input).map(|_| Value::Bool(user(input, args).is_some()))),
    },
    Fetch {
        name: "http_auth_group",
        aliases: &[],
        args: LIST,
        check: None,
        output: Type::Str,
        validity: Validity::REQUEST,
        doc: "The user's name where the password is right; conditions see the user's groups.",
        run: Run::Many {
            one: |input, args| user(input, args).map(|user| Value::Str(user.name())),
            each: |input, args, visit| {
                let Some((list, user)) = args.compiled::<Userlist>(0).zip(user(input, args)) else {
                    return ControlFlow::Continue(());
                };
                list.groups_of(user).try_for_each(|group| visit(Value::Str(group)))
            },
        },
    },
];

const LIST: ArgSpec = ArgSpec { usage: "<userlist>", kinds: &[ArgKind::Userlist], required: 1 };

/// The user whose name and password the request brings.
fn user<'a>(input: &Input<'a>, args: &'a Args) -> Option<&'a User> {
    let list = args.compiled::<Userlist>(0)?;
    let value = head(input)?.headers.find(KnownHeader::Authorization)?;
    let mut buffer = Vec::new();
    match Credentials::parse(value, &mut buffer)? {
        Credentials::Basic { user, password } => list.verify(user, password),
        Credentials::Bearer(_) => None,
    }
}
