//! `tcp-request content`: rules on what the client has sent. In `mode http` that is a request, and they look at it once; in `mode tcp` it is
//! what has come so far, and they may wait for more within `inspect-delay` (configuration manual 4.2).

use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use burdock_base::{Buffer, Instant};
use burdock_http::h1::{Parse, ParseRules, RequestParser};
use burdock_model::{Mode, Proxy};
use burdock_rules::RuleSetKind;
use burdock_txn::{Cause, Progress};

use crate::client::head_limits;
use crate::driver::Next;
use crate::finish;
use crate::phase::rules;
use crate::stream::{After, Stream};

const KIND: RuleSetKind = RuleSetKind::TcpRequestContent;

/// Rules of the frontend.
pub async fn frontend(stream: &mut Stream<'_>) -> Next {
    if stream.frontend.rules.of(KIND).is_empty() {
        return Next::Continue;
    }
    let proxy = Arc::clone(&stream.frontend);
    Box::pin(run(stream, proxy)).await
}

/// Rules of the backend; those of a `listen` section have been seen.
pub async fn backend(stream: &mut Stream<'_>) -> Next {
    if stream.backend.id == stream.frontend.id || stream.backend.rules.of(KIND).is_empty() {
        return Next::Continue;
    }
    let proxy = Arc::clone(&stream.backend);
    Box::pin(run(stream, proxy)).await
}

async fn run(stream: &mut Stream<'_>, proxy: Arc<Proxy>) -> Next {
    if stream.frontend.mode == Mode::Tcp {
        return inspect(stream, &proxy).await;
    }
    let next = match rules::run(stream, &proxy, KIND).await {
        // It is in that mode.
        Next::SwitchMode(_) => Next::Continue,
        next => next,
    };
    if matches!(next, Next::Finish) && proxy.id == stream.frontend.id {
        // As measured: what these rules of a frontend refuse has not become a request.
        stream.space.txn.request_valid = false;
    }
    next
}

/// Why the inspection goes on.
enum News {
    Bytes,
    /// The client sends no more.
    End,
    TimedOut,
}

/// Evaluates the rules whenever something has come, until they are decided or nothing more can come.
async fn inspect(stream: &mut Stream<'_>, proxy: &Arc<Proxy>) -> Next {
    let begun = stream.now();
    let end = begun.after_optional_ms(proxy.timeouts.request_inspection_ms);
    let mut head = HeadInSight::new();
    let mut last_news = begun;
    let mut open = proxy.timeouts.request_inspection_ms.is_some();
    let mut client_timed_out = false;
    loop {
        if open {
            head.look(stream);
            open = stream.client.inbox.as_ref().is_none_or(|inbox| !inbox.is_full());
        }
        stream.space.txn.inspecting = open;
        stream.space.txn.head_expected &= open;
        let next = rules::carry_out(stream, proxy, KIND).await;
        stream.space.txn.inspecting = false;
        stream.space.txn.head_expected = false;
        match next {
            Some(Next::Continue) if client_timed_out => return timed_out(stream),
            Some(next) => return next,
            None => {}
        }
        let client_end = last_news.after_optional_ms(stream.client_limit_ms());
        match news(stream, end.min(client_end)).await {
            News::Bytes => {
                last_news = stream.now();
                gather(stream);
            }
            News::End => open = false,
            // As measured: the rules have their last word before the client's silence ends it.
            News::TimedOut => {
                open = false;
                client_timed_out = client_end < end;
            }
        }
    }
}

fn timed_out(stream: &mut Stream<'_>) -> Next {
    stream.space.txn.timings.request = None;
    stream.space.txn.termination.end(Cause::ClientTimeout, Progress::Request);
    finish::count_failed_request(stream);
    stream.after = After::Close;
    Next::Finish
}

async fn news(stream: &mut Stream<'_>, deadline: Instant) -> News {
    stream.client.set_deadline(deadline);
    let worker = Rc::clone(&stream.worker);
    let client = &mut *stream.client;
    poll_fn(|cx| match client.transport.poll_fill(cx, &mut client.inbox, &worker.head_buffers) {
        Poll::Ready(Ok(0) | Err(_)) => Poll::Ready(News::End),
        Poll::Ready(Ok(_)) => Poll::Ready(News::Bytes),
        Poll::Pending if client.deadline_fired() => Poll::Ready(News::TimedOut),
        Poll::Pending => Poll::Pending,
    })
    .await
}

/// Copies what is new to where rules see it; it stays in the inbox, for the server.
fn gather(stream: &mut Stream<'_>) {
    let seen = &mut stream.space.txn.request_payload.bytes;
    let received = stream.client.inbox.as_ref().map_or(&[][..], Buffer::filled);
    seen.extend_from_slice(received.get(seen.len()..).unwrap_or_default());
}

/// Rules may ask for what is in a request's head in `mode tcp` too, where the client happens to speak HTTP/1.
struct HeadInSight {
    parser: Option<RequestParser>,
}

impl HeadInSight {
    fn new() -> Self {
        Self { parser: Some(RequestParser::new()) }
    }

    /// Reads the head if it is there, and notes whether it may yet come.
    fn look(&mut self, stream: &mut Stream<'_>) {
        let txn = &mut stream.space.txn;
        txn.head_expected = false;
        let Some(parser) = self.parser.as_mut().filter(|_| !txn.request_valid) else { return };
        let limits = head_limits(&stream.model);
        let bytes = &txn.request_payload.bytes;
        match parser.parse(bytes, &limits, &ParseRules::default(), &mut txn.request) {
            Ok(Parse::Partial) => txn.head_expected = true,
            Ok(Parse::Complete { .. }) => txn.request_valid = true,
            Err(_) => {
                txn.request.clear();
                self.parser = None;
            }
        }
    }
}
