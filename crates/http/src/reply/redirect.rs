//! Redirections (configuration manual 4.2 `redirect`): where to, and the response that says so. Must not know conditions.

use super::Reply;
use crate::h1::BodyFraming;
use crate::head::{RequestHead, ResponseHead};
use crate::headers::EditError;
use crate::name::KnownHeader;

/// A redirection as a rule has it. `T` are the texts: what a format string gave for the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redirect<T> {
    /// The status.
    pub status: RedirectStatus,
    /// Where to.
    pub target: RedirectTarget<T>,
    /// `set-cookie` or `clear-cookie`.
    pub cookie: Option<CookieChange<T>>,
}

/// The statuses that may redirect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RedirectStatus {
    /// 301: for good.
    MovedPermanently,
    /// 302: this time.
    #[default]
    Found,
    /// 303: this time, and with GET.
    SeeOther,
    /// 307: this time, and with the same method.
    TemporaryRedirect,
    /// 308: for good, and with the same method.
    PermanentRedirect,
}

/// Where a redirection goes. Query options are those of the manual, and mean nothing for the other kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectTarget<T> {
    /// `location`: to that place.
    Location {
        /// The place.
        location: T,
        /// `keep-query`: with the request's query behind it.
        keep_query: bool,
    },
    /// `prefix`: to the request's path and query, behind something. A prefix of `/` alone adds nothing.
    Prefix {
        /// What to put before the path.
        prefix: T,
        /// How the path changes.
        path: PathOptions,
    },
    /// `scheme`: to the same host, path and query with another scheme.
    Scheme {
        /// The scheme, without `://`.
        scheme: T,
        /// How the path changes.
        path: PathOptions,
    },
}

/// How the request's path becomes that of the location.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PathOptions {
    /// `drop-query`: without the query.
    pub drop_query: bool,
    /// `append-slash`: with a slash at its end, which is that of the query where there is one.
    pub append_slash: bool,
}

/// The cookie that comes with a redirection, as `name` or `name=value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieChange<T> {
    /// `set-cookie`: for the session.
    Set(T),
    /// `clear-cookie`: gone at once.
    Clear(T),
}

impl RedirectStatus {
    /// The status of that code, if it may redirect.
    pub fn from_code(code: u16) -> Option<RedirectStatus> {
        ALL.into_iter().find(|status| status.code() == code)
    }

    /// The code.
    pub fn code(self) -> u16 {
        match self {
            RedirectStatus::MovedPermanently => 301,
            RedirectStatus::Found => 302,
            RedirectStatus::SeeOther => 303,
            RedirectStatus::TemporaryRedirect => 307,
            RedirectStatus::PermanentRedirect => 308,
        }
    }

    /// Whether caches may keep the response.
    fn is_permanent(self) -> bool {
        matches!(self, RedirectStatus::MovedPermanently | RedirectStatus::PermanentRedirect)
    }
}

const ALL: [RedirectStatus; 5] = [
    RedirectStatus::MovedPermanently,
    RedirectStatus::Found,
    RedirectStatus::SeeOther,
    RedirectStatus::TemporaryRedirect,
    RedirectStatus::PermanentRedirect,
];

impl<T: AsRef<[u8]>> Redirect<T> {
    /// The response for a request.
    ///
    /// # Errors
    /// Where what the texts give cannot stand in a head: an error on our side.
    pub fn reply(&self, request: &RequestHead) -> Result<Reply, EditError> {
        let mut reply = Reply { framing: BodyFraming::Length(0), ..Reply::default() };
        self.write(request, &mut Vec::new(), &mut reply.head)?;
        Ok(reply)
    }

    /// Makes `head` that of the response, which has no body. `buffer` is room to build texts in.
    ///
    /// # Errors
    /// As [`Redirect::reply`]; `head` is then of no use.
    pub fn write(&self, request: &RequestHead, buffer: &mut Vec<u8>, head: &mut ResponseHead) -> Result<(), EditError> {
        head.clear();
        head.set_status(self.status.code());
        head.headers.append_known(KnownHeader::ContentLength, b"0")?;
        buffer.clear();
        self.target.write(request, buffer);
        head.headers.append_known(KnownHeader::Location, buffer)?;
        if !self.status.is_permanent() {
            head.headers.append_known(KnownHeader::CacheControl, b"no-cache")?;
        }
        if let Some(cookie) = &self.cookie {
            let (text, attributes) = match cookie {
                CookieChange::Set(text) => (text, &b"; path=/;"[..]),
                CookieChange::Clear(text) => (text, &b"; path=/; Max-Age=0;"[..]),
            };
            buffer.clear();
            buffer.extend_from_slice(text.as_ref());
            buffer.extend_from_slice(attributes);
            head.headers.append_known(KnownHeader::SetCookie, buffer)?;
        }
        Ok(())
    }
}

impl<T: AsRef<[u8]>> RedirectTarget<T> {
    /// Appends the location for a request to `out`.
    pub fn write(&self, request: &RequestHead, out: &mut Vec<u8>) {
        match self {
            RedirectTarget::Location { location, keep_query } => {
                let location = location.as_ref();
                out.extend_from_slice(location);
                let (_, query) = path_and_query(request);
                if let Some(query) = query.get(1..).filter(|query| *keep_query && !query.is_empty()) {
                    match location {
                        [.., b'?'] => {}
                        _ if location.contains(&b'?') => out.push(b'&'),
                        _ => out.push(b'?'),
                    }
                    out.extend_from_slice(query);
                }
            }
            RedirectTarget::Prefix { prefix, path } => {
                if prefix.as_ref() != b"/" {
                    out.extend_from_slice(prefix.as_ref());
                }
                path.write(request, out);
            }
            RedirectTarget::Scheme { scheme, path } => {
                out.extend_from_slice(scheme.as_ref());
                out.extend_from_slice(b"://");
                out.extend_from_slice(request.headers.find(KnownHeader::Host).unwrap_or_default());
                path.write(request, out);
            }
        }
    }
}

impl PathOptions {
    fn write(self, request: &RequestHead, out: &mut Vec<u8>) {
        let (path, query) = path_and_query(request);
        let start = out.len();
        out.extend_from_slice(path);
        if !self.drop_query {
            out.extend_from_slice(query);
        }
        // Targets without a path, such as `*`, go to the root.
        let pathless = path.is_empty() && query.is_empty();
        let slash_wanted = self.append_slash && (out.len() == start || out.last() != Some(&b'/'));
        if pathless || slash_wanted {
            out.push(b'/');
        }
    }
}

/// Path, and query with its `?`; a fragment is of what it follows.
fn path_and_query(request: &RequestHead) -> (&[u8], &[u8]) {
    let target = request.target();
    let text = target.get(request.uri().path_range().start..).unwrap_or_default();
    text.split_at(memchr::memchr(b'?', text).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::testing::check;

    fn request(target: &str, host: Option<&str>) -> RequestHead {
        let mut head = RequestHead::new();
        head.set_target(target.as_bytes()).unwrap();
        if let Some(host) = host {
            head.headers.append(b"host", host.as_bytes()).unwrap();
        }
        head
    }

    fn location(target: RedirectTarget<&str>, request_target: &str, host: Option<&str>) -> String {
        let mut out = Vec::new();
        target.write(&request(request_target, host), &mut out);
        String::from_utf8(out).unwrap()
    }

    const DROP: PathOptions = PathOptions { drop_query: true, append_slash: false };
    const SLASH: PathOptions = PathOptions { drop_query: false, append_slash: true };
    const BOTH: PathOptions = PathOptions { drop_query: true, append_slash: true };

    #[test]
    fn responses() {
        let status_line = |code, reason| format!("HTTP/1.1 {code} {reason}\r\ncontent-length: 0\r\nlocation: /x\r\n");
        for (code, reason, fields) in [
            (301, "Moved Permanently", ""),
            (302, "Found", "cache-control: no-cache\r\n"),
            (303, "See Other", "cache-control: no-cache\r\n"),
            (307, "Temporary Redirect", "cache-control: no-cache\r\n"),
            (308, "Permanent Redirect", ""),
        ] {
            for (cookie, field) in [
                (None, ""),
                (Some(CookieChange::Set("A")), "set-cookie: A; path=/;\r\n"),
                (Some(CookieChange::Set("A=b")), "set-cookie: A=b; path=/;\r\n"),
                (Some(CookieChange::Clear("A=")), "set-cookie: A=; path=/; Max-Age=0;\r\n"),
            ] {
                let status = RedirectStatus::from_code(code).unwrap();
                let redirect =
                    Redirect { status, target: RedirectTarget::Location { location: "/x", keep_query: false }, cookie };
                let expected = status_line(code, reason) + fields + field + "\r\n";
                check(redirect.reply(&request("/a?b", Some("h"))), &expected);
            }
        }
        for code in [200, 300, 304, 305, 309] {
            assert_eq!(RedirectStatus::from_code(code), None);
        }
        assert_eq!(RedirectStatus::default().code(), 302);
    }

    #[test]
    fn locations() {
        for (to, keep_query, target, expected) in [
            ("/x", false, "/a?b=c", "/x"),
            ("/x", true, "/a?b=c", "/x?b=c"),
            ("/x", true, "/a", "/x"),
            ("/x", true, "/a?", "/x"),
            ("/x", true, "http://h?b", "/x?b"),
            ("/x", true, "*", "/x"),
            ("/x?", true, "/a?b", "/x?b"),
            ("/x?", true, "/a", "/x?"),
            ("/x?y=1", true, "/a?b=c", "/x?y=1&b=c"),
            ("/x?y=1", true, "/a", "/x?y=1"),
        ] {
            let found = location(RedirectTarget::Location { location: to, keep_query }, target, Some("h"));
            assert_eq!(found, expected, "{to} {target}");
        }
    }

    #[test]
    fn prefixes() {
        let none = PathOptions::default();
        for (prefix, path, target, expected) in [
            ("/p", none, "/a?b=c", "/p/a?b=c"),
            ("/p", none, "/a?", "/p/a?"),
            ("/p", none, "http://h/a?b", "/p/a?b"),
            ("/p", none, "http://h?b", "/p?b"),
            ("/p", none, "http://h", "/p/"),
            ("/p", none, "*", "/p/"),
            ("/p", none, "h:80", "/p/"),
            ("/p", none, "//e/x", "/p//e/x"),
            ("/", none, "/a?b=c", "/a?b=c"),
            ("/", none, "*", "/"),
            ("/p", DROP, "/a?b=c", "/p/a"),
            ("/p", DROP, "/?a", "/p/"),
            ("/p", SLASH, "/a?b=c", "/p/a?b=c/"),
            ("/p", SLASH, "/a?b/", "/p/a?b/"),
            ("/p", SLASH, "/a", "/p/a/"),
            ("/p", SLASH, "/a/", "/p/a/"),
            ("/p", SLASH, "*", "/p/"),
            ("/p", BOTH, "/a?b=c", "/p/a/"),
            ("/p", BOTH, "/d/?a=b", "/p/d/"),
            ("/p", BOTH, "/", "/p/"),
            ("https://q", BOTH, "http://h?b", "https://q/"),
            ("https://q", BOTH, "//e/x", "https://q//e/x/"),
        ] {
            assert_eq!(
                location(RedirectTarget::Prefix { prefix, path }, target, Some("h")),
                expected,
                "{prefix} {target}"
            );
        }
    }

    #[test]
    fn schemes() {
        let none = PathOptions::default();
        for (path, target, host, expected) in [
            (none, "/a?b=c", Some("h:8"), "https://h:8/a?b=c"),
            (none, "/a", None, "https:///a"),
            (none, "*", Some("h"), "https://h/"),
            (none, "z:80", Some("z:80"), "https://z:80/"),
            (none, "http://h", Some("h"), "https://h/"),
            (BOTH, "/a?b=c", Some("h"), "https://h/a/"),
            (SLASH, "http://h?b", Some("h"), "https://h?b/"),
        ] {
            assert_eq!(location(RedirectTarget::Scheme { scheme: "https", path }, target, host), expected, "{target}");
        }
    }

    #[test]
    fn nothing_splits_a_head() {
        let good = RedirectTarget::Location { location: &b"/x"[..], keep_query: false };
        let bad = RedirectTarget::Location { location: &b"/x\r\ny: z"[..], keep_query: false };
        for (target, cookie) in [(bad, None), (good, Some(CookieChange::Set(&b"a\nb"[..])))] {
            let redirect = Redirect { status: RedirectStatus::Found, target, cookie };
            assert_eq!(redirect.reply(&request("/", None)).map(|_| ()), Err(EditError::BadValue));
        }
    }
}
