//! What the command line does without running for long.

use std::process::Output;

use crate::support::{Directory, NO_SERVERS, ending, is_stand_in};

const VALID: &str =
    "defaults\n mode http\n timeout connect 1s\n timeout client 1s\n timeout server 1s\nlisten l\n bind 127.0.0.1:1\n";
const WARNED: &str = "defaults\n mode http\nlisten l\n bind 127.0.0.1:1\n";
const WRONG: &str = "defaults\n moode http\n";

fn files() -> Directory {
    Directory::with(&[
        ("valid.cfg", VALID),
        ("warned.cfg", WARNED),
        ("wrong.cfg", WRONG),
        ("empty.cfg", ""),
        ("dir/a.cfg", "defaults\n mode http\n timeout connect 1s\n timeout client 1s\n timeout server 1s\n"),
        ("dir/b.cfg", "listen l\n bind 127.0.0.1:1\n"),
        ("dir/.hidden.cfg", WRONG),
        ("dir/other.txt", WRONG),
        ("none/x.txt", ""),
    ])
}

/// Runs a command line in a directory of samples: its exit code, standard output, and whether standard error is empty.
fn check(line: &str, code: i32, stdout: &str, silent: bool) {
    let files = files();
    let Output { status, stdout: out, .. } = files.run(&line.split(' ').collect::<Vec<_>>());
    let stderr = files.stderr();
    assert_eq!(ending(status), code, "{line}: {stderr}");
    assert_eq!(String::from_utf8_lossy(&out), stdout, "{line}");
    assert_eq!(stderr.is_empty(), silent, "{line}: {stderr}");
}

#[test]
fn checks_end_with_a_verdict() {
    check("-c -f valid.cfg", 0, "", true);
    check("-c -V -f valid.cfg", 0, "Configuration file is valid\n", true);
    check("-V -q -c -f valid.cfg", 0, "Configuration file is valid\n", true);
    check("-dM -dI -dW -c -f valid.cfg", 0, "", true);
    check("-c -f warned.cfg", 0, "Warnings were found.\n", false);
    check("-c -V -f warned.cfg", 0, "Warnings were found.\nConfiguration file is valid\n", false);
    check("-dW -c -V -f warned.cfg", 1, "", false);
    check("-c -f wrong.cfg", 1, "", false);
    check("-c -q -f wrong.cfg", 1, "", true);
    check("-c -f missing.cfg", 1, "", false);
    check("-c -f empty.cfg", 0, "", true);
}

#[test]
fn files_come_from_everywhere() {
    check("-c -V -f dir", 0, "Configuration file is valid\n", true);
    check("-c -V -f dir/a.cfg -- dir/b.cfg", 0, "Configuration file is valid\n", true);
    check("-c -V -C dir -f a.cfg -f b.cfg", 0, "Configuration file is valid\n", true);
    check("-C missing -c -f valid.cfg", 1, "", false);
    assert_eq!(ending(files().run(&["-c", "-f", "none"]).status), 1, "a directory without configuration files");
}

#[test]
fn conditions_have_three_outcomes() {
    for (condition, code) in [
        ("version_atleast(3.0)", 0),
        ("!version_atleast(3.0)", 1),
        ("feature(THREAD)", 0),
        ("feature(LUA)", 1),
        ("streq(a,a)&&strneq(a,b)", 0),
        ("nonsense(", 2),
    ] {
        check(&format!("-dM -dI -dW -cc {condition}"), code, "", code != 2);
    }
    let files = files();
    assert_eq!(ending(files.run(&["-cc", ""]).status), 1, "an empty condition is false");
}

#[test]
fn nothing_to_listen_on_is_a_fault_only_at_run_time() {
    let files = files();
    assert_eq!(ending(files.run(&["-db", "-f", "empty.cfg"]).status), 1);
    assert!(files.stderr().contains("No enabled listener found"), "{}", files.stderr());
}

#[test]
fn usage_and_versions() {
    let files = files();
    for line in [&[][..], &["-Z"], &["-f", "valid.cfg", "extra"], &["-c"]] {
        let output = files.run(line);
        assert_eq!(ending(output.status), 1, "{line:?}");
        assert!(String::from_utf8_lossy(&output.stdout).starts_with("HAProxy version "), "{line:?}");
        assert!(files.stderr().contains("Usage : "), "{line:?}");
    }
    let long = String::from_utf8(files.run(&["-dM", "-dI", "-dW", "-vv"]).stdout).unwrap();
    let first: Vec<_> = long.lines().next().unwrap().split(' ').collect();
    assert_eq!(first[..2], ["HAProxy", "version"]);
    assert!(first[2].starts_with("3.5-dev5"), "{}", first[2]);
    assert!(long.contains("\n  TARGET  = linux-glibc\n"), "{long}");
    assert!(long.contains("\nFeature list : ") && long.contains(" +THREAD "), "{long}");
    let number = String::from_utf8(files.run(&["-vq"]).stdout).unwrap();
    assert_eq!(number.trim(), first[2]);
}

#[test]
fn what_is_not_supported_is_said() {
    if is_stand_in() {
        return;
    }
    for flag in ["-W", "-Ws", "-dKall", "-x/run/s", "-dt"] {
        let files = files();
        assert_eq!(ending(files.run(&["-c", "-f", "valid.cfg", flag, "x"]).status), 1, "{flag}");
        assert!(files.stderr().contains("is not supported yet"), "{flag}: {}", files.stderr());
    }
}

#[test]
fn the_dump_shows_words_and_sections() {
    let files = Directory::with(&[("x.cfg", "# remark\n  listen l # more\nmode   http\n  description 'two words'\n")]);
    let dump = String::from_utf8(files.run(&["-dC", "-c", "-f", "x.cfg"]).stdout).unwrap();
    let lines: Vec<_> = dump.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    assert_eq!(lines[..2], ["listen l", "\tmode http"], "{dump}");
    assert!(lines[2].starts_with("\tdescription "), "{dump}");
}

#[test]
fn a_busy_port_is_told_twice() {
    let busy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = busy.local_addr().unwrap().port();
    let files = Directory::with(&[("x.cfg", &NO_SERVERS.replace("@web@", &port.to_string()))]);
    assert_eq!(ending(files.run(&["-db", "-f", "x.cfg"]).status), 1);
    let stderr = files.stderr();
    let alerts: Vec<_> = stderr.lines().filter(|line| line.starts_with("[ALERT]")).collect();
    assert_eq!(alerts.len(), 2, "{stderr}");
    let place = format!(
        "x.cfg:7] for proxy web: protocol tcpv4: cannot bind socket (Address already in use) for [127.0.0.1:{port}]"
    );
    assert!(alerts[0].contains(&place), "{stderr}");
    assert!(alerts[1].contains("Some protocols failed to start their listeners! Exiting."), "{stderr}");
    assert_eq!(ending(files.run(&["-c", "-f", "x.cfg"]).status), 0, "a check binds nothing");
}
