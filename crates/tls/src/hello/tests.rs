use super::*;

/// A ClientHello with these ciphers and extensions.
fn message(ciphers: &[u8], extensions: &[(u16, &[u8])]) -> Vec<u8> {
    let mut list = Vec::new();
    for (kind, data) in extensions {
        list.extend_from_slice(&kind.to_be_bytes());
        list.extend_from_slice(&counted(2, data));
    }
    let mut body = vec![3, 3];
    body.extend_from_slice(&[7; 32]);
    body.extend_from_slice(&counted(1, b"id"));
    body.extend_from_slice(&counted(2, ciphers));
    body.extend_from_slice(&counted(1, &[0]));
    body.extend_from_slice(&counted(2, &list));
    [&[CLIENT_HELLO][..], &counted(3, &body)].concat()
}

/// The same in its record.
fn hello(ciphers: &[u8], extensions: &[(u16, &[u8])]) -> Vec<u8> {
    in_record(&message(ciphers, extensions))
}

fn in_record(payload: &[u8]) -> Vec<u8> {
    [&[HANDSHAKE_RECORD, 3, 1][..], &counted(2, payload)].concat()
}

/// Bytes behind their count.
fn counted(width: usize, bytes: &[u8]) -> Vec<u8> {
    let count = (bytes.len() as u32).to_be_bytes();
    [&count[4 - width..], bytes].concat()
}

fn named(host: &[u8]) -> Vec<u8> {
    counted(2, &[&[HOST_NAME][..], &counted(2, host)].concat())
}

#[test]
fn no_cut_is_taken_for_the_whole() {
    let name = named(b"example.com");
    let stream = hello(&[0x13, 1, 0, 0x2f], &[(23, b""), (0, &name)]);
    for end in 0..stream.len() {
        assert_eq!(client_hello(&stream[..end]), Parsed::Partial, "{end} bytes");
    }
    let Parsed::Complete(body) = client_hello(&stream) else { panic!("complete") };
    let hello = ClientHello::parse(&body).unwrap();
    assert_eq!((hello.version, hello.ciphers), ((3, 3), &[0x13, 1, 0, 0x2f][..]));
    assert_eq!((hello.random, hello.session_id), (&[7; 32][..], &b"id"[..]));
    assert_eq!(hello.server_name(), Some(&b"example.com"[..]));
    assert_eq!((hello.protocols().count(), hello.extension(Extension::SessionTicket)), (0, None));
    assert_eq!(hello.versions().collect::<Vec<_>>(), [0x0303]);
}

#[test]
fn lists_of_extensions() {
    let protocols = counted(2, &[counted(1, b"h2"), counted(1, b"http/1.1")].concat());
    let versions = counted(1, &[0x5a, 0x5a, 3, 4, 3, 3]);
    let formats = counted(1, &[0]);
    let message = message(&[0x13, 1], &[(0x3a3a, b""), (16, &protocols), (43, &versions), (11, &formats)]);
    let hello = ClientHello::parse(&message[4..]).unwrap();
    assert_eq!(hello.protocols().collect::<Vec<_>>(), [&b"h2"[..], b"http/1.1"]);
    assert_eq!(hello.versions().collect::<Vec<_>>(), [0x5a5a, 0x0304, 0x0303]);
    assert_eq!(hello.list_in(Extension::PointFormats), Some(&[0][..]));
    let kinds: Vec<_> = hello.extensions().map(|(kind, _)| kind).filter(|kind| !is_grease(*kind)).collect();
    assert_eq!(kinds, [16, 43, 11]);
}

#[test]
fn what_is_grease() {
    let all: Vec<u16> = (0..=u16::MAX).filter(|number| is_grease(*number)).collect();
    assert_eq!((all.len(), all[0], all[15]), (16, 0x0a0a, 0xfafa));
    assert!(!is_grease(0x0a1a) && !is_grease(0x1301));
}

#[test]
fn messages_over_several_records() {
    let whole = message(&[0x13, 1], &[(0, &named(b"a.example"))]);
    for first in 1..whole.len() {
        let stream = [in_record(&whole[..first]), in_record(&whole[first..])].concat();
        let Parsed::Complete(body) = client_hello(&stream) else { panic!("cut at {first}") };
        assert_eq!(&body[..], &whole[4..], "cut at {first}");
        assert_eq!(client_hello(&stream[..stream.len() - 1]), Parsed::Partial, "cut at {first}");
        assert_eq!(client_hello(&stream[..first + 5]), Parsed::Partial, "cut at {first}");
        let other = [in_record(&whole[..first]), b"\x15\x03\x01\x00\x02\x02\x28".to_vec()].concat();
        assert_eq!(client_hello(&other), Parsed::Other, "cut at {first}");
    }
    let singly: Vec<u8> = whole.iter().flat_map(|byte| in_record(&[*byte])).collect();
    assert!(matches!(client_hello(&singly), Parsed::Complete(_)));
}

#[test]
fn every_broken_length_ends_the_walk() {
    let share = counted(2, &[&[0, 29][..], &counted(2, &[1; 32])].concat());
    let protocols = counted(2, &counted(1, b"h2"));
    let stream = hello(&[0x13, 1], &[(0, &named(b"a.example")), (16, &protocols), (51, &share)]);
    for at in 0..stream.len() {
        for value in [0, 1, 0x7f, 0xff] {
            let mut broken = stream.clone();
            broken[at] = value;
            if let Parsed::Complete(body) = client_hello(&broken) {
                let hello = ClientHello::parse(&body).unwrap();
                hello.server_name();
                assert!(hello.protocols().count() + hello.versions().count() < stream.len());
                assert!(hello.key_share_groups().into_iter().flatten().count() < stream.len());
            }
            offered_version(&broken);
        }
    }
}

#[test]
fn other_streams() {
    for (stream, expected) in [
        (&b"GET / HTTP/1.1"[..], Parsed::Other),
        (b"\x15\x03\x01\x00\x02\x02\x28", Parsed::Other),
        (b"\x16\x02\x01\x00\x04\x02\x00\x00\x00", Parsed::Other),
        (b"\x16\x03\x01\x00\x00", Parsed::Other),
        (b"\x16\x03\x01\x00\x04\x02\x00\x00\x00", Parsed::Complete((2, Cow::Borrowed(&b""[..])))),
        (b"\x16\x03\x01\x00\x04\x02\x00\x00\x01", Parsed::Partial),
        (b"\x16\x03\x01\x00\x04\x01\x01\x00\x00", Parsed::Other),
        (b"\x16\x03", Parsed::Partial),
        (b"", Parsed::Partial),
    ] {
        assert_eq!(handshake(stream), expected, "{stream:?}");
    }
    let ssl2 = [&b"\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10"[..], &[1; 37]].concat();
    assert_eq!(offered_version(&ssl2), Parsed::Complete((3, 1)));
    assert_eq!(offered_version(&ssl2[..20]), Parsed::Partial);
}

#[test]
fn what_servers_say() {
    let body = [&[3, 3][..], &[9; 32], &counted(1, b"session"), &[0x13, 2], &[0], &[0, 0]].concat();
    let stream = in_record(&[&[SERVER_HELLO][..], &counted(3, &body)].concat());
    let Parsed::Complete(body) = server_hello(&stream) else { panic!("complete") };
    let expected = ServerHello { random: &[9; 32], session_id: b"session", cipher_suite: 0x1302 };
    assert_eq!(ServerHello::parse(&body), Some(expected));
    assert_eq!(client_hello(&stream), Parsed::Other);
    assert_eq!(server_hello(&stream[..20]), Parsed::Partial);
}
