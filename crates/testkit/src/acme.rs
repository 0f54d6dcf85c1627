//! A certificate authority that speaks ACME (RFC 8555) on a loopback port over TLS, strict about what it is sent: signatures, nonces, URLs,
//! accounts. It checks challenges for true, and fails in the ways it is told to.

mod alpn;
mod jose;
mod ledger;

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::http::{Request, Wire, response};
use crate::net::Reserved;
use crate::wait::PATIENCE;
use ledger::Ledger;

/// How the authority behaves. Nothing set: as it should.
#[derive(Clone, Debug)]
pub struct Behaviour {
    /// The port of the loopback address where `http-01` challenges are fetched and `tls-alpn-01` challenges are asked for, whatever their
    /// name; zero: nobody is there.
    pub fetch_port: u16,
    /// Challenges that are offered.
    pub challenges: Vec<&'static str>,
    /// Name and MAC key of the external account that new accounts have to name.
    pub external: Option<(String, Vec<u8>)>,
    /// How long certificates are good, from yesterday on.
    pub lifetime: Duration,
    /// What goes wrong.
    pub fault: Option<Failure>,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The first signed request is told that its nonce is bad.
    BadNonceOnce,
    /// Orders are refused as too many; they may be tried again after so many seconds.
    RateLimited(u64),
    /// Orders become invalid when they are finalized.
    OrderInvalid,
    /// The certificate that is issued is for another key.
    WrongKey,
    /// The directory is answered with status 500 and a page.
    Broken,
    /// Challenges stay pending for ever.
    NeverChecks,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            fetch_port: 0,
            challenges: vec!["http-01", "dns-01", "tls-alpn-01", "dns-persist-01"],
            external: None,
            lifetime: Duration::from_secs(90 * 86_400),
            fault: None,
        }
    }
}

/// An authority; ends with the value.
pub struct Authority {
    port: u16,
    root: String,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    stopping: AtomicBool,
    port: u16,
    ledger: Mutex<Ledger>,
    issuer: CertifiedIssuer<'static, KeyPair>,
    tls: Arc<ServerConfig>,
}

impl Authority {
    /// Begins to serve.
    pub fn new(behaviour: Behaviour) -> Self {
        let reserved = Reserved::new();
        let port = reserved.port();
        let listener = reserved.listen();
        let issuer = issuer();
        let root = issuer.pem();
        let tls = tls(&issuer);
        let ledger = Mutex::new(Ledger::new(behaviour, port));
        let shared = Arc::new(Shared { stopping: AtomicBool::new(false), port, ledger, issuer, tls });
        let accepting = thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                for stream in listener.incoming() {
                    if shared.stopping.load(Ordering::SeqCst) {
                        return;
                    }
                    let (Ok(stream), shared) = (stream, Arc::clone(&shared)) else { continue };
                    thread::spawn(move || serve(stream, &shared));
                }
            }
        });
        Self { port, root, shared, accepting: Some(accepting) }
    }

    /// The URL of the directory.
    pub fn directory(&self) -> String {
        format!("https://127.0.0.1:{}/directory", self.port)
    }

    /// The certificate that signs all others, the server's own among them, in PEM.
    pub fn root(&self) -> &str {
        &self.root
    }

    /// What `dns-01` challenges find: the text of a record, `_acme-challenge.` included in its name.
    pub fn set_record(&self, name: &str, value: &str) {
        self.ledger().records.insert(name.to_owned(), value.to_owned());
    }

    /// Changes how it behaves.
    pub fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.ledger().behaviour);
    }

    /// Contacts of the accounts, in the order they were opened.
    pub fn contacts(&self) -> Vec<String> {
        self.ledger().accounts.iter().map(|account| account.contact.clone()).collect()
    }

    /// Thumbprints of the accounts' keys, in the order they were opened.
    pub fn thumbprints(&self) -> Vec<String> {
        self.ledger().accounts.iter().map(|account| account.thumbprint.clone()).collect()
    }

    /// Profiles of the orders, empty where none was asked for.
    pub fn profiles(&self) -> Vec<String> {
        self.ledger().orders.iter().map(|order| order.profile.clone()).collect()
    }

    /// How many certificates were issued.
    pub fn issued(&self) -> usize {
        self.ledger().orders.iter().filter(|order| order.certificate.is_some()).count()
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.shared.ledger.lock().unwrap()
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        let _wakes_accept = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        if let Some(thread) = self.accepting.take() {
            let _ended = thread.join();
        }
    }
}

/// An answer before it is sent.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    status: u16,
    fields: Vec<String>,
    body: String,
}

impl Reply {
    fn json(status: u16, body: &serde_json::Value) -> Self {
        Self { status, fields: vec!["Content-Type: application/json".to_owned()], body: body.to_string() }
    }

    /// A fault (RFC 8555 6.7).
    fn problem(status: u16, kind: &str, detail: &str) -> Self {
        let body = serde_json::json!({ "type": format!("urn:ietf:params:acme:error:{kind}"), "detail": detail });
        let fields = vec!["Content-Type: application/problem+json".to_owned()];
        Self { status, fields, body: body.to_string() }
    }

    fn with(mut self, field: String) -> Self {
        self.fields.push(field);
        self
    }
}

/// A connection: requests until the peer closes.
fn serve(stream: TcpStream, shared: &Arc<Shared>) {
    let _best_effort = stream.set_nodelay(true);
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let Ok(connection) = ServerConnection::new(Arc::clone(&shared.tls)) else { return };
    let mut wire = Wire::new(StreamOwned::new(connection, stream));
    while let Ok(Some(request)) = wire.request() {
        let reply = answer(&request, shared);
        let fields: Vec<_> = reply.fields.iter().map(String::as_str).collect();
        let mut bytes = response(reply.status, &fields, &reply.body);
        if request.method() == "HEAD" {
            let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
            bytes.truncate(end + 4);
        }
        if shared.stopping.load(Ordering::SeqCst)
            || wire.socket.write_all(&bytes).is_err()
            || wire.socket.flush().is_err()
        {
            return;
        }
    }
}

fn answer(request: &Request, shared: &Arc<Shared>) -> Reply {
    let mut ledger = shared.ledger.lock().unwrap();
    let reply = match (request.method(), request.target()) {
        ("GET", "/directory") => ledger.directory(),
        ("HEAD" | "GET", "/nonce") => Reply { status: 200, ..Reply::default() },
        ("POST", target) => match ledger.opened(target, &request.body) {
            Ok(signed) => ledger.post(target, signed, &shared.issuer),
            Err(reply) => reply,
        },
        _ => Reply::problem(405, "malformed", "no such resource"),
    };
    if let Some(check) = ledger.to_check.take() {
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            let found = check.run();
            shared.ledger.lock().unwrap().checked(&check, found);
        });
    }
    let nonce = ledger.nonce();
    let root = format!("https://127.0.0.1:{}", shared.port);
    reply.with(format!("Replay-Nonce: {nonce}")).with(format!("Link: <{root}/directory>;rel=\"index\""))
}

/// A challenge to be checked.
#[derive(Debug)]
pub(crate) struct Check {
    order: usize,
    name: usize,
    kind: String,
    token: String,
    expected: String,
    host: String,
    port: u16,
    records: HashMap<String, String>,
}

impl Check {
    /// Whether the challenge is met, or what is wrong: type and detail.
    fn run(&self) -> Result<(), (&'static str, String)> {
        match self.kind.as_str() {
            "http-01" => {
                let body = self.fetch().map_err(|error| ("connection", format!("{}: {error}", self.host)))?;
                if body.trim_end() == self.expected {
                    return Ok(());
                }
                Err(("unauthorized", format!("{} answered {body:?}", self.host)))
            }
            "tls-alpn-01" => {
                let shown =
                    alpn::ask(self.port, &self.host).map_err(|error| ("tls", format!("{}: {error}", self.host)))?;
                match alpn::is_answer(&shown, &self.expected) {
                    true => Ok(()),
                    false => Err(("unauthorized", format!("{} shows another certificate", self.host))),
                }
            }
            "dns-persist-01" => self.look_up("_validation-persist", &self.expected),
            _ => self.look_up("_acme-challenge", &jose::digest(&self.expected)),
        }
    }

    fn look_up(&self, prefix: &str, expected: &str) -> Result<(), (&'static str, String)> {
        let record = format!("{prefix}.{}", self.host);
        match self.records.get(&record) {
            None => Err(("dns", format!("no TXT record {record}"))),
            Some(value) if value == expected => Ok(()),
            Some(value) => Err(("unauthorized", format!("TXT record {record} holds {value:?}"))),
        }
    }

    /// Asks for the file that RFC 8555 8.3 describes.
    fn fetch(&self) -> io::Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let (host, token) = (&self.host, &self.token);
        let request =
            format!("GET /.well-known/acme-challenge/{token} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        if head.starts_with("HTTP/1.1 200 ") {
            Ok(body.to_owned())
        } else {
            Err(io::Error::other(head.lines().next().unwrap_or_default().to_owned()))
        }
    }
}

fn issuer() -> CertifiedIssuer<'static, KeyPair> {
    let mut subject = CertificateParams::new(Vec::new()).unwrap();
    subject.distinguished_name.push(DnType::CommonName, "a test's authority");
    subject.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    subject.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    CertifiedIssuer::self_signed(subject, KeyPair::generate().unwrap()).unwrap()
}

fn tls(issuer: &CertifiedIssuer<'static, KeyPair>) -> Arc<ServerConfig> {
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, issuer).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let chain = vec![CertificateDer::from(own.der().to_vec())];
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap())
}
