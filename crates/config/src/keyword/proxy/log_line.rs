//! `log`, `log-tag`, formats of log lines and when they are written (configuration manual 4.2).

use burdock_model::{LineFormat, LogSteps};
use burdock_sample::Origin;
use burdock_syntax::{Diagnostic, Parsed, Word};

use crate::args::{Args, not_one_of};
use crate::draft::{ProxyDraft, ProxyKind, Spanned};
use crate::keyword::{Keyword, Sections, log};

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[
    Keyword::proxy(
        "log",
        log::USAGE,
        "where log lines go; 'log global': where the global section says",
        "4.2",
        |proxy, args| log::parse(&mut proxy.settings.log, args),
    )
    .within(Sections::PROXY)
    .deniable(),
    Keyword::proxy("log-tag", "<text>", "the program name in log lines", "4.2", |proxy, args| {
        let tag = args.text("a text")?;
        args.lenient_end();
        proxy.settings.log_tag = Some(tag);
        Ok(())
    })
    .within(Sections::PROXY),
    Keyword::proxy("log-format", "<format>", "what traffic lines say", "4.2", |proxy, args| {
        let Some(format) = format(proxy, args)? else { return Ok(()) };
        proxy.settings.line_format = Some(Spanned::new(LineFormat::Custom, args.name_span));
        proxy.settings.log_format = Some(format);
        Ok(())
    })
    .within(Sections::PROXY),
    Keyword::proxy(
        "log-format-sd",
        "<format>",
        "structured data of RFC 5424 in traffic lines",
        "4.2",
        |proxy, args| {
            if let Some(format) = format(proxy, args)? {
                proxy.settings.log_format_sd = Some(format);
            }
            Ok(())
        },
    )
    .within(Sections::PROXY),
    Keyword::proxy(
        "error-log-format",
        "<format>",
        "what lines about connections say that never brought a request",
        "4.2",
        |proxy, args| {
            if let Some(format) = format(proxy, args)? {
                proxy.settings.error_log_format = Some(format);
            }
            Ok(())
        },
    )
    .within(Sections::PROXY),
    Keyword::proxy("log-steps", "<step>[,…]|all", "when traffic lines are written", "4.2", log_steps)
        .within(Sections::PROXY),
];

/// The format of a line; none in a section where it has no effect.
fn format(proxy: &ProxyDraft, args: &mut Args<'_>) -> Parsed<Option<Word>> {
    let word = args.required("a format")?.clone();
    if let Some(excess) = args.peek() {
        return Err(Diagnostic::error(format!("'{}' takes one argument", args.name))
            .code("excess-argument")
            .at(excess.span(), "this is another one")
            .help("blanks within a format must be quoted"));
    }
    Ok(has_traffic(proxy, args).then_some(word))
}

fn log_steps(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    // HAProxy takes a line without steps for none.
    if args.peek().is_none() {
        return Ok(());
    }
    let word = args.required("steps")?;
    args.lenient_end();
    let mut steps = LogSteps::NONE;
    if *word == *"all" {
        steps = LogSteps::ALL;
    } else {
        for name in word.to_str()?.split(',').filter(|name| !name.is_empty()) {
            match Origin::STEPS.iter().find(|(known, _)| *known == name) {
                Some((_, step)) => steps = steps.with(*step),
                None => return Err(not_one_of(word, "'all', or steps", Origin::STEPS.iter().map(|(name, _)| *name))),
            }
        }
    }
    if has_traffic(proxy, args) {
        proxy.settings.log_steps = Some(Spanned::new(steps, args.name_span));
    }
    Ok(())
}

/// A backend has no traffic lines of its own; HAProxy warns.
pub(crate) fn has_traffic(proxy: &ProxyDraft, args: &mut Args<'_>) -> bool {
    let has = proxy.kind != ProxyKind::Backend;
    if !has {
        args.report(
            Diagnostic::warning(format!("'{}' has no effect in a 'backend' section", args.name))
                .code("no-effect-here")
                .at(args.name_span, "ignored")
                .note("traffic is logged by the frontend that received it"),
        );
    }
    has
}
