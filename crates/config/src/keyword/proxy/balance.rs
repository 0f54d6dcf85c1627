//! `balance` (configuration manual 4.2).

use burdock_balance::Algorithm;
use burdock_model::LogBalance;
use burdock_syntax::Parsed;

use crate::args::{Args, not_one_of};
use crate::draft::{HashTypeLine, ProxyDraft, Spanned};
use crate::keyword::{Keyword, Sections, not_yet};
use crate::known::{self, Class};

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[
    Keyword::proxy(
        "balance",
        "roundrobin|static-rr|random|sticky|log-hash <converters>",
        "how the next server is chosen",
        "4.2",
        parse,
    )
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
];

/// `hash-type {map-based|consistent} [<function> [avalanche]]`
fn hash_type(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let span = args.line_span();
    let is_consistent = args.choice("a method", &[("map-based", false), ("consistent", true)])?.value;
    const FUNCTIONS: [(&str, &str); 5] =
        [("sdbm", "sdbm"), ("djb2", "djb2"), ("wt6", "wt6"), ("crc32", "crc32"), ("none", "none")];
    let function = match args.peek() {
        Some(_) => args.choice("a hash function", &FUNCTIONS)?.value,
        None => "sdbm",
    };
    let avalanche = match args.peek() {
        Some(_) => args.choice("a modifier", &[("avalanche", true)])?.value,
        None => false,
    };
    args.lenient_end();
    proxy.settings.hash_type = Some(Spanned::new(HashTypeLine { is_consistent, function, avalanche }, span));
    Ok(())
}

fn parse(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let Some(word) = args.next() else {
        // Alone it means round robin.
        proxy.settings.balance = Some(Spanned::new(Algorithm::RoundRobin, args.name_span));
        return Ok(());
    };
    let name = word.display();
    if name == "log-hash" {
        let converters = args.required("a list of converters")?.clone();
        args.lenient_end();
        proxy.settings.log_balance = Some(Spanned::new(LogBalance::Hash, word.span()));
        proxy.settings.log_hash = Some(converters);
        proxy.settings.balance = None;
        return Ok(());
    }
    if name == "sticky" {
        args.lenient_end();
        proxy.settings.log_balance = Some(Spanned::new(LogBalance::Sticky, word.span()));
        proxy.settings.balance = None;
        return Ok(());
    }
    let algorithm = match name.as_ref() {
        "roundrobin" => Algorithm::RoundRobin,
        "static-rr" => Algorithm::StaticRoundRobin,
        // Two draws are what no `balance` line means too.
        "random" | "random(2)" => Algorithm::Random,
        _ => {
            let plain = name.split_once('(').map_or(name.as_ref(), |(plain, _)| plain);
            if known::is_known(&[Class::Balance], plain) {
                return Err(not_yet(&format!("balance {plain}"), word.span()));
            }
            return Err(not_one_of(word, "an algorithm", known::names(&[Class::Balance])));
        }
    };
    args.lenient_end();
    proxy.settings.balance = Some(Spanned::new(algorithm, word.span()));
    proxy.settings.log_balance = None;
    Ok(())
}
