//! A `resolvers` section (configuration manual 5.3.2): its settings, its name servers, and the desk where it is asked.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};

use crate::counters::Counters;
use crate::families::{Family, FamilyPolicy};
use crate::limit::MAX_WAITING;
use crate::name::HostName;
use crate::outcome::{Failure, Outcome};

/// A `resolvers` section. May be asked from any thread.
#[derive(Debug)]
pub struct Section {
    /// Its name.
    pub name: String,
    /// What it says.
    pub settings: Settings,
    /// Whom it asks, all at once.
    pub name_servers: Vec<NameServer>,
    desk: mpsc::Sender<Inquiry>,
    /// Until a service takes it.
    inquiries: Mutex<Option<mpsc::Receiver<Inquiry>>>,
}

/// What a section says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `resolve_retries`: how often a name is asked for before that is given up.
    pub retries: u32,
    /// `timeout retry`: milliseconds until a name is asked for again.
    pub retry_ms: u64,
    /// `timeout resolve`: milliseconds between looks at the names of servers.
    pub resolve_ms: u64,
    /// `hold`
    pub hold: Hold,
    /// `accepted_payload_size`: bytes that an answer may have.
    pub payload_bytes: u16,
    /// `dns-accept-family`
    pub families: FamilyPolicy,
}

/// `hold`: milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// How long an answer serves rules.
    pub valid_ms: u64,
    /// How long addresses are kept that are missing in later answers.
    pub obsolete_ms: u64,
    /// How long a server stays as it is though its name does not exist.
    pub no_such_name_ms: u64,
    /// The same where name servers refuse.
    pub refused_ms: u64,
    /// The same where they are silent.
    pub timeout_ms: u64,
    /// The same for whatever else they may say.
    pub other_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            retries: 3,
            retry_ms: 1000,
            resolve_ms: 1000,
            hold: Hold::default(),
            payload_bytes: 512,
            families: FamilyPolicy::Auto,
        }
    }
}

impl Default for Hold {
    fn default() -> Self {
        const USUAL_MS: u64 = 30_000;
        Self {
            valid_ms: 10_000,
            obsolete_ms: 0,
            no_such_name_ms: USUAL_MS,
            refused_ms: USUAL_MS,
            timeout_ms: USUAL_MS,
            other_ms: USUAL_MS,
        }
    }
}

impl Hold {
    /// How long a server stays as it is in spite of a failure.
    pub const fn of(&self, failure: Failure) -> u64 {
        match failure {
            Failure::NoSuchName => self.no_such_name_ms,
            Failure::Refused => self.refused_ms,
            Failure::Timeout => self.timeout_ms,
            Failure::Other => self.other_ms,
        }
    }
}

/// A name server.
#[derive(Debug)]
pub struct NameServer {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub address: SocketAddr,
    /// How it is asked.
    pub transport: Transport,
    /// What it has said so far.
    pub counters: Counters,
}

/// How a name server is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Over UDP, and over TCP for what has no room there.
    Udp,
    /// Over TCP.
    Tcp,
}

/// What is asked for, and by whom.
#[derive(Debug)]
pub(crate) struct Inquiry {
    pub(crate) question: Question,
    pub(crate) reply: Reply,
}

/// What is asked for. Equal questions are asked once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Question {
    pub(crate) name: HostName,
    pub(crate) prefer: Family,
}

/// Who wants to know.
#[derive(Debug)]
pub(crate) enum Reply {
    /// A rule: one address, which may be known already.
    Address(oneshot::Sender<Option<IpAddr>>),
    /// Whoever looks after servers: everything, as it is now.
    Outcome(oneshot::Sender<Outcome>),
}

impl Section {
    /// A section of this name.
    pub fn new(name: String, settings: Settings, name_servers: Vec<NameServer>) -> Self {
        let (desk, inquiries) = mpsc::channel(MAX_WAITING);
        Self { name, settings, name_servers, desk, inquiries: Mutex::new(Some(inquiries)) }
    }

    /// An address of a name, for a rule: as known for no longer than `hold valid`, the addresses of a name in turns. None where there is
    /// none, after all retries. Takes a running [`Service`](crate::Service).
    pub async fn address(&self, name: HostName, prefer: Family) -> Option<IpAddr> {
        let (reply, answer) = oneshot::channel();
        self.ask(Inquiry { question: Question { name, prefer }, reply: Reply::Address(reply) });
        answer.await.ok().flatten()
    }

    /// What name servers say of a name now.
    pub async fn resolve(&self, name: HostName, prefer: Family) -> Outcome {
        let (reply, answer) = oneshot::channel();
        self.ask(Inquiry { question: Question { name, prefer }, reply: Reply::Outcome(reply) });
        answer.await.unwrap_or(Outcome::Failed(Failure::Other))
    }

    /// Where there is no room, whoever asks is told at once by the end of its channel.
    fn ask(&self, inquiry: Inquiry) {
        let _ = self.desk.try_send(inquiry);
    }

    /// What is asked at the desk; none where a service has it already.
    pub(crate) fn take_inquiries(&self) -> Option<mpsc::Receiver<Inquiry>> {
        self.inquiries.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl NameServer {
    /// One that has not been asked yet.
    pub fn new(name: String, address: SocketAddr, transport: Transport) -> Self {
        Self { name, address, transport, counters: Counters::default() }
    }
}
