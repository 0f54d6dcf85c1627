//! Sockets that have been connected to servers and can be again. Where connections to servers are not kept, dissolving one and making
//! another on the same socket costs less than a new socket: no descriptor, inode or buffers have to be made.

use std::cell::RefCell;
use std::os::fd::OwnedFd;

use burdock_model::Address;

use crate::transport::Transport;

/// Sockets of each family that are kept.
const KEPT: usize = 32;

/// Unconnected, non-blocking TCP sockets of a worker.
#[derive(Debug, Default)]
pub struct SpareSockets {
    ipv4: RefCell<Vec<OwnedFd>>,
    ipv6: RefCell<Vec<OwnedFd>>,
}

impl SpareSockets {
    fn of(&self, is_ipv4: bool) -> &RefCell<Vec<OwnedFd>> {
        if is_ipv4 { &self.ipv4 } else { &self.ipv6 }
    }

    /// One of the family, if there is any.
    pub fn take(&self, is_ipv4: bool) -> Option<OwnedFd> {
        self.of(is_ipv4).borrow_mut().pop()
    }

    /// Ends a connection to that address by a reset, which leaves none in TIME_WAIT, as local ports are scarce; its socket is kept where it
    /// can make another.
    pub fn put(&self, transport: Transport, address: &Address) {
        let (Transport::Plain(socket), Address::Tcp(address)) = (transport, address) else {
            return;
        };
        let mut kept = self.of(address.is_ipv4()).borrow_mut();
        if kept.len() < KEPT {
            kept.extend(socket.disconnect());
        } else {
            socket.reset();
        }
    }
}
