//! When things happened to a request, and the durations that log lines show (configuration manual 8.4).

use burdock_base::Instant;

/// Instants of a request's life. `None`: it has not come to that.
#[derive(Clone, Copy, Debug)]
pub struct Timings {
    /// The connection was accepted, or the previous request on it ended.
    pub accepted: Instant,
    /// Handshakes (TLS, PROXY) were over.
    pub handshaken: Option<Instant>,
    /// The first byte of the request arrived.
    pub first_byte: Option<Instant>,
    /// The request's head was complete (in `mode tcp`: the session began).
    pub request: Option<Instant>,
    /// A server slot was obtained.
    pub queued: Option<Instant>,
    /// The connection to the server was usable.
    pub connected: Option<Instant>,
    /// The response's head was complete.
    pub response: Option<Instant>,
    /// The request was over.
    pub closed: Option<Instant>,
}

impl Timings {
    /// Timings of a request that begins at `accepted`.
    pub const fn new(accepted: Instant) -> Self {
        Self {
            accepted,
            handshaken: None,
            first_byte: None,
            request: None,
            queued: None,
            connected: None,
            response: None,
            closed: None,
        }
    }

    /// `%Th`: handshakes.
    pub fn handshake_ms(&self) -> i64 {
        span(Some(self.accepted), self.handshaken).max(0)
    }

    /// `%Ti`: idle before the request's first byte.
    pub fn idle_ms(&self) -> i64 {
        span(Some(self.handshaken.unwrap_or(self.accepted)), self.first_byte).max(0)
    }

    /// `%TR`: from the first byte to the complete head; -1 where the head never was.
    pub fn request_ms(&self) -> i64 {
        span(self.first_byte.or(Some(self.accepted)), self.request)
    }

    /// `%Tw`: waiting in queues, or in a tarpit; -1 where it ended before a server was chosen.
    pub fn queue_ms(&self) -> i64 {
        span(self.request.or(self.first_byte).or(Some(self.accepted)), self.queued)
    }

    /// `%Tc`: connecting to the server, retries included; -1 where no connection was made.
    pub fn connect_ms(&self) -> i64 {
        span(self.queued, self.connected)
    }

    /// `%Tr`: from the connection to the response's head; -1 where none came.
    pub fn response_ms(&self) -> i64 {
        span(self.connected, self.response)
    }

    /// `%Ta`: from the request's first byte to the end.
    pub fn active_ms(&self) -> i64 {
        span(self.first_byte.or(Some(self.accepted)), self.closed)
    }

    /// The same where the end may be a given instant.
    pub fn active_ms_until(&self, end: Instant) -> i64 {
        span(self.first_byte.or(Some(self.accepted)), Some(end))
    }

    /// `%Tt`: from accept to the end.
    pub fn total_ms(&self) -> i64 {
        span(Some(self.accepted), self.closed)
    }

    /// The same where the end may be a given instant.
    pub fn total_ms_until(&self, end: Instant) -> i64 {
        span(Some(self.accepted), Some(end))
    }
}

fn span(from: Option<Instant>, to: Option<Instant>) -> i64 {
    match (from, to) {
        (Some(from), Some(to)) => to.ms_since(from) as i64,
        _ => -1,
    }
}
