//! Answers of the proxy's own: `errorfile`, `errorfiles`, `errorloc`, `errorloc302`, `errorloc303`, `http-error` (configuration manual 4.2).

use std::path::Path;
use std::sync::Arc;

use burdock_http::reply::RedirectStatus;
use burdock_http::{KnownHeader, Reply};
use burdock_rules::reply as wording;
use burdock_syntax::{Diagnostic, Parsed, Word};

use crate::args::{Args, number_of};
use crate::draft::{ErrorLine, ProxyDraft, Spanned};
use crate::keyword::{Keyword, Sections};

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[
    Keyword::proxy(
        "errorfile",
        "<status> <file>",
        "a file with the whole answer for a status",
        "4.2",
        |proxy, args| {
            let (status, reply) = status_and_file(args)?;
            keep(proxy, args, ErrorLine::Ready(status, reply));
            Ok(())
        },
    )
    .within(Sections::PROXY),
    Keyword::proxy(
        "errorfiles",
        "<name> [<status>…]",
        "takes answers from an 'http-errors' section",
        "4.2",
        errorfiles,
    )
    .within(Sections::PROXY),
    Keyword::proxy("errorloc", LOCATION, "answers a status with a redirection", "4.2", |proxy, args| {
        errorloc(proxy, args, RedirectStatus::Found)
    })
    .within(Sections::PROXY),
    Keyword::proxy("errorloc302", LOCATION, "answers a status with a redirection", "4.2", |proxy, args| {
        errorloc(proxy, args, RedirectStatus::Found)
    })
    .within(Sections::PROXY),
    Keyword::proxy("errorloc303", LOCATION, "answers a status with a redirection to be got", "4.2", |proxy, args| {
        errorloc(proxy, args, RedirectStatus::SeeOther)
    })
    .within(Sections::PROXY),
    Keyword::proxy("http-error", wording::USAGE, "the answer for a status, from parts", "4.2", |proxy, args| {
        args.required("'status'")?;
        let name = Word::synthetic("http-error", args.name_span);
        let words = args.all().to_vec();
        keep(proxy, args, ErrorLine::Composed(name, words));
        Ok(())
    })
    .within(Sections::PROXY),
];

const LOCATION: &str = "<status> <url>";

fn keep(proxy: &mut ProxyDraft, args: &Args<'_>, line: ErrorLine) {
    proxy.settings.error_lines.push(Spanned::new(line, args.line_span()));
}

/// A status that the proxies answer with.
fn status(word: &Word) -> Parsed<u16> {
    let status = number_of(word, "a status", 100..=599)?.value as u16;
    wording::require_page(status, word)?;
    Ok(status)
}

/// The arguments of `errorfile`: a status and the answer in a file.
pub(crate) fn status_and_file(args: &mut Args<'_>) -> Parsed<(u16, Option<Arc<Reply>>)> {
    let status = status(args.required("a status")?)?;
    let path = args.path("the name of a file")?;
    args.end()?;
    let located = args.located(&path.value);
    if located == Path::new("/dev/null") {
        return Ok((status, None));
    }
    let text = args.context.host.read(&located).map_err(|fault| {
        Diagnostic::error(format!("'{}' cannot be read", located.display()))
            .code("bad-errorfile")
            .at(path.span, fault.to_string())
    })?;
    let name = Word::synthetic(located.display().to_string(), path.span);
    Ok((status, wording::whole_response(&text, &name)?))
}

fn errorfiles(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let section = args.required("the name of an 'http-errors' section")?.clone();
    let mut statuses = Vec::new();
    while let Some(word) = args.next() {
        statuses.push(status(word)?);
    }
    keep(proxy, args, ErrorLine::Section(section, statuses));
    Ok(())
}

fn errorloc(proxy: &mut ProxyDraft, args: &mut Args<'_>, redirect: RedirectStatus) -> Parsed<()> {
    let status = status(args.required("a status")?)?;
    let url = args.required("a URL")?;
    args.end()?;
    let location = Reply::builder(redirect.code()).header(b"cache-control", b"no-cache").and_then(|builder| {
        let mut reply = builder.empty()?;
        reply.head.headers.append_known(KnownHeader::Location, url.as_bytes())?;
        Ok(reply)
    });
    let reply = location
        .map_err(|_| Diagnostic::error("this cannot stand in a header").code("bad-value").at(url.span(), "no URL"))?;
    keep(proxy, args, ErrorLine::Ready(status, Some(Arc::new(reply))));
    Ok(())
}
