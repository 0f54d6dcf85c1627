//! Servers that are added, moved, renamed and deleted over the runtime API; unless a test says otherwise, the answers are HAProxy 3.5's.

use super::*;

const CONFIGURATION: &str = "\
defaults
 mode http
 timeout client 5s
 timeout connect 1s
 timeout server 5s
frontend fe
 bind 127.0.0.1:1
 acl up srv_is_up(be/ref)
 default_backend be
backend be
 balance roundrobin
 cookie SRV insert indirect
 dynamic-cookie-key k
 use-server used if { path /u }
 server a 127.0.0.1:58211 cookie a
 server ref 127.0.0.1:58211 disabled
 server used 127.0.0.1:58211 disabled
 server chk 127.0.0.1:58212 check disabled
backend fixed
 balance static-rr
backend mapped
 balance source
backend ring
 balance source
 hash-type consistent
backend tcp
 mode tcp
 balance roundrobin
backend lines
 mode log
 server l udp@127.0.0.1:58299
backend off
 disabled
 balance roundrobin
";

const REGISTERED: &str = "New server registered.";
const REFERENCED: &str = "This server cannot be removed at runtime due to other configuration elements pointing to it.";

fn check(served: &Served, cases: &[(&str, &str)]) {
    for (command, answer) in cases {
        let expected = if answer.is_empty() { "\n".to_owned() } else { format!("{answer}\n\n") };
        assert_eq!(served.ask(&format!("{command}\n")), expected, "{command}");
    }
}

/// Some columns of `show servers state`, from the server's number on.
fn row(served: &Served, backend: &str, server: &str) -> Option<String> {
    let state = served.ask(&format!("show servers state {backend}\n"));
    let mut rows = state.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let row = rows.find(|row| row.get(3) == Some(&server))?;
    Some([2, 4, 5, 6, 7, 13, 18].map(|column| row[column]).join(" "))
}

#[test]
fn what_cannot_be_added() {
    let served = Served::new(CONFIGURATION);
    const NEEDED: &str = "Require 'backend/server'.";
    const TWO: &str = "'server' expects <name> and <addr>[:<port>] as arguments.";
    check(
        &served,
        &[
            ("add server", NEEDED),
            ("add server be", NEEDED),
            ("add server be/", NEEDED),
            ("add server be/x", TWO),
            ("add server nope/x 127.0.0.1:1", "No such backend."),
            ("add server fe/x 127.0.0.1:1", "No such backend."),
            ("add server be/a 127.0.0.1:1", "Already exists a server with the same name in backend."),
            ("add server be/x! 127.0.0.1:1", "character '!' is not permitted in server name 'x!'."),
            (
                "add server fixed/x 127.0.0.1:1",
                "Backend does not support dynamic servers : backend 'fixed' uses a non dynamic load balancing method.",
            ),
            (
                "add server mapped/x 127.0.0.1:1",
                "Backend does not support dynamic servers : backend 'mapped' uses a non dynamic load balancing method.",
            ),
            (
                "add server lines/x udp@127.0.0.1:1",
                "Backend does not support dynamic servers : backend 'lines' uses mode log.",
            ),
            ("add server tcp/x 127.0.0.1:1 proto h2", "MUX protocol is not usable for server."),
            ("add server be/x 127.0.0.1:1 init-addr none", "'init-addr' option is not accepted for dynamic server"),
            ("add server be/x 127.0.0.1:1 enabled", "'enabled' option is not accepted for dynamic server"),
            ("add server be/x 127.0.0.1:1 id 1", "'id' : custom id 1 already used at test.cfg:15 ('server a')."),
            // Our own words from here on.
            ("add server be/x 127.0.0.1:1 bogus", "unknown option 'bogus'"),
            ("add server be/x 127.0.0.1 check", "server 'x' has no port to check"),
            ("add server be/x 127.0.0.1:1 weight 300", "300 is out of range"),
            ("add server off/x 127.0.0.1:1", "Backend does not support dynamic servers : backend 'off' is disabled."),
            (
                "add server be/x 127.0.0.1:1 ssl verify none sni var(txn.none)",
                "It mentions a variable that nothing in the configuration sets.",
            ),
        ],
    );
    assert_eq!(row(&served, "be", "x"), None);
}

#[test]
fn added_servers_wait_in_maintenance() {
    let served = Served::new(CONFIGURATION);
    let before = served.model.load_full();
    check(
        &served,
        &[
            ("add server be/x 127.0.0.1:58221", REGISTERED),
            ("add server be/n 127.0.0.1:58222 id 100 weight 7 maxconn 5 disabled", REGISTERED),
            ("add server be/c 127.0.0.1:58222 check inter 1s", REGISTERED),
            ("add server #2/wrong 127.0.0.1:1", "No such backend."),
            ("add server #3/y [::1]:58223", REGISTERED),
            ("add server tcp/x 127.0.0.1:58221", REGISTERED),
            ("add server ring/x 127.0.0.1:58221", REGISTERED),
            ("enable health be/x", "Health check was not configured on this server, cannot enable."),
        ],
    );
    let shown = ["x", "n", "c", "y"].map(|name| row(&served, "be", name).unwrap_or_default());
    assert_eq!(
        shown,
        [
            "5 127.0.0.1 0 1 1 0 58221",
            "100 127.0.0.1 0 1 7 0 58222",
            "6 127.0.0.1 0 1 1 2 58222",
            "7 ::1 0 1 1 0 58223"
        ]
    );
    check(&served, &[("enable health be/c", ""), ("enable server be/c", ""), ("enable server be/x", "")]);
    assert_eq!(row(&served, "be", "c").unwrap(), "6 127.0.0.1 2 0 1 6 58222");
    let model = served.model.load();
    assert!(Arc::ptr_eq(before.proxy(burdock_base::ProxyId(0)), model.proxy(burdock_base::ProxyId(0))));
    let backend = model.backend_named("be").unwrap().backend.as_ref().unwrap();
    assert_eq!(backend.balance.balancer.strength().active, 3, "a, c and x are usable");
    assert_eq!(model.directory.proxies[1].servers.len(), 8);
    assert_eq!(before.backend_named("be").unwrap().backend.as_ref().unwrap().servers.len(), 4);
}

/// A name is not looked up: such a server waits for an address. HAProxy would let it into use without one.
#[test]
fn a_name_waits_for_an_address() {
    let served = Served::new(CONFIGURATION);
    check(&served, &[("add server be/x nowhere.invalid:80", REGISTERED), ("enable server be/x", "")]);
    assert!(
        served
            .model
            .load()
            .backend_named("be")
            .unwrap()
            .backend
            .as_ref()
            .unwrap()
            .servers
            .named("x")
            .unwrap()
            .state
            .in_maintenance()
    );
    let answer = served.ask("set server be/x addr 127.0.0.9\n");
    assert!(answer.contains("to '127.0.0.9' by 'stats socket command'"), "{answer}");
    assert_eq!(row(&served, "be", "x").unwrap(), "5 127.0.0.9 2 0 1 0 80");
}

#[test]
fn servers_are_deleted_where_nobody_needs_them() {
    let served = Served::new(CONFIGURATION);
    check(
        &served,
        &[
            ("del server", "Require 'backend/server'."),
            ("del server nope/a", "No such backend."),
            ("del server be/nope", "No such server."),
            ("del server be/ref", REFERENCED),
            ("del server be/used", REFERENCED),
            ("del server be/a", "Only servers in maintenance mode can be deleted."),
            ("wait 5ms srv-removable be/a", "Failed. Only servers in maintenance mode can be deleted."),
            (
                "wait 5ms srv-removable be/ref",
                "Failed. This server cannot be removed at runtime due to other configuration elements pointing to it.",
            ),
            ("wait 5ms srv-removable be/nope", "Failed. No such server."),
            ("wait 5s srv-removable be/chk", "Done."),
            ("del server be/chk", "Server deleted."),
            ("del server be/chk", "No such server."),
            ("disable server be/a", ""),
        ],
    );
    let busy =
        served.model.load().backend_named("be").unwrap().backend.as_ref().unwrap().servers.named("a").unwrap().clone();
    assert!(busy.state.try_acquire(burdock_base::Instant::START));
    const BUSY: &str = "Server still has connections attached to it, cannot remove it.";
    check(
        &served,
        &[("del server be/a", BUSY), ("wait 30ms srv-removable be/a", &format!("Wait delay expired. {BUSY}"))],
    );
    let backend = Arc::clone(served.model.load().backend_named("be").unwrap());
    busy.state.release(&backend.backend.as_ref().unwrap().state);
    check(&served, &[("del server be/a", "Server deleted.")]);
    assert_eq!(served.ask("show stat be 4 -1\n").lines().filter(|line| line.starts_with("be,")).count(), 2);
}

/// An id is not given again while a request may still mean the server that had it.
#[test]
fn ids_are_given_again_when_nobody_knows_them() {
    let served = Served::new(CONFIGURATION);
    let id_of = |name: &str| {
        let model = served.model.load();
        model.backend_named("be").unwrap().backend.as_ref().unwrap().servers.named(name).unwrap().id.0
    };
    let old = served.model.load_full();
    check(&served, &[("del server be/chk", "Server deleted."), ("add server be/x 127.0.0.1:1", REGISTERED)]);
    assert_eq!((id_of("x"), row(&served, "be", "x").unwrap().as_str()), (4, "4 127.0.0.1 0 1 1 0 1"));
    drop(old);
    check(&served, &[("add server be/y 127.0.0.1:1", REGISTERED), ("add server be/z 127.0.0.1:1", REGISTERED)]);
    assert_eq!((id_of("y"), id_of("z")), (3, 5));
}

#[test]
fn servers_move() {
    let served = Served::new(CONFIGURATION);
    check(
        &served,
        &[
            ("set server be/a addr", "set server <b>/<s> addr requires an address and optionally a port."),
            ("set server be/a addr foo", "Invalid addr 'foo'"),
            ("set server be/a addr 127.0.0.5", "IP changed from '127.0.0.1' to '127.0.0.5' by 'stats socket command'"),
            ("set server be/a addr 127.0.0.5", "nothing changed"),
            ("set server be/a addr 127.0.0.5 port", "problem converting port '' to an int"),
            ("set server be/a addr 127.0.0.5 port abc", "problem converting port 'abc' to an int"),
            ("set server be/a addr 127.0.0.5 port 0", "port changed from '58211' to '0' by 'stats socket command'"),
            ("set server be/a addr 127.0.0.5 port +1", "port changed from '0' to '+1' by 'stats socket command'"),
            (
                "set server be/a addr ::1 port 18803",
                "IP changed from '127.0.0.5' to '::1', port changed from '+1' to '18803' by 'stats socket command'",
            ),
            ("set server be/a check-port 1", "health checks are not enabled on this server"),
            ("set server be/a check-addr 127.0.0.9", "health checks are not enabled on this server"),
            ("set server be/chk check-port", "set server <b>/<s> check-port requires a port."),
            ("set server be/chk check-port x", "provided port is not an integer"),
            ("set server be/chk check-port 99999", "provided port is invalid"),
            ("set server be/chk check-port 18801", ""),
            (
                "set server be/chk check-addr",
                "set server <b>/<s> check-addr requires an address and optionally a port.",
            ),
            ("set server be/chk check-addr foo", "invalid addr 'foo'"),
            ("set server be/a fqdn", "set server <b>/<s> fqdn requires a FQDN."),
            ("set server be/a fqdn foo", "set server <b>/<s> fqdn failed because no resolution is configured."),
        ],
    );
    assert_eq!(row(&served, "be", "a").unwrap(), "1 ::1 2 0 1 0 18803");
    let check_place = || {
        let model = served.model.load();
        let server =
            Arc::clone(model.backend_named("be").unwrap().backend.as_ref().unwrap().servers.named("chk").unwrap());
        server.check.as_ref().unwrap().address.as_ref().unwrap().to_string()
    };
    assert_eq!(check_place(), "127.0.0.1:18801");
    served.ask("set server be/chk addr 127.0.0.7 port 5\n");
    assert_eq!(check_place(), "127.0.0.7:18801", "checks follow the server");
    check(&served, &[("set server be/chk check-addr 127.0.0.8 port 9", "")]);
    assert_eq!(check_place(), "127.0.0.8:9");
}

#[test]
fn servers_are_renamed() {
    let served = Served::new(CONFIGURATION);
    check(
        &served,
        &[
            ("set server be/chk name", "set server <b>/<s> name requires a new name."),
            (
                "set server be/a name zz",
                "Server must be in maintenance mode to be renamed (set server <b>/<s> state maint).",
            ),
            (
                "set server be/used name zz",
                "Cannot rename: server's name is statically referenced (use-server, track, or sample argument).",
            ),
            ("set server be/chk name a", "A server with the same name already exists in this backend."),
            ("set server be/chk name x!", "Server name contains invalid characters."),
            ("set server be/chk name fresh", "Server name updated."),
            ("enable server be/chk", "No such server."),
            ("enable server be/fresh", ""),
        ],
    );
}

#[test]
fn waiting() {
    let served = Served::new(CONFIGURATION);
    check(
        &served,
        &[
            ("wait", "Expects a duration in milliseconds."),
            ("wait x", "Invalid duration."),
            ("wait 0", "Invalid duration."),
            ("wait -1", "Invalid duration."),
            ("shutdown sessions server", "Require 'backend/server'."),
            ("shutdown sessions server be/nope", "No such server."),
            ("shutdown sessions server be/a", ""),
            ("wait 10", "Done."),
            ("wait 1us", "Done."),
            ("wait 5ms srv-removable", "Missing server name (<backend>/<server>)."),
        ],
    );
    assert!(served.ask("wait -h\n").starts_with("Usage: wait {-h|<duration>} [condition [args...]]\n"));
    assert!(served.ask("wait 1s what\n").starts_with("Usage: wait "));
    assert!(served.ask("add server help\n").starts_with("List of keywords supported for dynamic server:\n"));
}
