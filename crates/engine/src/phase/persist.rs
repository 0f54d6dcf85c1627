//! What the request's cookies bind it to, and what `force-persist`, `ignore-persist` and `use-server` have to say about that.

use std::hint::cold_path;

use burdock_base::{Instant, ServerId};
use burdock_model::{Backend, Model, PersistKind, ServerTarget};
use burdock_persist::{Binding, Reach};
use burdock_sample::{Input, Phase, Scratch, Style};
use burdock_txn::{Cause, CookieInRequest, CookieInResponse, Progress, Txn};

use crate::driver::Next;
use crate::stream::Stream;

/// Reads the cookies and prepares the request's head for the server.
pub fn run(stream: &mut Stream<'_>) -> Next {
    let Some(side) = &stream.backend.backend else { return Next::Continue };
    stream.reach = if side.persist { Reach::Any } else { Reach::Usable };
    if !side.persist_rules.is_empty() {
        cold_path();
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
    if !side.server_rules.is_empty()
        && let Some(server) =
            chosen_server(&stream.model, side, &stream.space.txn, stream.reach, stream.worker.clock.now())
    {
        stream.reach = Reach::Chosen(server);
        stream.binding = Binding::default();
        stream.binding.server = Some(server);
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
            cold_path();
            txn.termination.end(Cause::Proxy, Progress::Request);
            Next::Reply(400)
        }
    }
}

/// The server that a `use-server` rule chooses. One that is down is passed over, unless anything may be reached.
pub fn chosen_server(model: &Model, side: &Backend, txn: &Txn, reach: Reach, now: Instant) -> Option<ServerId> {
    let scratch = Scratch::new();
    let input = Input { txn, world: &model.directory, now, phase: Phase::UseServer, scratch: &scratch };
    for rule in side.server_rules.iter().filter(|rule| rule.condition.holds(&input)) {
        let id = match &rule.target {
            ServerTarget::Server(id) => *id,
            // A name that there is not ends the search, as in HAProxy.
            ServerTarget::Named(format) => side.servers.id_of(format.text(&input, Style::Plain))?,
        };
        let usable = side.servers.get(id).is_some_and(|server| server.state.accepts_bound());
        if usable || reach == Reach::Any {
            return Some(id);
        }
    }
    None
}
