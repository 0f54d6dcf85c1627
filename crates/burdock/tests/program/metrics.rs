//! The service `prometheus-exporter`: what it says, to whom, and how it is logged.

use burdock_testkit::client::get;
use burdock_testkit::{Backend, H2Client};

use crate::support::Site;

const RULES: &str = "http-request use-service prometheus-exporter if { path /metrics }
    http-request set-header x-seen 1
    http-response set-header x-response 1
    http-after-response set-header x-after 1";

/// The value of a sample.
fn value(text: &str, sample: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {sample} in {text}")).parse().unwrap()
}

#[test]
fn counters_move_with_traffic() {
    let site = Site::start(RULES);
    let first = site.get("/metrics", &[]);
    assert_eq!(first.status(), 200);
    for (name, expected) in [
        ("content-type", "text/plain; version=0.0.4"),
        ("cache-control", "no-cache"),
        ("transfer-encoding", "chunked"),
        ("x-response", "1"),
        ("x-after", "1"),
    ] {
        assert_eq!(first.header(name), Some(expected), "{name}");
    }
    for _ in 0..3 {
        site.get("/", &[]);
    }
    // A request is counted once it is over, which its client may see first.
    site.proxy.await_stat("web", "FRONTEND", "hrsp_2xx", "4");
    site.proxy.await_stat("web", "BACKEND", "hrsp_2xx", "3");
    let second = site.get("/metrics", &[]);
    for (sample, more) in [
        ("haproxy_frontend_http_requests_total{proxy=\"web\"}", 4.0),
        ("haproxy_frontend_http_responses_total{proxy=\"web\",code=\"2xx\"}", 4.0),
        ("haproxy_backend_http_responses_total{proxy=\"web\",code=\"2xx\"}", 3.0),
        ("haproxy_backend_loadbalanced_total{proxy=\"web\"}", 3.0),
        ("haproxy_process_requests_total", 4.0),
    ] {
        assert_eq!(value(&second.text(), sample) - value(&first.text(), sample), more, "{sample}");
    }
    let of_servers =
        |name| value(&second.text(), &format!("haproxy_server_sessions_total{{proxy=\"web\",server=\"{name}\"}}"));
    assert_eq!(of_servers("A") + of_servers("B"), 3.0);
}

#[test]
fn it_is_logged_as_an_answer_of_ours() {
    let site = Site::start(RULES);
    let (response, line) = site.get_logged("/metrics?scope=global", &[]);
    assert_eq!((line.server.as_str(), line.flags.as_str(), line.status), ("<PROMEX>", "LR--", 200));
    assert!(usize::try_from(line.bytes).unwrap() > response.body.len(), "{line:?}");
    let (response, line) = site.get_logged("/metrics?scope=nothing", &[]);
    assert_eq!((response.status(), line.status), (400, 400));
    assert_eq!(site.a.requests().len() + site.b.requests().len(), 0);
}

#[test]
fn every_client_gets_it() {
    let site = Site::start(RULES);
    let mut client = site.proxy.client("web");
    // The connection goes on, and what is described is not sent.
    client.send("HEAD /metrics HTTP/1.1\r\nHost: h.test\r\n\r\n");
    let head = client.response_to("HEAD");
    assert_eq!((head.status(), head.header("transfer-encoding")), (200, Some("chunked")));
    client.send(get("/metrics?scope=server&no-maint", &[]));
    let text = client.response().text();
    assert!(text.contains("haproxy_server_status{proxy=\"web\",server=\"A\",state=\"UP\"} 1"), "{text}");
    assert!(!text.contains("haproxy_process_"), "{text}");

    let mut client = site.proxy.client("web");
    client.send("GET /metrics?scope=global HTTP/1.0\r\n\r\n");
    let old = client.response();
    assert_eq!(old.header("transfer-encoding"), None);
    assert!(old.text().ends_with('\n') && old.text().contains("\nhaproxy_process_uptime_seconds "));

    let mut client = H2Client::connect(site.proxy.port("web"));
    let answer = client.get("/metrics", &[]);
    assert_eq!((answer.status, answer.field("transfer-encoding")), (200, None));
    assert!(answer.text().contains("haproxy_backend_status{proxy=\"web\",state=\"UP\"} 1"));
    assert_eq!(client.get("/metrics?scope=", &[]).body.len(), 0);
}

#[test]
fn a_large_report_arrives_whole() {
    let servers: String = (0..1500).map(|n| format!("    server many{n} 127.0.0.1:9 disabled\n")).collect();
    let site = Site::with(Backend::named("A"), Backend::named("B"), &format!("{RULES}\n{servers}"));
    let text = site.get("/metrics?scope=server", &[]).text();
    assert!(text.contains("server=\"many1499\""));
    let listed = text.lines().filter(|line| line.starts_with("haproxy_server_weight{")).count();
    assert_eq!(listed, 1502);
}
