//! What is kept of messages for log lines: `capture` and `declare capture`. Slots are numbered in the order of their lines, those that
//! rules declare among them.

use burdock_http::HeaderName;
use burdock_syntax::{Diagnostic, Parsed, Word};

use crate::args::{Args, leading_number, number_of};
use crate::draft::{CaptureLine, CookieCapture, ProxyDraft};
use crate::keyword::{Keyword, Sections};

const CLIENT_SIDE: Sections = Sections::FRONTEND.with(Sections::LISTEN);

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[
    Keyword::proxy(
        "capture request header",
        "<name> len <length>",
        "keeps the last line of a header of requests for the log",
        "4.2",
        |proxy, args| {
            let line = header(args)?;
            proxy.captures.request.push(line);
            Ok(())
        },
    )
    .within(CLIENT_SIDE)
    .ignored_in(Sections::BACKEND),
    Keyword::proxy(
        "capture response header",
        "<name> len <length>",
        "keeps the last line of a header of responses for the log",
        "4.2",
        |proxy, args| {
            let line = header(args)?;
            proxy.captures.response.push(line);
            Ok(())
        },
    )
    .within(CLIENT_SIDE)
    .ignored_in(Sections::BACKEND),
    Keyword::proxy(
        "capture cookie",
        "<name> len <length>",
        "keeps a cookie of requests and of responses for the log",
        "4.2",
        cookie,
    )
    .within(CLIENT_SIDE)
    .ignored_in(Sections::BACKEND),
    Keyword::proxy(
        "declare capture request",
        "len <length>",
        "declares a slot that rules fill with a text of a request",
        "4.2",
        |proxy, args| {
            let line = declared(args)?;
            proxy.captures.request.push(line);
            Ok(())
        },
    )
    .within(CLIENT_SIDE),
    Keyword::proxy(
        "declare capture response",
        "len <length>",
        "declares a slot that rules fill with a text of a response",
        "4.2",
        |proxy, args| {
            let line = declared(args)?;
            proxy.captures.response.push(line);
            Ok(())
        },
    )
    .within(CLIENT_SIDE),
];

/// The most bytes of a cookie that are kept (configuration manual 3.2 `tune.http.cookielen`).
const MAX_COOKIE_LENGTH: usize = 63;

fn header(args: &mut Args<'_>) -> Parsed<CaptureLine> {
    let span = args.line_span();
    let name = HeaderName::lenient(args.required("the name of a header")?.as_bytes());
    length_word(args)?;
    let length = args.lenient_count("a length")?.value as usize;
    args.end()?;
    Ok(CaptureLine { header: Some(name), length, span })
}

fn cookie(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let start = args.required("the name of a cookie")?.as_bytes().to_vec();
    length_word(args)?;
    let length = args.lenient_count("a length")?.value as usize;
    args.lenient_end();
    proxy.captures.cookie = Some(CookieCapture { start, length: length.min(MAX_COOKIE_LENGTH) });
    Ok(())
}

fn declared(args: &mut Args<'_>) -> Parsed<CaptureLine> {
    let span = args.line_span();
    length_word(args)?;
    let word = args.required("a length")?;
    let length = number_of(word, "a length", 1..=i64::from(i32::MAX))?.value as usize;
    args.lenient_end();
    Ok(CaptureLine { header: None, length, span })
}

fn length_word(args: &mut Args<'_>) -> Parsed<()> {
    if args.next_if("len").is_some() {
        return Ok(());
    }
    Err(match args.peek() {
        Some(word) => Diagnostic::error(format!("'len' is expected here, not '{word}'"))
            .code("bad-argument")
            .at(word.span(), "'len' and a length are expected"),
        None => args.missing("'len' and a length"),
    })
}

/// The slot that a rule declares for itself: `capture <expression> len <length>`. What is wrong with such a rule is said when it is
/// compiled.
pub(super) fn of_rule(words: &[Word]) -> Option<CaptureLine> {
    let [action, _, len, length, ..] = words else { return None };
    let length = (*action == *"capture" && *len == *"len").then(|| leading_number(length.as_bytes()))?;
    let length = usize::try_from(length).ok().filter(|length| *length > 0)?;
    Some(CaptureLine { header: None, length, span: action.span() })
}
