//! A question to a responder over HTTP (RFC 6960 appendix A), within limits.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use burdock_http_client::{HttpClient, HttpProxy, Limits};
use burdock_tls::material::Inquiry;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode, Uri};
use http_body_util::Full;

use crate::tasks::Outcome;

/// What an answer may cost.
const ANSWER_LIMITS: Limits = Limits { bytes: 65_536, time: Duration::from_secs(10) };
/// A question that makes a longer address goes in the body (RFC 6960 appendix A.1).
const MAX_ADDRESS: usize = 255;
const QUESTION: HeaderValue = HeaderValue::from_static("application/ocsp-request");
const ANSWER: &[u8] = b"application/ocsp-response";

/// Why no response was got, and the reason in words.
pub(crate) type Failure = (Outcome, String);

/// The responder's answer in DER. `proxy`: who is asked in its place.
pub(crate) async fn fetch(client: &HttpClient, inquiry: &Inquiry, proxy: Option<&HttpProxy>) -> Result<Bytes, Failure> {
    let failed = |why: String| (Outcome::HttpError, format!("{}: {why}", inquiry.url));
    let request = request(inquiry).map_err(failed)?;
    let response = client.send(request, ANSWER_LIMITS, proxy).await.map_err(failed)?;
    examine(&response).map_err(|(outcome, why)| (outcome, format!("{}: {why}", inquiry.url)))?;
    Ok(response.into_body())
}

/// The request, to the whole address.
fn request(inquiry: &Inquiry) -> Result<Request<Full<Bytes>>, String> {
    let base: Uri = inquiry.url.parse().map_err(|_| "this is no address of a responder")?;
    let (Some(scheme), Some(authority)) = (base.scheme(), base.authority()) else {
        return Err("this is no address of a responder".into());
    };
    let question = in_address(&STANDARD.encode(&inquiry.request));
    let path = base.path();
    let joined = if path.ends_with('/') { format!("{path}{question}") } else { format!("{path}/{question}") };
    let is_short = authority.as_str().len() + joined.len() <= MAX_ADDRESS;
    let (method, path) = if is_short { (Method::GET, joined) } else { (Method::POST, path.to_owned()) };
    let target = format!("{scheme}://{authority}{path}");
    let mut request = Request::new(if is_short { Full::default() } else { Full::from(inquiry.request.clone()) });
    if !is_short {
        request.headers_mut().insert(CONTENT_TYPE, QUESTION);
    }
    *request.method_mut() = method;
    *request.uri_mut() = target.parse().map_err(|_| "this is no address of a responder")?;
    Ok(request)
}

/// Base64 text as it may stand in an address.
fn in_address(text: &str) -> String {
    text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

fn examine(response: &Response<Bytes>) -> Result<(), Failure> {
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
        let check = |url: &str, question: &[u8], expected: &str| {
            let inquiry = Inquiry { url: url.into(), request: question.to_vec(), id: Vec::new() };
            let told = match request(&inquiry) {
                Ok(request) => format!("{} {}", request.method(), request.uri()),
                Err(error) => error,
            };
            assert_eq!(told, expected);
        };
        check("http://a.test", b"\xfb\xff", "GET http://a.test/%2B%2F8%3D");
        check("http://a.test:81/ocsp/", b"abc", "GET http://a.test:81/ocsp/YWJj");
        check("https://[::1]:81/o", b"abc", "GET https://[::1]:81/o/YWJj");
        check("http://a.test/o", &[0; 200], "POST http://a.test/o");
        check("a.test/o", b"abc", "this is no address of a responder");
    }
}
