//! A connected socket, TCP or Unix, that joins the event loop only when it has to wait.
//!
//! A connection that is served straight after accept never costs an `epoll_ctl`; a short read is taken as "there is no more", so no
//! second read asks; a write is tried before anybody waits for room.

use std::hint::cold_path;
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::task::{Context, Poll, ready};

use burdock_base::{Buffer, BufferPool};
use burdock_os::join_event_loop;
use rustix::net::{RecvFlags, SendAncillaryBuffer, SendFlags, Shutdown};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::label;

/// What follows the bytes that are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Then {
    /// More, some day.
    #[default]
    More,
    /// The end of the connection, at once: the bytes wait for it, so that both travel in one segment.
    End,
}

/// A connected, non-blocking stream socket.
#[derive(Debug)]
pub struct Socket {
    state: State,
    /// Bytes wait that the event loop will not announce again.
    unread: bool,
    /// The last write met a full socket.
    write_blocked: bool,
    /// The peer has closed its direction, as far as the event loop has said.
    peer_closed: bool,
    /// The first bytes, should they not be there yet, are acknowledged by what answers them.
    delays_first_ack: bool,
}

/// `Direct → Reading → Both`: at the first wait for bytes, at the first wait for room. Watching for room from the start would wake a
/// connection that only waits for bytes.
#[derive(Debug)]
enum State {
    Direct(OwnedFd),
    Reading(AsyncFd<OwnedFd>),
    Both(AsyncFd<OwnedFd>),
    Closed,
}

impl Socket {
    /// Takes over a connected, non-blocking socket.
    pub fn new(fd: OwnedFd) -> Self {
        Self {
            state: State::Direct(fd),
            unread: false,
            write_blocked: false,
            peer_closed: false,
            delays_first_ack: false,
        }
    }

    /// Takes over a socket whose connection is still being made: the first write waits for it.
    pub fn connecting(fd: OwnedFd) -> Self {
        Self { write_blocked: true, ..Self::new(fd) }
    }

    /// Lets the answer to the peer's first bytes acknowledge them. To be said before they are read; costs nothing where they are there.
    pub fn delay_first_ack(&mut self) {
        self.delays_first_ack = true;
    }

    /// What stands in the place of a socket that was handed over.
    pub fn closed() -> Self {
        Self { state: State::Closed, unread: false, write_blocked: false, peer_closed: true, delays_first_ack: false }
    }

    fn fd(&self) -> io::Result<BorrowedFd<'_>> {
        match &self.state {
            State::Direct(fd) => Ok(fd.as_fd()),
            State::Reading(fd) | State::Both(fd) => Ok(fd.get_ref().as_fd()),
            State::Closed => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// The socket in the event loop, watched at least for bytes.
    fn reading(&mut self) -> io::Result<&AsyncFd<OwnedFd>> {
        if matches!(self.state, State::Direct(_))
            && let State::Direct(fd) = std::mem::replace(&mut self.state, State::Closed)
        {
            cold_path();
            self.state = State::Reading(join_event_loop(fd, Interest::READABLE)?);
        }
        match &self.state {
            State::Reading(fd) | State::Both(fd) => Ok(fd),
            _ => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// The socket in the event loop, watched for bytes and for room.
    fn writing(&mut self) -> io::Result<&AsyncFd<OwnedFd>> {
        let fd = match std::mem::replace(&mut self.state, State::Closed) {
            State::Direct(fd) => join_event_loop(fd, Interest::READABLE | Interest::WRITABLE)?,
            State::Reading(fd) => join_event_loop(fd.into_inner(), Interest::READABLE | Interest::WRITABLE)?,
            State::Both(fd) => fd,
            State::Closed => return Err(io::ErrorKind::NotConnected.into()),
        };
        self.state = State::Both(fd);
        match &self.state {
            State::Both(fd) => Ok(fd),
            _ => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Receives into `inbox`, taking a buffer from `pool` only once there is something to receive. Zero: the peer has closed.
    pub fn poll_fill(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Option<Buffer>,
        pool: &BufferPool,
    ) -> Poll<io::Result<usize>> {
        loop {
            if !matches!(self.state, State::Direct(_)) && !self.unread {
                ready!(self.poll_readable(cx))?;
            }
            let buffer = inbox.get_or_insert_with(|| pool.take());
            if buffer.free_mut().is_empty() {
                buffer.compact();
            }
            let room = buffer.free_mut().len();
            if room == 0 {
                cold_path();
                return Poll::Ready(Err(io::ErrorKind::OutOfMemory.into()));
            }
            match self.receive(buffer.free_mut()) {
                Ok(n) => {
                    buffer.advance_filled(n);
                    self.unread = n == room;
                    return Poll::Ready(Ok(n));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.unread = false;
                    if buffer.is_empty()
                        && let Some(buffer) = inbox.take()
                    {
                        pool.give_back(buffer);
                    }
                    if std::mem::take(&mut self.delays_first_ack) {
                        cold_path();
                        self.with_fd(|fd| label::delay_ack(fd));
                    }
                    self.reading()?;
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    /// One receive, and what it says about readiness.
    fn receive(&mut self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            match rustix::net::recv(self.fd()?, &mut *room, RecvFlags::empty()) {
                Ok((n, _)) => return Ok(n),
                Err(rustix::io::Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    /// Waits until a receive would say something. Readiness that is seen is used up: the caller must receive, or call
    /// [`Socket::note_unread`].
    fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let fd = self.reading()?;
        let mut guard = ready!(fd.poll_read_ready(cx))?;
        let closed = guard.ready().is_read_closed();
        guard.clear_ready();
        self.peer_closed |= closed;
        Poll::Ready(Ok(()))
    }

    /// Watches a peer from whom nothing is wanted now: ready once it has closed its direction or the connection broke. Bytes that arrive
    /// meanwhile stay where they are.
    pub fn poll_peer_closed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while !self.peer_closed {
            match self.poll_readable(cx) {
                Poll::Ready(Ok(())) => self.unread = true,
                Poll::Ready(Err(_)) => self.peer_closed = true,
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(())
    }

    /// Whether an idle connection may still be used: false where the peer has closed it or has sent something unasked.
    pub fn is_quiet(&mut self) -> bool {
        // What the event loop has said may be about bytes that have been received since: only a look at the socket tells. Nobody asks to be
        // woken: whoever uses the connection will do that.
        let look = |fd: &OwnedFd| Ok(rustix::net::recv(fd, &mut [0; 1], RecvFlags::PEEK)?);
        let has_news = |fd: &AsyncFd<OwnedFd>| match fd.try_io(Interest::READABLE, look) {
            Err(error) => error.kind() != io::ErrorKind::WouldBlock,
            Ok(_) => true,
        };
        !self.unread && !self.peer_closed && self.reading().is_ok_and(|fd| !has_news(fd))
    }

    /// Sends the parts in order, in one call, and says how much was taken.
    pub fn poll_send(&mut self, cx: &mut Context<'_>, parts: &[IoSlice<'_>], then: Then) -> Poll<io::Result<usize>> {
        loop {
            if self.write_blocked {
                cold_path();
                let fd = self.writing()?;
                let mut guard = ready!(fd.poll_write_ready(cx))?;
                guard.clear_ready();
                self.write_blocked = false;
            }
            match self.send(parts, then) {
                Ok(n) => {
                    self.write_blocked = n < parts.iter().map(|part| part.len()).sum();
                    return Poll::Ready(Ok(n));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.write_blocked = true,
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    /// Says that bytes may wait though the event loop will not say so again.
    pub fn note_unread(&mut self) {
        self.unread = true;
    }

    /// Says that the next receive will most likely have to wait, so that it does not try in vain first.
    pub fn expect_wait(&mut self) -> io::Result<()> {
        self.reading().map(drop)
    }

    fn send(&self, parts: &[IoSlice<'_>], then: Then) -> io::Result<usize> {
        let fd = self.fd()?;
        let flags = match then {
            Then::More => SendFlags::NOSIGNAL,
            Then::End => SendFlags::NOSIGNAL | SendFlags::MORE,
        };
        loop {
            let result = match parts {
                [one] => rustix::net::send(fd, one, flags),
                _ => rustix::net::sendmsg(fd, parts, &mut SendAncillaryBuffer::default(), flags),
            };
            match result {
                Err(rustix::io::Errno::INTR) => {}
                other => return Ok(other?),
            }
        }
    }

    /// Waits until the connection is made; an error says why it was not.
    pub fn poll_connected(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let fd = self.writing()?;
        let mut guard = ready!(fd.poll_write_ready(cx))?;
        let broken = guard.ready().is_write_closed();
        guard.clear_ready();
        self.write_blocked = false;
        if !broken {
            return Poll::Ready(Ok(()));
        }
        match rustix::net::sockopt::socket_error(self.fd()?)? {
            Ok(()) => Poll::Ready(Ok(())),
            Err(errno) => Poll::Ready(Err(errno.into())),
        }
    }

    /// Whether a connection that was not there at once is there already, as on the same machine.
    pub fn is_connected(&mut self) -> bool {
        let connected = self.fd().is_ok_and(|fd| rustix::net::getpeername(fd).is_ok());
        self.write_blocked &= !connected;
        connected
    }

    /// Says that nothing more will be sent.
    pub fn shutdown_write(&self) {
        if let Ok(fd) = self.fd() {
            // A connection that is gone already needs no farewell.
            let _ = rustix::net::shutdown(fd, Shutdown::Write);
        }
    }

    /// Sets a mark and a class of traffic.
    pub fn label(&self, mark: Option<u32>, class: Option<u8>) {
        self.with_fd(|fd| label::label(fd, mark, class));
    }

    /// Makes the coming close say nothing to the peer, or send a reset that travels so many hops.
    pub fn vanish(&self, reset_ttl: Option<u8>) {
        self.with_fd(|fd| match reset_ttl {
            Some(hops) => label::reset_within(fd, hops),
            None => label::vanish(fd),
        });
    }

    /// Makes the coming close a reset.
    pub fn reset(&self) {
        self.with_fd(|fd| label::reset(fd));
    }

    /// A socket that is closed already needs nothing more.
    fn with_fd(&self, act: impl FnOnce(&BorrowedFd<'_>)) {
        if let Ok(fd) = self.fd() {
            act(&fd);
        }
    }

    /// Whether the event loop knows the socket.
    pub fn is_in_event_loop(&self) -> bool {
        matches!(self.state, State::Reading(_) | State::Both(_))
    }

    /// Whether bytes are known to wait.
    pub fn has_unread(&self) -> bool {
        self.unread
    }

    /// Whether the peer is known to have closed its direction.
    pub fn is_peer_closed(&self) -> bool {
        self.peer_closed
    }

    /// The number of its descriptor, while it is open.
    pub fn descriptor(&self) -> Option<RawFd> {
        self.fd().ok().map(|fd| fd.as_raw_fd())
    }

    /// The local address, for connections accepted on a wildcard address.
    pub fn local_address(&self) -> io::Result<std::net::SocketAddr> {
        let address = rustix::net::getsockname(self.fd()?)?;
        address.try_into().map_err(|_| io::ErrorKind::AddrNotAvailable.into())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    use super::*;

    /// A socket in the event loop, the other end, and another descriptor of its own.
    fn pair() -> (Socket, UnixStream, UnixStream) {
        let (ours, peer) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let beside = ours.try_clone().unwrap();
        let mut socket = Socket::new(ours.into());
        socket.expect_wait().unwrap();
        (socket, peer, beside)
    }

    /// Waits until the event loop has said that there is something to receive.
    async fn told(socket: &mut Socket) {
        socket.reading().unwrap().readable().await.unwrap().retain_ready();
    }

    #[tokio::test]
    async fn only_what_is_there_disturbs_the_quiet() {
        let (mut socket, mut peer, mut beside) = pair();
        assert!(socket.is_quiet());
        peer.write_all(b"x").unwrap();
        told(&mut socket).await;
        assert!(!socket.is_quiet(), "a byte waits");
        beside.read_exact(&mut [0]).unwrap();
        assert!(socket.is_quiet(), "it was received since");
        drop(peer);
        told(&mut socket).await;
        assert!(!socket.is_quiet(), "the peer has gone");
    }
}
