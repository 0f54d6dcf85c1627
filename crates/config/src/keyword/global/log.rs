//! Where and how the process logs.

use crate::args::set_once;
use crate::draft::{GlobalDraft, Spanned};
use crate::keyword::{Keyword, log};

pub(super) const KEYWORDS: &[Keyword<GlobalDraft>] = &[
    Keyword::global("log", log::USAGE, "where log lines go", "3.1", |global, args| log::parse(&mut global.log, args))
        .deniable(),
    Keyword::global("log-tag", "<text>", "the program name in log lines", "3.1", |global, args| {
        let tag = args.text("a text")?;
        args.end()?;
        global.log_tag = Some(tag);
        Ok(())
    }),
    Keyword::global("log-send-hostname", "[<name>]", "the host's name stands in log lines", "3.1", |global, args| {
        let name = if args.peek().is_some() { Some(args.text("a name")?.value) } else { None };
        args.lenient_end();
        let line = args.line_span();
        set_once(&mut global.log_hostname, Spanned::new(name, line), args);
        Ok(())
    }),
];
