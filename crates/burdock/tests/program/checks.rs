//! Health checks against servers that come, go and misbehave: when the state changes, what the log says, where requests go meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use burdock_testkit::client::get;
use burdock_testkit::http::response;
use burdock_testkit::net::Reserved;
use burdock_testkit::wait::timed;
use burdock_testkit::{Backend, End};

use crate::support::{Site, assert_took, server_of};

const BOUND: &[&str] = &["Cookie: SRVNAME=SA"];
const INSERT: &str = "cookie SRVNAME insert";
const FAST: &str = "check inter 100";

/// A server whose status to `/health` the test changes; other paths answer with the name.
fn with_health(name: &'static str, status: &Arc<AtomicU16>) -> Backend {
    let status = Arc::clone(status);
    Backend::answering(move |request| {
        let code = if request.target() == "/health" { status.load(Ordering::SeqCst) } else { 200 };
        response(code, &[&format!("X-Server: {name}")], name)
    })
}

#[test]
fn a_dead_server_is_found_by_the_first_check() {
    let dead = Reserved::new();
    let b = Backend::named("B");
    let log = burdock_testkit::LogSink::new();
    let lines = format!(
        "{INSERT}\nserver A 127.0.0.1:{} cookie SA {FAST}\nserver B 127.0.0.1:{} cookie SB {FAST}",
        dead.port(),
        b.port()
    );
    let proxy = crate::support::burdock().start(&crate::support::listen(&log, &lines));
    proxy.await_stderr("Server web/A is DOWN");
    let line = log.await_line("Server web/A is DOWN");
    assert!(
        line.contains("reason: Layer4 connection problem") && line.contains("1 active and 0 backup servers left"),
        "{line}"
    );
    assert!(line.starts_with("<129>"), "at the alert level of local0: {line}");
    let mut client = proxy.client("web");
    let answer = client.get("/bound", BOUND);
    assert_eq!(
        (server_of(&answer), log.await_request("/bound").flags.as_str(), log.await_request("/bound").retries()),
        ("B", "--DI", "0")
    );
    // It comes to life: back after `rise` good checks.
    let _alive = Backend::named_at(dead, "A");
    let line = log.await_line("Server web/A is UP");
    assert!(line.starts_with("<133>"), "at the notice level: {line}");
    assert_eq!(server_of(&client.get("/again", BOUND)), "A");
}

#[test]
fn the_last_server_lost_is_an_emergency() {
    let dead = Reserved::new();
    let log = burdock_testkit::LogSink::new();
    let proxy = crate::support::burdock()
        .start(&crate::support::listen(&log, &format!("server A 127.0.0.1:{} {FAST}", dead.port())));
    let line = log.await_line("no server available");
    assert!(line.starts_with("<128>") && line.contains("web"), "{line}");
    let response = proxy.client("web").get("/none", &[]);
    assert_eq!((response.status(), log.await_request("/none").server.as_str()), (503, "<NOSRV>"));
}

#[test]
fn fall_and_rise_are_counted() {
    let site =
        Site::with_options(Backend::named("A"), Backend::named("B"), INSERT, "check inter 200 fall 3 rise 2", "");
    site.proxy.await_stat("web", "A", "status", "UP");
    let Site { a, b, log, proxy } = site;
    let reserved = a.stop();
    proxy.await_stat("web", "A", "status", "UP 2/3");
    proxy.await_stat("web", "A", "status", "UP 1/3");
    proxy.await_stat("web", "A", "status", "DOWN");
    let row = proxy.stat("web", "A");
    assert_eq!((row["check_status"].as_str(), row["chkdown"].as_str()), ("L4CON", "1"));
    let _back = Backend::named_at(reserved, "A");
    proxy.await_stat("web", "A", "status", "DOWN 1/2");
    proxy.await_stat("web", "A", "status", "UP");
    assert_eq!(proxy.stat("web", "A")["check_status"], "L4OK");
    drop((b, log));
}

#[test]
fn fastinter_hurries_a_transition() {
    let site = Site::with_options(Backend::named("A"), Backend::named("B"), INSERT, "check inter 1s fastinter 100", "");
    site.proxy.await_stat("web", "A", "status", "UP");
    let Site { a, b: _b, log: _log, proxy } = site;
    let (_refusing, took) = timed(|| {
        let reserved = a.stop();
        proxy.await_stat("web", "A", "status", "DOWN");
        reserved
    });
    assert!(took < Duration::from_millis(2000), "three checks a second apart would take longer: {took:?}");
}

#[test]
fn http_checks_ask_and_judge() {
    let status = Arc::new(AtomicU16::new(200));
    let lines = format!("{INSERT}\noption httpchk GET /health\nhttp-check send hdr Host check.test");
    let site = Site::with_options(with_health("A", &status), Backend::named("B"), &lines, FAST, "");
    site.proxy.await_stat("web", "A", "check_status", "L7OK");
    let asked = site.a.await_requests(1).remove(0);
    assert_eq!((asked.method(), asked.target(), asked.header("host")), ("GET", "/health", Some("check.test")));
    for (code, up) in [(500, false), (301, true), (404, false), (204, true), (503, false)] {
        status.store(code, Ordering::SeqCst);
        site.proxy.await_stat("web", "A", "status", if up { "UP" } else { "DOWN" });
        let row = site.proxy.stat("web", "A");
        let expected = if up { "L7OK" } else { "L7STS" };
        assert_eq!((row["check_status"].as_str(), row["check_code"].as_str()), (expected, code.to_string().as_str()));
    }
    let line = site.log.await_line("Server web/A is DOWN");
    assert!(line.contains("Layer7 wrong status, code: 500"), "{line}");
}

#[test]
fn what_a_check_sends_by_default_and_what_it_may_expect() {
    let status = Arc::new(AtomicU16::new(200));
    let site = Site::with_options(
        with_health("A", &status),
        Backend::named("B"),
        &format!("{INSERT}\noption httpchk"),
        FAST,
        "",
    );
    let asked = site.a.await_requests(1).remove(0);
    assert_eq!(asked.head.line, "OPTIONS / HTTP/1.0");

    for (expect, up) in [
        ("status 404", true),
        ("status 200-299", false),
        ("! status 404", false),
        ("string A", true),
        ("rstring ^B", false),
    ] {
        let status = Arc::new(AtomicU16::new(404));
        let lines = format!("{INSERT}\noption httpchk GET /health\nhttp-check expect {expect}");
        let site = Site::with_options(with_health("A", &status), Backend::named("B"), &lines, FAST, "");
        site.proxy.await_stat("web", "A", "status", if up { "UP" } else { "DOWN" });
    }
}

#[test]
fn a_check_that_gets_no_answer_times_out() {
    let silent = Backend::scripted(|connection| {
        connection.await_end();
    });
    let lines = format!("{INSERT}\noption httpchk GET /health\ntimeout check 100");
    let site = Site::with_options(silent, Backend::named("B"), &lines, FAST, "");
    site.proxy.await_stat("web", "A", "status", "DOWN");
    assert_eq!(site.proxy.stat("web", "A")["check_status"], "L7TOUT");
}

#[test]
fn a_404_can_mean_that_a_server_wants_no_new_clients() {
    let status = Arc::new(AtomicU16::new(200));
    let lines = format!("{INSERT}\noption httpchk GET /health\nhttp-check disable-on-404");
    let site = Site::with_options(with_health("A", &status), Backend::named("B"), &lines, FAST, "");
    site.proxy.await_stat("web", "A", "status", "UP");
    status.store(404, Ordering::SeqCst);
    site.proxy.await_stat("web", "A", "status", "NOLB");
    assert_eq!(site.proxy.stat("web", "A")["check_status"], "L7OKC");
    assert_eq!(server_of(&site.get("/bound", BOUND)), "A");
    for _ in 0..3 {
        assert_eq!(server_of(&site.get("/fresh", &[])), "B");
    }
    status.store(200, Ordering::SeqCst);
    site.proxy.await_stat("web", "A", "status", "UP");
}

#[test]
#[ignore = "on-marked-down is not supported yet"]
fn a_running_answer_outlives_its_server_unless_the_file_says_otherwise() {
    for (words, cut) in [("", false), ("on-marked-down shutdown-sessions", true)] {
        let status = Arc::new(AtomicU16::new(200));
        let health = Arc::clone(&status);
        let a = Backend::scripted(move |connection| {
            let Some(request) = connection.request() else { return };
            if request.target() == "/health" {
                connection.send(response(health.load(Ordering::SeqCst), &[], ""));
                return;
            }
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbegin");
            while health.load(Ordering::SeqCst) != 0 {
                std::thread::sleep(Duration::from_millis(5));
            }
            connection.send("ended");
        });
        let lines = format!("{INSERT}\noption httpchk GET /health");
        let site = Site::with_options(a, Backend::named("B"), &lines, &format!("{FAST} {words}"), "");
        site.proxy.await_stat("web", "A", "status", "UP");
        let mut client = site.proxy.client("web");
        client.send(get("/long", BOUND));
        assert!(client.some_bytes() > 0);
        status.store(500, Ordering::SeqCst);
        site.proxy.await_stat("web", "A", "status", "DOWN");
        if cut {
            assert!(!matches!(client.end(), End::Open(_)));
            assert_eq!(&site.log.await_request("/long").flags[..2], "DC");
        }
        status.store(0, Ordering::SeqCst);
        if !cut {
            assert_eq!(&site.log.await_request("/long").flags, "--VN");
        }
    }
}

#[test]
fn live_traffic_can_mark_a_server_down() {
    let a = Backend::answering(|request| {
        let code = if request.target() == "/fails" { 500 } else { 200 };
        response(code, &["X-Server: A"], "")
    });
    // The check itself would not look before the test is over.
    let words = "check inter 60s observe layer7 error-limit 3 on-error mark-down";
    let site = Site::with_options(a, Backend::named("B"), INSERT, words, "");
    site.proxy.await_stat("web", "A", "check_status", "L4OK");
    for number in 0..3 {
        assert!(site.proxy.stat("web", "A")["status"].starts_with("UP"), "before failure {number}");
        assert_eq!(site.get("/fails", BOUND).status(), 500);
    }
    site.proxy.await_stat("web", "A", "status", "DOWN");
    assert_eq!(site.proxy.stat("web", "A")["check_status"], "HANA");
    assert_eq!(server_of(&site.get("/bound", BOUND)), "B");
}

#[test]
#[ignore = "track is not supported yet"]
fn a_tracking_server_shares_the_fate_of_the_tracked_one() {
    let status = Arc::new(AtomicU16::new(200));
    let (a, b) = (with_health("A", &status), Backend::named("B"));
    let site = Site::with_options(a, b, &format!("{INSERT}\noption httpchk GET /health"), FAST, "track web/A");
    site.proxy.await_stat("web", "A", "status", "UP");
    status.store(500, Ordering::SeqCst);
    site.proxy.await_stat("web", "A", "status", "DOWN");
    site.log.await_line("Server web/B is DOWN via web/A");
    assert_eq!(site.get("/none", &[]).status(), 503);
}

#[test]
fn a_check_may_go_to_another_port() {
    let (health, dead) = (Backend::named("health"), Reserved::new());
    let log = burdock_testkit::LogSink::new();
    let b = Backend::named("B");
    let lines = format!(
        "{INSERT}\nserver A 127.0.0.1:{} cookie SA {FAST} port {}\nserver B 127.0.0.1:{} cookie SB",
        dead.port(),
        health.port(),
        b.port()
    );
    let proxy = crate::support::burdock().start(&crate::support::listen(&log, &lines));
    proxy.await_stat("web", "A", "status", "UP");
    // Its own port refuses.
    assert_eq!(proxy.stat("web", "A")["check_status"], "L4OK");
}

#[test]
fn an_agent_sets_state_and_weight() {
    let words = Arc::new(std::sync::Mutex::new("up".to_owned()));
    let said = Arc::clone(&words);
    let agent = Backend::scripted(move |connection| {
        connection.send(format!("{}\n", said.lock().unwrap()));
    });
    let agent_words = format!("weight 100 agent-check agent-inter 100 agent-port {}", agent.port());
    let site = Site::with_options(Backend::named("A"), Backend::named("B"), INSERT, &agent_words, "");
    for (word, column, value) in [
        ("50%", "weight", "50"),
        ("weight:20", "weight", "20"),
        ("100% drain", "status", "DRAIN (agent)"),
        ("ready 100%", "status", "no check"),
        ("maint", "status", "MAINT"),
        ("ready", "status", "no check"),
        ("down #broken", "status", "DOWN (agent)"),
        ("up", "status", "no check"),
        ("maxconn:7", "slim", "7"),
        ("stopped", "status", "DOWN (agent)"),
    ] {
        word.clone_into(&mut words.lock().unwrap());
        site.proxy.await_stat("web", "A", column, value);
    }
    assert_eq!(server_of(&site.get("/bound", BOUND)), "B");
}

#[test]
#[ignore = "slowstart is not supported yet"]
fn slowstart_raises_the_weight_in_steps() {
    let status = Arc::new(AtomicU16::new(200));
    let lines = format!("{INSERT}\noption httpchk GET /health");
    let words = "check inter 100 weight 100 slowstart 2s";
    let site = Site::with_options(with_health("A", &status), Backend::named("B"), &lines, words, "");
    site.proxy.await_stat("web", "A", "status", "UP");
    assert_eq!(site.proxy.stat("web", "A")["weight"], "100", "not at the start");
    status.store(500, Ordering::SeqCst);
    site.proxy.await_stat("web", "A", "status", "DOWN");
    status.store(200, Ordering::SeqCst);
    let ((), took) = timed(|| {
        site.proxy.await_stat("web", "A", "status", "UP");
        let weight: u32 = site.proxy.stat("web", "A")["weight"].parse().unwrap();
        assert!(weight < 100, "at first {weight}");
        site.proxy.await_stat("web", "A", "weight", "100");
    });
    assert_took(took, 2000, "slowstart");
}
