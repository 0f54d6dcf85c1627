//! Bodies: every split of the input decodes to the same, and what is encoded decodes to the payload again.
#![no_main]

use burdock_http::Headers;
use burdock_http::h1::{BodyDecoder, BodyEncoder, BodyError, BodyFraming, HeadLimits, ParseRules};
use libfuzzer_sys::fuzz_target;

struct Body {
    payload: Vec<u8>,
    trailers: Headers,
    unused: Vec<u8>,
}

fuzz_target!(|data: &[u8]| {
    let [flags, steps, input @ ..] = data else { return };
    let rules = ParseRules { relaxed: flags & 1 != 0, ..ParseRules::default() };
    let framing = match flags >> 1 & 3 {
        0 => BodyFraming::Length(u64::from(*steps)),
        1 => BodyFraming::UntilClose,
        _ => BodyFraming::Chunked,
    };
    let at_once = decode(framing, &rules, input, input.len().max(1));
    let in_pieces = decode(framing, &rules, input, usize::from(*steps) % 7 + 1);
    let body = match (at_once, in_pieces) {
        (Err(_), Err(_)) => return,
        (Ok(whole), Ok(pieces)) => {
            assert_eq!(whole.payload, pieces.payload);
            assert_eq!(whole.unused, pieces.unused);
            assert!(whole.trailers.iter().eq(pieces.trailers.iter()));
            whole
        }
        (whole, pieces) => panic!("{:?} against {:?}", whole.err(), pieces.err()),
    };

    let mut encoder = BodyEncoder::new(BodyFraming::Chunked);
    let mut wire = Vec::new();
    for piece in body.payload.chunks(usize::from(*steps).max(1)) {
        let frame = encoder.frame(piece.len(), false).unwrap();
        wire.extend_from_slice(frame.prefix());
        wire.extend_from_slice(piece);
        wire.extend_from_slice(frame.suffix());
    }
    encoder.finish_with_trailers(&body.trailers, &mut wire).unwrap();
    wire.extend_from_slice(b"next");
    let again = decode(BodyFraming::Chunked, &rules, &wire, wire.len()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(again.payload, body.payload);
    assert_eq!(again.unused, b"next");
    assert!(again.trailers.iter().eq(body.trailers.iter()));
});

/// Feeds `input` in pieces of `step` bytes, keeping what was not consumed.
fn decode(framing: BodyFraming, rules: &ParseRules, input: &[u8], step: usize) -> Result<Body, BodyError> {
    let limits = HeadLimits { max_bytes: 1 << 16, max_headers: 1000, max_bytes_rewritten: 1 << 17 };
    let mut decoder = BodyDecoder::with_rules(framing, rules);
    let mut body = Body { payload: Vec::new(), trailers: Headers::new(), unused: Vec::new() };
    for piece in input.chunks(step) {
        body.unused.extend_from_slice(piece);
        loop {
            let decoded = decoder.decode(&body.unused, &limits, &mut body.trailers)?;
            assert!(decoded.consumed <= body.unused.len());
            assert!(decoded.payload.is_empty() || decoded.payload.end <= decoded.consumed);
            body.payload.extend_from_slice(&body.unused[decoded.payload]);
            body.unused.drain(..decoded.consumed);
            if decoded.finished || decoded.consumed == 0 {
                break;
            }
        }
    }
    decoder.end_of_input()?;
    Ok(body)
}
