//! `tcp-response content` in `mode tcp`: rules on what the server has sent, which may wait for more within `inspect-delay` (configuration
//! manual 4.2). They see what lies in the server's inbox and hold it back from the client until they are decided.

use std::sync::Arc;
use std::task::{Context, Poll};

use burdock_base::{Buffer, Instant};
use burdock_model::{Mode, Proxy};
use burdock_rules::{Cursor, Flow, RuleSetKind, Wait};

use crate::finish;
use crate::phase::rules;
use crate::stream::Stream;

const KIND: RuleSetKind = RuleSetKind::TcpResponseContent;

/// What rules make of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The client gets it.
    Passed,
    /// Both connections are closed.
    Refused,
}

/// An inspection under way.
#[derive(Debug)]
pub struct Inspection {
    proxy: Arc<Proxy>,
    /// When what has come is all that rules will see.
    end: Instant,
    /// More may come within that time.
    open: bool,
    /// Something has come since rules last looked.
    news: bool,
}

impl Inspection {
    /// Begins one where the backend has such rules, and where they have not seen an HTTP response instead.
    pub fn begin(stream: &Stream<'_>) -> Option<Box<Self>> {
        if stream.frontend.mode == Mode::Http || stream.backend.rules.of(KIND).is_empty() {
            return None;
        }
        let delay_ms = stream.backend.timeouts.response_inspection_ms;
        Some(Box::new(Self {
            proxy: Arc::clone(&stream.backend),
            end: stream.now().after_optional_ms(delay_ms),
            open: delay_ms.is_some(),
            news: true,
        }))
    }

    /// When it ends at the latest.
    pub fn end(&self) -> Instant {
        self.end
    }

    /// Whether its time is over.
    pub fn is_due(&self, now: Instant) -> bool {
        self.end <= now
    }

    /// Evaluates the rules whenever something has come, until they are decided or nothing more can come.
    pub fn poll(&mut self, stream: &mut Stream<'_>, cx: &mut Context<'_>) -> Poll<Verdict> {
        loop {
            if self.open && self.is_due(stream.now()) {
                (self.open, self.news) = (false, true);
            }
            if self.news {
                self.news = false;
                if let Some(verdict) = self.judge(stream) {
                    return Poll::Ready(verdict);
                }
            }
            std::task::ready!(self.poll_server(stream, cx));
            self.news = true;
        }
    }

    fn judge(&self, stream: &mut Stream<'_>) -> Option<Verdict> {
        stream.space.txn.inspecting = self.open;
        let mut cursor = Cursor::default();
        let verdict = loop {
            match rules::evaluate(stream, &self.proxy, KIND, &mut cursor) {
                Flow::Continue | Flow::Accept => break Some(Verdict::Passed),
                Flow::Wait(Wait::Content) if self.open => break None,
                flow @ (Flow::Reject | Flow::SilentDrop) => {
                    rules::cut_off(stream, KIND, &flow);
                    break Some(Verdict::Refused);
                }
                Flow::Log(profile) => finish::log_now(stream, KIND, profile),
                // Nothing else can be asked for where there is no message.
                Flow::Answer(_)
                | Flow::Serve(_)
                | Flow::SwitchMode(_)
                | Flow::Wait(_)
                | Flow::Resolve(_)
                | Flow::Interim(_)
                | Flow::Failed => {}
            }
        };
        stream.space.txn.inspecting = false;
        verdict
    }

    /// Ready once there is more, or there will be no more.
    fn poll_server(&mut self, stream: &mut Stream<'_>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(server) = stream.server.as_mut() else {
            self.open = false;
            return Poll::Ready(());
        };
        match std::task::ready!(server.transport.poll_fill(cx, &mut server.inbox, &stream.worker.stream_buffers)) {
            Ok(0) | Err(_) => self.open = false,
            Ok(_) => {
                let seen = &mut stream.space.txn.response_payload.bytes;
                let received = server.inbox.as_ref().map_or(&[][..], Buffer::filled);
                let received = &received[..received.len().min(stream.model.global.tune.buffer_size)];
                seen.extend_from_slice(received.get(seen.len()..).unwrap_or_default());
                self.open = seen.len() < stream.model.global.tune.buffer_size;
            }
        }
        Poll::Ready(())
    }
}
