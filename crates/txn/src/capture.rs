//! Texts of a request that are kept for its log line, because they may have changed or gone by then.

use burdock_http::Version;

/// What was captured (configuration manual 8.8 and `capture`).
#[derive(Debug, Default)]
pub struct Captures {
    /// `capture request header` and `http-request capture`, by slot.
    pub request: Vec<Option<Box<[u8]>>>,
    /// `capture response header` and `http-response capture`, by slot.
    pub response: Vec<Option<Box<[u8]>>>,
    /// `capture cookie`, as the client sent it.
    pub request_cookie: Option<Box<[u8]>>,
    /// `capture cookie`, as the server set it.
    pub response_cookie: Option<Box<[u8]>>,
    /// The request line as it came, where it has been changed since.
    pub line: Option<Box<RequestLine>>,
}

/// A request line.
#[derive(Debug)]
pub struct RequestLine {
    /// The method.
    pub method: Box<[u8]>,
    /// The target.
    pub target: Box<[u8]>,
    /// The version.
    pub version: Version,
}

impl Captures {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.request.clear();
        self.response.clear();
        self.request_cookie = None;
        self.response_cookie = None;
        self.line = None;
    }

    /// Puts a text into a slot of `slots`, cut to `length` bytes.
    pub fn put(slots: &mut Vec<Option<Box<[u8]>>>, slot: usize, text: &[u8], length: usize) {
        if slots.len() <= slot {
            slots.resize(slot + 1, None);
        }
        slots[slot] = Some(text[..text.len().min(length)].into());
    }
}
