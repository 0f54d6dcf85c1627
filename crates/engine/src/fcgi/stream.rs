//! One request to a FastCGI application as a transport: its head goes as parameters, its body as STDIN, and the response comes as CGI has it.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use burdock_base::Buffer;
use burdock_fcgi::RequestId;
use burdock_http::h1::{BodyFraming, HeadLimits, Parse, RequestContext, ResponseFacts};
use burdock_http::{ResponseHead, cgi};

use crate::fcgi::Link;
use crate::fcgi::link::Standing;
use crate::server_connection::HeadFailure;
use crate::session::{Place, ServerSession};

/// A request.
#[derive(Debug)]
pub struct FcgiStream {
    place: Place,
    link: Rc<RefCell<Link>>,
    /// Its number, once it was sent.
    id: Option<RequestId>,
    /// We have ended its body.
    finished: bool,
    /// What the head says of the body, once it has come.
    framing: Option<BodyFraming>,
}

impl FcgiStream {
    /// One of which nothing was sent.
    pub fn opening(place: Place, link: Rc<RefCell<Link>>) -> Self {
        Self { place, link, id: None, finished: false, framing: None }
    }

    /// The session that it is in.
    pub fn session(&self) -> &Rc<ServerSession> {
        self.place.session()
    }

    /// Sends a request's parameters.
    pub fn send_parameters(&mut self, parameters: &[u8]) {
        self.id = Some(self.link.borrow_mut().begin(parameters));
    }

    /// Whether the script has put its body into chunks itself.
    pub fn is_chunked(&self) -> bool {
        self.framing == Some(BodyFraming::Chunked)
    }

    /// Waits for the head of the response.
    pub fn poll_head(
        &mut self,
        cx: &mut Context<'_>,
        limits: &HeadLimits,
        request: RequestContext,
        head: &mut ResponseHead,
    ) -> Poll<Result<ResponseFacts, HeadFailure>> {
        let Some(id) = self.id else { return Poll::Ready(Err(HeadFailure::Invalid)) };
        let mut link = self.link.borrow_mut();
        loop {
            let standing = ready!(link.poll_response(cx, id));
            let received = link.received(id);
            if received.is_empty() {
                return Poll::Ready(Err(match standing {
                    // It may have been idle for too long, or was never worked on.
                    Standing::Refused => HeadFailure::Refused,
                    Standing::Broken if self.place.session().requests() > 1 => HeadFailure::Refused,
                    _ => HeadFailure::Empty,
                }));
            }
            let had = received.len();
            match cgi::response_head(received, limits, request, head) {
                Ok(Parse::Complete { consumed, mut facts }) => {
                    link.consume(id, consumed);
                    self.framing = Some(facts.framing);
                    let whole = link.standing_behind_inbox(id) == Standing::Ended;
                    let there = link.received(id).len() as u64;
                    match facts.framing {
                        // What has come together is told with its length.
                        BodyFraming::UntilClose if whole => facts.framing = BodyFraming::Length(there),
                        BodyFraming::UntilClose => facts.framing = BodyFraming::Chunked,
                        // More than was announced would be cut off.
                        BodyFraming::Length(said) if there > said => return Poll::Ready(Err(HeadFailure::Invalid)),
                        _ => {}
                    }
                    link.date(head);
                    return Poll::Ready(Ok(facts));
                }
                Ok(Parse::Partial) if standing != Standing::Open => return Poll::Ready(Err(HeadFailure::Truncated)),
                Ok(Parse::Partial) => {
                    ready!(link.poll_more(cx, id));
                    if link.received(id).len() == had && link.standing(id) == Standing::Open {
                        return Poll::Ready(Err(HeadFailure::Invalid));
                    }
                }
                Err(_) => return Poll::Ready(Err(HeadFailure::Invalid)),
            }
        }
    }

    /// See [`crate::transport::Transport::poll_fill`].
    pub fn poll_fill(&mut self, cx: &mut Context<'_>, inbox: &mut Option<Buffer>) -> Poll<io::Result<usize>> {
        let Some(id) = self.id else { return Poll::Ready(Err(io::ErrorKind::NotConnected.into())) };
        let mut link = self.link.borrow_mut();
        let standing = ready!(link.poll_response(cx, id));
        if !link.received(id).is_empty() {
            let taken = link.take(id, inbox);
            return Poll::Ready(if taken == 0 { Err(io::ErrorKind::OutOfMemory.into()) } else { Ok(taken) });
        }
        Poll::Ready(match standing {
            Standing::Broken => Err(io::ErrorKind::ConnectionReset.into()),
            _ => Ok(0),
        })
    }

    /// See [`crate::transport::Transport::poll_send`].
    pub fn poll_send(&mut self, cx: &mut Context<'_>, parts: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let Some(id) = self.id.filter(|_| !self.finished) else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        self.link.borrow_mut().poll_send(cx, id, parts)
    }

    /// Ends the body, where it is not ended yet.
    pub fn finish(&mut self) {
        if let Some(id) = self.id.filter(|_| !std::mem::replace(&mut self.finished, true)) {
            self.link.borrow_mut().finish(id);
        }
    }

    /// Whether all that we have to say was said.
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// See [`crate::transport::Transport::has_ended`].
    pub fn has_ended(&self) -> bool {
        let link = self.link.borrow();
        self.id.is_some_and(|id| link.received(id).is_empty() && link.standing(id) == Standing::Ended)
    }

    /// Whether received bytes wait.
    pub fn has_unread(&self) -> bool {
        self.id.is_some_and(|id| !self.link.borrow().received(id).is_empty())
    }

    /// Its number on the connection; zero where it has none yet.
    pub fn id(&self) -> u32 {
        self.id.map_or(0, u32::from)
    }
}

impl Drop for FcgiStream {
    /// What is given up is told to the application; a response without a body is all there with its head.
    fn drop(&mut self) {
        let Some(id) = self.id else { return };
        let complete = self.finished && self.framing == Some(BodyFraming::None);
        if !self.link.borrow_mut().leave(id, complete) {
            self.session().retire();
        }
    }
}
