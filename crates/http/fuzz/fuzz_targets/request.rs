//! Request heads: in pieces as in one, and what is written parses to the same again.
#![no_main]

use burdock_http::RequestHead;
use burdock_http::h1::{HeadLimits, Parse, ParseRules, RequestParser, WriteOptions, write_request};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&flags, input)) = data.split_first() else { return };
    let rules =
        ParseRules { relaxed: flags & 1 != 0, payload_with_any_method: flags & 2 != 0, ..ParseRules::default() };
    let limits = match flags & 4 {
        0 => HeadLimits::default(),
        _ => HeadLimits { max_bytes: 64, max_headers: 4, max_bytes_rewritten: 128 },
    };
    let mut head = RequestHead::new();
    let at_once = RequestParser::new().parse(input, &limits, &rules, &mut head);

    let (mut parser, mut piecewise) = (RequestParser::new(), RequestHead::new());
    let mut in_pieces = Ok(Parse::Partial);
    for len in 0..=input.len() {
        in_pieces = parser.parse(&input[..len], &limits, &rules, &mut piecewise);
        if in_pieces != Ok(Parse::Partial) {
            break;
        }
    }
    match (at_once, in_pieces) {
        // Which of several faults is found first may differ, but not the answer.
        (Err(whole), Err(pieces)) => {
            assert_eq!(whole.kind.status(), pieces.kind.status());
            assert!(whole.offset <= input.len() && pieces.offset <= input.len());
        }
        (whole, pieces) => assert_eq!(whole, pieces),
    }
    let Ok(Parse::Complete { facts, .. }) = at_once else { return };
    assert!(same(&head, &piecewise));

    let mut wire = Vec::new();
    write_request(&head, &WriteOptions::default(), &mut wire);
    let roomy = HeadLimits { max_bytes: 1 << 20, max_headers: usize::MAX, max_bytes_rewritten: 1 << 20 };
    let mut again = RequestHead::new();
    match RequestParser::new().parse(&wire, &roomy, &rules, &mut again) {
        Ok(Parse::Complete { consumed, facts: facts_again }) => {
            assert_eq!(consumed, wire.len(), "the next hop would see a second message");
            assert_eq!(facts_again.framing, facts.framing);
            assert!(same(&head, &again));
        }
        other => panic!("{other:?} for {:?}", wire.escape_ascii().to_string()),
    }
});

fn same(one: &RequestHead, other: &RequestHead) -> bool {
    one.method_bytes() == other.method_bytes()
        && one.target() == other.target()
        && one.headers.iter().eq(other.headers.iter())
}
