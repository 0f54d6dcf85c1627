//! `log` and `log-tag` (configuration manual 4.2).

use crate::draft::ProxyDraft;
use crate::keyword::{Keyword, Sections, log};

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[
    Keyword::proxy(
        "log",
        log::USAGE,
        "where log lines go; 'log global': where the global section says",
        "4.2",
        |proxy, args| log::parse(&mut proxy.settings.log, args),
    )
    .within(Sections::PROXY)
    .deniable(),
    Keyword::proxy("log-tag", "<text>", "the program name in log lines", "4.2", |proxy, args| {
        let tag = args.text("a text")?;
        args.lenient_end();
        proxy.settings.log_tag = Some(tag);
        Ok(())
    })
    .within(Sections::PROXY),
];
