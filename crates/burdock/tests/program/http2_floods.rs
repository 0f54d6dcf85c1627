//! Hostile clients of HTTP/2: whatever they send, the connection is ended or costs little, memory stays bounded, and others are served
//! meanwhile.

use std::thread;
use std::time::Duration;

use burdock_testkit::h2_frames::{END_HEADERS, END_STREAM, Flooded, fields, frame, get, kind, post, request, reset};
use burdock_testkit::{Backend, H2Frames};

use crate::support::Site;

/// How long an attack may go on where nothing ends it.
const ATTACK: Duration = Duration::from_secs(3);
/// Memory that one hostile connection may cost at its worst, far above what was measured, so that a debug build on a busy machine passes.
const MEMORY: usize = 48 << 20;
/// The processor's time that an attack may cost, in a program built for tests.
const PROCESSOR_MS: u64 = 4_000;

/// What came of an attack.
struct Outcome {
    flood: Flooded,
    /// Memory at its most, beyond what was in use before.
    grown: usize,
}

/// Sends `next` over and over behind `first`, while another client is served.
fn attack(name: &str, first: Vec<u8>, times: u32, next: impl FnMut(u32) -> Vec<u8> + Send) -> Outcome {
    attack_as(name, first, times, next, false)
}

fn attack_as(
    name: &str,
    first: Vec<u8>,
    times: u32,
    next: impl FnMut(u32) -> Vec<u8> + Send,
    is_deaf: bool,
) -> Outcome {
    let large = "x".repeat(4_000_000);
    let server = Backend::answering(move |request| {
        burdock_testkit::http::ok(if request.target().ends_with("/large") { large.as_str() } else { "plain" })
    });
    let site = Site::with_options(server, Backend::named("B"), "no log\ntimeout client 10s", "", "disabled");
    let port = site.proxy.port("web");
    assert_eq!(site.proxy.client("web").get("/", &[]).text(), "plain");
    let (before, ticks_before) = (site.proxy.resident_bytes(), site.proxy.cpu_ticks());
    let mut peak = before;
    let flood = thread::scope(|scope| {
        let attacker = scope.spawn(move || {
            let mut client = H2Frames::connect(port, &[]);
            client.send(&first);
            let outcome = client.flood(next, times, ATTACK, is_deaf);
            thread::sleep(Duration::from_millis(if is_deaf { 500 } else { 0 }));
            outcome
        });
        while !attacker.is_finished() {
            assert_eq!(site.proxy.client("web").get("/", &[]).text(), "plain", "{name}: others are served");
            peak = peak.max(site.proxy.resident_bytes());
        }
        attacker.join().unwrap()
    });
    let outcome = Outcome { flood, grown: peak - before };
    let processor_ms = (site.proxy.cpu_ticks() - ticks_before) * 10;
    assert!(processor_ms < PROCESSOR_MS, "{name}: {processor_ms} ms of the processor");
    assert!(outcome.grown < MEMORY, "{name}: memory grew by {} KB", outcome.grown >> 10);
    assert_eq!(site.proxy.client("web").get("/", &[]).text(), "plain", "{name}: and afterwards");
    outcome
}

fn assert_ended(outcome: &Outcome) {
    assert!(outcome.flood.ended, "the connection was left open after {} times", outcome.flood.sent);
}

fn stream_of(count: u32) -> u32 {
    1 + 2 * count
}

#[test]
fn rapid_resets() {
    attack("rapid reset", Vec::new(), 200_000, |count| {
        let stream = stream_of(count);
        [get(stream, "/"), reset(stream, 8)].concat()
    });
}

#[test]
fn heads_that_never_end() {
    let first = frame(kind::HEADERS, END_STREAM, 1, &fields(&request("GET", "/")));
    let piece = fields(&[("x", "y")]);
    assert_ended(&attack("CONTINUATION", first.clone(), 200_000, |_| frame(kind::CONTINUATION, 0, 1, &piece)));
    assert_ended(&attack("empty CONTINUATION", first, 200_000, |_| frame(kind::CONTINUATION, 0, 1, b"")));
}

#[test]
fn compressed_bombs() {
    // One entry of the table, named again and again (RFC 7541 section 6.1).
    let mut first = fields(&request("GET", "/"));
    first.push(0x40);
    first.extend_from_slice(&fields(&[("bomb", &"b".repeat(3900))])[1..]);
    let first = frame(kind::HEADERS, END_HEADERS | END_STREAM, 1, &first);
    let bomb = [fields(&request("GET", "/")), vec![0x80 | 62; 16_000]].concat();
    attack("HPACK bomb", first, 2_000, |count| {
        frame(kind::HEADERS, END_HEADERS | END_STREAM, stream_of(count + 1), &bomb)
    });
}

#[test]
fn names_of_no_length() {
    let list = [request("GET", "/"), vec![("", ""); 5_000]].concat();
    attack("empty names", Vec::new(), 2_000, |count| {
        frame(kind::HEADERS, END_HEADERS | END_STREAM, stream_of(count), &fields(&list))
    });
}

#[test]
fn frames_that_ask_for_answers() {
    attack("PING", Vec::new(), 500_000, |_| frame(kind::PING, 0, 0, b"12345678"));
    attack("SETTINGS", Vec::new(), 500_000, |_| frame(kind::SETTINGS, 0, 0, &[0, 4, 0, 0, 0xff, 0xff]));
}

#[test]
fn frames_that_say_nothing() {
    assert_ended(&attack("empty DATA", post(1, "/"), 500_000, |_| frame(kind::DATA, 0, 1, b"")));
    attack("PRIORITY", Vec::new(), 500_000, |_| frame(kind::PRIORITY, 0, 3, &[0, 0, 0, 1, 0]));
    attack("unknown frames", Vec::new(), 500_000, |_| frame(0xbb, 0, 3, b"hello"));
    attack("WINDOW_UPDATE", get(1, "/"), 500_000, |_| frame(kind::WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1]));
}

#[test]
fn windows_that_stay_shut() {
    // A hundred downloads of 4 MB each of which not a byte is taken.
    let first = frame(kind::SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]);
    attack("shut windows", first, 100, |count| get(stream_of(count), "/large"));
}

#[test]
fn windows_that_are_open_on_a_socket_that_is_not_read() {
    let open = 0x7fff_ffff_u32.to_be_bytes();
    let first = [
        frame(kind::SETTINGS, 0, 0, &[&[0, 4][..], &open[..]].concat()),
        frame(kind::WINDOW_UPDATE, 0, 0, &0x7fff_0000_u32.to_be_bytes()),
    ]
    .concat();
    attack_as("unread socket", first, 100, |count| get(stream_of(count), "/large"), true);
}

#[test]
fn uploads_that_fill_every_window() {
    let mut body = Vec::new();
    let chunk = vec![b'x'; 16_000];
    for count in 0..100 {
        body.extend_from_slice(&post(stream_of(count), "/"));
        body.extend_from_slice(&frame(kind::DATA, 0, stream_of(count), &chunk));
    }
    attack("full windows", body, 1, |_| Vec::new());
}
