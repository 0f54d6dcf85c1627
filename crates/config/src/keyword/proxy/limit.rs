//! `maxconn`, `fullconn`, `backlog` (configuration manual 4.2).

use burdock_syntax::Parsed;

use crate::args::Args;
use crate::draft::{ProxyDraft, Spanned};
use crate::keyword::{Keyword, Sections};

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[
    Keyword::proxy("maxconn", "<connections>", "client connections at once", "4.2", |proxy, args| {
        proxy.settings.maxconn = Some(count(args)?);
        Ok(())
    })
    .within(Sections::CLIENT_SIDE)
    .ignored_in(Sections::BACKEND),
    Keyword::proxy(
        "fullconn",
        "<connections>",
        "connections at which servers reach their maxconn",
        "4.2",
        |proxy, args| {
            proxy.settings.fullconn = Some(count(args)?);
            Ok(())
        },
    )
    .within(Sections::SERVER_SIDE)
    .ignored_in(Sections::FRONTEND),
    Keyword::proxy("backlog", "<connections>", "connections that wait to be accepted", "4.2", |proxy, args| {
        proxy.settings.backlog = Some(count(args)?);
        Ok(())
    })
    .within(Sections::CLIENT_SIDE)
    .ignored_in(Sections::BACKEND),
];

fn count(args: &mut Args<'_>) -> Parsed<Spanned<u32>> {
    let count = args.lenient_count("a number of connections")?;
    args.end()?;
    Ok(count)
}
