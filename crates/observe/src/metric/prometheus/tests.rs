use std::collections::BTreeSet;

use burdock_base::WorkerId;
use burdock_state::proxy::FrontendCounter;
use burdock_state::{CheckReport, CheckStatus};

use super::*;
use crate::testing::{model, proxy};

const CONFIGURATION: &str = "
global
    nbthread 1
    maxconn 500
defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 300ms
frontend fe
    bind 127.0.0.1:18080
    default_backend be
backend be
    server a 127.0.0.1:18090 check maxconn 10 maxqueue 5 pool-max-conn 7
    server b 127.0.0.1:18091
    server c 127.0.0.1:18092 disabled
listen li
    bind 127.0.0.1:18082
    mode tcp
    server x 127.0.0.1:18090 weight 7
";

/// The metrics of HAProxy 2.6 with their types, as it shows them.
const HAPROXY: &str = include_str!("haproxy-2.6.txt");

fn report(model: &Arc<Model>, query: &str) -> String {
    let mut out = String::new();
    let selection = Selection::of_query(query.as_bytes()).unwrap();
    let mut report = PrometheusReport::new(Arc::clone(model), selection);
    while report.write_piece(&mut out, Instant::START.after_ms(4500)) {}
    out
}

/// The metrics of a report, each with its type; every line is one of the format, and lines of a metric stand together behind its head.
fn metrics(report: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut current = "";
    for line in report.lines() {
        if let Some(head) = line.strip_prefix("# HELP ") {
            current = head.split(' ').next().unwrap();
            assert!(head.len() > current.len() + 2, "{line}: no sentence");
        } else if let Some(head) = line.strip_prefix("# TYPE ") {
            assert_eq!(head.split(' ').next(), Some(current), "{line}");
            found.push(head.to_owned());
        } else {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert_eq!(name.split('{').next(), Some(current), "{line}");
            assert!(value == "NaN" || value.parse::<f64>().is_ok(), "{line}");
        }
    }
    found
}

#[test]
fn names_and_types_are_those_of_haproxy() {
    let model = Arc::new(model(CONFIGURATION));
    let found = metrics(&report(&model, ""));
    let known: BTreeSet<&str> = HAPROXY.lines().collect();
    let unknown: Vec<_> = found.iter().filter(|metric| !known.contains(metric.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len(), "each has one head");
    assert!(found.len() > 130, "{}", found.len());
}

#[test]
fn values_are_those_of_the_statistics() {
    let model = Arc::new(model(CONFIGURATION));
    proxy(&model, "fe").frontend.as_ref().unwrap().state.counters.add(
        WorkerId::new(0),
        FrontendCounter::Responses2xx,
        3,
    );
    let server = &proxy(&model, "be").backend.as_ref().unwrap().servers;
    let checked = server.iter().next().unwrap();
    let info = String::new();
    checked.state.check.end(CheckReport { status: CheckStatus::Layer7Passed, duration_ms: Some(3), code: 200, info });
    let text = report(&model, "");
    for line in [
        "haproxy_process_nbthread 1",
        "haproxy_process_build_info{version=\"",
        "haproxy_frontend_http_responses_total{proxy=\"fe\",code=\"2xx\"} 3",
        "haproxy_frontend_http_responses_total{proxy=\"fe\",code=\"other\"} 0",
        "haproxy_frontend_status{proxy=\"fe\",state=\"UP\"} 1",
        "haproxy_frontend_status{proxy=\"fe\",state=\"DOWN\"} 0",
        "haproxy_backend_status{proxy=\"be\",state=\"UP\"} 1",
        "haproxy_backend_agg_server_status{proxy=\"be\",state=\"MAINT\"} 1",
        "haproxy_backend_agg_server_status{proxy=\"be\",state=\"UP\"} 2",
        "haproxy_server_status{proxy=\"be\",server=\"c\",state=\"MAINT\"} 1",
        "haproxy_server_status{proxy=\"be\",server=\"b\",state=\"UP\"} 1",
        "haproxy_server_limit_sessions{proxy=\"be\",server=\"a\"} 10",
        "haproxy_server_limit_sessions{proxy=\"be\",server=\"b\"} NaN",
        "haproxy_server_check_failures_total{proxy=\"be\",server=\"a\"} 0",
        "haproxy_server_check_failures_total{proxy=\"be\",server=\"b\"} NaN",
        "haproxy_server_current_throttle{proxy=\"be\",server=\"a\"} NaN",
        "haproxy_server_idle_connections_limit{proxy=\"be\",server=\"a\"} 7",
        "haproxy_server_last_session_seconds{proxy=\"be\",server=\"a\"} -1",
        "haproxy_server_queue_time_average_seconds{proxy=\"be\",server=\"a\"} 0.000000",
        "haproxy_server_weight{proxy=\"li\",server=\"x\"} 7",
        "haproxy_server_check_status{proxy=\"be\",server=\"a\",state=\"L7OK\"} 1",
        "haproxy_server_check_status{proxy=\"be\",server=\"a\",state=\"HANA\"} 0",
        "haproxy_backend_agg_check_status{proxy=\"be\",state=\"L7OK\"} 1",
    ] {
        assert!(text.lines().any(|found| found.starts_with(line)), "{line}");
    }
    for absent in
        ["check_status{proxy=\"be\",server=\"b\"", "http_responses_total{proxy=\"li\"", "haproxy_server_active_servers"]
    {
        assert!(!text.contains(absent), "{absent}");
    }
}

#[test]
fn queries_choose() {
    let model = Arc::new(model(CONFIGURATION));
    let kinds = |query: &str| {
        let metrics = metrics(&report(&model, query));
        let kinds: BTreeSet<_> = metrics.iter().map(|name| name.split('_').nth(1).unwrap().to_owned()).collect();
        (kinds.into_iter().collect::<Vec<_>>().join(" "), metrics.len())
    };
    for (query, expected) in [
        ("", "backend frontend process server"),
        ("foo=bar&x", "backend frontend process server"),
        ("scope=*", "backend frontend process server"),
        ("scope=global", "process"),
        ("scope=gl%6fbal", "process"),
        ("scope=frontend&scope=backend", "backend frontend"),
        ("scope=", ""),
        ("scope=global&scope=", ""),
        ("scope=global&scope=&scope=server", "server"),
        ("scope=listener", ""),
        ("metrics=haproxy_server_status,haproxy_process_nbthread", "process server"),
        ("metrics=haproxy_server_status&scope=global", ""),
    ] {
        assert_eq!(kinds(query).0, expected, "{query}");
    }
    assert_eq!(kinds("metrics=-haproxy_server_status").1 + 1, kinds("").1);
    for query in ["scope", "scope=foo", "scope=%zz"] {
        assert_eq!(Selection::of_query(query.as_bytes()), Err(BadQuery), "{query}");
    }
    assert!(report(&model, "scope=server").contains("server=\"c\""));
    assert!(!report(&model, "scope=server&no-maint").contains("server=\"c\""));
}

#[test]
fn large_reports_come_in_pieces() {
    let servers: String = (0..2000).map(|n| format!("    server s{n} 127.0.0.1:{}\n", 1000 + n)).collect();
    let model = Arc::new(model(&format!("{CONFIGURATION}backend large\n{servers}")));
    let mut report = PrometheusReport::new(Arc::clone(&model), Selection::default());
    let (mut piece, mut longest, mut pieces) = (String::new(), 0, 0);
    loop {
        let more = report.write_piece(&mut piece, Instant::START.after_ms(4500));
        (longest, pieces) = (longest.max(piece.len()), pieces + 1);
        piece.clear();
        if !more {
            break;
        }
    }
    assert!(longest < 2 * PIECE_BYTES + 4096 && pieces > 100, "{longest} {pieces}");
}

#[test]
fn labels_cannot_end_their_line() {
    assert_eq!(label("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
}
