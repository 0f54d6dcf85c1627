//! What most tests start from: the tutorial's file around two servers, and the log of what was done.

use std::time::Duration;

use burdock_testkit::{Backend, HttpLog, LogSink, Program, Proxy, Response};

/// Short enough for a test to wait for, long enough not to fire on a busy machine.
pub const SHORT_TIMEOUT_MS: u64 = 400;

/// The binary under test.
pub fn burdock() -> Program {
    Program::under_test(env!("CARGO_BIN_EXE_burdock"))
}

/// The tutorial's `listen` section without its servers and cookie; `lines` come last. Listens on `@web@`, logs to `log`.
pub fn listen(log: &LogSink, lines: &str) -> String {
    format!(
        "global
    stats socket @dir@/cli level admin
    log 127.0.0.1:{} local0
listen web
    bind 127.0.0.1:@web@
    mode http
    log global
    option httplog
    balance roundrobin
    option http-keep-alive
    option forwardfor
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    {}
",
        log.port,
        lines.lines().map(str::trim).collect::<Vec<_>>().join("\n    ")
    )
}

/// Two servers that name themselves, behind one proxy.
pub struct Site {
    pub a: Backend,
    pub b: Backend,
    pub log: LogSink,
    pub proxy: Proxy,
}

impl Site {
    /// Servers `A` (cookie `SA`) and `B` (cookie `SB`) without checks; `lines` is what the section says besides.
    pub fn start(lines: &str) -> Self {
        Self::with(Backend::named("A"), Backend::named("B"), lines)
    }

    /// As [`Site::start`], with the test's own servers.
    pub fn with(a: Backend, b: Backend, lines: &str) -> Self {
        Self::with_options(a, b, lines, "", "")
    }

    /// As [`Site::with`], with more words on the lines of `A` and `B`.
    pub fn with_options(a: Backend, b: Backend, lines: &str, a_words: &str, b_words: &str) -> Self {
        Self::with_global("", a, b, lines, a_words, b_words)
    }

    /// As [`Site::with_options`], with a line of the `global` section besides.
    pub fn with_global(global: &str, a: Backend, b: Backend, lines: &str, a_words: &str, b_words: &str) -> Self {
        let log = LogSink::new();
        let servers = format!(
            "server A 127.0.0.1:{} cookie SA {a_words}\nserver B 127.0.0.1:{} cookie SB {b_words}",
            a.port(),
            b.port()
        );
        let text =
            listen(&log, &format!("{lines}\n{servers}")).replacen("global\n", &format!("global\n    {global}\n"), 1);
        let proxy = burdock().start(&text);
        Self { a, b, log, proxy }
    }

    /// A GET over a connection of its own.
    pub fn get(&self, path: &str, fields: &[&str]) -> Response {
        self.proxy.client("web").get(path, fields)
    }

    /// A GET over a connection of its own, and what was logged of it; `path` has to be new.
    pub fn get_logged(&self, path: &str, fields: &[&str]) -> (Response, HttpLog) {
        (self.get(path, fields), self.log.await_request(&format!(" {path} ")))
    }
}

/// The server that answered, by its own word.
pub fn server_of(response: &Response) -> &str {
    response.header("x-server").unwrap_or("none")
}

/// Whether a duration is what a timer of `expected_ms` gives on a machine that may be busy.
pub fn assert_took(took: Duration, expected_ms: u64, what: &str) {
    const EARLY_MS: u64 = 60;
    const LATE_MS: u64 = 1500;
    let least = Duration::from_millis(expected_ms.saturating_sub(EARLY_MS));
    let most = Duration::from_millis(expected_ms + LATE_MS);
    assert!(least <= took && took <= most, "{what}: took {took:?}, expected about {expected_ms} ms");
}

/// A server that answers as the request tells it: `X-Status: 404`, and any number of `X-Add: Name: value`.
pub fn obedient(name: &str) -> Backend {
    let named = format!("X-Server: {name}");
    let name = name.to_owned();
    Backend::answering(move |request| {
        let status = request.header("x-status").map_or(200, |status| status.parse().unwrap());
        let fields: Vec<&str> = request.head.all("x-add").into_iter().chain([named.as_str()]).collect();
        let body = if status == 304 { "" } else { &name };
        if request.method() != "HEAD" && status != 304 {
            return burdock_testkit::http::response(status, &fields, body);
        }
        let mut bytes = burdock_testkit::http::response(status, &fields, body);
        bytes.truncate(bytes.len() - body.len());
        bytes
    })
}
