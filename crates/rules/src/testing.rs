//! What the tests of this crate share: words as they are read from a file, and a request to test on.

use std::net::SocketAddr;
use std::sync::Arc;

use burdock_base::{BindId, Instant, ProxyId, Seats};
use burdock_state::{CaptureEntry, Directory, ProxyEntry, TimeoutEntry};
use burdock_syntax::{Diagnostics, Environment, Facts, Reader, SourceMap, Word};
use burdock_txn::{Endpoint, Txn};

/// The lines of a text, cut into words.
pub fn lines(text: &str) -> Vec<Vec<Word>> {
    let file = SourceMap::new().add("t", format!("{text}\n")).unwrap();
    let (facts, environment) = (Facts::default(), Environment::empty());
    let mut diagnostics = Diagnostics::new();
    let mut reader = Reader::new(file, &facts);
    let mut lines = Vec::new();
    while let Some(line) = reader.next_line(&environment, &mut diagnostics) {
        lines.push(line.words);
    }
    assert!(diagnostics.is_empty(), "{text}: {diagnostics:?}");
    lines
}

/// `METHOD target`, then header lines, from 127.0.0.1:4242 to 127.0.0.1:80.
pub fn request(text: &str) -> Txn {
    let endpoint = |port: u16| Endpoint::from_ip(SocketAddr::from(([127, 0, 0, 1], port)));
    let mut txn = Txn::new(endpoint(4242), endpoint(80), ProxyId(0), BindId(0), Instant::START);
    let mut lines = text.lines();
    let (method, target) = lines.next().unwrap().split_once(' ').unwrap();
    txn.request.set_method(method.as_bytes()).unwrap();
    txn.request.set_target(target.as_bytes()).unwrap();
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        txn.request.headers.append(name.as_bytes(), value.as_bytes()).unwrap();
    }
    txn.request_valid = true;
    txn
}

/// A directory of one proxy, which has no servers.
pub fn directory() -> Directory {
    let entry = ProxyEntry {
        name: "web".into(),
        numeric_id: 2,
        http: true,
        maxconn: 0,
        binds: Vec::new(),
        frontend: None,
        backend: None,
        servers: Seats::default(),
        timeouts: TimeoutEntry::default(),
        fcgi_app: None,
        captures: CaptureEntry::default(),
        default_backend: None,
        retries: 3,
        all_backups: false,
    };
    Directory { proxies: vec![Arc::new(entry)], ..Directory::empty() }
}
