//! Stick tables: sessions stick by a key in place of a cookie, clients are counted and refused by what they did, operators see and change
//! what is known.

use burdock_testkit::http::response;
use burdock_testkit::wait::until;
use burdock_testkit::{Backend, End, Proxy, Response};

use crate::support::{Site, burdock, obedient, server_of};

/// The value that `show table` gives for a name, of the entry with a key.
fn shown(proxy: &Proxy, table: &str, key: &str, name: &str) -> Option<String> {
    let text = proxy.cli(&format!("show table {table}"));
    let line = text.lines().find(|line| line.contains(&format!("key={key} ")))?;
    let value = line.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    Some(value.unwrap_or_else(|| panic!("{name} in {line}")).to_owned())
}

fn servers<'r>(responses: impl IntoIterator<Item = &'r Response>) -> String {
    responses.into_iter().map(server_of).collect()
}

#[test]
fn sessions_stick_by_a_header_and_move_when_their_server_goes() {
    let site = Site::start(
        "option redispatch 1
        retries 1
        stick-table type string len 32 size 1k expire 30s
        stick on req.hdr(x-user)",
    );
    let ask = |user: &str| site.get("/", &[&format!("X-User: {user}")]);
    let first: Vec<_> = ["ann", "bob"].iter().map(|user| ask(user)).collect();
    assert_eq!(servers(&first), "AB", "new users are balanced");
    for _ in 0..3 {
        assert_eq!(servers(&[ask("bob"), ask("bob"), ask("ann")]), "BBA");
    }
    assert_eq!(shown(&site.proxy, "web", "bob", "server_key").as_deref(), Some("B"));
    // In maintenance: the user moves, and stays where he went when the server is back.
    site.proxy.cli("set server web/B state maint");
    assert_eq!(servers(&[ask("bob"), ask("bob")]), "AA");
    site.proxy.cli("set server web/B state ready");
    assert_eq!(servers(&[ask("bob"), ask("bob")]), "AA");
    // Draining: those who are bound stay.
    site.proxy.cli("set server web/A state drain");
    assert_eq!(servers(&[ask("bob"), ask("carl"), ask("carl"), ask("bob")]), "ABBA");
    site.proxy.cli("set server web/A state ready");
    // An operator may move a user, and forget one.
    site.proxy.cli("set table web key carl data.server_id 1");
    assert_eq!(shown(&site.proxy, "web", "carl", "server_id").as_deref(), Some("1"));
    site.proxy.cli("clear table web key ann");
    assert_eq!(shown(&site.proxy, "web", "ann", "server_id"), None);
}

#[test]
fn a_server_that_cannot_be_reached_is_left_only_where_that_is_allowed() {
    let gone = Backend::named("gone").stop();
    for (redispatch, status, afterwards) in [("option redispatch 1", 200, "1"), ("no option redispatch", 503, "2")] {
        let a = Backend::named("A");
        let proxy = burdock().start(&format!(
            "global\n stats socket @dir@/cli level admin\nlisten web\n bind 127.0.0.1:@web@\n mode http\n \
             timeout connect 5s\n timeout client 5s\n timeout server 5s\n retries 1\n {redispatch}\n \
             stick-table type ip size 10 expire 30s\n stick on src\n \
             server A 127.0.0.1:{}\n server B 127.0.0.1:{}\n",
            a.port(),
            gone.port()
        ));
        proxy.cli("set table web key 127.0.0.1 data.server_id 2");
        assert_eq!(proxy.client("web").get("/", &[]).status(), status, "{redispatch}");
        assert_eq!(shown(&proxy, "web", "127.0.0.1", "server_id").as_deref(), Some(afterwards), "{redispatch}");
    }
}

#[test]
fn cookies_come_first_and_tables_learn_from_both_sides() {
    let site = Site::with(
        obedient("A"),
        obedient("B"),
        "cookie SRV insert indirect nocache
        stick-table type string len 16 size 1k expire 30s
        stick match req.cook(SID)
        stick store-response res.cook(SID) unless { res.hdr(x-secret) -m found }",
    );
    let login = site.get("/", &["X-Add: Set-Cookie: SID=s1"]);
    let home = server_of(&login).to_owned();
    assert_eq!(shown(&site.proxy, "web", "s1", "server_key"), Some(home.clone()));
    for n in 0..4 {
        let (answer, line) = site.get_logged(&format!("/{n}"), &["Cookie: SID=s1"]);
        assert_eq!((server_of(&answer), answer.header("set-cookie")), (&*home, None), "it is bound already");
        assert_eq!(line.flags, "--NN");
    }
    let other = if home == "A" { "B" } else { "A" };
    let cookie = format!("Cookie: SID=s1; SRV=S{other}");
    assert_eq!(server_of(&site.get("/", &[&cookie])), other, "the persistence cookie counts");
    site.get("/", &["X-Add: Set-Cookie: SID=s2", "X-Add: X-Secret: yes"]);
    assert_eq!(shown(&site.proxy, "web", "s2", "server_id"), None);
}

#[test]
fn tables_are_shared_by_number_and_by_name_and_some_servers_are_left_out() {
    let (a, b) = (Backend::named("A"), Backend::named("B"));
    let proxy = burdock().start(&format!(
        "global\n stats socket @dir@/cli level admin\ndefaults\n mode http\n timeout connect 5s\n timeout client 5s\n \
         timeout server 5s\n balance roundrobin\n\
         listen one\n bind 127.0.0.1:@one@\n stick on req.hdr(x-user) table users\n server A 127.0.0.1:{0} id 7\n \
         server B 127.0.0.1:{1} id 9\n\
         listen two\n bind 127.0.0.1:@two@\n stick on req.hdr(x-user) table users\n server B 127.0.0.1:{1} id 3\n \
         server other 127.0.0.1:{0} id 7\n\
         listen aside\n bind 127.0.0.1:@aside@\n stick-table type string len 8 size 10 srvkey addr\n \
         stick on req.hdr(x-user)\n server A 127.0.0.1:{0} non-stick\n\
         backend users\n stick-table type string len 8 size 10 expire 1m\n",
        a.port(),
        b.port()
    ));
    let ask = |port: &str, user: &str| proxy.client(port).get("/", &[&format!("X-User: {user}")]);
    let first: Vec<_> = ["ann", "bob"].iter().map(|user| ask("one", user)).collect();
    assert_eq!(servers(&first), "AB");
    // The name of A is not known there: its number is. The name of B is, with another number.
    assert_eq!(servers(&[ask("two", "ann"), ask("two", "bob"), ask("two", "ann"), ask("two", "bob")]), "ABAB");
    ask("aside", "ann");
    assert_eq!(shown(&proxy, "aside", "ann", "server_id"), None);
}

#[test]
fn connections_of_mode_tcp_stick_by_their_source() {
    let (a, b) = (Backend::named("A"), Backend::named("B"));
    let proxy = burdock().start(&format!(
        "global\n stats socket @dir@/cli level admin\nlisten tcp\n bind 127.0.0.1:@tcp@\n mode tcp\n balance roundrobin\n \
         timeout connect 5s\n timeout client 5s\n timeout server 5s\n stick-table type ipv6 size 10 srvkey addr\n \
         stick on src\n server A 127.0.0.1:{}\n server B 127.0.0.1:{}\n",
        a.port(),
        b.port()
    ));
    for _ in 0..3 {
        assert_eq!(server_of(&proxy.client("tcp").get("/", &[])), "A");
    }
    let key = format!("127.0.0.1:{}", a.port());
    assert_eq!(shown(&proxy, "tcp", "::ffff:127.0.0.1", "server_key"), Some(key));
}

const COUNTED: &str = "conn_cnt,conn_cur,sess_cnt,http_req_cnt,http_err_cnt,http_fail_cnt,bytes_in_cnt,bytes_out_cnt";

#[test]
fn what_clients_do_is_counted() {
    let (a, b) = (obedient("A"), obedient("B"));
    let proxy = burdock().start(&format!(
        "global\n stats socket @dir@/cli level admin\ndefaults\n mode http\n timeout connect 5s\n timeout client 5s\n \
         timeout server 5s\n\
         frontend web\n bind 127.0.0.1:@web@\n stick-table type ip size 10 expire 1m store {COUNTED}\n \
         tcp-request connection track-sc0 src\n http-request track-sc1 req.hdr(x-user) table users\n \
         http-request deny if {{ path /deny }}\n http-request return status 404 if {{ path /none }}\n default_backend app\n\
         backend app\n http-response track-sc2 res.hdr(x-user) table users\n server A 127.0.0.1:{}\n server B 127.0.0.1:{}\n\
         backend users\n stick-table type string size 10 expire 1m store {COUNTED}\n",
        a.port(),
        b.port()
    ));
    let counted = |table: &str, key: &str| {
        let value = |name: &str| shown(&proxy, table, key, name).unwrap_or_default();
        ["conn_cnt", "conn_cur", "sess_cnt", "http_req_cnt", "http_err_cnt", "http_fail_cnt"].map(value).join(" ")
    };
    // What a request tracks is let go behind its answer.
    let await_counted = |table: &str, key: &str, expected: &str| {
        until(&format!("{key} to be counted as {expected}"), || (counted(table, key) == expected).then_some(()));
    };
    let mut client = proxy.client("web");
    for (path, fields, status) in [
        ("/", &["X-User: ann"][..], 200),
        ("/", &["X-User: ann", "X-Status: 404"], 404),
        ("/", &["X-User: ann", "X-Status: 500"], 500),
        ("/", &["X-User: ann", "X-Status: 501"], 501),
        ("/", &["X-Status: 404", "X-Add: X-User: bob"], 404),
        ("/none", &["X-User: ann"], 404),
    ] {
        assert_eq!(client.get(path, fields).status(), status);
    }
    // The connection is one and open; its requests are counted as connections where they are tracked by themselves.
    await_counted("web", "127.0.0.1", "1 1 1 6 2 1");
    await_counted("users", "ann", "5 0 0 5 1 1");
    await_counted("users", "bob", "1 0 0 1 1 0");
    assert_eq!(client.get("/deny", &["X-User: ann"]).status(), 403);
    await_counted("users", "ann", "6 0 0 6 2 1");
    let before = shown(&proxy, "users", "ann", "bytes_out_cnt");
    assert_eq!(proxy.client("web").get("/none", &["X-User: ann"]).status(), 404);
    assert_eq!(shown(&proxy, "users", "ann", "bytes_out_cnt"), before, "our own answers are not counted");
    assert_eq!(proxy.client("web").request("nothing of HTTP\r\n\r\n").status(), 400);
    until("nine requests, four at fault", || counted("web", "127.0.0.1").ends_with(" 9 4 1").then_some(()));
}

#[test]
fn clients_are_refused_by_what_they_did() {
    let a = Backend::answering(|_| response(200, &[], "a"));
    let proxy = burdock().start(&format!(
        "global\n stats socket @dir@/cli level admin\ndefaults\n mode http\n timeout connect 5s\n timeout client 5s\n \
         timeout server 5s\n\
         frontend web\n bind 127.0.0.1:@web@\n stick-table type ip size 10 expire 1m store http_req_rate(60s),gpc0\n \
         http-request track-sc0 src\n acl greedy sc0_http_req_rate gt 3\n acl marked sc0_get_gpc0 gt 0\n \
         http-request sc-inc-gpc0(0) if greedy\n http-request deny deny_status 429 if greedy or marked\n default_backend app\n\
         backend app\n server A 127.0.0.1:{}\n",
        a.port()
    ));
    let mut client = proxy.client("web");
    let statuses: Vec<_> = (0..5).map(|_| client.get("/", &[]).status()).collect();
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    assert_eq!(shown(&proxy, "web", "127.0.0.1", "gpc0").as_deref(), Some("2"));
    // An entry that a request uses stays, and a request is over a moment behind its answer.
    until("the request to end", || (shown(&proxy, "web", "127.0.0.1", "use")? == "0").then_some(()));
    proxy.cli("clear table web data.gpc0 gt 1");
    assert_eq!(proxy.client("web").get("/", &[]).status(), 200, "it is forgotten");
}

/// What `show table` says, with what differs each time made the same.
fn listing(text: &str) -> String {
    let words = text.split_inclusive([' ', '\n']).map(|word| match word.split_at_checked(4) {
        Some(("exp=", _)) => "exp=N ",
        Some((start, _)) if start.starts_with("0x") => "0xP: ",
        _ => word,
    });
    words.collect()
}

#[test]
fn operators_see_and_change_what_is_known() {
    let proxy = burdock().start(
        "global\n stats socket @dir@/cli level admin\n stats socket @dir@/guest level user\ndefaults\n mode http\n \
         timeout connect 5s\n timeout server 5s\n\
         backend ip\n stick-table type ip size 10 store gpc0,conn_rate(10s)\n\
         backend text\n stick-table type string len 4 size 10 expire 1m store gpt(2),gpc_rate(2,1s),bytes_in_cnt\n \
         stick on src\n server A 127.0.0.1:1\n\
         backend bin\n stick-table type binary len 2 size 10\n",
    );
    for (command, expected) in [
        (
            "show table",
            "# table: bin, type: binary, size:10, used:0\n# table: text, type: string, size:10, used:0\n\
            # table: ip, type: ip, size:10, used:0\n\n",
        ),
        ("show table none", "No such table\n\n"),
        ("set table ip key 10.0.0.1 data.gpc0 5 data.conn_rate 3", "\n"),
        ("set table ip key 10.0.0.2 data.gpc0 -1", "\n"),
        (
            "show table ip",
            "# table: ip, type: ip, size:10, used:2\n0xP: key=10.0.0.1 use=0 exp=N shard=0 gpc0=5 conn_rate(10000)=3\n\
             0xP: key=10.0.0.2 use=0 exp=N shard=0 gpc0=4294967295 conn_rate(10000)=0\n\n",
        ),
        (
            "show table ip data.gpc0 gt 5 data.conn_rate eq 0",
            "# table: ip, type: ip, size:10, used:2\n\
             0xP: key=10.0.0.2 use=0 exp=N shard=0 gpc0=4294967295 conn_rate(10000)=0\n\n",
        ),
        ("set table text key abcdef data.gpt[1] 7 data.gpc_rate 1 data.server_id 1", "\n"),
        (
            "show table text key abcd",
            "# table: text, type: string, size:10, used:1\n0xP: key=abcd use=0 exp=N shard=0 server_id=1 bytes_in_cnt=0 \
             server_key=- gpt0=0 gpt1=7 gpc0_rate(1000)=1 gpc1_rate(1000)=0\n\n",
        ),
        ("show table text key none", "\n"),
        (
            "show table ip foo",
            "Optional argument only supports \"data.<store_data_type>\" <operator> <value> or key <key> or ptr <ptr>\n\n",
        ),
        ("show table ip data.foo eq 1", "Filter entry #1: Unknown data type\n\n"),
        ("show table ip data.gpc1 eq 1", "Filter entry #1: Data type not stored in this table\n\n"),
        (
            "show table ip data.gpc0 is 1",
            "Filter entry #1: Require and operator among \"eq\", \"ne\", \"le\", \"ge\", \"lt\", \"gt\"\n\n",
        ),
        ("show table ip data.gpc0 eq", "Filter entry #1: Require a valid integer value to compare against\n\n"),
        ("show table ip key", "Key value expected\n\n"),
        ("show table ip key abc", "Invalid key\n\n"),
        ("show table ip ptr 0x1", "No entry can be found matching ptr.\n\n"),
        ("show table ip ptr x", "Pointer expected (0xffff notation)\n\n"),
        (
            "show table bin key 00",
            "Showing keys from tables of type other than ip, ipv6, string and integer is not supported\n\n",
        ),
        ("set table ip key 10.0.0.1 data.gpc1 5", "Data type not stored in this table\n\n"),
        ("set table ip key 10.0.0.1 data.gpc0 x", "Require a valid integer value to store\n\n"),
        ("set table ip key 10.0.0.1 gpc0 1", "\"data.<type>\" followed by a value expected\n\n"),
        ("set table ip key 10.0.0.9 data.gpc0", "Require a valid integer value to store\n\n"),
        ("clear table ip data.gpc0 le 5", "\n"),
        (
            "show table ip",
            "# table: ip, type: ip, size:10, used:1\n\
             0xP: key=10.0.0.2 use=0 exp=N shard=0 gpc0=4294967295 conn_rate(10000)=0\n\n",
        ),
        ("clear table ip", "\n"),
        ("show table ip", "# table: ip, type: ip, size:10, used:0\n\n"),
        ("clear table text key abcd", "\n"),
        ("show table text", "# table: text, type: string, size:10, used:0\n\n"),
    ] {
        let said = listing(&proxy.cli(command));
        assert_eq!(said.trim_end_matches('\n'), expected.trim_end_matches('\n'), "{command}");
    }
    // An entry can be meant by where it is, as long as it is there.
    proxy.cli("set table text key k");
    let place = proxy.cli("show table text").lines().nth(1).and_then(|line| line.split(':').next()).unwrap().to_owned();
    proxy.cli(&format!("set table text ptr {place} data.gpt[0] 9"));
    assert_eq!(shown(&proxy, "text", "k", "gpt0").as_deref(), Some("9"));
    proxy.cli(&format!("clear table text ptr {place}"));
    assert_eq!(shown(&proxy, "text", "k", "gpt0"), None);
}

#[test]
fn what_is_tracked_stays_and_what_has_expired_goes() {
    let a = Backend::named("A");
    let proxy = burdock().start(&format!(
        "global\n stats socket @dir@/cli level admin\ndefaults\n mode http\n timeout connect 5s\n timeout client 5s\n \
         timeout server 5s\n\
         listen web\n bind 127.0.0.1:@web@\n stick-table type ip size 10 expire 300ms store conn_cur,conn_cnt\n \
         tcp-request connection track-sc0 src\n tcp-request connection reject if {{ sc0_conn_cur gt 2 }}\n \
         server A 127.0.0.1:{}\n",
        a.port()
    ));
    let mut first = proxy.client("web");
    let mut second = proxy.client("web");
    assert_eq!((first.get("/", &[]).status(), second.get("/", &[]).status()), (200, 200));
    let third = proxy.client("web").end();
    assert!(third == End::Reset || third == End::Closed(Vec::new()), "{third:?}");
    assert_eq!(proxy.cli("clear table web key 127.0.0.1").trim(), "Entry currently in use, cannot remove");
    drop((first, second));
    until("the entry to go", || (!proxy.cli("show table web").contains("key=")).then_some(()));
}

#[test]
fn prometheus_is_told_of_tables() {
    let proxy = burdock().start(
        "global\n stats socket @dir@/cli level admin\ndefaults\n mode http\n timeout client 5s\n\
         frontend web\n bind 127.0.0.1:@web@\n stick-table type ip size 1k\n http-request track-sc0 src\n \
         http-request use-service prometheus-exporter\n",
    );
    let told = proxy.client("web").get("/metrics?scope=sticktable", &[]).text();
    assert!(told.contains("haproxy_sticktable_size{name=\"web\",type=\"ip\"} 1024\n"), "{told}");
    assert!(told.contains("haproxy_sticktable_used{name=\"web\",type=\"ip\"} 1\n"), "{told}");
}
