//! Fetches of the connections and streams below a request: what the kernel measures of TCP, which stream it is, how the other side broke
//! off (configuration manual 7.3.3 and 7.3.5).

use burdock_os::{TcpInfo, saved_syn};
use burdock_txn::{Carrier, Endpoint, Txn};

use super::payload::is_http;
use super::row::row;
use super::{Fetch, FetchOne};
use crate::args::{ArgKind, ArgSpec, Args};
use crate::input::{Buffer, Input};
use crate::phase::Validity;
use crate::value::{Type, Value};

/// Of connections that are parted with before the log line: what they ask for is taken down then.
pub(super) const OF_SERVER_TCP: &[Fetch] = &[
    row("bc_rtt", Type::Int, Validity::CONNECTION, "The round trip time to the server, in ms or us.", |input, args| {
        time(&input.txn.server_carrier, args, |info| info.rtt_us)
    })
    .with(TIME),
    row("bc_rttvar", Type::Int, Validity::CONNECTION, "The variation of bc_rtt, in ms or us.", |input, args| {
        time(&input.txn.server_carrier, args, |info| info.rtt_variation_us)
    })
    .with(TIME),
];

pub(super) const FETCHES: &[Fetch] = &[
    row("fc_rtt", Type::Int, Validity::CONNECTION, "The round trip time to the client, in ms or us.", |input, args| {
        time(&input.txn.client_carrier, args, |info| info.rtt_us)
    })
    .with(TIME),
    row("fc_rttvar", Type::Int, Validity::CONNECTION, "The variation of fc_rtt, in ms or us.", |input, args| {
        time(&input.txn.client_carrier, args, |info| info.rtt_variation_us)
    })
    .with(TIME),
    count("fc_unacked", "Segments to the client that are not acknowledged.", |input, _| {
        segments(input, |info| info.unacknowledged)
    }),
    count("fc_sacked", "Segments to the client that are acknowledged out of order.", |input, _| {
        segments(input, |info| info.selectively_acknowledged)
    }),
    count("fc_retrans", "Segments to the client that were sent anew.", |input, _| {
        segments(input, |info| info.retransmitted)
    }),
    count("fc_fackets", "Segments to the client up to the foremost acknowledged one.", |input, _| {
        segments(input, |info| info.forward_acknowledged)
    }),
    count("fc_lost", "Segments to the client that are taken for lost.", |input, _| segments(input, |info| info.lost)),
    count("fc_reordering", "By how many segments the way to the client has been seen to swap.", |input, _| {
        segments(input, |info| info.reordering)
    }),
    row(
        "fc_saved_syn",
        Type::Bin,
        Validity::CONNECTION,
        "The SYN of the client's connection, which 'tcp-ss' keeps; the kernel gives it once.",
        |input, _| Some(Value::Bin(input.scratch.copy(&saved_syn(input.txn.client_carrier.socket()?)?))),
    ),
    row(
        "fs.id",
        Type::Int,
        Validity::SESSION,
        "The client's stream: its number, or its place on HTTP/1.",
        |input, _| Some(Value::Int(i64::from(fs_id(input.txn)))),
    ),
    row(
        "bs.id",
        Type::Int,
        Validity::RESPONSE_KEPT,
        "The server's stream: its number, or its place on HTTP/1.",
        |input, _| input.txn.timings.connected.map(|_| Value::Int(i64::from(input.txn.server_carrier.stream_id))),
    ),
    row("fs.aborted", Type::Bool, Validity::SESSION, "Whether the client has reset its stream.", |input, _| {
        Some(Value::Bool(input.txn.client_carrier.reset_code.is_some()))
    }),
    row("bs.aborted", Type::Bool, Validity::RESPONSE_KEPT, "Whether the server has reset its stream.", |input, _| {
        Some(Value::Bool(input.txn.server_carrier.reset_code.is_some()))
    }),
    row(
        "fs.rst_code",
        Type::Int,
        Validity::SESSION,
        "The code by which the client has reset its stream.",
        |input, _| input.txn.client_carrier.reset_code.map(|code| Value::Int(i64::from(code))),
    ),
    row(
        "bs.rst_code",
        Type::Int,
        Validity::RESPONSE_KEPT,
        "The code by which the server has reset its stream.",
        |input, _| input.txn.server_carrier.reset_code.map(|code| Value::Int(i64::from(code))),
    ),
    row(
        "fs.debug_str",
        Type::Str,
        Validity::SESSION,
        "The client's stream and connection, for people.",
        |input, args| {
            let txn = input.txn;
            let ends = Ends { of: &txn.client_carrier, near: Some(txn.local), far: Some(txn.client), id: fs_id(txn) };
            is_http(input).then(|| describe(input, args, &ends, txn.client_tls.is_some()))
        },
    )
    .with(LAYERS),
    row(
        "bs.debug_str",
        Type::Str,
        Validity::RESPONSE_KEPT,
        "The server's stream and connection, for people.",
        |input, args| {
            let txn = input.txn;
            let carrier = &txn.server_carrier;
            let ends = Ends { of: carrier, near: txn.server_local, far: txn.server_peer, id: carrier.stream_id };
            let connected = txn.timings.connected.filter(|_| is_http(input));
            connected.map(|_| describe(input, args, &ends, txn.server_tls.is_some()))
        },
    )
    .with(LAYERS),
];

const fn count(name: &'static str, doc: &'static str, one: FetchOne) -> Fetch {
    row(name, Type::Int, Validity::CONNECTION, doc, one)
}

const TIME: ArgSpec = ArgSpec { usage: "[<unit>]", kinds: &[ArgKind::Choice(&["ms", "us"])], required: 0 };

/// Where microseconds stand among the units.
const MICROSECONDS: usize = 1;

fn time<'a>(carrier: &Carrier, args: &Args, of: fn(&TcpInfo) -> u32) -> Option<Value<'a>> {
    let us = i64::from(of(&carrier.tcp_info()?));
    Some(Value::Int(if args.choice(0) == Some(MICROSECONDS) { us } else { in_ms(us) }))
}

/// Half a millisecond counts as one.
const fn in_ms(us: i64) -> i64 {
    (us + 500) / 1000
}

fn segments<'a>(input: &Input<'a>, of: fn(&TcpInfo) -> u32) -> Option<Value<'a>> {
    Some(Value::Int(i64::from(of(&input.txn.client_carrier.tcp_info()?))))
}

fn fs_id(txn: &Txn) -> u32 {
    if txn.client_carrier.streams.is_some() { txn.client_carrier.stream_id } else { txn.earlier_requests }
}

/// What is told of, as a sum; none of it stands for all.
const LAYERS: ArgSpec = ArgSpec { usage: "[<bitmap>]", kinds: &[ArgKind::Integer], required: 0 };
const STREAM: i64 = 1;
const MULTIPLEXER: i64 = 2;
const TRANSPORT: i64 = 4;
const CONNECTION: i64 = 8;
const SOCKET: i64 = 16;

/// One of the two connections, with its ends.
struct Ends<'a> {
    of: &'a Carrier,
    near: Option<Endpoint>,
    far: Option<Endpoint>,
    id: u32,
}

fn describe<'a>(input: &Input<'a>, args: &Args, ends: &Ends<'_>, encrypted: bool) -> Value<'a> {
    let wanted = args.integer(0).unwrap_or(0);
    let has = |layer: i64| wanted == 0 || wanted & layer != 0;
    let mut words = Words(input.scratch.buffer());
    if has(STREAM) {
        words.add(format_args!("stream.id={}", ends.id));
        if let Some(code) = ends.of.reset_code {
            words.add(format_args!("stream.reset={code}"));
        }
    }
    if has(MULTIPLEXER) {
        match &ends.of.streams {
            None => words.add(format_args!("mux=h1")),
            Some(streams) => words.add(format_args!(
                "mux=h2 mux.open={} mux.limit={} mux.glitches={}",
                streams.open(),
                streams.limit(),
                streams.glitches()
            )),
        }
    }
    if has(TRANSPORT) {
        words.add(format_args!("transport={}", if encrypted { "tls" } else { "raw" }));
    }
    if has(CONNECTION) {
        for (name, end) in [("near", ends.near), ("far", ends.far)] {
            if let Some(end) = end {
                words.add(format_args!("conn.{name}={end}"));
            }
        }
    }
    if has(SOCKET)
        && let Some(socket) = ends.of.socket()
    {
        words.add(format_args!("sock.fd={socket}"));
    }
    if has(SOCKET)
        && let Some(info) = ends.of.tcp_info()
    {
        words.add(format_args!("sock.rtt={}us sock.unacked={}", info.rtt_us, info.unacknowledged));
    }
    Value::Str(words.0.finish())
}

/// Words with blanks between them.
struct Words<'a>(Buffer<'a>);

impl Words<'_> {
    fn add(&mut self, text: std::fmt::Arguments<'_>) {
        if !self.0.is_empty() {
            self.0.push_some(b" ");
        }
        // What does not fit is left out.
        let _ = self.0.format(text);
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsRawFd;
    use std::sync::Arc;

    use burdock_base::Instant;
    use burdock_state::Directory;
    use burdock_txn::ConnectionStreams;

    use super::*;
    use crate::names::Names;
    use crate::phase::Phase;
    use crate::testing::{Bench, check_refused};

    #[test]
    fn tcp_is_measured_where_there_is_a_socket() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut bench = Bench::new(Names::default(), Directory::empty(), &[]);
        for name in ["fc_rtt", "fc_rttvar(us)", "fc_lost", "fc_unacked", "bc_rtt(ms)", "fc_saved_syn"] {
            assert_eq!(bench.evaluate(name, Phase::Log), None, "{name}");
        }
        bench.txn.client_carrier.descriptor = Some(client.as_raw_fd());
        bench.txn.server_carrier.streams = Some(Arc::new(ConnectionStreams::new(0)));
        assert_ne!(bench.evaluate("fc_rtt(us)", Phase::Log).unwrap(), "0");
        // The system begins with what it has seen between the same addresses before, which is never less than three.
        let reordering = bench.evaluate("fc_reordering", Phase::Log).unwrap();
        assert!(reordering.parse::<u32>().unwrap() >= 3, "{reordering}");
        bench.check(Phase::Log, &[("fc_lost", Some("0")), ("bc_rtt(us)", None)]);
        bench.txn.server_carrier.streams.as_ref().unwrap().set_socket(Some(client.as_raw_fd()));
        assert_ne!(bench.evaluate("bc_rtt(us)", Phase::Log).unwrap(), "0");
    }

    #[test]
    fn half_a_millisecond_counts_as_one() {
        for (us, ms) in [(0, 0), (499, 0), (500, 1), (1499, 1), (1500, 2)] {
            assert_eq!(in_ms(us), ms, "{us}");
        }
    }

    #[test]
    fn streams_have_numbers_and_resets() {
        let mut bench = Bench::new(Names::default(), Directory::empty(), &[]);
        bench.txn.earlier_requests = 4;
        bench.check(Phase::Log, &[("fs.id", Some("4")), ("fs.aborted", Some("0")), ("fs.rst_code", None)]);
        bench.check(Phase::Log, &[("bs.id", None), ("bs.aborted", Some("0")), ("bs.rst_code", None)]);
        bench.txn.timings.connected = Some(Instant::START);
        bench.txn.client_carrier = Carrier {
            streams: Some(Arc::new(ConnectionStreams::new(100))),
            stream_id: 7,
            reset_code: Some(8),
            ..Carrier::default()
        };
        bench.txn.server_carrier.stream_id = 2;
        bench.check(Phase::Log, &[("fs.id", Some("7")), ("fs.aborted", Some("1")), ("fs.rst_code", Some("8"))]);
        bench.check(Phase::Log, &[("bs.id", Some("2")), ("bs.aborted", Some("0")), ("bs.rst_code", None)]);
    }

    #[test]
    fn units_are_known() {
        check_refused(&[("fc_rtt(s)", "'s' is not possible here"), ("fc_lost(us)", "'fc_lost' takes no argument")]);
    }
}
