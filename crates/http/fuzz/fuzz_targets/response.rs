//! Response heads: in pieces as in one, and what is written parses to the same again; and error files.
#![no_main]

use burdock_http::h1::{HeadLimits, Parse, ParseRules, RequestContext, ResponseParser, WriteOptions, write_response};
use burdock_http::{Method, Reply, ResponseHead};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&flags, input)) = data.split_first() else { return };
    let _ = Reply::parse(input);
    let rules = ParseRules { relaxed: flags & 1 != 0, ..ParseRules::default() };
    let method = [Method::Get, Method::Head, Method::Connect, Method::Post][usize::from(flags >> 1 & 3)];
    let request = RequestContext { method, upgrade: flags & 8 != 0 };
    let limits = HeadLimits::default();
    let mut head = ResponseHead::new();
    let at_once = ResponseParser::new().parse(input, &limits, &rules, request, &mut head);

    let (mut parser, mut piecewise) = (ResponseParser::new(), ResponseHead::new());
    let mut in_pieces = Ok(Parse::Partial);
    for len in 0..=input.len() {
        in_pieces = parser.parse(&input[..len], &limits, &rules, request, &mut piecewise);
        if in_pieces != Ok(Parse::Partial) {
            break;
        }
    }
    match (at_once, in_pieces) {
        // Which of several faults is found first may differ; the answer is 502 anyway.
        (Err(_), Err(_)) => {}
        (whole, pieces) => assert_eq!(whole, pieces),
    }
    let Ok(Parse::Complete { facts, .. }) = at_once else { return };
    assert!(same(&head, &piecewise));

    let mut wire = Vec::new();
    write_response(&head, &WriteOptions::default(), &mut wire);
    let mut again = ResponseHead::new();
    let roomy = HeadLimits { max_bytes: 1 << 20, max_headers: usize::MAX, max_bytes_rewritten: 1 << 20 };
    match ResponseParser::new().parse(&wire, &roomy, &rules, request, &mut again) {
        Ok(Parse::Complete { consumed, facts: facts_again }) => {
            assert_eq!(consumed, wire.len(), "the next hop would see a second message");
            assert_eq!((facts_again.framing, facts_again.tunnel), (facts.framing, facts.tunnel));
            assert!(same(&head, &again));
        }
        other => panic!("{other:?} for {:?}", wire.escape_ascii().to_string()),
    }
});

fn same(one: &ResponseHead, other: &ResponseHead) -> bool {
    one.status == other.status
        // A missing reason gains the default one.
        && (one.reason() == other.reason() || one.reason().is_empty())
        && one.headers.iter().eq(other.headers.iter())
}
