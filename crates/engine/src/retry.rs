//! After a failed attempt: is there another, with the same server or another one, and after what wait?

use burdock_state::{BackendCounter, ServerCounter};
use burdock_txn::{Cause, Progress};

use crate::driver::Failure;
use crate::stream::Stream;
use crate::{early, finish};

/// What comes after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Another attempt with the same server.
    SameServer,
    /// Another attempt with a server chosen anew.
    OtherServer,
    /// The response that was to be retried goes to the client.
    PassResponse,
    /// No more attempts: this status for the client, or none where the client has gone.
    GiveUp(Option<u16>),
}

/// The longest wait between two attempts with the same server, milliseconds; `timeout connect` may make it shorter.
const MAX_WAIT_MS: u64 = 1000;

/// What a further attempt is to be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Plan {
    leave: bool,
    wait: bool,
}

/// Decides, and waits where that is part of it.
pub async fn after(stream: &mut Stream<'_>, failure: Failure) -> Verdict {
    if failure == Failure::StaleConnection && stream.can_be_sent_again() {
        // The connection had been closed while idle: no attempt was made, so none is counted.
        let slot = stream.slot.take();
        stream.drop_server();
        slot.into_iter().for_each(|slot| stream.hold(slot));
        stream.wants_fresh = true;
        return Verdict::SameServer;
    }
    if failure == Failure::TooEarly {
        // No more than the handshake was saved in vain: no attempt is counted.
        stream.wants_late = true;
        let slot = stream.slot.take();
        stream.drop_server();
        stream.slot = slot;
        return Verdict::SameServer;
    }
    let Some(plan) = plan_for(stream, failure) else { return give_up(stream, failure) };
    // Some servers do not get along with early data.
    stream.wants_late |= failure == Failure::Handshake;
    let was_too_early = failure == Failure::Status && stream.space.txn.response.status == early::TOO_EARLY;
    if was_too_early && early::make_late(stream).await.is_some() {
        return Verdict::GiveUp(None);
    }
    count_retry(stream, plan.leave);
    if plan.leave {
        stream.avoid = stream.space.txn.server;
        stream.drop_server();
        if stream.binding.server.is_some() {
            stream.binding.leave();
            stream.space.txn.termination.cookie_request = stream.binding.flag;
        }
        return if has_alternative(stream) { Verdict::OtherServer } else { give_up(stream, failure) };
    }
    let slot = stream.slot.take();
    stream.drop_server();
    slot.into_iter().for_each(|slot| stream.hold(slot));
    stream.wants_fresh = true;
    if plan.wait && !wait(stream).await {
        return Verdict::GiveUp(None);
    }
    if stream.slot.is_none() { Verdict::OtherServer } else { Verdict::SameServer }
}

fn plan_for(stream: &Stream<'_>, failure: Failure) -> Option<Plan> {
    let side = stream.backend.backend.as_ref()?;
    let allowed = match failure {
        Failure::Refused | Failure::ConnectTimeout | Failure::Handshake => side.retry_on.conn_failure,
        Failure::Empty | Failure::StaleConnection => side.retry_on.empty_response,
        Failure::Junk => side.retry_on.junk_response,
        Failure::ResponseTimeout => side.retry_on.response_timeout,
        Failure::Status | Failure::TooEarly => true,
    };
    let directives = &stream.space.txn.directives;
    let before_sending = matches!(failure, Failure::Refused | Failure::ConnectTimeout);
    let may_be_sent_again = || !directives.no_second_sending && stream.can_be_sent_again();
    if !allowed || !(before_sending || may_be_sent_again()) {
        return None;
    }
    let attempt = stream.space.txn.retries + 1;
    let redispatch = side.redispatch.filter(|_| !stream.forced);
    let bound = stream.binding.server.is_some();
    let strength = side.balance.balancer.strength();
    let retries = directives.retries.unwrap_or(side.retries);
    plan(attempt, retries, redispatch, bound, strength.active > 1, failure == Failure::Refused)
}

/// The rule of configuration manual 4.2 `option redispatch` and `retries`, as measured: `attempt` counts from 1.
fn plan(
    attempt: u32,
    retries: u32,
    redispatch: Option<i32>,
    bound: bool,
    several: bool,
    refused: bool,
) -> Option<Plan> {
    if attempt > retries {
        return None;
    }
    let leave = match redispatch {
        None | Some(0) => false,
        Some(every) if every > 0 => attempt.is_multiple_of(every.unsigned_abs()) || (!bound && several),
        Some(before_last) => attempt == (retries + 1).saturating_sub(before_last.unsigned_abs()) || (!bound && several),
    };
    Some(Plan { leave, wait: refused && !leave })
}

/// Whether any server takes new requests, be it the one just left: where no other does, the balancer gives that one again.
fn has_alternative(stream: &Stream<'_>) -> bool {
    let side = stream.backend.backend.as_ref();
    side.is_some_and(|side| side.servers.iter().any(|server| server.state.accepts_new()))
}

/// Waits before the same server is tried again. `false`: the client has gone meanwhile.
async fn wait(stream: &mut Stream<'_>) -> bool {
    let wait_ms = stream.connect_limit_ms().map_or(MAX_WAIT_MS, |ms| ms.min(MAX_WAIT_MS));
    stream.client.set_deadline(stream.now().after_ms(wait_ms));
    let watch_client = stream.watches_client();
    let client = &mut *stream.client;
    let gone = std::future::poll_fn(|cx| {
        if watch_client && client.transport.poll_peer_closed(cx).is_ready() {
            return std::task::Poll::Ready(true);
        }
        if client.deadline_fired() { std::task::Poll::Ready(false) } else { std::task::Poll::Pending }
    })
    .await;
    if gone {
        stream.space.txn.termination.end(Cause::ClientAbort, Progress::Connect);
    }
    !gone
}

fn count_retry(stream: &mut Stream<'_>, leave: bool) {
    stream.space.txn.retries += 1;
    stream.space.txn.redispatched |= leave;
    let (of_backend, of_server) = if leave {
        (BackendCounter::Redispatches, ServerCounter::Redispatches)
    } else {
        (BackendCounter::Retries, ServerCounter::Retries)
    };
    if let Some(side) = &stream.backend.backend {
        side.state.counters.add(stream.worker.id, of_backend, 1);
    }
    if let Some(slot) = &stream.slot {
        slot.server().state.counters.add(stream.worker.id, of_server, 1);
    }
}

fn give_up(stream: &mut Stream<'_>, failure: Failure) -> Verdict {
    let (status, cause, progress) = match failure {
        Failure::Refused | Failure::Handshake => (503, Cause::ServerAbort, Progress::Connect),
        Failure::ConnectTimeout => (503, Cause::ServerTimeout, Progress::Connect),
        Failure::Empty | Failure::StaleConnection => (502, Cause::ServerAbort, Progress::Headers),
        Failure::Junk => (502, Cause::Proxy, Progress::Headers),
        Failure::ResponseTimeout => (504, Cause::ServerTimeout, Progress::Headers),
        Failure::Status | Failure::TooEarly => return Verdict::PassResponse,
    };
    if status != 503 {
        finish::count_failed_response(stream);
    }
    stream.space.txn.termination.end(cause, progress);
    Verdict::GiveUp(Some(status))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The retries of one request, as letters: `w` waits for the same server, `s` tries it at once, `L` leaves it.
    fn story(retries: u32, redispatch: Option<i32>, bound: bool, refused: bool) -> String {
        let mut letters = String::new();
        for attempt in 1.. {
            match plan(attempt, retries, redispatch, bound, true, refused) {
                None => return letters,
                Some(Plan { leave: true, .. }) => letters.push('L'),
                Some(Plan { wait: true, .. }) => letters.push('w'),
                Some(_) => letters.push('s'),
            }
        }
        letters
    }

    #[test]
    fn retries_follow_the_table() {
        let check = |retries, redispatch, bound, refused, expected: &str| {
            assert_eq!(
                story(retries, redispatch, bound, refused),
                expected,
                "{retries} {redispatch:?} {bound} {refused}"
            );
        };
        check(3, None, true, true, "www");
        check(3, None, false, true, "www");
        check(3, Some(-1), true, true, "wwL");
        check(3, Some(-1), false, true, "LLL");
        check(3, Some(1), true, true, "LLL");
        check(3, Some(2), true, true, "wLw");
        check(3, Some(3), true, true, "wwL");
        check(4, Some(-2), true, true, "wwLw");
        check(3, Some(0), true, true, "www");
        check(0, Some(1), true, true, "");
        check(3, None, true, false, "sss");
        check(3, Some(-1), true, false, "ssL");
    }
}
