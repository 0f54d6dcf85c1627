//! `wait` (management manual 9.3): time passes, or until something can be done.

use burdock_model::StatsLevel;
use burdock_syntax::units::{TimeUnit, time_from_text};

use super::dynamic::{Obstacle, removable};
use super::server::Target;
use super::{Call, Command};
use crate::Runtime;
use crate::answer::{Answer, Wait};

pub(super) const COMMANDS: &[Command] = &[Command {
    words: &["wait"],
    usage: "wait {-h | <delay>} [srv-removable <bk>/<srv>]",
    doc: "let time pass, no longer than until a server can be deleted",
    level: StatsLevel::Admin,
    takes_payload: false,
    run: wait,
}];

/// What is waited for.
pub(crate) enum Condition {
    /// The delay.
    Delay,
    /// That a server, given as `backend/server`, can be deleted.
    ServerRemovable(String),
}

/// How far it has come.
pub(crate) enum Progress {
    /// It holds.
    Met,
    /// It never will, for this reason.
    Hopeless(&'static str),
    /// It does not hold yet, for this reason; none: nothing but time is missing.
    Pending(Option<&'static str>),
}

fn wait(call: Call<'_>) -> Answer {
    let (delay, condition) = (call.argument(0), call.argument(1));
    if delay == "-h" || condition == "-h" {
        return Answer::Text(USAGE.to_owned());
    }
    if delay.is_empty() {
        return Answer::refused("Expects a duration in milliseconds.");
    }
    let delay_us = match time_from_text(delay, TimeUnit::Millisecond) {
        Ok((time, end)) if end == delay.len() && time.us > 0 => time.us,
        _ => return Answer::refused("Invalid duration."),
    };
    let condition = match condition {
        "" => Condition::Delay,
        "srv-removable" => match call.argument(2) {
            "" => return Answer::refused("Missing server name (<backend>/<server>)."),
            server => Condition::ServerRemovable(server.to_owned()),
        },
        "be-removable" => {
            return Answer::refused("'wait be-removable' is not supported by this version of Burdock.");
        }
        _ => return Answer::Text(USAGE.to_owned()),
    };
    Answer::Wait(Wait { delay: std::time::Duration::from_micros(delay_us), condition })
}

impl Condition {
    /// Looks whether it holds.
    pub(crate) fn look(&self, runtime: &Runtime) -> Progress {
        let Self::ServerRemovable(name) = self else { return Progress::Pending(None) };
        match Target::named(runtime, name).map(|target| removable(&target)) {
            Ok(Ok(())) => Progress::Met,
            Ok(Err(Obstacle { text, passes: true })) => Progress::Pending(Some(text)),
            Ok(Err(Obstacle { text, passes: false })) | Err(text) => Progress::Hopeless(text),
        }
    }
}

const USAGE: &str = "\
Usage: wait {-h|<duration>} [condition [args...]]
  -h          shows this
  <duration>  how long to wait at most, in milliseconds or with a unit (us, ms, s, m, h, d)
  condition   what to wait for; without one, the duration
    srv-removable <bk>/<srv>  that 'del server' will delete the server
";
