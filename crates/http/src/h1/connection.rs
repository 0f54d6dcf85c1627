//! Connection, Upgrade and TE: what they ask of this hop, taken out of what is passed on (RFC 9110 sections 7.6.1, 7.8 and 10.1.4).

use super::ConnectionOptions;
use super::error::HeadErrorKind;
use super::framing::{Fault, leave_one};
use crate::bytes::trim;
use crate::headers::Headers;
use crate::name::KnownHeader;

/// Which side sent the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    Client,
    Server,
}

/// Reads Connection and Upgrade and takes out what concerns this hop alone: `close`, `keep-alive`, and upgrades to HTTP/2, which the proxy
/// negotiates for itself. A client's `upgrade` needs an Upgrade field and the other way round, or both are dropped.
pub(super) fn connection_options(headers: &mut Headers, sender: Sender) -> ConnectionOptions {
    let mut options = ConnectionOptions::default();
    if !headers.may_hold(KnownHeader::Connection) && !headers.may_hold(KnownHeader::Upgrade) {
        return options;
    }
    // What nearly every message says, if it says anything.
    if let Some((index, option @ (ConnectionToken::Close | ConnectionToken::KeepAlive))) = lone_option(headers)
        && !headers.contains(KnownHeader::Upgrade)
    {
        headers.remove(index);
        let close = matches!(option, ConnectionToken::Close);
        return ConnectionOptions { close, keep_alive: !close, upgrade: false };
    }
    for (_, value) in headers.all(KnownHeader::Connection) {
        for token in tokens(value) {
            match ConnectionToken::of(token) {
                ConnectionToken::Close => options.close = true,
                ConnectionToken::KeepAlive => options.keep_alive = true,
                ConnectionToken::Upgrade => options.upgrade = true,
                ConnectionToken::Other => {}
            }
        }
    }
    drop_tokens(headers, KnownHeader::Upgrade, |token| {
        token.eq_ignore_ascii_case(b"h2c") || token.eq_ignore_ascii_case(b"h2")
    });
    let asked_to_upgrade = options.upgrade;
    if sender == Sender::Client {
        options.upgrade &= headers.contains(KnownHeader::Upgrade);
        if !asked_to_upgrade {
            headers.remove_all(KnownHeader::Upgrade);
        }
    }
    let drop_upgrade = !options.upgrade;
    if options.close || options.keep_alive || (asked_to_upgrade && drop_upgrade) {
        drop_tokens(headers, KnownHeader::Connection, |token| match ConnectionToken::of(token) {
            ConnectionToken::Close | ConnectionToken::KeepAlive => true,
            ConnectionToken::Upgrade => drop_upgrade,
            ConnectionToken::Other => false,
        });
    }
    options
}

/// Takes `close` and `keep-alive` out of a response that rules have written to, and says whether it is to be its connection's last.
pub fn take_close(headers: &mut Headers) -> bool {
    headers.contains(KnownHeader::Connection) && connection_options(headers, Sender::Server).close
}

/// The only option of the only Connection field.
fn lone_option(headers: &Headers) -> Option<(usize, ConnectionToken)> {
    let mut fields = headers.all(KnownHeader::Connection);
    let (index, value) = fields.next()?;
    fields.next().is_none().then(|| (index, ConnectionToken::of(value)))
}

enum ConnectionToken {
    Close,
    KeepAlive,
    Upgrade,
    Other,
}

impl ConnectionToken {
    fn of(token: &[u8]) -> ConnectionToken {
        match token.len() {
            5 if token.eq_ignore_ascii_case(b"close") => ConnectionToken::Close,
            7 if token.eq_ignore_ascii_case(b"upgrade") => ConnectionToken::Upgrade,
            10 if token == b"keep-alive" || token.eq_ignore_ascii_case(b"keep-alive") => ConnectionToken::KeepAlive,
            _ => ConnectionToken::Other,
        }
    }
}

/// Passes only `TE: trailers` on: this proxy forwards trailers, but no transfer coding.
pub(super) fn restrict_te(headers: &mut Headers) {
    if !headers.contains(KnownHeader::Te) {
        return;
    }
    let wants_trailers = headers.all(KnownHeader::Te).any(|(_, value)| tokens(value).any(|token| token == b"trailers"));
    if wants_trailers {
        leave_one_of_any_length(headers);
    } else {
        headers.remove_all(KnownHeader::Te);
    }
}

/// Whether the message asks for a WebSocket, or agrees to one (RFC 6455 section 4).
pub(super) fn upgrades_to_websocket(headers: &Headers, options: ConnectionOptions) -> bool {
    let named = |value| tokens(value).any(|token| token.eq_ignore_ascii_case(b"websocket"));
    options.upgrade && headers.all(KnownHeader::Upgrade).any(|(_, value)| named(value))
}

/// A client's handshake must carry a key of 16 bytes in base64 (RFC 6455 section 4.1).
pub(super) fn check_websocket_key(headers: &Headers) -> Result<(), Fault> {
    const KEY_LEN: usize = 24;
    match headers.position(KnownHeader::SecWebSocketKey) {
        Some(index) if headers.value(index).len() == KEY_LEN => Ok(()),
        Some(index) => Err((HeadErrorKind::WebSocketHandshake, headers.value_offset(index))),
        None => Err((HeadErrorKind::WebSocketHandshake, 0)),
    }
}

/// `trailers` may stand in a field after a shorter one, such as `gzip`: the fields before it go.
fn leave_one_of_any_length(headers: &mut Headers) {
    let fits = |value: &[u8]| value.len() >= b"trailers".len();
    let mut kept = false;
    headers.retain(|header| {
        let keep = header.known != KnownHeader::Te || (!kept && fits(header.value));
        kept |= keep && header.known == KnownHeader::Te;
        keep
    });
    leave_one(headers, KnownHeader::Te, b"trailers");
}

pub(crate) fn tokens(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == b',').map(trim)
}

/// Removes list elements from all fields of that kind; a field that becomes empty goes, one that loses nothing stays as it is.
fn drop_tokens(headers: &mut Headers, known: KnownHeader, unwanted: impl Fn(&[u8]) -> bool) {
    let mut from = 0;
    loop {
        let Some(index) = headers.all(known).map(|(index, _)| index).find(|index| *index >= from) else { return };
        let (mut loses, mut keeps) = (false, false);
        for token in tokens(headers.value(index)) {
            let drop = unwanted(token);
            loses |= drop;
            keeps |= !drop && !token.is_empty();
        }
        match (loses, keeps) {
            (false, _) => from = index + 1,
            (true, false) => headers.remove(index),
            (true, true) => {
                headers.rewrite_value(index, |value| keep_tokens(value, &unwanted));
                from = index + 1;
            }
        }
    }
}

/// Moves the wanted elements of a list to its front, separated by single commas, and returns their length.
fn keep_tokens(value: &mut [u8], unwanted: impl Fn(&[u8]) -> bool) -> usize {
    let (mut read, mut written) = (0, 0);
    while read <= value.len() {
        let rest = value.get(read..).unwrap_or_default();
        let end = read + memchr::memchr(b',', rest).unwrap_or(rest.len());
        let element = value.get(read..end).unwrap_or_default();
        let token = trim(element);
        if !token.is_empty() && !unwanted(token) {
            let start = read + (element.len() - crate::bytes::trim_start(element).len());
            let len = token.len();
            if written > 0 {
                value[written] = b',';
                written += 1;
            }
            value.copy_within(start..start + len, written);
            written += len;
        }
        read = end + 1;
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sender: Sender, fields: &[(&str, &str)], options: &str, left: &[(&str, &str)]) {
        let mut headers = Headers::new();
        for (name, value) in fields {
            headers.append(name.as_bytes(), value.as_bytes()).unwrap();
        }
        let found = connection_options(&mut headers, sender);
        let mut names = Vec::new();
        for (set, name) in [(found.close, "close"), (found.keep_alive, "keep-alive"), (found.upgrade, "upgrade")] {
            if set {
                names.push(name);
            }
        }
        assert_eq!(names.join(" "), options, "{fields:?}");
        let kept: Vec<_> = headers
            .iter()
            .map(|h| {
                (std::str::from_utf8(h.name).unwrap().to_owned(), std::str::from_utf8(h.value).unwrap().to_owned())
            })
            .collect();
        let left: Vec<_> = left.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
        assert_eq!(kept, left, "{fields:?}");
    }

    #[test]
    fn from_clients() {
        use Sender::Client;
        check(Client, &[("connection", "close")], "close", &[]);
        check(Client, &[("connection", "Keep-Alive"), ("x", "1")], "keep-alive", &[("x", "1")]);
        check(Client, &[("connection", "foo, close, x-bar")], "close", &[("connection", "foo,x-bar")]);
        check(
            Client,
            &[("connection", "foo"), ("connection", "close"), ("connection", "bar")],
            "close",
            &[("connection", "foo"), ("connection", "bar")],
        );
        check(Client, &[("connection", ",foo,, bar ")], "", &[("connection", ",foo,, bar ")]);
        check(Client, &[("connection", " , close ,, close")], "close", &[]);
        check(Client, &[("connection", "upgrade")], "", &[]);
        check(Client, &[("upgrade", "foo")], "", &[]);
        check(
            Client,
            &[("connection", "Upgrade, keep-alive"), ("upgrade", "foo, h2c")],
            "keep-alive upgrade",
            &[("connection", "Upgrade"), ("upgrade", "foo")],
        );
        check(Client, &[("connection", "upgrade"), ("upgrade", "h2c")], "", &[]);
        check(
            Client,
            &[("connection", "Upgrade, HTTP2-Settings"), ("upgrade", "h2c"), ("http2-settings", "AAA")],
            "",
            &[("connection", "HTTP2-Settings"), ("http2-settings", "AAA")],
        );
        check(
            Client,
            &[("upgrade", "h2c"), ("upgrade", "h2c,foo,H2C, h2 ,bar"), ("connection", "upgrade")],
            "upgrade",
            &[("upgrade", "foo,bar"), ("connection", "upgrade")],
        );
    }

    #[test]
    fn from_servers() {
        use Sender::Server;
        check(Server, &[("connection", "foo, close")], "close", &[("connection", "foo")]);
        check(Server, &[("upgrade", "foo")], "", &[("upgrade", "foo")]);
        check(Server, &[("upgrade", "h2c"), ("connection", "upgrade")], "upgrade", &[("connection", "upgrade")]);
        check(
            Server,
            &[("upgrade", "foo"), ("connection", "Upgrade")],
            "upgrade",
            &[("upgrade", "foo"), ("connection", "Upgrade")],
        );
    }

    #[test]
    fn te_is_trailers_or_nothing() {
        for (values, expected) in [
            (&["trailers"][..], Some("trailers")),
            (&["gzip, trailers"], Some("trailers")),
            (&["gzip", "trailers"], Some("trailers")),
            (&["trailers, gzip", "trailers"], Some("trailers")),
            (&["gzip"], None),
            (&["Trailers"], None),
            (&["trailers;q=0.5"], None),
        ] {
            let mut headers = Headers::new();
            for value in values {
                headers.append(b"te", value.as_bytes()).unwrap();
            }
            restrict_te(&mut headers);
            let left: Vec<_> = headers.iter().map(|h| std::str::from_utf8(h.value).unwrap()).collect();
            assert_eq!(left, expected.into_iter().collect::<Vec<_>>(), "{values:?}");
        }
    }
}
