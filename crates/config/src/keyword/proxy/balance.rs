//! `balance` (configuration manual 4.2).

use burdock_balance::{Affinity, Algorithm, HashFunction};
use burdock_model::{LogBalance, UriKey};
use burdock_syntax::{Diagnostic, Parsed, Word};

use crate::args::{Args, not_one_of};
use crate::draft::{HashTypeLine, KeyLine, ProxyDraft, Spanned};
use crate::keyword::{Keyword, Sections, not_yet};
use crate::known::{self, Class};

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[
    Keyword::proxy("balance", "<algorithm> [<argument>…]", "how the next server is chosen", "4.2", parse)
        .within(Sections::SERVER_SIDE)
        .ignored_in(Sections::FRONTEND),
    Keyword::proxy(
        "hash-type",
        "map-based|consistent [sdbm|djb2|wt6|crc32|none [avalanche]]",
        "how a key leads to a server",
        "4.2",
        hash_type,
    )
    .within(Sections::SERVER_SIDE)
    .ignored_in(Sections::FRONTEND),
    Keyword::proxy(
        "hash-balance-factor",
        "<percent>",
        "the most requests of a server, in percent of its share of all; 0: no limit",
        "4.2",
        load_percent,
    )
    .within(Sections::SERVER_SIDE)
    .ignored_in(Sections::FRONTEND),
    Keyword::proxy(
        "hash-preserve-affinity",
        "always|maxconn|maxqueue",
        "which busy servers keys of a ring still lead to",
        "4.2",
        |proxy, args| {
            let choices = [
                ("always", Affinity::Always),
                ("maxconn", Affinity::WithRoom),
                ("maxqueue", Affinity::WithRoomInQueue),
            ];
            proxy.settings.affinity = Some(args.choice("when keys lead past a server", &choices)?);
            args.end()
        },
    )
    .within(Sections::SERVER_SIDE),
];

fn load_percent(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    const LEAST: u32 = 101;
    let percent = args.lenient_count("a number of percent")?;
    if (1..LEAST).contains(&percent.value) {
        return Err(Diagnostic::error("'hash-balance-factor' must be 0 or greater than 100")
            .code("out-of-range")
            .at(percent.span, ""));
    }
    args.lenient_end();
    proxy.settings.load_percent = Some(percent);
    Ok(())
}

/// `hash-type {map-based|consistent} [<function> [avalanche]]`
fn hash_type(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let span = args.line_span();
    let is_consistent = args.choice("a method", &[("map-based", false), ("consistent", true)])?.value;
    let functions = HashFunction::ALL.map(|function| (function.name(), function));
    let (function, mut avalanche) = match args.peek() {
        Some(_) => (args.choice("a hash function", &functions)?.value, false),
        // Places on a ring need keys that are well spread.
        None => (HashFunction::default(), is_consistent),
    };
    if args.peek().is_some() {
        avalanche = args.choice("a modifier", &[("avalanche", true)])?.value;
    }
    args.lenient_end();
    proxy.settings.hash_type = Some(Spanned::new(HashTypeLine { is_consistent, function, avalanche }, span));
    Ok(())
}

/// `balance <algorithm> [<arguments>]`. Words behind the arguments of an algorithm are passed over where HAProxy does so.
fn parse(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let settings = &mut proxy.settings;
    let Some(word) = args.next() else {
        // Alone it means round robin.
        settings.balance = Some(Spanned::new(Algorithm::RoundRobin, args.name_span));
        return Ok(());
    };
    let name = word.display();
    if name == "log-hash" {
        let converters = args.required("a list of converters")?.clone();
        args.lenient_end();
        settings.log_balance = Some(Spanned::new(LogBalance::Hash, word.span()));
        settings.log_hash = Some(converters);
        settings.balance = None;
        return Ok(());
    }
    if name == "sticky" {
        args.lenient_end();
        settings.log_balance = Some(Spanned::new(LogBalance::Sticky, word.span()));
        settings.balance = None;
        return Ok(());
    }
    let (algorithm, draws, key) = algorithm(word, args)?;
    args.lenient_end();
    settings.balance = Some(Spanned::new(algorithm, word.span()));
    settings.draws = draws;
    settings.balance_key = key;
    settings.log_balance = None;
    Ok(())
}

fn algorithm(word: &Word, args: &mut Args<'_>) -> Parsed<(Algorithm, Option<u32>, Option<KeyLine>)> {
    let text = word.display();
    let (name, argument) = match text.split_once('(') {
        Some((name, rest)) => (name, Some(rest.strip_suffix(')').ok_or_else(|| unclosed(word))?)),
        None => (text.as_ref(), None),
    };
    let synthetic = |call: String| Word::synthetic(call.into_bytes(), word.span());
    let plain = |algorithm| Ok((algorithm, None, None));
    match (name, argument) {
        ("roundrobin", None) => plain(Algorithm::RoundRobin),
        ("static-rr", None) => plain(Algorithm::StaticRoundRobin),
        ("leastconn", None) => plain(Algorithm::LeastConnections),
        ("first", None) => plain(Algorithm::First),
        ("random", None | Some("")) => plain(Algorithm::Random),
        ("random", Some(draws)) => Ok((Algorithm::Random, Some(draw_count(draws, word)?), None)),
        ("source", None) => Ok((Algorithm::Source, None, Some(KeyLine::Source))),
        ("uri", None) => Ok((Algorithm::Uri, None, Some(KeyLine::Uri(uri_key(args)?)))),
        ("url_param", None) => {
            let parameter = args.required("the name of a parameter")?.clone();
            if let Some(modifier) = args.next() {
                if *modifier != *"check_post" {
                    return Err(not_one_of(modifier, "a modifier", ["check_post"]));
                }
                // What may follow, a wait, is passed over as in HAProxy.
                return Ok((Algorithm::UrlParameter, None, Some(KeyLine::Parameter(parameter, true))));
            }
            Ok((Algorithm::UrlParameter, None, Some(KeyLine::Parameter(parameter, false))))
        }
        ("hdr", Some(header)) => {
            let header = plain_name(header, word)?;
            let domain_only = match args.next() {
                None => false,
                Some(modifier) if *modifier == *"use_domain_only" => true,
                Some(modifier) => return Err(not_one_of(modifier, "a modifier", ["use_domain_only"])),
            };
            let key = KeyLine::Header(synthetic(format!("req.hdr({header},1)")), domain_only);
            Ok((Algorithm::Header, None, Some(key)))
        }
        ("hash", None) => {
            let expression = args.required("a sample expression")?.clone();
            args.end()?;
            Ok((Algorithm::Hash, None, Some(KeyLine::Sample(expression))))
        }
        ("rdp-cookie", name) => {
            let cookie = plain_name(name.unwrap_or("mstshash"), word)?;
            let key = KeyLine::Sample(synthetic(format!("req.rdp_cookie({cookie})")));
            Ok((Algorithm::RdpCookie, None, Some(key)))
        }
        ("hdr", None) => Err(Diagnostic::error("'hdr' lacks the name of a header field")
            .code("missing-argument")
            .at(word.span(), "")
            .help("write it in parentheses: 'hdr(host)'")),
        _ if known::is_known(&[Class::Balance], name) && argument.is_none() => {
            Err(not_yet(&format!("balance {name}"), word.span()))
        }
        _ => Err(not_one_of(word, "an algorithm", known::names(&[Class::Balance]))),
    }
}

/// The most servers that `balance random` draws for a request.
const MAX_DRAWS: u32 = 1024;

fn draw_count(text: &str, word: &Word) -> Parsed<u32> {
    text.parse().ok().filter(|draws| (1..=MAX_DRAWS).contains(draws)).ok_or_else(|| {
        Diagnostic::error(format!("the number of draws must lie between 1 and {MAX_DRAWS}"))
            .code("bad-argument")
            .at(word.span(), "")
    })
}

/// `[len <n>] [depth <n>] [whole] [path-only]`
fn uri_key(args: &mut Args<'_>) -> Parsed<UriKey> {
    let mut key = UriKey::default();
    while let Some(word) = args.next() {
        match word.display().as_ref() {
            "len" => key.length = args.number("a number of bytes", 1..=i64::from(u32::MAX))?.value as u32,
            "depth" => key.depth = args.number("a number of slashes", 1..=i64::from(u32::MAX))?.value as u32,
            "whole" => key.whole = true,
            "path-only" => key.path_only = true,
            _ => return Err(not_one_of(word, "a parameter", ["len", "depth", "whole", "path-only"])),
        }
    }
    Ok(key)
}

/// A name that can stand in parentheses as it is.
fn plain_name<'t>(name: &'t str, word: &Word) -> Parsed<&'t str> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"(),'\"\\".contains(&byte);
    if name.is_empty() {
        return Err(Diagnostic::error("a name is missing").code("missing-argument").at(word.span(), ""));
    }
    if !name.bytes().all(is_plain) {
        return Err(Diagnostic::error(format!("'{name}' cannot be such a name"))
            .code("bad-argument")
            .at(word.span(), "letters, digits and punctuation but for commas, quotes and parentheses are possible"));
    }
    Ok(name)
}

fn unclosed(word: &Word) -> Diagnostic {
    Diagnostic::error("a closing parenthesis is missing").code("bad-argument").at(word.span(), "")
}
