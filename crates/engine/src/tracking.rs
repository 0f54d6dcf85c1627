//! What happens to clients, counted in the entries of stick tables that they track (configuration manual 11.1 `store`). Whoever tracks
//! nothing pays for a look at two empty places.

use std::sync::Arc;

use burdock_base::Instant;
use burdock_model::Mode;
use burdock_rules::action::track::outcome;
use burdock_state::table::{Event, Tracked, Trackers};
use burdock_txn::{Cause, ConnectionStreams, Txn};

use crate::client::ClientConnection;
use crate::stream::Stream;

/// Counts a connection that rules have let in.
pub fn admitted(connection: &ClientConnection) {
    if let Some(trackers) = &connection.trackers {
        let now = connection.worker.clock.now();
        each(trackers, |tracked| tracked.count(Event::Session, 1, now));
    }
}

/// Counts a request that begins. What rules track later counts it as they begin to.
pub fn request(stream: &Stream<'_>) {
    let tracking = &stream.space.txn.tracking;
    if !tracking.is_empty() && stream.frontend.mode == Mode::Http {
        tracking.count(Event::Request, 1, stream.now());
        if let Some(streams) = &stream.client.streams {
            glitches(tracking.connection.as_ref(), streams, stream.now());
        }
    }
}

/// Counts what was odd in a connection of HTTP/2 since it was last looked at.
pub fn glitches(trackers: Option<&Arc<Trackers>>, streams: &ConnectionStreams, now: Instant) {
    let Some(trackers) = trackers else { return };
    let glitches = u64::from(streams.take_untold_glitches());
    if glitches > 0 {
        each(trackers, |tracked| tracked.count(Event::Glitch, glitches, now));
    }
}

fn each(trackers: &Trackers, act: impl Fn(&Tracked)) {
    (0..trackers.end()).filter_map(|number| trackers.get(number)).for_each(act);
}

/// Counts what came in place of a request.
pub fn no_request(txn: &Txn, now: Instant) {
    if !txn.tracking.is_empty() {
        txn.tracking.count(Event::Request, 1, now);
        txn.tracking.count(Event::RequestError, 1, now);
        // As measured: what is no HTTP at all. Streams have their own count of what is odd.
        if txn.termination.cause == Cause::Proxy && txn.client_carrier.streams.is_none() {
            txn.tracking.count(Event::Glitch, 1, now);
        }
    }
}

/// Counts a request that a rule refused.
pub fn refused(stream: &Stream<'_>) {
    if !stream.space.txn.tracking.is_empty() {
        stream.space.txn.tracking.count(Event::RequestError, 1, stream.now());
    }
}

/// Counts what the status of a server's response tells.
pub fn response(stream: &Stream<'_>) {
    if !stream.space.txn.tracking.is_empty()
        && let Some(event) = outcome(stream.space.txn.response.status)
    {
        stream.space.txn.tracking.count(event, 1, stream.now());
    }
}

/// Counts the bytes of a request that is over, and of its response. As measured, answers of our own are not counted.
pub fn finished(stream: &Stream<'_>) {
    let txn = &stream.space.txn;
    if !txn.tracking.is_empty() {
        let now = stream.now();
        txn.tracking.count(Event::BytesIn, txn.bytes_in, now);
        if !stream.answered {
            txn.tracking.count(Event::BytesOut, txn.bytes_out, now);
        }
    }
}
