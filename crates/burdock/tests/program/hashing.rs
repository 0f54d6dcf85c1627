//! Keys that lead to servers: parameters in bodies, places on a ring by address, busy servers passed over.

use std::collections::BTreeSet;
use std::time::Duration;

use burdock_testkit::Backend;
use burdock_testkit::client::{get, post};
use burdock_testkit::http::response;
use burdock_testkit::wait::until;

use crate::support::{Site, burdock, server_of};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded";

#[test]
fn a_parameter_may_be_in_a_body() {
    let lines = "balance url_param id check_post\nhttp-response set-header X-Server %s";
    let servers: String = (0..8).map(|n| format!("\nserver S{n} 127.0.0.1:{{}}")).collect();
    let backend = Backend::named("any");
    let servers = servers.replace("{}", &backend.port().to_string());
    let site = Site::with(Backend::named("A"), Backend::named("B"), &format!("{lines}{servers}"));
    for user in ["ann", "bob", "carl"] {
        let expected = server_of(&site.get(&format!("/?id={user}"), &[])).to_owned();
        for _ in 0..3 {
            let mut client = site.proxy.client("web");
            client.send(post("/", &[FORM], &format!("x=1&id={user}&y=2")));
            assert_eq!(server_of(&client.response()), expected, "{user}");
        }
        // Cut in two, so that the second half has to be waited for.
        let mut client = site.proxy.client("web");
        client.send(format!("POST / HTTP/1.1\r\nHost: h.test\r\nContent-Length: {}\r\n\r\nid=", 3 + user.len()));
        std::thread::sleep(Duration::from_millis(20));
        client.send(user);
        assert_eq!(server_of(&client.response()), expected, "{user}");
    }
    // Without the parameter servers take turns.
    let turns = (0..4).map(|_| {
        let mut client = site.proxy.client("web");
        client.send(post("/", &[FORM], "x=1"));
        server_of(&client.response()).to_owned()
    });
    assert!(turns.collect::<BTreeSet<_>>().len() > 1);
}

#[test]
fn a_ring_by_address_does_not_depend_on_the_order() {
    let backends: Vec<Backend> = (0..4).map(|n| Backend::named(&format!("S{n}"))).collect();
    let config = |order: &[usize]| {
        let servers =
            order.iter().map(|n| format!("    server S{n} 127.0.0.1:{} hash-key addr-port\n", backends[*n].port()));
        format!(
            "defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind 127.0.0.1:@web@
    balance hash req.hdr(x-key)
    hash-type consistent crc32 avalanche
{}",
            servers.collect::<String>()
        )
    };
    let (one, other) = (burdock().start(&config(&[0, 1, 2, 3])), burdock().start(&config(&[2, 0, 3, 1])));
    let mut seen = BTreeSet::new();
    for key in 0..24 {
        let field = format!("X-Key: {key}");
        let of = |proxy: &burdock_testkit::Proxy| server_of(&proxy.client("web").get("/", &[&field])).to_owned();
        let server = of(&one);
        assert_eq!(of(&other), server, "{key}");
        seen.insert(server);
    }
    assert!(seen.len() > 1, "{seen:?}");
}

#[test]
fn busy_servers_are_passed_over() {
    let held = || {
        Backend::scripted(|connection| {
            while let Some(request) = connection.request() {
                if request.target() == "/held" {
                    connection.await_end();
                    return;
                }
                connection.send(response(200, &[], ""));
            }
        })
    };
    // A server is busy with one request, or with more than half of two and a third.
    for (line, words, held_there) in
        [("hash-preserve-affinity maxconn", "maxconn 1", 1), ("hash-balance-factor 101", "", 2)]
    {
        let lines =
            format!("balance hash str(key)\nhash-type consistent\nhttp-response set-header X-Server %s\n{line}");
        let site = Site::with_options(held(), held(), &lines, words, words);
        let first = server_of(&site.get("/one", &[])).to_owned();
        // A request is over a moment behind its answer.
        let at_rest = || (site.proxy.stat("web", &first)["scur"] == "0").then_some(());
        until("the server to be at rest", at_rest);
        assert_eq!(server_of(&site.get("/two", &[])), first, "{line}");
        until("the server to be at rest", at_rest);
        let clients: Vec<_> = (1..=held_there)
            .map(|count| {
                let mut client = site.proxy.client("web");
                client.send(get("/held", &[]));
                let _held = if first == "A" { &site.a } else { &site.b }.await_requests(2 + count);
                client
            })
            .collect();
        assert_ne!(server_of(&site.get("/three", &[])), first, "{line}");
        drop(clients);
    }
}
