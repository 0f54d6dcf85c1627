//! The `Forwarded` header field (RFC 7239; configuration manual 7.3.1), as strictly as HAProxy reads it: one element, names in lower case,
//! no blanks, no extensions, and hosts of letters, digits and dots.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Converter;
use crate::args::{ArgKind, ArgSpec};
use crate::input::Input;
use crate::value::{Type, Value};

pub(super) const CONVERTERS: &[Converter] = &[
    Converter {
        name: "rfc7239_is_valid",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Str,
        output: Type::Bool,
        doc: "Whether the text is a valid value of the Forwarded header.",
        run: |value, _, _| match value {
            Value::Str(text) => Some(Value::Bool(Element::parse(text).is_some())),
            _ => None,
        },
    },
    Converter {
        name: "rfc7239_field",
        args: ArgSpec { usage: "<field>", kinds: &[ArgKind::Text], required: 1 },
        prepare: None,
        input: Type::Str,
        output: Type::Str,
        doc: "The value of a parameter of a valid Forwarded header: proto, host, for or by.",
        run: |value, _, args| {
            let Value::Str(text) = value else { return None };
            Element::parse(text)?.values[position(args.text(0)?)?].map(Value::Str)
        },
    },
    Converter {
        name: "rfc7239_n2nn",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Str,
        output: Type::Any,
        doc: "The name of a node: an address, or a text for what is unknown or obfuscated.",
        run: |value, _, _| {
            let Value::Str(text) = value else { return None };
            Some(match node(&mut Reader { rest: text })?.name {
                NodeName::Address(address) => Value::Addr(address),
                NodeName::Text(text) => Value::Str(text),
            })
        },
    },
    Converter {
        name: "rfc7239_n2np",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Str,
        output: Type::Any,
        doc: "The port of a node: a number, or a text for one that is obfuscated.",
        run: |value, _, _| {
            let Value::Str(text) = value else { return None };
            Some(match node(&mut Reader { rest: text })?.port? {
                NodePort::Number(port) => Value::Int(i64::from(port)),
                NodePort::Obfuscated(text) => Value::Str(text),
            })
        },
    },
    Converter {
        name: "rfc7239_nn",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Any,
        output: Type::Str,
        doc: "The name of a node for an address, or an obfuscated one for a text.",
        run: |value, input, _| match value {
            Value::Addr(IpAddr::V6(address)) => Some(Value::Str(input.scratch.format(format_args!("[{address}]")))),
            Value::Addr(IpAddr::V4(_)) => value.cast(Type::Str, input.scratch),
            value => match value.cast(Type::Str, input.scratch)? {
                Value::Str(b"") => Some(Value::Str(b"unknown")),
                Value::Str(text) => obfuscated(text, input),
                _ => None,
            },
        },
    },
    Converter {
        name: "rfc7239_np",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Any,
        output: Type::Str,
        doc: "The port of a node for a number, or an obfuscated one for a text.",
        run: |value, input, _| match value {
            Value::Int(port) => Some(Value::Str(input.scratch.format(format_args!("{}", port as u32)))),
            value => match value.cast(Type::Str, input.scratch)? {
                Value::Str(text) if !text.is_empty() => obfuscated(text, input),
                _ => None,
            },
        },
    },
];

/// The identifier that hides nothing but its origin: the text behind an underscore.
fn obfuscated<'a>(text: &[u8], input: &Input<'a>) -> Option<Value<'a>> {
    if !text.iter().copied().all(is_obfuscated) {
        return None;
    }
    let copy = input.scratch.zeros(text.len() + 1);
    copy[0] = b'_';
    copy[1..].copy_from_slice(text);
    Some(Value::Str(copy))
}

const FIELDS: [&[u8]; 4] = [b"proto", b"host", b"for", b"by"];

fn position(name: &[u8]) -> Option<usize> {
    FIELDS.iter().position(|known| *known == name)
}

/// The parameters of one element, each of which can be there once.
#[derive(Default)]
struct Element<'a> {
    /// In the order of [`FIELDS`], without their quotes.
    values: [Option<&'a [u8]>; FIELDS.len()],
}

impl<'a> Element<'a> {
    fn parse(text: &'a [u8]) -> Option<Self> {
        let mut element = Self::default();
        let mut reader = Reader { rest: text };
        loop {
            let field = position(reader.run(|byte| byte.is_ascii_lowercase()))?;
            reader.expect(b'=')?;
            if element.values[field].replace(value(field, &mut reader)?).is_some() {
                return None;
            }
            if reader.rest.is_empty() {
                return Some(element);
            }
            reader.expect(b';')?;
        }
    }
}

/// The value of the field with that index. Only quotes make room for ports and brackets.
fn value<'a>(field: usize, reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let protocol = field == 0;
    let quoted = !protocol && reader.take(b'"');
    let start = reader.rest;
    let read = match field {
        0 => matches!(reader.run(|byte| byte.is_ascii_lowercase()), b"http" | b"https"),
        1 if quoted => host(reader).is_some(),
        1 => !reader.run(is_host).is_empty(),
        _ if quoted => node(reader).is_some(),
        _ => start.first() != Some(&b'[') && node_name(reader).is_some(),
    };
    if !read {
        return None;
    }
    let value = &start[..start.len() - reader.rest.len()];
    if quoted {
        reader.expect(b'"')?;
    }
    Some(value)
}

/// A host that may be empty, with a port or without.
fn host(reader: &mut Reader<'_>) -> Option<()> {
    if reader.rest.first() == Some(&b'[') {
        bracketed(reader)?;
    } else {
        reader.run(is_host);
    }
    if reader.take(b':') {
        reader.port()?;
    }
    Some(())
}

struct Node<'a> {
    name: NodeName<'a>,
    port: Option<NodePort<'a>>,
}

enum NodeName<'a> {
    Address(IpAddr),
    /// `unknown`, or an obfuscated identifier.
    Text(&'a [u8]),
}

enum NodePort<'a> {
    Number(u16),
    Obfuscated(&'a [u8]),
}

/// A node (RFC 7239 section 6). What follows it stays unread.
fn node<'a>(reader: &mut Reader<'a>) -> Option<Node<'a>> {
    let name = node_name(reader)?;
    if !reader.take(b':') {
        return Some(Node { name, port: None });
    }
    let port = match reader.identifier() {
        Some(text) => NodePort::Obfuscated(text),
        None => NodePort::Number(reader.port()?),
    };
    Some(Node { name, port: Some(port) })
}

fn node_name<'a>(reader: &mut Reader<'a>) -> Option<NodeName<'a>> {
    const UNKNOWN: &[u8] = b"unknown";
    if let Some(rest) = reader.rest.strip_prefix(UNKNOWN) {
        reader.rest = rest;
        return Some(NodeName::Text(UNKNOWN));
    }
    match reader.rest.first()? {
        b'_' => reader.identifier().map(NodeName::Text),
        b'[' => bracketed(reader).map(|address| NodeName::Address(address.into())),
        _ => {
            let text = reader.run(|byte| byte.is_ascii_digit() || byte == b'.');
            let address: Ipv4Addr = std::str::from_utf8(text).ok()?.parse().ok()?;
            Some(NodeName::Address(address.into()))
        }
    }
}

/// An address of IPv6 in brackets, without a dotted part.
fn bracketed(reader: &mut Reader<'_>) -> Option<Ipv6Addr> {
    reader.expect(b'[')?;
    let text = reader.run(|byte| byte.is_ascii_hexdigit() || byte == b':');
    reader.expect(b']')?;
    std::str::from_utf8(text).ok()?.parse().ok()
}

const fn is_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'.'
}

const fn is_obfuscated(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// What of a text is still to be read.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, byte: u8) -> bool {
        let Some(rest) = self.rest.strip_prefix(&[byte]) else { return false };
        self.rest = rest;
        true
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.take(byte).then_some(())
    }

    /// As many bytes as fit; there may be none.
    fn run(&mut self, fits: fn(u8) -> bool) -> &'a [u8] {
        let length = self.rest.iter().position(|byte| !fits(*byte)).unwrap_or(self.rest.len());
        let (run, rest) = self.rest.split_at(length);
        self.rest = rest;
        run
    }

    /// An underscore with something behind it.
    fn identifier(&mut self) -> Option<&'a [u8]> {
        if self.rest.first() != Some(&b'_') {
            return None;
        }
        Some(self.run(is_obfuscated)).filter(|text| text.len() > 1)
    }

    /// Any number of digits that make a port; none is zero.
    fn port(&mut self) -> Option<u16> {
        let digits = self.run(|byte| byte.is_ascii_digit());
        std::str::from_utf8(digits).ok()?.parse().ok().filter(|port| *port != 0)
    }
}

#[cfg(test)]
mod tests {
    use crate::convert::testing::{check, check_value};
    use crate::value::Value;

    fn text(text: &'static str) -> Value<'static> {
        Value::Str(text.as_bytes())
    }

    #[test]
    fn valid() {
        for value in [
            "for=127.0.0.1;proto=http",
            "for=unknown",
            "for=_obfs",
            "for=_a.b-c_d",
            "for=\"1.2.3.4:80\"",
            "for=\"1.2.3.4:65535\"",
            "for=\"1.2.3.4:000080\"",
            "for=\"1.2.3.4:_x\"",
            "for=\"_o:_x\"",
            "for=\"[FE80::1]\"",
            "for=\"unknown:132\";host=\"[::1]:65535\";by=\"_obfs:_port\";proto=https",
            "by=\"[::1]:3\"",
            "by=_h;for=_g;host=x;proto=http",
            "host=h",
            "host=A.b.",
            "host=a..b",
            "host=1.2.3.999",
            "host=\"h:80\"",
            "host=\"h:0000080\"",
            "host=\"\"",
            "host=\":80\"",
        ] {
            check_value(text(value), "rfc7239_is_valid", Some("1"));
        }
    }

    #[test]
    fn invalid() {
        for value in [
            "",
            ";",
            "\"",
            "1.2.3.4",
            "proto=custom",
            "proto=httpx",
            "PROTO=HTTPS",
            "proto=\"http\"",
            "proto=http;",
            "proto=http;;for=_a",
            "proto=http; for=_a",
            "proto=http ",
            "proto= http",
            "proto=http;proto=http",
            "proto=http;ext=1",
            "for=_a;by=_b;for=_c",
            "for=_a, for=_b",
            "for=UNKNOWN",
            "for=unknown_a",
            "for=_",
            "for=_a!",
            "for=obfs",
            "for=1.2.3.4:80",
            "for=01.2.3.4",
            "for=\"1.2.3.4:65536\"",
            "for=\"1.2.3.4:4294967376\"",
            "for=\"1.2.3.4:0\"",
            "for=\"1.2.3.4:\"",
            "for=\"1.2.3.4:x\"",
            "for=\"1.2.3.4:_\"",
            "for=\"::1\"",
            "for=\"[::1\"",
            "for=[::1]",
            "for=\"[::ffff:1.2.3.4]\"",
            "for=\"[::1]x\"",
            "for=\"[::1]:\"",
            "for=\"1.2.3\"",
            "for=",
            "for=\"\"",
            "for=\"_a",
            "for=\"_a\"x",
            "for=\"_a\\b\"",
            "fore=\"unknown:132\"",
            "host=",
            "host=h:80",
            "host=\"h:\"",
            "host=\"h:0\"",
            "host=\"h:99999\"",
            "host=\"h:_b\"",
            "host=\"[::1\"",
            "host=\"[1.2.3.4]\"",
            "host=a-b",
            "host=a_b",
            "host=\"a b\"",
        ] {
            check_value(text(value), "rfc7239_is_valid", Some("0"));
        }
    }

    #[test]
    fn fields() {
        for (value, field, expected) in [
            ("proto=https;host=\"haproxy.org:80\"", "host", Some("haproxy.org:80")),
            ("proto=https;for=\"127.0.0.1:9999\"", "for", Some("127.0.0.1:9999")),
            ("proto=https;host=h", "proto", Some("https")),
            ("host=\"\"", "host", Some("")),
            ("host=h;proto=http;foo=1", "host", None),
            ("proto=http", "host", None),
            ("proto=http", "other", None),
            ("proto=http", "PROTO", None),
        ] {
            check_value(text(value), &format!("rfc7239_field({field})"), expected);
        }
    }

    #[test]
    fn names_and_ports_of_nodes() {
        for (value, name, port) in [
            ("127.0.0.1:9999", Some("127.0.0.1"), Some("9999")),
            ("[ab:cd:ff:ff:ff:ff:ff:ff]:9998", Some("ab:cd:ff:ff:ff:ff:ff:ff"), Some("9998")),
            ("_name:_port", Some("_name"), Some("_port")),
            ("unknown", Some("unknown"), None),
            ("unknownx", Some("unknown"), None),
            ("unknown:7", Some("unknown"), Some("7")),
            ("UNKNOWN:8", None, None),
            ("::1", None, None),
            ("[::1]", Some("::1"), None),
            ("[::1]x", Some("::1"), None),
            ("[::ffff:1.2.3.4]", None, None),
            ("1.2.3.4x", Some("1.2.3.4"), None),
            ("1.2.3.4.5", None, None),
            ("1.2.3.4:", None, None),
            ("1.2.3.4:0", None, None),
            ("1.2.3.4:65536", None, None),
            ("1.2.3.4:000001", Some("1.2.3.4"), Some("1")),
            ("1.2.3.4:8x", Some("1.2.3.4"), Some("8")),
            ("1.2.3.4:_a!", Some("1.2.3.4"), Some("_a")),
            ("1.2.3.4:_", None, None),
            ("_a b", Some("_a"), None),
            ("_", None, None),
            ("foo:80", None, None),
            ("", None, None),
        ] {
            check_value(text(value), "rfc7239_n2nn", name);
            check_value(text(value), "rfc7239_n2np", port);
        }
    }

    #[test]
    fn nodes_made() {
        for (expression, expected) in [
            ("src,rfc7239_nn", Some("10.0.0.9")),
            ("str(unknown),rfc7239_nn", Some("_unknown")),
            ("str(_),rfc7239_nn", Some("__")),
            ("str(_a!),rfc7239_nn", None),
            ("str(),rfc7239_nn", Some("unknown")),
            ("str(1.2.3.4),rfc7239_nn", Some("_1.2.3.4")),
            ("str(::1),rfc7239_nn", None),
            ("int(5),rfc7239_nn", Some("_5")),
            ("int(80),rfc7239_np", Some("80")),
            ("int(-1),rfc7239_np", Some("4294967295")),
            ("int(65536),rfc7239_np", Some("65536")),
            ("str(80),rfc7239_np", Some("_80")),
            ("str(_a),rfc7239_np", Some("__a")),
            ("str(),rfc7239_np", None),
            ("bool(true),rfc7239_np", Some("_1")),
            ("src,rfc7239_np", Some("_10.0.0.9")),
        ] {
            check(expression, expected);
        }
        for (address, expected) in [("::1", "[::1]"), ("::ffff:1.2.3.4", "[::ffff:1.2.3.4]")] {
            check_value(Value::Addr(address.parse().unwrap()), "rfc7239_nn", Some(expected));
        }
    }
}
