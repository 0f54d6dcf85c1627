//! Whom a resolution asks next (configuration manual 5.3.2): all name servers at once; the other family where all of them fail; the whole
//! again when `timeout retry` has struck, `resolve_retries` times in all. Knows no sockets and no clock.
//!
//! ```text
//! begin ─▶ first family ──all failed──▶ second family ──all failed──▶ rest ──tick──▶ first family …
//!            └─ tick: first family again     └─ tick: first family again
//! ```

use crate::families::{Families, Family};
use crate::outcome::Failure;

/// The state of one resolution.
#[derive(Debug)]
pub(crate) struct Rounds {
    families: Families,
    name_servers: usize,
    tries_left: u32,
    asking: Family,
    /// Counts the times that somebody was asked, to tell what belongs to an earlier one.
    turn: u32,
    failed: usize,
    last_failure: Option<Failure>,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Ask all name servers for addresses of this family.
    Ask(Family),
    /// Wait for answers, or for the tick.
    Wait,
    /// There will be no address.
    GiveUp(Failure),
}

impl Rounds {
    /// A resolution, and its first step.
    pub(crate) fn begin(families: Families, retries: u32, name_servers: usize) -> (Self, Step) {
        let mut rounds = Self {
            families,
            name_servers,
            tries_left: retries.max(1),
            asking: families.first,
            turn: 0,
            failed: 0,
            last_failure: None,
        };
        let step = if name_servers == 0 { Step::GiveUp(Failure::Other) } else { rounds.try_again() };
        (rounds, step)
    }

    /// The number of the present turn.
    pub(crate) const fn turn(&self) -> u32 {
        self.turn
    }

    /// A name server that was asked in that turn has no address.
    pub(crate) fn failed(&mut self, turn: u32, failure: Failure) -> Step {
        if turn != self.turn {
            return Step::Wait;
        }
        self.last_failure = Some(failure);
        self.failed += 1;
        match self.families.second {
            _ if self.failed < self.name_servers => Step::Wait,
            Some(second) if self.asking != second => self.ask(second),
            _ if self.tries_left == 0 => Step::GiveUp(failure),
            _ => Step::Wait,
        }
    }

    /// `timeout retry` has struck. Says too how many name servers were silent.
    pub(crate) fn tick(&mut self) -> Step {
        match self.families.second {
            // Those who have answered have no address of the first family: of the other there may be one.
            Some(second) if self.failed > 0 && self.asking != second => self.ask(second),
            _ if self.tries_left > 0 => self.try_again(),
            _ => Step::GiveUp(self.last_failure.unwrap_or(Failure::Timeout)),
        }
    }

    fn try_again(&mut self) -> Step {
        self.tries_left -= 1;
        self.last_failure = None;
        self.ask(self.families.first)
    }

    fn ask(&mut self, family: Family) -> Step {
        self.asking = family;
        self.turn += 1;
        self.failed = 0;
        Step::Ask(family)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy)]
    enum Event {
        Fails(Failure),
        FailsLate,
        Tick,
    }

    #[test]
    fn whom_it_asks() {
        use Event::{Fails, FailsLate, Tick};
        use Failure::{NoSuchName, Refused, Timeout};
        use Step::{Ask, GiveUp, Wait};
        const V6_FIRST: Families = Families { first: Family::V6, second: Some(Family::V4) };
        const V4_ALONE: Families = Families { first: Family::V4, second: None };
        let check = |families, retries, name_servers, events: &[(Event, Step)]| {
            let (mut rounds, first) = Rounds::begin(families, retries, name_servers);
            assert_eq!(first, Ask(families.first));
            for (at, (event, expected)) in events.iter().enumerate() {
                let step = match *event {
                    Fails(failure) => rounds.failed(rounds.turn(), failure),
                    FailsLate => rounds.failed(rounds.turn() - 1, NoSuchName),
                    Tick => rounds.tick(),
                };
                assert_eq!(step, *expected, "event {at}");
            }
        };
        // As measured: an error is followed by the other family at once, then by the tick; after the last round it is over at once.
        check(
            V6_FIRST,
            2,
            1,
            &[
                (Fails(NoSuchName), Ask(Family::V4)),
                (FailsLate, Wait),
                (Fails(NoSuchName), Wait),
                (Tick, Ask(Family::V6)),
                (Fails(NoSuchName), Ask(Family::V4)),
                (Fails(Refused), GiveUp(Refused)),
            ],
        );
        // Silence is no reason to ask for the other family.
        check(V6_FIRST, 3, 2, &[(Tick, Ask(Family::V6)), (Tick, Ask(Family::V6)), (Tick, GiveUp(Timeout))]);
        // One fails, the other one is silent.
        check(
            V6_FIRST,
            1,
            2,
            &[(Fails(NoSuchName), Wait), (Tick, Ask(Family::V4)), (Fails(Refused), Wait), (Tick, GiveUp(Refused))],
        );
        check(V4_ALONE, 1, 1, &[(Fails(NoSuchName), GiveUp(NoSuchName))]);
        check(V4_ALONE, 0, 1, &[(Tick, GiveUp(Timeout))]);
        assert_eq!(Rounds::begin(V4_ALONE, 3, 0).1, GiveUp(Failure::Other));
    }
}
