//! A connection to a server: the socket, what it has sent, and how often it was used.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use burdock_base::{Buffer, BufferPool};
use burdock_http::ResponseHead;
use burdock_http::h1::{HeadLimits, Parse, ParseRules, RequestContext, ResponseFacts, ResponseParser};
use burdock_model::Server;
use burdock_tls::TlsFacts;
use burdock_txn::Endpoint;

use crate::transport::Transport;

/// A connection to a server.
#[derive(Debug)]
pub struct ServerConnection {
    /// What it reads from and writes to.
    pub transport: Transport,
    /// Whom it leads to.
    pub server: Arc<Server>,
    /// Received and not yet consumed.
    pub inbox: Option<Buffer>,
    /// Requests sent over it, the present one included.
    pub requests: u32,
    /// Only the client connection that opened it may use it (`http-reuse never`, connection-based authentication).
    pub private: bool,
    /// It was made for what one request asks for (where it leads, how it is marked), and serves no other.
    pub bespoke: bool,
    /// The server has authenticated the connection itself (NTLM, Negotiate).
    pub authenticated: bool,
    /// Our end of it, where it is one of IP.
    pub local: Option<Endpoint>,
    /// The name that the server was asked for (SNI).
    pub server_name: Option<String>,
    /// What is known of its TLS.
    pub tls: Option<Arc<TlsFacts>>,
    parser: ResponseParser,
}

/// Why no response head came.
#[derive(Debug)]
pub enum HeadFailure {
    /// The connection ended before the first byte.
    Empty,
    /// The connection ended inside the head.
    Truncated,
    /// What came is no HTTP response.
    Invalid,
}

impl ServerConnection {
    /// A fresh connection.
    pub fn new(transport: Transport, server: Arc<Server>) -> Self {
        Self {
            transport,
            server,
            inbox: None,
            requests: 0,
            private: false,
            bespoke: false,
            authenticated: false,
            local: None,
            server_name: None,
            tls: None,
            parser: ResponseParser::new(),
        }
    }

    /// Whether this request goes over a connection that has served another before.
    pub fn is_reused(&self) -> bool {
        self.requests > 1
    }

    /// Waits for a response head, interim ones included.
    pub fn poll_head(
        &mut self,
        cx: &mut Context<'_>,
        pool: &BufferPool,
        limits: &HeadLimits,
        rules: &ParseRules,
        request: RequestContext,
        head: &mut ResponseHead,
    ) -> Poll<Result<(ResponseFacts, usize), HeadFailure>> {
        loop {
            if let Some(buffer) = &mut self.inbox
                && !buffer.is_empty()
            {
                match self.parser.parse(buffer.filled(), limits, rules, request, head) {
                    Ok(Parse::Complete { consumed, facts }) => {
                        buffer.consume(consumed);
                        self.release_empty_inbox(pool);
                        return Poll::Ready(Ok((facts, consumed)));
                    }
                    Ok(Parse::Partial) => {}
                    Err(_) => return Poll::Ready(Err(HeadFailure::Invalid)),
                }
            }
            match ready!(self.transport.poll_fill(cx, &mut self.inbox, pool)) {
                Ok(0) | Err(_) => {
                    let nothing = self.inbox.as_ref().is_none_or(Buffer::is_empty);
                    return Poll::Ready(Err(if nothing { HeadFailure::Empty } else { HeadFailure::Truncated }));
                }
                Ok(_) => {}
            }
        }
    }

    /// Gives the buffer back where nothing is in it.
    pub fn release_empty_inbox(&mut self, pool: &BufferPool) {
        if self.inbox.as_ref().is_some_and(Buffer::is_empty)
            && let Some(buffer) = self.inbox.take()
        {
            pool.give_back(buffer);
        }
    }

    /// Waits until the connection is made.
    pub fn poll_connected(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.transport.poll_connected(cx)
    }

    /// Ends the connection at once.
    pub fn abandon(mut self, pool: &BufferPool) {
        if let Some(buffer) = self.inbox.take() {
            pool.give_back(buffer);
        }
        self.transport.close_without_linger();
    }
}
