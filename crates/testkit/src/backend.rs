//! Scripted backends: a thread a connection follows the test's script and records what the proxy sent.

use std::io::{self, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use crate::client::{End, abort};
use crate::http::{Head, Request, Wire, ok, response};
use crate::net::Reserved;
use crate::wait::{self, PATIENCE};

/// A server on a port of the loopback address; ends with the value.
#[derive(Debug)]
pub struct Backend {
    port: u16,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    stopping: AtomicBool,
    failed: AtomicBool,
    accepted: AtomicUsize,
    seen: Mutex<Vec<(usize, Request)>>,
    open: Mutex<Vec<(usize, TcpStream)>>,
}

impl Backend {
    /// Every connection follows `script`; it is closed when the script returns.
    pub fn scripted(script: impl Fn(&mut Connection) + Send + Sync + 'static) -> Self {
        Self::at(Reserved::new(), script)
    }

    /// As [`Backend::scripted`], on a port that was reserved before: a server that comes up late or comes back.
    pub fn at(reserved: Reserved, script: impl Fn(&mut Connection) + Send + Sync + 'static) -> Self {
        let port = reserved.port();
        let listener = reserved.listen();
        let shared = Arc::new(Shared::default());
        let accepting = thread::spawn({
            let (shared, script) = (Arc::clone(&shared), Arc::new(script));
            move || accept(&listener, &shared, &script)
        });
        Self { port, shared, accepting: Some(accepting) }
    }

    /// Answers every request of a kept-alive connection with the bytes that `answer` makes, and closes where the request says so.
    pub fn answering(answer: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::scripted(keep_alive(answer))
    }

    /// Answers 200 with its name as the body and in `X-Server`.
    pub fn named(name: &str) -> Self {
        Self::named_at(Reserved::new(), name)
    }

    /// As [`Backend::named`], on a reserved port.
    pub fn named_at(reserved: Reserved, name: &str) -> Self {
        let name = name.to_owned();
        Self::at(reserved, keep_alive(move |_: &Request| response(200, &[&format!("X-Server: {name}")], &name)))
    }

    /// Answers 200 with the request's own head as the body, a line each, so that a comparison of answers compares what was
    /// sent to the server too.
    pub fn echoing() -> Self {
        Self::answering(|request| {
            let fields = request.head.fields.iter().map(|(name, value)| format!("{name}: {value}\n"));
            let body = String::from_utf8_lossy(&request.body);
            ok(format!("{}\n{}\n{body}", request.head.line, fields.collect::<String>()))
        })
    }

    /// The port's number.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// All requests so far, in the order their last byte came.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.seen.lock().unwrap().iter().map(|(_, request)| request.clone()).collect()
    }

    /// The only request so far.
    ///
    /// # Panics
    /// When there was none or more than one.
    pub fn only_request(&self) -> Request {
        let mut all = self.requests();
        assert_eq!(all.len(), 1, "requests seen by the server: {all:#?}");
        all.remove(0)
    }

    /// Waits until that many requests have come.
    pub fn await_requests(&self, count: usize) -> Vec<Request> {
        wait::until(&format!("{count} requests at the server"), || {
            Some(self.requests()).filter(|all| all.len() >= count)
        })
    }

    /// How many connections carried at least one request (health checks that only connect are not counted).
    pub fn connections_used(&self) -> usize {
        let seen = self.shared.seen.lock().unwrap();
        let mut ids: Vec<usize> = seen.iter().map(|(id, _)| *id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.len()
    }

    /// How many connections were accepted, whatever came of them.
    pub fn connections_accepted(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }

    /// Stops listening, closes every connection, and keeps the port: from now on it refuses.
    pub fn stop(mut self) -> Reserved {
        self.end();
        wait::until("the server's port to be free again", || Reserved::at(self.port).ok())
    }

    fn end(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        let _wakes_accept = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        if let Some(thread) = self.accepting.take() {
            let _ended = thread.join();
        }
        for (_, stream) in self.shared.open.lock().unwrap().drain(..) {
            let _may_be_closed = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.end();
        let failed = self.shared.failed.load(Ordering::SeqCst);
        assert!(!failed || thread::panicking(), "an expectation of the server's script failed, see above");
    }
}

/// One accepted connection, in the hands of a script.
#[derive(Debug)]
pub struct Connection {
    /// Counts from 0 in the order of acceptance.
    pub id: usize,
    wire: Wire<TcpStream>,
    shared: Arc<Shared>,
}

impl Connection {
    /// Reads and records one request; `None` when the proxy closes instead.
    pub fn request(&mut self) -> Option<Request> {
        let request = self.wire.request().ok().flatten()?;
        self.record(&request);
        Some(request)
    }

    /// Reads and records the head of one request and leaves its body unread.
    pub fn head(&mut self) -> Option<Head> {
        let head = self.wire.head().ok().flatten()?;
        self.record(&Request { head: head.clone(), ..Request::default() });
        Some(head)
    }

    /// Sends bytes; `false` when the proxy has gone.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.wire.socket.write_all(bytes.as_ref()).is_ok()
    }

    /// As many bytes as asked for; `None` when the proxy closes before.
    pub fn exactly(&mut self, count: usize) -> Option<Vec<u8>> {
        self.wire.exactly(count).ok()
    }

    /// Says that nothing more is sent, and keeps reading.
    pub fn half_close(&mut self) {
        let _may_be_closed = self.wire.socket.shutdown(Shutdown::Write);
    }

    /// Answers nothing until the proxy closes or the test ends.
    pub fn await_end(&mut self) -> End {
        self.wire.socket.set_read_timeout(Some(2 * PATIENCE)).unwrap();
        match self.wire.rest() {
            Ok(bytes) => End::Closed(bytes),
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => End::Open(Vec::new()),
            Err(_) => End::Reset,
        }
    }

    /// Makes the close at the script's end a reset.
    pub fn reset_at_end(&mut self) {
        abort(&self.wire.socket);
    }

    fn record(&self, request: &Request) {
        self.shared.seen.lock().unwrap().push((self.id, request.clone()));
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // The list's copy of the descriptor would keep the connection open.
        self.shared.open.lock().unwrap().retain(|(id, _)| *id != self.id);
    }
}

fn accept<S: Fn(&mut Connection) + Send + Sync + 'static>(
    listener: &TcpListener,
    shared: &Arc<Shared>,
    script: &Arc<S>,
) {
    for stream in listener.incoming() {
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let _best_effort = stream.set_nodelay(true);
        let id = shared.accepted.fetch_add(1, Ordering::SeqCst);
        let Ok(copy) = stream.try_clone() else { continue };
        shared.open.lock().unwrap().push((id, copy));
        let (shared, script) = (Arc::clone(shared), Arc::clone(script));
        thread::spawn(move || {
            let mut connection = Connection { id, wire: Wire::new(stream), shared: Arc::clone(&shared) };
            let run = panic::catch_unwind(AssertUnwindSafe(|| script(&mut connection)));
            // A script that is cut off by the test's end has not failed.
            if run.is_err() && !shared.stopping.load(Ordering::SeqCst) {
                shared.failed.store(true, Ordering::SeqCst);
            }
        });
    }
}

fn keep_alive(
    answer: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static,
) -> impl Fn(&mut Connection) + Send + Sync + 'static {
    move |connection| {
        while let Some(request) = connection.request() {
            let close = request.head.all("connection").iter().any(|value| value.eq_ignore_ascii_case("close"));
            if !connection.send(answer(&request)) || close {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{Client, get};

    #[test]
    fn records_what_came_and_over_which_connection() {
        let backend = Backend::named("A");
        let mut client = Client::connect(backend.port());
        assert_eq!(client.get("/1", &[]).text(), "A");
        assert_eq!(client.get("/2", &["Connection: close"]).header("x-server"), Some("A"));
        assert_eq!(client.end(), End::Closed(Vec::new()));
        let targets: Vec<String> = backend.requests().iter().map(|request| request.target().to_owned()).collect();
        assert_eq!((targets, backend.connections_used()), (vec!["/1".to_owned(), "/2".to_owned()], 1));
    }

    #[test]
    fn stops_refuses_and_comes_back_on_its_port() {
        let backend = Backend::named("A");
        let port = backend.port();
        let mut client = Client::connect(port);
        client.get("/", &[]);
        let reserved = backend.stop();
        assert_eq!(client.end(), End::Closed(Vec::new()));
        assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err());
        let _back = Backend::named_at(reserved, "B");
        assert_eq!(Client::connect(port).get("/", &[]).text(), "B");
    }

    #[test]
    #[should_panic(expected = "script failed")]
    fn a_failed_expectation_in_a_script_fails_the_test() {
        let backend = Backend::scripted(|connection| {
            connection.request();
            assert_eq!(connection.id, 7);
        });
        Client::connect(backend.port()).send(get("/", &[]));
        wait::until("the script", || backend.shared.failed.load(Ordering::SeqCst).then_some(()));
    }

    #[test]
    fn resets_when_told() {
        let backend = Backend::scripted(|connection| {
            connection.request();
            connection.reset_at_end();
        });
        let mut client = Client::connect(backend.port());
        client.send(get("/", &[]));
        assert_eq!(client.end(), End::Reset);
    }
}
