//! Joining the event loop of the worker that calls.

use std::io;
use std::os::fd::OwnedFd;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Registers a non-blocking descriptor with the current runtime's event loop.
///
/// # Errors
/// Those of `epoll_ctl`.
///
/// # Panics
/// Outside a tokio runtime with I/O enabled.
pub fn join_event_loop(descriptor: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    #[expect(unsafe_code, reason = "the registration trusts its type to keep one descriptor for life")]
    // SAFETY: an `OwnedFd` yields the same descriptor each time and keeps it open until it is dropped, which is what is asked of it.
    let registered = unsafe { AsyncFd::register_with_interest(descriptor, interest) };
    registered.map_err(|refused| refused.into_parts().1)
}
