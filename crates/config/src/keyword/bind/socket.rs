//! The listening socket: its options towards the kernel, and who may use a Unix socket.

use burdock_model::SavedSyn;
use burdock_syntax::{Diagnostic, Parsed, Word};

use crate::args::Args;
use crate::draft::{BindOptions, Set, Spanned};
use crate::keyword::Keyword;

pub(super) const OPTIONS: &[Keyword<BindOptions>] = &[
    Keyword::new("backlog", "<connections>", "connections that wait to be accepted", "5.1", |bind, args| {
        bind.backlog = Some(args.lenient_count("a number of connections")?);
        Ok(())
    }),
    Keyword::new("interface", "<name>", "the network interface to listen on", "5.1", |bind, args| {
        bind.interface = Some(args.text("the name of an interface")?);
        Ok(())
    }),
    Keyword::new("tfo", "", "TCP Fast Open", "5.1", |bind, args| {
        bind.fast_open = Some(Spanned::new(true, args.name_span));
        Ok(())
    }),
    Keyword::new("defer-accept", "", "accepts a connection once data has come", "5.1", |bind, args| {
        bind.defer_accept = Some(Spanned::new(true, args.name_span));
        Ok(())
    }),
    Keyword::new("mss", "<bytes>", "the largest segment advertised to clients", "5.1", |bind, args| {
        let size = args.number("a segment size", -LARGEST_SEGMENT..=LARGEST_SEGMENT)?;
        if size.value == 0 {
            return Err(Diagnostic::error("a segment size of zero is not possible")
                .code("out-of-range")
                .at(size.span, "must be between 1 and 65535, or negative"));
        }
        bind.max_segment = Some(size.map(|bytes| bytes as i32));
        Ok(())
    }),
    Keyword::new(
        "tcp-ss",
        "{0|1|2}",
        "keeps each client's SYN: from its IP header on (1), or the link's (2)",
        "5.1",
        |bind, args| {
            bind.saved_syn = Some(args.choice(
                "'0', '1' or '2'",
                &[("0", None), ("1", Some(SavedSyn::FromIp)), ("2", Some(SavedSyn::FromLink))],
            )?);
            Ok(())
        },
    ),
    Keyword::new("tcp-ut", "<time>", "how long data may stay without acknowledgement", "5.1", |bind, args| {
        let time = args.time_ms()?;
        bind.user_timeout_ms = Some(time.map(|ms| ms.try_into().unwrap_or(u32::MAX)));
        Ok(())
    }),
    Keyword::new("transparent", "", "listens on addresses that are not the host's own", "5.1", |bind, args| {
        bind.transparent = Some(Spanned::new(true, args.name_span));
        Ok(())
    }),
    Keyword::new("v4v6", "", "an IPv6 socket takes IPv4 clients too", "5.1", |bind, args| {
        bind.v6_only = Some(Spanned::new(false, args.name_span));
        Ok(())
    }),
    Keyword::new("v6only", "", "an IPv6 socket takes no IPv4 clients", "5.1", |bind, args| {
        bind.v6_only = Some(Spanned::new(true, args.name_span));
        Ok(())
    }),
];

/// Owner and mode of a Unix socket; `unix-bind` has them too.
pub(crate) const PERMISSIONS: &[Keyword<BindOptions>] = &[
    Keyword::new("mode", "<octal mode>", "the file mode of a Unix socket", "5.1", |bind, args| {
        bind.mode = Some(parse_mode(args)?);
        Ok(())
    }),
    Keyword::new("user", "<name>", "the owner of a Unix socket, by name", "5.1", |bind, args| {
        bind.uid = Some(account(args, "user")?);
        Ok(())
    }),
    Keyword::new("uid", "<number>", "the owner of a Unix socket, by number", "5.1", |bind, args| {
        bind.uid = account_number(args)?;
        Ok(())
    }),
    Keyword::new("group", "<name>", "the group of a Unix socket, by name", "5.1", |bind, args| {
        bind.gid = Some(account(args, "group")?);
        Ok(())
    }),
    Keyword::new("gid", "<number>", "the group of a Unix socket, by number", "5.1", |bind, args| {
        bind.gid = account_number(args)?;
        Ok(())
    }),
];

/// A file mode in octal digits.
pub(crate) fn parse_mode(args: &mut Args<'_>) -> Parsed<Spanned<u32>> {
    let word = args.required("a file mode")?;
    match u32::from_str_radix(word.to_str()?, 8) {
        Ok(mode) if mode <= MODE_BITS => Ok(Spanned::new(mode, word.span())),
        _ => Err(Diagnostic::error(format!("'{word}' is no file mode"))
            .code("not-a-number")
            .at(word.span(), "an octal number such as 600 is expected")),
    }
}

/// The number of the user or group that the next word names.
pub(crate) fn account(args: &mut Args<'_>, kind: &str) -> Parsed<Spanned<u32>> {
    let word: &Word = args.required(&format!("the name of a {kind}"))?;
    let name = word.to_str()?;
    let number = if kind == "user" { args.context.host.user(name) } else { args.context.host.group(name) };
    match number {
        Some(number) => Ok(Spanned::new(number, word.span())),
        None => Err(Diagnostic::error(format!("there is no {kind} '{name}' on this host"))
            .code("unknown-account")
            .at(word.span(), format!("unknown {kind}"))),
    }
}

fn account_number(args: &mut Args<'_>) -> Parsed<Set<u32>> {
    let number = args.lenient_number("a number")?;
    Ok(Some(number.map(clamp)))
}

/// A number of the configuration as an unsigned one; negative ones count as zero.
pub(crate) fn clamp(number: i64) -> u32 {
    number.clamp(0, i64::from(u32::MAX)) as u32
}

const LARGEST_SEGMENT: i64 = 65_535;
const MODE_BITS: u32 = 0o7777;
