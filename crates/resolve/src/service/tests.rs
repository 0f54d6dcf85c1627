//! Sections that ask name servers on the loopback address.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::{LocalSet, spawn_local};

use super::*;
use crate::counters::Counter;
use crate::families::{Family, FamilyPolicy};
use crate::name::HostName;
use crate::section::{Hold, NameServer, Settings, Transport};

const SETTINGS: Settings = Settings {
    retries: 2,
    retry_ms: 100,
    resolve_ms: 1000,
    hold: Hold { valid_ms: 60_000, obsolete_ms: 0, no_such_name_ms: 0, refused_ms: 0, timeout_ms: 0, other_ms: 0 },
    payload_bytes: 512,
    families: FamilyPolicy::Both,
};

/// What a name server answers to a query: flags, and addresses of IPv4.
type Script = fn(&str, bool) -> Option<(u16, Vec<[u8; 4]>)>;

fn reply(query: &[u8], script: Script) -> Option<Vec<u8>> {
    let end = 12 + query[12..].iter().position(|byte| *byte == 0)? + 5;
    let name: String = query[13..end - 5].iter().map(|byte| if *byte < 32 { '.' } else { char::from(*byte) }).collect();
    let is_v6 = query[end - 3] == 28;
    let (flags, addresses) = script(&name, is_v6)?;
    let mut bytes = query[..2].to_vec();
    bytes.extend(flags.to_be_bytes());
    bytes.extend([0, 1, 0, addresses.len() as u8, 0, 0, 0, 0]);
    bytes.extend(&query[12..end]);
    for address in addresses {
        bytes.extend(b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04");
        bytes.extend(address);
    }
    Some(bytes)
}

/// A name server over UDP that answers by the script, and one over TCP at the same port that knows better.
async fn name_server(over_udp: Script, over_tcp: Script) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let socket = UdpSocket::bind(address).await.unwrap();
    spawn_local(async move {
        let mut buffer = [0; 1024];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            if let Some(answer) = reply(&buffer[..length], over_udp) {
                // What answers nothing comes first: it is passed over.
                socket.send_to(b"noise", from).await.unwrap();
                let mut forged = answer.clone();
                forged[1] ^= 1;
                socket.send_to(&forged, from).await.unwrap();
                socket.send_to(&[0; 600], from).await.unwrap();
                socket.send_to(&answer, from).await.unwrap();
            }
        }
    });
    spawn_local(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut query = vec![0; usize::from(stream.read_u16().await.unwrap())];
            stream.read_exact(&mut query).await.unwrap();
            if let Some(answer) = reply(&query, over_tcp) {
                stream.write_u16(answer.len() as u16).await.unwrap();
                stream.write_all(&answer).await.unwrap();
            }
        }
    });
    address
}

fn section(name_servers: &[(SocketAddr, Transport)]) -> Arc<Section> {
    let name_servers = name_servers.iter().map(|(at, transport)| NameServer::new("n".into(), *at, *transport));
    let section = Arc::new(Section::new("s".into(), SETTINGS, name_servers.collect()));
    spawn_local(Service::new(&[Arc::clone(&section)]).run());
    section
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, test);
}

fn host(name: &str) -> HostName {
    HostName::parse(name.as_bytes()).unwrap()
}

const TWO: Script = |name, is_v6| match (name, is_v6) {
    ("a.test", false) => Some((0x8180, vec![[127, 0, 0, 2], [127, 0, 0, 3]])),
    ("big.test", _) => Some((0x8380, vec![])),
    ("refused.test", _) => Some((0x8185, vec![])),
    ("silent.test", _) => None,
    _ => Some((0x8183, vec![])),
};
const BIG: Script = |name, _| (name == "big.test").then(|| (0x8180, vec![[127, 0, 0, 7]]));

#[test]
fn addresses_and_failures() {
    run(async {
        let server = name_server(TWO, BIG).await;
        let section = section(&[(server, Transport::Udp)]);
        let count = |counter| section.name_servers[0].counters.get(counter);
        let ask = |name: &str, prefer| section.address(host(name), prefer);
        let ip = |last| Some(IpAddr::from([127, 0, 0, last]));
        assert_eq!(ask("a.test", Family::V4).await, ip(2));
        assert_eq!(ask("a.test", Family::V4).await, ip(3), "it is known, and they take turns");
        assert_eq!((count(Counter::Sent), count(Counter::Valid)), (1, 1));
        assert_eq!((count(Counter::Invalid), count(Counter::Outdated), count(Counter::TooBig)), (1, 1, 1));
        assert_eq!(ask("a.test", Family::V6).await, ip(2), "there is none of the other family");
        assert_eq!((count(Counter::Sent), count(Counter::NoSuchName)), (3, 1));
        assert_eq!(ask("big.test", Family::V4).await, ip(7), "over TCP");
        assert_eq!((count(Counter::Sent), count(Counter::Truncated)), (5, 1));
        let fails = |name: &str| section.resolve(host(name), Family::V4);
        assert_eq!(fails("none.test").await, Outcome::Failed(Failure::NoSuchName));
        assert_eq!(count(Counter::Sent), 9, "two families, twice");
        assert_eq!(fails("refused.test").await, Outcome::Failed(Failure::Refused));
        assert_eq!(fails("silent.test").await, Outcome::Failed(Failure::Timeout));
        assert_eq!(count(Counter::Timeouts), 2);
        assert_eq!(ask("silent.test", Family::V4).await, None);
    });
}

#[test]
fn the_first_good_answer_counts() {
    run(async {
        let knows_nothing = name_server(|_, _| Some((0x8183, vec![])), BIG).await;
        let silent = name_server(|_, _| None, BIG).await;
        let knows = name_server(TWO, BIG).await;
        let section = section(&[(knows_nothing, Transport::Udp), (silent, Transport::Udp), (knows, Transport::Udp)]);
        match section.resolve(host("a.test"), Family::V4).await {
            Outcome::Found(found) => assert_eq!((found.addresses.len(), found.by), (2, 2)),
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn over_tcp_and_to_nobody() {
    run(async {
        let over_tcp = section(&[(name_server(TWO, BIG).await, Transport::Tcp)]);
        assert_eq!(over_tcp.address(host("big.test"), Family::V4).await, Some([127, 0, 0, 7].into()));
        let nobody = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap();
        let unheard = section(&[(nobody, Transport::Udp), (nobody, Transport::Tcp)]);
        assert_eq!(unheard.resolve(host("a.test"), Family::V4).await, Outcome::Failed(Failure::Timeout));
        let empty = section(&[]);
        assert_eq!(empty.resolve(host("a.test"), Family::V4).await, Outcome::Failed(Failure::Other));
    });
}

/// Many who ask the same are one question.
#[test]
fn questions_are_shared() {
    run(async {
        let section = section(&[(name_server(TWO, BIG).await, Transport::Udp)]);
        let mut askers = JoinSet::new();
        for _ in 0..50 {
            let section = Arc::clone(&section);
            askers.spawn_local(async move { section.address(host("a.test"), Family::V4).await });
        }
        let addresses = askers.join_all().await;
        assert!(addresses.iter().all(Option::is_some));
        assert_eq!(section.name_servers[0].counters.get(Counter::Sent), 1);
    });
}
