//! The command line, start and end: exit codes, what is printed where, signals.

use std::os::unix::process::ExitStatusExt;
use std::process::Output;

use burdock_testkit::client::get;
use burdock_testkit::http::ok;
use burdock_testkit::program::{Signal, is_alive, send_signal};
use burdock_testkit::wait::until;
use burdock_testkit::{Backend, End};

use crate::support::{Site, burdock};

const GOOD: &str = "listen web
 bind 127.0.0.1:@web@
 mode http
 timeout connect 1s
 timeout client 1s
 timeout server 1s
 server A 127.0.0.1:1 check
";

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn checking_a_file() {
    let good = burdock().run(GOOD, &["-c"]);
    assert_eq!((code(&good), good.stdout.len()), (Some(0), 0), "{}", stderr(&good));
    let verbose = burdock().run(GOOD, &["-c", "-V"]);
    assert!(String::from_utf8_lossy(&verbose.stdout).contains("Configuration file is valid"), "{verbose:?}");
    assert_eq!(code(&burdock().run("", &["-c"])), Some(0), "an empty file is no fault");
}

#[test]
fn faults_are_named_with_their_line() {
    fn check(line: &str) {
        let output = burdock().run(&GOOD.replace(" mode http\n", &format!(" mode http\n {line}\n")), &["-c"]);
        let text = stderr(&output);
        assert_eq!(code(&output), Some(1), "{line}");
        assert!(text.contains("[ALERT]") && text.contains("burdock.cfg:4]"), "{line}: {text}");
    }
    check("no-such-keyword");
    check("balance nonsense");
    check("cookie");
    check("timeout client 5x");
    check("server");
    check("http-request nonsense");
    check("use_backend x if { nonsense }");
}

#[test]
fn all_faults_of_a_file_are_reported_at_once() {
    let output = burdock().run(&GOOD.replace(" mode http\n", " mode http\n first-fault\n second-fault\n"), &["-c"]);
    let text = stderr(&output);
    assert!(text.contains("burdock.cfg:4]") && text.contains("burdock.cfg:5]"), "{text}");
}

#[test]
fn warnings_are_fatal_on_request() {
    let without_timeouts = "listen web\n bind 127.0.0.1:@web@\n mode http\n server A 127.0.0.1:1\n";
    let output = burdock().run(without_timeouts, &["-c"]);
    assert_eq!(code(&output), Some(0));
    assert!(stderr(&output).contains("[WARNING]"), "{}", stderr(&output));
    assert_eq!(code(&burdock().run(without_timeouts, &["-c", "-dW"])), Some(1));
    assert_eq!(code(&burdock().run(GOOD, &["-c", "-dW"])), Some(0));
}

#[test]
fn files_that_are_not_there_and_flags_that_are_not_known() {
    assert_eq!(code(&burdock().run_bare(&["-c", "-f", "/nonexistent/file.cfg"])), Some(1));
    assert_eq!(code(&burdock().run_bare(&[])), Some(1));
    let unknown = burdock().run_bare(&["-j"]);
    assert_eq!(code(&unknown), Some(1));
    assert!(stderr(&unknown).contains("Usage"), "{unknown:?}");
}

#[test]
fn a_directory_is_read_in_order() {
    let dir = std::env::temp_dir().join(format!("burdock-dir-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(
        dir.join("1.cfg"),
        "defaults\n mode http\n timeout connect 1s\n timeout client 1s\n timeout server 1s\n",
    )
    .unwrap();
    std::fs::write(dir.join("2.cfg"), "frontend f\n bind 127.0.0.1:8080\n default_backend b\n").unwrap();
    std::fs::write(dir.join("3.cfg"), "backend b\n server A 127.0.0.1:1\n").unwrap();
    std::fs::write(dir.join("other.txt"), "this is no configuration\n").unwrap();
    let output = burdock().run_bare(&["-c", "-dW", "-f", &dir.display().to_string()]);
    std::fs::remove_dir_all(&dir).unwrap();
    assert_eq!(code(&output), Some(0), "{}", stderr(&output));
}

#[test]
fn conditions_on_the_command_line() {
    for (expression, expected) in
        [("streq(a,a)", 0), ("streq(a,b)", 1), ("version_atleast(2.4)", 0), ("", 1), ("nonsense(", 2)]
    {
        assert_eq!(code(&burdock().run_bare(&["-cc", expression])), Some(expected), "{expression:?}");
    }
}

#[test]
fn a_port_in_use_and_no_port_at_all() {
    let backend = Backend::named("A");
    let taken = GOOD.replace("@web@", &backend.port().to_string());
    let output = burdock().run(&taken, &["-db"]);
    assert_eq!(code(&output), Some(1));
    assert!(stderr(&output).contains("[ALERT]"), "{}", stderr(&output));
    assert_eq!(code(&burdock().run(&taken, &["-c"])), Some(0), "a check binds nothing");
    assert_eq!(code(&burdock().run("global\n", &["-db"])), Some(1));
}

#[test]
fn signals_in_the_foreground() {
    for (signal, number) in [(Signal::INT, 2), (Signal::TERM, 15)] {
        let mut proxy = burdock().start(GOOD);
        proxy.signal(signal);
        let status = proxy.await_exit();
        assert!(status.signal() == Some(number) || status.code() == Some(0), "{signal:?}: {status}");
    }
}

#[test]
fn a_soft_stop_finishes_what_runs_and_takes_nothing_new() {
    let server = Backend::answering(|_| {
        std::thread::sleep(std::time::Duration::from_millis(400));
        ok("finished")
    });
    let Site { a, b, log, mut proxy } = Site::with_options(server, Backend::named("B"), "", "", "disabled");
    let mut client = proxy.client("web");
    client.send(get("/running", &[]));
    a.await_requests(1);
    proxy.signal(Signal::USR1);
    let answer = client.response();
    assert_eq!((answer.text().as_str(), answer.header("connection")), ("finished", Some("close")));
    assert_eq!(client.end(), End::Closed(Vec::new()));
    assert_eq!(proxy.await_exit().code(), Some(0));
    drop((b, log));
}

#[test]
fn a_daemon_writes_its_pid_and_leaves_the_terminal() {
    let home = Site::start("");
    let file = home.proxy.dir().join("pid");
    let output = burdock().run(GOOD, &["-D", "-p", &file.display().to_string()]);
    assert_eq!(code(&output), Some(0), "{}", stderr(&output));
    let daemon: u32 = std::fs::read_to_string(&file).unwrap().trim().parse().unwrap();
    assert!(is_alive(daemon));
    send_signal(daemon, Signal::TERM);
    until("the daemon's end", || (!is_alive(daemon)).then_some(()));
}

#[test]
fn the_version_is_where_scripts_look_for_it() {
    for flag in ["-v", "-vv"] {
        let version = burdock().run_bare(&[flag]);
        assert!(String::from_utf8_lossy(&version.stdout).starts_with("HAProxy version "), "{version:?}");
    }
    assert!(String::from_utf8_lossy(&burdock().run_bare(&["-vv"]).stdout).contains("\n  TARGET  = "));
}
