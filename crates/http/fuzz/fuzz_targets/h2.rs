//! HTTP/2 requests: what is taken from a client reads as one message of HTTP/1, and as the same one again when it went on over HTTP/2.
#![no_main]

use burdock_http::RequestHead;
use burdock_http::h1::{
    BodyFraming, FramingHeader, HeadLimits, Parse, ParseRules, RequestParser, WriteOptions, write_request,
};
use burdock_http::h2::{Outgoing, request, request_head, trailer_map, trailers};
use http::uri::{Authority, Parts, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use libfuzzer_sys::fuzz_target;

const ROOMY: HeadLimits = HeadLimits { max_bytes: 1 << 20, max_headers: 1 << 10, max_bytes_rewritten: 1 << 21 };

// A line each for `:method`, `:scheme`, `:authority`, `:path` and `:protocol`, then `name:value`.
fuzz_target!(|data: &[u8]| {
    let Some((&flags, input)) = data.split_first() else { return };
    let end_stream = flags & 1 != 0;
    let mut lines = input.split(|&byte| byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let Ok(method) = Method::from_bytes(line()) else { return };
    let Some(uri) = uri(line(), line(), line()) else { return };
    let protocol = line();
    let Ok(protocol) = std::str::from_utf8(protocol) else { return };
    let protocol = (flags & 2 != 0).then_some(protocol);
    let fields = fields(lines);

    let mut own = burdock_http::Headers::new();
    if trailers(&fields, &ROOMY, &mut own).is_ok() {
        assert_eq!(trailer_map(&own).unwrap().len(), fields.len(), "a trailer got lost");
    }

    let mut incoming = Request::new(());
    (*incoming.method_mut(), *incoming.uri_mut(), *incoming.headers_mut()) = (method, uri, fields);
    let parts = incoming.into_parts().0;
    let mut head = RequestHead::new();
    let Ok(facts) = request_head(&parts, protocol, end_stream, &ROOMY, &mut head) else {
        assert!(head.headers.is_empty() && head.target().is_empty());
        return;
    };

    let framing = FramingHeader::guarding(&head.headers, facts.framing);
    let mut wire = Vec::new();
    write_request(&head, &WriteOptions { framing, ..WriteOptions::default() }, &mut wire);
    let rules = ParseRules { relaxed: true, ..ParseRules::default() };
    let mut again = RequestHead::new();
    match RequestParser::new().parse(&wire, &ROOMY, &rules, &mut again) {
        Ok(Parse::Complete { consumed, facts: seen }) => {
            assert_eq!(consumed, wire.len(), "the next hop would see a second message");
            assert_eq!(seen.framing, facts.framing);
            assert_eq!(again.method_bytes(), head.method_bytes());
            assert_eq!(again.target(), head.wire_target());
        }
        other => panic!("{other:?} for {:?}", wire.escape_ascii().to_string()),
    }

    let Ok(Outgoing { request, protocol }) = request(&head, framing) else { return };
    let parts = request.into_parts().0;
    let ends = end_stream && facts.framing != BodyFraming::UntilClose;
    let mut next = RequestHead::new();
    let seen = request_head(&parts, protocol.as_deref(), ends, &ROOMY, &mut next).unwrap();
    assert_eq!(seen.framing, facts.framing);
    assert_eq!(next.method_bytes(), head.method_bytes());
    if head.target() != b"*" {
        assert_eq!(next.uri().path_and_query(), head.uri().path_and_query());
    }
});

fn uri(scheme: &[u8], authority: &[u8], path: &[u8]) -> Option<Uri> {
    let mut parts = Parts::default();
    if !authority.is_empty() {
        parts.authority = Some(Authority::try_from(authority).ok()?);
        if !scheme.is_empty() {
            parts.scheme = Some(Scheme::try_from(scheme).ok()?);
        }
    }
    if !path.is_empty() {
        parts.path_and_query = Some(PathAndQuery::try_from(path).ok()?);
    }
    Uri::from_parts(parts).ok()
}

fn fields<'a>(lines: impl Iterator<Item = &'a [u8]>) -> HeaderMap {
    let mut fields = HeaderMap::new();
    for line in lines {
        let at = line.iter().position(|&byte| byte == b':').unwrap_or(line.len());
        let value = line.get(at + 1..).unwrap_or_default();
        if let (Ok(name), Ok(value)) = (HeaderName::from_lowercase(&line[..at]), HeaderValue::from_bytes(value)) {
            fields.append(name, value);
        }
    }
    fields
}
