//! The same configuration run by the installed HAProxy and by the program under test, the same bytes sent to both, and the answers
//! compared header by header.

use crate::client::{Client, End};
use crate::http::Response;
use crate::program::{Program, Proxy};

/// Both programs on one configuration. They share the test's backends, which therefore must keep no state between requests.
#[derive(Debug)]
pub struct Twin {
    reference: Proxy,
    tested: Proxy,
    explained: Vec<Explained>,
    any_case: bool,
    own_pages: bool,
}

/// How the pages begin that HAProxy answers with itself.
const OWN_PAGE_START: &str = "<html><body><h1>";

/// How much of a request or a body a failed comparison prints.
const LONGEST_SHOWN: usize = 2000;

/// A header whose values may differ.
#[derive(Clone, Copy, Debug)]
struct Explained {
    header: &'static str,
    _because: &'static str,
}

impl Twin {
    /// Starts both; `None` where HAProxy is not installed and the test is left out.
    pub fn start(tested: &Program, config: &str) -> Option<Self> {
        let reference = Program::haproxy()?.start(config);
        let explained = vec![Explained { header: "date", _because: "the second may change in between" }];
        Some(Self { reference, tested: tested.start(config), explained, any_case: false, own_pages: false })
    }

    /// The values of this header may differ, though it must be there in both; says why.
    #[must_use]
    pub fn explaining(mut self, header: &'static str, because: &'static str) -> Self {
        self.explained.push(Explained { header, _because: because });
        self
    }

    /// Header names may differ in the case of their letters; the caller says why in a comment.
    #[must_use]
    pub fn in_any_case(mut self) -> Self {
        self.any_case = true;
        self
    }

    /// The sentence on a page that a proxy makes itself may differ, and with it the length; its title and headers may not, nor may the
    /// set of its headers, though their order may.
    #[must_use]
    pub fn with_own_pages(mut self) -> Self {
        self.own_pages = true;
        self
    }

    /// Sends the same bytes to `@name@` of both over a new connection each, and compares as many responses as there are methods.
    /// Returns the responses.
    ///
    /// # Panics
    /// When the answers differ: status line, names, order and values of headers, body, trailers, whether a connection that is said
    /// to be closed is.
    pub fn same(&self, name: &str, bytes: impl AsRef<[u8]>, methods: &[&str]) -> Vec<Response> {
        let bytes = bytes.as_ref();
        let reference = converse(&mut self.reference.client(name), bytes, methods);
        let tested = converse(&mut self.tested.client(name), bytes, methods);
        let sent = String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST_SHOWN)]);
        assert_eq!(self.comparable(&tested), self.comparable(&reference), "tested (left), HAProxy (right), on\n{sent}");
        tested
    }

    /// [`Twin::same`] for one request whose method is its first word.
    ///
    /// # Panics
    /// As [`Twin::same`].
    pub fn same_request(&self, name: &str, bytes: impl AsRef<[u8]>) -> Response {
        let bytes = bytes.as_ref();
        let method = String::from_utf8_lossy(bytes.split(|byte| *byte == b' ').next().unwrap_or_default()).into_owned();
        self.same(name, bytes, &[&method]).remove(0)
    }

    /// HAProxy's run, for what is asked of it alone.
    pub fn reference(&self) -> &Proxy {
        &self.reference
    }

    /// The tested program's run.
    pub fn tested(&self) -> &Proxy {
        &self.tested
    }

    /// Lines that have to be equal, one a line of the message, so that a failed comparison reads like a listing.
    fn comparable(&self, responses: &[Response]) -> Vec<String> {
        let field = |(name, value): &(String, String)| {
            let name = if self.any_case { &name.to_ascii_lowercase() } else { name };
            let explained = self.explained.iter().any(|explained| explained.header.eq_ignore_ascii_case(name));
            if explained { format!("{name}: (may differ)") } else { format!("{name}: {value}") }
        };
        let mut lines = Vec::new();
        for response in responses {
            let mut head: Vec<String> = response.head.fields.iter().map(field).collect();
            let text = response.text();
            let title = text.strip_prefix(OWN_PAGE_START).and_then(|rest| rest.split_once("</h1>"));
            let body = match title.filter(|_| self.own_pages) {
                Some((title, _sentence)) => {
                    head.retain(|line| !line.to_ascii_lowercase().starts_with("content-length:"));
                    head.sort();
                    format!("a page titled {title}")
                }
                None => {
                    format!("body of {} bytes: {}", text.len(), text.chars().take(LONGEST_SHOWN).collect::<String>())
                }
            };
            lines.push(response.head.line.clone());
            lines.append(&mut head);
            lines.push(body);
            lines.extend(response.trailers.iter().map(field));
        }
        lines
    }
}

/// Reads as many responses as there are methods, or up to the one after which the connection is closed.
fn converse(client: &mut Client, bytes: &[u8], methods: &[&str]) -> Vec<Response> {
    client.send(bytes);
    let mut responses = Vec::new();
    for method in methods {
        let response = client.response_to(method);
        let closes = response.all("connection").contains(&"close");
        responses.push(response);
        if closes {
            assert_eq!(client.end(), End::Closed(Vec::new()), "the connection after `connection: close`");
            break;
        }
    }
    responses
}
