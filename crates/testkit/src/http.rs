//! HTTP/1 messages as a test sees them: read from a socket byte by byte as sent, nothing normalised.
//! Deliberately not the project's own codec: a test must not share the faults of what it tests.

use std::io::{self, Read};

/// Names and values of header or trailer lines, in the order they came.
pub type Fields = Vec<(String, String)>;

/// A request as a backend received it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The request line and header lines, without the empty line.
    pub head: Head,
    /// The decoded body.
    pub body: Vec<u8>,
    /// Trailer lines of a chunked body.
    pub trailers: Fields,
}

/// A response as a client received it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The status line and header lines, without the empty line.
    pub head: Head,
    /// The decoded body.
    pub body: Vec<u8>,
    /// Trailer lines of a chunked body.
    pub trailers: Fields,
}

/// The first line and the header lines in the order they came, names in the case they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Request line or status line.
    pub line: String,
    /// Name and value without the blanks around it.
    pub fields: Fields,
}

impl Head {
    /// The value of the only header of that name, in any case of letters.
    ///
    /// # Panics
    /// When there are several.
    pub fn get(&self, name: &str) -> Option<&str> {
        let all = self.all(name);
        assert!(all.len() <= 1, "several `{name}` headers: {all:?}");
        all.first().copied()
    }

    /// The values of all headers of that name, in any case of letters.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.fields.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str()).collect()
    }

    fn parse(text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(text);
        let mut lines = text.split("\r\n");
        Self { line: lines.next().unwrap_or_default().to_owned(), fields: lines.filter_map(field).collect() }
    }
}

impl Request {
    /// The method's name.
    pub fn method(&self) -> &str {
        self.head.line.split(' ').next().unwrap_or_default()
    }

    /// The target as sent.
    pub fn target(&self) -> &str {
        self.head.line.split(' ').nth(1).unwrap_or_default()
    }

    /// See [`Head::get`].
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.get(name)
    }
}

impl Response {
    /// The three digits of the status line.
    ///
    /// # Panics
    /// When the first line is no status line.
    pub fn status(&self) -> u16 {
        let code = self.head.line.split(' ').nth(1).and_then(|code| code.parse().ok());
        code.unwrap_or_else(|| panic!("no status line: {:?}", self.head.line))
    }

    /// See [`Head::get`].
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.get(name)
    }

    /// See [`Head::all`].
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.head.all(name)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Bytes of a whole response: status line, `Content-Length`, the given header lines, body.
pub fn response(status: u16, fields: &[&str], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let lines: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
    let head = format!("HTTP/1.1 {status} {}\r\nContent-Length: {}\r\n{lines}\r\n", reason(status), body.len());
    [head.as_bytes(), body].concat()
}

/// Bytes of a whole response with status 200 and no headers but its length.
pub fn ok(body: impl AsRef<[u8]>) -> Vec<u8> {
    response(200, &[], body)
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        401 => "Unauthorized",
        404 => "Not Found",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Status",
    }
}

/// A socket with what was read from it and not yet used.
#[derive(Debug)]
pub(crate) struct Wire<R> {
    pub(crate) socket: R,
    pending: Vec<u8>,
}

impl<R: Read> Wire<R> {
    pub(crate) fn new(socket: R) -> Self {
        Self { socket, pending: Vec::new() }
    }

    /// A request with its body; `None` when the peer closes before the first byte.
    pub(crate) fn request(&mut self) -> io::Result<Option<Request>> {
        let Some(head) = self.head()? else { return Ok(None) };
        let mut request = Request { head, ..Request::default() };
        if is_chunked(&request.head) {
            (request.body, request.trailers) = self.chunked()?;
        } else if let Some(length) = length(&request.head) {
            request.body = self.exactly(length)?;
        }
        Ok(Some(request))
    }

    /// The head of a request alone; its body is the caller's.
    pub(crate) fn head(&mut self) -> io::Result<Option<Head>> {
        const END: &[u8] = b"\r\n\r\n";
        loop {
            if let Some(at) = self.pending.windows(END.len()).position(|window| window == END) {
                let head = Head::parse(&self.pending[..at]);
                self.pending.drain(..at + END.len());
                return Ok(Some(head));
            }
            if self.fill()? == 0 {
                return if self.pending.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
        }
    }

    /// A response to a request of that method (1xx is a response of its own); `None` when the peer closes before the first byte.
    pub(crate) fn response(&mut self, method: &str) -> io::Result<Option<Response>> {
        let Some(head) = self.head()? else { return Ok(None) };
        let mut response = Response { head, ..Response::default() };
        let status = response.status();
        let tunnel = status == 101 || (method == "CONNECT" && (200..300).contains(&status));
        if method == "HEAD" || status < 200 || status == 204 || status == 304 || tunnel {
            return Ok(Some(response));
        }
        if is_chunked(&response.head) {
            (response.body, response.trailers) = self.chunked()?;
        } else if let Some(length) = length(&response.head) {
            response.body = self.exactly(length)?;
        } else {
            response.body = self.rest()?;
        }
        Ok(Some(response))
    }

    /// As many bytes as asked for.
    pub(crate) fn exactly(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.pending.len() < count {
            if self.fill()? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(self.pending.drain(..count).collect())
    }

    /// All bytes until the peer closes.
    pub(crate) fn rest(&mut self) -> io::Result<Vec<u8>> {
        while self.fill()? > 0 {}
        Ok(self.take_pending())
    }

    /// What was read and not yet used.
    pub(crate) fn take_pending(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.pending)
    }

    fn chunked(&mut self) -> io::Result<(Vec<u8>, Fields)> {
        let mut body = Vec::new();
        loop {
            let line = self.line()?;
            let digits = line.split(';').next().unwrap_or_default().trim();
            let size =
                usize::from_str_radix(digits, 16).map_err(|_| io::Error::other(format!("chunk size {line:?}")))?;
            if size == 0 {
                break;
            }
            body.extend(self.exactly(size)?);
            self.exactly(2)?;
        }
        let mut trailers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Ok((body, trailers));
            }
            trailers.extend(field(&line));
        }
    }

    fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(at) = self.pending.windows(2).position(|window| window == b"\r\n") {
                let line = String::from_utf8_lossy(&self.pending[..at]).into_owned();
                self.pending.drain(..at + 2);
                return Ok(line);
            }
            if self.fill()? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    fn fill(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 16 * 1024];
        let count = self.socket.read(&mut buffer)?;
        self.pending.extend_from_slice(&buffer[..count]);
        Ok(count)
    }
}

fn field(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    Some((name.to_owned(), value.trim_matches([' ', '\t']).to_owned()))
}

fn is_chunked(head: &Head) -> bool {
    head.all("transfer-encoding").iter().any(|value| value.to_ascii_lowercase().contains("chunked"))
}

fn length(head: &Head) -> Option<usize> {
    head.all("content-length").first().and_then(|value| value.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn framing() {
        fn check(input: &str, method: &str, body: &str, left: &str) {
            let mut wire = Wire::new(input.as_bytes());
            let response = wire.response(method).unwrap().unwrap();
            assert_eq!((response.text().as_str(), wire.rest().unwrap()), (body, left.as_bytes().to_vec()), "{input:?}");
        }
        check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabcd", "GET", "ab", "cd");
        check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabcd", "HEAD", "", "abcd");
        check("HTTP/1.1 200 OK\r\n\r\nabcd", "GET", "abcd", "");
        check("HTTP/1.1 204 No\r\n\r\nabcd", "GET", "", "abcd");
        check("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "GET", "", "HTTP/1.1 200 OK\r\n\r\n");
        check(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=1\r\nabc\r\n0\r\n\r\nrest",
            "GET",
            "abc",
            "rest",
        );
    }

    #[test]
    fn a_cut_body_is_an_error() {
        for cut in [
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        ] {
            let error = Wire::new(cut.as_bytes()).response("GET").unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{cut:?}");
        }
        assert!(Wire::new(&b""[..]).response("GET").unwrap().is_none());
    }

    #[test]
    fn trailers_and_repeated_headers() {
        let raw = "POST / HTTP/1.1\r\nA: 1\r\na:2\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nT: v\r\n\r\n";
        let request = Wire::new(raw.as_bytes()).request().unwrap().unwrap();
        assert_eq!(request.head.all("a"), ["1", "2"]);
        assert_eq!((request.method(), request.target(), request.body.as_slice()), ("POST", "/", &b"x"[..]));
        assert_eq!(request.trailers, [("T".to_owned(), "v".to_owned())]);
    }
}
