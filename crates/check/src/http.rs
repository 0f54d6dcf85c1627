//! Requests and responses of checks, over HTTP/1 and HTTP/2. What is wanted of a response is not known here.

use burdock_http::h1::{BodyDecoder, FramingHeader, HeadLimits, Parse, ParseRules, RequestContext, ResponseParser};
use burdock_http::h2::{request as outgoing_request, response_head};
use burdock_http::{Headers, KnownHeader, Method, RequestHead, ResponseHead, Version};
use burdock_model::RequestStep;
use burdock_sample::{Input, Style};
use burdock_txn::Payload;
use bytes::Bytes;
use h2::RecvStream;
use h2::client::ResponseFuture;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;

use crate::failure::Failure;
use crate::link::Link;
use crate::text;

/// A request that is ready to be sent.
#[derive(Debug)]
pub(crate) struct Outgoing {
    head: RequestHead,
    /// The version as it stands in the request line.
    version: Box<[u8]>,
    body: Option<Vec<u8>>,
}

/// The exchange of a request and its response.
#[derive(Debug)]
pub(crate) enum Exchange {
    /// Over HTTP/1.
    Http1(Box<Http1>),
    /// Over a stream of HTTP/2, with the task that moves the frames.
    Http2(Box<Http2>),
}

/// A response of HTTP/1 in the coming.
#[derive(Debug)]
pub(crate) struct Http1 {
    link: Link,
    request: RequestContext,
    parser: ResponseParser,
    body: Option<BodyDecoder>,
    /// What came and has not been understood yet.
    pending: Vec<u8>,
}

/// A response of HTTP/2 in the coming.
#[derive(Debug)]
pub(crate) struct Http2 {
    request: RequestHead,
    stage: Stage,
    _frames: JoinSet<()>,
}

#[derive(Debug)]
enum Stage {
    Head(ResponseFuture),
    Body(RecvStream),
}

/// What is kept of a response.
#[derive(Debug)]
pub(crate) struct Incoming<'a> {
    /// Its head, once that is there; its status is zero until then.
    pub(crate) head: &'a mut ResponseHead,
    /// Its body as far as it has come.
    pub(crate) body: &'a mut Payload,
    /// The most bytes of it that are kept.
    pub(crate) limit: usize,
}

/// Composes the request of a step. `state`: the value of `x-haproxy-server-state`. None: it cannot be a request.
pub(crate) fn compose(step: &RequestStep, state: Option<&str>, input: &Input<'_>) -> Option<Outgoing> {
    let mut head = RequestHead::new();
    head.set_method(&step.method).ok()?;
    head.set_target(&text::made(&step.target, input).unwrap_or(b"/"[..].into())).ok()?;
    let version = Version::parse(&step.version);
    head.set_version(version.unwrap_or(Version::HTTP_10));
    let is_persistent = version.is_some_and(Version::is_persistent);
    let mut says_connection = false;
    for (name, value) in &step.headers {
        let value = value.text(input, Style::Plain);
        if value.is_empty() {
            continue;
        }
        match &**name {
            // The body speaks for itself.
            b"content-length" | b"transfer-encoding" => {}
            b"connection" => {
                says_connection = true;
                let is_default = is_persistent && value.eq_ignore_ascii_case(b"keep-alive");
                if !is_default {
                    head.headers.append(name, value).ok()?;
                }
            }
            b"host" => {
                // Of an absolute URI it is the authority too.
                head.follow_host(value).ok()?;
                head.headers.append(name, value).ok()?;
            }
            _ => head.headers.append(name, value).ok()?,
        }
    }
    if let Some(state) = state {
        head.headers.append(b"x-haproxy-server-state", state.as_bytes()).ok()?;
    }
    let body = step.body.as_ref().map(|body| text::made(body, input).map(Vec::from).unwrap_or_default());
    if let Some(body) = &body {
        head.headers.append_known(KnownHeader::ContentLength, body.len().to_string().as_bytes()).ok()?;
    }
    if is_persistent && !says_connection {
        head.headers.append_known(KnownHeader::Connection, b"close").ok()?;
    }
    let version = if is_persistent { b"HTTP/1.1"[..].into() } else { step.version.clone() };
    Some(Outgoing { head, version, body })
}

impl Exchange {
    /// Sends a request over HTTP/1.
    pub(crate) async fn begin_http1(mut link: Link, request: Outgoing) -> Result<Self, Failure> {
        link.write_all(&request.to_bytes()).await.map_err(|error| Failure::broken(&error))?;
        link.flush().await.map_err(|error| Failure::broken(&error))?;
        let upgrade = request.head.headers.contains(KnownHeader::Upgrade);
        let request = RequestContext { method: request.head.method(), upgrade };
        let (parser, pending) = (ResponseParser::new(), Vec::new());
        Ok(Self::Http1(Box::new(Http1 { link, request, parser, body: None, pending })))
    }

    /// Sends a request over HTTP/2.
    pub(crate) async fn begin_http2(link: Link, mut request: Outgoing) -> Result<Self, Failure> {
        request.head.headers.remove_all(KnownHeader::Connection);
        let framing = request.body.as_ref().map_or(FramingHeader::None, |_| FramingHeader::AsReceived);
        let outgoing = outgoing_request(&request.head, framing).map_err(|_| Failure::no_http())?;
        let mut builder = h2::client::Builder::new();
        builder.enable_push(false).max_concurrent_streams(0);
        let (sender, connection) = builder.handshake::<_, Bytes>(link).await.map_err(failed)?;
        let mut frames = JoinSet::new();
        frames.spawn_local(async move {
            // How it ended is seen on its stream.
            let _ = connection.await;
        });
        let mut sender = sender.ready().await.map_err(failed)?;
        let (response, mut body) = sender.send_request(outgoing.request, request.body.is_none()).map_err(failed)?;
        if let Some(bytes) = request.body {
            body.send_data(bytes.into(), true).map_err(failed)?;
        }
        Ok(Self::Http2(Box::new(Http2 { request: request.head, stage: Stage::Head(response), _frames: frames })))
    }

    /// Waits for more of the response.
    pub(crate) async fn receive(&mut self, incoming: Incoming<'_>) -> Result<(), Failure> {
        match self {
            Self::Http1(exchange) => exchange.receive(incoming).await,
            Self::Http2(exchange) => exchange.receive(incoming).await,
        }
    }

    /// Ends the connection.
    pub(crate) fn close(self) {
        if let Self::Http1(exchange) = self {
            exchange.link.close();
        }
    }
}

impl Outgoing {
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for part in [self.head.method_bytes(), b" ", self.head.target(), b" ", &self.version, b"\r\n"] {
            out.extend_from_slice(part);
        }
        for header in self.head.headers.iter() {
            for part in [header.name, b": ", header.value, b"\r\n"] {
                out.extend_from_slice(part);
            }
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(self.body.as_deref().unwrap_or_default());
        out
    }
}

impl Http1 {
    async fn receive(&mut self, incoming: Incoming<'_>) -> Result<(), Failure> {
        let read = self.link.read_buf(&mut self.pending).await;
        let ended = match read {
            Ok(count) => count == 0,
            // Servers of TLS that just go are no less common than those of TCP.
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => true,
            Err(error) => return Err(Failure::broken(&error)),
        };
        let Incoming { head, body, limit } = incoming;
        let limits = HeadLimits::default();
        if self.body.is_none() {
            let parsed = self.parser.parse(&self.pending, &limits, &ParseRules::default(), self.request, head);
            match parsed.map_err(|_| Failure::no_http())? {
                Parse::Complete { consumed, facts } => {
                    self.pending.drain(..consumed);
                    self.body = Some(BodyDecoder::new(facts.framing));
                }
                Parse::Partial if ended => return Err(Failure::no_http()),
                Parse::Partial => return Ok(()),
            }
        }
        let Some(decoder) = &mut self.body else { return Ok(()) };
        let mut trailers = Headers::new();
        loop {
            let decoded = decoder.decode(&self.pending, &limits, &mut trailers).map_err(|_| Failure::no_http())?;
            body.bytes.extend_from_slice(self.pending.get(decoded.payload).unwrap_or_default());
            self.pending.drain(..decoded.consumed);
            if decoded.finished || decoded.consumed == 0 || self.pending.is_empty() {
                break;
            }
        }
        body.complete = ended || decoder.is_finished() || body.bytes.len() >= limit;
        body.bytes.truncate(limit);
        Ok(())
    }
}

impl Http2 {
    async fn receive(&mut self, incoming: Incoming<'_>) -> Result<(), Failure> {
        let Incoming { head, body, limit } = incoming;
        match &mut self.stage {
            Stage::Head(response) => {
                let (parts, stream) = response.await.map_err(failed)?.into_parts();
                let limits = HeadLimits::default();
                response_head(&parts, stream.is_end_stream(), &self.request, &limits, head)
                    .map_err(|_| Failure::no_http())?;
                body.complete = stream.is_end_stream() || self.request.method() == Method::Head;
                self.stage = Stage::Body(stream);
            }
            Stage::Body(stream) => match stream.data().await {
                Some(bytes) => {
                    let bytes = bytes.map_err(failed)?;
                    // What the other side is allowed to send matters to it alone; the check ends soon.
                    let _ = stream.flow_control().release_capacity(bytes.len());
                    body.bytes.extend_from_slice(&bytes);
                    body.complete = stream.is_end_stream() || body.bytes.len() >= limit;
                    body.bytes.truncate(limit);
                }
                None => body.complete = true,
            },
        }
        Ok(())
    }
}

fn failed(error: h2::Error) -> Failure {
    match error.get_io() {
        Some(error) => Failure::broken(error),
        None => Failure::no_http(),
    }
}
