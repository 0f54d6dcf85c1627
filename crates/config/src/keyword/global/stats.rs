//! The runtime API: `stats socket`, `stats timeout`, `stats maxconn`, and `unix-bind`.

use burdock_syntax::{Diagnostic, Parsed};

use crate::args::{Args, set_once};
use crate::draft::{BindDraft, BindOptions, GlobalDraft};
use crate::keyword::bind::{self, clamp};
use crate::keyword::proxy::bind_line::addresses;
use crate::keyword::{Keyword, with_suggestion};

pub(super) const KEYWORDS: &[Keyword<GlobalDraft>] = &[
    Keyword::global(
        "stats socket",
        "{<address>:<port>|<path>} [<option>…]",
        "where the runtime API listens",
        "3.1",
        |global, args| {
            let span = args.line_span();
            let word = args.required("an address")?;
            let addresses = addresses(word, args);
            let mut options = BindOptions::default();
            bind::OPTIONS.run(&mut options, args);
            global.stats_sockets.push(BindDraft { addresses, options, span });
            Ok(())
        },
    ),
    Keyword::global("stats timeout", "<time>", "how long a runtime connection may be silent", "3.1", |global, args| {
        let time = args.time_ms()?;
        args.lenient_end();
        global.stats_timeout_ms = Some(time);
        Ok(())
    }),
    Keyword::global("stats maxconn", "<connections>", "runtime connections at once", "3.1", |global, args| {
        let number = args.number("a number of connections", 1..=i64::from(i32::MAX))?;
        args.lenient_end();
        global.stats_maxconn = Some(number.map(clamp));
        Ok(())
    }),
    Keyword::global(
        "unix-bind",
        "[prefix <prefix>] [mode <mode>] [user <user>] [uid <uid>] [group <group>] [gid <gid>]",
        "what Unix sockets have in common",
        "3.1",
        unix_bind,
    ),
];

fn unix_bind(global: &mut GlobalDraft, args: &mut Args<'_>) -> Parsed<()> {
    while let Some(word) = args.next() {
        if *word == *"prefix" {
            let prefix = args.bytes("a prefix")?;
            set_once(&mut global.unix_prefix, prefix, args);
            continue;
        }
        let Some(option) = bind::PERMISSIONS.iter().find(|option| *word == *option.name) else {
            let fault = Diagnostic::error(format!("unknown option '{word}'"))
                .code("unknown-option")
                .at(word.span(), "not known here");
            let names = bind::PERMISSIONS.iter().map(|option| option.name).chain(["prefix"]);
            return Err(with_suggestion(fault, word, names));
        };
        (option.parse)(&mut global.unix_permissions, args)?;
    }
    Ok(())
}
