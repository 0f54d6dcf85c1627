//! Lines of sections, and lines of `bind` and `server` with one option.

use burdock_config::catalogue::{Entry, Place};

use super::row;

/// Arguments of keywords of the `global` section.
const GLOBAL: &[(&str, &str)] = &[
    ("chroot", "/var/empty"),
    ("default-path", "config"),
    ("description", "\"The shop's front door\""),
    ("fd-hard-limit", "50000"),
    ("gid", "99"),
    ("group", "root"),
    ("h1-case-adjust", "content-length Content-Length"),
    ("hard-stop-after", "30s"),
    ("localpeer", "lb1"),
    ("log", "127.0.0.1:514 local0"),
    ("log-send-hostname", "lb1"),
    ("log-tag", "shop"),
    ("max-spread-checks", "10s"),
    ("maxconn", "20000"),
    ("nbthread", "4"),
    ("node", "lb1"),
    ("pidfile", "/run/burdock.pid"),
    ("presetenv", "STAGE production"),
    ("resetenv", "PATH"),
    ("setenv", "STAGE production"),
    ("spread-checks", "5"),
    ("stats maxconn", "20"),
    ("stats socket", "/run/burdock.sock mode 660 level admin"),
    ("stats timeout", "1m"),
    ("tune.bufsize", "32768"),
    ("tune.http.logurilen", "2048"),
    ("tune.http.maxhdr", "128"),
    ("tune.maxaccept", "64"),
    ("tune.maxrewrite", "2048"),
    ("tune.rcvbuf.client", "65536"),
    ("tune.rcvbuf.server", "65536"),
    ("tune.sndbuf.client", "65536"),
    ("tune.sndbuf.server", "65536"),
    ("uid", "99"),
    ("ulimit-n", "50000"),
    ("unix-bind", "prefix /run/ mode 660"),
    ("unsetenv", "HTTP_PROXY"),
    ("user", "root"),
];

/// Arguments of keywords of proxies.
const PROXY: &[(&str, &str)] = &[
    ("acl", "static path_beg /static/"),
    ("backlog", "4096"),
    ("balance", "roundrobin"),
    ("bind", "127.0.0.1:8080"),
    ("block", "if { path /admin }"),
    ("capture cookie", "SESSION len 32"),
    ("capture request header", "User-Agent len 64"),
    ("capture response header", "Server len 32"),
    ("cookie", "SRV insert indirect nocache"),
    ("declare capture request", "len 64"),
    ("declare capture response", "len 64"),
    ("default-server", "check inter 2s"),
    ("default_backend", "shop"),
    ("description", "\"The shop\""),
    ("dynamic-cookie-key", "correct-horse"),
    ("error-log-format", "\"%ci:%cp [%t] %ft\""),
    ("errorfile", "503 /etc/burdock/503.http"),
    ("errorfiles", "pages"),
    ("errorloc", "503 https://status.example/"),
    ("errorloc302", "503 https://status.example/"),
    ("errorloc303", "503 https://status.example/"),
    ("force-be-switch", "if { src 127.0.0.1 }"),
    ("force-persist", "if { src 127.0.0.1 }"),
    ("fullconn", "1000"),
    ("hash-type", "consistent djb2 avalanche"),
    ("http-after-response", "set-header X-Via burdock"),
    ("http-error", "status 503 content-type text/plain string \"Back soon\""),
    ("http-request", "set-header X-Client %ci"),
    ("http-response", "del-header Server"),
    ("http-reuse", "safe"),
    ("http-send-name-header", "X-Server"),
    ("id", "100"),
    ("ignore-persist", "if { path_beg /static/ }"),
    ("log", "127.0.0.1:514 local0"),
    ("log-format", "\"%ci:%cp [%t] %ft %b/%s %ST\""),
    ("log-format-sd", "\"[shop@1 backend=\\\"%b\\\"]\""),
    ("log-steps", "request,close"),
    ("log-tag", "shop"),
    ("maxconn", "2000"),
    ("mode", "http"),
    ("monitor fail", "if { nbsrv(shop) lt 1 }"),
    ("monitor-uri", "/health"),
    ("option forwarded", "proto for"),
    ("option forwardfor", "except 127.0.0.0/8"),
    ("option http-restrict-req-hdr-names", "delete"),
    ("option originalto", "header X-Original-To"),
    ("redirect", "scheme https if { path /login }"),
    ("reqadd", "X-Via:\\ burdock"),
    ("reqdel", "^X-Debug:"),
    ("reqdeny", "^X-Debug:"),
    ("reqidel", "^X-Debug:"),
    ("reqideny", "^X-Debug:"),
    ("reqirep", "^Host:\\ old[.]example Host:\\ new.example"),
    ("reqitarpit", "^X-Debug:"),
    ("reqrep", "^Host:\\ old[.]example Host:\\ new.example"),
    ("reqtarpit", "^X-Debug:"),
    ("retries", "3"),
    ("retry-on", "conn-failure 503"),
    ("rspadd", "X-Via:\\ burdock"),
    ("rspdel", "^Server:"),
    ("rspdeny", "^X-Secret:"),
    ("rspidel", "^Server:"),
    ("rspideny", "^X-Secret:"),
    ("rspirep", "^Server:.* Server:\\ shop"),
    ("rsprep", "^Server:.* Server:\\ shop"),
    ("server", "app1 127.0.0.1:9001 check cookie a1"),
    ("source", "127.0.0.1"),
    ("tcp-request connection", "reject if { src 192.0.2.0/24 }"),
    ("tcp-request content", "reject if { src 192.0.2.0/24 }"),
    ("tcp-request session", "reject if { src 192.0.2.0/24 }"),
    ("tcp-response content", "accept"),
    ("unique-id-format", "%{+X}o%ci:%cp_%Ts_%rt"),
    ("unique-id-header", "X-Request-Id"),
    ("use-server", "app1 if { path_beg /admin }"),
    ("use_backend", "shop if { path_beg /shop }"),
];

const RING: &[(&str, &str)] = &[
    ("description", "\"The last lines\""),
    ("format", "rfc5424"),
    ("maxlen", "1200"),
    ("server", "collector 127.0.0.1:6514"),
    ("size", "65536"),
];

const LOG_FORWARD: &[(&str, &str)] = &[
    ("backlog", "4096"),
    ("bind", "127.0.0.1:5140"),
    ("dgram-bind", "127.0.0.1:5140"),
    ("log", "127.0.0.1:514 local0"),
    ("maxconn", "100"),
    ("option host", "fill"),
];

const LOG_PROFILE: &[(&str, &str)] = &[("log-tag", "shop"), ("on", "close format \"%ci %ST\"")];

/// Arguments of options of `bind` lines.
const BIND: &[(&str, &str)] = &[
    ("backlog", "4096"),
    ("expose-fd", "listeners"),
    ("expose-fd listeners", ""),
    ("gid", "99"),
    ("group", "root"),
    ("id", "10"),
    ("interface", "lo"),
    ("level", "operator"),
    ("maxconn", "500"),
    ("mode", "660"),
    ("mss", "1400"),
    ("name", "public"),
    ("process", "1/1"),
    ("proto", "h1"),
    ("tcp-ut", "30s"),
    ("thread", "1"),
    ("uid", "99"),
    ("user", "root"),
];

/// Options of `bind` that belong to the runtime API or to Unix sockets.
const OF_UNIX_SOCKETS: [&str; 8] =
    ["expose-fd", "expose-fd listeners", "gid", "group", "level", "mode", "uid", "user"];

/// Arguments of options of `server` lines.
const SERVER: &[(&str, &str)] = &[
    ("addr", "127.0.0.1:9100 check"),
    ("cookie", "a1"),
    ("downinter", "10s"),
    ("fall", "3"),
    ("fastinter", "500ms"),
    ("id", "10"),
    ("init-addr", "last,libc,none"),
    ("inter", "2s"),
    ("log-bufsize", "65536"),
    ("log-proto", "octet-count"),
    ("max-reuse", "100"),
    ("maxconn", "100"),
    ("maxqueue", "50"),
    ("pool-max-conn", "20"),
    ("pool-purge-delay", "10s"),
    ("port", "9100 check"),
    ("proto", "h1"),
    ("rise", "2"),
    ("source", "127.0.0.1"),
    ("weight", "50"),
    ("ws", "auto"),
];

/// A line with the keyword, or a line of `bind` or `server` with the option.
pub(crate) fn of_keyword(entry: &Entry) -> Option<String> {
    let table = match entry.place {
        Place::Global => GLOBAL,
        Place::Proxy => PROXY,
        Place::Ring => RING,
        Place::LogForward => LOG_FORWARD,
        Place::LogProfile => LOG_PROFILE,
        Place::Bind => BIND,
        Place::Server => SERVER,
    };
    let arguments = match row(table, entry.name) {
        Some(arguments) => arguments,
        None if entry.arguments.is_empty() || entry.arguments.starts_with('[') => "",
        None if entry.arguments == "<time>" => "10s",
        None => return None,
    };
    let before = match entry.place {
        Place::Bind if OF_UNIX_SOCKETS.contains(&entry.name) => "stats socket /run/burdock.sock ",
        Place::Bind if entry.name == "v4v6" || entry.name == "v6only" => "bind :::8080 ",
        Place::Bind => "bind 127.0.0.1:8080 ",
        Place::Server => "server app1 127.0.0.1:9001 ",
        _ => "",
    };
    Some(format!("{before}{} {arguments}", entry.name).trim_end().to_owned())
}
