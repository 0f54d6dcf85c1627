//! The response's body goes to the client, and whatever is left of the request's body to the server.

use std::future::poll_fn;
use std::hint::cold_path;
use std::task::{Context, Poll};

use burdock_http::h1::HeadLimits;
use burdock_txn::{Cause, Progress};

use crate::body::{Sink, Source, TransferError};
use crate::client::head_limits;
use crate::driver::{self, Next};
use crate::finish;
use crate::stream::{After, Stream};

/// Forwards until the response is complete.
pub async fn run(stream: &mut Stream<'_>) -> Next {
    stream.set_pace();
    let mut forward = Forward { limits: head_limits(&stream.model), upload_over: false, armed: None };
    poll_fn(|cx| forward.poll(stream, cx)).await
}

struct Forward {
    limits: HeadLimits,
    /// The request was sent, or cannot be any more.
    upload_over: bool,
    /// What the deadline was set for: bytes moved in both directions, and whether the client is waited for.
    armed: Option<(u64, u64, bool)>,
}

impl Forward {
    fn poll(&mut self, stream: &mut Stream<'_>, cx: &mut Context<'_>) -> Poll<Next> {
        self.poll_upload(stream, cx);
        match self.poll_download(stream, cx) {
            Poll::Ready(Ok(())) if self.upload_over || stream.upload.is_received() => {
                return Poll::Ready(Next::Continue);
            }
            // The server has answered early and still reads: the client may finish what it is sending.
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(error)) => {
                cold_path();
                let (cause, after) = match error {
                    // The client must see that the body is cut off, so nothing is said after it.
                    TransferError::SourceGone => (Cause::ServerAbort, After::Close),
                    TransferError::SourceInvalid => (Cause::Proxy, After::Close),
                    TransferError::SinkGone => (Cause::ClientAbort, After::Close),
                };
                stream.space.txn.termination.end(cause, Progress::Data);
                stream.after = after;
                return Poll::Ready(Next::Finish);
            }
            Poll::Pending => {}
        }
        if stream.download.is_received() && stream.upload.is_received() {
            finish::release_server(stream);
        } else if stream.watches_client() && stream.client.transport.poll_peer_closed(cx).is_ready() {
            driver::client_gone(stream, Progress::Data);
            stream.after = After::Close;
            return Poll::Ready(Next::Finish);
        }
        self.watch_time(stream)
    }

    fn poll_upload(&mut self, stream: &mut Stream<'_>, cx: &mut Context<'_>) {
        if self.upload_over {
            return;
        }
        let Some(server) = stream.server.as_mut() else {
            self.upload_over = true;
            return;
        };
        let mut source = Source { transport: &mut stream.client.transport, inbox: &mut stream.client.inbox };
        let mut sink = Sink { transport: &mut server.transport, outbox: &mut stream.space.to_server, closes: false };
        // Whatever ends the upload, the response that has begun goes on.
        self.upload_over = stream.upload.poll(cx, &stream.worker, &self.limits, &mut source, &mut sink).is_ready();
    }

    fn poll_download(&self, stream: &mut Stream<'_>, cx: &mut Context<'_>) -> Poll<Result<(), TransferError>> {
        let outbox = &mut stream.space.to_client;
        match stream.server.as_mut() {
            Some(server) => {
                let mut source = Source { transport: &mut server.transport, inbox: &mut server.inbox };
                let closes = stream.client.transport.is_stream()
                    || (stream.after != After::KeepAlive && stream.upload.is_received());
                let mut sink = Sink { transport: &mut stream.client.transport, outbox, closes };
                stream.download.poll(cx, &stream.worker, &self.limits, &mut source, &mut sink)
            }
            None => outbox.poll_flush(cx, &mut stream.client.transport).map_err(|_| TransferError::SinkGone),
        }
    }

    fn watch_time(&mut self, stream: &mut Stream<'_>) -> Poll<Next> {
        if stream.is_held_back() {
            self.armed = None;
            return Poll::Pending;
        }
        if let Some((_, _, on_client)) = self.armed
            && stream.client.deadline_fired()
        {
            let cause = if on_client { Cause::ClientTimeout } else { Cause::ServerTimeout };
            let progress = if stream.download.is_received() { Progress::Last } else { Progress::Data };
            stream.space.txn.termination.end(cause, progress);
            stream.after = After::Close;
            return Poll::Ready(Next::Finish);
        }
        let on_client = stream.space.to_client.is_blocked() || stream.download.is_received();
        let state = (stream.download.received, stream.upload.received, on_client);
        if self.armed != Some(state) {
            self.armed = Some(state);
            let limit_ms = if on_client { stream.client_limit_ms() } else { stream.server_limit_ms() };
            stream.client.set_deadline(stream.now().after_optional_ms(limit_ms));
        }
        Poll::Pending
    }
}
