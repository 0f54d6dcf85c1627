//! One visit of a made-up visitor: a connection of its own to the site, a request, its cookies kept.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::{ACCEPT, CONTENT_TYPE, COOKIE, HOST, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum_extra::extract::cookie::Cookie;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::app::{Answer, SESSION_COOKIE};
use crate::configuration::COOKIE_NAME;

/// The cookies of one visitor.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jar {
    /// The proxy's, which names the server.
    pub proxy: Option<String>,
    /// The application's, which names the session.
    session: Option<String>,
}

pub(crate) enum Ask<'a> {
    Page,
    LogIn(&'a str),
}

/// Asks the site once. The jar's cookies go along, and those that the answer sets are kept in it.
pub(crate) async fn visit(site: SocketAddr, jar: &mut Jar, ask: Ask<'_>) -> Result<Answer, VisitError> {
    tokio::time::timeout(VISIT_TIMEOUT, exchange(site, jar, ask)).await.unwrap_or(Err(VisitError::Silent))
}

/// Longer than the proxy needs to try another server.
const VISIT_TIMEOUT: Duration = Duration::from_secs(8);
const MAX_ANSWER_BYTES: usize = 64 * 1024;

#[derive(Debug)]
pub(crate) enum VisitError {
    /// No connection, or one that broke.
    Unreachable,
    /// No answer within [`VISIT_TIMEOUT`].
    Silent,
    /// An answer that is no page of the application's, most likely the proxy's own.
    Status(StatusCode),
    /// Not what an application of this demo answers.
    Garbled,
}

impl fmt::Display for VisitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable => f.write_str("Burdock could not be reached"),
            Self::Silent => f.write_str("there was no answer in time"),
            Self::Status(StatusCode::SERVICE_UNAVAILABLE) => {
                f.write_str("Burdock answered 503, because no server was left")
            }
            Self::Status(status) => write!(f, "the answer was {status}"),
            Self::Garbled => f.write_str("the answer made no sense"),
        }
    }
}

async fn exchange(site: SocketAddr, jar: &mut Jar, ask: Ask<'_>) -> Result<Answer, VisitError> {
    let stream = TcpStream::connect(site).await.map_err(|_| VisitError::Unreachable)?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|_| VisitError::Unreachable)?;
    let request = jar.request(site, ask).map_err(|_| VisitError::Garbled)?;
    // Ends with the sender, or with what the sender then reports as its own failure.
    tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(|_| VisitError::Unreachable)?;
    let (head, body) = response.into_parts();
    let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await.map_err(|_| VisitError::Garbled)?.to_bytes();
    if head.status != StatusCode::OK {
        return Err(VisitError::Status(head.status));
    }
    let answer = serde_json::from_slice(&body).map_err(|_| VisitError::Garbled)?;
    jar.keep(&head.headers);
    Ok(answer)
}

impl Jar {
    fn request(&self, site: SocketAddr, ask: Ask<'_>) -> axum::http::Result<Request<Full<Bytes>>> {
        let mut request = Request::builder().header(HOST, site.to_string()).header(ACCEPT, "application/json");
        let cookies = [(COOKIE_NAME, &self.proxy), (SESSION_COOKIE, &self.session)];
        let cookies: Vec<String> =
            cookies.iter().filter_map(|(name, value)| Some(format!("{name}={}", value.as_ref()?))).collect();
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        match ask {
            Ask::Page => request.uri("/").body(Full::default()),
            Ask::LogIn(name) => request
                .method(Method::POST)
                .uri("/login")
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Full::from(format!("name={name}"))),
        }
    }

    fn keep(&mut self, headers: &HeaderMap) {
        let texts = headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        for cookie in texts.filter_map(|text| Cookie::parse(text).ok()) {
            match cookie.name() {
                COOKIE_NAME => self.proxy = Some(cookie.value().to_owned()),
                SESSION_COOKIE => self.session = Some(cookie.value().to_owned()),
                _ => {}
            }
        }
    }
}
