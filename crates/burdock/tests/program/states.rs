//! Server states set at run time: what the runtime commands answer, what they change, what is logged of it.

use burdock_testkit::Backend;

use crate::support::{Site, server_of};

const BOUND: &[&str] = &["Cookie: SRVNAME=SA"];

fn site(words: &str) -> Site {
    Site::with_options(Backend::named("A"), Backend::named("B"), "cookie SRVNAME insert", words, "")
}

#[test]
fn a_command_that_succeeds_answers_an_empty_line() {
    let site = site("");
    for command in [
        "set server web/A state drain",
        "set server web/A state maint",
        "set server web/A state ready",
        "set server web/A weight 50%",
        "set weight web/A 1",
        "disable server web/A",
        "enable server web/A",
    ] {
        assert_eq!(site.proxy.cli(command), "\n", "{command}");
    }
    for command in [
        "set server web/none state ready",
        "set server none/A state ready",
        "set server web/A state other",
        "set weight web/A x",
    ] {
        let answer = site.proxy.cli(command);
        assert!(answer.trim().len() > 3, "{command}: {answer:?}");
    }
}

#[test]
fn states_as_shown() {
    let site = site("");
    for (command, status, weight) in [
        ("set server web/A state drain", "DRAIN", "1"),
        ("set server web/A state maint", "MAINT", "1"),
        ("set server web/A state ready", "no check", "1"),
        ("set server web/A weight 0", "no check", "0"),
        ("set server web/A weight 7", "no check", "7"),
    ] {
        site.proxy.cli(command);
        let row = site.proxy.stat("web", "A");
        assert_eq!((row["status"].as_str(), row["weight"].as_str()), (status, weight), "{command}");
    }
}

#[test]
fn changes_are_logged() {
    let site = site("");
    site.proxy.cli("set server web/A state drain");
    site.log.await_line("Server web/A enters drain state");
    site.proxy.cli("set server web/A state maint");
    site.log.await_line("Server web/A is going DOWN for maintenance");
    site.proxy.cli("set server web/A state ready");
    site.log.await_line("Server web/A is UP/READY (leaving forced maintenance)");
}

#[test]
fn back_from_maintenance_a_checked_server_has_to_prove_itself() {
    let site = site("check inter 1s");
    site.proxy.await_stat("web", "A", "status", "UP");
    site.proxy.cli("set server web/A state maint");
    assert_eq!(site.proxy.stat("web", "A")["status"], "MAINT");
    site.proxy.cli("set server web/A state ready");
    assert_eq!(site.proxy.stat("web", "A")["status"], "UP 1/3");
    site.proxy.await_stat("web", "A", "status", "UP");
}

#[test]
fn the_backends_row_counts_servers_with_weight() {
    let site = site("");
    assert_eq!(site.proxy.stat("web", "BACKEND")["act"], "2");
    site.proxy.cli("set server web/A state drain");
    assert_eq!(
        (site.proxy.stat("web", "BACKEND")["act"].as_str(), site.proxy.stat("web", "BACKEND")["status"].as_str()),
        ("1", "UP")
    );
    site.proxy.cli("set server web/B state maint");
    assert_eq!(
        (site.proxy.stat("web", "BACKEND")["act"].as_str(), site.proxy.stat("web", "BACKEND")["status"].as_str()),
        ("0", "DOWN")
    );
    assert_eq!(server_of(&site.get("/bound", BOUND)), "A");
}

#[test]
fn health_can_be_forced() {
    let site = site("check inter 60s");
    site.proxy.await_stat("web", "A", "check_status", "L4OK");
    site.proxy.cli("set server web/A health down");
    assert_eq!(site.proxy.stat("web", "A")["status"], "DOWN");
    assert_eq!(server_of(&site.get("/bound", BOUND)), "B");
    site.proxy.cli("set server web/A health stopping");
    assert_eq!(site.proxy.stat("web", "A")["status"], "NOLB");
    assert_eq!(server_of(&site.get("/bound", BOUND)), "A");
    assert_eq!(server_of(&site.get("/fresh", &[])), "B");
    site.proxy.cli("set server web/A health up");
    assert_eq!(site.proxy.stat("web", "A")["status"], "UP");
}

#[test]
fn a_new_address_is_used_for_the_next_request() {
    let site = site("");
    let other = Backend::named("C");
    assert_eq!(server_of(&site.get("/", BOUND)), "A");
    let answer = site.proxy.cli(&format!("set server web/A addr 127.0.0.1 port {}", other.port()));
    assert!(answer.contains("port changed"), "{answer}");
    assert_eq!(server_of(&site.get("/", BOUND)), "C");
}

#[test]
fn counters_of_the_statistics() {
    let site = site("");
    for _ in 0..3 {
        site.get("/", BOUND);
    }
    site.get("/", &["Cookie: SRVNAME=SB"]);
    site.log.await_http(4);
    let a = site.proxy.stat("web", "A");
    assert_eq!((a["stot"].as_str(), a["hrsp_2xx"].as_str(), a["scur"].as_str()), ("3", "3", "0"));
    let front = site.proxy.stat("web", "FRONTEND");
    assert_eq!(
        (front["req_tot"].as_str(), front["status"].as_str(), front["slim"].as_str() != "0"),
        ("4", "OPEN", true)
    );
}
