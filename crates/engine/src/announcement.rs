//! What a proxy in front of us says of a connection before its first byte: headers of the PROXY protocol and of NetScaler.

use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use burdock_base::Buffer;
use burdock_model::Preface;
use burdock_proxy_protocol::{Addresses, Fault, Parse, Tlvs, netscaler};
use burdock_txn::{Announcement, ConnectionError, Endpoint};

use crate::client::ClientConnection;
use crate::finish;

/// A header has to be sent at once (`proxy-protocol.txt` section 2); where it comes in parts all the same, so long is waited for the rest.
const REST_MS: u64 = 1000;

/// Takes the headers in. None: one did not come or was wrong, which was logged, and the connection is gone.
pub async fn receive(mut connection: ClientConnection, preface: Preface) -> Option<ClientConnection> {
    let worker = Rc::clone(&connection.worker);
    let deadline = worker.deadlines.claim().await;
    let timeouts = &connection.frontend.timeouts;
    deadline.set(connection.begun.after_optional_ms(timeouts.client_handshake_ms.or(timeouts.client_ms)));
    connection.deadline = Some(deadline);
    match take_in(&mut connection, preface).await {
        Ok(()) => {
            connection.handshaken = Some(worker.clock.now());
            connection.deadline = None;
            Some(connection)
        }
        Err(error) => {
            refuse(&mut connection, error);
            None
        }
    }
}

async fn take_in(connection: &mut ClientConnection, preface: Preface) -> Result<(), ConnectionError> {
    let mut announcement = Announcement {
        connected_from: connection.client,
        connected_to: connection.local,
        is_proxy: preface.proxy,
        tlvs: Tlvs::default(),
    };
    if preface.netscaler {
        let magic =
            connection.frontend.frontend.as_ref().map(|side| side.binds[connection.bind.index()].netscaler_magic);
        let addresses = Netscaler { magic: magic.unwrap_or(0) }.receive(connection).await?;
        take_over(connection, Some(addresses));
    }
    if preface.proxy {
        let header = Proxy.receive(connection).await?;
        take_over(connection, header.addresses);
        announcement.tlvs = header.tlvs;
    }
    connection.announcement = Some(Arc::new(announcement));
    connection.release_empty_inbox();
    Ok(())
}

fn take_over(connection: &mut ClientConnection, addresses: Option<Addresses>) {
    if let Some(Addresses { source, destination }) = addresses {
        (connection.client, connection.local) = (Endpoint::Ip(source), Endpoint::Ip(destination));
    }
}

/// A kind of header, and what its faults are called.
trait Kind {
    type Header;
    const EMPTY: ConnectionError;
    const ABORT: ConnectionError;
    const TIMEOUT: ConnectionError;
    const TRUNCATED: ConnectionError;

    fn parse(&self, bytes: &[u8], connection: &mut ClientConnection) -> Result<Parse<Self::Header>, ConnectionError>;

    /// Waits for the header and takes it out of what was received.
    async fn receive(&self, connection: &mut ClientConnection) -> Result<Self::Header, ConnectionError> {
        let worker = Rc::clone(&connection.worker);
        let mut hurried = false;
        loop {
            if let Some(mut inbox) = connection.inbox.take_if(|inbox| !inbox.is_empty()) {
                let parsed = self.parse(inbox.filled(), connection);
                let full = inbox.is_full();
                if let Ok(Parse::Complete { length, .. }) = &parsed {
                    inbox.consume(*length);
                }
                connection.inbox = Some(inbox);
                match parsed? {
                    Parse::Complete { header, .. } => return Ok(header),
                    Parse::Partial if full => return Err(Self::TRUNCATED),
                    Parse::Partial if !hurried => {
                        hurried = true;
                        connection.set_deadline(worker.clock.now().after_ms(REST_MS));
                    }
                    Parse::Partial => {}
                }
            }
            let received =
                poll_fn(|cx| match connection.transport.poll_fill(cx, &mut connection.inbox, &worker.head_buffers) {
                    Poll::Pending if connection.deadline_fired() => Poll::Ready(None),
                    Poll::Pending => Poll::Pending,
                    Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
                })
                .await;
            match received {
                Some(Ok(1..)) => {}
                _ if hurried => return Err(Self::TRUNCATED),
                Some(Ok(0)) => return Err(Self::EMPTY),
                Some(Err(_)) => return Err(Self::ABORT),
                None => return Err(Self::TIMEOUT),
            }
        }
    }
}

struct Proxy;

impl Kind for Proxy {
    type Header = burdock_proxy_protocol::Header;
    const EMPTY: ConnectionError = ConnectionError::ProxyEmpty;
    const ABORT: ConnectionError = ConnectionError::ProxyAbort;
    const TIMEOUT: ConnectionError = ConnectionError::ProxyTimeout;
    const TRUNCATED: ConnectionError = ConnectionError::ProxyTruncated;

    fn parse(&self, bytes: &[u8], connection: &mut ClientConnection) -> Result<Parse<Self::Header>, ConnectionError> {
        burdock_proxy_protocol::parse(bytes).map_err(|rejected| {
            // As measured, the log tells of whom the header speaks, where that much of it is sound.
            take_over(connection, rejected.addresses);
            match rejected.fault {
                Fault::NotHeader => ConnectionError::ProxyNotHeader,
                Fault::Protocol => ConnectionError::ProxyBadProtocol,
                Fault::Invalid => ConnectionError::ProxyBadHeader,
            }
        })
    }
}

struct Netscaler {
    magic: u32,
}

impl Kind for Netscaler {
    type Header = Addresses;
    const EMPTY: ConnectionError = ConnectionError::ClientIpEmpty;
    const ABORT: ConnectionError = ConnectionError::ClientIpAbort;
    const TIMEOUT: ConnectionError = ConnectionError::ClientIpTimeout;
    const TRUNCATED: ConnectionError = ConnectionError::ClientIpTruncated;

    fn parse(&self, bytes: &[u8], _: &mut ClientConnection) -> Result<Parse<Addresses>, ConnectionError> {
        netscaler::parse(bytes, self.magic).map_err(|fault| match fault {
            netscaler::Fault::Magic => ConnectionError::ClientIpBadMagic,
            netscaler::Fault::Protocol => ConnectionError::ClientIpBadProtocol,
            netscaler::Fault::Truncated => ConnectionError::ClientIpTruncated,
        })
    }
}

/// Ends the connection: with a reset where the client has said something, as that was not understood.
fn refuse(connection: &mut ClientConnection, error: ConnectionError) {
    let worker = Rc::clone(&connection.worker);
    let silent = connection.inbox.as_ref().is_none_or(Buffer::is_empty);
    let mut space = worker.take_workspace(connection);
    finish::unconnected(connection, &mut space, error, silent);
    worker.give_back_workspace(connection, space);
    if !silent {
        connection.transport.reset();
    }
    if let Some(buffer) = connection.inbox.take() {
        worker.give_back_buffer(buffer);
    }
}
