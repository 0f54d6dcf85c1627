use super::*;

fn limits() -> HeadLimits {
    HeadLimits { max_bytes: 200, max_headers: 4, ..HeadLimits::default() }
}

/// Feeds `input` in pieces that end at `cuts`, keeping what was not consumed, as a connection's buffer does.
/// Returns payload, unused bytes and trailers.
fn decode(framing: BodyFraming, input: &[u8], cuts: &[usize]) -> Result<(Vec<u8>, Vec<u8>, Headers), BodyError> {
    let (mut decoder, mut payload, mut trailers) = (BodyDecoder::new(framing), Vec::new(), Headers::new());
    let mut buffer = Vec::new();
    let mut fed = 0;
    for &cut in cuts.iter().chain([&input.len()]) {
        buffer.extend_from_slice(&input[fed..cut]);
        fed = cut;
        loop {
            let decoded = decoder.decode(&buffer, &limits(), &mut trailers)?;
            assert!(decoded.payload.is_empty() || decoded.payload.end <= decoded.consumed);
            payload.extend_from_slice(&buffer[decoded.payload]);
            buffer.drain(..decoded.consumed);
            assert_eq!(decoded.finished, decoder.is_finished());
            if decoded.finished || decoded.consumed == 0 {
                break;
            }
        }
    }
    decoder.end_of_input()?;
    Ok((payload, buffer, trailers))
}

#[test]
fn every_split_gives_the_same() {
    let chunked = b"3;x=\"y;\"\r\nabc\r\n00a \r\n0123456789\r\n0\r\nX: 1\r\n 2\r\nHost: h\r\nY: 3\r\n\r\nnext";
    for (framing, input, payload, rest) in [
        (BodyFraming::Chunked, &chunked[..], "abc0123456789", "next"),
        (BodyFraming::Length(5), b"abcdenext", "abcde", "next"),
        (BodyFraming::Length(0), b"next", "", "next"),
        (BodyFraming::None, b"next", "", "next"),
        (BodyFraming::UntilClose, b"abc", "abc", ""),
    ] {
        for first in 0..=input.len() {
            for second in first..=input.len() {
                let (found, unused, trailers) = decode(framing, input, &[first, second]).unwrap();
                assert_eq!(
                    (found.as_slice(), unused.as_slice()),
                    (payload.as_bytes(), rest.as_bytes()),
                    "{first} {second}"
                );
                let names: Vec<_> = trailers.iter().map(|h| (h.name, h.value)).collect();
                let expected: &[(&[u8], &[u8])] =
                    if framing == BodyFraming::Chunked { &[(b"x", b"1   2"), (b"y", b"3")] } else { &[] };
                assert_eq!(names, expected);
            }
        }
    }
}

#[test]
fn one_call_takes_framing_around_one_payload() {
    let mut decoder = BodyDecoder::new(BodyFraming::Chunked);
    let mut trailers = Headers::new();
    let input = b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nnext";
    let first = decoder.decode(input, &limits(), &mut trailers).unwrap();
    assert_eq!(first, Decoded { consumed: 11, payload: 3..6, finished: false });
    let second = decoder.decode(&input[11..], &limits(), &mut trailers).unwrap();
    assert_eq!(second, Decoded { consumed: 9, payload: 0..2, finished: true });
    let after = decoder.decode(b"next", &limits(), &mut trailers).unwrap();
    assert_eq!(after, Decoded { consumed: 0, payload: 0..0, finished: true });
}

#[test]
fn chunk_sizes() {
    let line = |text: &str| {
        let mut decoder = BodyDecoder::new(BodyFraming::Chunked);
        decoder.decode(text.as_bytes(), &limits(), &mut Headers::new()).map(|_| decoder.known_remaining())
    };
    for (text, expected) in [
        ("fffffffffffff\r\n", Ok(Some(0xf_ffff_ffff_ffff))),
        ("10000000000000\r\n", Err(BodyError::ChunkSize)),
        ("ffffffffffffffff\r\n", Err(BodyError::ChunkSize)),
        ("00000000000000000000000000012\r\n", Ok(Some(0x12))),
        ("12\r", Ok(None)),
        ("12", Ok(None)),
    ] {
        assert_eq!(line(text), expected, "{text:?}");
    }
    let padded = |len: usize| format!("3;{}\r\n", "a".repeat(len - 3));
    assert_eq!(line(&padded(MAX_SIZE_LINE as usize)), Ok(Some(3)));
    assert_eq!(line(&padded(MAX_SIZE_LINE as usize + 1)), Err(BodyError::ChunkSize));
    assert_eq!(line(&"0".repeat(MAX_SIZE_LINE as usize + 1)), Err(BodyError::ChunkSize));
}

#[test]
fn trailer_limits() {
    let body = |trailers: &str| decode(BodyFraming::Chunked, format!("0\r\n{trailers}").as_bytes(), &[]).map(|_| ());
    for (trailers, expected) in [
        ("X: 1\r\nX: 1\r\nX: 1\r\n\r\n".to_owned(), Ok(())),
        ("X: 1\r\nX: 1\r\nX: 1\r\nX: 1\r\n\r\n".to_owned(), Err(BodyError::TrailersTooLarge)),
        (format!("X: {}\r\n\r\n", "a".repeat(193)), Ok(())),
        (format!("X: {}\r\n\r\n", "a".repeat(194)), Err(BodyError::TrailersTooLarge)),
        ("X : 1\r\n\r\n".to_owned(), Err(BodyError::Trailers)),
        ("X: 1\r\n".to_owned(), Err(BodyError::Truncated)),
    ] {
        assert_eq!(body(&trailers), expected, "{trailers:?}");
    }
}

#[test]
fn truncation() {
    for (framing, input, expected) in [
        (BodyFraming::Length(5), "abcd", Err(BodyError::Truncated)),
        (BodyFraming::Length(5), "abcde", Ok(())),
        (BodyFraming::Chunked, "3\r\nabc\r\n", Err(BodyError::Truncated)),
        (BodyFraming::Chunked, "3\r\nabc\r\n0\r\n", Err(BodyError::Truncated)),
        (BodyFraming::Chunked, "", Err(BodyError::Truncated)),
        (BodyFraming::UntilClose, "abc", Ok(())),
    ] {
        assert_eq!(decode(framing, input.as_bytes(), &[]).map(|_| ()), expected, "{framing:?} {input:?}");
    }
}

#[test]
fn payload_that_bypasses_the_decoder() {
    let mut trailers = Headers::new();
    let mut counted = BodyDecoder::new(BodyFraming::Length(10));
    counted.decode(b"abc", &limits(), &mut trailers).unwrap();
    assert!(counted.is_in_payload());
    assert_eq!(counted.known_remaining(), Some(7));
    counted.skip_payload(7);
    assert!(counted.is_finished() && counted.known_remaining() == Some(0));

    let mut chunked = BodyDecoder::new(BodyFraming::Chunked);
    assert!(!chunked.is_in_payload());
    chunked.decode(b"5\r\n", &limits(), &mut trailers).unwrap();
    assert!(chunked.is_in_payload());
    chunked.skip_payload(5);
    let end = chunked.decode(b"\r\n0\r\n\r\n", &limits(), &mut trailers).unwrap();
    assert!(end.finished);
}
