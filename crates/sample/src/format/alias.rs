//! The items of log formats by name (configuration manual 8.2.6): one descriptor each, with a function that writes its value.
//! An item reads facts about one request; it knows neither targets nor sockets.

use burdock_base::Instant;
use burdock_http::uri::Target;
use burdock_state::{Asked, FrontendCounter, ProxyEntry, ServerEntry};
use burdock_tls::TlsFacts;
use burdock_txn::{CaptureSlots, Endpoint};

use super::line::Line;
use super::origin::Origin;
use super::stamp::{Stamps, since_epoch};
use crate::input::Input;

/// An item of log formats.
#[derive(Debug)]
pub struct Alias {
    /// Its name, without the `%`.
    pub name: &'static str,
    /// One line of documentation.
    pub doc: &'static str,
    /// Where it may be used.
    pub valid: Valid,
    /// Writes its value.
    pub write: fn(&Input<'_>, &mut Line<'_>),
}

impl Alias {
    /// What has been asked for, and what this item asks for besides.
    pub(super) fn adds_to(&self, asked: Asked) -> Asked {
        Asked { server_end: asked.server_end || matches!(self.name, "bi" | "bp"), ..asked }
    }
}

/// Where an item may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Valid {
    /// In every proxy.
    Anywhere,
    /// In `mode http` alone.
    Http,
}

/// The item of that name.
pub fn named(name: &str) -> Option<&'static Alias> {
    ALIASES.iter().find(|alias| alias.name == name)
}

macro_rules! aliases {
    ($($name:literal $valid:ident $doc:literal $write:expr;)+) => {
        /// Every item there is.
        pub const ALIASES: &[Alias] =
            &[$(Alias { name: $name, doc: $doc, valid: Valid::$valid, write: $write }),+];
    };
}

aliases! {
    "B" Anywhere "bytes sent to the client" |facts, line| total(facts, line, |line| line.count(facts.txn.bytes_out));
    "CC" Http "the cookie captured in the request" |facts, line| captured(facts.txn.captures.request_cookie.as_deref(), line);
    "CS" Http "the cookie captured in the response" |facts, line| captured(facts.txn.captures.response_cookie.as_deref(), line);
    "H" Anywhere "the host's name" |facts, line| line.text(facts.world.hostname.as_bytes());
    "HM" Http "the request's method" |facts, line| request_part(facts, line, |shown| shown.method);
    "HP" Http "the request's target up to the query" |facts, line| request_part(facts, line, |shown| split_query(shown.target).0);
    "HPO" Http "the request's path, without scheme and authority" |facts, line| {
        request_part(facts, line, |shown| Target::new(shown.target).path());
    };
    "HQ" Http "the request's query, with its question mark" |facts, line| {
        let shown = facts.request_line();
        line.encoded(&[if shown.valid { split_query(shown.target).1 } else { BAD_REQUEST }]);
    };
    "HU" Http "the request's target" |facts, line| request_part(facts, line, |shown| shown.target);
    "HV" Http "the request's version" |facts, line| request_part(facts, line, |shown| shown.version());
    "ID" Anywhere "the identifier made by `unique-id-format`" |facts, line| optional_text(facts.txn.unique_id.as_deref(), line);
    "OG" Anywhere "when and where the line was made" |_, line| line.text(line.origin.name().as_bytes());
    "ST" Anywhere "the status" |facts, line| line.number(facts.status(line.origin));
    "T" Anywhere "when it began, universal time" |facts, line| date(facts, line, facts.txn.timings.accepted, Stamps::push_clf_utc);
    "TR" Http "ms from the request's first byte to the end of its head" |facts, line| line.number(facts.txn.timings.request_ms());
    "Ta" Http "ms from the request's first byte to the end" |facts, line| total(facts, line, |line| line.number(facts.txn.timings.active_ms_until(facts.closed())));
    "Tc" Anywhere "ms of connecting to the server" |facts, line| line.number(facts.txn.timings.connect_ms());
    "Td" Anywhere "ms from the response's head to the end" |facts, line| line.number(facts.data_ms());
    "Th" Anywhere "ms of handshakes" |facts, line| line.number(facts.txn.timings.handshake_ms());
    "Ti" Http "ms of silence before the request" |facts, line| line.number(facts.txn.timings.idle_ms());
    "Tl" Anywhere "when it began, local time" |facts, line| date(facts, line, facts.txn.timings.accepted, Stamps::push_clf_local);
    "Tq" Http "ms from the beginning to the end of the request's head" |facts, line| line.number(facts.until_request_ms());
    "Tr" Http "ms from the connection to the response's head" |facts, line| line.number(facts.txn.timings.response_ms());
    "Ts" Anywhere "when it began, seconds since 1970" |facts, line| {
        line.number_or_hexadecimal(facts.seconds(facts.txn.timings.accepted).0.unsigned_abs(), 4);
    };
    "Tt" Anywhere "ms from the beginning to the end" |facts, line| total(facts, line, |line| line.number(facts.txn.timings.total_ms_until(facts.closed())));
    "Tu" Anywhere "ms from the beginning to the end, silence before the request left out" |facts, line| {
        total(facts, line, |line| line.number(facts.txn.timings.total_ms_until(facts.closed()) - facts.txn.timings.idle_ms()));
    };
    "Tw" Anywhere "ms in queues" |facts, line| line.number(facts.txn.timings.queue_ms());
    "U" Anywhere "bytes received from the client" |facts, line| total(facts, line, |line| line.count(facts.txn.bytes_in));
    "ac" Anywhere "connections of the process" |facts, line| line.number(facts.txn.load.process);
    "b" Anywhere "the backend's name" |facts, line| line.text(name(facts.backend()));
    "bc" Anywhere "connections of the backend" |facts, line| line.number(facts.txn.load.backend);
    "bi" Anywhere "our address towards the server" |facts, line| optional_endpoint(facts.txn.server_local, line, address);
    "bp" Anywhere "our port towards the server" |facts, line| optional_endpoint(facts.txn.server_local, line, port);
    "bq" Anywhere "requests that stood before it in the backend's queue" |facts, line| line.number(facts.txn.queue_position.backend);
    "ci" Anywhere "the client's address" |facts, line| address(facts.txn.client, line);
    "cp" Anywhere "the client's port" |facts, line| port(facts.txn.client, line);
    "f" Anywhere "the frontend's name" |facts, line| line.text(name(facts.frontend()));
    "fc" Anywhere "connections of the frontend" |facts, line| line.number(facts.txn.load.frontend);
    "fi" Anywhere "the address the client connected to" |facts, line| address(facts.txn.local, line);
    "fp" Anywhere "the port the client connected to" |facts, line| port(facts.txn.local, line);
    "ft" Anywhere "the frontend's name, with `~` behind it on TLS" |facts, line| {
        let parts: [&[u8]; 2] = [name(facts.frontend()), b"~"];
        line.joined(if facts.txn.client_tls.is_some() { &parts } else { &parts[..1] });
    };
    "hr" Anywhere "the headers captured in the request" |facts, line| line.captured(facts.request_captures());
    "hrl" Anywhere "the headers captured in the request, as a list of quoted texts" |facts, line| line.captured_list(facts.request_captures());
    "hs" Anywhere "the headers captured in the response" |facts, line| line.captured(facts.response_captures());
    "hsl" Anywhere "the headers captured in the response, as a list of quoted texts" |facts, line| line.captured_list(facts.response_captures());
    "lc" Anywhere "lines that the frontend had logged before" |facts, line| line.number_or_hexadecimal(facts.lines_before(), 4);
    "ms" Anywhere "the milliseconds of the moment it began" |facts, line| {
        line.millis(facts.seconds(facts.txn.timings.accepted).1 / 1_000_000);
    };
    "pid" Anywhere "the process's id" |facts, line| line.number_or_hexadecimal(facts.world.pid.into(), 4);
    "r" Http "the request line" request_line;
    "rc" Anywhere "connection attempts repeated, with a `+` where the server changed" |facts, line| {
        if facts.txn.redispatched {
            line.mark(b'+');
        }
        line.number(facts.txn.retries);
    };
    "rt" Anywhere "the number of the request, or of the connection" |facts, line| line.number_or_hexadecimal(facts.txn.serial.into(), 4);
    "s" Anywhere "the server's name" |facts, line| {
        let nobody = facts.txn.service.map_or("<NOSRV>", |service| service.shown_as());
        line.text(facts.server().map_or(nobody.as_bytes(), |server| server.name.as_bytes()));
    };
    "sc" Anywhere "connections of the server" |facts, line| line.number(facts.txn.load.server);
    "si" Anywhere "the server's address" |facts, line| optional_endpoint(facts.txn.server_peer, line, address);
    "sp" Anywhere "the server's port" |facts, line| optional_endpoint(facts.txn.server_peer, line, port);
    "sq" Anywhere "requests that stood before it in the server's queue" |facts, line| line.number(facts.txn.queue_position.server);
    "sslc" Anywhere "the cipher of the client's connection; there is none without TLS" |facts, line| optional_text(facts.tls().map(|tls| tls.cipher_name().as_bytes()), line);
    "sslv" Anywhere "the TLS version of the client's connection; there is none without TLS" |facts, line| {
        optional_text(facts.tls().map(|tls| tls.protocol_name().as_bytes()), line);
    };
    "t" Anywhere "when it began, local time with milliseconds" |facts, line| date(facts, line, facts.txn.timings.accepted, Stamps::push_log);
    "tr" Http "when the request's first byte came, local time with milliseconds" |facts, line| {
        date(facts, line, facts.first_byte(), Stamps::push_log);
    };
    "trg" Http "when the request's first byte came, universal time" |facts, line| {
        date(facts, line, facts.first_byte(), Stamps::push_clf_utc);
    };
    "trl" Http "when the request's first byte came, local time" |facts, line| {
        date(facts, line, facts.first_byte(), Stamps::push_clf_local);
    };
    "ts" Anywhere "how it ended, two characters" |facts, line| line.raw(&facts.txn.termination.code()[..2]);
    "tsc" Anywhere "how it ended and what became of cookies, four characters" |facts, line| line.raw(&facts.txn.termination.code());
}

impl Input<'_> {
    fn tls(&self) -> Option<&TlsFacts> {
        self.txn.client_tls.as_deref()
    }

    fn frontend(&self) -> Option<&ProxyEntry> {
        self.world.proxy(self.txn.frontend)
    }

    /// What was captured in the request, by slot of the frontend.
    fn request_captures(&self) -> impl ExactSizeIterator<Item = Option<&[u8]>> {
        let slots = self.capturing_frontend().map_or(0, |frontend| frontend.captures.request.len());
        (0..slots).map(|slot| self.captured(&self.txn.captures.request, slot))
    }

    /// A text that a slot holds; converters may yet change the slot, so that the text is copied.
    fn captured(&self, slots: &CaptureSlots, slot: usize) -> Option<&[u8]> {
        slots.read(slot, |text| &*self.scratch.copy(text))
    }

    /// The frontend where it has captured anything: from what is no request it does not.
    fn capturing_frontend(&self) -> Option<&ProxyEntry> {
        self.frontend().filter(|frontend| !frontend.http || self.txn.request_valid)
    }

    /// The same of the response.
    fn response_captures(&self) -> impl ExactSizeIterator<Item = Option<&[u8]>> {
        let slots = self.capturing_frontend().map_or(0, |frontend| frontend.captures.response.len());
        (0..slots).map(|slot| self.captured(&self.txn.captures.response, slot))
    }

    fn backend(&self) -> Option<&ProxyEntry> {
        self.world.proxy(self.txn.backend)
    }

    fn server(&self) -> Option<&ServerEntry> {
        self.world.server(self.txn.backend, self.txn.server?)
    }

    /// What log lines show of the request's line: so much of it as `tune.http.logurilen` lets through.
    fn request_line(&self) -> ShownLine<'_> {
        let txn = self.txn;
        let limit = self.world.request_line_limit;
        let (method, target) = (txn.received_method(), txn.received_target());
        let behind_method = limit.saturating_sub(method.len() + 1);
        let version_room = behind_method.saturating_sub(target.len() + 1);
        ShownLine {
            valid: txn.request_valid,
            whole_method: limit > method.len(),
            method: &method[..method.len().min(limit)],
            target: &target[..target.len().min(behind_method)],
            version: if version_room > 0 { version_text(txn.received_version()) } else { *NO_VERSION },
            version_room: if version_room > 0 { version_room } else { NO_VERSION.len() },
            limit,
        }
    }

    /// Where there is no HTTP, or not yet, the status is 0.
    fn status(&self, origin: Origin) -> i32 {
        let without_http = self.frontend().is_some_and(|frontend| !frontend.http);
        let early = matches!(origin, Origin::Accept | Origin::TcpRequestConnection | Origin::TcpRequestSession);
        if without_http || early { self.txn.status.max(0) } else { self.txn.status }
    }

    /// Lines that the frontend has logged until now.
    fn lines_before(&self) -> u64 {
        let frontend = self.frontend().and_then(|frontend| frontend.frontend.as_ref());
        frontend.map_or(0, |frontend| frontend.counters.get(FrontendCounter::LogLines))
    }

    /// When it ended; it ends now where it has not.
    fn closed(&self) -> Instant {
        self.txn.timings.closed.unwrap_or(self.now)
    }

    fn first_byte(&self) -> Instant {
        self.txn.timings.first_byte.unwrap_or(self.txn.timings.accepted)
    }

    fn seconds(&self, instant: Instant) -> (i64, u32) {
        since_epoch(self.world.process.clock.wall(instant))
    }

    fn until_request_ms(&self) -> i64 {
        match self.txn.timings.request_ms() {
            ..0 => -1,
            request => self.txn.timings.handshake_ms() + self.txn.timings.idle_ms() + request,
        }
    }

    /// From the response's head (in `mode tcp`: from the connection) to the end.
    fn data_ms(&self) -> i64 {
        let http = self.frontend().is_some_and(|frontend| frontend.http);
        let begun = if http { self.txn.timings.response } else { self.txn.timings.connected };
        begun.map_or(-1, |begun| self.closed().ms_since(begun) as i64)
    }
}

fn name(proxy: Option<&ProxyEntry>) -> &[u8] {
    proxy.map_or(b"", |proxy| proxy.name.as_bytes())
}

fn captured(text: Option<&[u8]>, line: &mut Line<'_>) {
    match text {
        Some(text) => line.encoded(&[text]),
        None => line.absent(),
    }
}

/// A total that may yet grow is marked.
fn total(facts: &Input<'_>, line: &mut Line<'_>, write: impl FnOnce(&mut Line<'_>)) {
    if facts.txn.partial {
        line.mark(b'+');
    }
    write(line);
}

fn optional_text(text: Option<&[u8]>, line: &mut Line<'_>) {
    match text {
        Some(text) => line.text(text),
        None => line.absent(),
    }
}

fn optional_endpoint(endpoint: Option<Endpoint>, line: &mut Line<'_>, write: fn(Endpoint, &mut Line<'_>)) {
    match endpoint {
        Some(endpoint) => write(endpoint, line),
        None => line.absent(),
    }
}

fn date(
    facts: &Input<'_>,
    line: &mut Line<'_>,
    instant: Instant,
    push: fn(&mut Stamps, &mut Vec<u8>, std::time::SystemTime),
) {
    let wall = facts.world.process.clock.wall(instant);
    line.date(|stamps, out| push(stamps, out, wall));
}

/// A request's line as log lines show it.
struct ShownLine<'t> {
    /// Whether the request was understood.
    valid: bool,
    /// Whether the method is there to its end.
    whole_method: bool,
    method: &'t [u8],
    target: &'t [u8],
    /// Where it was cut off, that of a line without a version.
    version: [u8; 8],
    /// How much of the version is shown.
    version_room: usize,
    limit: usize,
}

impl ShownLine<'_> {
    fn version(&self) -> &[u8] {
        &self.version[..self.version.len().min(self.version_room)]
    }
}

fn request_line(facts: &Input<'_>, line: &mut Line<'_>) {
    let shown = facts.request_line();
    if !shown.valid {
        return line.encoded(&[BAD_REQUEST]);
    }
    let mut left = shown.limit;
    let cut = [shown.method, b" ", shown.target, b" ", &shown.version].map(|part| {
        let part = &part[..part.len().min(left)];
        left -= part.len();
        part
    });
    line.encoded(&cut);
}

fn request_part(facts: &Input<'_>, line: &mut Line<'_>, part: for<'t> fn(&'t ShownLine<'_>) -> &'t [u8]) {
    let shown = facts.request_line();
    line.encoded(&[if shown.valid && shown.whole_method { part(&shown) } else { BAD_REQUEST }]);
}

fn version_text(version: burdock_http::Version) -> [u8; 8] {
    let digit = |n: u8| b'0' + n % 10;
    let mut text = *b"HTTP/1.1";
    text[5] = digit(version.major);
    text[7] = digit(version.minor);
    text
}

/// What stands for a request that was not understood.
const BAD_REQUEST: &[u8] = b"<BADREQ>";

/// What a request line says that ends before its version.
const NO_VERSION: &[u8; 8] = b"HTTP/0.9";

/// A target's part before its query, and the query with its question mark.
fn split_query(target: &[u8]) -> (&[u8], &[u8]) {
    target.split_at(target.iter().position(|&byte| byte == b'?').unwrap_or(target.len()))
}

/// `address:port`, without brackets; `unix:` and the listener's id for a Unix socket.
pub fn push_endpoint(endpoint: Endpoint, line: &mut Line<'_>) {
    address(endpoint, line);
    line.byte(b':');
    port(endpoint, line);
}

fn address(endpoint: Endpoint, line: &mut Line<'_>) {
    match endpoint {
        Endpoint::Ip(address) => line.address(address.ip()),
        Endpoint::Unix(_) => line.text(b"unix"),
    }
}

fn port(endpoint: Endpoint, line: &mut Line<'_>) {
    match endpoint {
        Endpoint::Ip(address) => line.number_or_hexadecimal(address.port().into(), 4),
        Endpoint::Unix(listener) => line.number(listener),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_sorted() {
        assert!(ALIASES.is_sorted_by(|a, b| a.name < b.name));
        assert!(named("ci").is_some() && named("CI").is_none());
    }
}
