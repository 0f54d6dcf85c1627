//! Rules: `http-request`, `http-response`, `http-after-response`, `tcp-request`, `tcp-response`, and `redirect`. Kept as words here, compiled
//! when all names are known. And how long those on content may wait.

use burdock_rules::RuleSetKind;
use burdock_syntax::{Diagnostic, Parsed, Word};

use super::capture;
use crate::args::Args;
use crate::draft::{ProxyDraft, ProxyKind, RuleLine, RuleOrder, TimeoutName};
use crate::keyword::{Keyword, Sections};

const ARGUMENTS: &str = "<action> [<argument>…] [{if|unless} <condition>]";

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[
    Keyword::proxy("http-request", ARGUMENTS, "a rule for requests", "4.2", |proxy, args| {
        rule(proxy, args, RuleSetKind::HttpRequest)
    })
    .within(Sections::PROXY),
    Keyword::proxy("http-response", ARGUMENTS, "a rule for responses of servers", "4.2", |proxy, args| {
        rule(proxy, args, RuleSetKind::HttpResponse)
    })
    .within(Sections::PROXY),
    Keyword::proxy(
        "http-after-response",
        ARGUMENTS,
        "a rule for all responses, our own included",
        "4.2",
        |proxy, args| rule(proxy, args, RuleSetKind::HttpAfterResponse),
    )
    .within(Sections::PROXY),
    Keyword::proxy(
        "tcp-request connection",
        ARGUMENTS,
        "a rule for connections just accepted",
        "4.2",
        |proxy, args| rule(proxy, args, RuleSetKind::TcpRequestConnection),
    )
    .within(Sections::CLIENT_SIDE),
    Keyword::proxy(
        "tcp-request session",
        ARGUMENTS,
        "a rule for connections after their handshake",
        "4.2",
        |proxy, args| rule(proxy, args, RuleSetKind::TcpRequestSession),
    )
    .within(Sections::CLIENT_SIDE),
    Keyword::proxy("tcp-request content", ARGUMENTS, "a rule for what clients send", "4.2", |proxy, args| {
        rule(proxy, args, RuleSetKind::TcpRequestContent)
    })
    .within(Sections::PROXY),
    Keyword::proxy("tcp-response content", ARGUMENTS, "a rule for what servers send", "4.2", |proxy, args| {
        rule(proxy, args, RuleSetKind::TcpResponseContent)
    })
    .within(Sections::SERVER_SIDE),
    Keyword::proxy(
        "tcp-request inspect-delay",
        "<time>",
        "how long rules may wait for what clients send",
        "4.2",
        |proxy, args| inspect_delay(proxy, args, "tcp-request inspect-delay", TimeoutName::RequestInspection),
    )
    .within(Sections::PROXY),
    Keyword::proxy(
        "tcp-response inspect-delay",
        "<time>",
        "how long rules may wait for what servers send",
        "4.2",
        |proxy, args| inspect_delay(proxy, args, "tcp-response inspect-delay", TimeoutName::ResponseInspection),
    )
    .within(Sections::SERVER_SIDE),
    Keyword::proxy(
        "redirect",
        "{location|prefix|scheme} <format> [<argument>…] [{if|unless} <condition>]",
        "a rule for requests after all 'http-request' rules: sends the client elsewhere",
        "4.2",
        |proxy, args| {
            args.required("'location', 'prefix' or 'scheme'")?;
            let words = std::iter::once(Word::synthetic("redirect", args.name_span));
            let words = words.chain(args.all().iter().cloned()).collect();
            push(proxy, args, RuleSetKind::HttpRequest, RuleOrder::Last, words);
            Ok(())
        },
    )
    .within(Sections::FRONTEND.with(Sections::LISTEN).with(Sections::BACKEND)),
];

fn inspect_delay(proxy: &mut ProxyDraft, args: &mut Args<'_>, keyword: &str, name: TimeoutName) -> Parsed<()> {
    refuse_nameless_defaults(proxy, args, keyword)?;
    let time = args.checked_time_ms()?;
    args.end()?;
    proxy.settings.timeouts.set(name, time);
    Ok(())
}

fn refuse_nameless_defaults(proxy: &ProxyDraft, args: &Args<'_>, keyword: &str) -> Parsed<()> {
    if proxy.kind == ProxyKind::Defaults && proxy.name.is_none() {
        return Err(Diagnostic::error(format!("'{keyword}' is not allowed in a 'defaults' section without a name"))
            .code("misplaced")
            .at(args.name_span, "not allowed here")
            .help("give the section a name, and let others say 'from' it"));
    }
    Ok(())
}

/// Actions that have no place in `defaults` sections, and what to do instead.
const NOT_IN_DEFAULTS: &[(&str, &str)] = &[
    ("set-retries", "say 'retries' here, or this in the backends"),
    ("set-bandwidth-limit", "say it in the sections that have the limit"),
];

fn rule(proxy: &mut ProxyDraft, args: &mut Args<'_>, kind: RuleSetKind) -> Parsed<()> {
    refuse_nameless_defaults(proxy, args, kind.keyword())?;
    let action = args.required("an action")?;
    if proxy.kind == ProxyKind::Defaults
        && let Some((name, help)) = NOT_IN_DEFAULTS.iter().find(|(name, _)| *action == **name)
    {
        return Err(Diagnostic::error(format!("'{name}' is not allowed in 'defaults' sections"))
            .code("misplaced")
            .at(action.span(), "not allowed here")
            .help(*help));
    }
    // Slots of a defaults section's rules are those of every frontend that starts from it.
    if !kind.is_response() && (proxy.kind.has_frontend() || proxy.kind == ProxyKind::Defaults) {
        proxy.captures.request.extend(capture::of_rule(args.all()));
    }
    if kind == RuleSetKind::HttpRequest
        && let Some(later) = proxy.rules.iter().find(|line| line.order == RuleOrder::Last)
    {
        args.report(
            Diagnostic::warning("this rule comes before the 'redirect' rules that stand above it")
                .code("misleading-order")
                .at(args.name_span, "carried out before them")
                .also(later.span, "carried out after all 'http-request' rules"),
        );
    }
    let words = args.all().to_vec();
    push(proxy, args, kind, RuleOrder::Written, words);
    Ok(())
}

/// Keeps a rule as words: the action, its arguments, the condition.
pub(crate) fn push(proxy: &mut ProxyDraft, args: &Args<'_>, kind: RuleSetKind, order: RuleOrder, words: Vec<Word>) {
    proxy.rules.push(RuleLine { kind, order, span: args.line_span(), words, known_acls: proxy.acls.len() });
}
