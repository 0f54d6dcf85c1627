//! What a server is told of the client's connection in front of its first byte (configuration manual 5.2 `send-proxy`).

use burdock_model::proxy_header::NO_TLS;
use burdock_model::{HeaderParts, ProxyHeader};
use burdock_proxy_protocol::{Addresses, TlvWriter, TooLong, V2Writer, tlv, write_v1};
use burdock_sample::{Input, Phase, Style};
use burdock_tls::TlsFacts;
use burdock_tls::certificate::Certificate;
use burdock_txn::{Endpoint, Txn};

use crate::phase::arrival;
use crate::stream::Stream;

/// The client speaks TLS.
const SPEAKS_TLS: u8 = 0x01;
/// It has shown a certificate in this handshake.
const CERTIFICATE_SHOWN: u8 = 0x02;
/// Its session has one.
const CERTIFICATE_KNOWN: u8 = 0x04;

/// The header.
///
/// # Errors
/// It would be too long.
pub fn compose(stream: &mut Stream<'_>, form: &ProxyHeader) -> Result<Vec<u8>, TooLong> {
    let (parts, values) = match form {
        ProxyHeader::Line => return Ok(write_v1(addresses(&stream.space.txn).as_ref())),
        ProxyHeader::Block { parts, values } => (*parts, values),
    };
    if parts.unique_id {
        arrival::identify_in_time(stream);
    }
    let (txn, scratch) = (&stream.space.txn, &stream.space.scratch);
    let mut writer = V2Writer::new(addresses(txn).as_ref());
    let world = &stream.model.directory;
    let input = Input { txn, world, now: stream.now(), phase: Phase::BackendHttpRequest, scratch };
    for (kind, format) in values {
        let mut value = Vec::new();
        format.append(&input, Style::Plain, &mut value);
        writer.tlv(*kind, &value)?;
    }
    tell(&mut writer, parts, txn)?;
    writer.finish()
}

/// The ends of the client's connection as rules have left them; none where it is not one of IP.
fn addresses(txn: &Txn) -> Option<Addresses> {
    match (txn.client, txn.local) {
        (Endpoint::Ip(source), Endpoint::Ip(destination)) => Some(Addresses { source, destination }),
        _ => None,
    }
}

/// In the order that HAProxy has.
fn tell(writer: &mut V2Writer, parts: HeaderParts, txn: &Txn) -> Result<(), TooLong> {
    let tls = txn.client_tls.as_deref();
    if parts.checksum {
        writer.checksum()?;
    }
    if let Some(protocol) = tls.and_then(|tls| tls.alpn.as_deref()) {
        writer.tlv(tlv::ALPN, protocol)?;
    }
    if let Some(name) = tls.and_then(|tls| tls.server_name.as_deref()).filter(|_| parts.authority) {
        writer.tlv(tlv::AUTHORITY, name.as_bytes())?;
    }
    if let Some(id) = txn.unique_id.as_deref().filter(|_| parts.unique_id) {
        writer.tlv(tlv::UNIQUE_ID, id)?;
    }
    match tls {
        _ if !parts.tell_of_tls() => Ok(()),
        None => writer.tlv(tlv::SSL, &NO_TLS),
        Some(tls) => writer.nested(tlv::SSL, &flags(tls), |inner| tell_of_tls(inner, parts, tls)),
    }
}

/// What the client has shown, and what became of that.
fn flags(tls: &TlsFacts) -> [u8; 5] {
    let mut flags = SPEAKS_TLS;
    if tls.peer_certificate().is_some() {
        flags |= CERTIFICATE_KNOWN;
    }
    if tls.has_shown_certificate() {
        flags |= CERTIFICATE_SHOWN;
    }
    let [a, b, c, d] = tls.verify_result.to_be_bytes();
    [flags, a, b, c, d]
}

fn tell_of_tls(inner: &mut TlvWriter, parts: HeaderParts, tls: &TlsFacts) -> Result<(), TooLong> {
    inner.tlv(tlv::SSL_VERSION, tls.protocol_name().as_bytes())?;
    if parts.common_name
        && let Some(client) = tls.peer_certificate().and_then(|der| Certificate::parse(der))
        && let Some(name) = client.subject().entry(b"CN", 1)
    {
        inner.tlv(tlv::SSL_CN, name)?;
    }
    let own = tls.own_certificate.as_ref().filter(|_| parts.key || parts.signature);
    if let Some(own) = own.and_then(|der| Certificate::parse(der)) {
        if let Some(key) = own.key_label().filter(|_| parts.key) {
            inner.tlv(tlv::SSL_KEY_ALG, key.as_bytes())?;
        }
        if let Some(signature) = own.signature_algorithm().filter(|_| parts.signature) {
            inner.tlv(tlv::SSL_SIG_ALG, signature.as_bytes())?;
        }
    }
    if parts.cipher {
        inner.tlv(tlv::SSL_CIPHER, tls.cipher_name().as_bytes())?;
    }
    Ok(())
}
