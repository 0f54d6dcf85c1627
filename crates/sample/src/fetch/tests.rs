//! Fetches of state, process, route, progress and variables, in a world of a frontend, a backend and some servers.

use std::sync::Arc;

use burdock_base::{Clock, Instant, ProxyId, Seats, ServerId};
use burdock_state::{
    AdminFlag, Backend, BindEntry, Directory, Frontend, Listener, Process, ProcessVariables, ProxyEntry, Server,
    ServerEntry, ServerSettings, TimeoutEntry, VariableName, VariableScope,
};
use burdock_txn::{RuleOrigin, TimeLimit};

use crate::expression::Expression;
use crate::fetch::Sight;
use crate::input::{Input, Scratch};
use crate::names::{Names, ProxyNames, Scope};
use crate::phase::Phase;
use crate::testing::{Bench, client_hello, endpoint, word};
use crate::value::Value;

/// Name, weight, maxconn, maxqueue; whether it is disabled, whether a backup server.
pub(crate) type Shape = (&'static str, u32, u32, u32, bool, bool);

fn server(id: usize, (name, weight, maxconn, maxqueue, disabled, backup): Shape) -> ServerEntry {
    let id = ServerId(id as u32);
    let settings = ServerSettings { id, weight, maxconn, rise: 2, fall: 3, checked: false, disabled };
    ServerEntry {
        name: name.into(),
        numeric_id: id.0 + 1,
        address: None,
        maxqueue,
        backup,
        cookie: None,
        state: Arc::new(Server::new(&settings, 1)),
    }
}

fn proxy(name: &str, numeric_id: u32, http: bool) -> ProxyEntry {
    ProxyEntry {
        name: name.into(),
        numeric_id,
        http,
        maxconn: 0,
        binds: Vec::new(),
        frontend: None,
        backend: None,
        servers: Seats::default(),
        timeouts: TimeoutEntry::default(),
        default_backend: None,
        retries: 3,
        all_backups: false,
        fcgi_app: None,
        captures: burdock_state::CaptureEntry::default(),
    }
}

/// `fe` with `be` behind it, whose servers have these shapes.
pub(crate) fn bench(servers: &[Shape], all_backups: bool) -> Bench {
    let front = ProxyEntry {
        frontend: Some(Arc::new(Frontend::new(1))),
        binds: vec![BindEntry { name: Some("sock1".into()), numeric_id: 5, state: Arc::new(Listener::default()) }],
        timeouts: TimeoutEntry { client_ms: Some(5000), ..TimeoutEntry::default() },
        default_backend: Some(ProxyId(1)),
        ..proxy("fe", 2, true)
    };
    let back = ProxyEntry {
        backend: Some(Arc::new(Backend::new(1))),
        servers: servers.iter().enumerate().map(|(id, shape)| server(id, *shape)).collect(),
        timeouts: TimeoutEntry { server_ms: Some(6000), tunnel_ms: Some(9000), ..TimeoutEntry::default() },
        retries: 5,
        all_backups,
        ..proxy("be", 3, true)
    };
    let names = vec![
        ProxyNames { name: "fe".to_owned(), frontend: true, ..ProxyNames::default() },
        ProxyNames {
            name: "be".to_owned(),
            frontend: false,
            backend: true,
            servers: servers.iter().map(|shape| shape.0.to_owned()).collect(),
            ..ProxyNames::default()
        },
    ];
    let variable_names = vec![
        VariableName { scope: VariableScope::Transaction, name: "b".into(), slot: 0 },
        VariableName { scope: VariableScope::Transaction, name: "s".into(), slot: 1 },
        VariableName { scope: VariableScope::Process, name: "p".into(), slot: 0 },
    ];
    let world = Directory {
        process: Arc::new(Process::new(Clock::new(), 1, 0)),
        proxies: vec![Arc::new(front), Arc::new(back)],
        hostname: "vm".into(),
        variables: Arc::new(ProcessVariables::new(1)),
        variable_names: variable_names.into(),
        ..Directory::empty()
    };
    Bench::new(Names::new(names, None), world, &[])
}

const PLAIN: Phase = Phase::FrontendHttpRequest;

#[test]
fn farms_of_every_shape() {
    for (servers, all_backups, [usable, free, slots]) in [
        (
            &[("s1", 10, 10, 20, false, false), ("s2", 20, 5, 0, true, false), ("s3", 1, 0, 0, false, true)][..],
            false,
            ["1", "10", "-1"],
        ),
        (
            &[
                ("s1", 1, 10, 20, false, false),
                ("s2", 1, 5, 7, false, false),
                ("s3", 1, 5, 7, true, false),
                ("s4", 1, 100, 7, false, true),
            ],
            false,
            ["2", "15", "149"],
        ),
        (
            &[("s1", 1, 10, 20, true, false), ("s3", 1, 5, 7, false, true), ("s4", 1, 5, 7, false, true)],
            false,
            ["1", "5", "24"],
        ),
        (
            &[("s1", 1, 10, 20, true, false), ("s3", 1, 5, 7, false, true), ("s4", 1, 5, 7, false, true)],
            true,
            ["2", "10", "24"],
        ),
        (&[("s1", 0, 3, 0, false, false), ("s2", 1, 10, 0, false, false)], false, ["1", "10", "-1"]),
    ] {
        let bench = bench(servers, all_backups);
        bench.check(
            PLAIN,
            &[
                ("nbsrv(be)", Some(usable)),
                ("str(be),nbsrv", Some(usable)),
                ("be_conn_free(be)", Some(free)),
                ("connslots(be)", Some(slots)),
            ],
        );
    }
}

#[test]
fn queues_and_loads() {
    let bench = bench(&[("s1", 10, 10, 20, false, false), ("s2", 20, 5, 0, false, false)], false);
    let be = &bench.world.proxies[1];
    let backend = be.backend.as_ref().unwrap();
    let waiting: Vec<_> =
        (0..4).map(|_| backend.queue.join(0, burdock_state::Priority::new(0, 0, Instant::START)).unwrap()).collect();
    let bound =
        be.servers.get(0).unwrap().state.queue.join(0, burdock_state::Priority::new(0, 0, Instant::START)).unwrap();
    assert!(be.servers.get(0).unwrap().state.sessions.up_below(0));
    bench.check(
        PLAIN,
        &[
            ("queue(be)", Some("5")),
            ("avg_queue(be)", Some("3")),
            ("srv_queue(be/s1)", Some("1")),
            ("str(be/s1),srv_queue", Some("1")),
            ("srv_conn(be/s1)", Some("1")),
            ("srv_conn_free(be/s1)", Some("9")),
            ("be_conn(be)", Some("0")),
            ("fe_conn", Some("0")),
            ("dst_conn", Some("0")),
            ("act_conn", Some("0")),
            ("srv_iweight(be/s1)", Some("10")),
            ("srv_weight(be/s2)", Some("20")),
            ("srv_is_up(be/s1)", Some("1")),
        ],
    );
    for server in &be.servers {
        server.state.set_weight(7, backend);
        server.state.set_admin(AdminFlag::ForcedMaintenance, true, Instant::START, backend);
    }
    bench.check(
        PLAIN,
        &[
            ("srv_is_up(be/s1)", Some("0")),
            ("str(be/s1),srv_is_up", Some("0")),
            ("srv_iweight(be/s1)", Some("10")),
            ("srv_uweight(be/s1)", Some("7")),
        ],
    );
    drop((waiting, bound));
}

#[test]
fn a_queue_that_nobody_serves_counts_twice() {
    let bench = bench(&[("s1", 10, 10, 20, true, false)], false);
    let backend = Arc::clone(bench.world.proxies[1].backend.as_ref().unwrap());
    let _waiting: Vec<_> =
        (0..4).map(|_| backend.queue.join(0, burdock_state::Priority::new(0, 0, Instant::START)).unwrap()).collect();
    bench.check(PLAIN, &[("avg_queue(be)", Some("8")), ("queue(be)", Some("4")), ("nbsrv(be)", Some("0"))]);
}

#[test]
fn names_that_come_with_the_request() {
    let bench = bench(&[("s1", 1, 0, 0, false, false)], false);
    bench.check(
        PLAIN,
        &[
            ("str(fe),fe_exists", Some("1")),
            ("str(be),fe_exists", Some("0")),
            ("str(fe),nbsrv", None),
            ("str(s1),srv_is_up", None),
            ("str(be/s1),srv_is_up", Some("1")),
            ("str(be/s9),srv_is_up", None),
            ("str(zz/s1),srv_queue", None),
            ("str(be/),srv_is_up", None),
        ],
    );
}

#[test]
fn arguments_that_are_left_out() {
    let bench = bench(&[("s1", 1, 0, 0, false, false)], false);
    for (text, expected) in [
        ("avg_queue", "'avg_queue' needs a name here: 'fe' has no server side"),
        ("be_conn(fe)", "there is no backend 'fe'"),
        ("fe_conn(be)", "there is no frontend 'be'"),
        ("srv_conn(be/s9)", "there is no server 's9'"),
        ("srv_conn", "'srv_conn' lacks an argument"),
    ] {
        let scope = Scope::within(&bench.names, ProxyId(0));
        let fault = Expression::parse(&word(text), &scope).unwrap_err();
        assert_eq!(fault.message(), expected, "{text}");
    }
}

#[test]
fn routes_and_limits() {
    let mut bench = bench(&[("s1", 1, 0, 0, false, false)], false);
    bench.check(
        PLAIN,
        &[
            ("fe_name", Some("fe")),
            ("fe_id", Some("2")),
            ("fe_defbe", Some("be")),
            ("so_id", Some("5")),
            ("so_name", Some("sock1")),
            ("fe_client_timeout", Some("5000")),
            ("cur_client_timeout", Some("5000")),
            ("be_name", None),
            ("fc_src", Some("10.0.0.9")),
            ("fc_src_port", Some("4242")),
            ("fc_dst_port", Some("80")),
            ("dst_is_local", Some("1")),
            ("fc_http_major", Some("1")),
        ],
    );
    bench.txn.backend = ProxyId(1);
    bench.check(
        Phase::BackendHttpRequest,
        &[("be_name", Some("be")), ("cur_server_timeout", Some("0")), ("srv_name", None)],
    );
    bench.txn.server = Some(ServerId(0));
    bench.txn.timings.queued = Some(Instant::START);
    bench.txn.timings.connected = Some(Instant::START);
    bench.txn.server_local = Some(endpoint("127.0.0.1:4000"));
    bench.txn.server_peer = Some(endpoint("127.0.0.1:8000"));
    bench.txn.client = endpoint("192.0.2.1:1");
    let response = [
        ("be_id", Some("3")),
        ("srv_name", Some("s1")),
        ("srv_id", Some("1")),
        ("be_server_timeout", Some("6000")),
        ("cur_server_timeout", Some("6000")),
        ("cur_tunnel_timeout", Some("9000")),
        ("be_max_retries", Some("5")),
        ("cur_max_retries", Some("5")),
        ("be_connect_timeout", Some("0")),
        ("bc_src_port", Some("4000")),
        ("bc_dst", Some("127.0.0.1")),
        ("bc_reused", Some("0")),
        ("bc_http_major", Some("1")),
        ("src", Some("192.0.2.1")),
        ("fc_src", Some("10.0.0.9")),
    ];
    bench.check(Phase::BackendHttpResponse, &response);
    bench.txn.directives.server_timeout = Some(TimeLimit(Some(250)));
    bench.txn.directives.tunnel_timeout = Some(TimeLimit(None));
    bench.txn.directives.retries = Some(1);
    let wished =
        [("cur_server_timeout", Some("250")), ("cur_tunnel_timeout", Some("0")), ("cur_max_retries", Some("1"))];
    bench.check(Phase::BackendHttpResponse, &wished);
}

#[test]
fn progress_of_a_request() {
    let mut bench = bench(&[("s1", 1, 0, 0, false, false)], false);
    let at = |ms| Some(Instant::START.after_ms(ms));
    let timings = &mut bench.txn.timings;
    (timings.handshaken, timings.first_byte, timings.request) = (at(3), at(10), at(14));
    (timings.queued, timings.connected, timings.response) = (at(20), at(25), at(45));
    bench.txn.retries = 2;
    bench.txn.status = 503;
    bench.txn.bytes_in = 39;
    bench.txn.directives.priority_class = -4;
    bench.txn.final_rule = Some(RuleOrigin { file: "x.cfg".into(), line: 12 });
    bench.now = Instant::START.after_ms(60);
    bench.check(
        PLAIN,
        &[
            ("req.timer.hdr", Some("4")),
            ("req.timer.idle", Some("7")),
            ("req.timer.tq", Some("14")),
            ("fc.timer.handshake", Some("3")),
            ("txn.timer.total", Some("50")),
            ("txn.timer.user", Some("53")),
            ("prio_class", Some("-4")),
            ("bytes_in", Some("0")),
            ("last_rule_file", Some("x.cfg")),
            ("last_rule_line", Some("12")),
            ("txn.sess_term_state", Some("--")),
            ("unique-id", None),
            ("txn.conn_retries", None),
        ],
    );
    bench.txn.timings.closed = at(59);
    bench.check(
        Phase::Log,
        &[
            ("req.timer.queue", Some("6")),
            ("bc.timer.connect", Some("5")),
            ("res.timer.data", Some("14")),
            ("fc.timer.total", Some("59")),
            ("req.bytes_in", Some("39")),
            ("txn.conn_retries", Some("2")),
            ("txn.status", Some("503")),
            ("txn.redispatched", Some("0")),
            ("req.timer.hdr", None),
            ("str(a),when(error)", Some("a")),
            ("str(a),when(!normal)", Some("a")),
            ("str(a),when(forwarded)", Some("a")),
            ("str(a),when(stopping)", None),
        ],
    );
}

#[test]
fn the_process() {
    let mut bench = bench(&[], false);
    bench.names.environment = [("HOME", "/root")].into_iter().collect();
    bench.now = Instant::START.after_ms(2000);
    let pid = bench.world.pid.to_string();
    bench.check(
        PLAIN,
        &[
            ("env(HOME)", Some("/root")),
            ("env(NOSUCH)", None),
            ("hostname", Some("vm")),
            ("pid", Some(&pid)),
            ("proc", Some("1")),
            ("nbproc", Some("1")),
            ("thread", Some("0")),
            ("uptime", Some("2")),
            ("stopping", Some("0")),
            ("quic_enabled", None),
            ("rand(0)", Some("0")),
            ("rand(1)", Some("0")),
            ("bin(4142ff)", Some("4142FF")),
            ("ipv4(1.2.3.4)", Some("1.2.3.4")),
            ("ipv6(::1)", Some("::1")),
            ("meth(foo)", Some("foo")),
        ],
    );
    let number = |text| bench.evaluate(text, PLAIN).unwrap().parse::<i64>().unwrap();
    assert_eq!(number("date(10)") - number("date"), 10);
    assert_eq!(number("date(0,ms)") / 1000, number("date"));
    assert_eq!(number("date") - number("accept_date"), 2);
    assert!((0..10).contains(&number("rand(10)")));
    for (text, version) in [("uuid", b'4'), ("uuid(4)", b'4'), ("uuid(7)", b'7')] {
        let uuid = bench.evaluate(text, PLAIN).unwrap();
        assert_eq!((uuid.len(), uuid.as_bytes()[14]), (36, version), "{uuid}");
        assert_ne!(Some(uuid), bench.evaluate(text, PLAIN));
    }
}

#[test]
fn dumps_of_variables() {
    let bench = bench(&[], false);
    for text in [r#"'bin(00ffab),set-var(txn.b)'"#, r#"'str(a\"b),set-var(txn.s)'"#, "int(4),set-var(proc.p)"] {
        assert!(bench.evaluate(text, PLAIN).is_some(), "{text}");
    }
    bench.check(
        PLAIN,
        &[
            ("dump_all_vars", Some(r#"txn.b=00FFAB, txn.s="a\"b", proc.p=4"#)),
            ("dump_all_vars(txn,s)", Some(r#"txn.s="a\"b""#)),
            ("dump_all_vars(txn,,;)", Some(r#"txn.b=00FFAB;txn.s="a\"b""#)),
            ("dump_all_vars(res)", Some("")),
        ],
    );
}

/// What is seen of a stream so far.
fn sight(text: &str, bytes: &[u8], complete: bool) -> (Option<String>, bool) {
    let mut bench = Bench::new(Names::default(), Directory::empty(), &[]);
    bench.txn.request_payload.bytes = bytes.to_vec();
    bench.txn.request_payload.complete = complete;
    bench.txn.inspecting = !complete;
    let expression = Expression::parse(&word(text), &Scope::outside(&bench.names)).unwrap();
    let scratch = Scratch::new();
    let input = Input {
        txn: &bench.txn,
        world: &bench.world,
        now: bench.now,
        phase: Phase::FrontendTcpRequest,
        scratch: &scratch,
    };
    let sight = expression.sight(&input);
    let shown = sight.value().map(|value| match value {
        Value::Bin(bytes) | Value::Str(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::Int(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        other => format!("{other:?}"),
    });
    (shown, matches!(sight, Sight::Changing(_)))
}

#[test]
fn bytes_so_far() {
    const BYTES: &[u8] = b"\x00\x03abcdefghij";
    for (text, expected, changing) in [
        ("req.len", Some("12"), true),
        ("req.payload(0,5)", Some("\0\x03abc"), false),
        ("req.payload(2,0)", Some("abcdefghij"), true),
        ("req.payload(20,0)", None, true),
        ("req.payload(3,100)", None, true),
        ("req.payload(12,0)", Some(""), true),
        ("req.payload(-1,3)", None, false),
        ("payload(0,2),hex", Some("0003"), false),
        ("req.payload_lv(0,2)", Some("abc"), false),
        ("req.payload_lv(0,2,4)", Some("abc"), false),
        ("req.payload_lv(0,2,9)", Some("efg"), false),
        ("req.payload_lv(0,2,+1)", Some("bcd"), false),
        ("req.payload_lv(0,2,-1)", Some("\x03ab"), false),
        ("req.payload_lv(1,1)", Some("abc"), false),
        ("req.payload_lv(0,1)", None, false),
        ("req.payload_lv(2,1)", None, true),
        ("req.payload_lv(11,1)", None, true),
        ("wait_end", None, true),
        ("req.ssl_hello_type", None, false),
        ("req.rdp_cookie", None, false),
        ("distcc_param(DIST)", None, false),
    ] {
        assert_eq!(sight(text, BYTES, false), (expected.map(str::to_owned), changing), "{text}");
        assert!(!sight(text, BYTES, true).1, "{text}");
    }
    assert_eq!(sight("wait_end", BYTES, true), (Some("true".to_owned()), false));
}

#[test]
fn hello_messages() {
    let stream = client_hello();
    for (text, expected) in [
        ("req.ssl_hello_type", "1"),
        ("req.ssl_ver", "196611"),
        ("req.ssl_sni", "a.example"),
        ("req_ssl_sni", "a.example"),
        ("req.ssl_alpn", "h2"),
        ("req.ssl_ec_ext", "true"),
        ("req.ssl_st_ext", "1"),
        ("req.ssl_cipherlist,bytes(0,4),hex", "1A1A1301"),
        ("req.ssl_sigalgs,hex", "4A4A04030804040105030805"),
        ("req.ssl_supported_groups,hex", "2A2A11EC001D00170018"),
        ("req.ssl_keyshare_groups,hex", "6A6A001D"),
    ] {
        assert_eq!(sight(text, &stream, false), (Some(expected.to_owned()), false), "{text}");
        assert_eq!(sight(text, &stream[..80], false), (None, true), "{text}");
        assert_eq!(sight(text, b"GET / HTTP/1.1\r\n", false), (None, false), "{text}");
    }
    // Nothing but a ticket: record, message, version, random, no session, one cipher, no compression, one extension.
    let fields: [&[u8]; 5] =
        [&[22, 3, 1, 0, 57, 1, 0, 0, 53, 3, 3], &[7; 32], &[0, 0, 2, 0x13, 1, 1, 0], &[0, 10, 0, 35, 0, 6], b"ticket"];
    let bare = fields.concat();
    for (text, expected) in
        [("req.ssl_sni", None), ("req.ssl_alpn", None), ("req.ssl_ec_ext", None), ("req.ssl_st_ext", Some("2"))]
    {
        assert_eq!(sight(text, &bare, false), (expected.map(str::to_owned), false), "{text}");
    }
}

#[test]
fn first_messages_of_protocols() {
    let rdp = |cookie: &[u8]| [&[3, 0, 0, 11 + cookie.len() as u8, 6, 0xe0, 0, 0, 0, 0, 0][..], cookie].concat();
    let user = rdp(b"Cookie: mstshash=user1\r\n");
    const DISTCC: &[u8] = b"DIST00000001ARGC00000002ARGV00000003gccARGV00000002-cDOTI00000005int x";
    for (text, bytes, expected, changing) in [
        ("req.rdp_cookie", &user[..], Some("user1"), false),
        ("req.rdp_cookie(MSTSHASH)", &user, Some("user1"), false),
        ("req.rdp_cookie(msts)", &user, None, false),
        ("req.rdp_cookie_cnt", &user, Some("1"), false),
        ("rdp_cookie_cnt(x)", &user, Some("0"), false),
        ("req.rdp_cookie", &user[..20], None, true),
        ("req.rdp_cookie", &rdp(b"Cookie: mstshash=user1"), None, false),
        (
            "req.rdp_cookie(msts)",
            &rdp(b"cookie: msts=3640205228.15629.0000\r\n\x01\x00"),
            Some("3640205228.15629.0000"),
            false,
        ),
        ("distcc_param(DIST)", DISTCC, Some("1"), false),
        ("distcc_param(ARGV)", DISTCC, Some("3"), false),
        ("distcc_param(ARGV,2)", DISTCC, Some("2"), false),
        ("distcc_param(ARGV,3)", DISTCC, None, true),
        ("distcc_body(ARGV,2)", DISTCC, Some("-c"), false),
        ("distcc_body(DOTI)", DISTCC, Some("int x"), false),
        ("distcc_body(ARGC)", DISTCC, Some(""), false),
        ("distcc_param(DOTI)", &DISTCC[..DISTCC.len() - 2], Some("5"), true),
        ("distcc_param(ARGC)", b"DIST0000000gARGC00000002", None, false),
    ] {
        assert_eq!(sight(text, bytes, false), (expected.map(str::to_owned), changing), "{text}");
    }
}

/// What is not asked for is not taken down, and has no value then.
#[test]
fn whoever_tells_our_end_of_the_servers_connection_asks_for_it() {
    for name in ["bc_src", "bc_src_port", "bs.debug_str"] {
        let bench = Bench::new(Names::default(), Directory::empty(), &[]);
        bench.check(Phase::Log, &[("int(1)", Some("1"))]);
        assert!(!bench.names.asked().server_end);
        bench.check(Phase::Log, &[(name, None)]);
        assert!(bench.names.asked().server_end, "{name}");
    }
}
