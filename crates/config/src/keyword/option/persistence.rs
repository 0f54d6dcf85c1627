//! Options on which server takes a request: `redispatch`, `persist`, `allbackups`, `prefer-last-server`.

use burdock_syntax::Parsed;

use super::switch;
use crate::args::{Args, Prefix};
use crate::draft::{ProxyDraft, Spanned, Switch};
use crate::keyword::{Keyword, Sections};

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[
    Keyword::proxy("option redispatch", "[<interval>]", "a retry may go to another server", "4.2", redispatch)
        .within(Sections::SERVER_SIDE)
        .ignored_in(Sections::FRONTEND)
        .negatable(),
    Keyword::proxy("option persist", "", "honours the cookie of a server that is down", "4.2", |proxy, args| {
        switch(proxy, args, Switch::Persist)
    })
    .within(Sections::SERVER_SIDE)
    .negatable(),
    Keyword::proxy("option allbackups", "", "all backup servers share the load", "4.2", |proxy, args| {
        switch(proxy, args, Switch::AllBackups)
    })
    .within(Sections::SERVER_SIDE)
    .negatable(),
    Keyword::proxy(
        "option prefer-last-server",
        "",
        "stays with the server of the connection that is open",
        "4.2",
        |proxy, args| switch(proxy, args, Switch::PreferLastServer),
    )
    .within(Sections::SERVER_SIDE)
    .negatable(),
];

/// The interval counts retries: positive N, every Nth one leaves the server; negative -N, the Nth before the last; zero, none.
fn redispatch(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let interval = match args.prefix {
        Prefix::No | Prefix::Default => {
            args.end()?;
            Some(Spanned::new(0, args.name_span))
        }
        Prefix::None if args.peek().is_none() => Some(Spanned::new(LAST_RETRY, args.name_span)),
        Prefix::None => {
            let number = args.lenient_number("a number of retries")?;
            args.lenient_end();
            Some(number.map(|number| number.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32))
        }
    };
    proxy.settings.redispatch = interval;
    Ok(())
}

/// What `option redispatch` alone means.
const LAST_RETRY: i32 = -1;
