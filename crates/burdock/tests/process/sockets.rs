//! Listening sockets of every kind.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;

use burdock_testkit::http::Response;
use burdock_testkit::{Backend, Client, wait};
use rustix::io::{FdFlags, fcntl_setfd};

use crate::support::{Directory, ending, field, signal};

/// A configuration with that `bind` line in front of a server.
fn config(bind: &str, server: &Backend) -> String {
    format!(
        "defaults\n mode http\n timeout connect 5s\n timeout client 9s\n timeout server 9s\nlisten l\n bind {bind}\n server s 127.0.0.1:{}\n",
        server.port()
    )
}

/// Makes a socket one that children inherit, as a supervisor would.
fn leave_open(socket: &impl AsFd) {
    fcntl_setfd(socket, FdFlags::empty()).unwrap();
}

/// The status line that a stream answers a request with.
fn ask(mut stream: impl Read + Write) -> String {
    stream.write_all(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn inherited_sockets_are_served_from_their_backlog() {
    let server = Backend::named("s");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    leave_open(&listener);
    let early = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let files = Directory::with(&[("x.cfg", &config(&format!("fd@{}", listener.as_raw_fd()), &server))]);
    let mut running = files.start(&["-d", "-f", "x.cfg"]);
    assert_eq!(ask(early), "HTTP/1.1 200 OK");
    signal(running.0.id().try_into().unwrap(), rustix::process::Signal::USR1);
    assert_eq!(ending(running.await_exit()), 0);
}

#[test]
fn inherited_sockets_can_serve_the_runtime_api() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    leave_open(&listener);
    let line = format!("global\n stats socket fd@{} level admin\n", listener.as_raw_fd());
    let files = Directory::with(&[("x.cfg", &line)]);
    let _running = files.start(&["-d", "-f", "x.cfg"]);
    let mut stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    stream.set_read_timeout(Some(wait::PATIENCE)).unwrap();
    stream.write_all(b"show info\n").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("Name: "), "{answer}");
}

#[test]
fn descriptors_that_are_no_stream_sockets_are_refused_by_checks_too() {
    let server = Backend::named("s");
    let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
    leave_open(&datagrams);
    let file = fs::File::open("/dev/null").unwrap();
    leave_open(&file);
    const CLOSED: i32 = 987;
    for descriptor in [datagrams.as_raw_fd(), file.as_raw_fd(), CLOSED] {
        let files = Directory::with(&[("x.cfg", &config(&format!("fd@{descriptor}"), &server))]);
        assert_eq!(ending(files.run(&["-c", "-f", "x.cfg"]).status), 1);
        assert!(files.stderr().contains("x.cfg:7"), "{}", files.stderr());
    }
}

#[test]
fn unix_sockets_have_their_mode_and_replace_older_ones() {
    let server = Backend::named("s");
    let files = Directory::with(&[]);
    let path = files.path("web.sock");
    fs::write(files.path("x.cfg"), config(&format!("{} mode 620", path.display()), &server)).unwrap();
    for _ in 0..2 {
        let before = fs::metadata(&path).ok().map(|metadata| std::os::unix::fs::MetadataExt::ino(&metadata));
        let _running = files.start(&["-db", "-f", "x.cfg"]);
        let stream = wait::until("a new socket", || {
            let now = fs::metadata(&path).ok().map(|metadata| std::os::unix::fs::MetadataExt::ino(&metadata));
            (now.is_some() && now != before).then(|| UnixStream::connect(&path).ok())?
        });
        assert_eq!(ask(stream), "HTTP/1.1 200 OK");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o620);
    }
    let left = fs::read_dir(files.0.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("web.sock"));
    assert_eq!(left.count(), 1, "no temporary name is left");
}

#[test]
fn abstract_sockets_are_reached_by_servers_of_the_same_form() {
    let server = Backend::named("s");
    for form in ["abns", "abnsz"] {
        let name = format!("{form}@burdock-process-{}", std::process::id());
        let config = format!("{}listen front\n bind 127.0.0.1:@web@\n server back {name}\n", config(&name, &server));
        let proxy = crate::support::burdock().start(&config);
        let answer: Response = Client::connect(proxy.port("web")).get("/", &[]);
        assert_eq!((answer.status(), answer.header("x-server")), (200, Some("s")), "{form}");
    }
}

#[test]
fn every_worker_listens() {
    let server = Backend::named("s");
    let config = format!("global\n nbthread 3\n{}", config("127.0.0.1:@web@", &server));
    for args in [&[][..], &["-dR"]] {
        let proxy = crate::support::burdock().start_with(&config, args);
        let answers = (0..12).map(|_| Client::connect(proxy.port("web")).get("/", &[]).status());
        assert_eq!(answers.collect::<Vec<_>>(), [200; 12], "{args:?}");
        let threads: i32 = field(format!("/proc/{}/status", proxy.pid()), "Threads:").parse().unwrap();
        assert!(threads >= 3, "{threads} threads");
    }
}
