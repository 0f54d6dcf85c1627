//! The question of a `tls-alpn-01` challenge (RFC 8737): what is shown to a client that offers `acme-tls/1` and asks for a name.

use std::io;
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme};

use crate::wait::PATIENCE;

const PROTOCOL: &[u8] = b"acme-tls/1";
/// The extension `id-pe-acmeIdentifier`, critical, with an octet string of 32 bytes, up to these.
const EXTENSION: &[u8] = &[6, 8, 0x2b, 6, 1, 5, 5, 7, 1, 0x1f, 1, 1, 0xff, 4, 0x22, 4, 0x20];

/// The certificate that is shown.
///
/// # Errors
/// There is no connection, or another protocol was agreed upon.
pub(super) fn ask(port: u16, host: &str) -> io::Result<CertificateDer<'static>> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
    let verifier = Arc::new(Anybody(provider));
    let mut config =
        builder.map_err(io::Error::other)?.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let mut client = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    while client.is_handshaking() {
        client.complete_io(&mut stream)?;
    }
    if client.alpn_protocol() != Some(PROTOCOL) {
        return Err(io::Error::other("another protocol was agreed upon"));
    }
    let shown = client.peer_certificates().and_then(|chain| chain.first());
    shown.map(|shown| shown.clone().into_owned()).ok_or_else(|| io::Error::other("no certificate was shown"))
}

/// Whether a certificate holds the digest of a key authorization.
pub(super) fn is_answer(shown: &CertificateDer<'_>, authorization: &str) -> bool {
    let digest = ::aws_lc_rs::digest::digest(&::aws_lc_rs::digest::SHA256, authorization.as_bytes());
    let expected = [EXTENSION, digest.as_ref()].concat();
    shown.windows(expected.len()).any(|bytes| bytes == expected)
}

/// Certificates that answer challenges are signed by nobody, and have a critical extension that the TLS library does not know and would refuse
/// if it were asked.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
