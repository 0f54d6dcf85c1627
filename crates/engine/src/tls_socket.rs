//! TLS over a socket: records in, bytes out, and back. Ciphertext lies in a buffer of the pool only while some of it waits.

use std::io::{self, IoSlice, Read, Write};
use std::task::{Context, Poll, Waker, ready};

use burdock_base::{Buffer, BufferPool};
use burdock_tls::hello::{self, Parsed, ServerHello};
use burdock_tls::settings::TlsVersion;
use burdock_tls::{ShownCertificate, TlsFacts, Verification};
use rustls::pki_types::CertificateDer;
use rustls::{Connection, HandshakeKind, ProtocolVersion};

use crate::socket::{Socket, Then};

/// TLS over a connected socket, on either side of the handshake.
#[derive(Debug)]
pub struct TlsSocket {
    socket: Socket,
    session: Connection,
    /// Received and not yet given to the session.
    sealed: Option<Buffer>,
    /// Bytes that the session has opened and nobody has taken.
    opened: usize,
    /// Bytes of the caller that the session has sealed while the socket had no room: they count as sent once they are.
    sealed_ahead: usize,
    /// The connection below is still being made.
    connecting: bool,
    /// The client's early data may wait.
    early: bool,
    /// The first of it.
    first_early: Option<Buffer>,
    /// What was sent to a server as early data, until it is known whether it takes that.
    sent_early: Option<Vec<u8>>,
    /// A server has taken early data.
    early_taken: bool,
    /// The peer has said that nothing follows.
    peer_finished: bool,
    /// What the handshake shows on its way.
    witness: Box<Witness>,
    /// We have said so, or have nothing to say any more.
    finished: bool,
}

/// What is known of a handshake only while it goes on.
#[derive(Debug, Default)]
struct Witness {
    /// What became of the peer's certificate, where one was looked at.
    verification: Option<Verification>,
    /// Our own certificate that the peer was shown.
    certificate: Option<ShownCertificate>,
    /// Secrets, where they are kept.
    secrets: Vec<(String, Vec<u8>)>,
    /// Of the ServerHello.
    server_random: Vec<u8>,
    session_id: Vec<u8>,
}

impl Witness {
    /// Takes down what the last step of the session has left on this thread.
    fn look(&mut self) {
        if let Some(verification) = burdock_tls::take_verification() {
            self.verification = Some(verification);
        }
        if let Some(certificate) = burdock_tls::take_certificate() {
            self.certificate = Some(certificate);
        }
        self.secrets.append(&mut burdock_tls::take_secrets());
    }

    /// Takes down what a ServerHello says, where the server's stream begins with these bytes.
    fn hear_server(&mut self, stream: &[u8]) {
        if self.server_random.is_empty()
            && let Parsed::Complete(body) = hello::server_hello(stream)
            && let Some(hello) = ServerHello::parse(&body)
        {
            (self.server_random, self.session_id) = (hello.random.to_vec(), hello.session_id.to_vec());
        }
    }
}

/// Room for what a peer sends unasked on an idle connection: tickets, and little else.
const UNASKED_ROOM: usize = 4096;

impl TlsSocket {
    /// The server's side, on what has arrived so far: the beginning of the ClientHello.
    pub fn accept(socket: Socket, session: rustls::ServerConnection, received: Option<Buffer>) -> Self {
        Self::new(socket, Connection::Server(session), received, false)
    }

    /// The client's side, on a socket whose connection may still be being made.
    pub fn connect(socket: Socket, session: rustls::ClientConnection, connecting: bool) -> Self {
        let mut tls = Self::new(socket, Connection::Client(session), None, connecting);
        tls.begin_early();
        tls
    }

    fn new(socket: Socket, session: Connection, sealed: Option<Buffer>, connecting: bool) -> Self {
        Self {
            socket,
            session,
            sealed,
            opened: 0,
            sealed_ahead: 0,
            connecting,
            early: false,
            first_early: None,
            sent_early: None,
            early_taken: false,
            peer_finished: false,
            witness: Box::default(),
            finished: false,
        }
    }

    /// The socket below.
    pub fn socket(&self) -> &Socket {
        &self.socket
    }

    /// The same, to be watched.
    pub fn socket_mut(&mut self) -> &mut Socket {
        &mut self.socket
    }

    /// What the handshake has come to so far. What is known only while it goes on is handed out once.
    pub fn facts(&mut self) -> TlsFacts {
        let witness = std::mem::take(&mut *self.witness);
        let session = &self.session;
        let version = session.protocol_version().and_then(|version| match version {
            ProtocolVersion::TLSv1_2 => Some(TlsVersion::Tls12),
            ProtocolVersion::TLSv1_3 => Some(TlsVersion::Tls13),
            _ => None,
        });
        let server_name = match session {
            Connection::Server(server) => server.server_name().map(str::to_owned),
            Connection::Client(_) => None,
        };
        let chain = session.peer_certificates().unwrap_or_default();
        let verification = witness.verification.unwrap_or_default();
        let certificate = witness.certificate;
        let chain_error = verification.ignored_chain;
        let unforgiven = if chain_error.is_none() { verification.result } else { 0 };
        TlsFacts {
            complete: !session.is_handshaking(),
            version,
            cipher_suite: session.negotiated_cipher_suite().map(|suite| suite.suite().into()),
            group: session.negotiated_key_exchange_group().map(|group| group.name().into()),
            alpn: session.alpn_protocol().map(<[u8]>::to_vec),
            server_name,
            early_data: self.early || self.early_taken,
            resumed: session.handshake_kind() == Some(HandshakeKind::Resumed),
            peer_chain: chain.iter().cloned().map(CertificateDer::into_owned).collect(),
            certificate_name: certificate.as_ref().and_then(|shown| shown.name.clone()),
            own_certificate: certificate.map(|shown| shown.der),
            verify_result: verification.result,
            certificate_error: verification.ignored_certificate.unwrap_or(unforgiven),
            chain_error,
            peer_root: verification.root,
            server_random: witness.server_random,
            session_id: witness.session_id,
            secrets: witness.secrets,
            ..TlsFacts::default()
        }
    }

    /// Carries the handshake through, or as far as the client's early data can be read: [`TlsSocket::is_handshaking`] tells. An error that
    /// came of the peer's messages holds a [`rustls::Error`].
    pub fn poll_handshake(&mut self, cx: &mut Context<'_>, pool: &BufferPool) -> Poll<io::Result<()>> {
        loop {
            ready!(self.poll_flush(cx, Then::More))?;
            self.early = self.is_handshaking() && self.receive_first_early(pool)?;
            if !self.is_handshaking() || self.early {
                return Poll::Ready(Ok(()));
            }
            if !ready!(self.poll_records(cx, pool))? {
                return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
            }
        }
    }

    /// The same to the end.
    pub fn poll_handshake_end(&mut self, cx: &mut Context<'_>, pool: &BufferPool) -> Poll<io::Result<()>> {
        while self.is_handshaking() {
            ready!(self.poll_flush(cx, Then::More))?;
            if !ready!(self.poll_records(cx, pool))? {
                return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
            }
        }
        self.poll_flush(cx, Then::More)
    }

    /// Whether the handshake is not done: what is read meanwhile may be a replay (RFC 8446 section 8).
    pub fn is_handshaking(&self) -> bool {
        self.session.is_handshaking()
    }

    /// The protocol agreed upon (ALPN).
    pub fn agreed_protocol(&self) -> Option<&[u8]> {
        self.session.alpn_protocol()
    }

    /// Takes the first early data, where there is some: a client may have said that some comes, and have sent none.
    fn receive_first_early(&mut self, pool: &BufferPool) -> io::Result<bool> {
        let may_come = match &mut self.session {
            Connection::Server(server) => server.early_data().is_some(),
            Connection::Client(_) => false,
        };
        if !may_come {
            return Ok(false);
        }
        let mut inbox = None;
        let n = self.read_early(room(&mut inbox, pool)?);
        if let Some(buffer) = &mut inbox {
            buffer.advance_filled(n);
        }
        release_if_empty(&mut inbox, pool);
        self.first_early = inbox;
        Ok(n > 0)
    }

    /// Hands on what was taken of the first early data, as far as there is room.
    fn hand_on_early(&mut self, inbox: &mut Option<Buffer>, pool: &BufferPool) -> io::Result<usize> {
        let Some(first) = &mut self.first_early else { return Ok(0) };
        let room = room(inbox, pool)?;
        let n = room.len().min(first.filled().len());
        if let (Some(to), Some(from)) = (room.get_mut(..n), first.filled().get(..n)) {
            to.copy_from_slice(from);
        }
        first.consume(n);
        if let Some(buffer) = inbox {
            buffer.advance_filled(n);
        }
        release_if_empty(&mut self.first_early, pool);
        Ok(n)
    }

    /// Takes early data, where there is some.
    fn read_early(&mut self, room: &mut [u8]) -> usize {
        match &mut self.session {
            // It has no way to fail, and says zero where nothing waits.
            Connection::Server(server) => server.early_data().map_or(0, |mut early| early.read(room).unwrap_or(0)),
            Connection::Client(_) => 0,
        }
    }

    /// Lets what is sent first go with the first flight, where the server has said in an earlier session that it takes that (RFC 8446 2.3) and
    /// we are to make use of it. What it then does not take, it gets again behind the handshake.
    fn begin_early(&mut self) {
        if let Connection::Client(client) = &mut self.session
            && client.early_data().is_some()
        {
            self.sent_early = Some(Vec::new());
        }
    }

    /// Seals bytes as early data, as many as the server has said to take.
    fn write_early(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let (Connection::Client(client), Some(sent)) = (&mut self.session, &mut self.sent_early) else { return Ok(0) };
        let Some(mut early) = client.early_data() else { return Ok(0) };
        let mut total = 0;
        for part in parts {
            let n = early.write(part)?;
            sent.extend_from_slice(part.get(..n).unwrap_or_default());
            total += n;
            if n < part.len() {
                break;
            }
        }
        Ok(total)
    }

    /// Once it is known whether the server takes early data: what it does not take goes as any other.
    fn settle_early(&mut self) -> io::Result<()> {
        if self.session.is_handshaking() {
            return Ok(());
        }
        if let (Connection::Client(client), Some(sent)) = (&mut self.session, self.sent_early.take()) {
            self.early_taken = client.is_early_data_accepted() && !sent.is_empty();
            if !client.is_early_data_accepted() {
                client.writer().write_all(&sent)?;
            }
        }
        Ok(())
    }

    /// Waits for the connection below, then, unless it goes on with early data, for the handshake.
    pub fn poll_connected(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.connecting {
            ready!(self.socket.poll_connected(cx))?;
            self.connecting = false;
        }
        if self.sent_early.is_some() {
            return Poll::Ready(Ok(()));
        }
        self.poll_handshake_end(cx, &BufferPool::new(UNASKED_ROOM))
    }

    /// See [`crate::transport::Transport::poll_fill`].
    pub fn poll_fill(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Option<Buffer>,
        pool: &BufferPool,
    ) -> Poll<io::Result<usize>> {
        if self.first_early.is_some() {
            return Poll::Ready(self.hand_on_early(inbox, pool));
        }
        while self.opened == 0 {
            if self.early {
                let n = self.read_early(room(inbox, pool)?);
                if n > 0 {
                    if let Some(buffer) = inbox {
                        buffer.advance_filled(n);
                    }
                    return Poll::Ready(Ok(n));
                }
                self.early = self.is_handshaking();
                release_if_empty(inbox, pool);
            }
            if self.peer_finished || !ready!(self.poll_records(cx, pool))? {
                return Poll::Ready(Ok(0));
            }
        }
        let n = self.session.reader().read(room(inbox, pool)?)?;
        if let Some(buffer) = inbox {
            buffer.advance_filled(n);
        }
        self.opened = self.opened.saturating_sub(n);
        Poll::Ready(Ok(n))
    }

    /// Takes records until bytes are opened, or at least one step was made. `false`: the connection below has ended.
    fn poll_records(&mut self, cx: &mut Context<'_>, pool: &BufferPool) -> Poll<io::Result<bool>> {
        if self.sealed.as_ref().is_none_or(Buffer::is_empty)
            && ready!(self.socket.poll_fill(cx, &mut self.sealed, pool))? == 0
        {
            return Poll::Ready(Ok(false));
        }
        let outcome = self.take_records().and_then(|()| self.settle_early());
        release_if_empty(&mut self.sealed, pool);
        // Whatever the session has to say, an alert above all, goes out as far as there is room.
        if let Poll::Ready(Err(error)) = self.poll_flush(cx, Then::More)
            && outcome.is_ok()
        {
            return Poll::Ready(Err(error));
        }
        Poll::Ready(outcome.map(|()| true))
    }

    fn take_records(&mut self) -> io::Result<()> {
        let Some(sealed) = &mut self.sealed else { return Ok(()) };
        while self.opened == 0 && !sealed.is_empty() {
            let handshaking = self.session.is_handshaking();
            if handshaking && matches!(self.session, Connection::Client(_)) {
                self.witness.hear_server(sealed.filled());
            }
            let n = self.session.read_tls(&mut sealed.filled())?;
            if n == 0 {
                break;
            }
            sealed.consume(n);
            let outcome = self.session.process_new_packets();
            if handshaking {
                self.witness.look();
            }
            let state = outcome.map_err(|error| {
                self.finished = true;
                io::Error::new(io::ErrorKind::InvalidData, error)
            })?;
            self.opened = state.plaintext_bytes_to_read();
            self.peer_finished |= state.peer_has_closed();
        }
        Ok(())
    }

    /// See [`crate::transport::Transport::poll_send`].
    pub fn poll_send(&mut self, cx: &mut Context<'_>, parts: &[IoSlice<'_>], then: Then) -> Poll<io::Result<usize>> {
        if self.is_handshaking() && self.sealed_ahead == 0 {
            self.sealed_ahead = self.write_early(parts)?;
        }
        if self.is_handshaking() && self.sealed_ahead == 0 {
            // What answers early data waits until the client is known to be there.
            ready!(self.poll_handshake_end(cx, &BufferPool::new(UNASKED_ROOM)))?;
        }
        if self.sealed_ahead == 0 {
            self.sealed_ahead = self.session.writer().write_vectored(parts)?;
            if then == Then::End && self.sealed_ahead == parts.iter().map(|part| part.len()).sum::<usize>() {
                self.finish();
            }
        }
        ready!(self.poll_flush(cx, then))?;
        Poll::Ready(Ok(std::mem::take(&mut self.sealed_ahead)))
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>, then: Then) -> Poll<io::Result<()>> {
        while self.session.wants_write() {
            let heard = match &self.session {
                Connection::Server(server) if server.is_handshaking() => Some(&mut *self.witness),
                _ => None,
            };
            match self.session.write_tls(&mut Outlet { socket: &mut self.socket, cx: &mut *cx, then, heard }) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        Poll::Ready(Ok(()))
    }

    fn finish(&mut self) {
        if !self.finished {
            self.finished = true;
            self.session.send_close_notify();
        }
    }

    /// Says that nothing more will be sent (RFC 8446 section 6.1), as far as the socket has room for it.
    pub fn say_goodbye(&mut self) {
        if !self.session.is_handshaking() {
            self.finish();
        }
        // A peer that does not listen any more needs no farewell.
        let _ = self.poll_flush(&mut Context::from_waker(Waker::noop()), Then::More);
    }

    /// See [`crate::transport::Transport::is_quiet`]. Tickets and changes of keys may come at any time, and disturb nobody.
    pub fn is_quiet(&mut self, cx: &mut Context<'_>) -> bool {
        while !self.has_unread() && !self.is_peer_closed() {
            if self.socket.is_quiet() {
                return true;
            }
            self.socket.note_unread();
            match self.poll_records(cx, &BufferPool::new(UNASKED_ROOM)) {
                Poll::Ready(Ok(true)) => {}
                Poll::Ready(Ok(false) | Err(_)) => return false,
                Poll::Pending => return true,
            }
        }
        false
    }

    /// Whether bytes are known to wait, opened or not.
    pub fn has_unread(&self) -> bool {
        self.opened > 0
            || self.first_early.is_some()
            || self.sealed.as_ref().is_some_and(|sealed| !sealed.is_empty())
            || self.socket.has_unread()
    }

    /// Whether the peer is known to have closed its direction.
    pub fn is_peer_closed(&self) -> bool {
        self.peer_finished || self.socket.is_peer_closed()
    }
}

/// Room in an inbox, which takes a buffer where it has none.
fn room<'i>(inbox: &'i mut Option<Buffer>, pool: &BufferPool) -> io::Result<&'i mut [u8]> {
    let buffer = inbox.get_or_insert_with(|| pool.take());
    if buffer.free_mut().is_empty() {
        buffer.compact();
    }
    let room = buffer.free_mut();
    if room.is_empty() { Err(io::ErrorKind::OutOfMemory.into()) } else { Ok(room) }
}

fn release_if_empty(inbox: &mut Option<Buffer>, pool: &BufferPool) {
    if inbox.as_ref().is_some_and(Buffer::is_empty)
        && let Some(buffer) = inbox.take()
    {
        pool.give_back(buffer);
    }
}

/// Where a session's records go.
struct Outlet<'a, 'w> {
    socket: &'a mut Socket,
    cx: &'a mut Context<'w>,
    then: Then,
    /// Who is to hear what a server says in a handshake.
    heard: Option<&'a mut Witness>,
}

impl Write for Outlet<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        if let (Some(witness), Some(first)) = (&mut self.heard, parts.first()) {
            witness.hear_server(first);
        }
        match self.socket.poll_send(self.cx, parts, self.then) {
            Poll::Ready(result) => result,
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
