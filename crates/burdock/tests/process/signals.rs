//! How the process ends, and what other signals do.

use std::time::Duration;

use burdock_testkit::net::is_listening;
use burdock_testkit::{Backend, Client, End, client, http, wait};
use rustix::process::Signal;

use crate::support::{NO_SERVERS, burdock, ending};

#[test]
fn stop_signals_kill_or_end_well() {
    for (mode, sent, expected) in [
        ("-db", Signal::INT, -2),
        ("-db", Signal::TERM, -15),
        ("-db", Signal::USR1, 0),
        ("-d", Signal::INT, -2),
        ("-d", Signal::TERM, -15),
        ("-d", Signal::USR1, 0),
    ] {
        let mut proxy = burdock().start_with(NO_SERVERS, &[mode]);
        proxy.signal(sent);
        let (status, took) = wait::timed(|| proxy.await_exit());
        assert_eq!(ending(status), expected, "{mode} {sent:?}");
        assert!(took < Duration::from_secs(2), "{mode} {sent:?} took {took:?}");
    }
}

/// A server that answers when the test says so, behind one proxy.
fn slow_site(lines: &str) -> (Backend, std::sync::mpsc::Sender<()>, burdock_testkit::Proxy) {
    let (release, wait_for) = std::sync::mpsc::channel();
    let wait_for = std::sync::Mutex::new(wait_for);
    let server = Backend::answering(move |_| {
        let _released = wait_for.lock().unwrap().recv();
        http::response(200, &[], "late")
    });
    let config = format!("global\n    {lines}\n{NO_SERVERS}    server s 127.0.0.1:{}\n", server.port());
    let proxy = burdock().start(&config);
    (server, release, proxy)
}

#[test]
fn a_soft_stop_lets_requests_finish_and_closes_the_rest() {
    let (server, release, mut proxy) = slow_site("");
    let port = proxy.port("web");
    let mut idle = proxy.client("web");
    idle.send(client::get("/first", &[]));
    release.send(()).unwrap();
    assert_eq!(idle.response().status(), 200);
    let mut busy = proxy.client("web");
    busy.send(client::get("/second", &[]));
    server.await_requests(2);

    proxy.signal(Signal::USR1);
    wait::until("the port to be closed", || (!is_listening(port)).then_some(()));
    assert!(matches!(idle.end(), End::Closed(_)), "an idle connection is closed");
    assert!(proxy.is_running(), "a request is under way");
    release.send(()).unwrap();
    assert_eq!(busy.response().text(), "late");
    assert_eq!(ending(proxy.await_exit()), 0);
    proxy.await_stderr("Proxy web stopped (cumulated conns: FE: 2, BE: 2).");
}

#[test]
fn a_soft_stop_is_given_up_when_it_lasts_too_long() {
    let (server, _release, mut proxy) = slow_site("hard-stop-after 300ms");
    let mut busy = proxy.client("web");
    busy.send(client::get("/", &[]));
    server.await_requests(1);
    proxy.signal(Signal::USR1);
    let (status, took) = wait::timed(|| proxy.await_exit());
    assert_eq!(ending(status), 0);
    assert!(took >= Duration::from_millis(250), "{took:?}");
}

#[test]
fn other_signals_make_it_talk() {
    let server = Backend::named("s");
    let mut proxy = burdock().start(&format!("{NO_SERVERS}    server s 127.0.0.1:{}\n", server.port()));
    assert_eq!(Client::connect(proxy.port("web")).get("/", &[]).status(), 200);
    // The answer may arrive before its request is counted.
    wait::until("a dump with the request in it", || {
        proxy.signal(Signal::HUP);
        proxy.stderr().contains("SIGHUP: Server web/s is UP. Conn: 0 act, 0 pend, 1 tot.").then_some(())
    });
    proxy.await_stderr("SIGHUP: Proxy web has 1 active servers and 0 backup servers available.");
    proxy.signal(Signal::QUIT);
    proxy.signal(Signal::PIPE);
    assert_eq!(Client::connect(proxy.port("web")).get("/", &[]).status(), 200, "it goes on");
    assert!(proxy.is_running());
}
