//! Answers of the proxy itself: error pages, built in or from files, and interim responses passed on.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use burdock_base::Instant;
use burdock_http::h1::{ConnectionPolicy, WriteOptions, take_close};
use burdock_http::reply::Challenge;
use burdock_http::reply::Reply;
use burdock_http::{KnownHeader, ResponseHead};
use burdock_model::{ConnectionMode, Mode, Model, Proxy};
use burdock_rules::{Answer, Content, ErrorPage};
use burdock_sample::{Input, Phase};
use burdock_state::BackendCounter;

use crate::client::ClientConnection;
use crate::head;
use crate::phase;
use crate::stream::{After, Stream};
use crate::worker::Workspace;

/// Answers a request with the page for a status, instead of a server's response.
pub async fn send(stream: &mut Stream<'_>, status: u16) {
    answer(stream, Answer::refusal(status)).await;
}

/// Takes what a client of `mode tcp` has sent already, so that it sees an orderly close where nobody serves it: with unread bytes, a close
/// would be a reset.
fn take_unread(stream: &mut Stream<'_>) {
    let client = &mut *stream.client;
    let mut nobody = Context::from_waker(Waker::noop());
    // Whatever comes of it, the connection ends.
    let _ = client.transport.poll_fill(&mut nobody, &mut client.inbox, &stream.worker.head_buffers);
}

/// Answers a request.
pub async fn answer(stream: &mut Stream<'_>, answer: Answer) {
    let status = answer.status;
    stream.space.txn.status = i32::from(status);
    stream.answered = true;
    stream.drop_server();
    stream.waiter = None;
    if stream.frontend.mode == Mode::Tcp {
        stream.space.txn.status = -1;
        stream.after = After::Close;
        take_unread(stream);
        return;
    }
    let body_wanted = stream.space.txn.request.method() != burdock_http::Method::Head;
    let page = match answer.content {
        Content::Page => proxies_page(stream, status),
        Content::Ready(reply) => reply,
        Content::Reply(reply) => Some(Arc::from(reply)),
        Content::Challenge(realm) => proxies_page(stream, status).and_then(|page| {
            let mut page = Reply::clone(&page);
            Challenge::Server.apply(&realm, &mut page).ok()?;
            Some(Arc::new(page))
        }),
    };
    let Some(page) = page else {
        stream.after = After::Close;
        return;
    };
    stream.space.txn.response.copy_from(&page.head);
    if answer.rewritten && phase::rules::after_response(stream).is_err() {
        stream.after = After::Close;
        return;
    }
    let is_last = take_close(&mut stream.space.txn.response.headers);
    let keep = stream.request.keep_alive
        && !is_last
        && !stream.request.close_after
        && stream.is_request_complete()
        && is_delimited(&page)
        && !page.close
        && stream.frontend.http.connection != ConnectionMode::Close
        && !stream.worker.is_stopping();
    stream.after = if keep { After::KeepAlive } else { After::Linger };
    let policy = stream.client_connection_policy(page.head.version());
    let case = stream.frontend.http.adjust_case_for_clients.then_some(&*stream.model.global.case_map);
    let options = WriteOptions { connection: policy, case, ..WriteOptions::default() };
    let body = if body_wanted { &*page.body } else { b"" };
    let (client, space) = (&mut stream.client.transport, &mut *stream.space);
    head::put_response(client, &mut space.to_client, &space.txn.response, &options, body.is_empty());
    space.to_client.head_mut().extend_from_slice(body);
    space.txn.response_body_bytes = body.len() as u64;
    if !keep || stream.client.transport.is_stream() {
        stream.space.to_client.end();
    }
    if !flush(stream.client, stream.space).await {
        stream.after = After::Close;
    }
    if let Some(side) = stream.backend.backend.as_ref().filter(|_| stream.entered_backend) {
        side.state.counters.add(stream.worker.id, backend_class(status), 1);
    }
}

/// Answers where there is no request to speak of.
pub async fn send_early(connection: &mut ClientConnection, space: &mut Workspace, status: u16) {
    let proxy = Arc::clone(&connection.frontend);
    if let Some(page) = page(&[&proxy], status, &connection.model, space, connection.worker.clock.now()) {
        let case = proxy.http.adjust_case_for_clients.then_some(&*connection.model.global.case_map);
        let options = WriteOptions { connection: ConnectionPolicy::Close, case, ..WriteOptions::default() };
        head::put_response(&mut connection.transport, &mut space.to_client, &page.head, &options, page.body.is_empty());
        space.to_client.head_mut().extend_from_slice(&page.body);
        space.to_client.end();
        flush(connection, space).await;
    }
}

/// The page of the request's proxies for a status.
fn proxies_page(stream: &Stream<'_>, status: u16) -> Option<Arc<Reply>> {
    page(&[&stream.backend, &stream.frontend], status, &stream.model, stream.space, stream.now())
}

/// The page for a status that the first of some proxies has, else the built-in one; none where its file is empty, or where it cannot be made:
/// the connection is then closed without a word.
fn page(proxies: &[&Arc<Proxy>], status: u16, model: &Model, space: &Workspace, now: Instant) -> Option<Arc<Reply>> {
    match proxies.iter().find_map(|proxy| proxy.error_pages.get(&status)) {
        Some(ErrorPage::Ready(reply)) => reply.clone(),
        Some(ErrorPage::Composed(template)) => {
            let (txn, scratch) = (&space.txn, &space.scratch);
            let input = Input { txn, world: &model.directory, now, phase: Phase::FrontendHttpRequest, scratch };
            template.reply(&input).ok().map(Arc::new)
        }
        None => Reply::builtin(status).map(Arc::new),
    }
}

/// Whether a page says how long it is. One from a file need not: its end is then that of the connection.
fn is_delimited(page: &Reply) -> bool {
    page.head.headers.contains(KnownHeader::ContentLength)
}

/// Sends an interim response that a rule made; a client of an older version of HTTP is spared it.
pub async fn send_interim(stream: &mut Stream<'_>, interim: &ResponseHead) {
    let version = stream.space.txn.request.version();
    head::put_interim(&mut stream.client.transport, &mut stream.space.to_client, interim, version);
    flush(stream.client, stream.space).await;
}

/// Sends what waits for the client, within `timeout client`.
pub async fn flush(connection: &mut ClientConnection, space: &mut Workspace) -> bool {
    let limit_ms = connection.frontend.timeouts.client_ms;
    connection.set_deadline(connection.worker.clock.now().after_optional_ms(limit_ms));
    poll_fn(|cx| match space.to_client.poll_flush(cx, &mut connection.transport) {
        Poll::Ready(result) => Poll::Ready(result.is_ok()),
        Poll::Pending if connection.deadline_fired() => Poll::Ready(false),
        Poll::Pending => Poll::Pending,
    })
    .await
}

/// Passes an interim response on, unless the client's version of HTTP has none. What the socket does not take at once goes out before the
/// final response.
pub fn forward_interim(stream: &mut Stream<'_>, cx: &mut Context<'_>) {
    let space = &mut *stream.space;
    space.txn.bytes_out += space.txn.response.counted_size();
    let version = space.txn.request.version();
    let client = &mut stream.client.transport;
    head::put_interim(client, &mut space.to_client, &space.txn.response, version);
    // A client that is gone is noticed by the phase that watches it.
    let _ = space.to_client.poll_flush(cx, client);
    space.txn.response.clear();
}

/// Which counter of a backend a status belongs to.
pub fn backend_class(status: u16) -> BackendCounter {
    match status {
        100..200 => BackendCounter::Responses1xx,
        200..300 => BackendCounter::Responses2xx,
        300..400 => BackendCounter::Responses3xx,
        400..500 => BackendCounter::Responses4xx,
        500..600 => BackendCounter::Responses5xx,
        _ => BackendCounter::ResponsesOther,
    }
}
