//! What the request's cookies bind it to, and what `force-persist` and `ignore-persist` have to say about that.

use burdock_model::PersistKind;
use burdock_persist::Reach;
use burdock_sample::{Input, Phase, Scratch};
use burdock_txn::{Cause, CookieInRequest, CookieInResponse, Progress};

use crate::driver::Next;
use crate::stream::Stream;

/// Reads the cookies and prepares the request's head for the server.
pub fn run(stream: &mut Stream<'_>) -> Next {
    let Some(side) = &stream.backend.backend else { return Next::Continue };
    stream.reach = if side.persist { Reach::Any } else { Reach::Usable };
    if !side.persist_rules.is_empty() {
        let scratch = Scratch::new();
        let now = stream.worker.clock.now();
        let input = Input {
            txn: &stream.space.txn,
            world: &stream.model.directory,
            now,
            phase: Phase::BackendTcpRequest,
            scratch: &scratch,
        };
        if let Some(rule) = side.persist_rules.iter().find(|rule| rule.condition.holds(&input)) {
            match rule.kind {
                PersistKind::Force => {
                    stream.forced = true;
                    stream.reach = Reach::Any;
                }
                PersistKind::Ignore => stream.reach = Reach::Nothing,
            }
        }
    }
    let Some(persistence) = &side.persistence else { return Next::Continue };
    let txn = &mut stream.space.txn;
    match persistence.bind_request(
        &mut txn.request,
        stream.reach,
        stream.worker.clock.wall_seconds(txn.timings.accepted),
    ) {
        Ok(binding) => {
            txn.termination.cookie_request = binding.flag;
            if binding.flag != CookieInRequest::NotApplicable {
                // Until a response says otherwise, nothing is done to a cookie: our own answers leave it at that.
                txn.termination.cookie_response = CookieInResponse::None;
            }
            stream.binding = binding;
            Next::Continue
        }
        Err(_) => {
            txn.termination.end(Cause::Proxy, Progress::Request);
            Next::Reply(400)
        }
    }
}
