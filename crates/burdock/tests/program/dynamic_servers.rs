//! Servers and frontends that come and go while traffic runs: who gets requests then, on connections that were there before as well.

use std::net::TcpStream;
use std::time::Duration;

use burdock_testkit::{Backend, Certificates, H2Client, Key, LogSink, Proxy, http, wait};

use crate::support::{Site, burdock, listen, server_of};

const BOUND: &[&str] = &["Cookie: SRVNAME=SC"];

/// Server `A` behind cookie persistence.
fn site() -> Site {
    Site::start("cookie SRVNAME insert indirect")
}

fn add(proxy: &Proxy, words: &str) {
    assert_eq!(proxy.cli(&format!("add server {words}")), "New server registered.\n\n", "{words}");
}

#[test]
fn an_added_server_serves_connections_that_were_open_before() {
    let site = site();
    let mut client = site.proxy.client("web");
    let first = client.get("/", &[]);
    assert_eq!(first.status(), 200);
    let c = Backend::named("C");
    add(&site.proxy, &format!("web/C 127.0.0.1:{} cookie SC", c.port()));
    assert_ne!(server_of(&client.get("/waits", BOUND)), "C", "it is in maintenance");
    assert_eq!(site.proxy.cli("enable server web/C"), "\n");
    assert_eq!(server_of(&client.get("/bound", BOUND)), "C");
    let visitors: Vec<_> = (0..3).map(|_| server_of(&client.get("/", &[])).to_owned()).collect();
    let mut sorted = visitors.clone();
    sorted.sort();
    assert_eq!(sorted, ["A", "B", "C"], "it takes its turn: {visitors:?}");
    site.proxy.await_stat("web", "C", "stot", "2");
}

#[test]
fn a_deleted_server_is_no_more() {
    let site = site();
    let c = Backend::named("C");
    add(&site.proxy, &format!("web/C 127.0.0.1:{} cookie SC", c.port()));
    site.proxy.cli("enable server web/C");
    let mut client = site.proxy.client("web");
    assert_eq!(server_of(&client.get("/", BOUND)), "C");
    assert_eq!(site.proxy.cli("del server web/C"), "Only servers in maintenance mode can be deleted.\n\n");
    site.proxy.cli("disable server web/C");
    assert_eq!(site.proxy.cli("wait 10s srv-removable web/C"), "Done.\n\n");
    assert_eq!(site.proxy.cli("del server web/C"), "Server deleted.\n\n");
    assert_ne!(server_of(&client.get("/moved", BOUND)), "C");
    let (_, logged) = site.get_logged("/unknown", BOUND);
    assert_eq!(logged.flags, "--II", "the cookie names nobody");
    assert!(!site.proxy.cli("show stat").contains("web,C,"));
    // Its name and its cookie are free for another.
    let d = Backend::named("D");
    add(&site.proxy, &format!("web/C 127.0.0.1:{} cookie SC", d.port()));
    site.proxy.cli("enable server web/C");
    assert_eq!(server_of(&client.get("/", BOUND)), "D");
}

#[test]
fn a_deleted_server_lets_its_certificate_go() {
    let site = site();
    let files = Certificates::by("Authority");
    let text = std::fs::read_to_string(files.issue("client.pem", Key::Ecdsa, &["client.test"])).unwrap();
    site.proxy.cli("new ssl cert client.pem");
    site.proxy.cli(&format!("set ssl cert client.pem <<\n{text}\n"));
    assert!(site.proxy.cli("commit ssl cert client.pem").contains("Success!"));
    let status = || site.proxy.cli("show ssl cert client.pem");
    assert!(status().contains("Status: Unused"), "{}", status());
    let c = Backend::named("C");
    add(&site.proxy, &format!("web/C 127.0.0.1:{} ssl verify none crt client.pem", c.port()));
    assert!(status().contains("Status: Used"), "{}", status());
    assert_eq!(site.proxy.cli("del server web/C"), "Server deleted.\n\n");
    // Each thread that knew the server lets go of it in its own time.
    wait::until("the certificate is free", || status().contains("Status: Unused").then_some(()));
}

/// HAProxy would end the waits, because these clients end their side at once.
#[test]
fn requests_under_way_keep_their_server() {
    let slow = Backend::scripted(|connection| {
        while connection.request().is_some() {
            std::thread::sleep(Duration::from_millis(600));
            connection.send(http::response(200, &["X-Server: C"], "late"));
        }
    });
    let site = site();
    add(&site.proxy, &format!("web/C 127.0.0.1:{} cookie SC", slow.port()));
    site.proxy.cli("enable server web/C");
    let mut client = site.proxy.client("web");
    client.send(burdock_testkit::client::get("/", BOUND));
    slow.await_requests(1);
    site.proxy.cli("disable server web/C");
    let busy = "Server still has connections attached to it, cannot remove it.";
    assert_eq!(site.proxy.cli("del server web/C"), format!("{busy}\n\n"));
    assert_eq!(site.proxy.cli("wait 10ms srv-removable web/C"), format!("Wait delay expired. {busy}\n\n"));
    assert_eq!(site.proxy.cli("wait 10s srv-removable web/C"), "Done.\n\n");
    assert_eq!(site.proxy.cli("del server web/C"), "Server deleted.\n\n");
    assert_eq!(server_of(&client.response()), "C");
}

/// As HAProxy 3.5: nothing is answered.
#[test]
fn requests_of_a_server_are_ended() {
    let stuck = Backend::scripted(|connection| {
        while connection.request().is_some() {
            connection.await_end();
        }
    });
    let site = site();
    add(&site.proxy, &format!("web/C 127.0.0.1:{} cookie SC", stuck.port()));
    site.proxy.cli("enable server web/C");
    let mut client = site.proxy.client("web");
    client.send(burdock_testkit::client::get("/stuck", BOUND));
    stuck.await_requests(1);
    site.proxy.cli("disable server web/C");
    assert_eq!(site.proxy.cli("shutdown sessions server web/A"), "\n");
    assert_eq!(site.proxy.cli("shutdown sessions server web/C"), "\n");
    assert!(client.try_response("GET").is_ok_and(|response| response.is_none()), "the connection is closed");
    assert_eq!(site.log.await_request(" /stuck ").flags, "KCVN");
    assert_eq!(site.proxy.cli("wait 10s srv-removable web/C"), "Done.\n\n");
    assert_eq!(site.proxy.cli("del server web/C"), "Server deleted.\n\n");
}

/// A request that waits for any server to have room is served by one that is added meanwhile; HAProxy leaves it where it is.
#[test]
fn requests_that_wait_are_served_by_an_added_server() {
    let stuck = Backend::scripted(|connection| {
        while connection.request().is_some() {
            connection.await_end();
        }
    });
    let log = LogSink::new();
    let proxy = burdock().start(&listen(&log, &format!("server A 127.0.0.1:{} maxconn 1", stuck.port())));
    let mut first = proxy.client("web");
    first.send(burdock_testkit::client::get("/first", &[]));
    stuck.await_requests(1);
    let mut second = proxy.client("web");
    second.send(burdock_testkit::client::get("/second", &[]));
    proxy.await_stat("web", "BACKEND", "qcur", "1");
    let b = Backend::named("B");
    add(&proxy, &format!("web/B 127.0.0.1:{}", b.port()));
    proxy.cli("enable server web/B");
    assert_eq!(server_of(&second.response()), "B");
    assert_eq!(log.await_request(" /second ").server, "B", "the log names it");
}

#[test]
fn checks_of_an_added_server_begin_when_they_are_asked_for() {
    let site = site();
    let c = Backend::named("C");
    add(&site.proxy, &format!("web/C 127.0.0.1:{} check inter 100ms", c.port()));
    site.proxy.cli("enable server web/C");
    assert_eq!(site.proxy.stat("web", "C")["check_status"], "");
    site.proxy.cli("enable health web/C");
    site.proxy.await_stat("web", "C", "check_status", "L4OK");
    let place = c.stop();
    site.log.await_line("Server web/C is DOWN, reason: Layer4 connection problem");
    site.proxy.cli("disable server web/C");
    assert_eq!(site.proxy.cli("del server web/C"), "Server deleted.\n\n");
    let _alive = place.listen();
}

#[test]
fn streams_of_http2_see_an_added_server() {
    let log = LogSink::new();
    let a = Backend::named("A");
    let text = listen(&log, &format!("cookie SRVNAME insert indirect\nserver A 127.0.0.1:{} cookie SA", a.port()));
    let proxy = burdock().start(&text.replace("bind 127.0.0.1:@web@", "bind 127.0.0.1:@web@ proto h2"));
    let mut client = H2Client::connect(proxy.port("web"));
    assert_eq!(client.get("/", &[]).field("x-server"), Some("A"));
    let c = Backend::named("C");
    add(&proxy, &format!("web/C 127.0.0.1:{} cookie SC", c.port()));
    proxy.cli("enable server web/C");
    assert_eq!(client.get("/", &[("cookie", "SRVNAME=SC")]).field("x-server"), Some("C"));
}

#[test]
fn a_paused_frontend_gives_its_port_up_and_takes_it_back() {
    let site = site();
    let port = site.proxy.port("web");
    let listens = || TcpStream::connect(("127.0.0.1", port)).is_ok();
    let mut open = site.proxy.client("web");
    assert_eq!(open.get("/", &[]).status(), 200);
    assert_eq!(site.proxy.cli("disable frontend web"), "\n");
    wait::until("nobody to listen", || (!listens()).then_some(()));
    assert_eq!(open.get("/", &[]).status(), 200, "who is there is served");
    assert_eq!(site.proxy.cli("enable frontend web"), "\n");
    wait::until("somebody to listen again", || listens().then_some(()));
    assert_eq!(site.get("/", &[]).status(), 200);
    assert_eq!(site.proxy.cli("shutdown frontend web"), "\n");
    wait::until("nobody to listen", || (!listens()).then_some(()));
    assert_eq!(site.proxy.stat("web", "FRONTEND")["status"], "STOP");
}

#[test]
fn clients_wait_where_a_frontend_has_no_room() {
    let site = site();
    assert_eq!(site.proxy.cli("set maxconn frontend web 1"), "\n");
    let mut first = site.proxy.client("web");
    assert_eq!(first.get("/", &[]).status(), 200);
    let mut second = site.proxy.client("web");
    second.send(burdock_testkit::client::get("/second", &[]));
    assert_eq!(site.proxy.stat("web", "FRONTEND")["scur"], "1");
    assert_eq!(site.proxy.cli("set maxconn frontend web 2"), "\n");
    assert_eq!(second.response().status(), 200);
}

#[test]
fn nothing_is_sent_to_a_backend_that_is_not_published() {
    let (a, b) = (Backend::named("A"), Backend::named("B"));
    let log = LogSink::new();
    let proxy = burdock().start(&format!(
        "{}backend first\n    mode http\n    be-unpublished\n    timeout connect 5s\n    timeout server 5s\n    server A 127.0.0.1:{}\n",
        listen(
            &log,
            &format!(
                "use_backend first if {{ path_beg /f }}\nforce-be-switch if {{ req.hdr(x-admin) 1 }}\nserver B 127.0.0.1:{}",
                b.port()
            )
        ),
        a.port()
    ));
    let get = |fields: &[&str]| server_of(&proxy.client("web").get("/f", fields)).to_owned();
    assert_eq!(get(&[]), "B", "it starts that way");
    assert_eq!(proxy.cli("publish backend first"), "Backend published.\n\n");
    assert_eq!(get(&[]), "A");
    assert_eq!(proxy.cli("unpublish backend first"), "Backend unpublished.\n\n");
    assert_eq!((get(&[]).as_str(), get(&["X-Admin: 1"]).as_str()), ("B", "A"));
    assert_eq!(proxy.cli("publish backend first"), "Backend published.\n\n");
    assert_eq!(get(&[]), "A");
}
