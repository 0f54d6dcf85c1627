//! Life as a daemon, and the pid file.

use std::fs;
use std::net::TcpListener;

use burdock_testkit::net::{Reserved, is_listening};
use burdock_testkit::wait;
use rustix::process::Signal;

use crate::support::{Directory, NO_SERVERS, ending, has_ended, signal};

/// A directory with a configuration, the port it listens on, and what holds the port.
fn site(lines: &str) -> (Directory, Reserved) {
    let port = Reserved::new();
    let config = format!("global\n    {lines}\n{}", NO_SERVERS.replace("@web@", &port.port().to_string()));
    (Directory::with(&[("x.cfg", &config)]), port)
}

/// The only line of the pid file.
fn pid(files: &Directory) -> i32 {
    let text = fs::read_to_string(files.path("pid")).unwrap();
    text.strip_suffix('\n').unwrap().parse().unwrap()
}

#[test]
fn the_parent_ends_when_the_daemon_listens() {
    for sent in [Signal::INT, Signal::TERM, Signal::USR1] {
        let (files, port) = site("");
        let output = files.run(&["-D", "-p", "pid", "-f", "x.cfg"]);
        assert_eq!(ending(output.status), 0, "{}", files.stderr());
        assert!(is_listening(port.port()));
        let pid = pid(&files);
        assert!(!has_ended(pid));
        assert_eq!(fs::read_link(format!("/proc/{pid}/fd/1")).unwrap().to_str(), Some("/dev/null"));
        let session = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        assert_eq!(
            session.rsplit(") ").next().unwrap().split(' ').nth(3),
            Some(pid.to_string().as_str()),
            "a session of its own"
        );
        signal(pid, sent);
        wait::until("the daemon to end", || has_ended(pid).then_some(()));
        wait::until("its socket to be closed", || (!is_listening(port.port())).then_some(()));
        assert_eq!(self::pid(&files), pid, "the pid file is left behind");
    }
}

#[test]
fn the_configuration_can_ask_for_a_daemon_and_the_command_line_refuse() {
    let (files, port) = site("daemon\n    pidfile pid");
    assert_eq!(ending(files.run(&["-f", "x.cfg"]).status), 0);
    let daemon = pid(&files);
    signal(daemon, Signal::TERM);
    wait::until("the daemon to end", || has_ended(daemon).then_some(()));
    fs::remove_file(files.path("pid")).unwrap();
    let mut foreground = files.start(&["-db", "-f", "x.cfg"]);
    wait::until("the program to listen", || is_listening(port.port()).then_some(()));
    assert!(foreground.0.try_wait().unwrap().is_none());
    assert!(!files.path("pid").exists(), "the foreground writes no pid file");
}

#[test]
fn a_daemon_that_cannot_start_fails_in_front_of_its_parent() {
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = busy.local_addr().unwrap().port();
    let files = Directory::with(&[("x.cfg", &NO_SERVERS.replace("@web@", &port.to_string()))]);
    assert_eq!(ending(files.run(&["-D", "-p", "pid", "-f", "x.cfg"]).status), 1);
    assert!(files.stderr().contains("Address already in use"), "{}", files.stderr());

    let (files, _port) = site("");
    assert_eq!(ending(files.run(&["-D", "-p", "missing/pid", "-f", "x.cfg"]).status), 1);
    assert!(files.stderr().contains("Cannot create pidfile missing/pid"), "{}", files.stderr());
}
