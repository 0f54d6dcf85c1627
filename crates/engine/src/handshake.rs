//! TLS with a client, before anything else is said: which certificate it gets, the handshake, and what is told of those that fail.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use burdock_base::Buffer;
use burdock_model::Mode;
use burdock_state::ProcessCounter;
use burdock_tls::hello::{self, ClientHello, Parsed};
use burdock_tls::openssl::Fault;
use burdock_tls::{Accept, BindTls, TlsFacts};
use burdock_txn::ConnectionError;

use crate::client::ClientConnection;
use crate::finish;
use crate::socket::Then;
use crate::tls_socket::TlsSocket;
use crate::transport::Transport;

/// Bytes of a client's stream by which one tells what it speaks, if not TLS.
const BEGINNING: usize = 16;

/// Carries the handshake through. None: it failed, was logged, and the connection is gone.
pub async fn accept(mut connection: ClientConnection, tls: &BindTls) -> Option<ClientConnection> {
    let worker = Rc::clone(&connection.worker);
    let deadline = match connection.deadline.take() {
        Some(deadline) => deadline,
        None => worker.deadlines.claim().await,
    };
    let timeouts = &connection.frontend.timeouts;
    deadline.set(connection.begun.after_optional_ms(timeouts.client_handshake_ms.or(timeouts.client_ms)));
    connection.deadline = Some(deadline);
    match shake_hands(&mut connection, tls).await {
        Ok(()) => {
            connection.handshaken = Some(worker.clock.now());
            let counters = &worker.process.counters;
            counters.add(worker.id, ProcessCounter::TlsHandshakes, 1);
            if !connection.tls.as_ref().is_some_and(|tls| tls.resumed) {
                counters.add(worker.id, ProcessCounter::TlsKeys, 1);
            }
            connection.deadline = None;
            Some(connection)
        }
        Err(error) => {
            refuse(&mut connection, error);
            None
        }
    }
}

async fn shake_hands(connection: &mut ClientConnection, tls: &BindTls) -> Result<(), ConnectionError> {
    receive_hello(connection).await?;
    let first_bytes = connection.inbox.as_ref().map_or(&[][..], Buffer::filled);
    let mut known = said_by_client(first_bytes, connection.model.global.tls.capture_buffer);
    let config = match tls.accept(first_bytes) {
        Accept::Serve(config) => config,
        Accept::Refuse(refusal) => {
            known.fault = Some(Fault::no_certificate());
            connection.tls = Some(Arc::new(known));
            // A client that does not listen any more needs no reason.
            let _ = poll_fn(|cx| {
                Poll::Ready(connection.transport.poll_send(cx, &[IoSlice::new(&refusal.alert())], Then::End).is_ready())
            })
            .await;
            return Err(ConnectionError::TlsHandshake);
        }
    };
    let session = rustls::ServerConnection::new(config).map_err(|_| ConnectionError::TlsHandshake)?;
    let beginning: Vec<u8> = first_bytes.iter().take(BEGINNING).copied().collect();
    let (transport, received) = connection.take_transport();
    let Transport::Plain(socket) = transport else { return Err(ConnectionError::TlsHandshake) };
    let mut socket = TlsSocket::accept(socket, session, received);
    let worker = Rc::clone(&connection.worker);
    let early_data = connection.frontend.mode == Mode::Http;
    let mut poll_handshake = |cx: &mut Context<'_>| {
        ready!(socket.poll_handshake(cx, &worker.head_buffers))?;
        // Streams share a connection, so what they carry cannot be told apart into before and after.
        let waits = !early_data || socket.agreed_protocol() == Some(b"h2");
        if waits { socket.poll_handshake_end(cx, &worker.head_buffers) } else { Poll::Ready(Ok(())) }
    };
    let outcome = poll_fn(|cx| match poll_handshake(cx) {
        Poll::Ready(outcome) => Poll::Ready(outcome.map_err(|error| reason(&error, &beginning))),
        Poll::Pending if connection.deadline_fired() => Poll::Ready(Err((ConnectionError::TlsTimeout, None))),
        Poll::Pending => Poll::Pending,
    })
    .await;
    let fault = outcome.as_ref().err().and_then(|(_, fault)| *fault);
    let TlsFacts { client_hello, capture_limit, client_random, .. } = known;
    let mut facts = TlsFacts { client_hello, capture_limit, client_random, fault, ..socket.facts() };
    // The result belongs to the session, but the TLS library keeps the certificates of a session alone.
    if facts.resumed
        && let Some(verification) = tls.verify_again(&facts.peer_chain, facts.server_name.as_deref())
    {
        facts.verify_result = verification.result;
    }
    connection.tls = Some(Arc::new(facts));
    connection.transport = Transport::Tls(Box::new(socket));
    outcome.map_err(|(error, _)| error)
}

/// What the ClientHello tells; all of it is kept where samples may ask for it.
fn said_by_client(first_bytes: &[u8], capture_limit: usize) -> TlsFacts {
    let mut facts = TlsFacts { capture_limit, ..TlsFacts::default() };
    if let Parsed::Complete(body) = hello::client_hello(first_bytes)
        && let Some(hello) = ClientHello::parse(&body)
    {
        facts.client_random = hello.random.to_vec();
    }
    if capture_limit > 0 {
        facts.client_hello = Some(Arc::from(first_bytes));
    }
    facts
}

/// Waits for all of the ClientHello, as far as it can be told: the certificate is chosen by it.
async fn receive_hello(connection: &mut ClientConnection) -> Result<(), ConnectionError> {
    let worker = Rc::clone(&connection.worker);
    poll_fn(|cx| {
        loop {
            if let Some(inbox) = &connection.inbox
                && (inbox.is_full() || !matches!(hello::client_hello(inbox.filled()), Parsed::Partial))
            {
                return Poll::Ready(Ok(()));
            }
            match connection.transport.poll_fill(cx, &mut connection.inbox, &worker.head_buffers) {
                // As HAProxy has it: gone in the middle of the hello is no more than gone before it.
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(ConnectionError::TlsEmpty)),
                Poll::Ready(Err(_)) => return Poll::Ready(Err(ConnectionError::TlsHandshake)),
                Poll::Ready(Ok(_)) => {}
                Poll::Pending if connection.deadline_fired() => return Poll::Ready(Err(ConnectionError::TlsTimeout)),
                Poll::Pending => return Poll::Pending,
            }
        }
    })
    .await
}

/// Which error it is in the terms of `fc_err` (configuration manual 7.3.3), and what the TLS library says.
fn reason(error: &io::Error, beginning: &[u8]) -> (ConnectionError, Option<Fault>) {
    let Some(refusal) = error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>()) else {
        let closed = error.kind() == io::ErrorKind::UnexpectedEof;
        return (if closed { ConnectionError::TlsEmpty } else { ConnectionError::TlsHandshake }, None);
    };
    let error = match refusal {
        rustls::Error::InvalidCertificate(_) => ConnectionError::TlsCertificate,
        _ => ConnectionError::TlsHandshake,
    };
    (error, Some(Fault::of(refusal, beginning)))
}

fn refuse(connection: &mut ClientConnection, error: ConnectionError) {
    let worker = Rc::clone(&connection.worker);
    let mut space = worker.take_workspace(connection);
    finish::unconnected(connection, &mut space, error, error == ConnectionError::TlsEmpty);
    worker.give_back_workspace(connection, space);
}
