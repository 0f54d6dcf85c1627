//! The one place that decides what comes after what: phases say what came of them, the driver branches.

use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use burdock_rules::{Answer, SwitchTo};
use burdock_txn::{Cause, Progress, Service};

use crate::stream::{After, Stream};
use crate::{capture, finish, phase, relay, reply, retry};

/// What a phase says comes next.
#[derive(Debug)]
pub enum Next {
    /// The next phase.
    Continue,
    /// The client gets the page of this status from us.
    Reply(u16),
    /// The client gets this from us.
    Answer(Box<Answer>),
    /// The client gets what this service has to say.
    Serve(Service),
    /// The attempt with this server failed; it may be repeated.
    Failed(Failure),
    /// The choice of a server is to be made again.
    ChooseAgain,
    /// The connection is in `mode http` from here on.
    SwitchMode(SwitchTo),
    /// Both directions carry opaque bytes from here on.
    Tunnel,
    /// The request is over.
    Finish,
}

/// How an attempt with a server failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The connection was refused, or an error came while it was made.
    Refused,
    /// The connection was not made in time.
    ConnectTimeout,
    /// The TLS handshake failed behind early data, which the server has not seen or not believed.
    Handshake,
    /// The server closed without a byte of response.
    Empty,
    /// The same, on a connection that had served before: it had been closed while it was idle.
    StaleConnection,
    /// The response was cut off or was none.
    Junk,
    /// No response came in time.
    ResponseTimeout,
    /// The response has a status that is to be retried.
    Status,
    /// The server does not want the request as early data, which it was only between us and the server.
    TooEarly,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    FrontendContent,
    RequestRules,
    ChooseBackend,
    BackendContent,
    BackendRules,
    Persist,
    Stick,
    BackendRequest,
    ChooseServer,
    Queue,
    Connect,
    SendRequest,
    ResponseRules,
    HttpResponse,
    Forward,
    Relay,
    Serve,
}

/// Whether there is HTTP on both sides, or opaque bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    Http,
    /// Without HTTP there is nothing to read and nothing to rewrite.
    Tcp,
}

impl Phase {
    #[inline]
    const fn following(self, course: Course) -> Option<Self> {
        let tcp = matches!(course, Course::Tcp);
        Some(match self {
            Self::FrontendContent if tcp => Self::ChooseBackend,
            Self::FrontendContent => Self::RequestRules,
            Self::RequestRules => Self::ChooseBackend,
            Self::ChooseBackend => Self::BackendContent,
            Self::BackendContent if tcp => Self::Stick,
            Self::BackendContent => Self::BackendRules,
            Self::BackendRules => Self::Persist,
            Self::Persist => Self::Stick,
            Self::Stick if tcp => Self::ChooseServer,
            Self::Stick => Self::BackendRequest,
            Self::BackendRequest => Self::ChooseServer,
            Self::ChooseServer => Self::Queue,
            Self::Queue => Self::Connect,
            Self::Connect if tcp => Self::Relay,
            Self::Connect => Self::SendRequest,
            Self::SendRequest => Self::ResponseRules,
            Self::ResponseRules => Self::HttpResponse,
            Self::HttpResponse => Self::Forward,
            Self::Forward | Self::Relay | Self::Serve => return None,
        })
    }
}

/// Takes a request through its phases, to its end.
pub async fn run(stream: &mut Stream<'_>) {
    capture::request(stream);
    finish::begin(stream);
    drive_unless_ended(stream, Phase::FrontendContent, Course::Http).await;
}

/// The same for the first request of a connection that was in `mode tcp` up to here: it has begun, and its content was looked at.
pub async fn run_switched(stream: &mut Stream<'_>) {
    capture::request(stream);
    finish::begin_switched(stream);
    drive_unless_ended(stream, Phase::RequestRules, Course::Http).await;
}

/// Takes a connection in `mode tcp` through its phases, to its end, or until its mode changes.
pub async fn run_tcp(stream: &mut Stream<'_>) -> Option<SwitchTo> {
    finish::begin(stream);
    drive_unless_ended(stream, Phase::FrontendContent, Course::Tcp).await
}

/// Drives a request to its end, or until an operator ends it. Nothing is answered then: the client's connection is closed.
async fn drive_unless_ended(stream: &mut Stream<'_>, first: Phase, course: Course) -> Option<SwitchTo> {
    let (worker, serving) = (Rc::clone(&stream.worker), Rc::clone(&stream.space.serving));
    let outcome = {
        let mut driven = pin!(drive(stream, first, course));
        poll_fn(|cx| match driven.as_mut().poll(cx) {
            Poll::Ready(switch) => Poll::Ready(Some(switch)),
            Poll::Pending if worker.shutdowns.concern(&serving) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        })
        .await
    };
    if let Some(switch) = outcome {
        return switch;
    }
    // As in HAProxy, all that comes before a response is told as one.
    let progress = if stream.space.txn.response.status == 0 { Progress::Connect } else { Progress::Data };
    stream.space.txn.termination.end(Cause::Killed, progress);
    stream.drop_server();
    stream.after = After::Close;
    finish::run(stream);
    None
}

async fn drive(stream: &mut Stream<'_>, first: Phase, course: Course) -> Option<SwitchTo> {
    let mut phase = first;
    loop {
        let next = match phase {
            Phase::FrontendContent => phase::content::frontend(stream).await,
            Phase::RequestRules => phase::rules::frontend_request(stream).await,
            Phase::ChooseBackend => phase::choose_backend::run(stream),
            Phase::BackendContent => phase::content::backend(stream).await,
            Phase::BackendRules => phase::rules::backend_request(stream).await,
            Phase::Persist => phase::persist::run(stream),
            Phase::Stick => phase::stick::request(stream),
            Phase::BackendRequest => phase::backend_request::run(stream),
            Phase::ChooseServer => phase::choose_server::run(stream),
            Phase::Queue => phase::queue::run(stream).await,
            Phase::Connect => phase::connect::run(stream).await,
            Phase::SendRequest => phase::send_request::run(stream).await,
            Phase::ResponseRules => phase::rules::response(stream).await,
            Phase::HttpResponse => phase::http_response::run(stream),
            Phase::Forward => phase::forward::run(stream).await,
            Phase::Relay => Next::Tunnel,
            Phase::Serve => phase::service::run(stream).await,
        };
        phase = match next {
            Next::Continue => match phase.following(course) {
                Some(next) => next,
                None => break,
            },
            Next::Serve(service) => {
                stream.space.txn.service = Some(service);
                Phase::Serve
            }
            Next::ChooseAgain => Phase::ChooseServer,
            Next::Failed(failure) => match retry::after(stream, failure).await {
                retry::Verdict::SameServer => Phase::Connect,
                retry::Verdict::OtherServer => Phase::ChooseServer,
                retry::Verdict::PassResponse => Phase::ResponseRules,
                retry::Verdict::GiveUp(Some(status)) => {
                    reply::send(stream, status).await;
                    break;
                }
                retry::Verdict::GiveUp(None) => break,
            },
            Next::Reply(status) => {
                reply::send(stream, status).await;
                break;
            }
            Next::Answer(answer) => {
                reply::answer(stream, *answer).await;
                break;
            }
            Next::Tunnel => {
                relay::tunnel(stream).await;
                break;
            }
            Next::SwitchMode(to) => return Some(to),
            Next::Finish => break,
        };
    }
    finish::run(stream);
    None
}

/// Records that the client went away while the request was at that point.
pub fn client_gone(stream: &mut Stream<'_>, progress: Progress) {
    stream.space.txn.termination.end(Cause::ClientAbort, progress);
}
