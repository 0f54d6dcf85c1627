//! A connection to a server: what carries it, what it has sent, and how often it was used. A stream of HTTP/2 passes for one.

use std::hint::cold_path;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use burdock_base::{Buffer, BufferPool};
use std::rc::Rc;

use burdock_http::h1::{HeadLimits, Parse, ParseRules, RequestContext, ResponseFacts, ResponseParser};
use burdock_http::{RequestHead, ResponseHead};
use burdock_model::Server;
use burdock_tls::TlsFacts;
use burdock_txn::Endpoint;

use crate::server_pool::Wire;
use crate::session::{Identity, ServerSession};
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
    pub server_name: Option<Arc<str>>,
    /// What it began with.
    pub header: Option<Box<[u8]>>,
    /// What is known of its TLS.
    pub tls: Option<Arc<TlsFacts>>,
    parser: ResponseParser,
}

/// How a response is to be read.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// How large its head may be.
    pub limits: &'a HeadLimits,
    /// Which faults are tolerated in HTTP/1.
    pub rules: &'a ParseRules,
    /// What HTTP/1 must know of the request.
    pub context: RequestContext,
    /// The request as it was sent.
    pub sent: &'a RequestHead,
}

/// Why no response head came.
#[derive(Debug)]
pub enum HeadFailure {
    /// The connection ended before the first byte.
    Empty,
    /// The server has not begun to work on the request, and says so.
    Refused,
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
            header: None,
            tls: None,
            parser: ResponseParser::new(),
        }
    }

    /// What carries it, what was received and not consumed, and what it is otherwise: a session takes all that over.
    pub fn take_apart(self) -> (Transport, Option<Buffer>, Identity) {
        let Self { transport, inbox, server, server_name, header, tls, local, private, .. } = self;
        (transport, inbox, Identity { server, server_name, header, tls, local, private })
    }

    /// A fresh stream of a session.
    pub fn over(session: &Rc<ServerSession>) -> Self {
        let transport = session.open_stream();
        Self {
            requests: session.requests().saturating_sub(1),
            private: session.private,
            local: session.local,
            server_name: session.server_name.clone(),
            header: session.header.clone(),
            tls: session.tls.clone(),
            ..Self::new(transport, Arc::clone(&session.server))
        }
    }

    /// The session that it is a stream of.
    pub fn session(&self) -> Option<&Rc<ServerSession>> {
        match &self.transport {
            Transport::Stream(stream) => stream.session().map(|place| place.session()),
            Transport::FastCgi(stream) => Some(stream.session()),
            _ => None,
        }
    }

    /// Whether it speaks what a request needs.
    pub fn suits(&self, wire: Wire) -> bool {
        match wire {
            Wire::Any => true,
            Wire::Http1 => self.session().is_none(),
            Wire::Http2 | Wire::FastCgi => self.session().is_some(),
        }
    }

    /// The connection for a further request, if it still serves.
    pub fn again(mut self, cx: &mut Context<'_>) -> Option<Self> {
        if let Some(session) = self.session().map(Rc::clone) {
            let (authenticated, private) = (self.authenticated, self.private);
            // Its place in the session is free only now.
            drop(self);
            let next = session.has_room(cx).then(|| Self::over(&session))?;
            return Some(Self { authenticated, private, ..next });
        }
        if self.transport.is_quiet(cx) {
            return Some(self);
        }
        self.transport.close_without_linger();
        None
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
        expected: &Expected<'_>,
        head: &mut ResponseHead,
    ) -> Poll<Result<ResponseFacts, HeadFailure>> {
        let Expected { limits, rules, context, sent } = *expected;
        if let Transport::Stream(stream) = &mut self.transport {
            cold_path();
            return stream.poll_head(cx, limits, sent, head);
        }
        if let Transport::FastCgi(stream) = &mut self.transport {
            cold_path();
            return stream.poll_head(cx, limits, context, head);
        }
        loop {
            if let Some(buffer) = &mut self.inbox
                && !buffer.is_empty()
            {
                match self.parser.parse(buffer.filled(), limits, rules, context, head) {
                    Ok(Parse::Complete { consumed, facts }) => {
                        buffer.consume(consumed);
                        self.release_empty_inbox(pool);
                        return Poll::Ready(Ok(facts));
                    }
                    Ok(Parse::Partial) => {}
                    Err(_) => {
                        cold_path();
                        return Poll::Ready(Err(HeadFailure::Invalid));
                    }
                }
            }
            match ready!(self.transport.poll_fill(cx, &mut self.inbox, pool)) {
                Ok(0) | Err(_) => {
                    cold_path();
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
