//! `mode tcp`: a connection is one transaction, relayed byte for byte, unless its mode changes.

use std::rc::Rc;
use std::sync::Arc;

use burdock_http::h1::{BodyFraming, ConnectionOptions, RequestFacts};
use burdock_model::Mode;
use burdock_rules::SwitchTo;

use crate::client::{self, ClientConnection, Switched};
use crate::effort::measured;
use crate::stream::Stream;
use crate::worker::Workspace;
use crate::{driver, h2};

/// Serves a connection to its end.
pub async fn serve(mut connection: ClientConnection) {
    connection.deadline = Some(connection.worker.deadlines.claim().await);
    let worker = Rc::clone(&connection.worker);
    let switch = worker.in_turns(measured(connection.effort.clone(), relay(&mut connection))).await;
    if let Some((to, space)) = switch {
        serve_http(connection, to, space);
    }
}

/// Goes on in `mode http`, on a task of its own.
fn serve_http(mut connection: ClientConnection, to: SwitchTo, mut space: Box<Workspace>) {
    let worker = Rc::clone(&connection.worker);
    connection.frontend = Arc::clone(connection.frontend.in_mode(Mode::Http));
    connection.deadline = None;
    if to == SwitchTo::Http2 || (to == SwitchTo::Either && connection.has_http2_preface()) {
        // Streams begin anew, each with rules of its own.
        worker.give_back_workspace(&mut connection, space);
        tokio::task::spawn_local(Box::pin(h2::serve(connection)));
        return;
    }
    // The first request is what rules have looked at, and keeps what they have made of it.
    space.txn.request.clear();
    space.txn.request_valid = false;
    space.txn.request_payload.clear();
    connection.switched = Some(Box::new(Switched { space, only_http1: to == SwitchTo::Http1 }));
    tokio::task::spawn_local(client::serve(connection));
}

async fn relay(connection: &mut ClientConnection) -> Option<(SwitchTo, Box<Workspace>)> {
    let worker = Rc::clone(&connection.worker);
    let mut space = worker.take_workspace(connection);
    let begun = connection.begun;
    let timings = &mut space.txn.timings;
    (timings.handshaken, timings.first_byte, timings.request) = (Some(begun), Some(begun), Some(begun));
    let mut stream = Stream::new(connection, &mut space, NO_FACTS);
    let switch = driver::run_tcp(&mut stream).await;
    drop(stream);
    if let Some(to) = switch {
        return Some((to, space));
    }
    worker.give_back_workspace(connection, space);
    if let Some(buffer) = connection.inbox.take() {
        worker.give_back_buffer(buffer);
    }
    None
}

/// There is no head, so there is nothing to know of it.
const NO_FACTS: RequestFacts = RequestFacts {
    framing: BodyFraming::None,
    expect_continue: false,
    connection: ConnectionOptions { close: false, keep_alive: false, upgrade: false },
    keep_alive: false,
    close_after: false,
};
