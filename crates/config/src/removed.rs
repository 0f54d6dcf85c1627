//! Keywords that HAProxy once had and refuses today, with the line that takes their place. Where that line means the same, the old one is
//! accepted and run as the new one.

use burdock_syntax::{Diagnostic, Diagnostics, Span, Word};

use crate::args::Args;
use crate::draft::{BindDraft, BindOptions, ListenAddress};
use crate::keyword::proxy::old_rule;
use crate::keyword::{Sections, span_of, starts_with};

/// A keyword of older versions.
pub struct Removed {
    /// Its words.
    pub name: &'static str,
    /// Where it stood.
    pub sections: Sections,
    /// What became of it.
    pub fate: Fate,
    /// What to write today, from the words behind the keyword.
    pub today: fn(&[Word]) -> Today,
}

/// What became of an old keyword in HAProxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Refused since that version.
    Since(&'static str),
    /// Refused, since a version that its messages do not tell.
    Gone,
    /// Still accepted, with a warning.
    Deprecated,
}

impl Fate {
    /// `'nbproc' is …`
    fn told(self, name: &str) -> String {
        match self {
            Self::Since(version) => format!("{name} is not known to HAProxy any more, since version {version}"),
            Self::Gone => format!("{name} is not known to HAProxy any more"),
            Self::Deprecated => format!("{name} is deprecated in HAProxy"),
        }
    }
}

/// What takes the place of a removed keyword.
pub enum Today {
    /// These words, before the same arguments: the line is kept.
    Renamed(&'static str),
    /// These lines, which mean the same: the old one is kept as it is.
    Kept(String),
    /// Nothing, for that reason: the line is left aside.
    Nothing(&'static str),
    /// Lines that mean something like it, but need a look: the line is refused.
    Write(String),
}

/// The entry of the keyword that a line begins with.
pub(crate) fn find(words: &[Word], section: Sections) -> Option<&'static Removed> {
    REMOVED.iter().find(|removed| removed.sections.contains(section) && starts_with(words, removed.name).is_some())
}

/// Says what became of the keyword. Returns today's words where the line is kept.
pub(crate) fn explain(removed: &Removed, words: &[Word], line: Span, findings: &mut Diagnostics) -> Option<Vec<Word>> {
    let count = starts_with(words, removed.name)?;
    let (name_words, arguments) = words.split_at(count);
    let name_span = span_of(name_words)?;
    let message = removed.fate.told(&format!("'{}'", removed.name));
    let found = |finding: Diagnostic| finding.code("removed").at(name_span, "from an older version");
    match (removed.today)(arguments) {
        Today::Renamed(name) => {
            let kept = found(Diagnostic::warning(message)).note("accepted: today's line means the same");
            findings.push(kept.replace(name_span, name, format!("write '{name}' today")));
            let renamed = name.split(' ').map(|part| Word::synthetic(part, name_span));
            Some(renamed.chain(arguments.iter().cloned()).collect())
        }
        Today::Kept(lines) => {
            let kept = found(Diagnostic::warning(message)).note("accepted: it does what it did");
            findings.push(kept.help(format!("write today: {lines}")));
            Some(words.to_vec())
        }
        Today::Nothing(reason) => {
            findings.push(found(Diagnostic::warning(message)).note(reason).replace(line, "", "remove the line"));
            None
        }
        Today::Write(lines) => {
            findings.push(found(Diagnostic::error(message)).help(format!("write today: {lines}")));
            None
        }
    }
}

/// An address behind the name of a `frontend` or `listen` section, as in `listen web :80`: today it stands on a `bind` line.
pub(crate) fn address_on_section_line(
    args: &mut Args<'_>,
    read: fn(&Word, &mut Args<'_>) -> Vec<ListenAddress>,
) -> Option<BindDraft> {
    let name_end = args.here();
    let word = args.next()?;
    let today = format!("bind {word}");
    args.report(
        Diagnostic::warning(format!("an address on the '{}' line is not known to HAProxy any more", args.name))
            .code("removed")
            .at(word.span(), "from an older version")
            .note("accepted: a 'bind' line means the same")
            .replace(
                name_end.to(word.span()),
                format!("\n    {today}"),
                format!("write '{today}' on a line of its own"),
            ),
    );
    let addresses = read(word, args);
    Some(BindDraft { addresses, options: BindOptions::default(), span: word.span() })
}

use Fate::{Deprecated, Gone, Since};

/// All of them.
pub const REMOVED: &[Removed] = &[
    global("nbproc", Since("2.5"), |arguments| match arguments {
        [count] if *count != *"1" => Today::Renamed("nbthread"),
        _ => Today::Nothing("there is one process; its threads are set by 'nbthread'"),
    }),
    global("debug", Gone, |_| Today::Nothing("debug output is asked for with '-d' on the command line")),
    global("master-worker", Since("3.5"), |_| {
        Today::Nothing(
            "whether a master process watches over the worker is said with '-W' or '-Ws' on the command line",
        )
    }),
    global("stats bind-process", Gone, |_| Today::Nothing("there is one process")),
    Removed {
        name: "resolution_pool_size",
        sections: Sections::RESOLVERS,
        fate: Gone,
        today: |_| {
            Today::Nothing("resolutions take memory as they come; how many run at once is limited by the program")
        },
    },
    proxy("contimeout", Since("2.1"), |_| Today::Renamed("timeout connect")),
    proxy("clitimeout", Since("2.1"), |_| Today::Renamed("timeout client")),
    proxy("srvtimeout", Since("2.1"), |_| Today::Renamed("timeout server")),
    proxy("redispatch", Since("2.1"), |_| Today::Renamed("option redispatch")),
    proxy("dispatch", Since("3.5"), |_| Today::Renamed("server dispatch")),
    proxy("bind-process", Gone, |_| Today::Nothing("there is one process")),
    proxy("grace", Since("2.5"), |_| Today::Nothing("a soft stop closes all listeners at once")),
    proxy("option forceclose", Since("2.0"), |_| Today::Renamed("option httpclose")),
    proxy("option accept-invalid-http-request", Deprecated, |_| {
        Today::Renamed("option accept-unsafe-violations-in-http-request")
    }),
    proxy("option accept-invalid-http-response", Deprecated, |_| {
        Today::Renamed("option accept-unsafe-violations-in-http-response")
    }),
    proxy("option http-use-htx", Gone, |_| Today::Nothing("messages are always kept in that form")),
    proxy("option http-tunnel", Since("2.1"), |_| {
        Today::Nothing("every request of a connection is processed; a protocol upgrade opens a tunnel by itself")
    }),
    proxy("option start-on-reload", Gone, |_| Today::Nothing("listeners always start")),
    proxy("option transparent", Since("3.5"), |_| Today::Write("'server original 0.0.0.0'".into())),
    proxy("transparent", Since("3.5"), |_| Today::Write("'server original 0.0.0.0'".into())),
    proxy("option http_proxy", Since("2.5"), |_| {
        Today::Write(
            "'http-request set-dst url_ip', 'http-request set-dst-port url_port' and 'server next-hop 0.0.0.0'".into(),
        )
    }),
    proxy("mode health", Gone, |_| Today::Write("'mode http' and 'http-request return status 200'".into())),
    proxy("monitor-net", Gone, |arguments| {
        let network = shown(arguments, "<network>");
        Today::Write(format!("'http-request return status 200 if {{ src {network} }}'"))
    }),
    proxy("block", Since("2.1"), |arguments| {
        Today::Kept(format!("'http-request deny {}', before all other rules", shown(arguments, "if <condition>")))
    }),
    proxy("appsession", Since("1.6"), |arguments| {
        let cookie = arguments.first().map_or_else(|| "<cookie>".into(), Word::display);
        Today::Write(format!(
            "'stick-table type string len 64 size 100k expire 3h', 'stick store-response res.cook({cookie})' and 'stick match \
             req.cook({cookie})'"
        ))
    }),
    proxy("reqadd", Since("2.1"), |arguments| {
        kept("reqadd", arguments).unwrap_or_else(|| Today::Write("'http-request add-header <name> <value>'".into()))
    }),
    proxy("rspadd", Since("2.1"), |arguments| {
        kept("rspadd", arguments).unwrap_or_else(|| Today::Write("'http-response add-header <name> <value>'".into()))
    }),
    proxy("reqdel", Since("2.1"), |arguments| {
        kept("reqdel", arguments).unwrap_or_else(|| deleted_header("http-request", arguments))
    }),
    proxy("reqidel", Since("2.1"), |arguments| {
        kept("reqidel", arguments).unwrap_or_else(|| deleted_header("http-request", arguments))
    }),
    proxy("rspdel", Since("2.1"), |arguments| {
        kept("rspdel", arguments).unwrap_or_else(|| deleted_header("http-response", arguments))
    }),
    proxy("rspidel", Since("2.1"), |arguments| {
        kept("rspidel", arguments).unwrap_or_else(|| deleted_header("http-response", arguments))
    }),
    proxy("reqrep", Since("2.1"), |arguments| {
        kept("reqrep", arguments).unwrap_or_else(|| replaced_header("http-request"))
    }),
    proxy("reqirep", Since("2.1"), |arguments| {
        kept("reqirep", arguments).unwrap_or_else(|| replaced_header("http-request"))
    }),
    proxy("rsprep", Since("2.1"), |arguments| {
        kept("rsprep", arguments).unwrap_or_else(|| replaced_header("http-response"))
    }),
    proxy("rspirep", Since("2.1"), |arguments| {
        kept("rspirep", arguments).unwrap_or_else(|| replaced_header("http-response"))
    }),
    proxy("reqdeny", Since("2.1"), |arguments| {
        kept("reqdeny", arguments).unwrap_or_else(|| Today::Write("'http-request deny if { … }'".into()))
    }),
    proxy("reqideny", Since("2.1"), |arguments| {
        kept("reqideny", arguments).unwrap_or_else(|| Today::Write("'http-request deny if { … }'".into()))
    }),
    proxy("rspdeny", Since("2.1"), |arguments| {
        kept("rspdeny", arguments).unwrap_or_else(|| Today::Write("'http-response deny if { … }'".into()))
    }),
    proxy("rspideny", Since("2.1"), |arguments| {
        kept("rspideny", arguments).unwrap_or_else(|| Today::Write("'http-response deny if { … }'".into()))
    }),
    proxy("reqallow", Since("2.1"), |_| Today::Write("'http-request allow if { … }'".into())),
    proxy("reqiallow", Since("2.1"), |_| Today::Write("'http-request allow if { … }'".into())),
    proxy("reqpass", Since("2.1"), |_| Today::Write("'http-request allow if { … }'".into())),
    proxy("reqipass", Since("2.1"), |_| Today::Write("'http-request allow if { … }'".into())),
    proxy("reqtarpit", Since("2.1"), |arguments| {
        kept("reqtarpit", arguments).unwrap_or_else(|| Today::Write("'http-request tarpit if { … }'".into()))
    }),
    proxy("reqitarpit", Since("2.1"), |arguments| {
        kept("reqitarpit", arguments).unwrap_or_else(|| Today::Write("'http-request tarpit if { … }'".into()))
    }),
    proxy("reqsetbe", Since("2.1"), |_| Today::Write("'use_backend <name> if { … }'".into())),
    proxy("reqisetbe", Since("2.1"), |_| Today::Write("'use_backend <name> if { … }'".into())),
];

/// Today's rule for one of an old file, where there is one that means the same.
fn kept(name: &str, arguments: &[Word]) -> Option<Today> {
    let (kind, words) = old_rule::translate(name, arguments)?;
    let words: Vec<_> = words.iter().map(quoted).collect();
    Some(Today::Kept(format!("'{} {}'", kind.keyword(), words.join(" "))))
}

/// A word as it can stand in a file.
fn quoted(word: &Word) -> String {
    let text = word.display();
    let plain = !text.is_empty() && !text.contains([' ', '\t', '"', '\\', '#', '$', '\'']);
    if plain {
        text.into_owned()
    } else {
        format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\"").replace('$', r"\$"))
    }
}

/// `reqdel <pattern>`, mostly the start of a header line: `^Name:.*`.
fn deleted_header(rules: &str, arguments: &[Word]) -> Today {
    let pattern = arguments.first().map(Word::display).unwrap_or_default();
    let name: String =
        pattern.trim_start_matches('^').chars().take_while(|&c| c.is_ascii_alphanumeric() || c == '-').collect();
    let name = if name.is_empty() { "<name>" } else { &name };
    Today::Write(format!("'{rules} del-header {name}'"))
}

fn replaced_header(rules: &str) -> Today {
    let path = if rules == "http-request" {
        ", for the request line 'http-request replace-path <pattern> <format>'"
    } else {
        ""
    };
    Today::Write(format!("'{rules} replace-header <name> <pattern> <format>'{path}"))
}

/// The arguments as they were written, or what belongs there.
fn shown(arguments: &[Word], placeholder: &str) -> String {
    if arguments.is_empty() {
        return placeholder.to_owned();
    }
    arguments.iter().map(|word| word.display().into_owned()).collect::<Vec<_>>().join(" ")
}

const fn global(name: &'static str, fate: Fate, today: fn(&[Word]) -> Today) -> Removed {
    Removed { name, sections: Sections::GLOBAL, fate, today }
}

const fn proxy(name: &'static str, fate: Fate, today: fn(&[Word]) -> Today) -> Removed {
    Removed { name, sections: Sections::PROXY, fate, today }
}
