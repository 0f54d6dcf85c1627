//! Keywords of `ring` sections (configuration manual 12.5).

use burdock_syntax::{Parsed, Word};

use super::log::FORMATS;
use super::proxy::server_line;
use super::{Keyword, Sections};
use crate::args::Args;
use crate::draft::{RingDraft, ServerOptions, Spanned};

pub(super) const KEYWORDS: &[Keyword<RingDraft>] = &[
    keyword("backing-file", "<file>", "where the lines are kept beyond the process", |ring, args| {
        let path = args.path("a file name")?;
        args.end()?;
        ring.backing_file = Some(path.map(|path| args.located(&path)));
        Ok(())
    }),
    keyword("description", "<text>", "what `show events` says of the ring", |ring, args| {
        args.required("a text")?;
        let Some(text) = Word::join(args.all()) else { return Ok(()) };
        ring.description = Some(Spanned::new(text.to_str()?.to_owned(), text.span()));
        Ok(())
    }),
    keyword("format", "<format>", "how lines are framed, whatever the 'log' line says", |ring, args| {
        ring.format = Some(args.choice("a format", &FORMATS)?);
        args.end()
    }),
    keyword("maxlen", "<bytes>", "where lines are cut", |ring, args| {
        ring.max_length = Some(args.size(1..=u64::from(u32::MAX))?);
        args.end()
    }),
    keyword("size", "<bytes>", "how much is kept", |ring, args| {
        ring.size = Some(args.size(1..=LARGEST_RING)?);
        args.end()
    }),
    keyword("timeout connect", "<time>", "how long connecting to a server may take", |ring, args| {
        ring.connect_timeout_ms = Some(time(args)?);
        Ok(())
    }),
    keyword("timeout server", "<time>", "how long lines may wait for a server to take them", |ring, args| {
        ring.server_timeout_ms = Some(time(args)?);
        Ok(())
    }),
    keyword("server", "<name> <address>[:<port>] [<option>…]", "a server that gets every line", |ring, args| {
        ring.servers.push(server_line::read(args, ServerOptions::default())?);
        Ok(())
    }),
];

const fn keyword(
    name: &'static str,
    arguments: &'static str,
    summary: &'static str,
    parse: fn(&mut RingDraft, &mut Args<'_>) -> Parsed<()>,
) -> Keyword<RingDraft> {
    Keyword::new(name, arguments, summary, "12.5", parse).within(Sections::RING)
}

fn time(args: &mut Args<'_>) -> Parsed<Spanned<u64>> {
    let time = args.checked_time_ms()?;
    args.end()?;
    Ok(time)
}

/// Memory that a slip of the pen may cost.
const LARGEST_RING: u64 = 1 << 40;
