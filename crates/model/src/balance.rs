//! The `balance` line: the algorithm, and the key of a request by which some choose.

use std::net::IpAddr;
use std::sync::Arc;

use burdock_balance::hash::avalanche;
use burdock_balance::{Algorithm, Balancer, HashFunction};
use burdock_http::Method;
use burdock_http::uri::TargetForm;
use burdock_sample::{Expression, Input, Type, Value};
use burdock_txn::Txn;

/// The `balance` line, and the balancer that it made.
#[derive(Clone, Debug)]
pub struct BalanceSettings {
    /// Which algorithm.
    pub algorithm: Algorithm,
    /// What it hashes, if it does.
    pub key: Option<Arc<BalanceKey>>,
    /// The balancer over this backend's servers.
    pub balancer: Arc<Balancer>,
}

/// The key by which requests are spread, and how it is hashed (configuration manual 4.2 `balance`, `hash-type`).
#[derive(Debug)]
pub struct BalanceKey {
    /// Where it comes from.
    pub source: KeySource,
    /// The function of the `hash-type` line.
    pub function: HashFunction,
    /// Whether the hash is mixed once more.
    pub avalanche: bool,
}

/// Where a key comes from.
#[derive(Debug)]
pub enum KeySource {
    /// `source`: the client's address. It is a number already; the function is not asked.
    Client,
    /// `uri`
    Uri(UriKey),
    /// `url_param`: a parameter of the query.
    Parameter {
        /// Its name.
        name: Box<[u8]>,
        /// `check_post`: of a POST it may be in the body.
        in_body: bool,
    },
    /// `hash`, `rdp-cookie`.
    Sample(Expression),
    /// `hdr`: a value that is empty is none.
    Header(Expression),
    /// `hdr` with `use_domain_only`.
    Domain(Expression),
}

/// `balance uri`: how much of the target is the key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UriKey {
    /// `len`: so many bytes of it at most; zero: no limit.
    pub length: u32,
    /// `depth`: it ends in front of the slash behind so many; zero: no limit.
    pub depth: u32,
    /// `whole`: with the query.
    pub whole: bool,
    /// `path-only`: without scheme and authority.
    pub path_only: bool,
}

impl BalanceKey {
    /// The hashed key of a request; nothing where it has none.
    pub fn hash(&self, input: &Input<'_>) -> Option<u32> {
        let hash = match &self.source {
            KeySource::Client => number(input.txn.client.ip()?),
            KeySource::Uri(key) => self.function.hash(key.of(input)?),
            KeySource::Parameter { name, .. } => {
                let request = input.txn.request_valid.then_some(&input.txn.request)?;
                let in_query = parameter(request.target(), name);
                let in_body = || self.wants_body(input.txn).then(|| posted(&input.txn.request_payload.bytes, name))?;
                self.function.hash(in_query.or_else(in_body)?)
            }
            KeySource::Sample(expression) => self.hash_value(expression.evaluate(input)?, input)?,
            KeySource::Header(expression) => self.function.hash(text(expression, input)?),
            KeySource::Domain(expression) => self.function.hash(domain(text(expression, input)?)),
        };
        Some(if self.avalanche { avalanche(hash) } else { hash })
    }

    /// Whether the key may be in the body of a request, which has to be received for it.
    pub fn wants_body(&self, txn: &Txn) -> bool {
        matches!(&self.source, KeySource::Parameter { name, in_body: true }
            if txn.request_valid
                && txn.request.method() == Method::Post
                && parameter(txn.request.target(), name).is_none())
    }

    fn hash_value<'a>(&self, value: Value<'a>, input: &Input<'a>) -> Option<u32> {
        let wanted = if self.function == HashFunction::None { Type::Str } else { Type::Bin };
        match value.cast(wanted, input.scratch)? {
            Value::Str(bytes) | Value::Bin(bytes) => Some(self.function.hash(bytes)),
            _ => None,
        }
    }
}

impl UriKey {
    fn of<'a>(self, input: &Input<'a>) -> Option<&'a [u8]> {
        let request = input.txn.request_valid.then_some(&input.txn.request)?;
        let target = request.uri();
        let mut key = match target.form() {
            TargetForm::Origin | TargetForm::Absolute if self.path_only => target.path_and_query(),
            _ => request.target(),
        };
        if !self.whole {
            key = key.split(|&byte| byte == b'?').next().unwrap_or_default();
        }
        Some(self.beginning_of(key))
    }

    /// What the limits leave.
    fn beginning_of(self, key: &[u8]) -> &[u8] {
        let limit = |limit: u32| if limit == 0 { usize::MAX } else { limit as usize };
        let mut slashes = key.iter().enumerate().filter(|&(_, &byte)| byte == b'/').map(|(at, _)| at);
        let end = slashes.nth(limit(self.depth)).unwrap_or(key.len());
        &key[..end.min(limit(self.length))]
    }
}

/// The first value of a parameter of the query. Unlike in the fetch `urlp`, ampersands alone separate parameters.
fn parameter<'a>(target: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let query = target.splitn(2, |&byte| byte == b'?').nth(1)?;
    query.split(|&byte| byte == b'&').find_map(|piece| piece.strip_prefix(name)?.strip_prefix(b"="))
}

/// The same of a body, where the value ends at a blank or the end of a line too. As measured, one that holds other characters than a token
/// may (RFC 9110 section 5.6.2) is none.
fn posted<'a>(body: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let value = body.split(|&byte| byte == b'&').find_map(|piece| piece.strip_prefix(name)?.strip_prefix(b"="))?;
    let end = value.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).unwrap_or(value.len());
    let value = &value[..end];
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    value.iter().all(is_token).then_some(value)
}

/// An address as a number; of IPv6 the four parts, one over the other.
fn number(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(address) => address.to_bits(),
        IpAddr::V6(address) => {
            let bits = address.to_bits();
            [96, 64, 32, 0].into_iter().fold(0, |number, shift| number ^ (bits >> shift) as u32)
        }
    }
}

fn text<'a>(expression: &'a Expression, input: &Input<'a>) -> Option<&'a [u8]> {
    match expression.evaluate(input)?.cast(Type::Str, input.scratch)? {
        Value::Str(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// The part in front of the last dot, back to the dot before it; all of it where there is no such dot.
fn domain(name: &[u8]) -> &[u8] {
    let dot_before = |end: usize| name[..end].iter().rposition(|&byte| byte == b'.');
    match dot_before(name.len()) {
        None | Some(0) => name,
        Some(end) => &name[dot_before(end - 1).map_or(0, |dot| dot + 1)..end],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As HAProxy 3.5 took them.
    #[test]
    fn domains() {
        for (name, expected) in [
            ("haproxy.1wt.eu", "1wt"),
            ("www.example.co.uk", "co"),
            ("www.example.com", "example"),
            ("example.com:8080", "example"),
            ("localhost", "localhost"),
            ("x:80", "x:80"),
            ("a.b", "a"),
            ("1.2.3.4", "3"),
            ("ww.foobar.com.", "com"),
            ("foobar.", "foobar"),
            (".foobar", ".foobar"),
            ("a..b", "a."),
            ("", ""),
        ] {
            assert_eq!(domain(name.as_bytes()), expected.as_bytes(), "{name}");
        }
    }

    /// As HAProxy 3.5 took them.
    #[test]
    fn parameters() {
        for (target, expected) in [
            ("/?id=a", Some("a")),
            ("/?id=", Some("")),
            ("/?id", None),
            ("/?id=&id=a", Some("")),
            ("/?ID=a", None),
            ("/?xid=a", None),
            ("/?x=1&id=a=b", Some("a=b")),
            ("/p?a=b?id=z", None),
            ("/p?id=1;b=2", Some("1;b=2")),
            ("/a/id=3", None),
        ] {
            assert_eq!(parameter(target.as_bytes(), b"id"), expected.map(str::as_bytes), "{target}");
        }
    }

    /// As HAProxy 3.5 took them.
    #[test]
    fn posted_parameters() {
        for (body, expected) in [
            ("id=abc-123", Some("abc-123")),
            ("x=1&id=abc-123", Some("abc-123")),
            ("x=1;id=abc-123", None),
            ("id=abc-123&y=2", Some("abc-123")),
            ("id=abc-123\r\n", Some("abc-123")),
            ("id=abc-123 z", Some("abc-123")),
            ("xid=abc-123", None),
            ("\nid=abc-123", None),
            ("id=&id=abc-123", Some("")),
            ("ID=abc-123", None),
            ("id=abc-123%20x", Some("abc-123%20x")),
            ("id=abc-123;q", None),
            ("id=abc-123/q", None),
            ("id=abc-123=q", None),
            ("id", None),
            ("", None),
        ] {
            assert_eq!(posted(body.as_bytes(), b"id"), expected.map(str::as_bytes), "{body}");
        }
    }

    #[test]
    fn beginnings() {
        for (length, depth, expected) in [
            (0, 0, "/abc/def/ghi"),
            (3, 0, "/ab"),
            (99, 0, "/abc/def/ghi"),
            (0, 1, "/abc"),
            (0, 2, "/abc/def"),
            (0, 3, "/abc/def/ghi"),
            (6, 2, "/abc/d"),
            (6, 1, "/abc"),
        ] {
            let key = UriKey { length, depth, ..UriKey::default() };
            assert_eq!(key.beginning_of(b"/abc/def/ghi"), expected.as_bytes(), "{key:?}");
        }
        let key = UriKey { depth: 1, ..UriKey::default() };
        assert_eq!(key.beginning_of(b"http://h/abc"), b"http:/");
    }

    #[test]
    fn numbers_of_addresses() {
        assert_eq!(number(IpAddr::from([127, 0, 0, 1])), 0x7f00_0001);
        assert_eq!(number(IpAddr::from([1, 2, 0, 0, 0, 0, 0, 3])), 0x0001_0001);
    }
}
