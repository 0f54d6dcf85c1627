//! The thread as a whole: messages that come in by real sockets and go out by others.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixDatagram;

use burdock_state::ProcessCounter;

use super::*;
use crate::ForwardSocket;
use crate::testing::model;

struct Bench {
    model: Arc<Model>,
    service: LogService,
    receiver: UdpSocket,
}

impl Bench {
    /// A `log-forward` section with these lines, that receives by `socket` and sends messages as they come.
    fn new(lines: &str, socket: ForwardSocket) -> Bench {
        Bench::of_line("bind 127.0.0.1:1", lines, socket)
    }

    /// The same with this `bind` line.
    fn of_line(bind: &str, lines: &str, socket: ForwardSocket) -> Bench {
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        receiver.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let to = receiver.local_addr().unwrap();
        let text = format!("log-forward f\n {bind}\n log {to} format raw local0\n{lines}\n");
        let model = Arc::new(model(&text));
        let tls = model.logging.forwards[0].listeners[0].tls.clone();
        let service =
            LogService::start(&model, vec![ForwardInlet { section: 0, socket, tls }], Vec::new()).unwrap().unwrap();
        Bench { model, service, receiver }
    }

    fn tcp(lines: &str) -> (Bench, std::net::SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        (Bench::new(lines, ForwardSocket::Tcp(listener)), address)
    }

    fn line(&self) -> String {
        let mut buffer = [0; 65_536];
        let n = self.receiver.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..n].to_vec()).unwrap()
    }
}

fn connect(address: std::net::SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

#[test]
fn datagrams_come_in() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    let address = socket.local_addr().unwrap();
    let bench = Bench::new("", ForwardSocket::Udp(socket));
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    for message in ["", "<34>Oct 11 22:14:15 h x: one\n", "two"] {
        sender.send_to(message.as_bytes(), address).unwrap();
    }
    assert_eq!([bench.line(), bench.line()], ["one\n", "two\n"]);
    assert_eq!(bench.model.process.counters.get(ProcessCounter::ReceivedLogs), 2, "an empty one is none");
    bench.service.finish();
}

#[test]
fn datagrams_come_in_by_a_path() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_nonblocking(true).unwrap();
    let bench = Bench::new("", ForwardSocket::UnixDatagram(socket));
    UnixDatagram::unbound().unwrap().send_to(b"<34>one", &path).unwrap();
    assert_eq!(bench.line(), "one\n");
}

#[test]
fn streams_come_in_by_either_framing() {
    let (bench, address) = Bench::tcp("");
    let mut stream = connect(address);
    stream.write_all(b"<34>one\n7 <34>two<34>thr").unwrap();
    assert_eq!([bench.line(), bench.line()], ["one\n", "two\n"]);
    stream.write_all(b"ee\n").unwrap();
    assert_eq!(bench.line(), "three\n");
    stream.write_all(b"nonsense\n").unwrap();
    assert_eq!(stream.read(&mut [0; 8]).unwrap(), 0, "what is no message ends the connection");
}

#[test]
fn a_message_longer_than_the_buffer_ends_the_connection() {
    let (bench, address) = Bench::tcp("");
    let mut stream = connect(address);
    // The rest of it may meet a connection that is closed already.
    let _ = stream.write_all(&[b"<34>".as_slice(), &[b'x'; 20_000]].concat());
    assert!(matches!(stream.read(&mut [0; 8]), Ok(0) | Err(_)));
    connect(address).write_all(b"<34>fine\n").unwrap();
    assert_eq!(bench.line(), "fine\n");
}

#[test]
fn connections_beyond_the_limit_wait() {
    let (bench, address) = Bench::tcp("maxconn 1");
    let mut first = connect(address);
    first.write_all(b"<34>first\n").unwrap();
    assert_eq!(bench.line(), "first\n");
    let mut second = connect(address);
    second.write_all(b"<34>second\n").unwrap();
    first.write_all(b"<34>first again\n").unwrap();
    assert_eq!(bench.line(), "first again\n");
    drop(first);
    assert_eq!(bench.line(), "second\n");
}

#[test]
fn silent_connections_end() {
    let (_bench, address) = Bench::tcp("timeout client 50ms");
    assert_eq!(connect(address).read(&mut [0; 8]).unwrap(), 0);
}

#[test]
fn a_stop_closes_what_receives() {
    let (bench, address) = Bench::tcp("");
    let mut stream = connect(address);
    stream.write_all(b"<34>one\n").unwrap();
    assert_eq!(bench.line(), "one\n");
    bench.service.stop_receiving();
    assert!(matches!(stream.read(&mut [0; 8]), Ok(0) | Err(_)));
    bench.service.finish();
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn without_work_there_is_no_thread() {
    let model = Arc::new(model("ring idle\n format iso\n"));
    assert!(LogService::start(&model, Vec::new(), Vec::new()).unwrap().is_none());
}
