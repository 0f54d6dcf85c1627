//! Rules of messages: `http-request`, `http-response`, `http-after-response`, and those on content where a message is there already. What
//! they do to the record is theirs; what they ask of connections is carried out here.

use std::future::poll_fn;
use std::hint::cold_path;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use burdock_base::Instant;
use burdock_model::{Model, Proxy};
use burdock_rules::{Answer, Cursor, Flow, Reason, RuleSetKind, Scene, Wait};
use burdock_txn::{Cause, Progress, RuleOrigin};

use crate::capture;
use crate::driver::Next;
use crate::finish;
use crate::phase::arrival;
use crate::phase::wait_for_body::{self, Side};
use crate::stream::{After, Stream};
use crate::tracking;
use crate::worker::Workspace;

/// What the frontend does first with a request, then its `http-request` rules.
pub async fn frontend_request(stream: &mut Stream<'_>) -> Next {
    finish::count_request(stream);
    if let Some(next) = arrival::run(stream) {
        return next;
    }
    let next = frontend_rules(stream).await;
    arrival::identify_after_rules(stream);
    restricted(stream, next, true)
}

/// Rules see headers of unusual names; what comes after them need not.
fn restricted(stream: &mut Stream<'_>, next: Next, of_frontend: bool) -> Next {
    let proxy = if of_frontend { &stream.frontend } else { &stream.backend };
    let policy = proxy.http.header_names;
    match next {
        Next::Continue => arrival::restrict_names(stream, policy).unwrap_or(Next::Continue),
        other => other,
    }
}

async fn frontend_rules(stream: &mut Stream<'_>) -> Next {
    if stream.frontend.http.buffer_request {
        cold_path();
        if let Some(next) = Box::pin(wait_for_body::buffer_request(stream)).await {
            return next;
        }
    }
    if stream.frontend.rules.of(RuleSetKind::HttpRequest).is_empty() {
        return Next::Continue;
    }
    let proxy = Arc::clone(&stream.frontend);
    run(stream, &proxy, RuleSetKind::HttpRequest).await
}

/// `http-request` rules of the backend, and the wait for what it balances by.
pub async fn backend_request(stream: &mut Stream<'_>) -> Next {
    match backend_rules(stream).await {
        Next::Continue if wants_body(stream) => {
            cold_path();
            Box::pin(wait_for_body::buffer_request(stream)).await.unwrap_or(Next::Continue)
        }
        next => next,
    }
}

/// Whether the server depends on what is in the body.
fn wants_body(stream: &Stream<'_>) -> bool {
    let key = stream.backend.backend.as_ref().and_then(|side| side.balance.key.as_ref());
    key.is_some_and(|key| key.wants_body(&stream.space.txn))
}

/// Those of a `listen` section have been seen.
async fn backend_rules(stream: &mut Stream<'_>) -> Next {
    if stream.backend.id == stream.frontend.id {
        return Next::Continue;
    }
    if stream.backend.http.buffer_request {
        cold_path();
        if let Some(next) = Box::pin(wait_for_body::buffer_request(stream)).await {
            return next;
        }
    }
    let mut next = Next::Continue;
    if !stream.backend.rules.of(RuleSetKind::HttpRequest).is_empty() {
        let proxy = Arc::clone(&stream.backend);
        next = run(stream, &proxy, RuleSetKind::HttpRequest).await;
    }
    restricted(stream, next, false)
}

/// `tcp-response content` rules of the backend, `http-response` rules of the backend, then of the frontend.
pub async fn response(stream: &mut Stream<'_>) -> Next {
    // What is counted is what came, not what rules make of it.
    stream.response_size = stream.space.txn.response.counted_size();
    capture::response(stream);
    tracking::response(stream);
    if !stream.backend.rules.of(RuleSetKind::TcpResponseContent).is_empty() {
        cold_path();
        let proxy = Arc::clone(&stream.backend);
        match run(stream, &proxy, RuleSetKind::TcpResponseContent).await {
            Next::Continue => {}
            other => return other,
        }
    }
    if !has_rules(stream, RuleSetKind::HttpResponse) {
        return Next::Continue;
    }
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
    if !has_rules(stream, RuleSetKind::HttpAfterResponse) {
        return Ok(());
    }
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

/// Whether one of the two sections has such rules.
fn has_rules(stream: &Stream<'_>, kind: RuleSetKind) -> bool {
    !stream.backend.rules.of(kind).is_empty() || !stream.frontend.rules.of(kind).is_empty()
}

/// The backend, and the frontend where it is another section.
fn proxies(stream: &Stream<'_>) -> impl Iterator<Item = Arc<Proxy>> + use<> {
    let frontend = (stream.frontend.id != stream.backend.id).then(|| Arc::clone(&stream.frontend));
    [Some(Arc::clone(&stream.backend)), frontend].into_iter().flatten()
}

/// Carries the rules of a kind out, whatever they ask for.
pub async fn run(stream: &mut Stream<'_>, proxy: &Arc<Proxy>, kind: RuleSetKind) -> Next {
    // Where nothing is inspected, nothing is undecided.
    carry_out(stream, proxy, kind).await.unwrap_or(Next::Continue)
}

/// The same; nothing where it takes more content to decide: all rules are to be evaluated again then.
pub async fn carry_out(stream: &mut Stream<'_>, proxy: &Arc<Proxy>, kind: RuleSetKind) -> Option<Next> {
    let mut cursor = Cursor::default();
    let flow = evaluate(stream, proxy, kind, &mut cursor);
    label_client(stream);
    // Most rules only test and change: what waits has memory of its own, so that a request without it stays small.
    match flow {
        Flow::Continue | Flow::Accept => Some(Next::Continue),
        flow => {
            cold_path();
            Box::pin(follow(stream, proxy, kind, cursor, flow)).await
        }
    }
}

/// Does what a rule asked for, and goes on behind it.
async fn follow(
    stream: &mut Stream<'_>,
    proxy: &Arc<Proxy>,
    kind: RuleSetKind,
    mut cursor: Cursor,
    mut flow: Flow,
) -> Option<Next> {
    loop {
        match flow {
            Flow::Continue | Flow::Accept => return Some(Next::Continue),
            Flow::Answer(answer) => return Some(answered(stream, answer, kind).await),
            Flow::Serve(service) => {
                stream.space.txn.termination.end(Cause::Local, progress(kind));
                return Some(Next::Serve(service));
            }
            Flow::SwitchMode(to) => return Some(Next::SwitchMode(to)),
            Flow::Reject | Flow::SilentDrop => {
                cut_off(stream, kind, &flow);
                return Some(Next::Finish);
            }
            Flow::Failed if stream.space.txn.directives.lenient => {}
            Flow::Failed => {
                stream.space.txn.termination.end(Cause::Proxy, progress(kind));
                return Some(Next::Reply(500));
            }
            Flow::Log(profile) => finish::log_now(stream, kind, profile),
            Flow::Interim(head) => crate::reply::send_interim(stream, &head).await,
            Flow::Resolve(lookup) => super::resolve::run(stream, proxy, kind, &lookup).await,
            Flow::Wait(Wait::Pause { ms }) => stream.pause(ms).await,
            Flow::Wait(Wait::Handshake) => {
                if let Some(next) = wait_for_handshake(stream).await {
                    return Some(next);
                }
            }
            Flow::Wait(Wait::Content) if stream.space.txn.inspecting => return None,
            Flow::Wait(Wait::Content) => {}
            Flow::Wait(Wait::Body { limit_ms, at_least }) => {
                let side = if kind.is_response() { Side::Response } else { Side::Request };
                let wanted = wait_for_body::Wanted { limit_ms: Some(limit_ms), at_least, since: stream.now() };
                if let Some(next) = Box::pin(wait_for_body::run(stream, side, wanted)).await {
                    note_end_of_wait(stream, proxy.rules.of(kind).origin_before(&cursor));
                    return Some(next);
                }
            }
        }
        flow = evaluate(stream, proxy, kind, &mut cursor);
        label_client(stream);
    }
}

/// Takes down the rule whose wait has ended the request. As measured: one whose time is over has had the last word, one that an error
/// interrupts was waiting.
fn note_end_of_wait(stream: &mut Stream<'_>, rule: Option<RuleOrigin>) {
    let txn = &mut stream.space.txn;
    match txn.termination.cause {
        Cause::ClientTimeout | Cause::ServerTimeout => txn.final_rule = rule,
        _ => txn.waiting_rule = rule,
    }
}

/// Waits until the client is known to have said itself what came as early data.
pub async fn wait_for_handshake(stream: &mut Stream<'_>) -> Option<Next> {
    if !stream.client.transport.is_handshaking() {
        return None;
    }
    stream.client.set_deadline(stream.now().after_optional_ms(stream.client_limit_ms()));
    let worker = Rc::clone(&stream.worker);
    let client = &mut *stream.client;
    let outcome = poll_fn(|cx| match client.transport.poll_handshake_end(cx, &worker.head_buffers) {
        Poll::Ready(Ok(())) => Poll::Ready(None),
        Poll::Ready(Err(_)) => Poll::Ready(Some(Cause::ClientAbort)),
        Poll::Pending if client.deadline_fired() => Poll::Ready(Some(Cause::ClientTimeout)),
        Poll::Pending => Poll::Pending,
    })
    .await;
    if let Some(cause) = outcome {
        stream.space.txn.termination.end(cause, Progress::Request);
        stream.after = After::Close;
        return Some(Next::Finish);
    }
    client.note_handshake();
    stream.space.txn.client_tls.clone_from(&client.tls);
    None
}

/// How far a request has come when rules of this kind end it.
const fn progress(kind: RuleSetKind) -> Progress {
    match kind {
        RuleSetKind::TcpResponseContent => Progress::Data,
        kind if kind.is_response() => Progress::Headers,
        _ => Progress::Request,
    }
}

async fn answered(stream: &mut Stream<'_>, answer: Box<Answer>, kind: RuleSetKind) -> Next {
    let refused = answer.reason == Reason::Refused;
    match (refused, kind.is_response()) {
        (true, false) => {
            finish::count_denied_request(stream);
            tracking::refused(stream);
        }
        (true, true) => finish::count_denied_response(stream),
        (false, _) => {}
    }
    if answer.tarpit {
        stream.space.txn.termination.end(Cause::Proxy, Progress::Tarpit);
        Box::pin(hold_in_tarpit(stream)).await;
        return Next::Answer(answer);
    }
    let cause = match answer.reason {
        Reason::Answered => Cause::Local,
        Reason::Refused | Reason::Failed => Cause::Proxy,
    };
    stream.space.txn.termination.end(cause, progress(kind));
    Next::Answer(answer)
}

/// Lets the time of the tarpit pass, whatever the client does meanwhile: as measured, a client that has gone is not noticed before.
async fn hold_in_tarpit(stream: &mut Stream<'_>) {
    stream.pause(stream.tarpit_limit_ms().unwrap_or(0)).await;
    let timings = &mut stream.space.txn.timings;
    (timings.request, timings.queued) = (None, Some(stream.worker.clock.now()));
}

/// Ends it without an answer.
pub fn cut_off(stream: &mut Stream<'_>, kind: RuleSetKind, how: &Flow) {
    let txn = &mut stream.space.txn;
    txn.termination.end(Cause::Proxy, progress(kind));
    txn.status = -1;
    if kind.is_response() {
        txn.timings.response = None;
        finish::count_denied_response(stream);
    } else {
        txn.timings.request = None;
        finish::count_denied_request(stream);
    }
    stream.drop_server();
    stream.answered = true;
    if matches!(how, Flow::SilentDrop) {
        stream.client.transport.vanish(stream.space.txn.directives.reset_ttl);
    } else {
        stream.client.transport.reject();
    }
    stream.after = After::Close;
}

/// Marks the client's connection where a rule has asked for that, at once.
fn label_client(stream: &mut Stream<'_>) {
    let directives = &mut stream.space.txn.directives;
    if directives.client_mark.is_some() || directives.client_tos.is_some() {
        stream.client.transport.label(directives.client_mark.take(), directives.client_tos.take());
    }
}

/// Carries rules out until one of them asks for something.
pub fn evaluate(stream: &mut Stream<'_>, proxy: &Proxy, kind: RuleSetKind, cursor: &mut Cursor) -> Flow {
    let now = stream.now();
    evaluate_on(stream.space, &stream.model, now, proxy, kind, cursor)
}

/// The same where there is no request yet.
pub fn evaluate_on(
    space: &mut Workspace,
    model: &Model,
    now: Instant,
    proxy: &Proxy,
    kind: RuleSetKind,
    cursor: &mut Cursor,
) -> Flow {
    let Workspace { txn, scratch, .. } = space;
    scratch.clear();
    let phase = kind.phase(proxy.backend.is_none());
    proxy.rules.of(kind).run(cursor, &mut Scene { txn, world: &model.directory, now, phase, scratch })
}
