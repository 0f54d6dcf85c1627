//! An HTTP/2 client by the book, for tests of what messages become: the `h2` crate behind calls that wait.

use std::net::Ipv4Addr;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use h2::{Reason, SendStream};
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::wait::PATIENCE;

/// One connection.
#[derive(Debug)]
pub struct H2Client {
    /// Driven by a thread that moves the frames, until the sender is dropped.
    runtime: Handle,
    requests: SendRequest<Bytes>,
    outcome: oneshot::Receiver<Result<(), h2::Error>>,
    _drives: oneshot::Sender<()>,
}

/// A request on its way.
#[derive(Debug)]
pub struct H2Exchange {
    /// Where its body goes.
    pub body: SendStream<Bytes>,
    response: ResponseFuture,
}

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct H2Answer {
    /// The status codes of interim responses.
    pub interim: Vec<u16>,
    /// The status code; zero: the stream was reset before.
    pub status: u16,
    /// Name and value of each field, in order.
    pub fields: Vec<(String, String)>,
    /// What came of the body.
    pub body: Vec<u8>,
    /// The fields behind it.
    pub trailers: Vec<(String, String)>,
    /// What the stream was reset with.
    pub reset: Option<u32>,
}

impl H2Answer {
    /// The value of the first field of that name.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl H2Client {
    /// Connects to a port of the loopback address, without TLS and without asking.
    pub fn connect(port: u16) -> Self {
        Self::connect_with(port, &h2::client::Builder::new())
    }

    /// The same with settings of one's own.
    pub fn connect_with(port: u16, settings: &h2::client::Builder) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (requests, connection) = runtime.block_on(async {
            let socket = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
            socket.set_nodelay(true).unwrap();
            settings.handshake(socket).await.unwrap()
        });
        let handle = runtime.handle().clone();
        let (tell, outcome) = oneshot::channel();
        let (drives, ended) = oneshot::channel::<()>();
        thread::spawn(move || {
            runtime.block_on(async {
                let frames = tokio::spawn(async move {
                    let _nobody_may_ask = tell.send(connection.await);
                });
                let _sender_is_gone = ended.await;
                frames.abort();
            });
        });
        Self { runtime: handle, requests, outcome, _drives: drives }
    }

    /// Begins a request to `example.test`; `ends`: it has no body.
    pub fn begin(&mut self, method: &str, path: &str, fields: &[(&str, &str)], ends: bool) -> H2Exchange {
        let mut request = Request::builder().method(method).uri(format!("http://example.test{path}"));
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        self.begin_request(request.body(()).unwrap(), ends)
    }

    /// Begins a request made elsewhere.
    pub fn begin_request(&mut self, request: Request<()>, ends: bool) -> H2Exchange {
        let requests = self.requests.clone();
        let (response, body) = self.runtime.block_on(async {
            let mut requests = tokio::time::timeout(PATIENCE, requests.ready()).await.unwrap().unwrap();
            requests.send_request(request, ends).unwrap()
        });
        H2Exchange { body, response }
    }

    /// Sends a part of a body.
    pub fn send(&self, exchange: &mut H2Exchange, bytes: &[u8], ends: bool) {
        // Tasks of the connection are woken on its runtime.
        let _inside = self.runtime.enter();
        exchange.body.send_data(Bytes::copy_from_slice(bytes), ends).unwrap();
    }

    /// Ends a body with trailers.
    pub fn send_trailers(&self, exchange: &mut H2Exchange, fields: &[(&str, &str)]) {
        let _inside = self.runtime.enter();
        let mut map = HeaderMap::new();
        for (name, value) in fields {
            map.append(HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap());
        }
        exchange.body.send_trailers(map).unwrap();
    }

    /// Gives a request up.
    pub fn reset(&self, mut exchange: H2Exchange) {
        let _inside = self.runtime.enter();
        exchange.body.send_reset(Reason::CANCEL);
    }

    /// Waits for the answer, to its end.
    pub fn finish(&self, exchange: H2Exchange) -> H2Answer {
        self.finish_within(exchange, 2 * PATIENCE)
    }

    fn finish_within(&self, exchange: H2Exchange, limit: Duration) -> H2Answer {
        self.runtime.block_on(async { tokio::time::timeout(limit, answer(exchange)).await.expect("an answer in time") })
    }

    /// A request without a body, and its answer.
    pub fn get(&mut self, path: &str, fields: &[(&str, &str)]) -> H2Answer {
        let exchange = self.begin("GET", path, fields, true);
        self.finish(exchange)
    }

    /// A request with a body, and its answer.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)], body: &[u8]) -> H2Answer {
        let mut exchange = self.begin("POST", path, fields, false);
        self.send(&mut exchange, body, true);
        self.finish(exchange)
    }

    /// Waits until the peer has ended the connection; the code of its GOAWAY where that is an error.
    pub fn end(mut self) -> Option<u32> {
        let connection = &mut self.outcome;
        let outcome = self.runtime.block_on(async { tokio::time::timeout(PATIENCE, connection).await });
        outcome.expect("the connection to end").unwrap().err().and_then(|error| error.reason()).map(u32::from)
    }
}

async fn answer(exchange: H2Exchange) -> H2Answer {
    let mut answer = H2Answer::default();
    if let Err(error) = receive(exchange, &mut answer).await {
        answer.reset = Some(error.reason().map_or(u32::MAX, u32::from));
    }
    answer
}

async fn receive(exchange: H2Exchange, answer: &mut H2Answer) -> Result<(), h2::Error> {
    let H2Exchange { mut response, body: _open } = exchange;
    let head = std::future::poll_fn(|cx| {
        while let std::task::Poll::Ready(Some(interim)) = response.poll_informational(cx) {
            match interim {
                Ok(interim) => answer.interim.push(interim.status().as_u16()),
                Err(error) => return std::task::Poll::Ready(Err(error)),
            }
        }
        std::future::Future::poll(std::pin::Pin::new(&mut response), cx)
    });
    let (head, mut incoming) = head.await?.into_parts();
    answer.status = head.status.as_u16();
    answer.fields = pairs(&head.headers);
    while let Some(chunk) = incoming.data().await {
        let chunk = chunk?;
        answer.body.extend_from_slice(&chunk);
        let _ends_with_it = incoming.flow_control().release_capacity(chunk.len());
    }
    answer.trailers = incoming.trailers().await?.as_ref().map(pairs).unwrap_or_default();
    Ok(())
}

fn pairs(map: &HeaderMap) -> Vec<(String, String)> {
    map.iter().map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())).collect()
}
