//! What a check's result does to the counter of consecutive results and to the server's state. Pure.

use burdock_state::{CheckResult, Health};

/// What a result comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// The counter from now on.
    pub(crate) value: u32,
    /// The state that the checks ask for; none: as it is.
    pub(crate) change: Option<Change>,
    /// Whether it counts as a failure of a server that checks had found good (`chkfail`).
    pub(crate) counts_as_failure: bool,
}

/// A change of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The server may be used.
    Up,
    /// The server takes no new visitors.
    Stopping,
    /// The server must not be used.
    Down,
}

/// How far a server is from a settled state, which decides when it is tried next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Up, and the last checks all say so: `inter`.
    Settled,
    /// Down, and the last check says so: `downinter`.
    Down,
    /// On its way: `fastinter`.
    Moving,
}

/// Judges one result. `serves`: the server takes new visitors as far as checks have a say.
///
/// Good results add one up to `rise`, then the counter is full at once; bad ones take one away down to `rise`, then it is empty at once.
pub(crate) fn judge(health: Health, result: CheckResult, is_up: bool, serves: bool) -> Verdict {
    let risen = || if health.value + 1 >= health.rise { health.full() } else { health.value + 1 };
    let good = |change: Change, is_due: &dyn Fn(u32) -> bool| {
        let value = risen();
        Verdict { value, change: is_due(value).then_some(change), counts_as_failure: false }
    };
    match result {
        CheckResult::Unknown => Verdict { value: health.value, change: None, counts_as_failure: false },
        CheckResult::Passed => good(Change::Up, &|value| value >= health.rise && !(is_up && serves)),
        // One that is down is not brought up by half.
        CheckResult::Conditional => good(Change::Stopping, &|value| value >= health.rise && is_up && serves),
        CheckResult::Failed => {
            let value = if health.value > health.rise { health.value - 1 } else { 0 };
            let change = (value == 0 && is_up).then_some(Change::Down);
            Verdict { value, change, counts_as_failure: health.is_good() }
        }
    }
}

/// The phase that a server is in.
pub(crate) fn phase(health: Health, is_up: bool) -> Phase {
    if is_up && health.value == health.full() {
        Phase::Settled
    } else if !is_up && health.value == 0 {
        Phase::Down
    } else {
        Phase::Moving
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays results (`+` good, `~` good for known visitors, `-` bad) from a start and says what came of each: the counter, and `U`, `S`
    /// or `D` where the state changed.
    fn play(rise: u32, fall: u32, mut value: u32, mut is_up: bool, results: &str) -> String {
        let mut serves = is_up;
        let step = |result: char| {
            let result = match result {
                '+' => CheckResult::Passed,
                '~' => CheckResult::Conditional,
                _ => CheckResult::Failed,
            };
            let verdict = judge(Health { value, rise, fall }, result, is_up, serves);
            value = verdict.value;
            let letter = match verdict.change {
                Some(Change::Up) => "U",
                Some(Change::Stopping) => "S",
                Some(Change::Down) => "D",
                None => "",
            };
            if let Some(change) = verdict.change {
                (is_up, serves) = (change != Change::Down, change == Change::Up);
            }
            format!("{value}{letter}")
        };
        results.chars().map(step).collect::<Vec<_>>().join(" ")
    }

    /// Courses seen from HAProxy 3.5 (`check_health`, and the state's changes).
    #[test]
    fn counts_as_haproxy() {
        assert_eq!(play(2, 3, 0, true, "+++"), "1 4 4", "from the start");
        assert_eq!(play(2, 3, 0, true, "-"), "0D", "a dead server at the start");
        assert_eq!(play(2, 3, 0, true, "+-"), "1 0D", "one failure from down until the second good check");
        assert_eq!(play(2, 3, 4, true, "---"), "3 2 0D");
        assert_eq!(play(2, 3, 4, true, "--+-"), "3 2 4 3", "one good check forgives all");
        assert_eq!(play(2, 3, 0, false, "-++"), "0 1 4U");
        assert_eq!(play(2, 3, 0, false, "+-++"), "1 0 1 4U");
        assert_eq!(play(1, 1, 1, true, "-+-"), "0D 1U 0D");
        assert_eq!(play(1, 2, 0, false, "+--"), "2U 1 0D");
        assert_eq!(play(2, 3, 2, true, "-"), "0D", "just out of maintenance");
    }

    #[test]
    fn conditions_stop_and_good_checks_lift_that() {
        assert_eq!(play(2, 3, 0, true, "~~~"), "1 4S 4", "from the start");
        assert_eq!(play(2, 3, 4, true, "~+~"), "4S 4U 4S");
        assert_eq!(play(2, 3, 4, true, "~---"), "4S 3 2 0D");
        assert_eq!(play(2, 3, 0, false, "~~"), "1 4", "down stays down");
    }

    #[test]
    fn only_failures_of_good_servers_count() {
        let counts =
            |value| judge(Health { value, rise: 2, fall: 3 }, CheckResult::Failed, true, true).counts_as_failure;
        assert_eq!([0, 1, 2, 3, 4].map(counts), [false, false, true, true, true]);
    }

    #[test]
    fn phases() {
        let at = |value, is_up| phase(Health { value, rise: 2, fall: 3 }, is_up);
        assert_eq!(
            [0, 1, 2, 3, 4].map(|value| at(value, true)),
            [Phase::Moving, Phase::Moving, Phase::Moving, Phase::Moving, Phase::Settled]
        );
        assert_eq!([0, 1].map(|value| at(value, false)), [Phase::Down, Phase::Moving]);
    }
}
