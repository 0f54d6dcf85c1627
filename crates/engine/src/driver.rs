//! The one place that decides what comes after what: phases say what came of them, the driver branches.

use std::future::poll_fn;
use std::hint::cold_path;
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

/// Where the driver may have to begin, or to begin again. They are passed in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    /// A service answers in place of a server.
    Serve,
}

/// Whether there is HTTP on both sides, or opaque bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    Http,
    /// Without HTTP there is nothing to read and nothing to rewrite.
    Tcp,
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
    let mut from = first;
    loop {
        from = match pass(stream, from, course).await {
            Next::Continue | Next::Finish => break,
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
        };
    }
    finish::run(stream);
    None
}

/// Passes the phases in their order, beginning with one of them, until one says what else comes next. They stand one behind the other
/// rather than in a table, because a request passes them all, and mostly once.
async fn pass(stream: &mut Stream<'_>, from: Phase, course: Course) -> Next {
    macro_rules! phase {
        ($phase:ident: $run:expr) => {
            if from <= Phase::$phase {
                match $run {
                    Next::Continue => {}
                    other => {
                        cold_path();
                        return other;
                    }
                }
            }
        };
    }
    if from == Phase::Serve {
        cold_path();
        return phase::service::run(stream).await;
    }
    let http = course == Course::Http;
    phase!(FrontendContent: phase::content::frontend(stream).await);
    if http {
        phase!(RequestRules: phase::rules::frontend_request(stream).await);
    }
    phase!(ChooseBackend: phase::choose_backend::run(stream));
    phase!(BackendContent: phase::content::backend(stream).await);
    if http {
        phase!(BackendRules: phase::rules::backend_request(stream).await);
        phase!(Persist: phase::persist::run(stream));
    }
    phase!(Stick: phase::stick::request(stream));
    if http {
        phase!(BackendRequest: phase::backend_request::run(stream));
    }
    phase!(ChooseServer: phase::choose_server::run(stream));
    phase!(Queue: phase::queue::run(stream).await);
    phase!(Connect: phase::connect::run(stream).await);
    if !http {
        return Next::Tunnel;
    }
    phase!(SendRequest: phase::send_request::run(stream).await);
    phase!(ResponseRules: phase::rules::response(stream).await);
    phase!(HttpResponse: phase::http_response::run(stream));
    phase!(Forward: phase::forward::run(stream).await);
    Next::Continue
}

/// Records that the client went away while the request was at that point.
pub fn client_gone(stream: &mut Stream<'_>, progress: Progress) {
    stream.space.txn.termination.end(Cause::ClientAbort, progress);
}
