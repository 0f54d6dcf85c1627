//! `mode tcp`: a connection is one transaction, relayed byte for byte.

use std::rc::Rc;

use burdock_http::h1::{BodyFraming, ConnectionOptions, RequestFacts};

use crate::client::ClientConnection;
use crate::driver;
use crate::effort::measured;
use crate::stream::Stream;

/// Serves a connection to its end.
pub async fn serve(mut connection: ClientConnection) {
    connection.deadline = Some(connection.worker.deadlines.claim().await);
    let worker = Rc::clone(&connection.worker);
    worker.in_turns(measured(connection.effort.clone(), relay(&mut connection))).await;
}

async fn relay(connection: &mut ClientConnection) {
    let worker = Rc::clone(&connection.worker);
    let mut space = worker.take_workspace(connection);
    let begun = connection.begun;
    let timings = &mut space.txn.timings;
    (timings.handshaken, timings.first_byte, timings.request) = (Some(begun), Some(begun), Some(begun));
    let mut stream = Stream::new(connection, &mut space, NO_FACTS);
    driver::run_tcp(&mut stream).await;
    drop(stream);
    worker.give_back_workspace(connection, space);
    if let Some(buffer) = connection.inbox.take() {
        worker.give_back_buffer(buffer);
    }
}

/// There is no head, so there is nothing to know of it.
const NO_FACTS: RequestFacts = RequestFacts {
    framing: BodyFraming::None,
    expect_continue: false,
    connection: ConnectionOptions { close: false, keep_alive: false, upgrade: false },
    keep_alive: false,
    close_after: false,
};
