//! Limits of the process: threads, connections, files, times.

use burdock_base::limit::MAX_WORKERS;
use burdock_syntax::{Diagnostic, Parsed};

use crate::args::{Args, set_once, within};
use crate::draft::{GlobalDraft, Spanned};
use crate::keyword::Keyword;
use crate::keyword::bind::clamp;

pub(super) const KEYWORDS: &[Keyword<GlobalDraft>] = &[
    Keyword::global("nbthread", "<threads>", "worker threads", "3.1", nbthread),
    Keyword::global("maxconn", "<connections>", "client connections of the whole process", "3.2", |global, args| {
        let number = args.number("a number of connections", i64::MIN..=i64::from(i32::MAX))?;
        args.end()?;
        set_once(&mut global.maxconn, number.map(clamp), args);
        Ok(())
    }),
    Keyword::global("ulimit-n", "<files>", "files that may be open at once", "3.1", |global, args| {
        let files = files(args)?;
        set_once(&mut global.file_limit, files, args);
        Ok(())
    }),
    Keyword::global(
        "fd-hard-limit",
        "<files>",
        "files that are open at once at most, for choosing 'maxconn'",
        "3.1",
        |global, args| {
            let files = files(args)?;
            set_once(&mut global.file_hard_limit, files, args);
            Ok(())
        },
    ),
    Keyword::global("hard-stop-after", "<time>", "how long a soft stop may last", "3.1", |global, args| {
        let time = args.time_ms()?;
        args.lenient_end();
        global.hard_stop_after_ms = Some(time);
        Ok(())
    }),
    Keyword::global("spread-checks", "<percent>", "how much the time between checks varies", "3.2", |global, args| {
        let percent = within(args.lenient_number("a percentage")?, 0..=50)?;
        args.end()?;
        set_once(&mut global.spread_checks_percent, percent.map(clamp), args);
        Ok(())
    }),
    Keyword::global(
        "max-spread-checks",
        "<time>",
        "the time that the first checks are spread over at most",
        "3.2",
        |global, args| {
            let time = args.time_ms()?;
            args.lenient_end();
            global.max_spread_checks_ms = Some(time);
            Ok(())
        },
    ),
];

fn files(args: &mut Args<'_>) -> Parsed<Spanned<u64>> {
    let number = args.lenient_number("a number of files")?;
    args.end()?;
    Ok(number.map(|number| number.max(0) as u64))
}

fn nbthread(global: &mut GlobalDraft, args: &mut Args<'_>) -> Parsed<()> {
    let threads = args.number("a number of threads", 1..=MOST_THREADS)?;
    args.end()?;
    if threads.value as usize > MAX_WORKERS {
        args.report(
            Diagnostic::advice(format!("{} worker threads are more than Burdock runs", threads.value))
                .code("limited")
                .at(threads.span, format!("{MAX_WORKERS} will run")),
        );
    }
    global.threads = Some(threads.map(|threads| (threads as usize).min(MAX_WORKERS)));
    Ok(())
}

/// HAProxy's own limit.
const MOST_THREADS: i64 = 1024;
