//! `option tcp-smart-accept` and `option tcp-smart-connect`: segments that only acknowledge are saved. Both ends of the proxy's connections are
//! a script's, which can ask the kernel how many segments a socket has received.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use burdock_testkit::{LogSink, require};

use crate::support::{burdock, listen};

/// A server, which prints its port and reads the proxy's, and a client of two connections: when the second is answered, the proxy has come to
/// wait for the first, which was accepted before. Prints how many segments
/// (`tcpi_segs_in`) had come with a request and with an answer, those of the handshake included.
const BOTH_ENDS: &str = r"
import socket, struct, sys, threading

def segments(connection):
    return struct.unpack_from('I', connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192), 140)[0]

def serve(connection):
    connection.recv(65536)
    of_requests.append(segments(connection))
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')

def accept():
    while True:
        connection, _ = listener.accept()
        kept.append(connection)
        threading.Thread(target=serve, args=(connection,), daemon=True).start()

listener, of_requests, kept = socket.create_server(('127.0.0.1', 0)), [], []
threading.Thread(target=accept, daemon=True).start()
print(listener.getsockname()[1], flush=True)
proxy = ('127.0.0.1', int(sys.stdin.readline()))
first, second = (socket.create_connection(proxy) for _ in range(2))
for connection in (second, first):
    connection.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    connection.recv(65536)
print(of_requests[0], segments(first), flush=True)
";

/// The segments that have come with a request and with an answer.
fn segments(lines: &str) -> Option<String> {
    let python = require("python3")?;
    let mut script =
        Command::new(python).args(["-c", BOTH_ENDS]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(script.stdout.take().unwrap()).lines();
    let port = said.next().unwrap().unwrap();
    let log = LogSink::new();
    let text = listen(&log, &format!("{lines}\nserver s 127.0.0.1:{port}"));
    let proxy = burdock().start(&text.replacen("global\n", "global\n    nbthread 1\n", 1));
    writeln!(script.stdin.take().unwrap(), "{}", proxy.port("web")).unwrap();
    let counted = said.next().unwrap().unwrap();
    assert!(script.wait().unwrap().success());
    Some(counted)
}

#[test]
fn segments_that_only_acknowledge_are_saved() {
    for (lines, expected) in [
        ("", "2 2"),
        ("no option tcp-smart-connect", "3 2"),
        ("no option tcp-smart-accept", "2 3"),
        ("mode tcp\noption tcplog", "3 3"),
        ("mode tcp\noption tcplog\noption tcp-smart-accept\noption tcp-smart-connect", "2 2"),
    ] {
        let Some(counted) = segments(lines) else { return };
        assert_eq!(counted, expected, "{lines}");
    }
}
