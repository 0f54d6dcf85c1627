use super::*;
use crate::record::stream_header;

/// A record with as much padding as is usual.
fn record(kind: Kind, request: RequestId, content: &[u8]) -> Vec<u8> {
    let padding = content.len().wrapping_neg() % 8;
    let mut out = stream_header(kind, request, content.len()).to_vec();
    out[6] = padding as u8;
    out.extend_from_slice(content);
    out.resize(out.len() + padding, 0xaa);
    out
}

/// What an application has said, with payload joined, when it comes in pieces of that size.
fn read(input: &[u8], piece: usize) -> Result<Vec<String>, Fault> {
    let (mut decoder, mut ends) = (Decoder::default(), 0);
    let (mut waiting, mut said) = (Vec::new(), Vec::<String>::new());
    for part in input.chunks(piece) {
        waiting.extend_from_slice(part);
        while let Some(step) = decoder.step(&waiting)? {
            let text = |range: Range<usize>| String::from_utf8_lossy(&waiting[range]).into_owned();
            match step.event {
                None => {}
                Some(Event::Output { request, output, payload, ends_record }) => {
                    ends += usize::from(ends_record);
                    let (label, more) = (format!("{request} {output:?}: "), text(payload));
                    match said.last_mut() {
                        Some(last) if last.starts_with(&label) => last.push_str(&more),
                        _ => said.push(label + &more),
                    }
                }
                Some(Event::OutputEnd { request, output }) => said.push(format!("{request} {output:?} ends")),
                Some(Event::End { request, status }) => said.push(format!("{request} {status:?}")),
                Some(Event::Values(range)) => said.push(format!("values {}", text(range))),
                Some(Event::UnknownType) => said.push("unknown".into()),
            }
            waiting.drain(..step.consumed);
        }
    }
    assert!(waiting.len() < HEADER_LEN + MAX_CONTROL);
    assert!(ends <= input.len() / HEADER_LEN, "a record has one end");
    Ok(said)
}

#[test]
fn conversations_in_pieces_of_every_size() {
    let end = |status: u8| [0, 0, 0, 7, status, 0, 0, 0];
    let check = |records: &[Vec<u8>], expected: &[&str]| {
        let input = records.concat();
        for piece in 1..=input.len() {
            assert_eq!(read(&input, piece).unwrap(), expected, "{piece}");
        }
    };
    check(
        &[
            record(Kind::Stdout, 1, b"Status: 200\r\n\r\nhello"),
            record(Kind::Stdout, 1, b""),
            record(Kind::EndRequest, 1, &end(0)),
        ],
        &["1 Stdout: Status: 200\r\n\r\nhello", "1 Stdout ends", "1 Complete"],
    );
    check(
        &[
            record(Kind::Stderr, 2, b"oh"),
            record(Kind::Stdout, 1, b"a"),
            record(Kind::EndRequest, 2, &end(2)),
            record(Kind::Stdout, 1, b"b"),
        ],
        &["2 Stderr: oh", "1 Stdout: a", "2 Overloaded", "1 Stdout: b"],
    );
    check(
        &[record(Kind::GetValuesResult, 0, b"xy"), record(Kind::UnknownType, 0, &[9; 8]), record(Kind::Stdin, 1, b"?")],
        &["values xy", "unknown"],
    );
    check(
        &[
            record(Kind::Other(99), 1, b"future"),
            record(Kind::EndRequest, 1, &end(1)),
            record(Kind::EndRequest, 1, &end(3)),
        ],
        &["1 CannotMultiplex", "1 UnknownRole"],
    );
}

#[test]
fn what_is_no_fastcgi() {
    let check = |input: &[u8], expected| assert_eq!(read(input, input.len()), Err(expected));
    check(b"HTTP/1.1 400 Bad Request\r\n", Fault::Version(b'H'));
    check(&[2], Fault::Version(2));
    check(&record(Kind::EndRequest, 1, &[0; 7]), Fault::Length(Kind::EndRequest));
    check(&stream_header(Kind::GetValuesResult, 0, MAX_CONTROL + 1), Fault::Length(Kind::GetValuesResult));
}

#[test]
fn ends_of_records_are_known() {
    let mut decoder = Decoder::default();
    assert!(decoder.is_between_records());
    let input = record(Kind::Stdout, 1, b"abc");
    let first = decoder.step(&input).unwrap().unwrap();
    assert!(!decoder.is_between_records());
    assert_eq!(decoder.next_response(), Some(1));
    let second = decoder.step(&input[first.consumed..]).unwrap().unwrap();
    assert!(matches!(second.event, Some(Event::Output { ends_record: true, .. })));
    assert_eq!(decoder.next_response(), None);
    assert!(!decoder.is_between_records(), "padding is to come");
    decoder.step(&input[first.consumed + second.consumed..]).unwrap().unwrap();
    assert!(decoder.is_between_records());
}
