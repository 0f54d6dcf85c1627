//! Keywords of `log-forward` sections (configuration manual 12.6).

use burdock_model::HostStrategy;
use burdock_syntax::{Diagnostic, Parsed, Word};

use super::proxy::bind_line;
use super::{Keyword, Sections, bind, log};
use crate::args::{Args, Prefix};
use crate::draft::{BindDraft, BindOptions, LogForwardDraft, Set, Spanned, Written};

pub(super) const KEYWORDS: &[Keyword<LogForwardDraft>] = &[
    keyword(
        "backlog",
        "<connections>",
        "connections that the kernel keeps until they are accepted",
        |section, args| {
            section.backlog = Some(args.number("a number of connections", 0..=i64::from(i32::MAX))?.map(|n| n as u32));
            args.end()
        },
    ),
    keyword("bind", "<address>:<port>[,…] [<option>…]", "an address to accept connections on", |section, args| {
        let span = args.line_span();
        let word = args.required("an address")?;
        let addresses = match is_datagram(word) {
            true => return Err(wrong_kind(word, "datagrams are received by 'dgram-bind'")),
            false => bind_line::addresses(word, args),
        };
        let mut options = BindOptions::default();
        bind::OPTIONS.run(&mut options, args);
        section.binds.push(BindDraft { addresses, options, span });
        Ok(())
    }),
    keyword(
        "dgram-bind",
        "<address>:<port>[,…] [<option>…]",
        "an address to receive datagrams on",
        |section, args| {
            let span = args.line_span();
            let addresses = datagram_addresses(args)?;
            let mut options = BindOptions::default();
            bind::OPTIONS.run(&mut options, args);
            section.datagram_binds.push(BindDraft { addresses, options, span });
            Ok(())
        },
    ),
    keyword("log", log::USAGE, "where messages go; 'log global': where the global section says", |section, args| {
        log::parse(&mut section.log, args)
    })
    .deniable(),
    keyword("maxconn", "<connections>", "connections at once", |section, args| {
        section.maxconn = Some(args.number("a number of connections", 0..=i64::from(i32::MAX))?.map(|n| n as u32));
        args.end()
    }),
    keyword("timeout client", "<time>", "how long a connection may be silent", |section, args| {
        section.client_timeout_ms = Some(args.checked_time_ms()?);
        args.end()
    }),
    keyword("option assume-rfc6587-ntf", "", "on streams a line end ends each message", |section, args| {
        switch(&mut section.assume_lines, args)
    })
    .negatable(),
    keyword("option dont-parse-log", "", "messages are passed on as they come", |section, args| {
        switch(&mut section.dont_parse, args)
    })
    .negatable(),
    keyword("option host", "replace|fill|keep|append", "which host passed-on messages show", |section, args| {
        section.host = Some(args.choice("a strategy", &STRATEGIES)?);
        args.end()
    }),
];

const STRATEGIES: [(&str, HostStrategy); 4] = [
    ("replace", HostStrategy::Replace),
    ("fill", HostStrategy::Fill),
    ("keep", HostStrategy::Keep),
    ("append", HostStrategy::Append),
];

const fn keyword(
    name: &'static str,
    arguments: &'static str,
    summary: &'static str,
    parse: fn(&mut LogForwardDraft, &mut Args<'_>) -> Parsed<()>,
) -> Keyword<LogForwardDraft> {
    Keyword::new(name, arguments, summary, "12.6", parse).within(Sections::LOG_FORWARD)
}

fn switch(setting: &mut Set<bool>, args: &mut Args<'_>) -> Parsed<()> {
    args.end()?;
    *setting = match args.prefix {
        Prefix::None => Some(Spanned::new(true, args.name_span)),
        Prefix::No => Some(Spanned::new(false, args.name_span)),
        Prefix::Default => None,
    };
    Ok(())
}

/// The addresses of a `dgram-bind` line. A stream's prefix is a fault; none is needed for datagrams.
fn datagram_addresses(args: &mut Args<'_>) -> Parsed<Vec<Spanned<Written>>> {
    let word = args.required("an address")?;
    let text = word.display();
    if log::STREAM_PREFIXES.iter().any(|prefix| text.starts_with(prefix)) {
        return Err(wrong_kind(word, "connections are accepted by 'bind'"));
    }
    let plain = log::datagram_form(word);
    Ok(bind_line::addresses(plain.as_ref().unwrap_or(word), args))
}

fn is_datagram(word: &Word) -> bool {
    log::datagram_form(word).is_some()
}

fn wrong_kind(word: &Word, help: &'static str) -> Diagnostic {
    Diagnostic::error(format!("'{word}' is not possible here")).code("bad-address").at(word.span(), help)
}
