//! The listener within the process: how it is shown, how many it takes, which workers accept, what a runtime connection may do.

use burdock_model::StatsLevel;
use burdock_syntax::{Diagnostic, Parsed, Word};

use super::socket::clamp;
use crate::args::{Args, within};
use crate::draft::{BindOptions, Spanned, ThreadSelection};
use crate::keyword::{Keyword, tls};

pub(super) const OPTIONS: &[Keyword<BindOptions>] = &[
    Keyword::new("name", "<name>", "the name shown in statistics", "5.1", |bind, args| {
        bind.name = Some(args.text("a name")?);
        Ok(())
    }),
    Keyword::new("id", "<number>", "the number shown in statistics", "5.1", |bind, args| {
        let id = args.number("a number", 1..=i64::from(i32::MAX))?;
        bind.id = Some(id.map(|id| id as u32));
        Ok(())
    }),
    Keyword::new("maxconn", "<connections>", "connections of this address at once", "5.1", |bind, args| {
        let number = within(args.lenient_number("a number of connections")?, 0..=i64::from(i32::MAX))?;
        bind.maxconn = Some(number.map(clamp));
        Ok(())
    }),
    Keyword::new("thread", "[<group>/]<threads>[,…]", "the worker threads that accept", "5.1", |bind, args| {
        let word = args.required("a set of threads")?;
        bind.thread = Some(Spanned::new(threads(word, word.to_str()?)?, word.span()));
        Ok(())
    }),
    Keyword::new(
        "process",
        "<processes>[/<threads>]",
        "the worker threads that accept, as in old files",
        "5.1",
        process,
    ),
    Keyword::new("proto", "h1|h2|none", "the protocol that clients speak", "5.1", |bind, args| {
        bind.protocol = Some(tls::protocol(args)?);
        Ok(())
    }),
    Keyword::new("level", "user|operator|admin", "what runtime commands may do", "5.1", |bind, args| {
        const LEVELS: [(&str, StatsLevel); 3] =
            [("user", StatsLevel::User), ("operator", StatsLevel::Operator), ("admin", StatsLevel::Admin)];
        bind.level = Some(args.choice("a level", &LEVELS)?);
        Ok(())
    }),
    Keyword::new("expose-fd", "listeners", "lets a new process fetch the listening sockets", "5.1", |bind, args| {
        let exposed = args.choice("'listeners'", &[("listeners", true)])?;
        bind.expose_listeners = Some(exposed);
        Ok(())
    }),
];

/// `process` says `thread` since HAProxy 2.5; 3.5 refuses it.
fn process(bind: &mut BindOptions, args: &mut Args<'_>) -> Parsed<()> {
    let option = args.name_span;
    let word = args.required("a set of processes")?;
    let removed = Diagnostic::warning("'process' on a bind line is not known to HAProxy any more, since version 3.5")
        .code("removed")
        .at(option.to(word.span()), "from an older version");
    let Some((_, set)) = word.to_str()?.split_once('/') else {
        args.report(removed.note("left aside: there is one process").replace(option.to(word.span()), "", "remove it"));
        return Ok(());
    };
    bind.thread = Some(Spanned::new(threads(word, set)?, word.span()));
    let today = format!("thread {set}");
    args.report(removed.note("accepted: today's option means the same").replace(
        option.to(word.span()),
        today.clone(),
        format!("write '{today}' today"),
    ));
    Ok(())
}

/// `[<group>/]all|odd|even|N[-[M]]`, several separated by commas. There is one group.
fn threads(word: &Word, text: &str) -> Parsed<ThreadSelection> {
    let bad = |part: &str| {
        Diagnostic::error(format!("'{part}' is no set of threads"))
            .code("bad-threads")
            .at(word.span(), "'all', 'odd', 'even', a number from 1 or a range such as 1-4")
    };
    let mut ranges = Vec::new();
    for part in text.split(',') {
        let set = match part.split_once('/') {
            Some(("1", set)) => set,
            Some((group, _)) if group.parse::<u32>().is_ok() => {
                return Err(Diagnostic::error("worker threads are not arranged in groups: there is only group 1")
                    .code("bad-threads")
                    .at(word.span(), "no such group"));
            }
            Some(_) => return Err(bad(part)),
            None => part,
        };
        match set {
            "all" => return Ok(ThreadSelection::All),
            "odd" => return Ok(ThreadSelection::Odd),
            "even" => return Ok(ThreadSelection::Even),
            _ => {}
        }
        let (first, last) = set.split_once('-').unwrap_or((set, set));
        let first: u32 = first.parse().map_err(|_| bad(set))?;
        let last: u32 = if last.is_empty() { LAST_THREAD } else { last.parse().map_err(|_| bad(set))? };
        if first == 0 || first.max(last) > LAST_THREAD {
            return Err(bad(set));
        }
        ranges.push((first.min(last), first.max(last)));
    }
    Ok(ThreadSelection::Ranges(ranges))
}

/// The largest number of a thread that HAProxy accepts.
const LAST_THREAD: u32 = 1024;
