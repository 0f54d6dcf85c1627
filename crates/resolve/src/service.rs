//! Answers what sections are asked: one resolution for all who ask the same, and none for rules as long as an answer holds.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::limit::{MAX_KNOWN, MAX_RUNNING};
use crate::outcome::{Failure, Found, Outcome};
use crate::resolution::resolve;
use crate::section::{Inquiry, Question, Reply, Section};

/// Does the work of sections until it is dropped.
pub struct Service {
    desks: Vec<Desk>,
}

impl Service {
    /// One for these sections, as far as no other has them.
    pub fn new(sections: &[Arc<Section>]) -> Self {
        let desk = |section: &Arc<Section>| {
            let inquiries = section.take_inquiries()?;
            let (running, entries) = (JoinSet::new(), HashMap::new());
            Some(Desk { section: Arc::clone(section), inquiries, running, entries })
        };
        Self { desks: sections.iter().filter_map(desk).collect() }
    }

    /// Works; never ends. Needs a tokio runtime with I/O and time.
    pub async fn run(self) {
        let mut desks = JoinSet::new();
        for desk in self.desks {
            desks.spawn(desk.serve());
        }
        while desks.join_next().await.is_some() {}
    }
}

/// One section's.
struct Desk {
    section: Arc<Section>,
    inquiries: mpsc::Receiver<Inquiry>,
    running: JoinSet<(Question, Outcome)>,
    entries: HashMap<Question, Entry>,
}

/// What is known of a question.
#[derive(Default)]
struct Entry {
    /// The last answer, and when it came.
    known: Option<(Found, Instant)>,
    /// Who waits for the next one; where there is somebody, it is asked for.
    waiting: Vec<Reply>,
    /// The address whose turn it is.
    turn: usize,
}

impl Desk {
    async fn serve(mut self) {
        loop {
            tokio::select! {
                inquiry = self.inquiries.recv() => match inquiry {
                    Some(inquiry) => self.take(inquiry),
                    None => return,
                },
                Some(Ok((question, outcome))) = self.running.join_next() => self.conclude(&question, &outcome),
            }
        }
    }

    fn take(&mut self, inquiry: Inquiry) {
        let Inquiry { question, reply } = inquiry;
        let hold = Duration::from_millis(self.section.settings.hold.valid_ms);
        self.make_room(hold);
        let has_room = self.entries.len() < MAX_KNOWN || self.entries.contains_key(&question);
        if !has_room {
            return reply.send(&Outcome::Failed(Failure::Other), &mut 0);
        }
        let entry = self.entries.entry(question.clone()).or_default();
        let reply = match (&entry.known, reply) {
            (Some((found, at)), Reply::Address(reply)) if at.elapsed() < hold => {
                // Whoever has asked may be gone.
                let _ = reply.send(next(found, &mut entry.turn));
                return;
            }
            (_, reply) => reply,
        };
        let is_running = !entry.waiting.is_empty();
        if !is_running && self.running.len() >= MAX_RUNNING {
            return reply.send(&Outcome::Failed(Failure::Other), &mut 0);
        }
        entry.waiting.push(reply);
        if !is_running {
            let section = Arc::clone(&self.section);
            self.running.spawn(async move {
                let outcome = resolve(section, question.clone()).await;
                (question, outcome)
            });
        }
    }

    fn conclude(&mut self, question: &Question, outcome: &Outcome) {
        let Some(mut entry) = self.entries.remove(question) else { return };
        for reply in std::mem::take(&mut entry.waiting) {
            reply.send(outcome, &mut entry.turn);
        }
        // What failed is asked for again by whoever wants to know next (measured).
        if let Outcome::Found(found) = outcome {
            entry.known = Some((found.clone(), Instant::now()));
            self.entries.insert(question.clone(), entry);
        }
    }

    /// Forgets what holds no more, once there is much of it.
    fn make_room(&mut self, hold: Duration) {
        if self.entries.len() >= MAX_KNOWN {
            self.entries.retain(|_, entry| {
                !entry.waiting.is_empty() || entry.known.as_ref().is_some_and(|(_, at)| at.elapsed() < hold)
            });
        }
    }
}

impl Reply {
    fn send(self, outcome: &Outcome, turn: &mut usize) {
        // Whoever has asked may be gone.
        match self {
            Self::Outcome(reply) => _ = reply.send(outcome.clone()),
            Self::Address(reply) => {
                _ = reply.send(match outcome {
                    Outcome::Found(found) => next(found, turn),
                    Outcome::Failed(_) => None,
                });
            }
        }
    }
}

/// The addresses of a name in turns.
fn next(found: &Found, turn: &mut usize) -> Option<IpAddr> {
    let address = found.addresses.get(*turn % found.addresses.len().max(1)).copied();
    *turn = turn.wrapping_add(1);
    address
}

#[cfg(test)]
mod tests;
