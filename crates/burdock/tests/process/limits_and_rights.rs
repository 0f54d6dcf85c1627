//! Limits of the kernel, and giving up the rights of root.

use std::fs;
use std::process::{Command, Stdio};

use burdock_testkit::net::{Reserved, is_listening};
use burdock_testkit::{Client, wait};

use crate::support::{Directory, NO_SERVERS, Running, binary, burdock, ending, field, is_stand_in};

/// The first two numbers of a line of `/proc/PID/limits`.
fn limit(pid: u32, name: &str) -> Vec<String> {
    field(format!("/proc/{pid}/limits"), name).split_whitespace().take(2).map(str::to_owned).collect()
}

#[test]
fn open_files_suffice_for_the_connections() {
    for (lines, least) in [("maxconn 1000", 2000), ("maxconn 100\n    ulimit-n 1200", 1200)] {
        let port = Reserved::new();
        let config = format!("global\n    {lines}\n{}", NO_SERVERS.replace("@web@", &port.port().to_string()));
        let files = Directory::with(&[("x.cfg", &config)]);
        // A low limit to start from, which the process may raise.
        let started = Command::new("sh")
            .args(["-c", "ulimit -Sn 256; exec \"$0\" -db -f x.cfg"])
            .arg(binary())
            .current_dir(files.0.path())
            .stderr(Stdio::null())
            .spawn();
        let running = Running(started.unwrap());
        wait::until("the program to listen", || is_listening(port.port()).then_some(()));
        let reached: u64 = limit(running.0.id(), "Max open files")[0].parse().unwrap();
        assert!(reached >= least, "{lines}: {reached}");
    }
}

#[test]
fn more_connections_than_files_can_be_had_for_are_refused() {
    let output = burdock().run(&format!("global\n    maxconn 1500000000\n{NO_SERVERS}"), &["-db"]);
    assert_eq!(ending(output.status), 1);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("maxconn"), "{stderr}");
}

#[test]
fn memory_is_limited_on_request() {
    if is_stand_in() {
        return;
    }
    let proxy = burdock().start_with(NO_SERVERS, &["-m", "512"]);
    assert_eq!(limit(proxy.pid(), "Max data size"), [(512u64 << 20).to_string(), (512u64 << 20).to_string()]);
}

#[test]
fn rights_are_given_up_once_sockets_are_open() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("left out: only root can give up rights");
        return;
    }
    const NOBODY: &str = "65534";
    let jail = tempfile::tempdir().unwrap();
    let config =
        format!("global\n    chroot {}\n    uid {NOBODY}\n    gid {NOBODY}\n{NO_SERVERS}", jail.path().display());
    let proxy = burdock().start(&config);
    assert_eq!(Client::connect(proxy.port("web")).get("/", &[]).status(), 503, "it serves");
    let status = format!("/proc/{}/status", proxy.pid());
    assert_eq!(field(&status, "Uid:"), [NOBODY; 4].join("\t"));
    assert_eq!(field(&status, "Gid:"), [NOBODY; 4].join("\t"));
    assert!(matches!(field(&status, "Groups:").as_str(), "" | NOBODY), "no further groups");
    assert_eq!(fs::read_link(format!("/proc/{}/root", proxy.pid())).unwrap(), jail.path());
    assert_eq!(fs::read_link(format!("/proc/{}/cwd", proxy.pid())).unwrap(), jail.path());
}

#[test]
fn a_root_directory_that_is_missing_ends_it() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("left out: only root can change its root directory");
        return;
    }
    let output = burdock().run(&format!("global\n    chroot /nonexistent-directory\n{NO_SERVERS}"), &["-db"]);
    assert_eq!(ending(output.status), 1);
    assert!(String::from_utf8_lossy(&output.stderr).contains("Cannot chroot(/nonexistent-directory)"));
}
