//! What a text becomes: every default filled in, every name connected.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is the report")]

mod support;

use burdock_base::{ProxyId, ServerId};
use burdock_config::CommandLine;
use burdock_config::host::FileLimits;
use burdock_model::{
    Address, ConnectionMode, LineFormat, Mode, Model, PersistKind, Proxy, ReuseMode, StatsLevel, SwitchTarget,
};
use burdock_persist::CookieMode;
use burdock_rules::ErrorPage;
use burdock_syntax::Severity;
use support::{Machine, TIMEOUTS, has, listen, load, load_on, messages, model, proxy};

const TUTORIAL: &str = include_str!("ui/tutorial.cfg");

fn binds(proxy: &Proxy) -> Vec<String> {
    proxy.frontend.as_ref().unwrap().binds.iter().map(|bind| bind.address.to_string()).collect()
}

#[test]
fn tutorial() {
    let model = model(TUTORIAL);
    let site = proxy(&model, "my_website_name");
    assert_eq!((site.mode, site.numeric_id, site.disabled), (Mode::Http, 2, false));
    assert_eq!(binds(site), ["0.0.0.0:80"]);
    let frontend = site.frontend.as_ref().unwrap();
    assert_eq!((frontend.maxconn, frontend.default_backend), (40_000, Some(ProxyId(0))));
    assert_eq!(site.http.connection, ConnectionMode::KeepAlive);
    let forward_for = site.http.forward_for.as_ref().unwrap();
    assert_eq!(
        (forward_for.header.as_bytes(), forward_for.except, forward_for.if_none),
        (&b"x-forwarded-for"[..], None, false)
    );
    let times = &site.timeouts;
    assert_eq!((times.client_ms, times.connect_ms, times.server_ms), (Some(30_000), Some(30_000), Some(30_000)));
    assert_eq!(
        (times.queue_ms, times.http_request_ms, times.http_keep_alive_ms),
        (Some(30_000), Some(30_000), Some(30_000))
    );
    assert_eq!((times.tunnel_ms, times.check_ms, times.client_fin_ms), (None, None, None));

    let backend = site.backend.as_ref().unwrap();
    let policy = backend.persistence.as_ref().unwrap().policy();
    assert_eq!((&policy.name[..], policy.mode, policy.indirect), (&b"SRVNAME"[..], CookieMode::Insert, false));
    assert_eq!((backend.retries, backend.redispatch, backend.reuse), (3, None, ReuseMode::Safe));
    assert_eq!((backend.abort_on_close, backend.all_backups, backend.fullconn), (true, false, 4000));
    assert!(backend.smart_connect && site.frontend.as_ref().unwrap().smart_accept);
    let servers: Vec<_> = backend
        .servers
        .iter()
        .map(|server| {
            (server.name.as_str(), server.numeric_id, server.address.to_string(), server.cookie.clone().unwrap())
        })
        .collect();
    assert_eq!(servers[0], ("ServerA", 1, "10.0.0.2:80".into(), b"SA".to_vec()));
    assert_eq!(servers[1], ("ServerB", 2, "10.0.0.3:80".into(), b"SB".to_vec()));
    let check = backend.servers.get(ServerId(0)).unwrap().check.as_ref().unwrap();
    assert_eq!(
        (check.inter_ms, check.fast_inter_ms, check.down_inter_ms, check.rise, check.fall),
        (2000, 2000, 2000, 2, 3)
    );
    assert_eq!((check.timeout_ms, check.address.clone()), (None, None));
    assert_eq!(backend.servers.get(ServerId(0)).unwrap().position, "test.cfg:12");
}

#[test]
fn carriage_returns_and_a_missing_line_end_change_nothing() {
    let text = TUTORIAL.replace('\n', "\r\n");
    let loaded = load(text.trim_end());
    assert!(has(&loaded, Severity::Warning, "truncated-file") && loaded.diagnostics.len() == 1);
    let model = loaded.model.unwrap();
    assert_eq!(proxy(&model, "my_website_name").backend.as_ref().unwrap().servers.len(), 2);
}

#[test]
fn global_sections_are_merged() {
    let model = model(
        "global\n stats socket /run/a level admin mode 600 user web\nglobal\n stats socket 127.0.0.1:9999,127.0.0.1:9998\n \
         stats socket fd@7 level user expose-fd listeners\n stats timeout 5s\n stats maxconn 3\n nbthread 3\n maxconn 77\n daemon\n user \
         web\n gid 5\n chroot /var/empty\n pidfile /run/p\n ulimit-n 9000\n hard-stop-after 30s\n spread-checks 5\n \
         max-spread-checks 1s\n node n1\n description one  two\n localpeer p1\n log-tag tag\n log-send-hostname\n tune.bufsize 20000\n \
         tune.maxrewrite 90000\n tune.http.maxhdr 20\n tune.maxaccept -1\n tune.rcvbuf.client 1k\n",
    );
    let global = &model.global;
    let sockets: Vec<_> = global.stats_sockets.iter().map(|s| (s.address.to_string(), s.level)).collect();
    assert_eq!(
        sockets,
        [
            ("/run/a".to_owned(), StatsLevel::Admin),
            ("127.0.0.1:9999".to_owned(), StatsLevel::Operator),
            ("127.0.0.1:9998".to_owned(), StatsLevel::Operator),
            ("fd@7".to_owned(), StatsLevel::User),
        ]
    );
    assert_eq!(
        (global.stats_sockets[0].permissions.mode, global.stats_sockets[0].permissions.uid),
        (Some(0o600), Some(33))
    );
    assert!(global.stats_sockets[3].inherited.is_some() && global.stats_sockets[3].expose_listeners);
    assert_eq!((global.stats_timeout_ms, global.stats_maxconn, global.threads, global.maxconn), (5000, 3, 3, 77));
    assert_eq!((global.uid, global.gid, global.daemon, global.file_limit), (Some(33), Some(5), true, Some(9000)));
    assert_eq!(global.chroot.as_deref(), Some("/var/empty".as_ref()));
    assert_eq!(global.pid_file.as_deref(), Some("/run/p".as_ref()));
    assert_eq!(
        (global.hard_stop_after_ms, global.spread_checks_percent, global.max_spread_checks_ms),
        (Some(30_000), 5, Some(1000))
    );
    assert_eq!(
        (global.node.as_str(), global.description.as_deref(), global.local_peer.as_str()),
        ("n1", Some("one two"), "p1")
    );
    assert_eq!((global.log_tag.as_str(), global.log_hostname.as_deref()), ("tag", Some("host.example")));
    let tune = &global.tune;
    assert_eq!(
        (tune.buffer_size, tune.max_rewrite, tune.max_headers, tune.max_accept),
        (20_000, 10_000, 20, usize::MAX)
    );
    assert_eq!((tune.client_receive_buffer, tune.client_send_buffer), (Some(1024), None));
}

#[test]
fn what_nothing_was_said_of() {
    let global = model("").global;
    assert_eq!((global.threads, global.stats_timeout_ms, global.stats_maxconn, global.daemon), (2, 10_000, 10, false));
    assert_eq!(
        (global.node.as_str(), global.local_peer.as_str(), global.log_tag.as_str()),
        ("host.example", "host.example", "burdock")
    );
    assert_eq!((global.uid, global.log_hostname.clone(), global.stats_sockets.len()), (None, None, 0));
}

#[test]
fn command_line_comes_first() {
    let command_line = CommandLine {
        maxconn: Some(9),
        proxy_maxconn: Some(4),
        local_peer: Some("cl".into()),
        pid_file: Some("/cl".into()),
        daemon: true,
        program_name: "haproxy".into(),
        ignore_unresolved: true,
        no_server_verification: false,
    };
    let text = format!(
        "global\n maxconn 5\n pidfile /p\nlisten l\n mode http\n bind :80\n{TIMEOUTS} server a nowhere.example:80 check\nlisten m\n \
         maxconn 8\n bind :81\n{TIMEOUTS}"
    );
    let loaded = load_on(&Machine::default(), &text, &command_line, None);
    assert_eq!(messages(&loaded), Vec::<String>::new());
    let model = loaded.model.unwrap();
    assert_eq!((model.global.maxconn, model.process.maxconn(), model.global.local_peer.as_str()), (9, 9, "cl"));
    assert_eq!((model.global.pid_file.as_deref(), model.global.daemon), (Some("/cl".as_ref()), true));
    assert_eq!(model.global.log_tag, "haproxy");
    assert_eq!(proxy(&model, "l").frontend.as_ref().unwrap().maxconn, 4);
    assert_eq!(proxy(&model, "m").frontend.as_ref().unwrap().maxconn, 8);
    let server = &proxy(&model, "l").backend.as_ref().unwrap().servers.get(ServerId(0)).unwrap();
    assert!(server.state.in_maintenance(), "its name is not resolved");
    assert_eq!(loaded.environment.get("HAPROXY_LOCALPEER"), Some(&b"cl"[..]));
    assert_eq!(loaded.environment.get("HAPROXY_CFGFILES"), Some(&b"test.cfg"[..]));
}

#[test]
fn process_limit_follows_from_open_files() {
    let with = |soft, hard, global: &str| {
        let machine = Machine { limits: Some(FileLimits { soft, hard }), ..Machine::default() };
        let text =
            format!("global\n nbthread 1\n{global}listen l\n bind :80\n{TIMEOUTS} server a 127.0.0.1:81 check\n");
        load_on(&machine, &text, &CommandLine::default(), None).model.unwrap().global.maxconn
    };
    let own = 25 + 4 + 1 + 1;
    assert_eq!(with(1000, 20_000, ""), (20_000 - own) / 2, "the limit can be raised");
    assert_eq!(with(1000, 20_000, " ulimit-n 5000\n"), (5000 - own) / 2);
    assert_eq!(with(1000, 20_000, " fd-hard-limit 3000\n"), (3000 - own) / 2);
    assert_eq!(with(10, 10, ""), 1);
    assert_eq!(with(1000, 1000, " maxconn 0\n"), (1000 - own) / 2);
}

#[test]
fn proxies_start_from_their_defaults() {
    let model = model(&format!(
        "defaults\n mode tcp\n timeout client 1s\ndefaults base\n mode http\n{TIMEOUTS} maxconn 5\n retries 7\n option httpclose\n \
         default-server check inter 9s\n cookie A insert\n log 127.0.0.1 local0\n option httplog\n option redispatch\n timeout tunnel 1h\n \
         http-reuse never\n default_backend b\ndefaults other from base\n no log\n log 127.0.0.2 local1\n option http-server-close\n no option \
         redispatch\nfrontend f\n bind :80\nfrontend g from base\n bind :81\n no option httpclose\n option tcplog\nbackend b from base\n \
         default-server rise 5\n server a 127.0.0.1:80 no-check\n server c 127.0.0.1:80\n"
    ));
    let f = proxy(&model, "f");
    assert_eq!((f.mode, f.http.connection, f.log.targets.len()), (Mode::Http, ConnectionMode::ServerClose, 1));
    assert_eq!(f.frontend.as_ref().unwrap().maxconn, 5);
    assert_eq!(f.timeouts.tunnel_ms, Some(3_600_000));
    let g = proxy(&model, "g");
    assert_eq!((g.http.connection, g.log.targets.len(), g.log.format), (ConnectionMode::KeepAlive, 1, LineFormat::Tcp));
    let b = proxy(&model, "b");
    let backend = b.backend.as_ref().unwrap();
    assert_eq!((backend.retries, backend.redispatch, backend.reuse), (7, Some(-1), ReuseMode::Never));
    assert!(backend.servers.get(ServerId(0)).unwrap().check.is_none());
    let check = backend.servers.get(ServerId(1)).unwrap().check.as_ref().unwrap();
    assert_eq!((check.inter_ms, check.rise, check.fall), (9000, 5, 3));
    assert_eq!(model.proxies.iter().map(|proxy| proxy.numeric_id).collect::<Vec<_>>(), [2, 3, 4]);
}

#[test]
fn addresses_of_every_family() {
    let check = |written: &str, expected: &[&str]| {
        let text =
            format!("global\n unix-bind prefix /jail mode 660\nfrontend f\n bind {written}\n timeout client 1s\n");
        let loaded = load(&text);
        assert_eq!(messages(&loaded), Vec::<String>::new(), "{written}");
        let model = loaded.model.unwrap();
        assert_eq!(binds(proxy(&model, "f")), expected, "{written}");
    };
    check(":80", &["0.0.0.0:80"]);
    check("*:80", &["0.0.0.0:80"]);
    check("127.0.0.1:80", &["127.0.0.1:80"]);
    check(":::80", &["[::]:80"]);
    check("[::]:80", &["[::]:80"]);
    check("ipv6@:80", &["[::]:80"]);
    check("ipv4@:80", &["0.0.0.0:80"]);
    check("tcp6@[::1]:80", &["[::1]:80"]);
    check("2001:db8::1:80", &["[2001:db8::1]:80"]);
    check("localhost:80", &["127.0.0.1:80"]);
    check("two.example:80", &["[2001:db8::7]:80"]);
    check("ipv4@two.example:80", &["192.0.2.7:80"]);
    check("127.0.0.1:80-82", &["127.0.0.1:80", "127.0.0.1:81", "127.0.0.1:82"]);
    check("127.0.0.1:80,:81", &["127.0.0.1:80", "0.0.0.0:81"]);
    check("/run/x", &["/jail/run/x"]);
    check("unix@x", &["/jailx"]);
    check("abns@name", &["abns@name"]);
    check("abnsz@name", &["abnsz@name"]);
    check("fd@7", &["fd@7"]);
    check("$ADDRESS:${LISTEN_PORT}", &["192.0.2.9:8080"]);
    check("\"${ADDRESS}:80\"", &["192.0.2.9:80"]);
}

#[test]
fn bind_options() {
    let model = model(
        "global\n nbthread 4\n unix-bind mode 660 gid 9\nfrontend f\n timeout client 1s\n bind :80-81 name x id 7 backlog 5 maxconn 6 \
         interface lo tfo defer-accept mss 1400 tcp-ut 10s transparent v4v6 thread 1,3-9\n bind /run/s mode 600 user root group web\n \
         bind fd@7 thread even v6only\n backlog 33\n",
    );
    let frontend = proxy(&model, "f").frontend.as_ref().unwrap();
    let ids: Vec<_> = frontend.binds.iter().map(|bind| bind.numeric_id).collect();
    assert_eq!((ids, frontend.backlog), (vec![7, 2, 3, 4], Some(33)));
    let first = &frontend.binds[0];
    assert_eq!((first.name.as_deref(), first.maxconn, &first.threads[..]), (Some("x"), 6, &[0, 2, 3][..]));
    let options = &first.options;
    assert_eq!((options.backlog, options.interface.as_deref(), options.fast_open), (Some(5), Some("lo"), true));
    assert_eq!((options.defer_accept, options.max_segment, options.user_timeout_ms), (true, Some(1400), Some(10_000)));
    assert_eq!((options.transparent, options.v6_only), (true, Some(false)));
    let unix = &frontend.binds[2];
    assert_eq!((unix.permissions.mode, unix.permissions.uid, unix.permissions.gid), (Some(0o600), Some(0), Some(33)));
    let inherited = &frontend.binds[3];
    assert!(inherited.inherited.is_some());
    assert_eq!((&inherited.threads[..], inherited.options.v6_only), (&[1, 3][..], Some(true)));
    assert_eq!((inherited.permissions.mode, inherited.permissions.gid), (Some(0o660), Some(9)));
}

#[test]
fn servers() {
    let model = model(&format!(
        "backend b\n mode http\n{}  server a 127.0.0.1 id 7 weight 5 maxconn 6 maxqueue 8 backup disabled source 127.0.0.2:100-200\n \
         server c two.example:+10 check port 99 inter 5s fastinter 1s downinter 9s rise 4 fall 6\n server d /run/d\n server e \
         127.0.0.1:80 check addr 127.0.0.3:70 pool-max-conn 5 pool-purge-delay 1s max-reuse 3\n server f 127.0.0.1:80 \
         check addr 127.0.0.4\n server g nowhere.example:80 init-addr last,libc,none\n server h nowhere.example:80 init-addr \
         127.0.0.5\n server i abns@x source 0.0.0.0 interface lo\n timeout check 4s\n",
        &TIMEOUTS[20..]
    ));
    let servers = &proxy(&model, "b").backend.as_ref().unwrap().servers;
    let ids: Vec<_> = servers.iter().map(|server| server.numeric_id).collect();
    assert_eq!(ids, [7, 2, 3, 4, 5, 6, 8, 9]);
    let a = servers.get(ServerId(0)).unwrap();
    assert_eq!((a.address.to_string(), a.port_offset, a.maxqueue, a.backup), ("127.0.0.1:0".into(), Some(0), 8, true));
    assert_eq!((a.state.weight(), a.state.maxconn(), a.state.in_maintenance()), (5, 6, true));
    let source = a.source.as_ref().unwrap();
    assert_eq!((source.address.to_string(), source.last_port), ("127.0.0.2:100".into(), Some(200)));
    let c = servers.get(ServerId(1)).unwrap();
    assert_eq!((c.address.to_string(), c.port_offset), ("[2001:db8::7]:0".into(), Some(10)));
    let check = c.check.as_ref().unwrap();
    assert_eq!(
        (check.inter_ms, check.fast_inter_ms, check.down_inter_ms, check.rise, check.fall),
        (5000, 1000, 9000, 4, 6)
    );
    assert_eq!(check.address.as_ref().unwrap().to_string(), "[2001:db8::7]:99");
    assert_eq!((check.timeout_ms, check.connect_timeout_ms), (Some(4000), Some(3000)));
    assert_eq!(servers.get(ServerId(2)).unwrap().address, Address::Unix("/run/d".into()));
    let e = servers.get(ServerId(3)).unwrap();
    assert_eq!(e.check.as_ref().unwrap().address.as_ref().unwrap().to_string(), "127.0.0.3:70");
    assert_eq!((e.pool_max_connections, e.pool_purge_delay_ms, e.max_reuse), (Some(5), 1000, Some(3)));
    assert_eq!(
        servers.get(ServerId(4)).unwrap().check.as_ref().unwrap().address.as_ref().unwrap().to_string(),
        "127.0.0.4:80"
    );
    assert!(servers.get(ServerId(5)).unwrap().state.in_maintenance());
    assert_eq!(servers.get(ServerId(6)).unwrap().address.to_string(), "127.0.0.5:80");
    assert_eq!(servers.get(ServerId(7)).unwrap().source.as_ref().unwrap().interface.as_deref(), Some("lo"));
}

#[test]
fn cookies() {
    let policy = |line: &str| {
        let model = listen(line);
        proxy(&model, "l").backend.as_ref().unwrap().persistence.as_ref().unwrap().policy().clone()
    };
    let all = policy(
        " cookie N insert indirect nocache postonly preserve httponly secure domain .a.example domain .b.example maxidle 30m maxlife 8h \
         dynamic attr SameSite=None attr x=y",
    );
    assert_eq!(
        (&all.name[..], all.mode, all.indirect, all.nocache, all.postonly),
        (&b"N"[..], CookieMode::Insert, true, true, true)
    );
    assert_eq!((all.preserve, all.http_only, all.secure, all.dynamic), (true, true, true, true));
    assert_eq!(all.domains, [b".a.example", b".b.example"]);
    assert_eq!(all.attributes, [&b"SameSite=None"[..], b"x=y"]);
    assert_eq!((all.max_idle_s, all.max_life_s), (Some(1800), Some(28_800)));
    assert_eq!(policy(" cookie N rewrite").mode, CookieMode::Rewrite);
    assert_eq!(policy(" cookie N prefix").mode, CookieMode::Prefix);
    assert_eq!(policy(" cookie N indirect").mode, CookieMode::Passive);
    assert_eq!(policy(" cookie N insert maxidle 0").max_idle_s, None);

    let dynamic = listen(
        " cookie N insert dynamic\n dynamic-cookie-key secret\n server b 127.0.0.1:82 cookie own\n server c /run/c",
    );
    let servers = &proxy(&dynamic, "l").backend.as_ref().unwrap().servers;
    assert_eq!(servers.get(ServerId(0)).unwrap().cookie.as_deref(), Some(&b"own"[..]));
    assert_eq!(servers.get(ServerId(1)).unwrap().cookie, None, "no address to make it from");
    let made = servers.get(ServerId(2)).unwrap().cookie.clone().unwrap();
    assert_eq!((made.len(), made.iter().all(u8::is_ascii_hexdigit)), (16, true));
    let without_key = listen(" cookie N insert dynamic");
    assert_eq!(proxy(&without_key, "l").backend.as_ref().unwrap().servers.get(ServerId(0)).unwrap().cookie, None);
}

#[test]
fn failures_and_persistence() {
    let model = listen(
        " retries 0\n option redispatch 2\n retry-on 503 empty-response\n http-reuse always\n option persist\n option allbackups\n no \
         option abortonclose\n option prefer-last-server\n no option tcp-smart-connect\n no \
         option tcp-smart-accept\n fullconn 55\n source 127.0.0.9\n acl local src 127.0.0.1\n force-persist if \
         local\n ignore-persist unless local",
    );
    let site = proxy(&model, "l");
    let backend = site.backend.as_ref().unwrap();
    assert_eq!((backend.retries, backend.redispatch, backend.reuse), (0, Some(2), ReuseMode::Always));
    assert_eq!((backend.persist, backend.all_backups, backend.abort_on_close), (true, true, false));
    assert!(!backend.smart_connect && !site.frontend.as_ref().unwrap().smart_accept);
    assert!(site.http.prefer_last_server);
    assert_eq!(backend.fullconn, 55);
    assert_eq!(
        (backend.retry_on.statuses.clone(), backend.retry_on.empty_response, backend.retry_on.conn_failure),
        (vec![503], true, false)
    );
    assert_eq!(backend.source.as_ref().unwrap().address.to_string(), "127.0.0.9:0");
    assert_eq!(
        backend.persist_rules.iter().map(|rule| rule.kind).collect::<Vec<_>>(),
        [PersistKind::Force, PersistKind::Ignore]
    );

    let all = listen(" retry-on all-retryable-errors").proxies[0].backend.as_ref().unwrap().retry_on.clone();
    assert_eq!(all.statuses, [500, 502, 503, 504]);
    assert!(all.conn_failure && all.empty_response && all.junk_response && all.response_timeout && all.early_rejected);
    let none = listen(" retry-on none").proxies[0].backend.as_ref().unwrap().retry_on.clone();
    assert!(!none.conn_failure && !none.needs_request());
    for (line, expected) in
        [("option redispatch", Some(-1)), ("option redispatch 0", None), ("no option redispatch", None)]
    {
        assert_eq!(listen(&format!(" {line}")).proxies[0].backend.as_ref().unwrap().redispatch, expected, "{line}");
    }
    assert!(listen(" source 0.0.0.0").proxies[0].backend.as_ref().unwrap().source.is_none());
}

#[test]
fn connection_modes() {
    for (lines, expected) in [
        ("", ConnectionMode::KeepAlive),
        (" option httpclose\n option http-server-close", ConnectionMode::ServerClose),
        (" option http-server-close\n option httpclose", ConnectionMode::Close),
        (" option httpclose\n no option http-server-close", ConnectionMode::Close),
        (" option httpclose\n no option httpclose", ConnectionMode::KeepAlive),
    ] {
        assert_eq!(listen(lines).proxies[0].http.connection, expected, "{lines}");
    }
}

#[test]
fn forwardfor() {
    let model = listen(" option forwardfor except 10.0.0.0/255.0.0.0 header X-Client if-none");
    let line = model.proxies[0].http.forward_for.clone().unwrap();
    assert_eq!(
        (line.header.as_bytes(), line.except, line.if_none),
        (&b"x-client"[..], Some(("10.0.0.0".parse().unwrap(), 8)), true)
    );
}

#[test]
fn timeouts_fill_one_another_in() {
    let check = |lines: &str, queue, tarpit, request, keep_alive| {
        let times = listen(lines).proxies[0].timeouts.clone();
        let found = (times.queue_ms, times.tarpit_ms, times.http_request_ms, times.http_keep_alive_ms);
        assert_eq!(found, (Some(queue), Some(tarpit), Some(request), Some(keep_alive)), "{lines}");
    };
    check("", 3000, 3000, 10_000, 10_000);
    check(" timeout queue 1s\n timeout tarpit 2s", 1000, 2000, 10_000, 10_000);
    check(" timeout http-request 5s", 3000, 3000, 5000, 5000);
    check(" timeout http-request 5s\n timeout http-keep-alive 200", 3000, 3000, 5000, 200);
}

#[test]
fn requests_find_their_backends() {
    let model = model(&format!(
        "defaults\n mode http\n{TIMEOUTS}frontend f\n bind :80\n acl x path_beg /x\n use_backend two if x\n use_backend l unless x\n \
         default_backend one\nbackend one\n server a 127.0.0.1:1\nbackend two\n server a 127.0.0.1:1\nlisten l\n bind :81\n server a \
         127.0.0.1:1\nfrontend none\n maxconn 100\n bind :82\n"
    ));
    let frontend = proxy(&model, "f").frontend.as_ref().unwrap();
    assert_eq!(frontend.default_backend, Some(ProxyId(1)));
    let targets: Vec<_> = frontend
        .switch_rules
        .iter()
        .map(|rule| match &rule.target {
            SwitchTarget::Backend(id) => id.0,
            SwitchTarget::Named(_) => panic!("a fixed name"),
        })
        .collect();
    assert_eq!(targets, [2, 3]);
    assert_eq!(proxy(&model, "l").frontend.as_ref().unwrap().default_backend, Some(ProxyId(3)));
    assert_eq!(proxy(&model, "none").frontend.as_ref().unwrap().default_backend, None);
    let tenth = model.global.maxconn.div_ceil(10);
    let fullconn = |name| proxy(&model, name).backend.as_ref().unwrap().fullconn;
    assert_eq!(
        (fullconn("one"), fullconn("two"), fullconn("l")),
        (tenth, tenth, (2 * model.global.maxconn).div_ceil(10))
    );
}

#[test]
fn disabled_sections_are_not_looked_at_closely() {
    let model = model("listen l\n disabled\n bind :80\n default_backend nowhere\n server a nowhere.example:80 check\n");
    assert!(proxy(&model, "l").disabled);
}

#[test]
fn error_files() {
    let machine = Machine::default()
        .with_file("/etc/errors/503.http", "HTTP/1.0 503 Out\r\nX-A: b\r\n\r\nsorry")
        .with_file("etc/../503.http", "HTTP/1.0 503 Out\n\n")
        .with_file("/origin/503.http", "HTTP/1.0 503 Out\n\norigin");
    let reply = |global: &str, file: &str| {
        let text = format!("{global}backend b\n mode http\n errorfile 503 {file}\n errorfile 400 /dev/null\n");
        let loaded = load_on(&machine, &text, &CommandLine::default(), None);
        let model = loaded.model.unwrap_or_else(|| panic!("{global} {file}"));
        let pages = &model.proxies[0].error_pages;
        assert!(matches!(pages[&400], ErrorPage::Ready(None)));
        let ErrorPage::Ready(Some(reply)) = &pages[&503] else { panic!("{global} {file}") };
        reply.clone()
    };
    assert_eq!(&reply("", "/etc/errors/503.http").body[..], b"sorry");
    assert_eq!(&reply("global\n default-path origin /origin\n", "503.http").body[..], b"origin");
    assert_eq!(&reply("global\n default-path origin /origin\n", "/etc/errors/503.http").body[..], b"sorry");
    assert!(has(&load("backend b\n errorfile 503 /nowhere\n"), Severity::Error, "bad-errorfile"));
}

#[test]
fn environment_changes_are_seen_by_the_next_line() {
    let text = "global\n setenv PORT 81\n presetenv PORT 82\n setenv GONE x\n unsetenv GONE\nfrontend f\n bind \":${PORT}\"\n bind \
                \"127.0.0.1:8${GONE-3}\"\n timeout client 1s\n";
    let loaded = load(text);
    let model = loaded.model.unwrap();
    assert_eq!(binds(proxy(&model, "f")), ["0.0.0.0:81", "127.0.0.1:83"]);
    assert_eq!(loaded.environment.get("PORT"), Some(&b"81"[..]));
    let reset = load("global\n resetenv LISTEN_PORT\n");
    assert_eq!(reset.environment.get("ADDRESS"), None);
    assert_eq!(reset.environment.get("LISTEN_PORT"), Some(&b"8080"[..]));
}

#[test]
fn removed_keywords_keep_their_meaning() {
    let loaded = load(
        "global\n nbproc 3\ndefaults\n mode http\n contimeout 1000\n clitimeout 2s\n srvtimeout 3000\n option forceclose\n redispatch\nlisten \
         old 127.0.0.1:80\n dispatch 127.0.0.1:81\nfrontend same\n bind :82 process 1/2-3\n default_backend same\nbackend same\n server a \
         127.0.0.1:83\n",
    );
    assert!(!loaded.diagnostics.has_errors(), "{:?}", messages(&loaded));
    let model = loaded.model.unwrap();
    let old = proxy(&model, "old");
    assert_eq!(
        (old.timeouts.connect_ms, old.timeouts.client_ms, old.timeouts.server_ms),
        (Some(1000), Some(2000), Some(3000))
    );
    assert_eq!((old.http.connection, binds(old)), (ConnectionMode::Close, vec!["127.0.0.1:80".to_owned()]));
    let backend = old.backend.as_ref().unwrap();
    assert_eq!(
        (backend.redispatch, backend.servers.get(ServerId(0)).unwrap().address.to_string()),
        (Some(-1), "127.0.0.1:81".into())
    );
    assert_eq!(model.global.threads, 3);
    let same = proxy(&model, "same").frontend.as_ref().unwrap();
    assert_eq!((same.default_backend, &same.binds[0].threads[..]), (Some(ProxyId(2)), &[1, 2][..]));
}

#[test]
fn all_faults_are_found_at_once() {
    let loaded = load(
        "global\n nosuch\nfrontend f\n bind 127.0.0.1\n default_backend b\n timeout client x\nbackend b\n server a\n balance x\n",
    );
    let found: Vec<_> = messages(&loaded).into_iter().filter(|message| message.starts_with("error")).collect();
    assert_eq!(found.len(), 5, "{found:?}");
    assert!(loaded.model.is_none());
}

#[test]
fn zero_warning_makes_warnings_fatal() {
    let loaded = load("global\n zero-warning\nfrontend f\n bind :80\n");
    assert!(loaded.model.is_none() && has(&loaded, Severity::Error, "zero-warning"));
    assert!(load("global\n zero-warning\n thread-groups 1\n").model.is_some(), "advice is none");
}

#[test]
fn a_new_model_carries_on_with_what_is_the_same() {
    let text = |second: &str| {
        format!(
            "listen l\n mode http\n bind :80\n{TIMEOUTS} server a 127.0.0.1:1\n {second}\nbackend other\n{} server z 127.0.0.1:9\n",
            &TIMEOUTS[20..]
        )
    };
    let first = model(&text("server b 127.0.0.1:2"));
    let reload = |text: &str| load_on(&Machine::default(), text, &CommandLine::default(), Some(&first)).model.unwrap();
    let backend = |model: &Model, name: &str| proxy(model, name).backend.as_ref().unwrap().state.clone();
    let server = |model: &Model, at: usize| {
        proxy(model, "l").backend.as_ref().unwrap().servers.iter().nth(at).unwrap().state.clone()
    };
    let same = |a: &std::sync::Arc<burdock_state::Server>, b: &std::sync::Arc<burdock_state::Server>| {
        std::sync::Arc::ptr_eq(a, b)
    };

    let unchanged = reload(&text("server b 127.0.0.1:2 maxqueue 5"));
    assert!(std::sync::Arc::ptr_eq(&unchanged.process, &first.process));
    assert!(same(&server(&unchanged, 0), &server(&first, 0)) && same(&server(&unchanged, 1), &server(&first, 1)));
    assert!(std::sync::Arc::ptr_eq(&backend(&unchanged, "l"), &backend(&first, "l")));

    let moved = reload(&text("server b 127.0.0.1:3"));
    assert!(same(&server(&moved, 0), &server(&first, 0)));
    assert!(!same(&server(&moved, 1), &server(&first, 1)), "another address");
    assert!(
        !std::sync::Arc::ptr_eq(&backend(&moved, "l"), &backend(&first, "l")),
        "its queue hands out slots of other servers"
    );
    assert!(std::sync::Arc::ptr_eq(&backend(&moved, "other"), &backend(&first, "other")));

    let threads = reload(&format!("global\n nbthread 5\n{}", text("server b 127.0.0.1:2")));
    assert!(!same(&server(&threads, 0), &server(&first, 0)), "counters are made for a number of threads");
}

#[test]
fn slots_of_inherited_rules_come_first() {
    let text = "defaults common\n mode http\n timeout client 1s\n http-request capture path len 64\n\
        frontend a from common\n bind :80\n declare capture request len 32\n http-request capture method id 1\n\
        frontend b from common\n bind :81\n http-request capture method len 3\n";
    let model = model(text);
    for (name, expected) in [("a", [64, 32]), ("b", [64, 3])] {
        let slots = &proxy(&model, name).frontend.as_ref().unwrap().captures.request;
        assert_eq!(slots.iter().map(|slot| slot.length).collect::<Vec<_>>(), expected, "{name}");
    }
}

#[test]
fn rules_of_defaults_fit_one_kind_of_section() {
    let defaults = format!("defaults d\n mode http\n{TIMEOUTS} http-request set-header a b\n");
    for (sections, refused) in [
        ("backend f from d\nbackend z from d\n", false),
        ("listen l from d\n bind :80\n", true),
        ("defaults e from d\n", true),
        ("backend f from d\nfrontend g from d\n bind :80\n", true),
    ] {
        let found = messages(&load(&format!("{defaults}{sections}")));
        assert_eq!(found.iter().any(|message| message.contains("cannot start from")), refused, "{sections}: {found:?}");
    }
}

#[test]
fn variables_of_the_process_have_first_values() {
    let text = "global\n    set-var proc.a int(12)\n    set-var proc.b var(proc.a),mul(2)\n    set-var-fmt proc.c \"%[var(proc.b)] units\"\n";
    let model = model(text);
    let value = |slot: u32| model.directory.variables.read(slot, Clone::clone);
    assert_eq!(value(0), Some(burdock_state::Stored::Int(12)));
    assert_eq!(value(1), Some(burdock_state::Stored::Int(24)));
    assert_eq!(value(2), Some(burdock_state::Stored::Str(b"24 units".as_slice().into())));
    for (line, code) in [
        ("set-var txn.a int(1)", "bad-argument"),
        ("set-var proc.a path", "misplaced-sample"),
        ("set-var proc.a nosuch", "unknown-name"),
    ] {
        let loaded = load(&format!("global\n    {line}\n"));
        assert!(has(&loaded, Severity::Error, code), "{line}: {:?}", messages(&loaded));
    }
}
