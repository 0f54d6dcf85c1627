//! Texts of messages that are kept for the log line (`capture`), taken as soon as a head is there and before any rule has changed it.

use burdock_http::cookie::pairs;
use burdock_http::{Headers, KnownHeader};
use burdock_model::{CaptureCookie, CaptureSlot, Captures};
use burdock_txn::CaptureSlots as Kept;

use crate::stream::Stream;

/// Keeps what is asked for of the request.
pub fn request(stream: &mut Stream<'_>) {
    let Some(Captures { request, cookie, .. }) = stream.frontend.frontend.as_ref().map(|side| &side.captures) else {
        return;
    };
    let txn = &mut stream.space.txn;
    keep_headers(request, &txn.request.headers, &txn.captures.request);
    if let Some(cookie) = cookie {
        txn.captures.request_cookie = find_cookie(cookie, &txn.request.headers);
    }
}

/// Keeps what is asked for of a server's response.
pub fn response(stream: &mut Stream<'_>) {
    let Some(Captures { response, cookie, .. }) = stream.frontend.frontend.as_ref().map(|side| &side.captures) else {
        return;
    };
    let txn = &mut stream.space.txn;
    keep_headers(response, &txn.response.headers, &txn.captures.response);
    if let Some(cookie) = cookie {
        txn.captures.response_cookie = find_set_cookie(cookie, &txn.response.headers);
    }
}

/// Of several lines of a name, the last counts.
fn keep_headers(slots: &[CaptureSlot], headers: &Headers, kept: &Kept) {
    for (index, slot) in slots.iter().enumerate() {
        let Some(name) = &slot.header else { continue };
        if let Some((_, value)) = headers.all_named(name).next_back() {
            kept.put(index, value, slot.length);
        }
    }
}

/// The first cookie that begins as asked for, with its name.
fn find_cookie(wanted: &CaptureCookie, headers: &Headers) -> Option<Box<[u8]>> {
    headers.all(KnownHeader::Cookie).find_map(|(_, text)| {
        pairs(text).find_map(|pair| {
            let end = pair.value.map_or(pair.name.end, |value| value.end);
            cut(wanted, text.get(pair.name.start..end)?)
        })
    })
}

/// The same in Set-Cookie lines, each of which sets the cookie that it begins with.
fn find_set_cookie(wanted: &CaptureCookie, headers: &Headers) -> Option<Box<[u8]>> {
    headers.all(KnownHeader::SetCookie).find_map(|(_, text)| {
        let pair = pairs(text).next()?;
        let end = pair.value.map_or(pair.name.end, |value| value.end);
        cut(wanted, text.get(pair.name.start..end)?)
    })
}

fn cut(wanted: &CaptureCookie, cookie: &[u8]) -> Option<Box<[u8]>> {
    cookie.starts_with(&wanted.start).then(|| cookie[..cookie.len().min(wanted.length)].into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&str, &str)]) -> Headers {
        let mut headers = Headers::new();
        for (name, value) in lines {
            headers.append(name.as_bytes(), value.as_bytes()).unwrap();
        }
        headers
    }

    #[test]
    fn the_last_line_of_a_name_is_kept() {
        let slot = |name: Option<&str>, length| CaptureSlot {
            header: name.map(|name| burdock_http::HeaderName::lenient(name.as_bytes())),
            length,
        };
        let kept = Kept::default();
        let slots = [slot(None, 5), slot(Some("A"), 3), slot(Some("b"), 5), slot(Some("c"), 0)];
        keep_headers(&slots, &headers(&[("a", "first"), ("a", "second"), ("c", "x")]), &kept);
        let kept = [0, 1, 2, 3].map(|slot| kept.read(slot, <[u8]>::to_vec));
        assert_eq!(kept, [None, Some(b"sec".to_vec()), None, Some(Vec::new())]);
    }

    #[test]
    fn cookies_are_kept_with_their_names() {
        for (start, length, expected) in [
            ("SRV", 20, Some("SRV=abcdef")),
            ("SRV=", 20, Some("SRV=abcdef")),
            ("SRV", 6, Some("SRV=ab")),
            ("SRVX", 20, Some("SRVX=z")),
            ("S", 20, Some("SRV=abcdef")),
            ("none", 20, None),
        ] {
            let wanted = CaptureCookie { start: start.into(), length };
            let found = find_cookie(&wanted, &headers(&[("cookie", "q=1; SRV=abcdef"), ("cookie", "SRVX=z")]));
            assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{start}");
        }
        let wanted = CaptureCookie { start: b"SRV".to_vec(), length: 20 };
        let lines = [("set-cookie", "a=b, SRV=0"), ("set-cookie", "SRV=1; path=/"), ("set-cookie", "SRV=2")];
        assert_eq!(find_set_cookie(&wanted, &headers(&lines)).as_deref(), Some(&b"SRV=1"[..]));
    }
}
