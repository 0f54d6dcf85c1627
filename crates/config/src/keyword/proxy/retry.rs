//! What is done when a server fails, and with connections that are left: `retries`, `retry-on`, `http-reuse`, `source`.

use burdock_model::{RetryOn, ReuseMode};
use burdock_syntax::{Diagnostic, Parsed, Word};

use crate::args::{Args, not_one_of};
use crate::draft::{ProxyDraft, Spanned};
use crate::keyword::server::{PortRanges, SOURCE_USAGE, source};
use crate::keyword::{Keyword, Sections};
use crate::known::{self, Class};

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[
    Keyword::proxy("retries", "<count>", "attempts to reach a server after the first", "4.2", |proxy, args| {
        let count = args.lenient_count("a number of attempts")?;
        args.end()?;
        proxy.settings.retries = Some(count);
        Ok(())
    })
    .within(Sections::SERVER_SIDE)
    .ignored_in(Sections::FRONTEND),
    Keyword::proxy(
        "retry-on",
        "{<event>|<status>}…",
        "failures after which a request is sent again",
        "4.2",
        |proxy, args| {
            proxy.settings.retry_on = Some(retry_on(args)?);
            Ok(())
        },
    )
    .within(Sections::SERVER_SIDE),
    Keyword::proxy(
        "http-reuse",
        "never|safe|aggressive|always",
        "who may use an idle connection",
        "4.2",
        |proxy, args| {
            const MODES: [(&str, ReuseMode); 4] = [
                ("never", ReuseMode::Never),
                ("safe", ReuseMode::Safe),
                ("aggressive", ReuseMode::Aggressive),
                ("always", ReuseMode::Always),
            ];
            let mode = args.choice("a strategy", &MODES)?;
            args.end()?;
            proxy.settings.reuse = Some(mode);
            Ok(())
        },
    )
    .within(Sections::SERVER_SIDE)
    .ignored_in(Sections::FRONTEND),
    Keyword::proxy(
        "source",
        SOURCE_USAGE,
        "the address that connections to servers come from",
        "4.2",
        |proxy, args| {
            let source = source(args, PortRanges::Refused)?;
            args.end()?;
            proxy.settings.source = Some(source);
            Ok(())
        },
    )
    .within(Sections::SERVER_SIDE)
    .ignored_in(Sections::FRONTEND),
];

fn retry_on(args: &mut Args<'_>) -> Parsed<Spanned<RetryOn>> {
    if args.peek().is_none() {
        return Err(args.missing("an event or a status"));
    }
    let span = args.line_span();
    let nothing = RetryOn { conn_failure: false, ..RetryOn::default() };
    let mut events = nothing.clone();
    while let Some(word) = args.next() {
        match word.display().as_ref() {
            "none" if args.all().len() == 1 => return Ok(Spanned::new(nothing, span)),
            "none" => {
                return Err(Diagnostic::error("'none' stands alone: it takes back all events")
                    .code("conflict")
                    .at(word.span(), "not beside others"));
            }
            name => retry_event(&mut events, name, word)?,
        }
    }
    events.statuses.sort_unstable();
    events.statuses.dedup();
    Ok(Spanned::new(events, span))
}

fn retry_event(events: &mut RetryOn, name: &str, word: &Word) -> Parsed<()> {
    match name {
        "conn-failure" => events.conn_failure = true,
        "empty-response" => events.empty_response = true,
        "junk-response" => events.junk_response = true,
        "response-timeout" => events.response_timeout = true,
        "all-retryable-errors" => {
            events.conn_failure = true;
            events.empty_response = true;
            events.junk_response = true;
            events.response_timeout = true;
            events.early_rejected = true;
            events.statuses.extend([500, 502, 503, 504]);
        }
        "0rtt-rejected" => events.early_rejected = true,
        status => match status.parse::<u16>() {
            Ok(status) if RETRYABLE_STATUSES.contains(&status) => events.statuses.push(status),
            _ => return Err(not_one_of(word, "an event or a status", known::names(&[Class::RetryOn]))),
        },
    }
    Ok(())
}

/// Statuses that `retry-on` accepts (configuration manual 4.2).
const RETRYABLE_STATUSES: [u16; 12] = [401, 403, 404, 408, 421, 425, 429, 500, 501, 502, 503, 504];
