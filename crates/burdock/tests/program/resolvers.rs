//! Host names that requests bring along (`do-resolve`): asked of a name server on the loopback address.

use std::collections::HashSet;
use std::time::Duration;

use burdock_testkit::dns::parsed;
use burdock_testkit::{Backend, DnsAnswer, DnsServer, Proxy, wait};

use crate::support::{assert_took, burdock, server_of};

/// The classical forward proxy: wherever the request says. What does not resolve is answered by 503.
fn forward_proxy(dns: &DnsServer, rules: &str) -> Proxy {
    burdock().start(&format!(
        "global
    stats socket @dir@/cli level admin
resolvers dns
    nameserver near 127.0.0.1:{port}
    timeout retry 200ms
    resolve_retries 2
    hold valid 1m
resolvers streams
    nameserver near tcp@127.0.0.1:{port}
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend web
    bind 127.0.0.1:@web@
    {rules}
    http-request return status 503 unless {{ var(txn.ip) -m found }}
    http-request set-dst var(txn.ip)
    http-request set-dst-port req.hdr(x-port)
    default_backend anywhere
frontend raw
    mode tcp
    bind 127.0.0.1:@raw@
    tcp-request content do-resolve(txn.ip,dns,ipv4) str(a.test)
    tcp-request content set-dst var(txn.ip)
    tcp-request content set-dst-port int(@target@)
    default_backend anything
backend anywhere
    server there 0.0.0.0:0
backend anything
    mode tcp
    server there 0.0.0.0:0
",
        port = dns.port()
    ))
}

const BY_HOST: &str = "http-request do-resolve(txn.ip,dns,ipv4) req.hdr(x-name),host_only";

fn get(proxy: &Proxy, host: &str, port: u16) -> (u16, String) {
    let response = proxy.client("web").get("/", &[&format!("X-Name: {host}"), &format!("X-Port: {port}")]);
    (response.status(), server_of(&response).to_owned())
}

#[test]
fn requests_go_where_their_host_leads() {
    let dns = DnsServer::new();
    dns.point("a.test", &["127.0.0.1"]);
    dns.say("large.test", DnsAnswer::TooLarge(parsed(&["127.0.0.1"])));
    let backend = Backend::named("A");
    let proxy = forward_proxy(&dns, BY_HOST);
    let reached = || (200, "A".to_owned());
    assert_eq!(get(&proxy, "A.test:80", backend.port()), reached());
    assert_eq!(get(&proxy, "a.test.", backend.port()), reached());
    assert_eq!(dns.queries("a.test").len(), 1, "an answer holds");
    assert_eq!(get(&proxy, "large.test", backend.port()), reached());
    let over_tcp: Vec<_> = dns.queries("large.test").iter().map(|query| query.over_tcp).collect();
    assert_eq!(over_tcp, [false, true], "what has no room comes over TCP");
    assert_eq!(get(&proxy, "none.test", backend.port()).0, 503);
    assert_eq!(get(&proxy, "no name", backend.port()).0, 503);
    assert!(dns.queries("no name").is_empty(), "what is no name is not asked for");
    let only_tcp = forward_proxy(&dns, "http-request do-resolve(txn.ip,streams) req.hdr(x-name)");
    assert_eq!(get(&only_tcp, "a.test", backend.port()), reached());
    assert!(dns.queries("a.test").iter().skip(1).all(|query| query.over_tcp));
}

/// Whatever else comes in place of an answer, nothing is believed, and the worker goes on.
#[test]
fn strangers_are_not_believed() {
    let dns = DnsServer::new();
    let lie = || parsed(&["127.0.0.1"]);
    dns.say("number.test", DnsAnswer::WrongNumber(lie()));
    dns.say("question.test", DnsAnswer::WrongQuestion(lie()));
    dns.say("silent.test", DnsAnswer::Silence);
    dns.say("refused.test", DnsAnswer::Refused);
    dns.point("nowhere.test", &["0.0.0.0", "::"]);
    let backend = Backend::named("A");
    let proxy = forward_proxy(&dns, BY_HOST);
    for name in ["number.test", "question.test", "silent.test"] {
        let (answer, took) = wait::timed(|| get(&proxy, name, backend.port()));
        assert_eq!(answer.0, 503, "{name}");
        assert_took(took, 400, name);
        let queries = dns.queries(name);
        assert_eq!(queries.len(), 2, "{name} is asked for twice");
        let ports: HashSet<_> = queries.iter().map(|query| query.from.port()).collect();
        assert_eq!(ports.len(), 2, "each query has a port of its own");
    }
    for name in ["refused.test", "nowhere.test"] {
        assert_eq!(get(&proxy, name, backend.port()).0, 503, "{name}");
    }
    assert!(backend.requests().is_empty());
}

/// HAProxy hands a request with a name that resolves slowly to the resolver too, and goes on with others meanwhile.
#[test]
fn a_wait_keeps_nobody_else_waiting() {
    let dns = DnsServer::new();
    dns.say("silent.test", DnsAnswer::Silence);
    dns.point("a.test", &["127.0.0.1"]);
    let backend = Backend::named("A");
    let proxy = forward_proxy(&dns, BY_HOST);
    let mut waiting = proxy.client("web");
    waiting.send(burdock_testkit::client::get("/", &["X-Name: silent.test", "X-Port: 1"]));
    wait::until("the query", || (!dns.queries("silent.test").is_empty()).then_some(()));
    let (answer, took) = wait::timed(|| get(&proxy, "a.test", backend.port()));
    assert_eq!(answer.0, 200);
    assert!(took < Duration::from_millis(350), "{took:?}");
    assert_eq!(waiting.response().status(), 503);
}

/// IPv6 comes first where nothing is said, the other family where there is nothing of the first; addresses take turns.
#[test]
fn families_and_turns() {
    let dns = DnsServer::new();
    dns.point("two.test", &["127.0.0.2", "127.0.0.3"]);
    dns.point("six.test", &["::1"]);
    let rule = "http-request do-resolve(txn.ip,dns,ipv4) req.hdr(x-name)\n    http-request return status 200 hdr x-ip \"%[var(txn.ip)]\"";
    let proxy = forward_proxy(&dns, rule);
    let mut client = proxy.client("web");
    let mut address =
        |host: &str| client.get("/", &[&format!("X-Name: {host}")]).header("x-ip").unwrap_or_default().to_owned();
    assert_eq!(
        [address("two.test"), address("two.test"), address("two.test")],
        ["127.0.0.2", "127.0.0.3", "127.0.0.2"]
    );
    let kinds = |name: &str| dns.queries(name).iter().map(|query| query.kind).collect::<Vec<_>>();
    assert_eq!(kinds("two.test"), [1]);
    let six = address("six.test");
    // Without a way to IPv6 nobody asks for it.
    assert!(
        matches!((&six[..], &kinds("six.test")[..]), ("::1", [1, 28]) | ("", [1, 1])),
        "{six} {:?}",
        kinds("six.test")
    );
}

#[test]
fn connections_of_tcp_go_where_a_name_leads() {
    let dns = DnsServer::new();
    dns.point("a.test", &["127.0.0.1"]);
    let proxy = forward_proxy(&dns, BY_HOST);
    let backend = Backend::named_at(burdock_testkit::net::Reserved::at(proxy.port("target")).unwrap(), "A");
    assert_eq!(server_of(&proxy.client("raw").get("/", &[])), "A");
    assert_eq!(backend.requests().len(), 1);
}
