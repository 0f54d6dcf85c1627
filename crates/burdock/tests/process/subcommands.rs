//! Our own sub-commands.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use burdock_testkit::Client;
use burdock_testkit::net::Reserved;
use burdock_testkit::wait;
use rustix::process::Signal;

use crate::support::{Directory, NO_SERVERS, Running, ending, is_stand_in, signal};

const WRONG: &str = "defaults\n    moode http\n";

#[test]
fn check_explains_and_decides() {
    if is_stand_in() {
        return;
    }
    let valid = NO_SERVERS.replace("@web@", "1");
    let files = Directory::with(&[("valid.cfg", &valid), ("wrong.cfg", WRONG)]);
    for (args, code, shown) in [
        (&["check", "valid.cfg"][..], 0, "No findings"),
        (&["check", "wrong.cfg"], 1, "did you mean 'mode'?"),
        (&["check", "--format", "plain", "wrong.cfg"], 1, "config : parsing [wrong.cfg:2] : unknown keyword 'moode'"),
        (&["check", "--format", "json", "wrong.cfg"], 1, "\"severity\": \"error\""),
        (&["check", "--format", "json", "valid.cfg"], 0, "[]"),
        (&["check", "missing.cfg"], 1, "missing.cfg"),
    ] {
        let output = files.run(args);
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert_eq!(ending(output.status), code, "{args:?}: {stdout}");
        assert!(stdout.contains(shown), "{args:?}: {stdout}");
        assert!(!stdout.contains('\x1b'), "no colours where nobody looks");
    }
}

#[test]
fn help_names_the_sub_commands() {
    if is_stand_in() {
        return;
    }
    let files = Directory::with(&[]);
    let help = files.run(&["--help"]);
    let text = String::from_utf8_lossy(&help.stdout);
    assert_eq!(ending(help.status), 0);
    assert!(["check", "run", "demo", "burdock -f haproxy.cfg"].iter().all(|word| text.contains(word)), "{text}");
    assert_eq!(ending(files.run(&["--version"]).status), 0);
    for wrong in [&["check"][..], &["nonsense"], &["check", "--nonsense", "x"]] {
        assert_eq!(ending(files.run(wrong).status), 1, "{wrong:?}");
    }
}

#[test]
fn run_serves_in_the_foreground() {
    if is_stand_in() {
        return;
    }
    let port = Reserved::new();
    // Even where the file asks for a daemon.
    let config = format!("global\n    daemon\n{}", NO_SERVERS.replace("@web@", &port.port().to_string()));
    let files = Directory::with(&[("x.cfg", &config)]);
    let mut running = files.start(&["run", "x.cfg"]);
    wait::until("its greeting", || files.stderr().contains("serves 127.0.0.1:").then_some(()));
    assert_eq!(Client::connect(port.port()).get("/", &[]).status(), 503);
    signal(running.0.id().try_into().unwrap(), Signal::USR1);
    assert_eq!(ending(running.await_exit()), 0);
    assert_eq!(ending(Directory::with(&[("x.cfg", WRONG)]).run(&["run", "x.cfg"]).status), 1);
}

#[test]
fn the_demo_shows_its_page_and_its_site() {
    if is_stand_in() {
        return;
    }
    let child = Command::new(env!("CARGO_BIN_EXE_burdock"))
        .args(["demo", "--port", "0", "--site-port", "0"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut running = Running(child.unwrap());
    let lines = BufReader::new(running.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let ports: Vec<u16> = lines.filter_map(|line| port_in(&line)).take(2).collect();
    for port in ports {
        let request = format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
        assert_eq!(Client::connect(port).request(request).status(), 200, "port {port}");
    }
    signal(running.0.id().try_into().unwrap(), Signal::INT);
    assert_eq!(ending(running.await_exit()), -2);
}

/// The port of an address such as `http://127.0.0.1:8420/` in a line.
fn port_in(line: &str) -> Option<u16> {
    line.split_once("http://")?.1.split_once(':')?.1.split('/').next()?.parse().ok()
}
