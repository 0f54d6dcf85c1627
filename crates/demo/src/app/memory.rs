//! What one server remembers from its start to its stop: its sessions, and the last requests it saw.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::session::SessionId;
use crate::journal::unix_ms;

/// Sessions a server keeps; past that the one unused for longest is forgotten.
const MAX_SESSIONS: usize = 2000;
/// Requests a server can tell about.
const MAX_HITS_TOLD: usize = 6;
/// Names of logged-in visitors that a server tells.
const MAX_NAMES_TOLD: usize = 60;
/// Of a visitor's name, in characters.
const MAX_NAME_CHARS: usize = 24;

/// A server's memory. It is made when the server starts and dropped when it stops.
pub(crate) struct Memory {
    books: Mutex<Books>,
}

#[derive(Default)]
struct Books {
    hits: u64,
    sessions: HashMap<SessionId, Session>,
    last_hits: VecDeque<HitSeen>,
}

struct Session {
    user: Option<UserName>,
    visits: u64,
    /// It began because the visitor came with a session that this server never had.
    replaces_a_lost_one: bool,
    /// The server's hit count at the last use.
    last_hit: u64,
}

/// What a request does to the session.
pub(super) enum Deed {
    /// The page was asked for: one more visit.
    Look,
    LogIn(UserName),
    LogOut,
    /// A login that was not understood.
    Fail,
}

/// A request as the server saw it.
pub(super) struct Hit {
    /// Method and path.
    pub request: &'static str,
    /// The proxy's cookie.
    pub proxy_cookie: Option<String>,
}

/// What the server knows of a visitor after a request.
pub(super) struct Facts {
    pub session: SessionId,
    pub is_new_session: bool,
    pub visits: u64,
    pub user: Option<String>,
    /// The visitor had a session with another server, or with this one before it was stopped.
    pub has_lost_session: bool,
}

/// What the desk shows of a memory.
#[derive(Debug, Serialize)]
pub(crate) struct Seen {
    pub hits: u64,
    pub sessions: usize,
    pub logins: usize,
    /// Of logged-in visitors, sorted, at most [`MAX_NAMES_TOLD`].
    pub names: Vec<String>,
    /// Newest first.
    pub last_hits: Vec<HitSeen>,
}

/// A past request.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct HitSeen {
    at_ms: u64,
    request: &'static str,
    proxy_cookie: Option<String>,
    user: Option<String>,
}

/// What goes when a server stops.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Loss {
    pub sessions: usize,
    /// Of logged-in visitors, sorted.
    pub names: Vec<String>,
}

impl Memory {
    pub fn new() -> Self {
        Self { books: Mutex::default() }
    }

    /// Notes a request and does its deed in the session it presented, or in a new one where this server does not know that.
    pub(super) fn serve<E>(
        &self,
        presented: Option<&SessionId>,
        fresh_id: impl FnOnce() -> Result<SessionId, E>,
        deed: Deed,
        hit: Hit,
    ) -> Result<Facts, E> {
        let mut books = self.books();
        books.hits += 1;
        let now = books.hits;
        let known = presented.filter(|id| books.sessions.contains_key(id));
        let (id, is_new_session) = match known {
            Some(id) => (id.clone(), false),
            None => (fresh_id()?, true),
        };
        if is_new_session {
            books.make_room();
        }
        let session = books.sessions.entry(id.clone()).or_insert_with(|| Session {
            user: None,
            visits: 0,
            replaces_a_lost_one: presented.is_some(),
            last_hit: now,
        });
        session.last_hit = now;
        match deed {
            Deed::Look => session.visits += 1,
            Deed::LogIn(name) => {
                session.user = Some(name);
                session.replaces_a_lost_one = false;
            }
            Deed::LogOut => session.user = None,
            Deed::Fail => {}
        }
        let user = session.user.as_ref().map(|name| name.0.clone());
        let facts = Facts {
            session: id,
            is_new_session,
            visits: session.visits,
            user: user.clone(),
            has_lost_session: session.replaces_a_lost_one,
        };
        books.note(HitSeen { at_ms: unix_ms(), request: hit.request, proxy_cookie: hit.proxy_cookie, user });
        Ok(facts)
    }

    pub fn seen(&self) -> Seen {
        let books = self.books();
        let mut names = books.names();
        let logins = names.len();
        names.truncate(MAX_NAMES_TOLD);
        Seen {
            hits: books.hits,
            sessions: books.sessions.len(),
            logins,
            names,
            last_hits: books.last_hits.iter().cloned().collect(),
        }
    }

    pub fn loss(&self) -> Loss {
        let books = self.books();
        Loss { sessions: books.sessions.len(), names: books.names() }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    fn make_room(&mut self) {
        if self.sessions.len() < MAX_SESSIONS {
            return;
        }
        let oldest = self.sessions.iter().min_by_key(|(_, session)| session.last_hit).map(|(id, _)| id.clone());
        if let Some(id) = oldest {
            self.sessions.remove(&id);
        }
    }

    fn note(&mut self, hit: HitSeen) {
        self.last_hits.truncate(MAX_HITS_TOLD - 1);
        self.last_hits.push_front(hit);
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.sessions.values().filter_map(|session| session.user.as_ref()).map(|name| name.0.clone()).collect();
        names.sort_unstable();
        names
    }
}

/// A visitor's name: some visible characters, not many.
#[derive(Debug)]
pub(super) struct UserName(String);

impl UserName {
    /// # Errors
    /// What is wrong with the name, in a sentence for the visitor.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let name = text.trim();
        if name.is_empty() {
            Err("Please give a name.")
        } else if name.chars().count() > MAX_NAME_CHARS {
            Err("That name is too long: 24 characters at most.")
        } else if name.chars().any(char::is_control) {
            Err("That name has characters that cannot be shown.")
        } else {
            Ok(Self(name.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::session::RunTag;
    use super::*;

    fn look(memory: &Memory, run: RunTag, presented: Option<&SessionId>) -> Facts {
        let hit = Hit { request: "GET /", proxy_cookie: None };
        memory.serve(presented, || SessionId::fresh(run), Deed::Look, hit).unwrap()
    }

    #[test]
    fn the_session_unused_for_longest_makes_room() {
        let memory = Memory::new();
        let run = RunTag::draw().unwrap();
        let first = look(&memory, run, None).session;
        let second = look(&memory, run, None).session;
        look(&memory, run, Some(&first));
        for _ in 2..=MAX_SESSIONS {
            look(&memory, run, None);
        }
        assert_eq!(memory.seen().sessions, MAX_SESSIONS);
        assert_eq!(look(&memory, run, Some(&first)).visits, 3);
        assert!(look(&memory, run, Some(&second)).is_new_session);
    }

    #[test]
    fn only_the_last_requests_are_told_newest_first() {
        let memory = Memory::new();
        let run = RunTag::draw().unwrap();
        for number in 0..MAX_HITS_TOLD + 2 {
            let hit = Hit { request: "GET /", proxy_cookie: Some(number.to_string()) };
            memory.serve(None, || SessionId::fresh(run), Deed::Look, hit).unwrap();
        }
        let seen = memory.seen();
        assert_eq!(seen.hits, 8);
        let cookies: Vec<_> = seen.last_hits.iter().map(|hit| hit.proxy_cookie.as_deref().unwrap()).collect();
        assert_eq!(cookies, ["7", "6", "5", "4", "3", "2"]);
    }

    #[test]
    fn names_are_trimmed_and_checked() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(UserName::parse(text).ok().map(|name| name.0).as_deref(), expected, "{text:?}");
        };
        check("  Ada ", Some("Ada"));
        check("Zoë <b>", Some("Zoë <b>"));
        check("", None);
        check(" \t", None);
        check("a\u{7}b", None);
        check(&"x".repeat(24), Some(&"x".repeat(24)));
        check(&"x".repeat(25), None);
    }
}
