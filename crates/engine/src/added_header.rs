//! Header lines that the configuration adds to messages, those of the frontend and those of the backend.

use burdock_http::EditError;
use burdock_model::{AddedHeader, MessageSide, Proxy};
use burdock_sample::{Input, Phase, Scratch};

use crate::stream::Stream;

/// Adds what is meant for this message.
///
/// # Errors
/// [`EditError`] where the head has no room.
pub fn add(stream: &mut Stream<'_>, side: MessageSide) -> Result<(), EditError> {
    let proxies = [&stream.frontend, &stream.backend];
    // A `listen` section is both, and adds once.
    let proxies = if stream.frontend.id == stream.backend.id { &proxies[..1] } else { &proxies[..] };
    if proxies.iter().all(|proxy| proxy.added_headers.is_empty()) {
        return Ok(());
    }
    let now = stream.worker.clock.now();
    for header in proxies.iter().flat_map(|proxy| meant_for(proxy, side)) {
        let scratch = Scratch::new();
        let phase = match side {
            MessageSide::Request => Phase::BackendHttpRequest,
            MessageSide::Response => Phase::BackendHttpResponse,
        };
        let txn = &mut stream.space.txn;
        if header.condition.holds(&Input { txn, world: &stream.model.directory, now, phase, scratch: &scratch }) {
            match side {
                MessageSide::Request => txn.request.headers.append(&header.name, &header.value)?,
                MessageSide::Response => txn.response.headers.append(&header.name, &header.value)?,
            }
        }
    }
    Ok(())
}

fn meant_for(proxy: &Proxy, side: MessageSide) -> impl Iterator<Item = &AddedHeader> {
    proxy.added_headers.iter().filter(move |header| header.side == side)
}
