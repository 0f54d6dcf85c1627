//! `tune.h2.*`: what HTTP/2 connections allow and announce (configuration manual 3.2).

use burdock_model::Http2LogErrors;
use burdock_syntax::{Diagnostic, Parsed};

use crate::args::{Args, not_one_of, within};
use crate::draft::{GlobalDraft, Set, Spanned};
use crate::keyword::Keyword;

pub(super) const KEYWORDS: &[Keyword<GlobalDraft>] = &[
    Keyword::global(
        "tune.h2.initial-window-size",
        WINDOW,
        "how much of a body may come before we ask for more",
        "3.2",
        |global, args| count(&mut global.h2.both.initial_window_size, args),
    ),
    Keyword::global("tune.h2.fe.initial-window-size", WINDOW, "the same, of clients", "3.2", |global, args| {
        count(&mut global.h2.client.initial_window_size, args)
    }),
    Keyword::global("tune.h2.be.initial-window-size", WINDOW, "the same, of servers", "3.2", |global, args| {
        count(&mut global.h2.server.initial_window_size, args)
    }),
    Keyword::global(
        "tune.h2.max-concurrent-streams",
        STREAMS,
        "requests of a connection at once; 0: no limit",
        "3.2",
        |global, args| count(&mut global.h2.both.max_concurrent_streams, args),
    ),
    Keyword::global(
        "tune.h2.fe.max-concurrent-streams",
        "<streams> [rq-load {<number>|auto|ignore}] [min <streams>]",
        "the same, of clients",
        "3.2",
        client_streams,
    ),
    Keyword::global("tune.h2.be.max-concurrent-streams", STREAMS, "the same, of servers", "3.2", |global, args| {
        count(&mut global.h2.server.max_concurrent_streams, args)
    }),
    Keyword::global(
        "tune.h2.fe.glitches-threshold",
        GLITCHES,
        "oddities that a client is allowed; 0: any",
        "3.2",
        |global, args| count(&mut global.h2.client.glitches_threshold, args),
    ),
    Keyword::global(
        "tune.h2.be.glitches-threshold",
        GLITCHES,
        "oddities that a server is allowed; 0: any",
        "3.2",
        |global, args| count(&mut global.h2.server.glitches_threshold, args),
    ),
    Keyword::global(
        "tune.h2.fe.rxbuf",
        "<size>",
        "how much of all requests of a client may wait",
        "3.2",
        |global, args| size(&mut global.h2.client.receive_buffer, args),
    ),
    Keyword::global(
        "tune.h2.be.rxbuf",
        "<size>",
        "how much of all responses of a server may wait",
        "3.2",
        |global, args| size(&mut global.h2.server.receive_buffer, args),
    ),
    Keyword::global(
        "tune.h2.fe.max-frames-at-once",
        "<frames>",
        "frames of a client dealt with in a row",
        "3.2",
        |global, args| count(&mut global.h2.client.max_frames_at_once, args),
    ),
    Keyword::global(
        "tune.h2.be.max-frames-at-once",
        "<frames>",
        "frames of a server dealt with in a row",
        "3.2",
        |global, args| count(&mut global.h2.server.max_frames_at_once, args),
    ),
    Keyword::global(
        "tune.h2.fe.max-rst-at-once",
        "<resets>",
        "resets by a client dealt with in a row",
        "3.2",
        |global, args| count(&mut global.h2.max_resets_at_once, args),
    ),
    Keyword::global(
        "tune.h2.fe.max-total-streams",
        STREAMS,
        "requests before a client has to connect anew; 0: any",
        "3.2",
        |global, args| count(&mut global.h2.max_total_streams, args),
    ),
    Keyword::global(
        "tune.h2.header-table-size",
        "<bytes>",
        "the table that header fields are compressed with",
        "3.2",
        |global, args| {
            let bytes = args.number("a number of bytes", 4096..=65_536)?;
            args.end()?;
            global.h2.header_table_size = Some(bytes.map(|bytes| bytes as u32));
            Ok(())
        },
    ),
    Keyword::global("tune.h2.max-frame-size", "<bytes>", "the largest frame that is taken", "3.2", |global, args| {
        let bytes = args.number("a number of bytes", 16_384..=16_777_215)?;
        args.end()?;
        global.h2.max_frame_size = Some(bytes.map(|bytes| bytes as u32));
        Ok(())
    }),
    Keyword::global(
        "tune.h2.log-errors",
        "none|connection|stream",
        "which errors give a log line",
        "3.2",
        |global, args| {
            const CHOICES: [(&str, Http2LogErrors); 3] = [
                ("none", Http2LogErrors::None),
                ("connection", Http2LogErrors::Connection),
                ("stream", Http2LogErrors::Stream),
            ];
            global.h2.log_errors = Some(args.choice("a kind of errors", &CHOICES)?);
            args.end()
        },
    ),
    Keyword::global(
        "h2-workaround-bogus-websocket-clients",
        "",
        "clients are not told that HTTP/2 can carry WebSocket",
        "3.1",
        |global, args| {
            args.end()?;
            global.h2.no_extended_connect = Some(Spanned::new(true, args.name_span));
            Ok(())
        },
    ),
    Keyword::global(
        "tune.glitches.kill.cpu-usage",
        "<percent>",
        "use of the processor below which oddities end no connection",
        "3.2",
        |global, args| {
            let percent = args.number("a percentage", 0..=100)?;
            args.end()?;
            global.h2.glitch_cpu_percent = Some(percent.map(|percent| percent as u8));
            Ok(())
        },
    ),
];

const WINDOW: &str = "<bytes>";
const STREAMS: &str = "<streams>";
const GLITCHES: &str = "<count>";

fn count(setting: &mut Set<u32>, args: &mut Args<'_>) -> Parsed<()> {
    let number = within(args.lenient_optional_number("a number")?, 0..=i64::from(i32::MAX))?;
    args.end()?;
    *setting = Some(number.map(|number| number as u32));
    Ok(())
}

fn size(setting: &mut Set<u64>, args: &mut Args<'_>) -> Parsed<()> {
    let size = args.size(0..=u64::from(u32::MAX))?;
    args.end()?;
    *setting = Some(size);
    Ok(())
}

/// The number of requests may follow the load in HAProxy; here it stays as it is said.
fn client_streams(global: &mut GlobalDraft, args: &mut Args<'_>) -> Parsed<()> {
    let number = within(args.lenient_optional_number("a number")?, 0..=i64::from(i32::MAX))?;
    global.h2.client.max_concurrent_streams = Some(number.map(|number| number as u32));
    while let Some(word) = args.next() {
        match word.as_bytes() {
            b"rq-load" => {
                let load = args.required("a number, 'auto' or 'ignore'")?;
                if *load == *"ignore" {
                    continue;
                }
                if *load != *"auto" {
                    crate::args::number_of(load, "a number, 'auto' or 'ignore'", 1..=i64::from(i32::MAX))?;
                }
                let said = word.span().to(load.span());
                args.report(
                    Diagnostic::advice("'rq-load' changes nothing: the number of requests does not follow the load")
                        .code("no-meaning-here")
                        .at(said, "accepted, without effect"),
                );
            }
            b"min" => {
                args.number("a number of streams", 1..=i64::from(i32::MAX))?;
            }
            _ => return Err(not_one_of(word, "an option of the limit", ["rq-load", "min"])),
        }
    }
    Ok(())
}
