//! `filter` (configuration manual 4.2 and 9): what stands between the two sides of a stream. Bandwidth limits (9.7) and FastCGI applications
//! (9.5) are the only ones yet.

use burdock_syntax::units::TimeUnit;
use burdock_syntax::{Diagnostic, Parsed, Span, Word};
use burdock_txn::bandwidth::Direction;

use super::routing;
use crate::args::{Args, not_one_of};
use crate::draft::{BandwidthFilterLine, ProxyDraft, Spanned};
use crate::keyword::{Keyword, Sections, not_yet, unsupported};
use crate::known::{self, Class};

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[Keyword::proxy(
    "filter",
    "{{bwlim-in|bwlim-out} <name> default-limit <size> default-period <time> [min-size <size>]|fcgi-app <name>}",
    "a limit of the pace at which payload moves, for rules to put in force; or what 'use-fcgi-app' says",
    "9.7",
    filter,
)
.within(Sections::FRONTEND.with(Sections::LISTEN).with(Sections::BACKEND))];

fn filter(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let word = args.required("the name of a filter")?;
    match word.as_bytes() {
        b"bwlim-in" => bandwidth(proxy, args, Direction::Upload),
        b"bwlim-out" => bandwidth(proxy, args, Direction::Download),
        b"fcgi-app" => routing::use_fcgi_app(proxy, args),
        _ if known::is_known(&[Class::Filter], &word.display()) => {
            Err(not_yet(&format!("filter {}", word.display()), word.span()))
        }
        _ => Err(not_one_of(word, "a filter", ["bwlim-in", "bwlim-out", "fcgi-app"])),
    }
}

fn bandwidth(proxy: &mut ProxyDraft, args: &mut Args<'_>, direction: Direction) -> Parsed<()> {
    let name = args.text("the name of the limit")?;
    let (mut bytes, mut period_ms, mut at_least) = (None, None, None);
    while let Some(word) = args.next() {
        match word.as_bytes() {
            b"default-limit" => bytes = Some(size(args)?),
            b"default-period" => period_ms = Some(period(args)?),
            b"min-size" => at_least = Some(size(args)?),
            b"limit" | b"key" | b"table" => return Err(shared(word)),
            _ => return Err(not_one_of(word, "an option", ["default-limit", "default-period", "min-size"])),
        }
    }
    let set = |value: Option<u32>, what: &str| value.filter(|value| *value > 0).ok_or_else(|| args.missing(what));
    let bytes = set(bytes, "'default-limit' and a size above zero")?;
    let period_ms = set(period_ms, "'default-period' and a time above zero")?;
    if let Some(known) = proxy.bandwidth_filters.iter().find(|known| known.name.value == name.value) {
        return Err(said_twice(&name, known.name.span, proxy));
    }
    let at_least = at_least.unwrap_or(0);
    proxy.bandwidth_filters.push(BandwidthFilterLine { name, direction, bytes, period_ms, at_least });
    Ok(())
}

fn size(args: &mut Args<'_>) -> Parsed<u32> {
    let size = args.size(0..=u64::from(u32::MAX))?;
    Ok(u32::try_from(size.value).unwrap_or(u32::MAX))
}

fn period(args: &mut Args<'_>) -> Parsed<u32> {
    let time = args.time(TimeUnit::Millisecond)?;
    Ok(u32::try_from(time.value.ms()).unwrap_or(u32::MAX))
}

/// The form whose streams share a limit.
fn shared(word: &Word) -> Diagnostic {
    unsupported("limits that streams share ('limit', 'key', 'table') are", word.span())
        .note("what moves is not counted in stick tables while it moves, only when the request ends")
        .help("a limit of each stream has 'default-limit' and 'default-period'")
}

fn said_twice(name: &Spanned<String>, first: Span, proxy: &ProxyDraft) -> Diagnostic {
    Diagnostic::error(format!("'{}' has a bandwidth limit '{}' already", proxy.display_name(), name.value))
        .code("duplicate-name")
        .at(name.span, "given again")
        .also(first, "given here")
}
