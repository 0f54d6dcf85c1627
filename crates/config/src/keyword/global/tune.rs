//! `tune.*`: sizes and limits of the inner life (configuration manual 3.2).

use burdock_syntax::Parsed;

use crate::args::{Args, set_once};
use crate::draft::{GlobalDraft, Set, Spanned};
use crate::keyword::Keyword;

pub(super) const KEYWORDS: &[Keyword<GlobalDraft>] = &[
    Keyword::global(
        "tune.bufsize",
        "<size>",
        "the size of buffers: what a message's head fits in",
        "3.2",
        |global, args| {
            let size = size(args, SMALLEST_BUFFER..=LARGEST_BUFFER)?;
            global.tune.buffer_size = Some(size.map(|bytes| bytes.next_multiple_of(BUFFER_STEP)));
            Ok(())
        },
    ),
    Keyword::global(
        "tune.maxrewrite",
        "<bytes>",
        "room in a buffer that is kept for rewriting",
        "3.2",
        |global, args| {
            let bytes = args.lenient_number("a number of bytes")?;
            args.end()?;
            global.tune.max_rewrite = Some(bytes.map(|bytes| usize::try_from(bytes).unwrap_or(0)));
            Ok(())
        },
    ),
    Keyword::global("tune.http.maxhdr", "<count>", "header fields of a message", "3.2", |global, args| {
        let count = args.number("a number of headers", 1..=32_767)?;
        args.end()?;
        global.tune.max_headers = Some(count.map(|count| count as usize));
        Ok(())
    }),
    Keyword::global(
        "tune.http.logurilen",
        "<bytes>",
        "so much of a request's line is shown in log lines",
        "3.2",
        |global, args| {
            let bytes = args.lenient_number("a number of bytes")?;
            args.end()?;
            global.tune.logged_line_limit = Some(bytes.map(|bytes| usize::try_from(bytes).unwrap_or(0)));
            Ok(())
        },
    ),
    Keyword::global(
        "tune.stick-counters",
        "<count>",
        "entries of stick tables that a request can track",
        "3.2",
        |global, args| {
            let count = args.number("a number of entries", 0..=100)?;
            args.end()?;
            global.tune.stick_counters = Some(count.map(|count| count as usize));
            Ok(())
        },
    ),
    Keyword::global(
        "tune.maxaccept",
        "<count>",
        "connections accepted in a row; -1: no limit",
        "3.2",
        |global, args| {
            let count = args.lenient_number("a number of connections")?;
            args.end()?;
            let limit = count.map(|count| usize::try_from(count).ok().filter(|count| *count > 0));
            set_once(&mut global.tune.max_accept, limit, args);
            Ok(())
        },
    ),
    Keyword::global(
        "tune.rcvbuf.client",
        "<size>",
        "the kernel's receive buffer for clients",
        "3.2",
        |global, args| kernel_buffer(&mut global.tune.client_receive_buffer, args),
    ),
    Keyword::global("tune.sndbuf.client", "<size>", "the kernel's send buffer for clients", "3.2", |global, args| {
        kernel_buffer(&mut global.tune.client_send_buffer, args)
    }),
    Keyword::global(
        "tune.rcvbuf.server",
        "<size>",
        "the kernel's receive buffer for servers",
        "3.2",
        |global, args| kernel_buffer(&mut global.tune.server_receive_buffer, args),
    ),
    Keyword::global("tune.sndbuf.server", "<size>", "the kernel's send buffer for servers", "3.2", |global, args| {
        kernel_buffer(&mut global.tune.server_send_buffer, args)
    }),
];

fn size(args: &mut Args<'_>, range: std::ops::RangeInclusive<u64>) -> Parsed<Spanned<usize>> {
    let size = args.size(range)?;
    args.end()?;
    Ok(size.map(|bytes| bytes as usize))
}

/// Zero leaves the size to the kernel.
fn kernel_buffer(setting: &mut Set<usize>, args: &mut Args<'_>) -> Parsed<()> {
    let size = size(args, 0..=i32::MAX as u64)?;
    if size.value > 0 {
        set_once(setting, size, args);
    }
    Ok(())
}

/// Buffers below HAProxy's small buffers are refused.
const SMALLEST_BUFFER: u64 = 1024;
const LARGEST_BUFFER: u64 = 256 << 20;
/// Buffer sizes are rounded up to a multiple of this (configuration manual 3.2 `tune.bufsize`).
const BUFFER_STEP: usize = 16;
