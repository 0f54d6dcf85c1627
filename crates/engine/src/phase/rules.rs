//! Rules of HTTP messages: `http-request`, `http-response`, `http-after-response`. What they do to the record is theirs; what they ask of
//! connections is carried out here.

use std::sync::Arc;

use burdock_model::Proxy;
use burdock_rules::{Cursor, Flow, Reason, RuleSetKind, Scene, Wait};
use burdock_txn::{Cause, Progress};

use crate::driver::Next;
use crate::finish;
use crate::stream::{After, Stream};
use crate::worker::Workspace;

/// `http-request` rules of the frontend.
pub async fn frontend_request(stream: &mut Stream<'_>) -> Next {
    if stream.frontend.rules.of(RuleSetKind::HttpRequest).is_empty() {
        return Next::Continue;
    }
    let proxy = Arc::clone(&stream.frontend);
    run(stream, &proxy, RuleSetKind::HttpRequest).await
}

/// `http-request` rules of the backend; those of a `listen` section have been seen.
pub async fn backend_request(stream: &mut Stream<'_>) -> Next {
    if stream.backend.id == stream.frontend.id || stream.backend.rules.of(RuleSetKind::HttpRequest).is_empty() {
        return Next::Continue;
    }
    let proxy = Arc::clone(&stream.backend);
    run(stream, &proxy, RuleSetKind::HttpRequest).await
}

/// `http-response` rules of the backend, then of the frontend.
pub async fn response(stream: &mut Stream<'_>) -> Next {
    for proxy in proxies(stream) {
        if !proxy.rules.of(RuleSetKind::HttpResponse).is_empty() {
            match run(stream, &proxy, RuleSetKind::HttpResponse).await {
                Next::Continue => {}
                other => return other,
            }
        }
    }
    Next::Continue
}

/// `http-after-response` rules of the backend, then of the frontend, on the response that the client is about to get.
///
/// # Errors
/// A rule could not be carried out.
pub fn after_response(stream: &mut Stream<'_>) -> Result<(), RuleFailed> {
    for proxy in proxies(stream) {
        let rules = proxy.rules.of(RuleSetKind::HttpAfterResponse);
        if rules.is_empty() {
            continue;
        }
        let kind = RuleSetKind::HttpAfterResponse;
        let mut cursor = Cursor::default();
        loop {
            match evaluate(stream, &proxy, kind, &mut cursor) {
                Flow::Failed if stream.space.txn.directives.lenient => {}
                Flow::Failed => return Err(RuleFailed),
                Flow::Log(profile) => finish::log_now(stream, kind, profile),
                _ => break,
            }
        }
    }
    Ok(())
}

/// A rule could not be carried out.
#[derive(Debug)]
pub struct RuleFailed;

/// The backend, and the frontend where it is another section.
fn proxies(stream: &Stream<'_>) -> impl Iterator<Item = Arc<Proxy>> + use<> {
    let frontend = (stream.frontend.id != stream.backend.id).then(|| Arc::clone(&stream.frontend));
    [Some(Arc::clone(&stream.backend)), frontend].into_iter().flatten()
}

/// Carries the rules of a kind out, whatever they ask for.
async fn run(stream: &mut Stream<'_>, proxy: &Arc<Proxy>, kind: RuleSetKind) -> Next {
    let progress = if kind.is_response() { Progress::Headers } else { Progress::Request };
    let mut cursor = Cursor::default();
    loop {
        match evaluate(stream, proxy, kind, &mut cursor) {
            Flow::Continue | Flow::Accept => return Next::Continue,
            Flow::Answer(answer) => {
                let cause = match answer.reason {
                    Reason::Answered => Cause::Local,
                    Reason::Refused | Reason::Failed => Cause::Proxy,
                };
                stream.space.txn.termination.end(cause, progress);
                return Next::Answer(answer);
            }
            Flow::Reject | Flow::SilentDrop => {
                stream.space.txn.termination.end(Cause::Proxy, progress);
                stream.drop_server();
                stream.after = After::Close;
                return Next::Finish;
            }
            Flow::Failed if stream.space.txn.directives.lenient => {}
            Flow::Failed => {
                stream.space.txn.termination.end(Cause::Proxy, progress);
                return Next::Reply(if kind.is_response() { 502 } else { 500 });
            }
            Flow::Log(profile) => finish::log_now(stream, kind, profile),
            Flow::Interim(head) => crate::reply::send_interim(stream, &head).await,
            Flow::Wait(Wait::Pause { ms }) => stream.pause(ms).await,
            // Nothing is left of a handshake where a request is.
            Flow::Wait(Wait::Handshake) => {}
            Flow::Wait(Wait::Body { .. }) => return Next::Reply(501),
        }
    }
}

/// Carries rules out until one of them asks for something.
fn evaluate(stream: &mut Stream<'_>, proxy: &Proxy, kind: RuleSetKind, cursor: &mut Cursor) -> Flow {
    let now = stream.now();
    let Workspace { txn, scratch, .. } = &mut *stream.space;
    scratch.clear();
    let phase = kind.phase(proxy.frontend.is_some());
    proxy.rules.of(kind).run(cursor, &mut Scene { txn, world: &stream.model.directory, now, phase, scratch })
}
