//! What an action says is to happen next.

use std::net::IpAddr;
use std::sync::Arc;

use burdock_http::{EditError, Reply, ResponseHead};
use burdock_resolve::{Family, HostName, Section};
use burdock_sample::{Assignment, Value};
use burdock_txn::Service;

use crate::action::Scene;

/// What follows an action.
#[derive(Debug)]
pub enum Flow {
    /// The next rule.
    Continue,
    /// No further rule of this set.
    Accept,
    /// The client gets an answer from us, and the request goes no further.
    Answer(Box<Answer>),
    /// A service answers the request, which goes no further.
    Serve(Service),
    /// A connection of `mode tcp` goes on in `mode http`, and no further rule of this set is carried out.
    SwitchMode(SwitchTo),
    /// The connection is closed without a word.
    Reject,
    /// The connection is forgotten: the client is told nothing, not even that it is closed.
    SilentDrop,
    /// Something has to come first; the next rule follows then.
    Wait(Wait),
    /// Name servers have to be asked; what they say is noted, and the next rule follows.
    Resolve(Box<Lookup>),
    /// A log line is written now, by this profile or, where there is none, by those of the targets; the next rule follows.
    Log(Option<usize>),
    /// The client gets an interim response; the next rule follows.
    Interim(Box<ResponseHead>),
    /// A message cannot be rewritten as asked for: it has no room, or what is to be written could not stand there.
    Failed,
}

/// What a connection speaks once it is in `mode http`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwitchTo {
    /// HTTP/2 where it begins with that, else HTTP/1.
    Either,
    /// HTTP/1
    Http1,
    /// HTTP/2
    Http2,
}

/// What has to come before the next rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The body: all of it, or so many bytes, but no longer than this.
    Body {
        /// The longest wait, in milliseconds.
        limit_ms: u64,
        /// Bytes that are enough; none: all of it.
        at_least: Option<u64>,
    },
    /// More of what is received, or the end of `inspect-delay`: the rule is not decided yet. All rules are evaluated again then.
    Content,
    /// The end of handshakes with the client.
    Handshake,
    /// Time.
    Pause {
        /// How much, in milliseconds.
        ms: u64,
    },
}

/// A host name to be asked for.
#[derive(Debug)]
pub struct Lookup {
    /// Whom to ask.
    pub section: Arc<Section>,
    /// The name.
    pub name: HostName,
    /// The family of addresses that comes first.
    pub prefer: Family,
    pub(crate) into: Assignment,
}

impl Lookup {
    /// Takes an address down.
    pub fn note(&self, address: IpAddr, scene: &mut Scene<'_>) {
        self.into.set(Value::Addr(address), &scene.input());
    }
}

/// An answer of ours.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// What it holds.
    pub content: Content,
    /// Why, for the log: a refusal is `PR`, what a rule returns is `LR`.
    pub reason: Reason,
    /// Whether it comes only after `timeout tarpit`.
    pub tarpit: bool,
    /// Whether rules for responses apply to it (`http-after-response`); they do unless they are its origin.
    pub rewritten: bool,
}

/// What an answer holds.
#[derive(Debug)]
pub enum Content {
    /// The page that the proxies have for its status.
    Page,
    /// A page for the status that a rule names itself; none: the connection is closed without a word.
    Ready(Option<Arc<Reply>>),
    /// This, made for the request.
    Reply(Box<Reply>),
    /// The page that the proxies have for its status, with a challenge for this realm.
    Challenge(Box<[u8]>),
}

/// Why there is an answer of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A rule refuses.
    Refused,
    /// A rule answers: `return`, `redirect`, `auth`.
    Answered,
    /// A rule failed.
    Failed,
}

impl Answer {
    /// A refusal with the page of a status.
    pub const fn refusal(status: u16) -> Self {
        Self { status, content: Content::Page, reason: Reason::Refused, tarpit: false, rewritten: true }
    }

    /// A reply made by a rule.
    pub fn reply(reply: Reply) -> Self {
        let status = reply.head.status;
        Self {
            status,
            content: Content::Reply(Box::new(reply)),
            reason: Reason::Answered,
            tarpit: false,
            rewritten: true,
        }
    }
}

impl Flow {
    /// Whether it ends the evaluation of the set for good.
    pub const fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Accept | Self::Answer(_) | Self::Serve(_) | Self::SwitchMode(_) | Self::Reject | Self::SilentDrop
        )
    }

    /// What follows an edit of a message.
    pub fn edited(result: Result<(), EditError>) -> Self {
        if result.is_ok() { Self::Continue } else { Self::Failed }
    }
}
