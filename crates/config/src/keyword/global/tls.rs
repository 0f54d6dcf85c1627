//! TLS of the whole process: `ssl-*`, `tune.ssl.*`, and where certificates are looked for (configuration manual 3.1 and 3.2).

use std::path::PathBuf;

use burdock_syntax::{Diagnostic, Parsed, Severity, Span};
use burdock_tls::settings::{ExtraFiles, Verify};

use crate::args::{Args, within};
use crate::draft::{GlobalDraft, Set, Spanned};
use crate::keyword::bind::OPTIONS as BIND_OPTIONS;
use crate::keyword::server::OPTIONS as SERVER_OPTIONS;
use crate::keyword::{Keyword, tls};

pub(super) const KEYWORDS: &[Keyword<GlobalDraft>] = &[
    // What lines start from.
    Keyword::global(
        "ssl-default-bind-ciphers",
        "<cipher>[:…]",
        "'ciphers' of 'bind' lines that say nothing",
        "3.1",
        |global, args| text(&mut global.tls.defaults.bind.tls.policy.ciphers, args, "a list of ciphers"),
    ),
    Keyword::global(
        "ssl-default-bind-ciphersuites",
        "<suite>[:…]",
        "'ciphersuites' of 'bind' lines that say nothing",
        "3.1",
        |global, args| text(&mut global.tls.defaults.bind.tls.policy.cipher_suites, args, "a list of cipher suites"),
    ),
    Keyword::global(
        "ssl-default-bind-curves",
        "<group>[:…]",
        "'curves' of 'bind' lines that say nothing",
        "3.1",
        |global, args| text(&mut global.tls.defaults.bind.tls.policy.curves, args, "a list of curves"),
    ),
    Keyword::global(
        "ssl-default-bind-sigalgs",
        "<algorithm>[:…]",
        "'sigalgs' of 'bind' lines that say nothing",
        "3.1",
        |global, args| {
            text(&mut global.tls.defaults.bind.tls.policy.signature_algorithms, args, "a list of signature algorithms")
        },
    ),
    Keyword::global(
        "ssl-default-bind-client-sigalgs",
        "<algorithm>[:…]",
        "'client-sigalgs' of 'bind' lines that say nothing",
        "3.1",
        |global, args| {
            text(
                &mut global.tls.defaults.bind.tls.policy.client_signature_algorithms,
                args,
                "a list of signature algorithms",
            )
        },
    ),
    Keyword::global("ssl-default-bind-options", "<option>…", "options of all 'bind' lines", "3.1", |global, args| {
        BIND_OPTIONS.run_some(tls::BIND_DEFAULTS, &mut global.tls.defaults.bind, args)
    }),
    Keyword::global(
        "ssl-default-server-ciphers",
        "<cipher>[:…]",
        "'ciphers' of 'server' lines that say nothing",
        "3.1",
        |global, args| text(&mut global.tls.defaults.server.tls.policy.ciphers, args, "a list of ciphers"),
    ),
    Keyword::global(
        "ssl-default-server-ciphersuites",
        "<suite>[:…]",
        "'ciphersuites' of 'server' lines that say nothing",
        "3.1",
        |global, args| text(&mut global.tls.defaults.server.tls.policy.cipher_suites, args, "a list of cipher suites"),
    ),
    Keyword::global(
        "ssl-default-server-curves",
        "<group>[:…]",
        "'curves' of 'server' lines that say nothing",
        "3.1",
        |global, args| text(&mut global.tls.defaults.server.tls.policy.curves, args, "a list of curves"),
    ),
    Keyword::global(
        "ssl-default-server-sigalgs",
        "<algorithm>[:…]",
        "'sigalgs' of 'server' lines that say nothing",
        "3.1",
        |global, args| {
            text(
                &mut global.tls.defaults.server.tls.policy.signature_algorithms,
                args,
                "a list of signature algorithms",
            )
        },
    ),
    Keyword::global(
        "ssl-default-server-client-sigalgs",
        "<algorithm>[:…]",
        "'client-sigalgs' of 'server' lines that say nothing",
        "3.1",
        |global, args| {
            text(
                &mut global.tls.defaults.server.tls.policy.client_signature_algorithms,
                args,
                "a list of signature algorithms",
            )
        },
    ),
    Keyword::global(
        "ssl-default-server-options",
        "<option>…",
        "options of all 'server' lines",
        "3.1",
        |global, args| SERVER_OPTIONS.run_some(tls::SERVER_DEFAULTS, &mut global.tls.defaults.server, args),
    ),
    Keyword::global(
        "ssl-server-verify",
        "none|required",
        "'verify' of 'server' lines that say nothing",
        "3.1",
        |global, args| {
            const CHOICES: [(&str, Verify); 2] = [("none", Verify::None), ("required", Verify::Required)];
            global.tls.defaults.server.tls.policy.verify = Some(args.choice("how to verify", &CHOICES)?);
            args.end()
        },
    ),
    // Files.
    Keyword::global(
        "crt-base",
        "<directory>",
        "where relative names of certificates start from",
        "3.1",
        |global, args| base(&mut global.tls.certificate_base, args),
    ),
    Keyword::global(
        "key-base",
        "<directory>",
        "where relative names of private keys start from",
        "3.1",
        |global, args| base(&mut global.tls.key_base, args),
    ),
    Keyword::global(
        "ca-base",
        "<directory>",
        "where relative names of CA and CRL files start from",
        "3.1",
        |global, args| base(&mut global.tls.ca_base, args),
    ),
    Keyword::global(
        "issuers-chain-path",
        "<directory>",
        "where the issuers of certificates that come without them are looked for",
        "3.1",
        |global, args| {
            global.tls.issuers = Some(tls::file(args)?);
            args.end()
        },
    ),
    Keyword::global(
        "ssl-load-extra-files",
        "none|all|{bundle|sctl|ocsp|issuer|key}…",
        "which files beside a certificate are looked for",
        "3.1",
        extra_files,
    ),
    Keyword::global(
        "ssl-load-extra-del-ext",
        "",
        "files beside 'site.crt' are named 'site.key' and not 'site.crt.key'",
        "3.1",
        |global, args| {
            args.lenient_end();
            global.tls.replace_extension = Some(Spanned::new(true, args.name_span));
            Ok(())
        },
    ),
    Keyword::global(
        "ssl-skip-self-issued-ca",
        "",
        "issuers that vouch for themselves are not sent",
        "3.1",
        |global, args| {
            args.lenient_end();
            global.tls.skip_self_issued = Some(Spanned::new(true, args.name_span));
            Ok(())
        },
    ),
    Keyword::global(
        "ssl-security-level",
        "<level>",
        "how strong keys and signatures have to be, 0 to 5; those below 2 are as 2",
        "3.1",
        |global, args| {
            global.tls.security_level = Some(args.number("a level", 0..=5)?.map(|level| level as u8));
            args.end()
        },
    ),
    // Sizes and times.
    Keyword::global("tune.ssl.cachesize", "<sessions>", "sessions that may be resumed", "3.2", |global, args| {
        count(&mut global.tls.cache_size, args)
    }),
    Keyword::global("tune.ssl.lifetime", "<time>", "how long sessions may be resumed", "3.2", |global, args| {
        let time = args.time_s()?;
        args.end()?;
        global.tls.lifetime_s = Some(time);
        Ok(())
    }),
    Keyword::global(
        "tune.ssl.maxrecord",
        "<bytes>",
        "how much one record holds; 0: as much as fits",
        "3.2",
        |global, args| count(&mut global.tls.max_record, args),
    ),
    Keyword::global(
        "tune.ssl.hard-maxrecord",
        "<bytes>",
        "how much one record holds; 0: as much as fits",
        "3.2",
        |global, args| count(&mut global.tls.hard_max_record, args),
    ),
    Keyword::global(
        "tune.ssl.capture-buffer-size",
        "<bytes>",
        "how much of what clients offer is kept for samples",
        "3.2",
        |global, args| count(&mut global.tls.capture_buffer, args),
    ),
    Keyword::global(
        "tune.ssl.capture-cipherlist-size",
        "<bytes>",
        "as 'tune.ssl.capture-buffer-size', in old files",
        "3.2",
        |global, args| {
            args.report(
                Diagnostic::warning("'tune.ssl.capture-cipherlist-size' is an old name")
                    .code("deprecated")
                    .at(args.name_span, "of HAProxy 2.5 and before")
                    .replace(args.name_span, "tune.ssl.capture-buffer-size", "write 'tune.ssl.capture-buffer-size'"),
            );
            count(&mut global.tls.capture_buffer, args)
        },
    ),
    Keyword::global(
        "tune.ssl.keylog",
        "on|off",
        "whether the secrets of connections are kept for samples",
        "3.2",
        |global, args| {
            global.tls.keylog = Some(args.choice("'on' or 'off'", &[("on", true), ("off", false)])?);
            args.end()
        },
    ),
    Keyword::global(
        "tune.ssl.ssl-ctx-cache-size",
        "<count>",
        "made-up certificates that are kept",
        "3.2",
        |global, args| count(&mut global.tls.generated_cache, args),
    ),
    // What is off.
    Keyword::global("ssl-dh-param-file", "<file>", "parameters of Diffie-Hellman, which is off", "3.1", |_, args| {
        args.path("the name of a file")?;
        args.end()?;
        report_no_dh(args);
        Ok(())
    }),
    Keyword::global(
        "tune.ssl.default-dh-param",
        "<bits>",
        "the size of Diffie-Hellman, which is off",
        "3.2",
        |_, args| {
            const SMALLEST: i64 = 1024;
            within(args.lenient_number("a number of bits")?, SMALLEST..=i64::from(i32::MAX))?;
            args.end()?;
            report_no_dh(args);
            Ok(())
        },
    ),
    Keyword::global(
        "ssl-engine",
        "<name> [algo <algorithm>[,…]]",
        "never done: there are no engines",
        "3.1",
        |_, args| {
            args.required("the name of an engine")?;
            args.rest();
            Err(no_plug_ins("engines", args.line_span()))
        },
    ),
    Keyword::global("ssl-provider", "<name>", "the library's own provider; there is no other", "3.1", |_, args| {
        let word = args.required("the name of a provider")?;
        args.lenient_end();
        if *word == *"default" { Ok(()) } else { Err(no_plug_ins("providers", args.line_span())) }
    }),
    Keyword::global("ssl-propquery", "<query>", "never done: there is one provider", "3.1", |_, args| {
        args.required("a query")?;
        args.lenient_end();
        Err(no_plug_ins("providers", args.line_span()))
    }),
    Keyword::global(
        "ocsp-update.mode",
        "on|off",
        "whether responses on certificates are fetched anew in time",
        "3.1",
        |global, args| on_or_off(&mut global.tls.ocsp.mode, args),
    ),
    Keyword::global(
        "ocsp-update.disable",
        "on|off",
        "no response is fetched, whatever else is said",
        "3.1",
        |global, args| on_or_off(&mut global.tls.ocsp.disable, args),
    ),
    Keyword::global(
        "ocsp-update.mindelay",
        "<seconds>",
        "the least time between two fetches of a response",
        "3.1",
        |global, args| count(&mut global.tls.ocsp.min_delay_s, args),
    ),
    Keyword::global(
        "ocsp-update.maxdelay",
        "<seconds>",
        "the most time between two fetches of a response",
        "3.1",
        |global, args| count(&mut global.tls.ocsp.max_delay_s, args),
    ),
    Keyword::global(
        "tune.ssl.ocsp-update.mindelay",
        "<seconds>",
        "the former name of 'ocsp-update.mindelay'",
        "3.1",
        |global, args| count(&mut global.tls.ocsp.min_delay_s, args),
    ),
    Keyword::global(
        "tune.ssl.ocsp-update.maxdelay",
        "<seconds>",
        "the former name of 'ocsp-update.maxdelay'",
        "3.1",
        |global, args| count(&mut global.tls.ocsp.max_delay_s, args),
    ),
    Keyword::global(
        "ocsp-update.httpproxy",
        "<address>[:<port>]",
        "who is asked in place of the responders",
        "3.1",
        |global, args| {
            let said = args.text("an address")?;
            args.end()?;
            let proxy = host_and_port(&said.value).ok_or_else(|| {
                Diagnostic::error("this is no address of an HTTP proxy")
                    .code("bad-value")
                    .at(said.span, "a name or an address, and a port behind a colon")
            })?;
            global.tls.ocsp.proxy = Some(Spanned::new(proxy, said.span));
            Ok(())
        },
    ),
];

fn on_or_off(setting: &mut Set<bool>, args: &mut Args<'_>) -> Parsed<()> {
    let wanted = args.choice("'on' or 'off'", &[("on", true), ("off", false)])?;
    args.end()?;
    *setting = Some(wanted);
    Ok(())
}

/// `host`, `host:port` or `[address]:port`.
fn host_and_port(text: &str) -> Option<(String, u16)> {
    const HTTP: u16 = 80;
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            (host, port.strip_prefix(':'))
        }
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    let port = port.map_or(Some(HTTP), |port| port.parse().ok())?;
    (!host.is_empty() && !host.contains(char::is_whitespace)).then(|| (host.to_owned(), port))
}

fn text(setting: &mut Set<String>, args: &mut Args<'_>, what: &str) -> Parsed<()> {
    let text = args.text(what)?;
    args.end()?;
    *setting = Some(text);
    Ok(())
}

/// HAProxy refuses a second line on it.
fn base(setting: &mut Set<PathBuf>, args: &mut Args<'_>) -> Parsed<()> {
    let path = args.path("a directory")?;
    args.end()?;
    if let Some(first) = setting {
        return Err(Diagnostic::error(format!("'{}' was said before", args.name))
            .code("said-before")
            .at(args.name_span, "said again")
            .also(first.span, "said here"));
    }
    *setting = Some(path);
    Ok(())
}

fn count(setting: &mut Set<u32>, args: &mut Args<'_>) -> Parsed<()> {
    let number = within(args.lenient_number("a number")?, 0..=i64::from(i32::MAX))?;
    args.end()?;
    *setting = Some(number.map(|number| number as u32));
    Ok(())
}

fn extra_files(global: &mut GlobalDraft, args: &mut Args<'_>) -> Parsed<()> {
    const KINDS: [(&str, &str); 7] = [
        ("none", "none"),
        ("all", "all"),
        ("bundle", "bundle"),
        ("sctl", "sctl"),
        ("ocsp", "ocsp"),
        ("issuer", "issuer"),
        ("key", "key"),
    ];
    let none = ExtraFiles { bundle: false, sctl: false, ocsp: false, issuer: false, key: false };
    let mut files = none;
    let mut alone = None;
    let mut first = true;
    while first || args.peek().is_some() {
        let kind = args.choice("a kind of file", &KINDS)?;
        match kind.value {
            "none" => alone = Some((none, kind.span)),
            "all" => alone = Some((ExtraFiles::default(), kind.span)),
            "bundle" => files.bundle = true,
            "sctl" => files.sctl = true,
            "ocsp" => files.ocsp = true,
            "issuer" => files.issuer = true,
            _ => files.key = true,
        }
        if let Some((_, span)) = alone.filter(|_| !first || args.peek().is_some()) {
            return Err(Diagnostic::error("'none' and 'all' stand alone")
                .code("unexpected-argument")
                .at(span, "with others"));
        }
        first = false;
    }
    global.tls.extra_files = Some(Spanned::new(alone.map_or(files, |(files, _)| files), args.name_span));
    Ok(())
}

/// Said whatever the command line: what is weaker than in HAProxy, or off, should come as no surprise. HAProxy says nothing, so that it is
/// not counted as a warning.
fn report_no_dh(args: &mut Args<'_>) {
    args.report(
        Diagnostic::new(Severity::Notice, format!("'{}' changes nothing: key exchange by finite-field Diffie-Hellman is off", args.name))
            .code("off")
            .at(args.line_span(), "accepted, without effect")
            .note("elliptic curves take its place, which all clients of today know; DHE is slow and was attacked (CVE-2002-20001)"),
    );
}

fn no_plug_ins(what: &str, span: Span) -> Diagnostic {
    Diagnostic::error(format!("{what} of OpenSSL cannot be loaded: ciphering is done by AWS-LC, which is built in"))
        .code("never-supported")
        .at(span, "remove this line")
}
