//! A UDP port that gathers syslog lines, and the fields of an HTTP log line.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::wait;

/// A `log` target; the lines arrive in the order they were sent.
#[derive(Debug)]
pub struct LogSink {
    /// The UDP port to log to.
    pub port: u16,
    lines: Arc<Mutex<Vec<String>>>,
}

impl LogSink {
    /// Listens on a port that the kernel chooses.
    pub fn new() -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = socket.local_addr().unwrap().port();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let weak = Arc::downgrade(&lines);
        thread::spawn(move || {
            const LONGEST_DATAGRAM: usize = 65_536;
            let mut buffer = vec![0; LONGEST_DATAGRAM];
            while let Ok(count) = socket.recv(&mut buffer) {
                // An empty datagram comes from the value's end.
                let Some(lines) = weak.upgrade().filter(|_| count > 0) else { return };
                lines.lock().unwrap().push(String::from_utf8_lossy(&buffer[..count]).into_owned());
            }
        });
        Self { port, lines }
    }

    /// Every line so far, with its syslog header.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// Waits for a line that contains a text, and returns it.
    pub fn await_line(&self, text: &str) -> String {
        wait::until(&format!("a log line with `{text}`"), || self.lines().into_iter().find(|line| line.contains(text)))
    }

    /// Waits for that many lines in the HTTP log format, and returns all there are.
    pub fn await_http(&self, count: usize) -> Vec<HttpLog> {
        wait::until(&format!("{count} HTTP log lines"), || {
            Some(self.lines().iter().filter_map(|line| HttpLog::parse(line)).collect::<Vec<_>>())
                .filter(|all| all.len() >= count)
        })
    }

    /// Waits for the HTTP log line of the request whose request line contains a text.
    pub fn await_request(&self, text: &str) -> HttpLog {
        wait::until(&format!("the log line of `{text}`"), || {
            self.lines().iter().filter_map(|line| HttpLog::parse(line)).find(|log| log.request.contains(text))
        })
    }
}

impl Default for LogSink {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for LogSink {
    fn drop(&mut self) {
        if let Ok(socket) = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)) {
            let _ends_the_thread = socket.send_to(&[], (Ipv4Addr::LOCALHOST, self.port));
        }
    }
}

/// A line of `option httplog` (configuration manual 8.2.3), fields as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpLog {
    /// Client address and port.
    pub client: String,
    /// The frontend's name, with `~` for TLS.
    pub frontend: String,
    /// The backend's name.
    pub backend: String,
    /// The server's name or `<NOSRV>`.
    pub server: String,
    /// TR, Tw, Tc, Tr and Ta in milliseconds; a leading `+` is dropped.
    pub times_ms: Vec<i64>,
    /// The status as sent to the client, -1 for none.
    pub status: i32,
    /// Bytes to the client.
    pub bytes: u64,
    /// The four termination flags.
    pub flags: String,
    /// Connections: process, frontend, backend, server; then retries with their `+`.
    pub connections: Vec<String>,
    /// Queue positions: server, backend.
    pub queues: (u32, u32),
    /// The request line between the quotes.
    pub request: String,
}

impl HttpLog {
    /// `None` when the line is of another format.
    pub fn parse(line: &str) -> Option<Self> {
        let (before, request) = line.trim_end().strip_suffix('"')?.split_once(" \"")?;
        let (head, tail) = before.split_once("] ")?;
        // The syslog header before it has brackets too, but no blank after them: `haproxy[12]: 127.0.0.1:1 [date] `.
        let client = head.rsplit_once(" [")?.0.rsplit(' ').next()?;
        let fields: Vec<&str> = tail.split(' ').collect();
        let [frontend, target, times, status, bytes, _request_cookie, _response_cookie, flags, connections, queues, ..] =
            fields[..]
        else {
            return None;
        };
        let (backend, server) = target.split_once('/')?;
        let (server_queue, backend_queue) = queues.split_once('/')?;
        Some(Self {
            client: client.to_owned(),
            frontend: frontend.to_owned(),
            backend: backend.to_owned(),
            server: server.to_owned(),
            times_ms: times.split('/').map(|time| time.trim_start_matches('+').parse().ok()).collect::<Option<_>>()?,
            status: status.parse().ok()?,
            bytes: bytes.trim_start_matches('+').parse().ok()?,
            flags: flags.to_owned(),
            connections: connections.split('/').map(str::to_owned).collect(),
            queues: (server_queue.parse().ok()?, backend_queue.parse().ok()?),
            request: request.to_owned(),
        })
    }

    /// The number of retries, with `+` when the request was redispatched.
    pub fn retries(&self) -> &str {
        self.connections.last().map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_an_http_line() {
        let line = "<134>Nov 22 08:00:00 haproxy[77]: 127.0.0.1:4711 [22/Nov/2026:08:00:00.123] web app/SA 0/1/+2/3/4 200 115 - - --NI \
                    1/1/0/0/+1 2/3 \"GET /a HTTP/1.1\"\n";
        let log = HttpLog::parse(line).unwrap();
        assert_eq!((log.client.as_str(), log.frontend.as_str()), ("127.0.0.1:4711", "web"));
        assert_eq!((log.backend.as_str(), log.server.as_str(), log.status, log.bytes), ("app", "SA", 200, 115));
        assert_eq!((log.times_ms.clone(), log.flags.as_str(), log.retries()), (vec![0, 1, 2, 3, 4], "--NI", "+1"));
        assert_eq!((log.queues, log.request.as_str()), ((2, 3), "GET /a HTTP/1.1"));
        assert_eq!(HttpLog::parse("<133>Nov 22 08:00:00 haproxy[77]: Server app/SA is DOWN.\n"), None);
    }
}
