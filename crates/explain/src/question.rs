//! What is asked: a request, where it comes from, and what is assumed.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

/// A request to be explained.
#[derive(Clone, Debug)]
pub struct Question {
    /// The method.
    pub method: String,
    /// An absolute URL, or a path.
    pub url: String,
    /// Header lines, in order.
    pub headers: Vec<(String, String)>,
    /// The client's address.
    pub from: IpAddr,
    /// Servers that are taken for down: backend and server.
    pub down: Vec<(String, String)>,
    /// The section that takes the request; none: the one that listens on the URL's port, else the first.
    pub frontend: Option<String>,
    /// The status that the server is assumed to answer with.
    pub status: u16,
    /// Header lines that the server is assumed to answer with.
    pub response_headers: Vec<(String, String)>,
}

impl Default for Question {
    fn default() -> Self {
        Self {
            method: "GET".into(),
            url: "/".into(),
            headers: Vec::new(),
            from: IpAddr::V4(Ipv4Addr::LOCALHOST),
            down: Vec::new(),
            frontend: None,
            status: 200,
            response_headers: Vec::new(),
        }
    }
}

/// Why a question cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuestionFault {
    /// The configuration has no section that takes such a request.
    NoFrontend(String),
    /// `down` names a server that is not there.
    NoServer(String),
}

impl fmt::Display for QuestionFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFrontend(why) => f.write_str(why),
            Self::NoServer(name) => write!(f, "there is no server '{name}': give it as backend/server"),
        }
    }
}

impl std::error::Error for QuestionFault {}

/// A URL taken apart as far as it matters here.
pub(crate) struct Url<'q> {
    /// Host and port as written.
    pub authority: Option<&'q str>,
    /// The port, where there is an authority.
    pub port: Option<u16>,
    /// Path and query.
    pub target: String,
}

impl<'q> Url<'q> {
    pub(crate) fn new(text: &'q str) -> Self {
        let Some((scheme, rest)) = text.split_once("://") else {
            let target = if text.starts_with(['/', '*']) { text.to_owned() } else { format!("/{text}") };
            return Self { authority: None, port: None, target };
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let path = path.split('#').next().unwrap_or_default();
        let target = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let written = authority.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        let port = written.or(if scheme == "https" { Some(443) } else { Some(80) });
        Self { authority: Some(authority), port, target }
    }
}

impl Question {
    /// The request as HTTP/1 puts it.
    pub(crate) fn message(&self) -> Vec<u8> {
        let url = Url::new(&self.url);
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, url.target);
        let has_host = self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host"));
        if let Some(authority) = url.authority.filter(|_| !has_host) {
            text += &format!("host: {authority}\r\n");
        }
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        text += "\r\n";
        text.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        for (text, authority, port, target) in [
            ("/a?b", None, None, "/a?b"),
            ("a", None, None, "/a"),
            ("*", None, None, "*"),
            ("http://h", Some("h"), Some(80), "/"),
            ("https://h:8443/x#y", Some("h:8443"), Some(8443), "/x"),
            ("http://h?q", Some("h"), Some(80), "/?q"),
        ] {
            let url = Url::new(text);
            assert_eq!((url.authority, url.port, &*url.target), (authority, port, target), "{text}");
        }
    }

    #[test]
    fn the_host_is_that_of_the_url_unless_given() {
        let question = |headers| Question { url: "http://h:1/x".into(), headers, ..Question::default() };
        assert_eq!(question(vec![]).message(), b"GET /x HTTP/1.1\r\nhost: h:1\r\n\r\n");
        let given = vec![("Host".to_owned(), "other".to_owned())];
        assert_eq!(question(given).message(), b"GET /x HTTP/1.1\r\nHost: other\r\n\r\n");
    }
}
