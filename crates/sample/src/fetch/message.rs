//! Which message of the two a fetch looks at: the rows of a family say it by a type, and their functions are the same.

use burdock_http::{Headers, KnownHeader};

use super::request::head;
use crate::input::Input;
use crate::phase::Validity;

/// A choice of the message.
pub(super) trait Message: 'static {
    /// The message that is looked at now.
    fn side(input: &Input<'_>) -> Side;

    /// Its header fields, where there is such a message.
    fn headers<'a>(input: &Input<'a>) -> Option<&'a Headers> {
        match Self::side(input) {
            Side::Request => head(input).map(|head| &head.headers),
            Side::Response => (input.txn.response.status != 0).then_some(&input.txn.response.headers),
        }
    }
}

/// A direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Request,
    Response,
}

/// The request.
pub(super) struct Request;

/// The response.
pub(super) struct Response;

/// The one that is on its way.
pub(super) struct Current;

impl Message for Request {
    fn side(_: &Input<'_>) -> Side {
        Side::Request
    }
}

impl Message for Response {
    fn side(_: &Input<'_>) -> Side {
        Side::Response
    }
}

impl Message for Current {
    fn side(input: &Input<'_>) -> Side {
        if Validity::REQUEST.contains(input.phase) { Side::Request } else { Side::Response }
    }
}

impl Side {
    /// The field that holds its cookies.
    pub(super) fn cookie_field(self) -> KnownHeader {
        match self {
            Self::Request => KnownHeader::Cookie,
            Self::Response => KnownHeader::SetCookie,
        }
    }
}

#[cfg(test)]
mod tests;
