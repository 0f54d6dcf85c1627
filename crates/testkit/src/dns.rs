//! A name server on the loopback address that says what a test has told it to, over UDP and TCP at the same port.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// What is said of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DnsAnswer {
    /// Those of these addresses that are of the family asked for; there may be none.
    Addresses(Vec<IpAddr>),
    /// The same over TCP; over UDP only that it has no room.
    TooLarge(Vec<IpAddr>),
    /// The same under a number that was not asked.
    WrongNumber(Vec<IpAddr>),
    /// The same to another question.
    WrongQuestion(Vec<IpAddr>),
    /// No such name.
    NoSuchName,
    /// Refused.
    Refused,
    /// Nothing at all.
    Silence,
}

/// A query as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsQuery {
    /// Its number.
    pub id: u16,
    /// The name.
    pub name: String,
    /// `A` is 1, `AAAA` 28.
    pub kind: u16,
    /// Where it came from.
    pub from: SocketAddr,
    /// Whether it came over TCP.
    pub over_tcp: bool,
}

/// A name server.
#[derive(Debug)]
pub struct DnsServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    answers: Mutex<HashMap<String, DnsAnswer>>,
    queries: Mutex<Vec<DnsQuery>>,
    is_over: AtomicBool,
}

impl DnsServer {
    /// One that knows no name yet.
    ///
    /// # Panics
    /// When no port can be had.
    pub fn new() -> Self {
        // The kernel chooses for TCP; somebody else may have that port for UDP.
        let (listener, socket) = (0..100)
            .find_map(|_| {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
                let socket = UdpSocket::bind(listener.local_addr().ok()?).ok()?;
                Some((listener, socket))
            })
            .unwrap();
        let (address, shared) = (listener.local_addr().unwrap(), Arc::new(Shared::default()));
        let (for_udp, for_tcp) = (Arc::clone(&shared), Arc::clone(&shared));
        thread::spawn(move || for_udp.serve_udp(&socket));
        thread::spawn(move || for_tcp.serve_tcp(&listener));
        Self { address, shared }
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What it says of a name from now on.
    pub fn say(&self, name: &str, answer: DnsAnswer) {
        self.shared.answers.lock().unwrap().insert(name.to_owned(), answer);
    }

    /// A name has these addresses from now on.
    pub fn point(&self, name: &str, addresses: &[&str]) {
        self.say(name, DnsAnswer::Addresses(parsed(addresses)));
    }

    /// The queries for a name so far.
    pub fn queries(&self, name: &str) -> Vec<DnsQuery> {
        self.shared.queries.lock().unwrap().iter().filter(|query| query.name == name).cloned().collect()
    }
}

/// Addresses from their texts.
///
/// # Panics
/// One of them is none.
pub fn parsed(addresses: &[&str]) -> Vec<IpAddr> {
    addresses.iter().map(|address| address.parse().unwrap()).collect()
}

impl Default for DnsServer {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for DnsServer {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        // Both threads look up.
        if let Ok(socket) = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)) {
            let _ = socket.send_to(&[], self.address);
        }
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn serve_udp(&self, socket: &UdpSocket) {
        let mut buffer = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            if self.is_over.load(Ordering::Relaxed) {
                return;
            }
            if let Some(answer) = self.answer(&buffer[..length], from, false) {
                // Whoever asked may be gone.
                let _ = socket.send_to(&answer, from);
            }
        }
    }

    fn serve_tcp(&self, listener: &TcpListener) {
        while let Ok((mut stream, from)) = listener.accept() {
            if self.is_over.load(Ordering::Relaxed) {
                return;
            }
            let mut length = [0; 2];
            let mut query = Vec::new();
            if stream.read_exact(&mut length).is_ok()
                && (&stream).take(u16::from_be_bytes(length).into()).read_to_end(&mut query).is_ok()
                && let Some(answer) = self.answer(&query, from, true)
            {
                let _ = stream.write_all(&[&(answer.len() as u16).to_be_bytes(), &answer[..]].concat());
            }
        }
    }

    fn answer(&self, query: &[u8], from: SocketAddr, over_tcp: bool) -> Option<Vec<u8>> {
        let (name, end) = name_at(query, 12)?;
        let id = u16::from_be_bytes([query[0], query[1]]);
        let kind = u16::from_be_bytes([*query.get(end)?, *query.get(end + 1)?]);
        self.queries.lock().unwrap().push(DnsQuery { id, name: name.clone(), kind, from, over_tcp });
        let answer = self.answers.lock().unwrap().get(&name).cloned().unwrap_or(DnsAnswer::NoSuchName);
        let question = query.get(12..end + 4)?;
        let of_kind = |addresses: &[IpAddr]| -> Vec<IpAddr> {
            addresses.iter().copied().filter(|address| address.is_ipv6() == (kind == 28)).collect()
        };
        let good = |id, addresses: &[IpAddr]| message(id, 0x8180, question, &of_kind(addresses));
        Some(match answer {
            DnsAnswer::Silence => return None,
            DnsAnswer::NoSuchName => message(id, 0x8183, question, &[]),
            DnsAnswer::Refused => message(id, 0x8185, question, &[]),
            DnsAnswer::TooLarge(_) if !over_tcp => message(id, 0x8380, question, &[]),
            DnsAnswer::Addresses(addresses) | DnsAnswer::TooLarge(addresses) => good(id, &addresses),
            DnsAnswer::WrongNumber(addresses) => good(id ^ 0x0101, &addresses),
            DnsAnswer::WrongQuestion(addresses) => {
                let other = [b"\x05other\0\0", &[kind as u8][..], b"\0\x01"].concat();
                message(id, 0x8180, &other, &of_kind(&addresses))
            }
        })
    }
}

fn message(id: u16, flags: u16, question: &[u8], addresses: &[IpAddr]) -> Vec<u8> {
    let header = [id, flags, 1, addresses.len() as u16, 0, 0];
    let mut bytes: Vec<u8> = header.iter().flat_map(|number| number.to_be_bytes()).collect();
    bytes.extend(question);
    for address in addresses {
        let (kind, octets): (u8, Vec<u8>) = match address {
            IpAddr::V4(address) => (1, address.octets().into()),
            IpAddr::V6(address) => (28, address.octets().into()),
        };
        bytes.extend([0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 60, 0, octets.len() as u8]);
        bytes.extend(octets);
    }
    bytes
}

/// The name at a position, and where it ends.
fn name_at(message: &[u8], mut at: usize) -> Option<(String, usize)> {
    let mut labels = Vec::new();
    loop {
        let length = usize::from(*message.get(at)?);
        at += 1;
        if length == 0 {
            return Some((labels.join("."), at));
        }
        labels.push(String::from_utf8_lossy(message.get(at..at + length)?).into_owned());
        at += length;
    }
}
