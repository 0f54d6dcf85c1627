//! Opaque bytes in both directions: tunnels (upgrades, CONNECT) and `mode tcp`. Either side may close its direction and go on reading.

use std::future::poll_fn;
use std::task::{Context, Poll};

use burdock_base::Instant;
use burdock_http::h1::{BodyFraming, HeadLimits};
use burdock_model::Mode;
use burdock_txn::{Cause, Progress};

use crate::body::{Sink, Source, Transfer, TransferError};
use crate::client::head_limits;
use crate::inspection::{Inspection, Verdict};
use crate::phase::stick;
use crate::stream::{After, Stream};

/// Relays until both directions are closed, or one breaks, or nothing moves for too long.
pub async fn tunnel(stream: &mut Stream<'_>) {
    stream.after = After::Close;
    stream.upload = Transfer::new(BodyFraming::UntilClose, BodyFraming::UntilClose);
    stream.download = Transfer::new(BodyFraming::UntilClose, BodyFraming::UntilClose);
    stream.set_pace();
    stick::connected(stream);
    let mut relay = Relay {
        limits: head_limits(&stream.model),
        inspection: Inspection::begin(stream),
        upload_over: false,
        download_over: false,
        armed: None,
    };
    if relay.inspection.is_none() && stream.frontend.mode == Mode::Tcp {
        stick::store_response(stream);
    }
    poll_fn(|cx| relay.poll(stream, cx)).await;
}

struct Relay {
    limits: HeadLimits,
    /// Rules that look at what the server sends before the client gets it.
    inspection: Option<Box<Inspection>>,
    upload_over: bool,
    download_over: bool,
    /// What the deadline was set for: bytes moved in each direction, how many directions are closed, and whether one is held back; and whose
    /// time it is.
    armed: Option<((u64, u64, u8, bool), Cause)>,
}

impl Relay {
    fn poll(&mut self, stream: &mut Stream<'_>, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(inspection) = &mut self.inspection {
            match inspection.poll(stream, cx) {
                Poll::Ready(Verdict::Passed) => {
                    self.inspection = None;
                    stick::store_response(stream);
                    self.armed = None;
                    stream.set_pace();
                }
                Poll::Ready(Verdict::Refused) => return Poll::Ready(()),
                Poll::Pending => {}
            }
        }
        let Some(server) = stream.server.as_mut() else { return Poll::Ready(()) };
        let client = &mut *stream.client;
        if !self.upload_over {
            let mut source = Source { transport: &mut client.transport, inbox: &mut client.inbox };
            let mut sink =
                Sink { transport: &mut server.transport, outbox: &mut stream.space.to_server, closes: false };
            match stream.upload.poll(cx, &stream.worker, &self.limits, &mut source, &mut sink) {
                Poll::Pending => {}
                Poll::Ready(Ok(())) => {
                    self.upload_over = true;
                    server.transport.shutdown_write();
                }
                Poll::Ready(Err(error)) => return broken(stream, &error, Cause::ClientAbort, Cause::ServerAbort),
            }
        }
        if !self.download_over && self.inspection.is_none() {
            let mut source = Source { transport: &mut server.transport, inbox: &mut server.inbox };
            let mut sink =
                Sink { transport: &mut client.transport, outbox: &mut stream.space.to_client, closes: false };
            match stream.download.poll(cx, &stream.worker, &self.limits, &mut source, &mut sink) {
                Poll::Pending => {}
                Poll::Ready(Ok(())) => {
                    self.download_over = true;
                    client.transport.shutdown_write();
                }
                Poll::Ready(Err(error)) => return broken(stream, &error, Cause::ServerAbort, Cause::ClientAbort),
            }
        }
        if self.upload_over && self.download_over {
            return Poll::Ready(());
        }
        self.watch_time(stream, cx)
    }

    fn watch_time(&mut self, stream: &mut Stream<'_>, cx: &mut Context<'_>) -> Poll<()> {
        if let Some((_, cause)) = self.armed
            && stream.client.deadline_fired()
        {
            if self.inspection.as_ref().is_some_and(|inspection| inspection.is_due(stream.now())) {
                // What has come is all that rules will see; with the next look that is so.
                self.armed = None;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            stream.space.txn.termination.end(cause, Progress::Data);
            return Poll::Ready(());
        }
        let closed = u8::from(self.upload_over) + u8::from(self.download_over);
        let state = (stream.upload.received, stream.download.received, closed, stream.is_held_back());
        if self.armed.is_none_or(|(armed, _)| armed != state) {
            let (deadline, cause) = self.deadline(stream, closed > 0);
            self.armed = Some((state, cause));
            let inspected = self.inspection.as_ref().map_or(Instant::NEVER, |inspection| inspection.end());
            stream.client.set_deadline(deadline.min(inspected));
        }
        Poll::Pending
    }

    /// The nearer of both sides' limits, unless it is us who keep one waiting; `timeout tunnel` stands for both while both directions are open.
    fn deadline(&self, stream: &Stream<'_>, half_closed: bool) -> (Instant, Cause) {
        if stream.is_held_back() {
            return (Instant::NEVER, Cause::Proxy);
        }
        let now = stream.now();
        let (front, back) = (&stream.frontend.timeouts, &stream.backend.timeouts);
        let tunnel_ms = stream.tunnel_limit_ms();
        let (client_ms, server_ms) = (stream.client_limit_ms(), stream.server_limit_ms());
        let (client_ms, server_ms) = if half_closed {
            (front.client_fin_ms.or(tunnel_ms).or(client_ms), back.server_fin_ms.or(tunnel_ms).or(server_ms))
        } else {
            (tunnel_ms.or(client_ms), tunnel_ms.or(server_ms))
        };
        let (client, server) = (now.after_optional_ms(client_ms), now.after_optional_ms(server_ms));
        if server < client { (server, Cause::ServerTimeout) } else { (client, Cause::ClientTimeout) }
    }
}

fn broken(stream: &mut Stream<'_>, error: &TransferError, by_source: Cause, by_sink: Cause) -> Poll<()> {
    let cause = if matches!(error, TransferError::SinkGone) { by_sink } else { by_source };
    stream.space.txn.termination.end(cause, Progress::Data);
    Poll::Ready(())
}
