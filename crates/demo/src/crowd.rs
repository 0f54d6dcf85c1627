//! Made-up visitors. They come to the site without cookies, log in, keep the cookies they are given, and can be asked to come
//! back with them.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::journal::count;
use crate::scene::Changes;
use crate::visit::{Ask, Jar, VisitError, visit};

pub(crate) struct Crowd {
    site: SocketAddr,
    changes: Changes,
    roll: Mutex<Roll>,
    /// Whoever moves the crowd holds this, so that one errand ends before the next begins.
    errand: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Roll {
    visitors: Vec<Visitor>,
    last_visitor: u64,
    landings: VecDeque<Landing>,
    last_landing: u64,
}

#[derive(Clone)]
struct Visitor {
    id: u64,
    name: &'static str,
    jar: Jar,
    server: String,
    login: Login,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Login {
    /// The server knows the visitor.
    In,
    /// The server stopped, and the visitor has not noticed yet.
    Gone,
    /// The visitor came back and found the login gone; logs in again when coming the next time.
    Out,
}

/// A visitor as the desk shows it.
#[derive(Serialize)]
pub(crate) struct VisitorSeen {
    id: u64,
    name: &'static str,
    /// The server of the last visit.
    server: String,
    /// The value of the proxy's cookie.
    cookie: Option<String>,
    login: Login,
}

/// One visit that was answered by a server.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Landing {
    /// Rises by one a landing.
    seq: u64,
    visitor: u64,
    name: &'static str,
    server: String,
    outcome: Outcome,
    /// The server did not know a visitor who had logged in.
    login_lost: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    /// The first visit, without a cookie.
    New,
    /// On the server of the visit before.
    Same,
    /// On another server than before.
    Moved,
}

/// How an errand ended.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    landings: Vec<Landing>,
    /// Why it ended early.
    problem: Option<String>,
}

impl Crowd {
    /// Visitors there can be at a time.
    pub const LIMIT: usize = NAMES.len();
    /// Landings that are remembered, at least one errand of the whole crowd.
    const LANDINGS_TOLD: usize = 2 * Self::LIMIT;
    /// Between two visits, so that one can watch.
    const PACE: Duration = Duration::from_millis(60);

    pub fn new(site: SocketAddr, changes: Changes) -> Self {
        Self { site, changes, roll: Mutex::default(), errand: tokio::sync::Mutex::default() }
    }

    /// New visitors come, one after the other, until there are as many as there can be. Each looks at the page and logs in.
    pub async fn send_new(&self, number: usize) -> Report {
        let _errand = self.errand.lock().await;
        let mut report = Report { landings: Vec::new(), problem: None };
        for sent in 0..number {
            let Some(name) = self.free_name() else {
                report.problem = Some(format!("{sent} came; there is room for {} visitors", Self::LIMIT));
                break;
            };
            if sent > 0 {
                tokio::time::sleep(Self::PACE).await;
            }
            let mut jar = Jar::default();
            match self.first_visit(&mut jar, name).await {
                Ok(server) => report.landings.push(self.roll().welcome(name, jar, server)),
                Err(error) => {
                    report.problem = Some(error.to_string());
                    break;
                }
            }
            self.changes.notify();
        }
        report
    }

    /// Every visitor comes back with the cookies of the last visit.
    pub async fn bring_back(&self) -> Report {
        let _errand = self.errand.lock().await;
        let mut report = Report { landings: Vec::new(), problem: None };
        let visitors = self.roll().visitors.clone();
        for (index, visitor) in visitors.into_iter().enumerate() {
            if index > 0 {
                tokio::time::sleep(Self::PACE).await;
            }
            match self.return_visit(visitor).await {
                Ok(landing) => report.landings.push(landing),
                Err(error) => {
                    report.problem = Some(error.to_string());
                    break;
                }
            }
            self.changes.notify();
        }
        report
    }

    /// All visitors leave for good. Says how many they were.
    pub async fn send_home(&self) -> usize {
        let _errand = self.errand.lock().await;
        let gone = std::mem::take(&mut self.roll().visitors).len();
        self.changes.notify();
        gone
    }

    /// A server stopped: the logins that visitors had there are gone, though they do not know it yet.
    pub fn lose_logins(&self, server: &str) {
        for visitor in &mut self.roll().visitors {
            if visitor.server == server && visitor.login == Login::In {
                visitor.login = Login::Gone;
            }
        }
    }

    pub fn visitors(&self) -> Vec<VisitorSeen> {
        let seen = |visitor: &Visitor| VisitorSeen {
            id: visitor.id,
            name: visitor.name,
            server: visitor.server.clone(),
            cookie: visitor.jar.proxy.clone(),
            login: visitor.login,
        };
        self.roll().visitors.iter().map(seen).collect()
    }

    pub fn landings(&self) -> Vec<Landing> {
        self.roll().landings.iter().cloned().collect()
    }

    async fn first_visit(&self, jar: &mut Jar, name: &str) -> Result<String, VisitError> {
        visit(self.site, jar, Ask::Page).await?;
        Ok(visit(self.site, jar, Ask::LogIn(name)).await?.server)
    }

    async fn return_visit(&self, mut visitor: Visitor) -> Result<Landing, VisitError> {
        let mut answer = visit(self.site, &mut visitor.jar, Ask::Page).await?;
        let known = answer.user.is_some();
        let login_lost = !known && visitor.login != Login::Out;
        if !known && !login_lost {
            answer = visit(self.site, &mut visitor.jar, Ask::LogIn(visitor.name)).await?;
        }
        visitor.login = if login_lost { Login::Out } else { Login::In };
        let outcome = if answer.server == visitor.server { Outcome::Same } else { Outcome::Moved };
        visitor.server = answer.server;
        Ok(self.roll().note_return(visitor, outcome, login_lost))
    }

    fn free_name(&self) -> Option<&'static str> {
        let roll = self.roll();
        NAMES.into_iter().find(|name| roll.visitors.iter().all(|visitor| visitor.name != *name))
    }

    fn roll(&self) -> MutexGuard<'_, Roll> {
        self.roll.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Roll {
    fn welcome(&mut self, name: &'static str, jar: Jar, server: String) -> Landing {
        self.last_visitor += 1;
        let visitor = Visitor { id: self.last_visitor, name, jar, server, login: Login::In };
        self.visitors.push(visitor.clone());
        self.land(&visitor, Outcome::New, false)
    }

    fn note_return(&mut self, visitor: Visitor, outcome: Outcome, login_lost: bool) -> Landing {
        let landing = self.land(&visitor, outcome, login_lost);
        if let Some(place) = self.visitors.iter_mut().find(|known| known.id == visitor.id) {
            *place = visitor;
        }
        landing
    }

    fn land(&mut self, visitor: &Visitor, outcome: Outcome, login_lost: bool) -> Landing {
        self.last_landing += 1;
        let landing = Landing {
            seq: self.last_landing,
            visitor: visitor.id,
            name: visitor.name,
            server: visitor.server.clone(),
            outcome,
            login_lost,
        };
        if self.landings.len() == Crowd::LANDINGS_TOLD {
            self.landings.pop_front();
        }
        self.landings.push_back(landing.clone());
        landing
    }
}

impl Report {
    /// What happened to new visitors, in a sentence.
    pub fn of_new(&self) -> String {
        let came = self.landings.len();
        let mut text = match came {
            0 => "No new visitor got in".to_owned(),
            _ => format!("{} without a cookie: {}", count(came, "new visitor"), self.spread()),
        };
        match &self.problem {
            Some(problem) => text += &format!("; {problem}."),
            None => text += ". Each was given one and logged in.",
        }
        text
    }

    /// What happened to returning visitors, in a sentence.
    pub fn of_return(&self) -> String {
        let came = self.landings.len();
        let moved = self.landings.iter().filter(|landing| landing.outcome == Outcome::Moved).count();
        let lost = self.landings.iter().filter(|landing| landing.login_lost).count();
        let mut text = match (came, moved) {
            (0, _) if self.problem.is_none() => return "There is no visitor who could come back.".to_owned(),
            (0, _) => "No visitor got in".to_owned(),
            (_, 0) => format!("{} came back: each on the same server as before", count(came, "visitor")),
            _ => format!(
                "{} came back: {} on the same server as before, {moved} moved to another with a new cookie",
                count(came, "visitor"),
                came - moved
            ),
        };
        match lost {
            0 if came > 0 => text += ", all logins kept",
            0 => {}
            _ => text += &format!(", {} lost", count(lost, "login")),
        }
        match &self.problem {
            Some(problem) => text += &format!("; {problem}."),
            None => text.push('.'),
        }
        text
    }

    fn spread(&self) -> String {
        let mut spread = BTreeMap::new();
        for landing in &self.landings {
            *spread.entry(landing.server.as_str()).or_insert(0) += 1;
        }
        let parts: Vec<String> = spread.iter().map(|(server, number)| format!("{number} on {server}")).collect();
        parts.join(", ")
    }
}

/// Names that need no escaping in a form.
const NAMES: [&str; 48] = [
    "Ada", "Alan", "Grace", "Edsger", "Barbara", "Donald", "Radia", "Dennis", "Frances", "Ken", "Hedy", "Tony", "Joan",
    "Niklaus", "Sophie", "Leslie", "Margaret", "Vint", "Karen", "Tim", "Evelyn", "Emmy", "Jean", "John", "Mary",
    "Linus", "Adele", "Guido", "Lynn", "Bjarne", "Anita", "James", "Shafi", "Larry", "Susan", "Robin", "Kathleen",
    "Butler", "Rosa", "Peter", "Elena", "Fernando", "Ruth", "Ivan", "Annie", "Jim", "Stacy", "Paul",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn report(landings: &[(&str, Outcome, bool)], problem: Option<&str>) -> Report {
        let landing = |(index, &(server, outcome, login_lost)): (usize, &(&str, Outcome, bool))| Landing {
            seq: index as u64,
            visitor: index as u64,
            name: "Ada",
            server: server.to_owned(),
            outcome,
            login_lost,
        };
        Report { landings: landings.iter().enumerate().map(landing).collect(), problem: problem.map(str::to_owned) }
    }

    #[test]
    fn reports_of_new_visitors_say_how_they_spread() {
        use Outcome::New;
        let a = ("ServerA", New, false);
        let b = ("ServerB", New, false);
        assert_eq!(
            report(&[a, b, a], None).of_new(),
            "3 new visitors without a cookie: 2 on ServerA, 1 on ServerB. Each was given one and logged in."
        );
        assert_eq!(
            report(&[b], Some("it rained")).of_new(),
            "1 new visitor without a cookie: 1 on ServerB; it rained."
        );
        assert_eq!(report(&[], Some("it rained")).of_new(), "No new visitor got in; it rained.");
    }

    #[test]
    fn reports_of_returning_visitors_say_who_moved_and_what_was_lost() {
        use Outcome::{Moved, Same};
        let check = |landings: &[_], problem, expected| assert_eq!(report(landings, problem).of_return(), expected);
        check(&[], None, "There is no visitor who could come back.");
        check(&[], Some("it rained"), "No visitor got in; it rained.");
        check(
            &[("ServerA", Same, false), ("ServerB", Same, false)],
            None,
            "2 visitors came back: each on the same server as before, all logins kept.",
        );
        check(
            &[("ServerA", Same, false), ("ServerB", Moved, true)],
            None,
            "2 visitors came back: 1 on the same server as before, 1 moved to another with a new cookie, 1 login lost.",
        );
        check(
            &[("ServerA", Same, true)],
            Some("it rained"),
            "1 visitor came back: each on the same server as before, 1 login lost; it rained.",
        );
    }
}
