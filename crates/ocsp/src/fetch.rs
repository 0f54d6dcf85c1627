//! A question to a responder over HTTP (RFC 6960 appendix A), within limits.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use burdock_tls::material::Inquiry;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, HeaderValue, USER_AGENT};
use http::{Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::tasks::Outcome;

/// Who is asked in place of the responders, by requests with the whole address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpProxy {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// How long an answer may take from the first step on.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes that an answer may have.
const MAX_ANSWER: usize = 65_536;
/// A question that makes a longer address goes in the body (RFC 6960 appendix A.1).
const MAX_ADDRESS: usize = 255;
const HTTP_PORT: u16 = 80;
const QUESTION: HeaderValue = HeaderValue::from_static("application/ocsp-request");
const ANSWER: &[u8] = b"application/ocsp-response";
const OUR_NAME: HeaderValue = HeaderValue::from_static(concat!("burdock/", env!("CARGO_PKG_VERSION")));

/// Why no response was got, and the reason in words.
pub(crate) type Failure = (Outcome, String);

/// The responder's answer in DER.
pub(crate) async fn fetch(inquiry: &Inquiry, proxy: Option<&HttpProxy>) -> Result<Bytes, Failure> {
    match tokio::time::timeout(TIMEOUT, exchange(inquiry, proxy)).await {
        Ok(answer) => answer,
        Err(_) => Err((Outcome::HttpError, format!("no answer within {} seconds", TIMEOUT.as_secs()))),
    }
}

async fn exchange(inquiry: &Inquiry, proxy: Option<&HttpProxy>) -> Result<Bytes, Failure> {
    let failed = |error: &dyn std::fmt::Display| (Outcome::HttpError, format!("{}: {error}", inquiry.url));
    let (request, host, port) = request(inquiry, proxy.is_some()).map_err(|error| failed(&error))?;
    let (host, port) = proxy.map_or((host.as_str(), port), |proxy| (proxy.host.as_str(), proxy.port));
    let stream = TcpStream::connect((host, port)).await.map_err(|error| failed(&error))?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| failed(&error))?;
    let answer = async move {
        let response = sender.send_request(request).await.map_err(|error| failed(&error))?;
        examine(&response).map_err(|(outcome, why)| (outcome, format!("{}: {why}", inquiry.url)))?;
        let body = Limited::new(response.into_body(), MAX_ANSWER).collect().await;
        body.map(|body| body.to_bytes()).map_err(|error| failed(&error))
    };
    // The connection moves on as long as the answer is waited for, and goes with it.
    tokio::pin!(answer);
    tokio::select! {
        answer = &mut answer => answer,
        _ = connection => answer.await,
    }
}

/// The request, and the responder's host and port.
fn request(inquiry: &Inquiry, to_proxy: bool) -> Result<(Request<Full<Bytes>>, String, u16), String> {
    let base: Uri = inquiry.url.parse().map_err(|_| "this is no address of a responder")?;
    if base.scheme_str() != Some("http") {
        return Err("only responders at 'http://' are asked".into());
    }
    let authority = base.authority().ok_or("the address names no host")?.clone();
    let question = in_address(&STANDARD.encode(&inquiry.request));
    let path = base.path();
    let joined = if path.ends_with('/') { format!("{path}{question}") } else { format!("{path}/{question}") };
    let is_short = authority.as_str().len() + joined.len() <= MAX_ADDRESS;
    let (method, path) = if is_short { (Method::GET, joined) } else { (Method::POST, path.to_owned()) };
    let target = if to_proxy { format!("http://{authority}{path}") } else { path };
    let mut request = Request::new(if is_short { Full::default() } else { Full::from(inquiry.request.clone()) });
    if !is_short {
        request.headers_mut().insert(CONTENT_TYPE, QUESTION);
    }
    *request.method_mut() = method;
    *request.uri_mut() = target.parse().map_err(|_| "this is no address of a responder")?;
    let host = HeaderValue::from_str(authority.as_str()).map_err(|_| "this is no address of a responder")?;
    request.headers_mut().insert(HOST, host);
    request.headers_mut().insert(USER_AGENT, OUR_NAME);
    let name = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
    Ok((request, name, authority.port_u16().unwrap_or(HTTP_PORT)))
}

/// Base64 text as it may stand in an address.
fn in_address(text: &str) -> String {
    text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

fn examine(response: &Response<Incoming>) -> Result<(), Failure> {
    if response.status() != StatusCode::OK {
        return Err((Outcome::HttpError, format!("status {}", response.status().as_u16())));
    }
    let kind = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    match kind.is_some_and(|kind| kind.get(..ANSWER.len()).is_some_and(|kind| kind.eq_ignore_ascii_case(ANSWER))) {
        true => Ok(()),
        false => Err((Outcome::MissingHeader, "what came is called something else".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_go_in_addresses_or_bodies() {
        let check = |url: &str, question: &[u8], to_proxy: bool, expected: &str| {
            let inquiry = Inquiry { url: url.into(), request: question.to_vec(), id: Vec::new() };
            let told = match request(&inquiry, to_proxy) {
                Ok((request, host, port)) => format!("{} {} {host} {port}", request.method(), request.uri()),
                Err(error) => error,
            };
            assert_eq!(told, expected);
        };
        check("http://a.test", b"\xfb\xff", false, "GET /%2B%2F8%3D a.test 80");
        check("http://a.test:81/ocsp/", b"abc", false, "GET /ocsp/YWJj a.test 81");
        check("http://[::1]:81/o", b"abc", true, "GET http://[::1]:81/o/YWJj ::1 81");
        check("http://a.test/o", &[0; 200], false, "POST /o a.test 80");
        check("https://a.test/o", b"abc", false, "only responders at 'http://' are asked");
        check("a.test/o", b"abc", false, "this is no address of a responder");
    }
}
