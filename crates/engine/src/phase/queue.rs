//! Waiting for a slot.

use std::future::poll_fn;
use std::hint::cold_path;
use std::task::Poll;

use burdock_state::Granted;
use burdock_txn::{Cause, Progress};

use crate::driver::{self, Next};
use crate::guard::ServerSlot;
use crate::stream::Stream;

enum Outcome {
    Granted(Granted),
    Dismissed,
    TimedOut,
    ClientGone,
}

/// Waits where the choice of a server ended in a queue; otherwise there is nothing to do.
pub async fn run(stream: &mut Stream<'_>) -> Next {
    let Some(mut waiter) = stream.waiter.take() else { return Next::Continue };
    cold_path();
    let begun = stream.now();
    stream.client.set_deadline(begun.after_optional_ms(stream.queue_limit_ms()));
    let watch_client = stream.watches_client();
    let client = &mut *stream.client;
    let outcome = poll_fn(|cx| {
        match waiter.poll_granted(cx) {
            Poll::Ready(Some(granted)) => return Poll::Ready(Outcome::Granted(granted)),
            Poll::Ready(None) => return Poll::Ready(Outcome::Dismissed),
            Poll::Pending => {}
        }
        if watch_client && client.transport.poll_peer_closed(cx).is_ready() {
            return Poll::Ready(Outcome::ClientGone);
        }
        if client.deadline_fired() { Poll::Ready(Outcome::TimedOut) } else { Poll::Pending }
    })
    .await;
    let late = waiter.abandon();
    drop(waiter);
    let granted = match (&outcome, late) {
        (Outcome::Granted(granted), _) => Some(*granted),
        (_, late) => late,
    };
    let slot = granted.and_then(|Granted(id)| {
        let server = stream.server_of(id)?;
        Some(ServerSlot::granted(&server, &stream.backend))
    });
    if let Some(side) = &stream.backend.backend {
        side.state.queue.forget_abandoned();
        side.servers
            .iter()
            .filter(|server| !server.state.queue.is_empty())
            .for_each(|server| server.state.queue.forget_abandoned());
    }
    stream.space.txn.timings.queued = Some(stream.now());
    match outcome {
        Outcome::Granted(Granted(id)) => {
            stream.space.txn.server = Some(id);
            slot.into_iter().for_each(|slot| stream.hold(slot));
            Next::Continue
        }
        Outcome::Dismissed => {
            if stream.binding.server.is_some() && !stream.forced {
                stream.space.txn.redispatched = true;
                stream.space.txn.retries += 1;
                stream.binding.leave();
                stream.space.txn.termination.cookie_request = stream.binding.flag;
            }
            Next::ChooseAgain
        }
        Outcome::TimedOut => {
            stream.space.txn.termination.end(Cause::ServerTimeout, Progress::Queue);
            Next::Reply(503)
        }
        Outcome::ClientGone => {
            driver::client_gone(stream, Progress::Queue);
            Next::Finish
        }
    }
}
