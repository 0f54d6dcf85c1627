//! One resolution from its first query to its end: [`Rounds`] says whom to ask, exchanges ask them, the first address wins.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::counters::Counter;
use crate::exchange;
use crate::outcome::{Found, Outcome};
use crate::rounds::{Rounds, Step};
use crate::section::{Question, Section};

/// Carries a resolution out. It ends within the section's tries and times.
pub(crate) async fn resolve(section: Arc<Section>, question: Question) -> Outcome {
    let settings = section.settings;
    let families = settings.families.order(question.prefer);
    let everybody = section.name_servers.len();
    let (mut rounds, mut step) = Rounds::begin(families, settings.retries, everybody);
    let retry = Duration::from_millis(settings.retry_ms.max(SHORTEST_RETRY_MS));
    let mut deadline = Instant::now() + retry;
    // Who was asked before may still answer; all of them are forgotten when it is over.
    let mut asked = JoinSet::new();
    let mut silent = vec![false; everybody];
    loop {
        match step {
            Step::Wait => {}
            Step::GiveUp(failure) => return Outcome::Failed(failure),
            Step::Ask(family) => {
                deadline = Instant::now() + retry;
                silent.fill(true);
                for by in 0..everybody {
                    let (section, name, turn) = (Arc::clone(&section), question.name.clone(), rounds.turn());
                    asked.spawn(async move { (by, turn, exchange::ask(section, by, name, family).await) });
                }
            }
        }
        step = tokio::select! {
            Some(Ok((by, turn, answer))) = asked.join_next() => match answer {
                Ok(addresses) => return Outcome::Found(Found { addresses: addresses.into(), by }),
                Err(failure) => {
                    if turn == rounds.turn() && let Some(silent) = silent.get_mut(by) {
                        *silent = false;
                    }
                    rounds.failed(turn, failure)
                }
            },
            () = sleep_until(deadline) => {
                for (server, _) in section.name_servers.iter().zip(&silent).filter(|(_, silent)| **silent) {
                    server.counters.add(Counter::Timeouts);
                }
                deadline = Instant::now() + retry;
                rounds.tick()
            }
        };
    }
}

/// `timeout retry 0` would ask without end.
const SHORTEST_RETRY_MS: u64 = 10;
