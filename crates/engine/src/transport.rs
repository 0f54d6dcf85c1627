//! What a stream reads from and writes to: bytes, whatever carries them. Phases know this type and none behind it.
//!
//! A socket in clear needs the least work, so that finding out what carries the bytes would cost it the most: where every request comes by, the
//! other cases are marked as the unlikely ones.

use std::hint::cold_path;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::os::fd::RawFd;
use std::task::{Context, Poll};

use burdock_base::{Buffer, BufferPool};
use burdock_http::Headers;
use burdock_http::h1::{BodyFraming, HeadLimits};
use burdock_http::h2::Malformed;

use burdock_tls::TlsFacts;

use crate::fcgi::FcgiStream;
use crate::h2::{Ending, H2Stream};
use crate::socket::{Socket, Then};
use crate::tls_socket::TlsSocket;

/// Bytes in both directions.
#[derive(Debug)]
pub enum Transport {
    /// A socket.
    Plain(Socket),
    /// TLS over a socket.
    Tls(Box<TlsSocket>),
    /// A stream of an HTTP/2 connection.
    Stream(Box<H2Stream>),
    /// A request to a FastCGI application.
    FastCgi(Box<FcgiStream>),
}

impl From<Socket> for Transport {
    fn from(socket: Socket) -> Self {
        Self::Plain(socket)
    }
}

impl Transport {
    /// The socket below; a stream has none of its own.
    fn socket(&self) -> Option<&Socket> {
        match self {
            Self::Plain(socket) => Some(socket),
            Self::Tls(tls) => {
                cold_path();
                Some(tls.socket())
            }
            Self::Stream(_) | Self::FastCgi(_) => None,
        }
    }

    /// Whether it is one of several streams of a connection: its end is said by the framing, and its heads are no text.
    pub fn is_stream(&self) -> bool {
        matches!(self, Self::Stream(_) | Self::FastCgi(_))
    }

    /// Whether it is a stream that can become a tunnel.
    pub fn is_tunnel_stream(&self) -> bool {
        matches!(self, Self::Stream(_))
    }

    /// How a body that its head announces that way is to be read: the framing of a stream says the end of every body, and trailers may follow.
    pub fn framing_of(&self, announced: BodyFraming) -> BodyFraming {
        match announced {
            BodyFraming::None | BodyFraming::Length(0) => announced,
            BodyFraming::Chunked if matches!(self, Self::FastCgi(stream) if stream.is_chunked()) => announced,
            _ if self.is_stream() => BodyFraming::UntilClose,
            _ => announced,
        }
    }

    /// Whether the peer's direction of a stream ended with what was received so far, and no trailers.
    pub fn has_ended(&self) -> bool {
        match self {
            Self::Stream(stream) => {
                cold_path();
                stream.has_ended()
            }
            Self::FastCgi(stream) => {
                cold_path();
                stream.has_ended()
            }
            _ => false,
        }
    }

    /// Receives into `inbox`, taking a buffer from `pool` only once there is something to receive. Zero: the peer has closed.
    pub fn poll_fill(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Option<Buffer>,
        pool: &BufferPool,
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(socket) => socket.poll_fill(cx, inbox, pool),
            Self::Tls(tls) => {
                cold_path();
                tls.poll_fill(cx, inbox, pool)
            }
            Self::Stream(stream) => {
                cold_path();
                stream.poll_fill(cx, inbox, pool)
            }
            Self::FastCgi(stream) => {
                cold_path();
                stream.poll_fill(cx, inbox)
            }
        }
    }

    /// Sends the parts in order and says how much was taken. After `Pending`, the next call must begin with the same bytes.
    pub fn poll_send(&mut self, cx: &mut Context<'_>, parts: &[IoSlice<'_>], then: Then) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(socket) => socket.poll_send(cx, parts, then),
            Self::Tls(tls) => {
                cold_path();
                tls.poll_send(cx, parts, then)
            }
            Self::Stream(stream) => {
                cold_path();
                stream.poll_send(cx, parts, then)
            }
            Self::FastCgi(stream) => {
                cold_path();
                stream.poll_send(cx, parts)
            }
        }
    }

    /// Watches a peer from whom nothing is wanted now: ready once it has closed its direction or the connection broke. Bytes that arrive
    /// meanwhile stay where they are.
    pub fn poll_peer_closed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self {
            Self::Plain(socket) => socket.poll_peer_closed(cx),
            Self::Tls(tls) => {
                cold_path();
                tls.socket_mut().poll_peer_closed(cx)
            }
            Self::Stream(stream) => {
                cold_path();
                stream.poll_peer_closed(cx)
            }
            // The response tells.
            Self::FastCgi(_) => Poll::Pending,
        }
    }

    /// Whether an idle connection may still be used: false where the peer has closed it or has sent something unasked.
    pub fn is_quiet(&mut self, cx: &mut Context<'_>) -> bool {
        match self {
            Self::Plain(socket) => socket.is_quiet(),
            Self::Tls(tls) => {
                cold_path();
                tls.is_quiet(cx)
            }
            // A stream serves one request.
            Self::Stream(_) | Self::FastCgi(_) => false,
        }
    }

    /// Says that the next receive will most likely have to wait, so that it does not try in vain first.
    pub fn expect_wait(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.expect_wait(),
            Self::Tls(tls) => {
                cold_path();
                tls.socket_mut().expect_wait()
            }
            Self::Stream(_) | Self::FastCgi(_) => Ok(()),
        }
    }

    /// Waits until the connection is made, handshake included; an error says why it was not.
    pub fn poll_connected(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(socket) => socket.poll_connected(cx),
            Self::Tls(tls) => tls.poll_connected(cx),
            Self::Stream(_) | Self::FastCgi(_) => Poll::Ready(Ok(())),
        }
    }

    /// Waits for the end of a handshake that serves early data.
    pub fn poll_handshake_end(&mut self, cx: &mut Context<'_>, pool: &BufferPool) -> Poll<io::Result<()>> {
        match self {
            Self::Tls(tls) => tls.poll_handshake_end(cx, pool),
            _ => Poll::Ready(Ok(())),
        }
    }

    /// Whether what is read may be a replay: early data, before the handshake is done.
    pub fn is_handshaking(&self) -> bool {
        matches!(self, Self::Tls(tls) if tls.is_handshaking())
    }

    /// Says that nothing more will be sent.
    pub fn shutdown_write(&mut self) {
        match self {
            Self::Plain(socket) => socket.shutdown_write(),
            Self::Tls(tls) => {
                tls.say_goodbye();
                tls.socket().shutdown_write();
            }
            Self::Stream(_) | Self::FastCgi(_) => self.finish(),
        }
    }

    /// Sends the end of a connection in clear with what was sent last, ahead of its close: bytes that nobody asked for may have come
    /// meanwhile, and would make the close a reset that takes the response with it.
    pub fn end_in_clear(&self) {
        if let Self::Plain(socket) = self {
            socket.shutdown_write();
        }
    }

    /// Ends a stream behind everything sent so far, with the trailers that wait; a connection goes on.
    pub fn finish(&mut self) {
        match self {
            Self::Stream(stream) => {
                cold_path();
                // A peer that has broken the stream off does not need to be told of its end.
                let _ = stream.finish();
            }
            Self::FastCgi(stream) => {
                cold_path();
                stream.finish()
            }
            _ => {}
        }
    }

    /// Tells the peer that the coming close is meant, where there is a way to say so.
    pub fn say_goodbye(&mut self) {
        if let Self::Tls(tls) = self {
            tls.say_goodbye();
        }
    }

    /// Whether it is a stream that has not been ended.
    pub fn is_unfinished(&self) -> bool {
        match self {
            Self::Stream(stream) => !stream.is_finished(),
            Self::FastCgi(stream) => !stream.is_finished(),
            _ => false,
        }
    }

    /// Keeps trailers, to be sent with the end of a stream.
    pub fn set_trailers(&mut self, trailers: &Headers) {
        if let Self::Stream(stream) = self
            && !trailers.is_empty()
        {
            cold_path();
            stream.set_trailers(trailers);
        }
    }

    /// Hands out the trailers that came with the end of a stream.
    ///
    /// # Errors
    /// They are none.
    pub fn take_trailers(&mut self, limits: &HeadLimits, into: &mut Headers) -> Result<(), Malformed> {
        match self {
            Self::Stream(stream) => stream.take_trailers(limits, into),
            _ => Ok(()),
        }
    }

    /// Breaks a stream off; a connection is left to be closed.
    pub fn break_off(&mut self, reason: h2::Reason) {
        if let Self::Stream(stream) = self {
            stream.reset(reason);
        }
    }

    /// Sets a mark and a class of traffic.
    pub fn label(&self, mark: Option<u32>, class: Option<u8>) {
        if let Some(socket) = self.socket() {
            socket.label(mark, class);
        }
    }

    /// Makes the coming close say nothing to the peer, or send a reset that travels so many hops.
    pub fn vanish(&mut self, reset_ttl: Option<u8>) {
        match self {
            Self::Plain(socket) => socket.vanish(reset_ttl),
            Self::Tls(tls) => tls.socket().vanish(reset_ttl),
            Self::Stream(stream) => stream.end_connection(Ending::Vanish(reset_ttl)),
            Self::FastCgi(_) => {}
        }
    }

    /// Ends the connection of a stream, as a rule wants it; any other is left to be closed.
    pub fn reject(&mut self) {
        if let Self::Stream(stream) = self {
            stream.end_connection(Ending::Reject);
        }
    }

    /// Makes the coming close a reset.
    pub fn reset(&self) {
        if let Some(socket) = self.socket() {
            socket.reset();
        }
    }

    /// Makes the coming close a reset, which leaves no connection in TIME_WAIT: for connections to servers, whose local ports are scarce.
    pub fn close_without_linger(self) {
        self.reset();
    }

    /// Whether the event loop knows the socket.
    pub fn is_in_event_loop(&self) -> bool {
        self.socket().is_none_or(Socket::is_in_event_loop)
    }

    /// Whether bytes are known to wait.
    pub fn has_unread(&self) -> bool {
        match self {
            Self::Plain(socket) => socket.has_unread(),
            Self::Tls(tls) => {
                cold_path();
                tls.has_unread()
            }
            Self::Stream(stream) => {
                cold_path();
                stream.has_unread()
            }
            Self::FastCgi(stream) => {
                cold_path();
                stream.has_unread()
            }
        }
    }

    /// Whether the peer is known to have closed its direction.
    pub fn is_peer_closed(&self) -> bool {
        match self {
            Self::Plain(socket) => socket.is_peer_closed(),
            Self::Tls(tls) => {
                cold_path();
                tls.is_peer_closed()
            }
            Self::Stream(stream) => {
                cold_path();
                stream.is_peer_closed()
            }
            Self::FastCgi(_) => false,
        }
    }

    /// The number of the descriptor below; a stream has none of its own.
    pub fn descriptor(&self) -> Option<RawFd> {
        self.socket()?.descriptor()
    }

    /// The number of the stream; zero where it is none, or has none yet.
    pub fn stream_id(&self) -> u32 {
        match self {
            Self::Stream(stream) => {
                cold_path();
                stream.id()
            }
            Self::FastCgi(stream) => {
                cold_path();
                stream.id()
            }
            _ => 0,
        }
    }

    /// The code by which the peer has reset the stream (RFC 9113 section 7), where it has.
    pub fn reset_code(&self) -> Option<u32> {
        match self {
            Self::Stream(stream) => {
                cold_path();
                stream.reset_code()
            }
            _ => None,
        }
    }

    /// What its TLS handshake has come to.
    pub fn tls_facts(&mut self) -> Option<TlsFacts> {
        match self {
            Self::Tls(tls) => Some(tls.facts()),
            _ => None,
        }
    }

    /// The local address, for connections accepted on a wildcard address.
    pub fn local_address(&self) -> io::Result<SocketAddr> {
        self.socket().ok_or(io::ErrorKind::AddrNotAvailable)?.local_address()
    }
}
