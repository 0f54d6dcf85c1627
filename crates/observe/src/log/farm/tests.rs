//! Who gets which lines: what HAProxy 3.5 did with the same servers.

use std::net::UdpSocket;

use burdock_base::Instant;
use burdock_model::Model;
use burdock_state::AdminFlag;

use super::*;
use crate::testing::model;

/// A log backend with one receiver a server.
struct Bench {
    model: Model,
    farm: Farm,
    receivers: Vec<UdpSocket>,
}

impl Bench {
    /// `servers`: the options of each.
    fn new(lines: &str, servers: &[&str]) -> Bench {
        let mut text = format!("backend b\n mode log\n{lines}\n");
        let mut receivers = Vec::new();
        for (n, options) in servers.iter().enumerate() {
            let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
            receiver.set_nonblocking(true).unwrap();
            text += &format!(" server s{n} udp@{} {options}\n", receiver.local_addr().unwrap());
            receivers.push(receiver);
        }
        let model = model(&text);
        let farm = Farm::open(&model.logging.farms[0], &model.logging);
        Bench { model, farm, receivers }
    }

    /// Sends that many numbered lines and says who got which. Over loopback they are there when the call returns.
    fn spread(&self, lines: usize) -> Vec<Vec<usize>> {
        for n in 0..lines {
            assert_eq!(self.farm.send(format!("{n}\n").as_bytes(), b""), 0);
        }
        let mut buffer = [0; 16];
        let mut got = |receiver: &UdpSocket| {
            let mut numbers = Vec::new();
            while let Ok(n) = receiver.recv(&mut buffer) {
                numbers.push(std::str::from_utf8(&buffer[..n]).unwrap().trim_end().parse().unwrap());
            }
            numbers
        };
        self.receivers.iter().map(&mut got).collect()
    }

    fn set_maintenance(&self, server: usize, on: bool, at_ms: u64) {
        let farm = &self.model.logging.farms[0];
        let now = Instant::START.after_ms(at_ms);
        farm.servers[server].state.set_admin(AdminFlag::ForcedMaintenance, on, now, &farm.state);
    }
}

#[test]
fn turns_follow_weights() {
    let check = |servers: &[&str], expected: &[&[usize]]| {
        assert_eq!(Bench::new("balance roundrobin", servers).spread(12), expected, "{servers:?}");
    };
    check(&["", "", "", ""], &[&[0, 4, 8], &[1, 5, 9], &[2, 6, 10], &[3, 7, 11]]);
    check(&["weight 3", "weight 1", "backup", "weight 0"], &[&[0, 1, 2, 4, 5, 6, 8, 9, 10], &[3, 7, 11], &[], &[]]);
}

#[test]
fn threads_share_the_turns() {
    let bench = Bench::new("balance roundrobin", &["", ""]);
    let other = Farm::open(&bench.model.logging.farms[0], &bench.model.logging);
    bench.farm.send(b"10\n", b"");
    other.send(b"11\n", b"");
    assert_eq!(bench.spread(2), [[10, 0], [11, 1]]);
}

#[test]
fn backup_servers_step_in() {
    let check = |lines: &str, expected: [&[usize]; 3]| {
        let bench = Bench::new(lines, &["backup", "backup", ""]);
        bench.set_maintenance(2, true, 1);
        assert_eq!(bench.spread(4), expected, "{lines}");
    };
    check("balance roundrobin", [&[0, 1, 2, 3], &[], &[]]);
    check("option allbackups\n balance roundrobin", [&[0, 2], &[1, 3], &[]]);
}

#[test]
fn sticky_lines_stay_until_their_server_goes() {
    let bench = Bench::new("balance sticky", &["", "", "", "backup"]);
    let check = |expected: usize| {
        let got = bench.spread(2);
        assert_eq!(got.iter().position(|lines| !lines.is_empty()), Some(expected), "{got:?}");
    };
    check(0);
    bench.set_maintenance(0, true, 10);
    check(1);
    bench.set_maintenance(1, true, 20);
    bench.set_maintenance(0, false, 30);
    check(2);
    bench.set_maintenance(0, true, 40);
    bench.set_maintenance(2, true, 50);
    check(3);
    bench.set_maintenance(2, false, 60);
    bench.set_maintenance(1, false, 70);
    check(2);
}

#[test]
fn draws_reach_everybody() {
    let bench = Bench::new("", &["", "", ""]);
    let got = bench.spread(90);
    assert!(got.iter().all(|lines| lines.len() > 10), "{got:?}");
}

#[test]
fn without_a_usable_server_lines_are_lost() {
    let bench = Bench::new("", &["weight 0", "disabled"]);
    assert_eq!(bench.farm.send(b"x\n", b""), 1);
    let empty = Bench::new("", &[]);
    assert_eq!(empty.farm.send(b"x\n", b""), 1);
}

#[test]
fn lines_for_streams_wait_in_a_ring_a_server() {
    let model = model("backend b\n mode log\n balance roundrobin\n server a 127.0.0.1:1\n server b 127.0.0.1:2\n");
    let farm = Farm::open(&model.logging.farms[0], &model.logging);
    assert_eq!(farm.send(b"one\n", b"") + farm.send(b"two\n", b"") + farm.send(b"three\n", b""), 0);
    let kept: Vec<_> = model.logging.rings.iter().map(|ring| (ring.name.as_str(), ring.live.end())).collect();
    assert_eq!(kept, [("b/a", 2), ("b/b", 1)]);
}

/// Where HAProxy 3.5 sent `7 /0` to `7 /3`; a server that got nothing is left out.
#[test]
fn a_key_in_the_text_chooses() {
    let check = |lines: &str, expected: [&[usize]; 4]| {
        let bench = Bench::new(lines, &["", "", "", ""]);
        for n in 0..4 {
            let text = format!("7 /{n}");
            assert_eq!(bench.farm.send(format!("{n}\n").as_bytes(), text.as_bytes()), 0, "{lines}");
        }
        assert_eq!(bench.spread(0), expected, "{lines}");
    };
    check("balance log-hash 'field(2,/)'", [&[0], &[1], &[2], &[3]]);
    check("balance log-hash 'field(1, )'\n hash-type map-based none", [&[], &[], &[], &[0, 1, 2, 3]]);
    check("balance log-hash length", [&[0, 1, 2, 3], &[], &[], &[]]);
    let by_slash = |hash: &str| format!("balance log-hash field(2,/)\n hash-type map-based {hash}");
    check(&by_slash("none"), [&[0], &[1], &[2], &[3]]);
    check(&by_slash("sdbm avalanche"), [&[1, 2], &[], &[3], &[0]]);
    check(&by_slash("crc32"), [&[], &[0, 2], &[], &[1, 3]]);
    check(&by_slash("djb2"), [&[3], &[0], &[1], &[2]]);
    check(&by_slash("wt6"), [&[], &[0, 1, 2, 3], &[], &[]]);
    check(&by_slash("wt6 avalanche"), [&[3], &[], &[1, 2], &[0]]);
    let without = Bench::new("balance log-hash field(9,x)", &["", ""]);
    assert_eq!(without.farm.send(b"7 /0\n", b"7 /0"), 1, "without a key the line is lost");
}
