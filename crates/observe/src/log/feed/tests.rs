//! Rings and real receivers: what arrives, and what becomes of lines while nobody is there.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::time::Duration;

use burdock_model::Model;
use tokio::task::LocalSet;

use super::*;
use crate::testing::model;

/// A thread that feeds the servers of a model's first ring.
struct Feeding {
    model: Model,
    finishing: watch::Sender<bool>,
    thread: std::thread::JoinHandle<()>,
}

impl Feeding {
    fn start(lines: &str) -> Feeding {
        let model = model(&format!("ring r\n{lines}\n"));
        let ring = &model.logging.rings[0];
        let feeds: Vec<_> = ring.servers.iter().map(|server| Feed::new(ring, server)).collect();
        let (finishing, is_finishing) = watch::channel(false);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            LocalSet::new().block_on(&runtime, async {
                let mut tasks = tokio::task::JoinSet::new();
                feeds.into_iter().for_each(|feed| {
                    tasks.spawn_local(feed.run(is_finishing.clone()));
                });
                tasks.join_all().await;
            });
        });
        Feeding { model, finishing, thread }
    }

    fn push(&self, line: &str) -> u64 {
        self.model.logging.rings[0].live.push(line.as_bytes())
    }

    fn finish(self) {
        self.finishing.send_replace(true);
        self.thread.join().unwrap();
    }
}

fn accept(listener: &TcpListener) -> TcpStream {
    let (stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

fn expect(stream: &mut impl Read, expected: &str) {
    let mut got = vec![0; expected.len()];
    stream.read_exact(&mut got).unwrap();
    assert_eq!(String::from_utf8(got).unwrap(), expected);
}

#[test]
fn every_server_gets_every_line_in_its_framing() {
    let [one, two] = [TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap()];
    let feeding = Feeding::start(&format!(
        "server a {}\n server b {} log-proto octet-count",
        one.local_addr().unwrap(),
        two.local_addr().unwrap()
    ));
    feeding.push("first");
    let (mut one, mut two) = (accept(&one), accept(&two));
    expect(&mut one, "first\n");
    expect(&mut two, "5 first");
    feeding.push("line the second");
    feeding.push("x");
    expect(&mut one, "line the second\nx\n");
    expect(&mut two, "15 line the second1 x");
    feeding.finish();
    assert_eq!(one.read(&mut [0; 8]).unwrap() + two.read(&mut [0; 8]).unwrap(), 0);
}

#[test]
fn lines_wait_for_a_server_that_comes_back() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let feeding = Feeding::start(&format!("server a {}", listener.local_addr().unwrap()));
    let mut first = accept(&listener);
    feeding.push("one");
    expect(&mut first, "one\n");
    drop(first);
    let mut second = accept(&listener);
    feeding.push("two");
    expect(&mut second, "two\n");
    feeding.finish();
}

#[test]
fn a_line_cut_short_is_sent_again_as_a_whole() {
    let mut batch = Batch::default();
    batch.push(b"one", b"", Framing::Lines);
    batch.push(b"tw", b"o", Framing::Lines);
    batch.wrote(6);
    assert_eq!((batch.written, batch.carried), (6, 1));
    batch.begin_connection();
    assert_eq!((&batch.bytes[batch.written..], batch.carried), (&b"two\n"[..], 0));
    batch.wrote(4);
    batch.begin_connection();
    assert_eq!(batch.written, batch.bytes.len());
}

#[test]
fn an_absent_server_holds_nobody_up_and_costs_the_oldest_lines() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let feeding = Feeding::start(&format!("size 2048\n server a {closed}"));
    let lost: u64 = (0..1000).map(|n| feeding.push(&format!("line {n:04}"))).sum();
    let ring = &feeding.model.logging.rings[0].live;
    assert_eq!((lost, ring.dropped()), (ring.oldest(), lost));
    assert!(lost > 800, "{lost}");
}

#[test]
fn a_server_that_does_not_read_holds_nobody_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let feeding = Feeding::start(&format!("size 65536\n server a {}", listener.local_addr().unwrap()));
    let _never_read = accept(&listener);
    let line = "x".repeat(1000);
    let mut lost = 0;
    for _ in 0..1_000_000 {
        lost += feeding.push(&line);
        if lost > 100 {
            return;
        }
    }
    panic!("all of it went somewhere");
}

#[test]
fn a_connection_is_replaced_when_it_has_carried_enough() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let feeding = Feeding::start(&format!("server a {} max-reuse 1", listener.local_addr().unwrap()));
    for round in 0..3 {
        let mut stream = accept(&listener);
        feeding.push(&format!("{round} a"));
        expect(&mut stream, &format!("{round} a\n"));
        feeding.push(&format!("{round} b"));
        expect(&mut stream, &format!("{round} b\n"));
        assert_eq!(stream.read(&mut [0; 8]).unwrap(), 0, "closed after the second line");
    }
}

#[test]
fn unix_sockets_and_what_a_server_says() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    let listener = UnixListener::bind(&path).unwrap();
    let feeding = Feeding::start(&format!("server a {}", path.display()));
    let (mut stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(b"what a receiver says means nothing").unwrap();
    feeding.push("line");
    expect(&mut stream, "line\n");
    feeding.finish();
}

#[test]
fn what_waits_is_written_before_the_end() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let feeding = Feeding::start(&format!("size 100000\n server a {}", listener.local_addr().unwrap()));
    for n in 0..500 {
        assert_eq!(feeding.push(&format!("line {n:04}")), 0);
    }
    feeding.finish();
    let mut text = String::new();
    accept(&listener).read_to_string(&mut text).unwrap();
    assert_eq!(text.lines().count(), 500);
    assert!(text.ends_with("line 0499\n"));
}
