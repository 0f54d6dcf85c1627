//! TLS over streams that are no traffic: log lines, the runtime API, checks. Whoever has a stream gets one back with the handshake behind it.
//! Knows no sockets and sets no time limits; connections of traffic have buffers and handshakes of their own.
#![forbid(unsafe_code)]

mod replay;

use std::io;

use burdock_tls::hello::{self, Parsed};
use burdock_tls::{Accept, BindTls, Refusal, ServerTls};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use replay::Replay;

/// A stream whose peer began the handshake.
pub type Accepted<S> = tokio_rustls::server::TlsStream<Replay<S>>;
/// A stream whose handshake we began.
pub type Connected<S> = tokio_rustls::client::TlsStream<S>;

/// Bytes of a client's first flight that are looked at. What is longer is left to the TLS library to judge.
const MAX_FIRST_FLIGHT: usize = 16_384;
/// Bytes asked of the stream at once.
const CHUNK: usize = 2048;

/// Carries the handshake of a client through, with the certificate that its ClientHello asks for.
///
/// # Errors
/// The stream's, what is wrong with the handshake, and a refusal, which the client is told.
pub async fn accept<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, tls: &BindTls) -> io::Result<Accepted<S>> {
    let first_bytes = first_flight(&mut stream).await?;
    match tls.accept(&first_bytes) {
        Accept::Serve(config) => TlsAcceptor::from(config).accept(Replay::new(first_bytes, stream)).await,
        Accept::Refuse(refusal) => {
            stream.write_all(&refusal.alert()).await?;
            stream.shutdown().await?;
            let Refusal::UnknownName = refusal;
            Err(io::Error::other("there is no certificate for the name that is asked for"))
        }
    }
}

/// Carries our own handshake through. `server_name` is sent, and has to be in the server's certificate; without one none is.
///
/// # Errors
/// The stream's, what is wrong with the handshake, and a name that cannot be sent.
pub async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    tls: &ServerTls,
    server_name: Option<&str>,
) -> io::Result<Connected<S>> {
    let (config, name) = tls.connect(server_name).map_err(io::Error::other)?;
    TlsConnector::from(config).connect(name, stream).await
}

/// All of the ClientHello, as far as it can be told: the certificate is chosen by it.
async fn first_flight(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut chunk = [0; CHUNK];
    while bytes.len() < MAX_FIRST_FLIGHT && matches!(hello::client_hello(&bytes), Parsed::Partial) {
        match stream.read(&mut chunk).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => bytes.extend_from_slice(chunk.get(..n).unwrap_or_default()),
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
