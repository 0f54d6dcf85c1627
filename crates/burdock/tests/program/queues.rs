//! Servers with `maxconn`: who waits where, for how long, and what becomes of those who wait.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use burdock_testkit::client::get;
use burdock_testkit::http::response;
use burdock_testkit::wait::timed;
use burdock_testkit::{Backend, Client};

use crate::support::{SHORT_TIMEOUT_MS, Site, assert_took, server_of};

const BOUND_A: &[&str] = &["Cookie: SRVNAME=SA"];
const ONE_AT_A_TIME: &str = "maxconn 1";

/// A server that answers a request only when the test lets it.
struct Gate {
    open: Sender<()>,
}

impl Gate {
    fn server(name: &'static str) -> (Self, Backend) {
        let (open, gate) = channel();
        let gate: Arc<Mutex<Receiver<()>>> = Arc::new(Mutex::new(gate));
        let server = Backend::answering(move |_| {
            let _opened_or_over = gate.lock().unwrap().recv_timeout(Duration::from_secs(20));
            response(200, &[&format!("X-Server: {name}")], name)
        });
        (Self { open }, server)
    }

    /// Lets one request through.
    fn let_one_through(&self) {
        self.open.send(()).unwrap();
    }
}

/// A site whose servers serve one request at a time, both held.
fn held(lines: &str, words: &str) -> (Gate, Gate, Site) {
    let (gate_a, a) = Gate::server("A");
    let (gate_b, b) = Gate::server("B");
    let words = format!("{ONE_AT_A_TIME} {words}");
    let site = Site::with_options(a, b, &format!("cookie SRVNAME insert\n{lines}"), &words, &words);
    (gate_a, gate_b, site)
}

fn sent(site: &Site, path: &str, fields: &[&str]) -> Client {
    let mut client = site.proxy.client("web");
    client.send(get(path, fields));
    client
}

#[test]
fn a_bound_request_waits_for_its_server_although_another_is_idle() {
    let (gate_a, _gate_b, site) = held("", "");
    let mut first = sent(&site, "/first", BOUND_A);
    site.a.await_requests(1);
    let mut second = sent(&site, "/second", BOUND_A);
    site.proxy.await_stat("web", "A", "qcur", "1");
    assert_eq!(site.b.requests().len(), 0);
    gate_a.let_one_through();
    assert_eq!(server_of(&first.response()), "A");
    gate_a.let_one_through();
    assert_eq!(server_of(&second.response()), "A");
    let log = site.log.await_request("/second");
    assert_eq!((log.flags.as_str(), log.queues), ("--VN", (1, 0)));
    assert_eq!(site.log.await_request("/first").queues, (0, 0));
}

#[test]
fn a_fresh_request_waits_for_the_first_free_slot() {
    let (gate_a, gate_b, site) = held("", "");
    let mut holders = [sent(&site, "/a", BOUND_A), sent(&site, "/b", &["Cookie: SRVNAME=SB"])];
    site.a.await_requests(1);
    site.b.await_requests(1);
    let mut waiting = sent(&site, "/waiting", &[]);
    site.proxy.await_stat("web", "BACKEND", "qcur", "1");
    gate_b.let_one_through();
    assert_eq!(server_of(&holders[1].response()), "B");
    gate_b.let_one_through();
    assert_eq!(server_of(&waiting.response()), "B");
    assert_eq!(site.log.await_request("/waiting").queues, (0, 1));
    gate_a.let_one_through();
    assert_eq!(server_of(&holders[0].response()), "A");
}

#[test]
fn who_came_first_is_served_first() {
    const WAITING: usize = 5;
    let (gate_a, _gate_b, site) = held("", "");
    let mut clients = Vec::new();
    for number in 0..=WAITING {
        clients.push(sent(&site, &format!("/{number}"), BOUND_A));
        if number == 0 {
            site.a.await_requests(1);
        } else {
            site.proxy.await_stat("web", "A", "qcur", &number.to_string());
        }
    }
    for client in &mut clients {
        gate_a.let_one_through();
        assert_eq!(client.response().status(), 200);
    }
    let targets: Vec<String> = site.a.requests().iter().map(|request| request.target().to_owned()).collect();
    assert_eq!(targets, ["/0", "/1", "/2", "/3", "/4", "/5"]);
}

#[test]
fn the_queue_timeout_is_a_503_and_redispatch_does_not_save_from_it() {
    for lines in ["", "option redispatch 1"] {
        let (gate_a, _gate_b, site) = held(&format!("timeout queue {SHORT_TIMEOUT_MS}\n{lines}"), "");
        let mut holder = sent(&site, "/holder", BOUND_A);
        site.a.await_requests(1);
        let (response, took) = timed(|| site.get("/waiting", BOUND_A));
        assert_eq!((response.status(), response.all("set-cookie").len()), (503, 0), "{lines}");
        assert_took(took, SHORT_TIMEOUT_MS, "timeout queue");
        assert_eq!(&site.log.await_request("/waiting").flags[..2], "sQ", "{lines}");
        gate_a.let_one_through();
        assert_eq!(holder.response().status(), 200);
    }
}

#[test]
fn without_a_queue_timeout_the_connect_timeout_counts() {
    let (_gate_a, _gate_b, site) = held(&format!("timeout connect {SHORT_TIMEOUT_MS}"), "");
    let _holder = sent(&site, "/holder", BOUND_A);
    site.a.await_requests(1);
    let (response, took) = timed(|| site.get("/waiting", BOUND_A));
    assert_eq!(response.status(), 503);
    assert_took(took, SHORT_TIMEOUT_MS, "timeout connect");
}

#[test]
fn a_full_queue_is_a_503_or_another_server() {
    let (gate_a, _gate_b, site) = held("", "maxqueue 1");
    let _holder = sent(&site, "/holder", BOUND_A);
    site.a.await_requests(1);
    let _waiting = sent(&site, "/waiting", BOUND_A);
    site.proxy.await_stat("web", "A", "qcur", "1");
    let (response, log) = site.get_logged("/over", BOUND_A);
    assert_eq!((response.status(), &log.flags[..2]), (503, "SQ"));
    drop(gate_a);

    let (_gate_a, gate_b, site) = held("option redispatch", "maxqueue 1");
    let _holder = sent(&site, "/holder", BOUND_A);
    site.a.await_requests(1);
    let _waiting = sent(&site, "/waiting", BOUND_A);
    site.proxy.await_stat("web", "A", "qcur", "1");
    gate_b.let_one_through();
    let (response, log) = site.get_logged("/over", BOUND_A);
    assert_eq!((server_of(&response), log.flags.as_str(), log.retries()), ("B", "--DI", "+0"));
    assert_eq!(response.all("set-cookie"), ["SRVNAME=SB; path=/"]);
}

#[test]
fn a_client_that_leaves_the_queue_never_reaches_the_server() {
    let (gate_a, _gate_b, site) = held("", "");
    let mut holder = sent(&site, "/holder", BOUND_A);
    site.a.await_requests(1);
    let leaving = sent(&site, "/leaving", BOUND_A);
    site.proxy.await_stat("web", "A", "qcur", "1");
    drop(leaving);
    site.proxy.await_stat("web", "A", "qcur", "0");
    assert_eq!(&site.log.await_request("/leaving").flags[..2], "CQ");
    gate_a.let_one_through();
    holder.response();
    gate_a.let_one_through();
    assert_eq!(site.get("/next", BOUND_A).status(), 200);
    assert!(site.a.requests().iter().all(|request| request.target() != "/leaving"));
}

#[test]
fn a_queued_request_is_served_by_its_server_in_maintenance() {
    let (gate_a, _gate_b, site) = held("option redispatch", "");
    let mut holder = sent(&site, "/holder", BOUND_A);
    site.a.await_requests(1);
    let mut waiting = sent(&site, "/waiting", BOUND_A);
    site.proxy.await_stat("web", "A", "qcur", "1");
    site.proxy.cli("set server web/A state maint");
    gate_a.let_one_through();
    holder.response();
    gate_a.let_one_through();
    assert_eq!(server_of(&waiting.response()), "A");
    assert_eq!(site.log.await_request("/waiting").flags, "--VN");
}

#[test]
fn maxconn_of_the_section_makes_clients_wait_not_fail() {
    let (gate_a, a) = Gate::server("A");
    let site = Site::with_options(a, Backend::named("B"), "cookie SRVNAME insert\nmaxconn 1", "", "disabled");
    let mut clients: Vec<Client> =
        (0..3).map(|number| sent(&site, &format!("/{number}"), &["Connection: close"])).collect();
    for served in 0..clients.len() {
        site.a.await_requests(served + 1);
        assert_eq!(site.proxy.stat("web", "FRONTEND")["scur"], "1");
        assert_eq!(site.a.requests().len(), served + 1, "one at a time");
        gate_a.let_one_through();
    }
    // Who waits in the kernel's queue is taken in no certain order.
    for client in &mut clients {
        assert_eq!(client.response().status(), 200);
    }
}
