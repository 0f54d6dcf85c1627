//! Requests that ask whether the proxy is well: `monitor-uri`, `monitor fail` (configuration manual 4.2).

use burdock_syntax::Parsed;

use crate::args::Args;
use crate::draft::{ConditionLine, ProxyDraft, Spanned};
use crate::keyword::{Keyword, Sections, condition};

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[
    Keyword::proxy("monitor-uri", "<uri>", "a URI whose requests are answered by the proxy itself", "4.2", uri)
        .within(Sections::CLIENT_SIDE)
        .ignored_in(Sections::BACKEND),
    Keyword::proxy("monitor fail", "{if|unless} <condition>", "when that answer is a 503", "4.2", fail)
        .within(Sections::FRONTEND.with(Sections::LISTEN))
        .ignored_in(Sections::BACKEND),
];

fn uri(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let uri = args.bytes("a URI")?;
    args.end()?;
    proxy.settings.monitor_uri = Some(Spanned::new(uri.value, uri.span));
    Ok(())
}

fn fail(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let condition = condition::required(args)?;
    proxy.monitor_fail.push(ConditionLine { condition, known_acls: proxy.acls.len() });
    Ok(())
}
