//! Which backend serves the request: the first `use_backend` rule that matches, else the default.

use std::sync::Arc;

use burdock_base::Instant;
use burdock_model::{Frontend, Mode, Model, Proxy, SwitchTarget};
use burdock_rules::SwitchTo;
use burdock_sample::{Input, Phase, Scratch, Style};
use burdock_txn::{Cause, Progress, Txn};

use crate::driver::Next;
use crate::stream::{After, Stream};

/// Chooses, or answers 503 where there is nothing to choose.
pub fn run(stream: &mut Stream<'_>) -> Next {
    let side = stream.frontend.frontend.as_ref();
    let chosen = side.and_then(|side| choose(&stream.model, side, &stream.space.txn, stream.now()));
    // Most often it is what it was: the frontend itself.
    let chosen = chosen.map(|backend| (!Arc::ptr_eq(backend, &stream.backend)).then(|| Arc::clone(backend)));
    match chosen {
        // Only a name made while traffic runs can lead there.
        Some(Some(backend)) if stream.frontend.mode == Mode::Http && backend.mode == Mode::Tcp => {
            stream.enter_backend(Some(backend));
            stream.space.txn.termination.end(Cause::Internal, Progress::Request);
            stream.space.txn.status = 500;
            stream.after = After::Close;
            Next::Finish
        }
        Some(Some(backend)) if stream.frontend.mode == Mode::Tcp && backend.mode == Mode::Http => {
            Next::SwitchMode(SwitchTo::Either)
        }
        Some(other) => {
            stream.enter_backend(other);
            Next::Continue
        }
        None => {
            stream.space.txn.termination.end(Cause::ServerAbort, Progress::Connect);
            Next::Reply(503)
        }
    }
}

/// The backend for a request or a connection.
pub fn choose<'m>(model: &'m Model, side: &Frontend, txn: &Txn, now: Instant) -> Option<&'m Arc<Proxy>> {
    let scratch = Scratch::new();
    let input = Input { txn, world: &model.directory, now, phase: Phase::UseBackend, scratch: &scratch };
    let forced = || side.force_switch.iter().any(|condition| condition.holds(&input));
    let usable = |id| Some(model.proxy(id)).filter(|proxy| is_open(proxy, txn) || forced());
    for rule in &side.switch_rules {
        if !rule.condition.holds(&input) {
            continue;
        }
        let id = match &rule.target {
            SwitchTarget::Backend(id) => *id,
            SwitchTarget::Named(format) => match model.backends.get(format.text(&input, Style::Plain)) {
                Some(id) => *id,
                // A name that there is not ends the search, as in HAProxy.
                None => break,
            },
        };
        if let Some(backend) = usable(id) {
            return Some(backend);
        }
    }
    side.default_backend.and_then(usable)
}

/// Whether requests may be sent there. That a section is not published concerns those of others.
fn is_open(proxy: &Proxy, txn: &Txn) -> bool {
    let is_published = proxy.backend.as_ref().is_none_or(|side| side.state.is_published());
    !proxy.disabled && (is_published || proxy.id == txn.frontend)
}
