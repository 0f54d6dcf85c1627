//! Stick tables, and what names them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is the report")]

mod support;

use std::sync::Arc;

use burdock_config::CommandLine;
use burdock_state::table::{DataType, KeyType, ServerKey};
use support::{Machine, load, load_on, messages, model};

/// A `backend t` with this `stick-table` line, which is line 2.
fn table(line: &str) -> String {
    format!("backend t\n stick-table {line}\n")
}

#[test]
fn all_that_a_line_can_say() {
    let model = model(&table(
        "type string len 9 size 2k expire 30s nopurge srvkey addr brates-factor 8 store gpc(3),gpc_rate(2,10s) store conn_cnt,gpt0",
    ));
    let known = model.directory.table("t").unwrap();
    let settings = known.settings();
    assert_eq!((settings.key, settings.size, settings.expire_ms), (KeyType::Text(9), 2048, Some(30_000)));
    assert_eq!((settings.no_purge, settings.server_key, settings.bytes_factor), (true, ServerKey::Address, 8));
    let layout = &settings.layout;
    let kinds: Vec<_> = layout.kinds().map(|data| format!("{}*{}", data.name(), layout.length(data))).collect();
    assert_eq!(kinds, ["gpt0*1", "conn_cnt*1", "gpc*3", "gpc_rate*2"]);
    assert_eq!(layout.period_ms(DataType::GpcRate), Some(10_000));
}

#[test]
fn types_of_keys() {
    for (said, expected) in [
        ("ip", KeyType::Ipv4),
        ("ipv4", KeyType::Ipv4),
        ("ipv6", KeyType::Ipv6),
        ("integer", KeyType::Integer),
        ("string", KeyType::Text(32)),
        ("binary len 4", KeyType::Binary(4)),
    ] {
        let model = model(&table(&format!("type {said} size 5")));
        assert_eq!(model.directory.table("t").unwrap().settings().key, expected, "{said}");
    }
}

#[test]
fn faults_of_tables() {
    for (line, expected) in [
        ("", "'stick-table' needs 'type' and what its keys are"),
        ("type ip", "'stick-table' needs 'size' and a number of entries above zero"),
        ("type ip size 0", "'stick-table' needs 'size' and a number of entries above zero"),
        ("size 10", "'stick-table' needs 'type' and what its keys are"),
        ("type ip size 5g", "size '5g' is too large"),
        ("type string len 0 size 5", "0 is out of range"),
        ("type ip size 5 store conn_rate", "'conn_rate' is written as 'conn_rate(<period>)'"),
        ("type ip size 5 store gpc0(1)", "'gpc0(1)' is written as 'gpc0'"),
        ("type ip size 5 store gpt(101)", "'gpt(101)' has 1 to 100 elements"),
        ("type ip size 5 store gpt(0)", "'gpt(0)' has 1 to 100 elements"),
        ("type ip size 5 store gpc0,gpc(2)", "'gpc' and 'gpc0' cannot be in one table: they are the same"),
        (
            "type ip size 5 store gpc_rate(2,1s),gpc1_rate(1s)",
            "'gpc1_rate' and 'gpc_rate' cannot be in one table: they are the same",
        ),
        ("type ip size 5 peers p", "'peers' of stick tables is known to HAProxy but not supported by Burdock yet"),
        (
            "type ip size 5 write-to p",
            "'write-to' of stick tables is known to HAProxy but not supported by Burdock yet",
        ),
        (
            "type ip size 5 recv-only",
            "'recv-only' of stick tables is known to HAProxy but not supported by Burdock yet",
        ),
    ] {
        assert_eq!(messages(&load(&table(line))), [format!("error 2: {expected}")], "{line}");
    }
}

/// What is said about these lines of a backend with a table for addresses; they begin in line 9.
fn said_about(lines: &str) -> Vec<String> {
    let text = format!(
        "defaults\n mode http\n timeout server 1s\n timeout connect 1s\nbackend texts\n stick-table type string size 5\n\
         backend t\n stick-table type ip size 5\n{lines}\n server a 192.0.2.1:80\n"
    );
    messages(&load(&text))
}

#[test]
fn what_names_tables() {
    for (line, expected) in [
        ("stick on src", None),
        ("stick on req.cook(a) table texts if { path / }", None),
        ("stick match req.hdr(a)", None),
        ("stick store-response res.hdr(a) table texts", None),
        ("http-request track-sc2 src", None),
        ("http-request deny if { sc_get_gpc0(2,texts) gt 0 }", None),
        ("stick on src table none", Some("there is no stick table 'none'")),
        ("stick on src table b", Some("there is no stick table 'b'")),
        (
            "stick on res.hdr(a)",
            Some("sample fetch 'res.hdr' has no value in 'backend use-server, balance or stick-match rule'"),
        ),
        (
            "stick store-response req.ssl_hello_type",
            Some("sample fetch 'req.ssl_hello_type' has no value in 'backend stick-store rule'"),
        ),
        ("stick on bin(00)", Some("this is no key of 't'")),
        ("http-request track-sc3 src", Some("'3' is no number of a tracked entry")),
        ("http-request track-sc0 bin(00)", Some("this is no key of 't'")),
        ("http-request deny if { src_conn_cnt(none) gt 0 }", Some("there is no stick table 'none'")),
        ("http-request deny if { sc3_conn_cnt gt 0 }", Some("unknown sample fetch 'sc3_conn_cnt'")),
        ("stick-table type ip size 5", Some("'t' has a stick table already")),
    ] {
        let expected: Vec<_> = expected.iter().map(|fault| format!("error 9: {fault}")).collect();
        assert_eq!(said_about(&format!(" {line}")), expected, "{line}");
    }
}

#[test]
fn sections_that_start_from_others() {
    let check = |rule: &str, expected: &[&str]| {
        let text = format!(
            "defaults d\n mode http\n timeout server 1s\n timeout connect 1s\n http-request {rule}\nbackend t from d\n \
             stick-table type ip size 5\n server a 192.0.2.1:80\n"
        );
        assert_eq!(messages(&load(&text)), expected, "{rule}");
    };
    check("track-sc0 src table t", &[]);
    check("deny if { sc_http_req_rate(0) gt 20 }", &[]);
    check(
        "track-sc0 src",
        &["error 5: 'track-sc0' needs the name of a table here: a 'defaults' section has no stick table"],
    );
    check(
        "deny if { src_conn_cnt gt 0 }",
        &["error 5: 'src_conn_cnt' needs the name of a table here: a 'defaults' section has no stick table"],
    );
    check("set-header a %[srv_conn(a)]", &["error 5: 'a' needs the name of its backend in a 'defaults' section"]);
}

#[test]
fn what_a_table_knows_outlives_a_reload_unless_the_table_is_another() {
    let before = model(&table("type ip size 5 store gpc0"));
    let known = |text: &str| {
        let loaded = load_on(&Machine::default(), text, &CommandLine::default(), Some(&before));
        let model = loaded.model.unwrap();
        Arc::ptr_eq(model.directory.table("t").unwrap(), before.directory.table("t").unwrap())
    };
    assert!(known(&table("type ip size 5 store gpc0")));
    assert!(!known(&table("type ip size 6 store gpc0")));
    assert!(!known(&(table("type ip size 5 store gpc0") + " stick on src\n")));
}

#[test]
fn how_many_entries_can_be_tracked_at_once() {
    let text = |count: usize, rule: &str| {
        format!(
            "global\n tune.stick-counters {count}\n{}{rule}\n",
            table("type ip size 5").replace("backend", "frontend")
        )
    };
    for (count, rule, taken) in [
        (5, " tcp-request content track-sc4 src", true),
        (5, " tcp-request content track-sc5 src", false),
        (0, " tcp-request content track-sc0 src", false),
    ] {
        let faults = messages(&load(&text(count, rule)));
        assert_eq!(!faults.iter().any(|fault| fault.starts_with("error")), taken, "{count} {rule}: {faults:?}");
    }
}
