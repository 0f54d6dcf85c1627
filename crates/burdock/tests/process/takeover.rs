//! A younger process takes over from an older one (`-sf`, `-st`), which is how service scripts reload.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use burdock_testkit::client::get;
use burdock_testkit::net::{Reserved, is_listening};
use burdock_testkit::tools::{OpenSsl, closing_request};
use burdock_testkit::{Backend, Certificates, Client, Key, http, wait};
use rustix::process::Signal;

use crate::support::{Directory, Running, ending, has_ended, is_stand_in, signal};

/// Configurations `old` and `new` that listen on one port, answer with their names, and have a server for `/slow`.
struct Reload {
    files: Directory,
    port: Reserved,
    server: Backend,
    release: mpsc::Sender<()>,
}

impl Reload {
    /// `words` stand on the `bind` line, `lines` in the new configuration's `listen` section.
    fn new(words: &str, lines: &str) -> Self {
        let (release, held) = mpsc::channel();
        let held = std::sync::Mutex::new(held);
        let server = Backend::answering(move |_| {
            let _released = held.lock().unwrap().recv();
            http::response(200, &[], "late")
        });
        let port = Reserved::new();
        let config = |name: &str, lines: &str| {
            format!(
                "global\n    nbthread 2\n    stats socket unix@cli level admin\ndefaults\n    mode http\n    timeout connect 5s\n    timeout client 30s\n    \
                 timeout server 30s\nlisten web\n    bind 127.0.0.1:{} {words}\n    {lines}\n    http-request return status 200 \
                 content-type text/plain string {name} unless {{ path /slow }}\n    server s 127.0.0.1:{}\n",
                port.port(),
                server.port()
            )
        };
        let files = Directory::with(&[("old.cfg", &config("old", "")), ("new.cfg", &config("new", lines))]);
        Self { files, port, server, release }
    }

    /// Starts the old configuration, and waits until it answers. The values: how to see its end.
    fn start(&self, mode: &str, more: &[&str]) -> Process {
        let process = self.launch(mode, &[&["-f", "old.cfg"], more].concat());
        wait::until("the first process to listen", || (self.answer()? == "old").then_some(()));
        process
    }

    /// Starts the new one, which is told about the old one.
    fn take_over(&self, mode: &str, more: &[&str], how: &str, old: &Process) -> Process {
        let pid = old.pid().to_string();
        self.launch(mode, &[&["-f", "new.cfg"], more, &[how, &pid]].concat())
    }

    fn launch(&self, mode: &str, args: &[&str]) -> Process {
        if mode == "-D" {
            let output = self.files.run(&[&["-D", "-p", "pid"], args].concat());
            assert_eq!(ending(output.status), 0, "{}", self.files.stderr());
            let text = fs::read_to_string(self.files.path("pid")).unwrap();
            return Process::Daemon(text.trim().parse().unwrap());
        }
        Process::Child(self.files.start(&[&[mode], args].concat()))
    }

    /// Which configuration answers; nothing where nobody listens.
    fn answer(&self) -> Option<String> {
        let mut client = TcpStream::connect(("127.0.0.1", self.port.port())).ok()?;
        client.write_all(get("/", &["Connection: close"]).as_bytes()).ok()?;
        let mut answer = String::new();
        client.read_to_string(&mut answer).ok()?;
        Some(answer.rsplit("\r\n").next()?.to_owned())
    }

    /// A request that is being served.
    fn slow(&self) -> Client {
        let mut client = Client::connect(self.port.port());
        let before = self.server.requests().len();
        client.send(get("/slow", &[]));
        self.server.await_requests(before + 1);
        client
    }

    /// Who stands behind the path of the runtime API.
    fn cli_pid(&self) -> i32 {
        let mut cli = UnixStream::connect(self.files.path("cli")).unwrap();
        cli.write_all(b"show info\n").unwrap();
        let mut text = String::new();
        cli.read_to_string(&mut text).unwrap();
        text.lines().find_map(|line| line.strip_prefix("Pid: ")).unwrap().parse().unwrap()
    }
}

/// A process, which ends with the value.
enum Process {
    Child(Running),
    Daemon(i32),
}

impl Process {
    fn pid(&self) -> i32 {
        match self {
            Self::Child(child) => i32::try_from(child.0.id()).unwrap(),
            Self::Daemon(pid) => *pid,
        }
    }

    fn is_running(&self) -> bool {
        !has_ended(self.pid())
    }

    /// Waits for its end; a daemon's status nobody is told.
    fn await_end(&mut self, expected: i32) {
        match self {
            Self::Child(child) => assert_eq!(ending(child.await_exit()), expected),
            Self::Daemon(pid) => wait::until("the daemon to end", || has_ended(*pid).then_some(())),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Self::Daemon(pid) = self
            && !has_ended(*pid)
        {
            signal(*pid, Signal::KILL);
        }
    }
}

#[test]
fn every_request_is_answered_while_one_process_takes_over_from_another() {
    for mode in ["-db", "-D"] {
        let site = Reload::new("", "");
        let mut old = site.start(mode, &[]);
        let mut busy = site.slow();
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let ask = || {
                let mut answers = Vec::new();
                while !over.load(Ordering::Relaxed) {
                    answers.push(Client::connect(site.port.port()).get("/", &[]).text());
                }
                answers
            };
            let clients: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
            let new = site.take_over(mode, &[], "-sf", &old);
            wait::until("the runtime API to change hands", || (site.cli_pid() == new.pid()).then_some(()));
            // Each of the old one's listeners has a share of those who come, until it is closed.
            wait::until("the new process alone to answer", || {
                (0..20).all(|_| site.answer().as_deref() == Some("new")).then_some(())
            });
            over.store(true, Ordering::Relaxed);
            for client in clients {
                let answers = client.join().expect("every request to be answered");
                assert!(answers.iter().all(|answer| answer == "old" || answer == "new"), "{answers:?}");
                assert_eq!(answers.last().map(String::as_str), Some("new"));
            }
            assert!(old.is_running(), "it has a request to finish");
            site.release.send(()).unwrap();
            assert_eq!(busy.response().text(), "late");
            old.await_end(0);
            assert!(new.is_running());
        });
    }
}

#[test]
fn certificates_that_have_changed_are_those_of_the_new_process() {
    let (Some(openssl), Some(patient)) = (OpenSsl::new(), OpenSsl::new()) else { return };
    let certificates = Certificates::by("Authority");
    let file = certificates.issue("site.pem", Key::Ecdsa, &["before.test"]);
    let site = Reload::new(&format!("ssl crt {file}"), "");
    let name = |path: &str| openssl.talk(site.port.port(), &[], &closing_request(path));
    let mut old = site.launch("-db", &["-f", "old.cfg"]);
    wait::until("the first process to listen", || (name("/").common_name()? == "before.test").then_some(()));
    std::thread::scope(|scope| {
        let busy = scope.spawn(|| patient.talk(site.port.port(), &[], &closing_request("/slow")));
        site.server.await_requests(1);
        certificates.issue("site.pem", Key::Ecdsa, &["after.test"]);
        assert_eq!(name("/").common_name(), Some("before.test"), "files are read when a process starts");
        let _new = site.take_over("-db", &[], "-sf", &old);
        wait::until("the new certificate", || {
            (0..5).all(|_| name("/").common_name() == Some("after.test")).then_some(())
        });
        site.release.send(()).unwrap();
        let shown = busy.join().unwrap();
        assert_eq!(shown.common_name(), Some("before.test"));
        assert!(shown.text.contains("late"), "{}", shown.text);
        old.await_end(0);
    });
}

#[test]
fn a_process_that_is_told_to_end_ends_at_once() {
    for mode in ["-db", "-D"] {
        let site = Reload::new("", "");
        let mut old = site.start(mode, &[]);
        let _busy = site.slow();
        let new = site.take_over(mode, &[], "-st", &old);
        old.await_end(-15);
        assert_eq!(site.answer().as_deref(), Some("new"));
        assert_eq!(site.cli_pid(), new.pid());
    }
}

#[test]
fn ports_that_are_not_shared_are_given_up() {
    let site = Reload::new("", "");
    let mut old = site.start("-db", &["-dR"]);
    let mut busy = site.slow();
    let new = site.take_over("-db", &["-dR"], "-sf", &old);
    wait::until("the new process to answer", || (site.answer()? == "new").then_some(()));
    assert!(old.is_running() && new.is_running());
    site.release.send(()).unwrap();
    assert_eq!(busy.response().text(), "late");
    old.await_end(0);
}

#[test]
fn a_process_that_cannot_take_over_leaves_the_old_one_as_it_was() {
    let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
    let site = Reload::new("", &format!("bind {}", stranger.local_addr().unwrap()));
    let old = site.start("-db", &[]);
    let mut new = site.take_over("-db", &[], "-sf", &old);
    wait::until("the old one to pause", || site.files.stderr().contains("Paused proxy web.").then_some(()));
    new.await_end(1);
    assert!(site.files.stderr().contains("Address already in use"), "{}", site.files.stderr());
    wait::until("the old one to go on", || (site.answer()? == "old").then_some(()));
    if !is_stand_in() {
        assert_eq!(site.cli_pid(), old.pid());
    }
}

#[test]
fn a_port_is_paused_and_taken_back_by_signals() {
    let site = Reload::new("", "");
    let old = site.start("-db", &[]);
    signal(old.pid(), Signal::TTOU);
    wait::until("the port to be free", || (!is_listening(site.port.port())).then_some(()));
    signal(old.pid(), Signal::TTIN);
    wait::until("it to listen again", || (site.answer()? == "old").then_some(()));
}
