//! `server` and `default-server` (configuration manual 4.2).

use std::ops::RangeInclusive;

use burdock_base::limit::MAX_SERVERS;
use burdock_resolve::HostName;
use burdock_syntax::{Diagnostic, Parsed, Severity, Span, Word};

use crate::address;
use crate::args::Args;
use crate::draft::{HostPart, PortPart, ProxyDraft, ServerDraft, ServerOptions, Spanned, Written};
use crate::keyword::{Keyword, Sections, log, not_yet, server, unsupported};

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[
    Keyword::proxy("server", "<name> <address>[:<port>] [<option>…]", "a server of the backend", "4.2", parse)
        .within(Sections::LISTEN.with(Sections::BACKEND)),
    Keyword::proxy(
        "server-template",
        "<prefix> {<number>|<first>-<last>} <address>[:<port>] [<option>…]",
        "servers that differ in the number at the end of their names alone",
        "4.2",
        template,
    )
    .within(Sections::LISTEN.with(Sections::BACKEND)),
    Keyword::proxy("default-server", "<option>…", "options of the servers that follow", "4.2", default_server)
        .within(Sections::SERVER_SIDE),
];

fn parse(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    proxy.servers.push(read(args, proxy.settings.default_server.clone())?);
    Ok(())
}

fn template(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let prefix = name(args.required("a prefix, a number and an address")?)?;
    let numbers = numbers(args.required("how many servers there are")?)?;
    let model = described(args, prefix.clone(), proxy.settings.default_server.clone())?;
    for (at, number) in numbers.enumerate() {
        let mut server = model.clone();
        server.name = prefix.clone().map(|prefix| format!("{prefix}{number}"));
        // A number of its own can be that of one server alone.
        server.options.id = server.options.id.filter(|_| at == 0);
        proxy.servers.push(server);
    }
    Ok(())
}

/// `3` for one to three, or `2-5`.
fn numbers(word: &Word) -> Parsed<RangeInclusive<u32>> {
    let text = word.to_str()?;
    let (first, last) = text.split_once('-').unwrap_or(("1", text));
    let numbers = first.parse::<u32>().ok().zip(last.parse::<u32>().ok());
    let numbers = numbers.filter(|(first, last)| first <= last && ((last - first) as usize) < MAX_SERVERS);
    numbers.map(|(first, last)| first..=last).ok_or_else(|| {
        Diagnostic::error(format!("'{word}' is no number of servers"))
            .code("bad-value")
            .at(word.span(), "a number is expected, or the first and the last one: '2-5'")
            .note(format!("a section may have {MAX_SERVERS} servers"))
    })
}

/// Reads a `server` line. `options`: what it starts with.
pub(crate) fn read(args: &mut Args<'_>, options: ServerOptions) -> Parsed<ServerDraft> {
    let name = name(args.required("a name and an address")?)?;
    described(args, name, options)
}

/// Reads what follows a server's name.
fn described(args: &mut Args<'_>, name: Spanned<String>, mut options: ServerOptions) -> Parsed<ServerDraft> {
    let span = args.line_span();
    let address = match args.peek() {
        Some(word) if !word.is_empty() && !server::OPTIONS.knows(word) => {
            args.next();
            server_address(word, args)
        }
        next => {
            // `server A cookie SA check`: the address was left out, what follows are options.
            let following = next.filter(|word| !word.is_empty()).map(Word::span);
            Err(no_address(&name, args.here(), following))
        }
    };
    server::OPTIONS.run(&mut options, args);
    let (address, is_datagram) = address?;
    if let Written::Ip { host: HostPart::Name(host, _), .. } = &address.value
        && options.resolution.section.is_some()
        && HostName::parse(host.as_bytes()).is_some_and(|host| host.is_service())
    {
        return Err(unsupported("servers from SRV records are", address.span));
    }
    Ok(ServerDraft { name, address, is_datagram, options, span })
}

fn no_address(name: &Spanned<String>, here: Span, following: Option<Span>) -> Diagnostic {
    let fault = Diagnostic::error(format!("server '{}' has no address", name.value)).code("missing-address");
    let fault = match following {
        Some(option) => fault.at(option, "an address belongs before this option"),
        None => fault.at(here, "an address is missing here"),
    };
    fault
        .note("requests are sent to an address: an IP address or host name and a port, or the path of a Unix socket")
        .replace(here, format!(" {EXAMPLE_ADDRESS}"), "put the server's address behind its name")
}

/// Shown where an address is missing: a documentation address (RFC 5737), which leads nowhere.
const EXAMPLE_ADDRESS: &str = "192.0.2.10:80";

/// A name as logs and the runtime API can show it.
fn name(word: &Word) -> Parsed<Spanned<String>> {
    let text = word.to_str()?;
    match text.char_indices().find(|(_, c)| !is_name_character(*c)) {
        None => Ok(Spanned::new(text.to_owned(), word.span())),
        Some((at, c)) => Err(Diagnostic::error(format!("a server's name cannot hold '{}'", c.escape_default()))
            .code("bad-name")
            .at(word.span_of(at..at + c.len_utf8()), "letters, digits, '-', '_', '.' and ':' are possible")),
    }
}

/// Characters of the names of sections and servers.
pub const fn is_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':')
}

/// The address, and whether it is one for datagrams.
fn server_address(word: &Word, args: &Args<'_>) -> Parsed<(Spanned<Written>, bool)> {
    let bad = |message: &str| {
        Err(Diagnostic::error(message).code("bad-address").at(word.span(), "not possible for a server"))
    };
    let datagram = log::datagram_form(word);
    match address::parse(datagram.as_ref().unwrap_or(word), args.context.environment)? {
        Written::Ip { port: PortPart::Range(..), .. } => bad("a server has one port"),
        Written::Descriptor(_) => bad("a descriptor cannot be connected to"),
        written => Ok((Spanned::new(written, word.span()), datagram.is_some())),
    }
}

fn default_server(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    if let Some(word) = args.peek()
        && (*word == *"name" || *word == *"from")
    {
        return Err(not_yet(&format!("default-server {word}"), word.span()));
    }
    if args.peek().is_none() {
        args.report(args.missing("an option").with_severity(Severity::Advice));
    }
    proxy.settings.default_server.has_defaults = true;
    server::OPTIONS.run(&mut proxy.settings.default_server, args);
    Ok(())
}
