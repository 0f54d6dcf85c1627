//! Requests to an authority's server: over HTTP/1.1 and TLS, signed, within limits.

use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioExecutor;
use instant_acme::{BodyWrapper, BytesResponse, HttpClient};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tower_service::Service;

use crate::fault::Fault;
use crate::limit::{ANSWER_TIMEOUT, MAX_ANSWER};
use crate::settings::{self, Family};
use crate::signing::Signer;

/// What all authorities are spoken to through.
#[derive(Clone)]
pub(crate) struct Connections {
    client: Client<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>,
    retries: u32,
}

/// The same in the name of an account.
#[derive(Clone)]
pub(crate) struct Signing {
    connections: Connections,
    signer: Arc<Signer>,
    retry_at: Arc<Mutex<Option<SystemTime>>>,
}

impl Connections {
    /// Reads what servers are known by.
    pub fn new(settings: &settings::Client) -> Result<Self, Fault> {
        let mut connector = HttpConnector::new_with_resolver(Resolver(settings.prefer));
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(settings.connect_timeout));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls(settings)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let client = Client::builder(TokioExecutor::new()).pool_idle_timeout(IDLE_TIMEOUT).build(connector);
        Ok(Self { client, retries: settings.retries })
    }

    /// For an account.
    pub fn signing(&self, signer: Arc<Signer>) -> Signing {
        Signing { connections: self.clone(), signer, retry_at: Arc::default() }
    }

    async fn send(&self, request: &Sendable) -> Result<(http::response::Parts, Bytes), Fault> {
        let unreachable = |reason: String| Fault::Unreachable { url: request.uri.to_string(), reason };
        let mut attempts = 0;
        let response = loop {
            match self.client.request(request.build()).await {
                Ok(response) => break response,
                Err(error) if error.is_connect() && attempts < self.retries => attempts += 1,
                Err(error) => return Err(unreachable(in_full(&error))),
            }
        };
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, MAX_ANSWER).collect().await.map_err(|error| unreachable(in_full(&*error)))?;
        Ok((parts, body.to_bytes()))
    }
}

impl Signing {
    /// When the authority said, with its last refusal, that it may be asked again.
    pub fn retry_at(&self) -> Option<SystemTime> {
        *self.retry_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn exchange(&self, request: Request<BodyWrapper<Bytes>>) -> Result<BytesResponse, Fault> {
        let (parts, body) = request.into_parts();
        let Ok(collected) = body.collect().await;
        let body = collected.to_bytes();
        let body = if body.is_empty() { body } else { Bytes::from(self.signer.sign_anew(&body)?) };
        let url = parts.uri.to_string();
        let request = Sendable { method: parts.method, uri: parts.uri, headers: parts.headers, body };
        let answer = tokio::time::timeout(ANSWER_TIMEOUT, self.connections.send(&request)).await;
        let (parts, body) = answer.map_err(|_| Fault::Unreachable {
            url: url.clone(),
            reason: format!("no answer within {} seconds", ANSWER_TIMEOUT.as_secs()),
        })??;
        if parts.status.is_client_error() || parts.status.is_server_error() {
            *self.retry_at.lock().unwrap_or_else(PoisonError::into_inner) = retry_after(&parts.headers);
            // A problem says more than its status; anything else says no more.
            if serde_json::from_slice::<instant_acme::Problem>(&body).is_err() || request.method == Method::GET {
                return Err(Fault::NotAcme {
                    url,
                    reason: format!("it answers with status {}", parts.status.as_u16()),
                });
            }
        }
        Ok(BytesResponse { parts, body: Box::new(body) })
    }
}

impl HttpClient for Signing {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, instant_acme::Error>> + Send>> {
        let own = self.clone();
        Box::pin(
            async move { own.exchange(request).await.map_err(|fault| instant_acme::Error::Other(Box::new(fault))) },
        )
    }
}

/// A request that can be sent more than once.
struct Sendable {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl Sendable {
    fn build(&self) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        if let Some(kind) = self.headers.get(CONTENT_TYPE) {
            request.headers_mut().insert(CONTENT_TYPE, kind.clone());
        }
        request.headers_mut().insert(USER_AGENT, HeaderValue::from_static(OUR_NAME));
        request
    }
}

/// Addresses of a name, those of the preferred family first; the connector tries the others if these fail or take long.
#[derive(Clone)]
struct Resolver(Family);

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let prefer = self.0;
        Box::pin(async move {
            let mut addresses: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            addresses.sort_by_key(|address| address.is_ipv4() != (prefer == Family::Ipv4));
            Ok(addresses.into_iter())
        })
    }
}

fn tls(settings: &settings::Client) -> Result<ClientConfig, Fault> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let failed = |error: rustls::Error| Fault::Roots(error.to_string());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(failed)?;
    if !settings.verify {
        let anybody = Arc::new(Anybody(provider));
        return Ok(builder.dangerous().with_custom_certificate_verifier(anybody).with_no_client_auth());
    }
    let roots = Arc::new(match &settings.ca_file {
        Some(path) => roots_in(path)?,
        None => system_roots()?,
    });
    let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider)
        .build()
        .map_err(|error| Fault::Roots(error.to_string()))?;
    Ok(builder.with_webpki_verifier(verifier).with_no_client_auth())
}

fn roots_in(path: &Path) -> Result<RootCertStore, Fault> {
    let fault = |reason: String| Fault::Roots(format!("'{}': {reason}", path.display()));
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_file_iter(path).map_err(|error| fault(error.to_string()))? {
        let root = root.map_err(|error| fault(error.to_string()))?;
        roots.add(root).map_err(|error| fault(error.to_string()))?;
    }
    if roots.is_empty() { Err(fault("it holds no certificate".to_owned())) } else { Ok(roots) }
}

fn system_roots() -> Result<RootCertStore, Fault> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    match found.errors.first() {
        _ if !roots.is_empty() => Ok(roots),
        Some(error) => Err(Fault::Roots(format!("the system's cannot be read: {error}"))),
        None => Err(Fault::Roots("the system has none".to_owned())),
    }
}

/// `httpclient.ssl.verify none`: whoever answers is taken for the authority's server.
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
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// `Retry-After` (RFC 9110 10.2.3): seconds or a date.
fn retry_after(headers: &HeaderMap) -> Option<SystemTime> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match text.parse::<u64>() {
        Ok(seconds) => SystemTime::now().checked_add(Duration::from_secs(seconds)),
        Err(_) => httpdate::parse_http_date(text).ok(),
    }
}

/// An error with all that caused it: the outermost alone says next to nothing.
fn in_full(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}

const OUR_NAME: &str = concat!("burdock/", env!("CARGO_PKG_VERSION"));
/// Orders come in bursts; between them no connection is kept.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
