//! Stick tables: `stick-table` (configuration manual 11.1), and persistence by them: `stick on`, `stick match`, `stick store-request`,
//! `stick store-response`.

use burdock_model::StickKind;
use burdock_state::table::{DataType, Form, KeyType, Layout, MAX_ARRAY, ServerKey};
use burdock_syntax::units::{self, TimeUnit};
use burdock_syntax::{Diagnostic, Parsed, Word};

use crate::args::{Args, not_one_of};
use crate::draft::{ProxyDraft, StickLine, TableLine};
use crate::keyword::{Keyword, Sections, condition, unsupported};

const SERVER_SIDE: Sections = Sections::LISTEN.with(Sections::BACKEND);
const ARGUMENTS: &str = "<key> [table <table>] [{if|unless} <condition>]";

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[
    Keyword::proxy(
        "stick-table",
        "type <type> [len <length>] size <size> [expire <time>] [nopurge] [srvkey {name|addr}] [store <data>,…] \
         [brates-factor <factor>]",
        "what is known of keys, such as addresses of clients, for a time",
        "11.1",
        table,
    )
    .within(Sections::FRONTEND.with(SERVER_SIDE)),
    Keyword::proxy("stick on", ARGUMENTS, "requests with the same key go to the same server", "4.2", |proxy, args| {
        stick(proxy, args, StickKind::On)
    })
    .within(SERVER_SIDE)
    .ignored_in(Sections::FRONTEND),
    Keyword::proxy(
        "stick match",
        ARGUMENTS,
        "requests whose key a stick table knows go to its server",
        "4.2",
        |proxy, args| stick(proxy, args, StickKind::Match),
    )
    .within(SERVER_SIDE)
    .ignored_in(Sections::FRONTEND),
    Keyword::proxy(
        "stick store-request",
        ARGUMENTS,
        "the server of a request is taken down in a stick table",
        "4.2",
        |proxy, args| stick(proxy, args, StickKind::StoreRequest),
    )
    .within(SERVER_SIDE)
    .ignored_in(Sections::FRONTEND),
    Keyword::proxy(
        "stick store-response",
        ARGUMENTS,
        "the server of a response is taken down in a stick table",
        "4.2",
        |proxy, args| stick(proxy, args, StickKind::StoreResponse),
    )
    .within(SERVER_SIDE)
    .ignored_in(Sections::FRONTEND),
];

fn stick(proxy: &mut ProxyDraft, args: &mut Args<'_>, kind: StickKind) -> Parsed<()> {
    let key = args.required("a sample expression")?.clone();
    let table = match args.next_if("table") {
        Some(_) => Some(args.required("the name of a stick table")?.clone()),
        None => None,
    };
    let condition = condition::optional(args);
    let keyword = Word::synthetic(args.name.as_str(), args.name_span);
    proxy.sticks.push(StickLine { kind, key, table, keyword, condition, known_acls: proxy.acls.len() });
    Ok(())
}

fn table(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    if let Some(known) = &proxy.table {
        return Err(Diagnostic::error(format!("'{}' has a stick table already", proxy.display_name()))
            .code("duplicate-name")
            .at(args.name_span, "a second one")
            .also(known.span, "the first one")
            .help("declare it in a 'backend' section of its own, and name it with 'table'"));
    }
    let (mut key, mut size, mut expire_ms, mut no_purge) = (None, None, None, false);
    let (mut server_key, mut bytes_factor, mut layout) = (ServerKey::Name, 1, Layout::default());
    while let Some(word) = args.next() {
        match word.as_bytes() {
            b"type" => key = Some(key_type(args)?),
            b"size" => size = Some(args.size(0..=u64::from(u32::MAX))?.value).filter(|size| *size > 0),
            b"expire" => expire_ms = Some(args.checked_time_ms()?.value).filter(|ms| *ms > 0),
            b"nopurge" => no_purge = true,
            b"srvkey" => {
                let choices = [("name", ServerKey::Name), ("addr", ServerKey::Address)];
                server_key = args.choice("what servers are recognised by", &choices)?.value;
            }
            b"brates-factor" => bytes_factor = args.number("a factor", 1..=1024)?.value as u32,
            b"store" => store(args, &mut layout)?,
            b"peers" | b"recv-only" | b"write-to" => {
                let fault = unsupported(&format!("'{word}' of stick tables is"), word.span());
                return Err(fault.note("tables cannot be shared with other processes yet: there are no peers"));
            }
            _ => {
                let options = ["type", "size", "expire", "nopurge", "srvkey", "brates-factor", "store"];
                return Err(not_one_of(word, "an option", options));
            }
        }
    }
    let key = key.ok_or_else(|| args.missing("'type' and what its keys are"))?;
    let size = size.ok_or_else(|| args.missing("'size' and a number of entries above zero"))? as usize;
    let span = args.line_span();
    proxy.table = Some(TableLine { key, size, expire_ms, no_purge, server_key, bytes_factor, layout, span });
    Ok(())
}

fn key_type(args: &mut Args<'_>) -> Parsed<KeyType> {
    let word = args.required("what the keys of the table are")?;
    Ok(match word.as_bytes() {
        b"ip" | b"ipv4" => KeyType::Ipv4,
        b"ipv6" => KeyType::Ipv6,
        b"integer" => KeyType::Integer,
        b"string" => KeyType::Text(length(args)?),
        b"binary" => KeyType::Binary(length(args)?),
        _ => return Err(not_one_of(word, "a type of keys", ["ip", "ipv4", "ipv6", "integer", "string", "binary"])),
    })
}

fn length(args: &mut Args<'_>) -> Parsed<usize> {
    match args.next_if("len") {
        Some(_) => Ok(args.number("a number of bytes", 1..=MAX_KEY_BYTES)?.value as usize),
        None => Ok(DEFAULT_KEY_BYTES),
    }
}

fn store(args: &mut Args<'_>, layout: &mut Layout) -> Parsed<()> {
    let list = args.required("what an entry holds")?;
    let mut start = 0;
    let mut depth = 0;
    for (at, byte) in list.as_bytes().iter().copied().chain([b',']).enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            b',' if depth <= 0 || at == list.len() => {
                if at > start {
                    store_one(args, &list.slice(start..at), layout)?;
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    Ok(())
}

fn store_one(args: &mut Args<'_>, word: &Word, layout: &mut Layout) -> Parsed<()> {
    let bytes = word.as_bytes();
    let open = bytes.iter().position(|byte| *byte == b'(');
    let name = word.slice(0..open.unwrap_or(bytes.len()));
    let data = DataType::named(&name.display())
        .ok_or_else(|| not_one_of(&name, "something an entry can hold", DataType::ALL.map(DataType::name)))?;
    let arguments = match open {
        Some(open) if bytes.ends_with(b")") => Some(word.slice(open + 1..bytes.len() - 1)),
        Some(_) => {
            return Err(Diagnostic::error(format!("'{word}' lacks its closing parenthesis"))
                .code("bad-argument")
                .at(word.span(), ""));
        }
        None => None,
    };
    let fault = |message: String, code: &'static str| Diagnostic::error(message).code(code).at(word.span(), "");
    let wanted = usize::from(data.is_array()) + usize::from(data.form() == Form::Rate);
    let parts = arguments.as_ref().map_or_else(Vec::new, split);
    if parts.len() != wanted {
        let code = if parts.len() < wanted { "missing-argument" } else { "excess-argument" };
        let usage = match (data.is_array(), data.form() == Form::Rate) {
            (true, true) => "(<count>,<period>)",
            (true, false) => "(<count>)",
            (false, true) => "(<period>)",
            (false, false) => "",
        };
        return Err(fault(format!("'{word}' is written as '{name}{usage}'"), code));
    }
    let mut parts = parts.iter();
    let mut length = 1;
    if data.is_array() {
        let count = parts.next().and_then(|part| part.to_str().ok()?.parse().ok());
        let possible = count.filter(|count| (1..=MAX_ARRAY).contains(count));
        length = possible.ok_or_else(|| fault(format!("'{word}' has 1 to {MAX_ARRAY} elements"), "out-of-range"))?;
    }
    let mut period_ms = 0;
    if let Some(part) = parts.next() {
        period_ms = units::parse_timer(part, TimeUnit::Millisecond, args.findings())?.ms() as u32;
    }
    if let Some(other) = excluded(data, layout) {
        let message = format!("'{}' and '{}' cannot be in one table: they are the same", data.name(), other.name());
        return Err(fault(message, "conflict"));
    }
    if !layout.add(data, length, period_ms) {
        args.report(
            Diagnostic::warning(format!("'{name}' is stored already")).code("said-before").at(word.span(), "ignored"),
        );
    }
    Ok(())
}

fn split(arguments: &Word) -> Vec<Word> {
    let bytes = arguments.as_bytes();
    let mut parts = Vec::new();
    let mut start = 0;
    for at in (0..=bytes.len()).filter(|at| bytes.get(*at).is_none_or(|byte| *byte == b',')) {
        parts.push(arguments.slice(start..at));
        start = at + 1;
    }
    parts
}

/// What a table has that stands for the same as elements of an array, or the array for it.
fn excluded(data: DataType, layout: &Layout) -> Option<DataType> {
    const PAIRS: [(DataType, DataType); 5] = [
        (DataType::Gpt, DataType::Gpt0),
        (DataType::Gpc, DataType::Gpc0),
        (DataType::Gpc, DataType::Gpc1),
        (DataType::GpcRate, DataType::Gpc0Rate),
        (DataType::GpcRate, DataType::Gpc1Rate),
    ];
    let others = PAIRS.into_iter().filter_map(|(array, element)| match data {
        _ if data == array => Some(element),
        _ if data == element => Some(array),
        _ => None,
    });
    others.into_iter().find(|other| layout.has(*other))
}

/// Configuration manual 11.1 `type`: keys of texts and bytes whose length is not said.
const DEFAULT_KEY_BYTES: usize = 32;
/// Longer keys would fill a buffer.
const MAX_KEY_BYTES: i64 = 16_384;
