//! TLS and HTTP/2: what lines of `bind`, `server`, `global`, `crt-store` and lists of certificates come to. What is accepted and refused was
//! measured on HAProxy 3.5, but for what is off here.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is the report")]

mod support;

use burdock_config::{CommandLine, Loaded};
use burdock_model::{Http2LogErrors, Protocol, WebSocketProtocol};
use burdock_syntax::Severity;
use support::{CERTIFICATES, Machine, TIMEOUTS, load_on, messages, proxy};

/// Loads with `@@` standing for the directory of certificates, on a machine that has these lists besides.
fn load_with(lists: &[(&str, &str)], text: &str) -> Loaded {
    let place = |text: &str| text.replace("@@", CERTIFICATES);
    let machine = lists.iter().fold(Machine::default(), |machine, (name, text)| machine.with_file(name, &place(text)));
    load_on(&machine, &place(text), &CommandLine::default(), None)
}

fn of_bind(global: &str, options: &str) -> String {
    format!("global\n{global}\ndefaults\n mode http\n{TIMEOUTS}frontend f\n bind :443 {options}\n")
}

fn of_server(global: &str, options: &str) -> String {
    format!("global\n{global}\ndefaults\n mode http\n{TIMEOUTS}backend b\n server s 127.0.0.1:443 {options}\n")
}

/// The findings of these severities, as `severity code`.
fn codes(loaded: &Loaded) -> Vec<String> {
    let found = loaded.diagnostics.sorted();
    let shown = found
        .into_iter()
        .map(|found| format!("{} {}", found.severity().name(), found.stable_code().unwrap_or_default()));
    shown.collect()
}

/// What is otherwise than expected.
fn check(what: &str, loaded: &Loaded, expected: &[&str]) -> Option<String> {
    let has_errors = loaded.diagnostics.count(Severity::Error) > 0;
    assert_eq!(loaded.model.is_none(), has_errors, "{what}");
    let same = codes(loaded) == expected;
    (!same).then(|| {
        format!(
            "{what}: {expected:?} expected, found {:?}",
            loaded.diagnostics.sorted().iter().map(|found| (found.stable_code(), found.message())).collect::<Vec<_>>()
        )
    })
}

#[test]
fn what_bind_lines_may_say() {
    const SITE: &str = "ssl crt @@/site.pem";
    let rows: &[(&str, &[&str])] = &[
        ("", &[]),
        ("alpn h2", &[]),
        ("alpn h2,,http/1.1 alpn http/1.1", &[]),
        ("no-alpn", &[]),
        ("npn h2", &["error never-supported"]),
        ("alpn", &["error missing-argument"]),
        ("verify none ca-file @@/ca.pem", &[]),
        ("verify optional ca-file @@/ca.pem crl-file @@/crl.pem", &[]),
        ("verify required ca-verify-file @@/ca.pem no-ca-names", &[]),
        ("verify required", &["error missing-argument"]),
        ("verify sometimes", &["error unknown-value"]),
        ("ca-file @@/none.pem", &["error unreadable-file"]),
        ("crl-file @@/none.pem", &["error unreadable-file"]),
        ("ca-ignore-err all crt-ignore-err 10,X509_V_ERR_CERT_NOT_YET_VALID", &[]),
        ("crt-ignore-err 10,nothing", &["error unknown-value"]),
        ("crt-ignore-err 999999", &["error out-of-range"]),
        ("ciphers ECDHE-ECDSA-AES128-GCM-SHA256", &[]),
        ("ciphers ECDHE-ECDSA-AES128-GCM-SHA256:NOPE", &["notice tls"]),
        ("ciphers NOPE", &["notice tls", "notice tls"]),
        ("ciphersuites TLS_AES_128_GCM_SHA256 curves X25519:P-256 ecdhe prime256v1", &[]),
        ("curves NOPE", &["error tls"]),
        ("sigalgs ECDSA+SHA256 client-sigalgs ECDSA+SHA256", &[]),
        ("ssl-min-ver TLSv1.2 ssl-max-ver TLSv1.3", &[]),
        ("ssl-min-ver TLSv1.4", &["error unknown-value"]),
        ("ssl-min-ver TLSv1.0", &["notice off"]),
        ("ssl-max-ver TLSv1.1", &["error no-version"]),
        ("ssl-min-ver TLSv1.3 ssl-max-ver TLSv1.2", &["error no-version"]),
        ("force-tlsv10", &["error no-version"]),
        ("force-tlsv12 force-tlsv13", &[]),
        ("force-tlsv12 ssl-min-ver TLSv1.3", &["error no-version"]),
        ("no-sslv3 no-tlsv10 no-tlsv11", &[]),
        ("no-tlsv12", &[]),
        ("no-tlsv12 no-tlsv13", &["error no-version"]),
        ("no-tlsv12 ssl-min-ver TLSv1.2", &["warning no-effect-here"]),
        ("strict-sni no-strict-sni prefer-client-ciphers tls-tickets no-tls-tickets allow-0rtt", &[]),
        ("tls-ticket-keys @@/tickets.keys", &[]),
        ("tls-ticket-keys @@/none.keys", &["error unreadable-file"]),
        ("generate-certificates ca-sign-file @@/authority.pem", &[]),
        ("generate-certificates", &["error missing-argument"]),
        ("ktls off", &[]),
        ("ktls on", &["advice no-meaning-here"]),
        ("ech x", &["error not-supported-yet"]),
        ("proto h2", &[]),
        ("proto none", &["error mode-mismatch"]),
        ("proto foo", &["error unknown-value"]),
        ("proto fcgi", &["error misplaced"]),
        ("default-crt @@/shop.pem", &[]),
        ("crt @@/several crt @@/both.pem", &[]),
        ("crt @@/none.pem", &["error unreadable-file"]),
        ("crt @web/none", &["error unknown-name"]),
        ("crt-list @@/none.lst", &["error unreadable-file"]),
    ];
    let faults: Vec<_> = rows
        .iter()
        .filter_map(|(options, expected)| {
            check(options, &load_with(&[], &of_bind("", &format!("{SITE} {options}"))), expected)
        })
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn which_certificates_a_line_has_to_have() {
    let rows: &[(&str, &[&str])] = &[
        ("ssl", &["error no-certificate"]),
        ("ssl strict-sni", &["warning no-certificate"]),
        ("crt @@/site.pem", &["advice no-effect-here"]),
        ("crt @@/none.pem", &["error unreadable-file", "advice no-effect-here"]),
        ("ssl crt @@/ca.pem", &["error tls"]),
        ("ssl crt @@/tickets.keys", &["error tls"]),
        ("ssl crt @@/old.pem", &["advice certificate"]),
    ];
    let faults: Vec<_> = rows
        .iter()
        .filter_map(|(options, expected)| check(options, &load_with(&[], &of_bind("", options)), expected))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn what_server_lines_may_say() {
    let rows: &[(&str, &[&str])] = &[
        ("ssl", &["error missing-argument"]),
        ("ssl verify required", &["error missing-argument"]),
        ("ssl verify none", &[]),
        ("ssl verify optional", &["error missing-argument", "error unknown-value"]),
        ("ssl ca-file @@/ca.pem crl-file @@/crl.pem verifyhost app.example", &[]),
        ("ssl ca-file @@/none.pem", &["error unreadable-file"]),
        ("ssl verify none crt @@/site.pem", &[]),
        ("ssl verify none crt @@/several", &["error unreadable-file"]),
        ("ssl verify none sni req.hdr(host)", &[]),
        ("ssl verify none sni nothing(x)", &["error unknown-name"]),
        ("ssl verify none sni res.hdr(a)", &["error misplaced-sample"]),
        ("sni res.hdr(a)", &["error misplaced-sample"]),
        ("ssl verify none alpn h2,http/1.1 ws h1 proto h2", &[]),
        ("ws h3", &["error unknown-value"]),
        ("proto none", &["error mode-mismatch"]),
        ("ssl verify none npn h2", &["error never-supported"]),
        ("ssl verify none no-ssl-reuse ssl-reuse tls-tickets no-tls-tickets allow-0rtt no-renegotiate", &[]),
        ("ssl verify none renegotiate", &["advice no-meaning-here"]),
        ("ssl verify none verifyhost a no-verifyhost no-sni-auto sni-auto no-check-ssl", &[]),
        ("ssl verify none ssl-max-ver TLSv1.1", &["error no-version"]),
        ("ssl no-ssl", &[]),
        ("check check-ssl", &["error missing-argument"]),
        ("check check-ssl verify none check-sni app.example check-alpn h2", &[]),
        ("ssl verify none check check-proto h2", &["error mode-mismatch"]),
    ];
    let faults: Vec<_> = rows
        .iter()
        .filter_map(|(options, expected)| check(options, &load_with(&[], &of_server("", options)), expected))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn what_the_global_section_may_say() {
    let rows: &[(&str, &[&str])] = &[
        ("ssl-default-bind-ciphers NOPE", &["notice tls", "notice tls"]),
        ("ssl-default-bind-ciphers A B", &["error unexpected-argument"]),
        ("ssl-default-bind-curves X25519", &[]),
        (
            "ssl-default-bind-options ssl-min-ver TLSv1.3 no-tls-tickets strict-sni prefer-client-ciphers no-strict-sni",
            &[],
        ),
        ("ssl-default-bind-options no-tlsv12\n ssl-default-bind-options no-tlsv13", &["error no-version"]),
        ("ssl-default-bind-options allow-0rtt", &["error unknown-option"]),
        ("ssl-default-bind-options", &["error missing-argument"]),
        ("ssl-default-server-options force-tlsv12 no-tls-tickets no-renegotiate", &[]),
        ("ssl-default-server-options strict-sni", &["error unknown-option"]),
        ("ssl-server-verify optional", &["error unknown-value"]),
        ("ssl-load-extra-files none", &[]),
        ("ssl-load-extra-files key ocsp", &[]),
        ("ssl-load-extra-files none key", &["error unexpected-argument"]),
        ("ssl-load-extra-files key foo", &["error unknown-value"]),
        ("ssl-load-extra-del-ext\n ssl-skip-self-issued-ca", &["advice certificate"]),
        ("ssl-security-level 6", &["error out-of-range"]),
        ("ssl-mode-async", &["advice no-meaning-here"]),
        ("ssl-engine rdrand", &["error never-supported"]),
        ("ssl-provider default", &[]),
        ("ssl-provider fips", &["error never-supported"]),
        ("ssl-dh-param-file /dh.pem", &["notice off"]),
        ("tune.ssl.default-dh-param 2048", &["notice off"]),
        ("tune.ssl.default-dh-param 512", &["error out-of-range"]),
        ("issuers-chain-path @@/none", &["error unreadable-file"]),
        ("crt-base @@\n crt-base @@", &["error said-before"]),
        ("tune.ssl.cachesize -1", &["error out-of-range"]),
        ("tune.ssl.capture-cipherlist-size 10", &["warning deprecated"]),
        ("tune.ssl.keylog maybe", &["error unknown-value"]),
        ("tune.ssl.lifetime 5m\n tune.ssl.maxrecord 1419\n tune.ssl.hard-maxrecord 4096", &[]),
        ("ocsp-update.mode off", &[]),
        ("ocsp-update.mode on\n ocsp-update.disable on\n ocsp-update.httpproxy 127.0.0.1:8080", &[]),
        ("ocsp-update.httpproxy 127.0.0.1:x", &["error bad-value"]),
        ("ocsp-update.mindelay 10\n tune.ssl.ocsp-update.maxdelay 20", &[]),
        ("ocsp-update.mindelay 7200", &["error conflict"]),
        ("maxsslconn 10", &["error not-supported-yet"]),
        ("tune.h2.header-table-size 65537", &["error out-of-range"]),
        ("tune.h2.max-frame-size 16383", &["error out-of-range"]),
        ("tune.h2.initial-window-size -1", &["error out-of-range"]),
        ("tune.h2.fe.max-concurrent-streams 100 foo", &["error unknown-value"]),
        ("tune.h2.fe.max-concurrent-streams 100 rq-load auto min 15", &["advice no-meaning-here"]),
        ("tune.h2.log-errors some", &["error unknown-value"]),
        ("tune.glitches.kill.cpu-usage 101", &["error out-of-range"]),
    ];
    let faults: Vec<_> = rows
        .iter()
        .filter_map(|(lines, expected)| {
            check(lines, &load_with(&[], &of_bind(&format!(" {lines}"), "ssl crt @@/site.pem")), expected)
        })
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn lists_of_certificates() {
    let rows: &[(&str, &[&str])] = &[
        ("@@/site.pem\n", &[]),
        ("# a comment\n\n  @@/site.pem  site.example *.site.example !x.site.example\n", &[]),
        ("@@/site.pem [alpn h2 ssl-min-ver TLSv1.3 ciphers ECDHE-ECDSA-AES128-GCM-SHA256] x\n", &[]),
        ("@@/site.pem[alpn h2]x\n", &[]),
        ("@@/site.pem []\n@@/shop.pem *\n", &[]),
        ("@@/bare.crt [key @@/bare.key]\n", &["advice certificate"]),
        ("@@/site.pem", &["error cut-off"]),
        ("@@/site.pem [foo]\n@@/none.pem\n", &["error unknown-option", "error unreadable-file"]),
        ("@@/site.pem [force-tlsv12]\n", &["error unknown-option"]),
        ("@@/site.pem [alpn]\n", &["error missing-argument"]),
        ("@@/site.pem [verify required]\n", &["error missing-argument"]),
        ("@@/site.pem [ca-file /none]\n", &["error unreadable-file"]),
        ("@@/site.pem [ocsp-update on]\n", &[]),
        ("@@/site.pem [ocsp-update on]\n@@/site.pem [ocsp-update on] x\n", &[]),
        ("@@/site.pem [ocsp-update on]\n@@/site.pem x\n", &["error conflict"]),
        ("@@/site.pem [ocsp-update maybe]\n", &["error unknown-value"]),
        ("@@/site.pem [npn h2]\n", &["error never-supported"]),
        ("@@/site.pem [alpn h2] [alpn h2]\n", &["error no-certificate", "error bad-list-line"]),
        ("[alpn h2] @@/site.pem\n", &["error no-certificate", "error bad-list-line"]),
        ("@@/site.pem ]\n", &["error no-certificate", "error bad-list-line"]),
        ("@@/site.pem x [alpn h2]\n", &["warning bad-list-line"]),
        ("@@/site.pem !x\n", &["warning bad-list-line"]),
        ("@@/site.pem !*.x\n", &["advice bad-list-line"]),
        ("@@/site.pem [alpn h2\n", &["advice bad-list-line"]),
        ("", &["error no-certificate"]),
        ("@@/several\n", &["error unreadable-file"]),
    ];
    let text = of_bind("", "ssl crt-list /sites.lst");
    let load = |list| load_with(&[("/sites.lst", list)], &text);
    let faults: Vec<_> = rows.iter().filter_map(|(list, expected)| check(list, &load(list), expected)).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn faults_in_lists_are_shown_where_they_stand() {
    let list = "@@/site.pem\n@@/shop.pem [alpn h2 sgialgs x]\n";
    let loaded = load_with(&[("/sites.lst", list)], &of_bind("", "ssl crt-list /sites.lst"));
    let fault = loaded.diagnostics.iter().find(|found| found.severity() == Severity::Error).unwrap();
    let (name, position) = loaded.sources.locate(fault.span().unwrap()).unwrap();
    let column = CERTIFICATES.len() + "/shop.pem [alpn h2 ".len() + 1;
    assert_eq!((name, position.line, position.column as usize), ("/sites.lst", 2, column));
    assert!(fault.helps()[0].text.contains("sigalgs"), "{:?}", fault.helps());
    assert_eq!(loaded.configuration_files, 1);
}

#[test]
fn stores_of_certificates() {
    let rows: &[(&str, &str, &[&str])] = &[
        ("\n load crt @@/site.pem alias s", "@/s", &[]),
        (" web\n load crt @@/site.pem alias s", "@web/s", &[]),
        (" web\n crt-base @@\n load crt site.pem", "@web/site.pem", &[]),
        ("\n crt-base @@\n key-base @@\n load crt bare.crt key bare.key", "bare.crt", &["advice certificate"]),
        ("\n load crt @@/site.pem key @@/bare.key", "@@/site.pem", &["error tls"]),
        ("\n load crt @@/none.pem alias s", "@/s", &["error unreadable-file"]),
        ("\n load crt @@/site.pem alias s", "@/t", &["error unknown-name"]),
        ("\n load key @@/bare.key", "@@/site.pem", &["error missing-argument"]),
        ("\n load crt @@/site.pem color blue", "@@/site.pem", &["error unknown-option"]),
        ("\n load crt @@/site.pem\n load crt @@/site.pem", "@@/site.pem", &["error duplicate-name"]),
        ("\n load crt @@/site.pem\n crt-base @@", "@@/site.pem", &["error misplaced"]),
        ("\n load crt @@/site.pem acme LE", "@@/site.pem", &["error unknown-name"]),
        ("\n load crt @@/site.pem ocsp-update off jwt off generate-dummy off", "@@/site.pem", &[]),
        ("\n load crt @@/site.pem ocsp @@/none.ocsp", "@@/site.pem", &["error unreadable-file"]),
        (" a b\n load crt @@/site.pem", "@@/site.pem", &["error unexpected-argument"]),
    ];
    let load = |store: &str, name: &str| {
        load_with(&[], &format!("crt-store{store}\n{}", of_bind("", &format!("ssl crt {name}"))))
    };
    let faults: Vec<_> =
        rows.iter().filter_map(|(store, name, expected)| check(store, &load(store, name), expected)).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

/// What clients are offered: name, file.
fn offers(lists: &[(&str, &str)], section: &str) -> Vec<String> {
    let loaded = load_with(lists, &format!("defaults\n mode http\n{TIMEOUTS}frontend f\n{section}"));
    let Some(model) = &loaded.model else { panic!("{section}: {:?}", messages(&loaded)) };
    let tls = proxy(model, "f").frontend.as_ref().unwrap().binds[0].tls.as_ref().unwrap();
    let file = |name: &str| name.rsplit('/').next().unwrap().to_owned();
    tls.offers().iter().map(|offer| format!("{} {}", offer.name, file(&offer.certificate.name))).collect()
}

#[test]
fn who_gets_which_certificate() {
    const SITE: [&str; 2] = ["site.example site.pem", "*.site.example site.pem"];
    let rows: &[(&str, &str, &[&str])] = &[
        ("", " bind :443 ssl crt @@/site.pem\n", &[SITE[0], SITE[1], "* site.pem"]),
        (
            "",
            " bind :443 ssl crt @@/several\n",
            &["site.example a.pem", "*.site.example a.pem", "shop.example b.pem", "*.shop.example b.pem", "* a.pem"],
        ),
        (
            "@@/shop.pem One.Example !x.one.example *.one.example\n",
            " bind :443 ssl crt-list /l\n",
            &["one.example shop.pem", "*.one.example shop.pem", "* shop.pem"],
        ),
        ("", " bind :443 ssl\n ssl-f-use crt @@/site.pem alpn h2\n", &[SITE[0], SITE[1], "* site.pem"]),
    ];
    for (list, section, expected) in rows {
        let mut found = offers(&[("/l", list)], section);
        found.sort();
        let mut expected: Vec<String> = expected.iter().map(|&row| row.to_owned()).collect();
        expected.sort();
        assert_eq!(found, expected, "{section}");
    }
}

#[test]
fn bind_lines_come_to_the_model() {
    let text = format!(
        "defaults\n mode http\n{TIMEOUTS}frontend f\n bind :443,:444 ssl crt @@/site.pem proto h2\n bind :80\n"
    );
    let model = load_with(&[], &text).model.unwrap();
    let binds = &proxy(&model, "f").frontend.as_ref().unwrap().binds;
    let [first, second, clear] = &binds[..] else { panic!("{}", binds.len()) };
    assert!(std::sync::Arc::ptr_eq(first.tls.as_ref().unwrap(), second.tls.as_ref().unwrap()));
    assert_eq!(first.tls.as_ref().unwrap().label(), "f/test.cfg:7");
    assert_eq!((first.protocol, clear.protocol), (Protocol::Http2, Protocol::Auto));
    assert!(clear.tls.is_none());
    assert_eq!(model.tls_store.certificates().len(), 1);
}

#[test]
fn server_lines_come_to_the_model() {
    // Options; whether requests speak TLS, WebSocket has TLS of its own, a name is sent; whether checks speak TLS, and the name they send.
    type Row = (&'static str, [bool; 3], Option<Option<&'static str>>);
    let rows: &[Row] = &[
        ("check", [false, false, false], None),
        ("ssl verify none", [true, false, true], None),
        ("ssl verify none no-sni-auto", [true, false, false], None),
        ("ssl verify none no-sni-auto sni str(x)", [true, false, true], None),
        ("ssl verify none check", [true, false, true], Some(None)),
        ("ssl verify none check port 80", [true, false, true], None),
        ("ssl verify none check port 444 check-ssl check-sni a.example", [true, false, true], Some(Some("a.example"))),
        ("check check-ssl verify none", [false, false, false], Some(None)),
        ("ssl verify none no-check-ssl check", [true, false, true], None),
        ("ssl verify none alpn h2,http/1.1", [true, true, true], None),
        ("ssl verify none alpn h2", [true, false, true], None),
        ("ssl verify none alpn h2 ws h1", [true, true, true], None),
        ("ssl verify none alpn h2 ws h2", [true, false, true], None),
        ("ssl verify none no-ssl", [false, false, false], None),
    ];
    for (options, expected, checks) in rows {
        let loaded = load_with(&[], &of_server("", options));
        let model = loaded.model.as_ref().unwrap_or_else(|| panic!("{options}: {:?}", messages(&loaded)));
        let server = proxy(model, "b").backend.as_ref().unwrap().servers.iter().next().unwrap();
        let tls = server.tls.as_ref();
        let found =
            [tls.is_some(), tls.is_some_and(|tls| tls.websocket.is_some()), tls.is_some_and(|tls| tls.sni.is_some())];
        assert_eq!(found, *expected, "{options}");
        let of_checks = server.check.as_ref().and_then(|check| check.connections.first()?.tls.as_ref());
        assert_eq!(of_checks.map(|tls| tls.sni.as_deref()), *checks, "{options}");
    }
    let model = load_with(&[], &of_server("", "proto h2 ws h2")).model.unwrap();
    let server = proxy(&model, "b").backend.as_ref().unwrap().servers.iter().next().unwrap();
    assert_eq!((server.protocol, server.ws), (Protocol::Http2, WebSocketProtocol::Http2));
}

#[test]
fn settings_of_the_process_come_to_the_model() {
    let global = " tune.h2.initial-window-size 32768\n tune.h2.be.initial-window-size 65536\n tune.h2.max-concurrent-streams 50\n \
         tune.h2.fe.max-concurrent-streams 0\n tune.h2.fe.glitches-threshold 7\n tune.h2.be.rxbuf 1m\n \
         tune.h2.fe.max-total-streams 9\n tune.h2.header-table-size 8192\n tune.h2.log-errors none\n \
         h2-workaround-bogus-websocket-clients\n tune.ssl.lifetime 10m\n tune.ssl.maxrecord 4096\n tune.ssl.hard-maxrecord 1419\n";
    let model = load_with(&[], &of_bind(global, "")).model.unwrap();
    let h2 = &model.global.h2;
    assert_eq!((h2.client.initial_window_size, h2.server.initial_window_size), (Some(32_768), Some(65_536)));
    assert_eq!((h2.client.max_concurrent_streams, h2.server.max_concurrent_streams), (0, 50));
    assert_eq!((h2.client.glitches_threshold, h2.server.receive_buffer), (7, Some(1 << 20)));
    assert_eq!((h2.max_total_streams, h2.header_table_size, h2.extended_connect), (9, 8192, false));
    assert_eq!(h2.log_errors, Http2LogErrors::None);
    assert_eq!((model.global.tls.lifetime_s, model.global.tls.max_record), (600, 1419));
}

#[test]
fn session_cookies_of_tls_are_to_be_secure() {
    let rows = [
        ("ssl crt @@/site.pem", "insert", true),
        ("ssl crt @@/site.pem", "insert secure", false),
        ("ssl crt @@/site.pem", "rewrite", false),
        ("", "insert", false),
    ];
    for (bind, cookie, expected) in rows {
        let text = format!(
            "defaults\n mode http\n{TIMEOUTS}frontend f\n bind :443 {bind}\n default_backend b\n\
             backend b\n cookie SRV {cookie}\n server s 127.0.0.1:80 cookie s\n"
        );
        let found = support::has(&load_with(&[], &text), Severity::Advice, "insecure-cookie");
        assert_eq!(found, expected, "{bind}, {cookie}");
    }
}

#[test]
fn lines_outside_of_traffic_speak_tls_too() {
    let fine = "global
 stats socket :9999 ssl crt @@/site.pem
ring r
 server s 127.0.0.1:514 ssl verify none sni str(logs.test)
backend b
 mode log
 server s 127.0.0.1:514 ssl verify required ca-file @@/ca.pem
log-forward l
 bind 127.0.0.1:514 ssl crt @@/site.pem
 log ring@r local0
";
    let model = load_with(&[], fine).model.unwrap();
    assert!(model.global.stats_sockets[0].tls.is_some());
    assert!(model.logging.forwards[0].listeners[0].tls.is_some());
    let sni: Vec<_> = model.logging.rings.iter().map(|ring| ring.servers[0].tls.clone().unwrap().sni).collect();
    assert_eq!(sni, [Some("logs.test".to_owned()), None]);

    let check = |text: &str, code: &str| {
        assert!(support::has(&load_with(&[], text), Severity::Error, code), "{text}");
    };
    check(
        "log-forward l\n dgram-bind 127.0.0.1:514 ssl crt @@/site.pem\n log 127.0.0.1:515 local0\n",
        "bad-combination",
    );
    check(
        "log-forward l\n bind 127.0.0.1:514 ssl crt @@/site.pem allow-0rtt\n log 127.0.0.1:515 local0\n",
        "not-supported-yet",
    );
    check("backend b\n mode log\n server s udp@127.0.0.1:514 ssl verify none\n", "bad-combination");
    check("ring r\n server s 127.0.0.1:514 ssl verify none sni path\n", "misplaced-sample");
    check("ring r\n server s 127.0.0.1:514 ssl\n", "missing-argument");
    check("global\n stats socket :9999 ssl\n", "no-certificate");
}
