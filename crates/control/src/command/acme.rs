//! `acme …`: certificates that come from authorities (management manual 9.3).

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use burdock_acme::{ReadyFault, RenewFault, State, Status};
use burdock_model::StatsLevel;
use jiff::Timestamp;

use super::{Call, Command};
use crate::answer::Answer;

pub(super) const COMMANDS: &[Command] = &[
    Command {
        words: &["acme", "challenge_ready"],
        usage: "acme challenge_ready <certificate> domain <domain>",
        doc: "tells that the DNS record for a challenge can be seen",
        level: StatsLevel::Admin,
        takes_payload: false,
        run: challenge_ready,
    },
    Command {
        words: &["acme", "renew"],
        usage: "acme renew <certificate>",
        doc: "orders a certificate from its authority now",
        level: StatsLevel::Admin,
        takes_payload: false,
        run: renew,
    },
    Command {
        words: &["acme", "status"],
        usage: "acme status",
        doc: "how far the certificates of authorities are",
        level: StatsLevel::Admin,
        takes_payload: false,
        run: status,
    },
];

fn renew(call: Call<'_>) -> Answer {
    let certificate = call.argument(0);
    if certificate.is_empty() {
        return Answer::refused(": not enough parameters");
    }
    let tasks = call.runtime.acme.load();
    match tasks.as_ref().map_or(Err(RenewFault::Unknown), |tasks| tasks.renew(certificate)) {
        Ok(()) => Answer::Done,
        Err(RenewFault::Unknown) => Answer::refused(format!("Can't find the certificate '{certificate}'.")),
        Err(RenewFault::Running) => {
            Answer::refused(format!("The certificate '{certificate}' is being ordered already: see 'acme status'."))
        }
    }
}

/// The word before the domain is not looked at, as in HAProxy.
fn challenge_ready(call: Call<'_>) -> Answer {
    let (certificate, domain) = (call.argument(0), call.argument(2));
    if domain.is_empty() {
        return Answer::refused("Not enough parameters: \"acme challenge_ready <certfile> domain <domain>\"");
    }
    let tasks = call.runtime.acme.load();
    let ready = tasks.as_ref().map_or(Err(ReadyFault::NotWaiting), |tasks| tasks.challenge_ready(certificate, domain));
    match ready {
        Ok(0) => Answer::said("All challenges are ready: the authority is told to look."),
        Ok(left) => Answer::said(format!("{left} challenges are still waited for.")),
        Err(ReadyFault::NotWaiting) => Answer::refused(format!(
            "Couldn't find an ACME task using crt \"{certificate}\" and dns \"{domain}\" to set as ready!"
        )),
    }
}

fn status(call: Call<'_>) -> Answer {
    let now = SystemTime::now();
    let mut text = STATUS_HEAD.to_owned();
    if let Some(tasks) = call.runtime.acme.load().as_ref() {
        tasks.status().for_each(|status| write_status(&mut text, &status, now));
    }
    Answer::Text(text)
}

fn write_status(text: &mut String, status: &Status, now: SystemTime) {
    let Status { certificate, section, state, validity, .. } = status;
    let (word, scheduled) = match state {
        State::Stopped => ("Stopped", None),
        State::Scheduled(at) => ("Scheduled", Some(*at)),
        State::Running(since) => ("Running", Some(*since)),
    };
    let expires = validity.map(|validity| validity.not_after);
    // Writing to memory does not fail.
    let _ = writeln!(
        text,
        "{certificate}\t{section}\t{word}\t{}\t{}\t{}\t{}",
        date(expires),
        left(expires, now),
        date(scheduled),
        left(scheduled, now)
    );
}

/// In UTC, as ISO 8601 has it.
fn date(at: Option<SystemTime>) -> String {
    let known = at.and_then(|at| Timestamp::try_from(at).ok());
    known.map_or_else(|| "-".to_owned(), |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// Days, hours, minutes, seconds; none are left of what is past.
fn left(at: Option<SystemTime>, now: SystemTime) -> String {
    let Some(at) = at else { return "-".to_owned() };
    let seconds = at.duration_since(now).unwrap_or(Duration::ZERO).as_secs();
    let (days, hours) = (seconds / 86_400, seconds / 3600 % 24);
    format!("{days}d {hours}h{:02}m{:02}s", seconds / 60 % 60, seconds % 60)
}

const STATUS_HEAD: &str =
    "# certificate\tsection\tstate\texpiration date (UTC)\texpires in\tscheduled date (UTC)\tscheduled in\n";

#[cfg(test)]
mod tests {
    use burdock_acme::Validity;

    use super::*;

    /// The lines of the management manual's example.
    #[test]
    fn a_certificate_a_line() {
        let at = |text: &str| SystemTime::from(text.parse::<Timestamp>().unwrap());
        let check = |state, expires: Option<&str>, now: &str, expected: &str| {
            let status = Status {
                certificate: "foobar.pem.rsa".to_owned(),
                section: "LE".to_owned(),
                state,
                validity: expires.map(|text| Validity { not_before: None, not_after: at(text) }),
                waiting: Vec::new(),
                fault: None,
            };
            let mut text = String::new();
            write_status(&mut text, &status, at(now));
            assert_eq!(text, format!("foobar.pem.rsa\tLE\t{expected}\n"));
        };
        let now = "2025-05-07T12:49:41Z";
        check(
            State::Scheduled(at("2025-07-27T23:50:55Z")),
            Some("2025-08-04T11:50:54Z"),
            now,
            "Scheduled\t2025-08-04T11:50:54Z\t88d 23h01m13s\t2025-07-27T23:50:55Z\t81d 11h01m14s",
        );
        check(
            State::Running(at(now)),
            Some("2020-01-18T09:31:12Z"),
            now,
            "Running\t2020-01-18T09:31:12Z\t0d 0h00m00s\t2025-05-07T12:49:41Z\t0d 0h00m00s",
        );
        check(State::Stopped, Some("2025-05-07T12:49:42Z"), now, "Stopped\t2025-05-07T12:49:42Z\t0d 0h00m01s\t-\t-");
        check(State::Stopped, None, now, "Stopped\t-\t-\t-\t-");
    }
}
