//! The `option` lines that say what checks are, and `type` lines, which take the same arguments.

use burdock_syntax::{Diagnostic, Parsed, Span, Word};

use crate::args::Args;
use crate::draft::{CheckDraft, CheckKindLine, CheckLine, CheckVerb, MysqlLogin, Spanned};

/// Sets what checks are. `home`: the first line of the section.
pub(super) fn set(check: &mut CheckDraft, home: Span, kind: &str, args: &mut Args<'_>) -> Parsed<()> {
    let kind = match kind {
        "httpchk" => {
            let request = request(args)?;
            let lines = check.http.of(home);
            // A second line that says nothing leaves the first as it is (measured).
            if !request.words.is_empty() || lines.request.is_none() {
                lines.request = Some(request);
            }
            CheckKindLine::Http
        }
        "tcp-check" => {
            check.tcp.of(home);
            CheckKindLine::Tcp
        }
        "smtpchk" => CheckKindLine::Smtp(smtp_hello(args)),
        "mysql-check" => CheckKindLine::Mysql(mysql_user(args)?),
        "pgsql-check" => {
            let what = "'user' and a name";
            if args.next_if("user").is_none() {
                return Err(args.missing(what));
            }
            CheckKindLine::Pgsql(args.required(what)?.clone())
        }
        "ssl-hello-chk" => CheckKindLine::TlsHello,
        "redis-check" => CheckKindLine::Redis,
        "ldap-check" => CheckKindLine::Ldap,
        "external-check" => CheckKindLine::External,
        _ => CheckKindLine::Spop,
    };
    args.end()?;
    check.kind = Some(Spanned::new(kind, args.name_span));
    Ok(())
}

/// `[[<method>] <uri> [<version> [<host>]]]`, as the words of an `http-check send` line.
fn request(args: &mut Args<'_>) -> Parsed<CheckLine> {
    let mut words = Vec::new();
    let mut say = |name: &str, said: &[&Word]| {
        let Some(first) = said.first() else { return };
        words.push(Word::synthetic(name, first.span()));
        words.extend(said.iter().copied().cloned());
    };
    let given = [args.next(), args.next(), args.next(), args.next()];
    match given {
        [Some(uri), None, ..] => say("uri", &[uri]),
        [Some(method), Some(uri), version, host] => {
            say("meth", &[method]);
            say("uri", &[uri]);
            if let Some(version) = version {
                old_headers(version, args, &mut say);
            }
            if let Some(host) = host {
                say("hdr", &[&Word::synthetic("host", host.span()), host]);
            }
        }
        _ => {}
    }
    let name = Spanned::new(args.name.clone(), args.name_span);
    Ok(CheckLine { verb: CheckVerb::Request, name, words })
}

/// The version. Old files hide header fields and a body behind it (`HTTP/1.1\r\nHost:\ example.com`), which HAProxy refuses today.
fn old_headers(version: &Word, args: &mut Args<'_>, say: &mut impl FnMut(&str, &[&Word])) {
    let text = version.as_bytes();
    let Some(end) = memchr::memmem::find(text, b"\r\n") else {
        say("ver", &[version]);
        return;
    };
    let span = version.span();
    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace('\\', "\\\\").replace(' ', "\\ ");
    say("ver", &[&version.slice(0..end)]);
    let rest = &text[end + 2..];
    let (fields, body) = match memchr::memmem::find(rest, b"\r\n\r\n") {
        Some(at) => (&rest[..at], Some(&rest[at + 4..])),
        None => (rest, None),
    };
    let mut line = "http-check send".to_owned();
    for field in fields.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii) {
        let Some(colon) = field.iter().position(|&byte| byte == b':') else { continue };
        let (name, value) = (&field[..colon], field[colon + 1..].trim_ascii());
        // What stood there was no format.
        let value = String::from_utf8_lossy(value).replace('%', "%%");
        say("hdr", &[&Word::synthetic(name, span), &Word::synthetic(value.as_str(), span)]);
        line.push_str(&format!(" hdr {} {}", shown(name), shown(value.as_bytes())));
    }
    if let Some(body) = body.filter(|body| !body.is_empty()) {
        say("body", &[&Word::synthetic(body, span)]);
        line.push_str(&format!(" body {}", shown(body)));
    }
    args.report(
        Diagnostic::warning("header fields and bodies no longer belong behind the version")
            .code("old-form")
            .at(span, "a form of old files, which HAProxy refuses today")
            .help(format!("say '{}' here and add a line '{line}'", shown(&text[..end]))),
    );
}

/// What is said to the server first.
fn smtp_hello(args: &mut Args<'_>) -> Vec<u8> {
    let said = (args.peek().cloned(), args.next().and_then(|_| args.next()));
    match said {
        (Some(verb), Some(domain)) if verb == *"HELO" || verb == *"EHLO" => {
            [verb.as_bytes(), b" ", domain.as_bytes()].concat()
        }
        _ => b"HELO localhost".to_vec(),
    }
}

fn mysql_user(args: &mut Args<'_>) -> Parsed<Option<(Word, MysqlLogin)>> {
    if args.peek().is_none() {
        return Ok(None);
    }
    args.choice("'user'", &[("user", ())])?;
    let user = args.required("the name of a user")?.clone();
    const LOGINS: [(&str, MysqlLogin); 3] =
        [("pre-41", MysqlLogin::Before41), ("post-41", MysqlLogin::Since41), ("post-80", MysqlLogin::Since80)];
    let login = match args.peek() {
        Some(_) => args.choice("a form of logging in", &LOGINS)?.value,
        None => MysqlLogin::Since41,
    };
    Ok(Some((user, login)))
}
