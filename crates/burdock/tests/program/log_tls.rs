//! TLS where there is no traffic: log lines on their way, and the runtime API.

use burdock_testkit::tools::OpenSsl;
use burdock_testkit::{Certificates, Key, LogSink, Proxy, wait};

use crate::support::burdock;

/// A site that logs through `sections` to a forwarder that asks its senders for certificates.
fn start(certificates: &Certificates, log: &LogSink, global: &str, sections: &str) -> Proxy {
    let (own, ca) = (certificates.issue("logs.pem", Key::Ecdsa, &["logs.test"]), certificates.authority());
    burdock().start(&format!(
        "global
    stats socket @dir@/cli level admin
    {global}
defaults
    mode http
    option httplog
    timeout client 30s
frontend web
    bind 127.0.0.1:@web@
    log global
    http-request return status 200
log-forward streams
    bind 127.0.0.1:@next@ ssl crt {own} verify required ca-file {ca}
    timeout client 30s
    log 127.0.0.1:{} local0
{sections}
",
        log.port
    ))
}

#[test]
fn lines_travel_between_ends_that_know_each_other() {
    let (certificates, log) = (Certificates::by("Authority"), LogSink::new());
    let (ca, stranger) = (certificates.authority(), Certificates::by("Other"));
    let sender = certificates.issue("sender.pem", Key::Rsa, &["sender.test"]);
    // Each way has one fault; none of their lines may arrive.
    let ways = [
        ("good", format!("ssl verify required ca-file {ca} sni str(logs.test) crt {sender}")),
        ("misled", format!("ssl verify required ca-file {ca} verifyhost other.test crt {sender}")),
        ("nameless", format!("ssl verify required ca-file {ca} sni str(logs.test)")),
        ("trusting", format!("ssl verify required ca-file {} crt {sender}", stranger.authority())),
    ];
    let mut global = String::new();
    let mut sections = String::new();
    for (name, words) in &ways {
        global.push_str(&format!("    log ring@{name} format rfc3164 local0\n"));
        sections.push_str(&format!("ring {name}\n    format rfc5424\n    server s 127.0.0.1:@next@ {words}\n"));
    }
    global.push_str("    log backend@farm format rfc3164 local7\n");
    sections.push_str(&format!(
        "backend farm\n    mode log\n    timeout connect 5s\n    timeout server 5s\n    server s 127.0.0.1:@next@ ssl verify none crt {sender}\n"
    ));
    let proxy = start(&certificates, &log, global.trim(), &sections);
    for n in 0..20 {
        assert_eq!(proxy.client("web").get(&format!("/{n}"), &[]).status(), 200);
    }
    // The ring's lines are of facility 16, the farm's of 23.
    let of = |priority: &str| log.lines().iter().filter(|line| line.starts_with(priority)).count();
    wait::until("the lines of both ways that work", || (of("<134>") == 20 && of("<190>") == 20).then_some(()));
    assert_eq!(log.lines().len(), 40);
    let received = proxy.cli("show info");
    assert!(received.contains("CumRecvLogs: 40\n"), "{received}");
}

#[test]
fn the_runtime_api_speaks_tls_with_those_who_show_a_certificate() {
    let Some(openssl) = OpenSsl::new() else { return };
    let (certificates, log) = (Certificates::by("Authority"), LogSink::new());
    let (ca, own) = (certificates.authority(), certificates.issue("cli.pem", Key::Ecdsa, &["cli.test"]));
    let operator = certificates.issue("operator.pem", Key::Ecdsa, &["operator.test"]);
    let socket = format!("stats socket 127.0.0.1:@admin@ ssl crt {own} verify required ca-file {ca} level admin");
    let proxy = start(&certificates, &log, &socket, "");
    let known = ["-CAfile", &ca, "-verify_return_error", "-cert", &operator, "-key", &operator];
    let shown = openssl.talk(proxy.port("admin"), &known, "show cli level\n");
    assert!(shown.success && shown.common_name() == Some("cli.test"), "{}", shown.text);
    assert!(shown.text.contains("admin\n"), "{}", shown.text);
    let refused = openssl.talk(proxy.port("admin"), &["-CAfile", &ca], "show cli level\n");
    assert!(!refused.text.contains("admin\n"), "{}", refused.text);
}
