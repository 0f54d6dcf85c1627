//! Requests to an authority's server in the name of an account: signed, and within limits.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use burdock_http_client::HttpClient;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, Full};
use instant_acme::{BodyWrapper, BytesResponse};

use crate::fault::Fault;
use crate::limit::ANSWER;
use crate::persist;
use crate::signing::Signer;

/// What an account's requests go through.
#[derive(Clone)]
pub(crate) struct Signing {
    client: HttpClient,
    signer: Arc<Signer>,
    told: Arc<Mutex<Told>>,
}

/// What the authority has said that the library keeps to itself.
#[derive(Debug, Default)]
struct Told {
    retry_at: Option<SystemTime>,
    issuers: Vec<String>,
}

impl Signing {
    pub fn new(client: &HttpClient, signer: Arc<Signer>) -> Self {
        Self { client: client.clone(), signer, told: Arc::default() }
    }

    /// When the authority said, with its last refusal, that it may be asked again.
    pub fn retry_at(&self) -> Option<SystemTime> {
        self.told().retry_at
    }

    /// The names that the authority goes by in records of `dns-persist-01`, as it said with the challenges last seen.
    pub fn issuers(&self) -> Vec<String> {
        self.told().issuers.clone()
    }

    fn told(&self) -> std::sync::MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn exchange(&self, request: Request<BodyWrapper<Bytes>>) -> Result<BytesResponse, Fault> {
        let (parts, body) = request.into_parts();
        let Ok(collected) = body.collect().await;
        let body = collected.to_bytes();
        let body = if body.is_empty() { body } else { Bytes::from(self.signer.sign_anew(&body)?) };
        let (url, method) = (parts.uri.to_string(), parts.method);
        let mut request = Request::new(Full::new(body));
        (*request.method_mut(), *request.uri_mut()) = (method.clone(), parts.uri);
        if let Some(kind) = parts.headers.get(CONTENT_TYPE) {
            request.headers_mut().insert(CONTENT_TYPE, kind.clone());
        }
        let answer = self.client.send(request, ANSWER, None).await;
        let answer = answer.map_err(|reason| Fault::Unreachable { url: url.clone(), reason })?;
        let (parts, body) = answer.into_parts();
        if parts.status.is_client_error() || parts.status.is_server_error() {
            self.told().retry_at = retry_after(&parts.headers);
            // A problem says more than its status; anything else says no more.
            if serde_json::from_slice::<instant_acme::Problem>(&body).is_err() || method == Method::GET {
                return Err(Fault::NotAcme {
                    url,
                    reason: format!("it answers with status {}", parts.status.as_u16()),
                });
            }
        } else if let Some(issuers) = persist::issuers_in(&body) {
            self.told().issuers = issuers;
        }
        Ok(BytesResponse { parts, body: Box::new(body) })
    }
}

impl instant_acme::HttpClient for Signing {
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

/// `Retry-After` (RFC 9110 10.2.3): seconds or a date.
fn retry_after(headers: &HeaderMap) -> Option<SystemTime> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match text.parse::<u64>() {
        Ok(seconds) => SystemTime::now().checked_add(Duration::from_secs(seconds)),
        Err(_) => httpdate::parse_http_date(text).ok(),
    }
}
