//! How servers are checked: `option httpchk` and the other kinds of checks, `http-check`, `tcp-check`, and the `healthcheck` section that
//! holds the same. Lines are kept as words here and compiled when all names are known.

mod kind;
mod line;

use burdock_syntax::{Diagnostic, Parsed};

use super::{Keyword, Sections};
use crate::args::{Args, not_one_of};
use crate::draft::{CheckKindLine, HealthcheckDraft, ProxyDraft, Spanned};

macro_rules! options {
    ($($name:literal, $arguments:literal, $summary:literal, $kind:literal;)+) => {
        &[$(
            Keyword::proxy($name, $arguments, $summary, "4.2", |proxy, args| {
                let home = proxy.span;
                kind::set(&mut proxy.settings.check, home, $kind, args)
            })
            .within(Sections::SERVER_SIDE)
            .ignored_in(Sections::FRONTEND),
        )+]
    };
}

/// The kinds of checks.
pub(crate) const OPTIONS: &[Keyword<ProxyDraft>] = options![
    "option tcp-check", "", "checks connect, or do what 'tcp-check' lines say", "tcp-check";
    "option httpchk", "[[<method>] <uri> [<version> [<host>]]]", "checks send a request of HTTP", "httpchk";
    "option ssl-hello-chk", "", "checks look for an answer to a TLS hello", "ssl-hello-chk";
    "option smtpchk", "[HELO|EHLO <domain>]", "checks speak SMTP", "smtpchk";
    "option mysql-check", "[user <name> [pre-41|post-41|post-80]]", "checks speak MySQL", "mysql-check";
    "option pgsql-check", "user <name>", "checks speak PostgreSQL", "pgsql-check";
    "option redis-check", "", "checks speak Redis", "redis-check";
    "option ldap-check", "", "checks speak LDAP", "ldap-check";
    "option spop-check", "", "checks speak SPOP", "spop-check";
    "option external-check", "", "checks run a program", "external-check";
];

/// Where the program of `option external-check` is.
pub(crate) const PROGRAM: &[Keyword<ProxyDraft>] = &[
    Keyword::proxy("external-check command", "<file>", "the program that checks", "4.2", |proxy, args| {
        proxy.settings.check.command = Some(args.path("a file")?);
        args.end()
    })
    .within(Sections::SERVER_SIDE)
    .ignored_in(Sections::FRONTEND),
    Keyword::proxy(
        "external-check path",
        "<directories>",
        "the 'PATH' of the program that checks",
        "4.2",
        |proxy, args| {
            proxy.settings.check.path = Some(args.path("a list of directories")?);
            args.end()
        },
    )
    .within(Sections::SERVER_SIDE)
    .ignored_in(Sections::FRONTEND),
];

macro_rules! lines {
    ($draft:ty, $sections:expr, $ignored:expr, $parse:ident: $($name:literal, $arguments:literal, $summary:literal;)+) => {
        &[$(
            Keyword::<$draft>::new($name, $arguments, $summary, "4.2", $parse).within($sections).ignored_in($ignored),
        )+]
    };
}

macro_rules! all_lines {
    ($draft:ty, $sections:expr, $ignored:expr, $parse:ident) => {
        lines![$draft, $sections, $ignored, $parse:
            "http-check comment", "<text>", "what is said where the next line fails";
            "http-check connect", "[default] [port <port>] [addr <ip>] [ssl] [sni <name>] [alpn <list>] [proto <name>] [send-proxy] [linger] [comment <text>]",
                "opens a connection for the requests that follow";
            "http-check disable-on-404", "", "a server that answers 404 gets no new visitors";
            "http-check expect", "[min-recv <bytes>] [comment <text>] [ok-status|error-status|tout-status <status>] [on-success|on-error <format>] [status-code <expression>] [!] <match> <pattern>",
                "what a response must hold";
            "http-check send", "[meth <method>] [uri <uri>|uri-lf <format>] [ver <version>] [hdr <name> <format>]… [body <text>|body-lf <format>] [comment <text>]",
                "the request";
            "http-check send-state", "", "tells the server how we see it";
            "http-check", "set-var(<name>[,<condition>…]) <expression>|set-var-fmt(<name>[,<condition>…]) <format>|unset-var(<name>)",
                "sets a variable of the check";
            "tcp-check comment", "<text>", "what is said where the next line fails";
            "tcp-check connect", "[default] [port <port>] [addr <ip>] [ssl] [sni <name>] [alpn <list>] [send-proxy] [linger] [comment <text>]",
                "opens a connection";
            "tcp-check expect", "[min-recv <bytes>] [comment <text>] [ok-status|error-status|tout-status <status>] [on-success|on-error <format>] [status-code <expression>] [!] <match> <pattern>",
                "what the server must send";
            "tcp-check send", "<text> [comment <text>]", "sends a text";
            "tcp-check send-lf", "<format> [comment <text>]", "sends a text that is made anew each time";
            "tcp-check send-binary", "<digits> [comment <text>]", "sends bytes written in hexadecimal digits";
            "tcp-check send-binary-lf", "<format> [comment <text>]", "sends bytes whose hexadecimal digits are made anew each time";
            "tcp-check", "set-var(<name>[,<condition>…]) <expression>|set-var-fmt(<name>[,<condition>…]) <format>|unset-var(<name>)",
                "sets a variable of the check";
        ]
    };
}

/// The lines of proxies.
pub(crate) const LINES: &[Keyword<ProxyDraft>] =
    all_lines![ProxyDraft, Sections::SERVER_SIDE, Sections::FRONTEND, of_proxy];

fn of_proxy(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let home = proxy.span;
    line::read(&mut proxy.settings.check, home, args)
}

/// Keywords of `healthcheck` sections.
pub(crate) const SECTION: &[Keyword<HealthcheckDraft>] = &[Keyword::new(
    "type",
    "tcp-check|httpchk|ssl-hello-chk|smtpchk|pgsql-check|redis-check|mysql-check|ldap-check|spop-check [<argument>…]",
    "what the check is, with the arguments of the option of that name",
    "12.9",
    section_type,
)
.within(Sections::HEALTHCHECK)];

/// The lines of `healthcheck` sections.
pub(crate) const SECTION_LINES: &[Keyword<HealthcheckDraft>] =
    all_lines![HealthcheckDraft, Sections::HEALTHCHECK, Sections::NONE, of_section];

fn of_section(section: &mut HealthcheckDraft, args: &mut Args<'_>) -> Parsed<()> {
    let family = args.name.split(' ').next().unwrap_or_default().to_owned();
    let fits = match section.check.kind.as_ref().map(|kind| &kind.value) {
        None => true,
        Some(CheckKindLine::Http) => family == "http-check",
        Some(CheckKindLine::Tcp) => family == "tcp-check",
        Some(_) => false,
    };
    if !fits {
        return Err(Diagnostic::error(format!("'{family}' lines have no part in a check of this type"))
            .code("misplaced")
            .at(args.name_span, "not possible here"));
    }
    let home = section.span;
    line::read(&mut section.check, home, args)
}

fn section_type(section: &mut HealthcheckDraft, args: &mut Args<'_>) -> Parsed<()> {
    let word = args.required("a type")?;
    if let Some(first) = &section.check.kind {
        return Err(Diagnostic::error("the section has a type already")
            .code("said-before")
            .at(word.span(), "said again")
            .also(first.span, "said here"));
    }
    let name = word.display();
    let known = OPTIONS.iter().filter_map(|option| option.name.strip_prefix("option "));
    let known = known.filter(|known| *known != "external-check");
    let Some(kind) = known.clone().find(|known| *known == name) else {
        return Err(not_one_of(word, "a type of check", known));
    };
    let home = section.span;
    kind::set(&mut section.check, home, kind, args)?;
    if let Some(kind) = &mut section.check.kind {
        *kind = Spanned::new(kind.value.clone(), word.span());
    }
    Ok(())
}
