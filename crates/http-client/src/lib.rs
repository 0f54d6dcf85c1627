//! The HTTP client of the process itself (configuration manual 3.9 `httpclient.*`): what authorities (ACME) and OCSP responders are asked
//! through. One connection a request, HTTP/1.1, over TLS where the address says so. Has no part in traffic and knows no proxies.
#![forbid(unsafe_code)]

mod connect;
mod target;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use burdock_tls::material::SYSTEM_AUTHORITIES;
use burdock_tls::settings::{Policy, ServerSettings, Tuning, Verify};
use burdock_tls::{ServerTls, Store};
use bytes::Bytes;
use http::header::USER_AGENT;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use target::Target;

/// What the `httpclient.*` lines of the global section say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `httpclient.ssl.ca-file`; none: the system's own (`@system-ca`).
    pub ca_file: Option<PathBuf>,
    /// `httpclient.ssl.verify`: whether certificates of servers are looked at.
    pub verify: bool,
    /// `httpclient.retries`: further attempts when no connection comes about.
    pub retries: u32,
    /// `httpclient.timeout.connect`: for each attempt, handshake included.
    pub connect_timeout: Duration,
    /// `httpclient.resolvers.prefer`: which addresses are tried first.
    pub prefer: Family,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ca_file: None,
            verify: true,
            retries: 3,
            connect_timeout: Duration::from_secs(5),
            prefer: Family::default(),
        }
    }
}

/// `httpclient.resolvers.prefer`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Family {
    /// IPv4
    Ipv4,
    /// IPv6
    #[default]
    Ipv6,
}

/// Who is asked in place of the servers, by requests with the whole address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpProxy {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// What an answer may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of its body.
    pub bytes: usize,
    /// How long it may take once there is a connection.
    pub time: Duration,
}

/// Asks. Clones share what servers are known by.
#[derive(Clone, Debug)]
pub struct HttpClient {
    settings: Settings,
    /// Read when it is first needed: the authorities of a system are many.
    tls: Arc<OnceLock<Result<ServerTls, String>>>,
}

impl HttpClient {
    /// One that heeds these settings. Nothing is read yet.
    pub fn new(settings: Settings) -> Self {
        Self { settings, tls: Arc::default() }
    }

    /// Reads what servers are known by, if that was not done: before the process may no longer read it.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn prepare(&self) -> Result<(), String> {
        self.tls().map(drop)
    }

    /// Sends a request to the absolute address that it has, and waits for all of the answer. With a proxy, it is the one that is connected
    /// to, which is possible for `http` alone.
    ///
    /// # Errors
    /// Why there is no answer, in words that begin with no address.
    pub async fn send(
        &self,
        request: Request<Full<Bytes>>,
        limits: Limits,
        proxy: Option<&HttpProxy>,
    ) -> Result<Response<Bytes>, String> {
        let target = Target::of(request.uri())?;
        let request = target.prepare(request, OUR_NAME, proxy.is_some())?;
        let answer = match (target.is_secure, proxy) {
            (true, Some(_)) => return Err("an HTTP proxy cannot be asked for 'https' addresses".to_owned()),
            (true, None) => {
                let (tls, host) = (self.tls()?, target.host.as_str());
                let stream = self.connect_secure(tls, host, target.port).await?;
                tokio::time::timeout(limits.time, exchange(stream, request, limits)).await
            }
            (false, proxy) => {
                let (host, port) = proxy.map_or((target.host.as_str(), target.port), |it| (it.host.as_str(), it.port));
                let stream = self.connect(host, port).await?;
                tokio::time::timeout(limits.time, exchange(stream, request, limits)).await
            }
        };
        answer.map_err(|_| format!("no answer within {} seconds", limits.time.as_secs()))?
    }

    fn tls(&self) -> Result<&ServerTls, String> {
        self.tls.get_or_init(|| tls(&self.settings)).as_ref().map_err(Clone::clone)
    }
}

fn tls(settings: &Settings) -> Result<ServerTls, String> {
    let verify = if settings.verify { Verify::Required } else { Verify::None };
    let authorities = settings.ca_file.clone().unwrap_or_else(|| PathBuf::from(SYSTEM_AUTHORITIES));
    let policy = Policy { verify: Some(verify), ca_file: settings.verify.then_some(authorities), ..Policy::default() };
    let line = ServerSettings { label: "httpclient".to_owned(), policy, ..ServerSettings::default() };
    match ServerTls::build(&line, &Store::new(), &Tuning::default()) {
        Ok((tls, _)) => Ok(tls),
        Err(problems) => Err(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
    }
}

async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    request: Request<Full<Bytes>>,
    limits: Limits,
) -> Result<Response<Bytes>, String> {
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| in_full(&error))?;
    let answer = async move {
        let response = sender.send_request(request).await.map_err(|error| in_full(&error))?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, limits.bytes).collect().await.map_err(|error| in_full(&*error))?;
        Ok(Response::from_parts(parts, body.to_bytes()))
    };
    // The connection moves on as long as the answer is waited for, and goes with it.
    tokio::pin!(answer);
    tokio::select! {
        answer = &mut answer => answer,
        _ = connection => answer.await,
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

const OUR_NAME: (http::HeaderName, HeaderValue) =
    (USER_AGENT, HeaderValue::from_static(concat!("burdock/", env!("CARGO_PKG_VERSION"))));

#[cfg(test)]
mod tests;
