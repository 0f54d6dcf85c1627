//! Lines on health checks: what is possible, which lines a section has, what is said where something is at fault. What HAProxy 3.5 accepts
//! and refuses was measured.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is the report")]

mod support;

use burdock_model::{CheckAction, CheckKind, CheckScript};
use burdock_syntax::Severity;
use support::{load, model};

/// A backend with these lines and a server with these options, behind other sections.
fn configuration(sections: &str, lines: &str, options: &str) -> String {
    let limits = " timeout client 5s\n timeout server 5s\n timeout connect 5s\n";
    format!("{sections}\ndefaults\n mode http\n{limits}backend be\n {lines}\n server s 127.0.0.1:80 check {options}\n")
}

#[test]
fn accepted() {
    for (lines, options) in [
        ("option httpchk\n http-check expect status 200,300-399", ""),
        ("option httpchk\n http-check expect status 99999", ""),
        ("option httpchk\n http-check expect ! ! status 200", ""),
        ("option httpchk\n http-check expect status 200 ok-status L7OK", ""),
        ("option httpchk\n http-check expect min-recv -1 string a", ""),
        ("option httpchk\n http-check send", ""),
        ("option httpchk\n http-check send body a body-lf b uri a uri-lf b", ""),
        ("option httpchk\n http-check connect proto h2", ""),
        ("option httpchk\n http-check set-var(check.a) int(1)\n http-check set-var(req.a) src", ""),
        ("option tcp-check\n tcp-check connect proto none", ""),
        ("http-check expect status 200", ""),
        ("option smtpchk EHLO", ""),
        ("option httpchk", "check-alpn h2"),
        ("option httpchk", "check-proto h1 observe layer7 error-limit 1 on-error sudden-death"),
        ("option tcp-check", "check-proto none check-send-proxy"),
    ] {
        model(&configuration("", lines, options));
    }
    model(&configuration("healthcheck h\n http-check expect status 200\n type httpchk", "", "healthcheck h"));
    model(&configuration("healthcheck h", "", "healthcheck h"));
}

#[test]
fn refused() {
    for (lines, options) in [
        ("option httpchk\n http-check expect", ""),
        ("option httpchk\n http-check expect foo bar", ""),
        ("option httpchk\n http-check expect status", ""),
        ("option httpchk\n http-check expect status abc", ""),
        ("option httpchk\n http-check expect status 200-100", ""),
        ("option httpchk\n http-check expect status 200 300", ""),
        ("option httpchk\n http-check expect rstatus (", ""),
        ("option httpchk\n http-check expect ok-status L7RSP status 200", ""),
        ("option httpchk\n http-check expect status 200 string foo", ""),
        ("option httpchk\n http-check expect hdr x", ""),
        ("option httpchk\n http-check expect hdr name -m foo x", ""),
        ("option httpchk\n http-check expect hdr name-lf -m reg x", ""),
        ("option httpchk\n http-check expect binary 0a", ""),
        ("option httpchk\n http-check expect min-recv -2 string a", ""),
        ("option httpchk\n http-check expect status-code foo status 200", ""),
        ("option httpchk\n http-check send foo", ""),
        ("option httpchk\n http-check send hdr a", ""),
        ("option httpchk\n http-check send hdr \"x y\" b", ""),
        ("option httpchk\n http-check expect status 200\n http-check connect", ""),
        ("option httpchk\n http-check send uri /a\n http-check send uri /b", ""),
        ("option httpchk\n http-check foo", ""),
        ("option httpchk\n http-check comment", ""),
        ("option httpchk\n http-check connect port 70000", ""),
        ("option httpchk\n http-check connect port 0", ""),
        ("option httpchk\n http-check connect addr 127.0.0.1:+80", ""),
        ("option httpchk\n http-check connect proto none", ""),
        ("option httpchk\n http-check connect via-socks4", ""),
        ("option tcp-check\n tcp-check connect proto h2", ""),
        ("option httpchk\n http-check set-var(check.a) req.hdr(a)", ""),
        ("option httpchk\n http-check set-var(check.a)", ""),
        ("option httpchk a b c d e", ""),
        ("no option httpchk", ""),
        ("option httpchk\n http-check send-state foo", ""),
        ("option tcp-check\n tcp-check send a b", ""),
        ("option tcp-check\n tcp-check send-binary 123", ""),
        ("option tcp-check\n tcp-check send-binary zz", ""),
        ("option tcp-check\n tcp-check expect status 200", ""),
        ("option mysql-check foo", ""),
        ("option mysql-check user", ""),
        ("option mysql-check user a foo", ""),
        ("option pgsql-check", ""),
        ("option redis-check foo", ""),
        ("option external-check", ""),
        ("option httpchk", "check-proto none"),
        ("option tcp-check", "check-proto h2"),
        ("", "observe foo"),
        ("", "error-limit 0"),
        ("", "on-error foo"),
        ("", "agent-check"),
        ("", "healthcheck nowhere"),
        ("", "on-marked-down shutdown-sessions"),
        ("", "track be/s"),
    ] {
        let loaded = load(&configuration("", lines, options));
        assert!(loaded.model.is_none(), "{lines} | {options}");
    }
    for sections in [
        "healthcheck h\n type foo",
        "healthcheck h\n type httpchk\n type tcp-check",
        "healthcheck h\n type tcp-check\n http-check expect status 200",
        "healthcheck h\n type external-check",
        "healthcheck h\n type httpchk\n http-check expect foo",
        "healthcheck\n type httpchk",
        "healthcheck h\n type httpchk\nhealthcheck h\n type httpchk",
        "healthcheck h\n foo",
    ] {
        assert!(load(&configuration(sections, "", "")).model.is_none(), "{sections}");
    }
}

fn script(model: &burdock_model::Model) -> &CheckScript {
    let backend = model.proxies.last().unwrap().backend.as_ref().unwrap();
    let server = backend.servers.iter().next().unwrap();
    match &server.check.as_ref().unwrap().kind {
        CheckKind::Script(script) => script,
        CheckKind::External(program) => panic!("{program:?}"),
    }
}

/// The steps by their first letters: connect, send, request, expect, variable.
fn steps(model: &burdock_model::Model) -> String {
    let letter = |action: &CheckAction| match action {
        CheckAction::Connect(_) => 'c',
        CheckAction::Send(_) => 's',
        CheckAction::Request(_) => 'r',
        CheckAction::Expect(_) => 'e',
        CheckAction::SetVariable(..) | CheckAction::SetVariableText(..) | CheckAction::UnsetVariable(_) => 'v',
    };
    script(model).steps.iter().map(|step| letter(&step.action)).collect()
}

/// What is implied: a connection, a request, what is expected of the answer.
#[test]
fn steps_that_go_without_saying() {
    for (lines, expected) in [
        ("", "c"),
        ("option tcp-check", "c"),
        ("option tcp-check\n tcp-check expect string a", "ce"),
        ("option tcp-check\n tcp-check comment x\n tcp-check connect\n tcp-check send a", "cs"),
        ("option httpchk", "cre"),
        ("option httpchk\n http-check expect status 200", "cre"),
        ("option httpchk\n http-check connect\n http-check send uri /", "cre"),
        (
            "option httpchk\n http-check set-var(check.a) int(1)\n http-check connect\n http-check expect status 200",
            "vcre",
        ),
        (
            "option httpchk\n http-check send uri /\n http-check expect status 200\n http-check set-var(check.a) int(1)",
            "crev",
        ),
        ("option mysql-check user a", "csee"),
        ("option redis-check", "cse"),
    ] {
        assert_eq!(steps(&model(&configuration("", lines, ""))), expected, "{lines}");
    }
}

/// A section with a line of its own takes none over from its defaults.
#[test]
fn lines_of_defaults() {
    let limits = " mode http\n timeout client 5s\n timeout server 5s\n timeout connect 5s\n";
    let defaults = " option tcp-check\n tcp-check send a\n tcp-check send b\n";
    for (lines, expected) in
        [("", "css"), (" tcp-check send c\n", "cs"), (" option tcp-check\n", "c"), (" option httpchk\n", "cre")]
    {
        let text = format!("defaults\n{limits}{defaults}backend be\n{lines} server s 127.0.0.1:80 check\n");
        assert_eq!(steps(&model(&text)), expected, "{lines}");
    }
}

#[test]
fn what_has_no_effect_is_told() {
    for (sections, lines, options) in [
        ("", "tcp-check expect string a", ""),
        ("", "option httpchk GET / HTTP/1.1\\r\\nHost:\\ a", ""),
        ("healthcheck h\n http-check expect status 200", "", "healthcheck h"),
        ("", "mode tcp", "observe layer7"),
    ] {
        let loaded = load(&configuration(sections, lines, options));
        assert_eq!(loaded.diagnostics.count(Severity::Warning), 1, "{lines}: {:?}", loaded.diagnostics);
        assert!(loaded.model.is_some(), "{lines}");
    }
}
