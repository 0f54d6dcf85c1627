//! Lines as HAProxy 3.5 sent them for the same traffic; what stands in brackets as a date is left out of the comparison.

use std::net::UdpSocket;
use std::time::Duration;

use burdock_base::{BindId, Instant, ServerId};
use burdock_http::Version;
use burdock_txn::termination::{CookieInRequest, CookieInResponse};
use burdock_txn::{Cause, Progress, QueuePosition, Termination};

use burdock_txn::Timings;

use super::*;
use crate::testing::{model, proxy};

const BACKENDS: &str = "
defaults
    mode http
    timeout client 1s
    timeout server 1s
    timeout connect 1s
backend be
    server a 127.0.0.1:18090
    server b 127.0.0.1:18091
backend betcp
    mode tcp
    server a 127.0.0.1:18090
";

/// A frontend whose lines a test receives.
struct Bench {
    model: Model,
    logs: Logs,
    receiver: UdpSocket,
}

impl Bench {
    /// `lines` are those of the frontend `fe`; `LOG` stands for a target's address.
    fn new(lines: &str) -> Bench {
        Bench::with_global("", lines)
    }

    fn with_global(global: &str, lines: &str) -> Bench {
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        receiver.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let text =
            format!("global\n{global}\n{BACKENDS}\nfrontend fe\n bind 127.0.0.1:1\n default_backend be\n{lines}\n");
        let model = model(&text.replace("LOG", &receiver.local_addr().unwrap().to_string()));
        let logs = Logs::new(&model);
        Bench { model, logs, receiver }
    }

    fn frontend(&self) -> &Proxy {
        proxy(&self.model, "fe")
    }

    /// A request that went well.
    fn txn(&self) -> Txn {
        let at = |ms| Some(Instant::START.after_ms(ms));
        let client = Endpoint::from_ip("127.0.0.1:47420".parse().unwrap());
        let local = Endpoint::from_ip("127.0.0.1:18080".parse().unwrap());
        let mut txn = Txn::new(client, local, self.frontend().id, BindId(0), Instant::START);
        txn.request.set_method(b"GET").unwrap();
        txn.request.set_target(b"/x1").unwrap();
        txn.request_valid = true;
        txn.backend = proxy(&self.model, "be").id;
        txn.server = Some(ServerId(0));
        txn.status = 200;
        txn.bytes_in = 78;
        txn.bytes_out = 119;
        txn.load.process = 1;
        txn.load.frontend = 1;
        txn.timings = Timings {
            first_byte: at(0),
            request: at(0),
            queued: at(0),
            connected: at(0),
            response: at(2),
            closed: at(2),
            ..txn.timings
        };
        txn
    }

    /// A request whose head was not understood.
    fn bad_txn(&self, status: i32, cause: Cause) -> Txn {
        let mut txn = self.txn();
        txn.request.clear();
        txn.request_valid = false;
        txn.backend = self.frontend().id;
        txn.server = None;
        txn.status = status;
        txn.bytes_out = 0;
        txn.termination.end(cause, Progress::Request);
        txn.timings = Timings { closed: Some(Instant::START.after_ms(100)), ..Timings::new(Instant::START) };
        txn
    }

    fn log(&self, change: impl FnOnce(&mut Txn)) {
        let mut txn = self.txn();
        change(&mut txn);
        self.logs.request(&self.model, self.frontend(), &txn, Origin::Close);
    }

    /// The next line, dates between brackets left out.
    fn line(&self) -> String {
        let mut buffer = [0; 65_536];
        let n = self.receiver.recv(&mut buffer).unwrap();
        let mut line = String::from_utf8(buffer[..n].to_vec()).unwrap();
        if let Some((start, end)) = line.find(" [").zip(line.find("] ")) {
            line.replace_range(start + 2..end, "");
        }
        line
    }

    /// Checks that nothing has been sent since the last line: a message sent now is the next to arrive.
    fn silent(&self) {
        self.receiver.set_nonblocking(true).unwrap();
        let mut buffer = [0; 1024];
        assert!(self.receiver.recv(&mut buffer).is_err(), "{}", String::from_utf8_lossy(&buffer));
        self.receiver.set_nonblocking(false).unwrap();
    }
}

#[test]
fn http_lines() {
    let bench = Bench::new("option httplog\nlog LOG format raw local0");
    let check = |change: &dyn Fn(&mut Txn), expected: &str| {
        bench.log(change);
        assert_eq!(bench.line(), format!("{expected}\n"));
    };
    check(&|_| (), "127.0.0.1:47420 [] fe be/a 0/0/0/2/2 200 119 - - ---- 1/1/0/0/0 0/0 \"GET /x1 HTTP/1.1\"");
    check(
        &|txn| {
            txn.termination.cookie_request = CookieInRequest::None;
            txn.termination.cookie_response = CookieInResponse::Inserted;
            txn.load.backend = 3;
            txn.load.server = 2;
            txn.queue_position = QueuePosition { server: 4, backend: 5 };
            txn.request.set_method(b"FOO-BAR").unwrap();
        },
        "127.0.0.1:47420 [] fe be/a 0/0/0/2/2 200 119 - - --NI 1/1/3/2/0 4/5 \"FOO-BAR /x1 HTTP/1.1\"",
    );
    check(
        &|txn| {
            txn.status = 503;
            txn.bytes_out = 0;
            txn.retries = 1;
            txn.termination = Termination {
                cause: Cause::ServerAbort,
                progress: Progress::Connect,
                cookie_request: CookieInRequest::None,
                cookie_response: CookieInResponse::None,
            };
            txn.timings.connected = None;
            txn.timings.response = None;
            txn.timings.closed = Some(Instant::START.after_ms(301));
        },
        "127.0.0.1:47420 [] fe be/a 0/0/-1/-1/301 503 0 - - SCNN 1/1/0/0/1 0/0 \"GET /x1 HTTP/1.1\"",
    );
    check(
        &|txn| {
            txn.server = Some(ServerId(1));
            txn.retries = 1;
            txn.redispatched = true;
        },
        "127.0.0.1:47420 [] fe be/b 0/0/0/2/2 200 119 - - ---- 1/1/0/0/+1 0/0 \"GET /x1 HTTP/1.1\"",
    );
    check(
        &|txn| txn.client = Endpoint::Unix(2),
        "unix:2 [] fe be/a 0/0/0/2/2 200 119 - - ---- 1/1/0/0/0 0/0 \"GET /x1 HTTP/1.1\"",
    );
    check(
        &|txn| txn.client = Endpoint::from_ip("[::1]:58186".parse().unwrap()),
        "::1:58186 [] fe be/a 0/0/0/2/2 200 119 - - ---- 1/1/0/0/0 0/0 \"GET /x1 HTTP/1.1\"",
    );
    check(
        &|txn| *txn = bench.bad_txn(400, Cause::Proxy),
        "127.0.0.1:47420 [] fe fe/<NOSRV> -1/-1/-1/-1/100 400 0 - - PR-- 1/1/0/0/0 0/0 \"<BADREQ>\"",
    );
    check(
        &|txn| *txn = bench.bad_txn(408, Cause::ClientTimeout),
        "127.0.0.1:47420 [] fe fe/<NOSRV> -1/-1/-1/-1/100 408 0 - - cR-- 1/1/0/0/0 0/0 \"<BADREQ>\"",
    );
}

#[test]
fn request_lines_are_encoded_and_cut() {
    let bench = Bench::new("option httplog\nlog LOG len 8192 format raw local0");
    let check = |target: &[u8], expected: &str| {
        bench.log(|txn| txn.request.set_target(target).unwrap());
        let line = bench.line();
        assert_eq!(line.split_once('"').unwrap().1.trim_end(), format!("{expected}\""));
    };
    check(b"http://h/x#y", "GET http://h/x#23y HTTP/1.1");
    check(b"/a\"b", "GET /a#22b HTTP/1.1");
    check(b"/a\xc3\xa9b", "GET /a#C3#A9b HTTP/1.1");
    check(b"/a{b}|c", "GET /a{b}|c HTTP/1.1");
    check(&b"/".repeat(1500), &format!("GET {}", "/".repeat(1019)));
    check(&b"\"".repeat(1500), &format!("GET {}", "#22".repeat(1019)));
}

#[test]
fn clf_lines() {
    let bench = Bench::new("option httplog clf\nlog LOG format raw local0");
    let check = |change: &dyn Fn(&mut Txn), expected: &str| {
        bench.log(change);
        let mut words: Vec<_> = bench.line().split(' ').map(str::to_owned).collect();
        let milliseconds = &mut words[if expected.contains("BADREQ") { 10 } else { 12 }];
        assert_eq!(milliseconds.len(), 3, "{milliseconds}");
        "mmm".clone_into(milliseconds);
        assert_eq!(words.join(" "), format!("{expected}\n"));
    };
    check(
        &|_| (),
        "127.0.0.1 - - [] \"GET /x1 HTTP/1.1\" 200 119 \"\" \"\" 47420 mmm \"fe\" \"be\" \"a\" 0 0 0 2 2 ---- 1 1 0 0 0 0 0 \"\" \"\" ",
    );
    check(
        &|txn| *txn = bench.bad_txn(400, Cause::ClientAbort),
        "127.0.0.1 - - [] \"<BADREQ>\" 400 0 \"\" \"\" 47420 mmm \"fe\" \"fe\" \"<NOSRV>\" -1 -1 -1 -1 100 CR-- 1 1 0 0 0 0 0 \"\" \"\" ",
    );
}

#[test]
fn tcp_lines() {
    let bench = Bench::new("mode tcp\noption tcplog\ndefault_backend betcp\nlog LOG format raw local0");
    let tcp = |txn: &mut Txn| {
        txn.backend = proxy(&bench.model, "betcp").id;
        txn.status = -1;
        txn.bytes_out = 116;
        txn.timings.queued = Some(Instant::START.after_ms(1));
        txn.timings.connected = Some(Instant::START.after_ms(1));
        txn.timings.closed = Some(Instant::START.after_ms(6));
    };
    bench.log(tcp);
    assert_eq!(bench.line(), "127.0.0.1:47420 [] fe betcp/a 1/0/6 116 -- 1/1/0/0/0 0/0\n");
    bench.log(|txn| {
        tcp(txn);
        txn.timings.connected = None;
        txn.retries = 1;
        txn.bytes_out = 0;
        txn.termination.end(Cause::ServerAbort, Progress::Connect);
    });
    assert_eq!(bench.line(), "127.0.0.1:47420 [] fe betcp/a 1/-1/6 0 SC 1/1/0/0/1 0/0\n");
}

#[test]
fn lines_without_a_format_option() {
    let bench = Bench::new("log LOG format short local0");
    bench.log(|_| ());
    bench.silent();
    bench.logs.begun(bench.frontend(), &bench.txn());
    assert_eq!(bench.line(), "<6>Connect from 127.0.0.1:47420 to 127.0.0.1:18080 (fe/HTTP)\n");
    let mut txn = bench.txn();
    (txn.client, txn.local) = (Endpoint::Unix(2), Endpoint::Unix(2));
    bench.logs.begun(bench.frontend(), &txn);
    assert_eq!(bench.line(), "<6>Connect to unix:2 (fe/HTTP)\n");
    let bench = Bench::new("option httplog\nlog LOG format short local0");
    bench.logs.begun(bench.frontend(), &bench.txn());
    bench.silent();
}

#[test]
fn as_soon_as_possible() {
    let bench = Bench::new("option httplog\noption logasap\nlog LOG format raw local0");
    bench.log(|txn| txn.partial = true);
    assert_eq!(
        bench.line(),
        "127.0.0.1:47420 [] fe be/a 0/0/0/2/+2 200 +119 - - ---- 1/1/0/0/0 0/0 \"GET /x1 HTTP/1.1\"\n"
    );
    bench.log(|txn| (txn.partial, txn.timings.closed) = (true, None));
    let line = bench.line();
    let total = line.split(['/', ' ']).nth(9).unwrap();
    assert!(total.strip_prefix('+').unwrap().parse::<u64>().is_ok(), "{line}");
}

#[test]
fn which_lines_are_written() {
    let check = |options: &str, change: &dyn Fn(&Bench, &mut Txn), expected: Option<&str>| {
        let bench = Bench::new(&format!("option httplog\nlog LOG format short local0\n{options}"));
        bench.log(|txn| change(&bench, txn));
        match expected {
            Some(level) => assert!(bench.line().starts_with(level), "{options}"),
            None => bench.silent(),
        }
    };
    let status = |status: i32| move |_: &Bench, txn: &mut Txn| txn.status = status;
    check("option dontlog-normal", &status(200), None);
    check("option dontlog-normal", &status(404), None);
    check("option dontlog-normal", &status(500), Some("<6>"));
    check("option dontlog-normal", &|_, txn| txn.termination.cause = Cause::Local, None);
    check("option dontlog-normal", &|_, txn| txn.retries = 1, Some("<6>"));
    check("option dontlog-normal", &|_, txn| txn.redispatched = true, Some("<6>"));
    check("option dontlog-normal", &|bench, txn| *txn = bench.bad_txn(400, Cause::Proxy), Some("<6>"));
    check("option log-separate-errors", &status(200), Some("<6>"));
    check("option log-separate-errors", &status(503), Some("<3>"));
    check("option log-separate-errors", &|bench, txn| *txn = bench.bad_txn(408, Cause::ClientTimeout), Some("<3>"));
    let null = |bench: &Bench, txn: &mut Txn| {
        *txn = bench.bad_txn(408, Cause::ClientTimeout);
        txn.bytes_in = 0;
    };
    check("option dontlognull", &null, None);
    check("", &null, Some("<6>"));
    check("option dontlognull", &|bench, txn| *txn = bench.bad_txn(408, Cause::ClientTimeout), Some("<6>"));
}

#[test]
fn levels_of_targets() {
    let check = |levels: &str, level: Level, expected: Option<&str>| {
        let bench = Bench::new(&format!("option httplog\nlog LOG format short local0 {levels}"));
        bench.logs.event(bench.frontend(), level, "text");
        match expected {
            Some(line) => assert_eq!(bench.line(), format!("{line}\n")),
            None => bench.silent(),
        }
    };
    check("", Level::Debug, Some("<7>text"));
    check("notice", Level::Info, None);
    check("notice", Level::Notice, Some("<5>text"));
    check("info notice", Level::Info, Some("<6>text"));
    check("info notice", Level::Emergency, Some("<5>text"));
    check("emerg", Level::Alert, None);
}

#[test]
fn frames_and_tags() {
    let check = |global: &str, lines: &str, expected: &str| {
        let bench = Bench::with_global(global, lines);
        bench.logs.event(bench.frontend(), Level::Alert, "Server be/b is DOWN");
        let line = bench.line();
        let pid = std::process::id();
        let (before, after) = expected.split_once("DATE").unwrap();
        assert!(line.starts_with(before) && line.ends_with(&after.replace("PID", &pid.to_string())), "{line}");
    };
    check("", "log LOG local0", "<129>DATE haproxy[PID]: Server be/b is DOWN\n");
    check("", "log LOG format rfc3164 local0", "<129>DATE localhost haproxy[PID]: Server be/b is DOWN\n");
    check("log-tag gtag", "log LOG local0", "<129>DATE gtag[PID]: Server be/b is DOWN\n");
    check("log-tag gtag", "log-tag mytag\nlog LOG local0", "<129>DATE mytag[PID]: Server be/b is DOWN\n");
    check("log-send-hostname myhost", "log LOG local0", "<129>DATE myhost haproxy[PID]: Server be/b is DOWN\n");
    check(
        "log-send-hostname myhost",
        "log LOG format rfc5424 local0",
        "<129>1 DATE myhost haproxy PID - - Server be/b is DOWN\n",
    );
}

#[test]
fn lines_are_cut_with_their_frame_and_end() {
    let bench = Bench::new("log LOG len 80 format short local1");
    bench.logs.event(
        bench.frontend(),
        Level::Alert,
        "Server be/b is DOWN, reason: Layer4 connection problem, info: \"ECONNREFUSED returned by OS (Connection refused)\"",
    );
    assert_eq!(bench.line(), "<1>Server be/b is DOWN, reason: Layer4 connection problem, info: \"ECONNREFUSED \n");
}

#[test]
fn messages_cannot_break_out_of_their_line() {
    let bench = Bench::new("log LOG format raw local1");
    bench.logs.event(bench.frontend(), Level::Alert, "said \"a\r\nb\x1b\"");
    assert_eq!(bench.line(), "said \"a#0D#0Ab#1B\"\n");
}

#[test]
fn samples() {
    let check = |sample: &str, expected: &[u32]| {
        let bench = Bench::new(&format!("log LOG format raw sample {sample} local3"));
        (1..=10).for_each(|n| bench.logs.event(bench.frontend(), Level::Info, &n.to_string()));
        let received: Vec<u32> = expected.iter().map(|_| bench.line().trim().parse().unwrap()).collect();
        assert_eq!(received, expected);
        bench.silent();
    };
    check("1:2", &[1, 3, 5, 7, 9]);
    check("2-3,5:5", &[2, 3, 5, 7, 8, 10]);
}

#[test]
fn what_a_target_does_not_take_is_counted() {
    let bench = Bench::new("log /nonexistent/socket local0\nlog LOG local0");
    bench.logs.event(bench.frontend(), Level::Info, "text");
    bench.line();
    assert_eq!(bench.model.process.counters.get(ProcessCounter::DroppedLogs), 1);
}

#[test]
fn every_item_can_be_written() {
    let bench = Bench::new("option httplog\nlog LOG local0");
    let text: Vec<_> = alias::ALIASES.iter().map(|alias| format!("{}=%{}", alias.name, alias.name)).collect();
    let format = Format::compile(&text.join("|")).unwrap();
    let mut txn = bench.txn();
    txn.request.set_target(b"http://h/p/q?a=b").unwrap();
    txn.request.set_version(Version::HTTP_10);
    txn.timings.handshaken = Some(Instant::START.after_ms(3));
    txn.timings.first_byte = Some(Instant::START.after_ms(10));
    txn.timings.request = Some(Instant::START.after_ms(14));
    txn.timings.queued = Some(Instant::START.after_ms(30));
    txn.timings.connected = Some(Instant::START.after_ms(31));
    txn.timings.response = Some(Instant::START.after_ms(50));
    txn.timings.closed = Some(Instant::START.after_ms(60));
    let mut out = Vec::new();
    let (now, scratch) = (bench.model.process.clock.now(), Scratch::new());
    let input = Input { txn: &txn, world: &bench.model.directory, now, phase: Phase::Log, scratch: &scratch };
    format.append(&input, Style::Log, &mut out);
    let written = String::from_utf8(out).unwrap();
    let value = |name: &str| {
        let start = format!("{name}=");
        written.split('|').find_map(|item| item.strip_prefix(&start)).unwrap().to_owned()
    };
    for (name, expected) in [
        ("HM", "GET"),
        ("HU", "http://h/p/q?a=b"),
        ("HP", "http://h/p/q"),
        ("HPO", "/p/q"),
        ("HQ", "?a=b"),
        ("HV", "HTTP/1.0"),
        ("Th", "3"),
        ("Ti", "7"),
        ("TR", "4"),
        ("Tq", "14"),
        ("Tw", "16"),
        ("Tc", "1"),
        ("Tr", "19"),
        ("Td", "10"),
        ("Ta", "50"),
        ("Tt", "60"),
        ("Tu", "53"),
        ("U", "78"),
        ("B", "119"),
        ("ci", "127.0.0.1"),
        ("cp", "47420"),
        ("fi", "127.0.0.1"),
        ("fp", "18080"),
        ("f", "fe"),
        ("ft", "fe"),
        ("b", "be"),
        ("s", "a"),
        ("tsc", "----"),
        ("ts", "--"),
        ("CC", "-"),
        ("hr", ""),
    ] {
        assert_eq!(value(name), expected, "%{name}");
    }
}

#[test]
fn rings_and_log_backends_are_targets() {
    let text = "\nring r\n format short\n maxlen 30\nring s\nbackend far\n mode log\n server s udp@LOG\n";
    let lines = "log ring@r local0\nlog ring@s len 100 local0\nlog backend@far format rfc5424 len 90 local3 info err";
    let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
    receiver.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let address = receiver.local_addr().unwrap().to_string();
    let text = format!("{BACKENDS}\n{}frontend fe\n bind 127.0.0.1:1\n{lines}\n", text.split_once('\n').unwrap().1);
    let model = model(&text.replace("LOG", &address));
    let logs = Logs::new(&model);
    logs.event(proxy(&model, "fe"), Level::Alert, &format!("{:0>200}", "end"));
    let kept = |ring: usize| {
        let mut lines = Vec::new();
        model.logging.rings[ring].live.read(0, |head, tail| {
            lines.push(String::from_utf8([head, tail].concat()).unwrap());
            true
        });
        lines
    };
    assert_eq!(kept(0), [format!("<1>{:0>27}", 0)], "the ring's format and length");
    assert_eq!(kept(1), [format!("{:0>99}", 0)], "raw, as rings are; the line's length counts its end");
    let mut buffer = [0; 1024];
    let n = receiver.recv(&mut buffer).unwrap();
    let line = String::from_utf8(buffer[..n].to_vec()).unwrap();
    assert!(line.starts_with("<155>1 ") && line.ends_with("000\n") && n == 90, "{line}");
}

/// What HAProxy 3.5 sends for these configurations.
#[test]
fn profiles_override_what_proxies_say() {
    let profiles = "log-profile p\n on close format PC\n on error format PE:%OG\n on any format %OG sd sd-any\nlog-profile q\n log-tag qtag\n \
                    on http-req format Q:%OG sd sd-q\n on http-res drop\nlog-profile sd\n on close sd sd-c\nlog-profile quiet\n on any drop\nglobal";
    let check = |profile: &str, origin: Origin, expected: Option<&str>| {
        let target = format!("log-format N:%OG\nlog-format-sd \"sd  own\"\nlog LOG format rfc5424 {profile} local0");
        let bench = Bench::with_global(&format!("log-tag h\n{profiles}"), &target);
        bench.logs.asked_for(&bench.model, bench.frontend(), &bench.txn(), origin, None);
        match expected {
            None => bench.silent(),
            Some(expected) => {
                let line = bench.line();
                let text = line.split_once(" - ").unwrap().1.replace(&std::process::id().to_string(), "PID");
                assert_eq!(text, format!("{expected}\n"), "{profile} {origin:?}");
            }
        }
    };
    check("", Origin::Close, Some("h PID - sd own N:txn_close"));
    check("profile p", Origin::Close, Some("h PID - sd own PC"));
    check("profile p", Origin::SessionError, Some("h PID - sd own PE:sess_error"));
    check("profile p", Origin::Connect, Some("h PID - sd-any txn_connect"));
    check("profile sd", Origin::Close, Some("h PID - sd-c N:txn_close"));
    check("profile q", Origin::HttpRequest, Some("qtag PID - sd-q Q:http-req"));
    check("profile q", Origin::HttpResponse, None);
    check("profile q", Origin::Close, Some("qtag PID - sd own N:txn_close"));
    check("profile quiet", Origin::Close, None);
}

#[test]
fn a_rule_names_its_own_profile() {
    let bench = Bench::with_global(
        "log-profile q\n log-tag qtag\n on http-req format Q",
        "log-format N\nlog LOG format rfc5424 local0",
    );
    bench.logs.asked_for(&bench.model, bench.frontend(), &bench.txn(), Origin::HttpRequest, Some(0));
    let line = bench.line();
    assert!(line.contains(" qtag ") && line.ends_with(" - - Q\n"), "{line}");
}

#[test]
fn steps_say_when() {
    let origins = [Origin::Accept, Origin::Request, Origin::Connect, Origin::Response];
    let check = |lines: &str, expected: &[&str]| {
        let bench = Bench::new(&format!("log LOG format raw local0\n{lines}"));
        let txn = bench.txn();
        bench.logs.begun(bench.frontend(), &txn);
        origins.iter().for_each(|origin| bench.logs.step(&bench.model, bench.frontend(), &txn, *origin));
        bench.logs.request(&bench.model, bench.frontend(), &txn, Origin::Close);
        for line in expected {
            assert_eq!(bench.line(), format!("{line}\n"), "{lines}");
        }
        bench.silent();
    };
    let all = ["txn_accept 0", "txn_request 1", "txn_connect 2", "txn_response 3", "txn_close 4"];
    check("log-format \"%OG %lc\"", &["txn_close 0"]);
    check("log-format \"%OG %lc\"\nlog-steps all", &all);
    check("log-format \"%OG %lc\"\nlog-steps accept,close", &["txn_accept 0", "txn_close 1"]);
    check("log-format \"%OG %lc\"\nlog-steps http-req", &[]);
    check("log-format %OG\nlog-steps all\noption logasap", &["txn_close"]);
    check("log-format %OG\nlog-steps all\noption dontlog-normal", &[]);
    check("log-steps all", &[]);
    check("log-format %hr", &[]);
}

#[test]
fn error_lines_are_for_what_never_was_a_request() {
    let bench = Bench::new("log-format N\nerror-log-format \"E:%OG %ST\"\nlog LOG format raw local0");
    let bad = bench.bad_txn(400, Cause::ClientAbort);
    bench.logs.request(&bench.model, bench.frontend(), &bad, Origin::SessionError);
    assert_eq!(bench.line(), "E:sess_error 400\n");
    bench.log(|txn| txn.status = 503);
    assert_eq!(bench.line(), "N\n");
}
