use super::*;

const REST: &[u8] = b"GET / HTTP/1.1\r\n";

fn ends(source: &str, destination: &str) -> Option<Addresses> {
    Some(Addresses { source: source.parse().unwrap(), destination: destination.parse().unwrap() })
}

fn complete(addresses: Option<Addresses>, length: usize) -> Result<Parse<Header>, Rejected> {
    Ok(Parse::Complete { header: Header { addresses, ..Header::default() }, length })
}

fn followed(header: &[u8]) -> Vec<u8> {
    [header, REST].concat()
}

/// A block of version 2.
fn block(command: u8, family: u8, addresses: &[u8], tlvs: &[u8]) -> Vec<u8> {
    let mut bytes = v2::SIGNATURE.to_vec();
    bytes.extend([command, family]);
    bytes.extend(((addresses.len() + tlvs.len()) as u16).to_be_bytes());
    bytes.extend(addresses);
    bytes.extend(tlvs);
    bytes
}

const IPV4: &[u8] = &[1, 2, 3, 4, 5, 6, 7, 8, 0x04, 0x57, 0x08, 0xae];

fn tlv(kind: u8, value: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind];
    bytes.extend((value.len() as u16).to_be_bytes());
    bytes.extend(value);
    bytes
}

#[test]
fn lines() {
    let v4 = ends("9.8.7.6:10", "5.4.3.2:20");
    let v6 = ends("[2001:db8::1]:10", "[2001:db8::2]:20");
    let mapped = ends("[::ffff:1.2.3.4]:1", "[::ffff:5.4.3.2]:2");
    for (line, expected) in [
        ("PROXY TCP4 9.8.7.6 5.4.3.2 10 20\r\n", Ok(v4)),
        ("PROXY TCP4 9.8.7.6 5.4.3.2 010 020\r\n", Ok(v4)),
        ("PROXY TCP6 2001:db8::1 2001:db8::2 10 20\r\n", Ok(v6)),
        ("PROXY TCP6 ::ffff:1.2.3.4 ::ffff:5.4.3.2 1 2\r\n", Ok(mapped)),
        ("PROXY UNKNOWN\r\n", Ok(None)),
        ("PROXY UNKNOWN ffff:f::ffff ::1 65535 65535\r\n", Ok(None)),
        ("PROXY UNKNOWNX\r\n", Err(Fault::Protocol)),
        ("PROXY TCP5 9.8.7.6 5.4.3.2 10 20\r\n", Err(Fault::Protocol)),
        ("PROXY tcp4 9.8.7.6 5.4.3.2 10 20\r\n", Err(Fault::Protocol)),
        ("PROXY TCP4 9.8.7.6 5.4.3.2 10 20\n", Err(Fault::Invalid)),
        ("PROXY TCP4  9.8.7.6 5.4.3.2 10 20\r\n", Err(Fault::Invalid)),
        ("PROXY TCP4 9.8.7.6 5.4.3.2 10 20 \r\n", Err(Fault::Invalid)),
        ("PROXY TCP4 9.8.7.6 5.4.3.2 10 20 x\r\n", Err(Fault::Invalid)),
        ("PROXY TCP4 9.8.7.6 5.4.3.2 10\r\n", Err(Fault::Invalid)),
        ("PROXY TCP4\r\n", Err(Fault::Invalid)),
        ("PROXY TCP4 9.8.7.6 5.4.3.2 65536 20\r\n", Err(Fault::Invalid)),
        ("PROXY TCP4 9.8.7.6 5.4.3.2 -1 20\r\n", Err(Fault::Invalid)),
        ("PROXY TCP4 9.8.7.6 5.4.3.2 +1 20\r\n", Err(Fault::Invalid)),
        ("PROXY TCP4 9.8.7 5.4.3.2 1 20\r\n", Err(Fault::Invalid)),
        ("PROXY TCP4 ::1 ::2 1 20\r\n", Err(Fault::Invalid)),
        ("PROXY TCP6 1.2.3.4 5.4.3.2 1 2\r\n", Err(Fault::Invalid)),
        ("PROXY TCP6 ::1 5.4.3.2 1 2\r\n", Err(Fault::Invalid)),
        ("proxy TCP4 9.8.7.6 5.4.3.2 10 20\r\n", Err(Fault::NotHeader)),
        ("GET / HTTP/1.1\r\n", Err(Fault::NotHeader)),
    ] {
        let expected = match expected {
            Ok(addresses) => complete(addresses, line.len()),
            Err(fault) => Err(fault.into()),
        };
        assert_eq!(parse(&followed(line.as_bytes())), expected, "{line}");
    }
}

#[test]
fn lines_in_parts() {
    let line = b"PROXY TCP4 9.8.7.6 5.4.3.2 10 20\r\n";
    for end in 0..line.len() {
        assert_eq!(parse(&line[..end]), Ok(Parse::Partial), "{end}");
    }
    assert_eq!(parse(b"GE"), Ok(Parse::Partial));
    let long = |count: usize| [b"PROXY UNKNOWN ".as_slice(), &vec![b'x'; count], b"\r\n"].concat();
    assert_eq!(parse(&long(91)), complete(None, 107));
    assert_eq!(parse(&long(92)), Err(Fault::Invalid.into()));
}

#[test]
fn blocks() {
    let v4 = ends("1.2.3.4:1111", "5.6.7.8:2222");
    let mut ipv6 = vec![0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    ipv6.extend([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x0d, 0x05, 0x11, 0x5c]);
    let v6 = ends("[2001:db8::1]:3333", "[2001:db8::2]:4444");
    for (command, family, addresses, expected) in [
        (0x21, 0x11, IPV4, Ok(v4)),
        (0x21, 0x21, &*ipv6, Ok(v6)),
        (0x20, 0x00, &[], Ok(None)),
        (0x20, 0x11, &[], Ok(None)),
        (0x20, 0x11, IPV4, Ok(None)),
        (0x20, 0x31, IPV4, Ok(None)),
        // As measured, a proxy that speaks for others must say for whom, and over TCP.
        (0x21, 0x00, &[], Err(Fault::Invalid)),
        (0x21, 0x12, IPV4, Err(Fault::Invalid)),
        (0x21, 0x10, IPV4, Err(Fault::Invalid)),
        (0x21, 0x31, &[0; 216], Err(Fault::Invalid)),
        (0x21, 0x11, &IPV4[..11], Err(Fault::Invalid)),
        (0x21, 0x21, &ipv6[..35], Err(Fault::Invalid)),
        (0x22, 0x11, IPV4, Err(Fault::Invalid)),
        (0x11, 0x11, IPV4, Err(Fault::NotHeader)),
        (0x31, 0x11, IPV4, Err(Fault::NotHeader)),
    ] {
        let block = block(command, family, addresses, &[]);
        let expected = match expected {
            Ok(addresses) => complete(addresses, block.len()),
            Err(fault) => Err(fault.into()),
        };
        assert_eq!(parse(&followed(&block)), expected, "{command:#x} {family:#x} {}", addresses.len());
    }
}

#[test]
fn blocks_in_parts() {
    let whole = block(0x21, 0x11, IPV4, &tlv(tlv::NOOP, b"abc"));
    for end in 0..whole.len() {
        assert_eq!(parse(&whole[..end]), Ok(Parse::Partial), "{end}");
    }
    assert!(matches!(parse(&whole), Ok(Parse::Complete { .. })));
    assert_eq!(parse(b"\r\n\r\n\0\r\nQUIX"), Err(Fault::NotHeader.into()));
}

#[test]
fn values() {
    let of = |tlvs: &[u8]| match parse(&followed(&block(0x21, 0x11, IPV4, tlvs))) {
        Ok(Parse::Complete { header, .. }) => {
            Some(header.tlvs.iter().map(|(kind, value)| (kind, value.to_vec())).collect::<Vec<_>>())
        }
        Err(Rejected { fault: Fault::Invalid, addresses: Some(_) }) => None,
        other => panic!("{other:?}"),
    };
    assert_eq!(of(&[]), Some(vec![]));
    let two = [tlv(tlv::AUTHORITY, b"a1"), tlv(0xe0, b""), tlv(tlv::AUTHORITY, b"a2")].concat();
    assert_eq!(of(&two), Some(vec![(2, b"a1".to_vec()), (0xe0, vec![]), (2, b"a2".to_vec())]));
    for (kind, longest) in [(tlv::AUTHORITY, 255), (tlv::UNIQUE_ID, 128), (0xe0, 1024)] {
        assert!(of(&tlv(kind, &vec![b'x'; longest])).is_some(), "{kind:#x}");
        assert_eq!(of(&tlv(kind, &vec![b'x'; longest + 1])), None, "{kind:#x}");
    }
    for cut in [&b"\x05"[..], b"\x05\0", b"\x05\0\x09abc"] {
        assert_eq!(of(&[tlv(tlv::NOOP, b""), cut.to_vec()].concat()), None);
    }
}

#[test]
fn types() {
    for (text, expected) in [
        ("32", Some(32)),
        ("0x20", Some(32)),
        ("0XE1", Some(0xe1)),
        ("020", Some(16)),
        ("0", Some(0)),
        ("ALPN", Some(tlv::ALPN)),
        ("ssl_cn", Some(tlv::SSL_CN)),
        ("256", None),
        ("0x1g", None),
        ("-1", None),
        ("+1", None),
        ("", None),
        ("x", None),
    ] {
        assert_eq!(tlv::kind(text), expected, "{text}");
    }
}

#[test]
fn checksums() {
    // As HAProxy 3.5 sends it.
    let sound = block(0x21, 0x11, IPV4, &tlv(tlv::CRC32C, &[0xd1, 0x7a, 0x2c, 0x97]));
    assert!(matches!(parse(&sound), Ok(Parse::Complete { .. })));
    for at in [16, 20, 30, 34] {
        let mut broken = sound.clone();
        broken[at] ^= 1;
        assert_eq!(parse(&broken).map_err(|rejected| rejected.fault), Err(Fault::Invalid), "{at}");
    }
    for short in [&b""[..], b"abc", b"abcde"] {
        let block = block(0x21, 0x11, IPV4, &tlv(tlv::CRC32C, short));
        assert_eq!(parse(&block).map_err(|rejected| rejected.fault), Err(Fault::Invalid));
    }
    let local = |sum: [u8; 4]| block(0x20, 0, &[], &tlv(tlv::CRC32C, &sum));
    assert_eq!(parse(&local([1; 4])), Err(Fault::Invalid.into()));
}

/// As HAProxy 3.5 sends them.
#[test]
fn what_is_sent() {
    let v4 = ends("1.2.3.4:1111", "5.6.7.8:2222");
    let v6 = ends("[2001:db8::1]:3333", "[2001:db8::2]:4444");
    let mixed = ends("1.2.3.4:1", "[2001:db8::1]:2");
    for (addresses, line) in [
        (v4, "PROXY TCP4 1.2.3.4 5.6.7.8 1111 2222\r\n"),
        (v6, "PROXY TCP6 2001:db8::1 2001:db8::2 3333 4444\r\n"),
        (mixed, "PROXY TCP6 ::ffff:1.2.3.4 2001:db8::1 1 2\r\n"),
        (None, "PROXY UNKNOWN\r\n"),
    ] {
        assert_eq!(write_v1(addresses.as_ref()), line.as_bytes());
    }
    let v2 = |addresses: Option<Addresses>| V2Writer::new(addresses.as_ref()).finish().unwrap();
    assert_eq!(v2(v4), b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x01\x02\x03\x04\x05\x06\x07\x08\x04\x57\x08\xae");
    assert_eq!(v2(None), b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0");
    for addresses in [v4, v6] {
        let block = v2(addresses);
        assert_eq!(parse(&block), complete(addresses, block.len()));
    }
}

#[test]
fn what_is_sent_beside_addresses() {
    let mut writer = V2Writer::new(ends("1.2.3.4:1111", "5.6.7.8:2222").as_ref());
    writer.checksum().unwrap();
    assert_eq!(&writer.finish().unwrap()[28..], b"\x03\0\x04\xd1\x7a\x2c\x97", "as HAProxy 3.5 sends it");

    let mut writer = V2Writer::new(None);
    writer.tlv(0xe1, b"x").unwrap();
    writer.checksum().unwrap();
    writer.nested(tlv::SSL, &[1, 0, 0, 0, 0], |inner| inner.tlv(tlv::SSL_VERSION, b"TLSv1.3")).unwrap();
    let block = writer.finish().unwrap();
    let Ok(Parse::Complete { header, length }) = parse(&followed(&block)) else { panic!("it is not understood") };
    assert_eq!(length, block.len());
    assert_eq!(header.tlvs.all(0xe1).collect::<Vec<_>>(), [b"x"]);
    assert_eq!(header.tlvs.all(tlv::SSL).collect::<Vec<_>>(), [b"\x01\0\0\0\0\x21\0\x07TLSv1.3"]);

    let mut writer = V2Writer::new(None);
    assert_eq!(writer.tlv(1, &vec![0; 65_536]), Err(TooLong));
    writer.tlv(1, &vec![0; 65_000]).unwrap();
    writer.tlv(1, &vec![0; 1000]).unwrap();
    assert_eq!(writer.finish(), Err(TooLong));
}

mod netscaler {
    use crate::netscaler::{Fault, parse};
    use crate::{Addresses, Parse};

    const MAGIC: u32 = 1234;

    fn packet(first: u8, options: usize) -> Vec<u8> {
        let mut packet = vec![first, 0, 0, 60, 0, 0, 0, 0, 64, 6, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
        packet.extend(vec![0; options]);
        packet.extend([0x04, 0x57, 0x08, 0xae]);
        packet.extend([0; 16]);
        packet
    }

    fn legacy(packet: &[u8]) -> Vec<u8> {
        [&MAGIC.to_be_bytes(), &(packet.len() as u32).to_be_bytes(), packet].concat()
    }

    fn standard(packet: &[u8]) -> Vec<u8> {
        let length = (packet.len() as u16).to_be_bytes();
        [&MAGIC.to_be_bytes()[..], &[0, 0, 0, 99, 0, 1], &length, packet].concat()
    }

    fn addresses() -> Addresses {
        super::ends("1.2.3.4:1111", "5.6.7.8:2222").unwrap()
    }

    #[test]
    fn headers() {
        let with_options = packet(0x46, 4);
        for header in [legacy(&packet(0x45, 0)), standard(&packet(0x45, 0)), legacy(&with_options)] {
            let expected = Ok(Parse::Complete { header: addresses(), length: header.len() });
            assert_eq!(parse(&super::followed(&header), MAGIC), expected);
            for end in 0..header.len() {
                assert_eq!(parse(&header[..end], MAGIC), Ok(Parse::Partial), "{end}");
            }
        }
        let mut ipv6 = vec![0x60, 0, 0, 0, 0, 20, 6, 64];
        ipv6.extend([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        ipv6.extend([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x0d, 0x05, 0x11, 0x5c]);
        let header = super::ends("[2001:db8::1]:3333", "[2001:db8::2]:4444").unwrap();
        assert_eq!(parse(&legacy(&ipv6), MAGIC), Ok(Parse::Complete { header, length: 52 }));
    }

    #[test]
    fn faults() {
        let sound = packet(0x45, 0);
        assert_eq!(parse(&legacy(&sound), 1), Err(Fault::Magic));
        assert_eq!(parse(b"GET / HTTP/1.1\r\n", MAGIC), Err(Fault::Magic));
        assert_eq!(parse(&legacy(&packet(0x55, 0)), MAGIC), Err(Fault::Protocol));
        assert_eq!(parse(&standard(&packet(0x55, 0)), MAGIC), Err(Fault::Protocol));
        let mut datagram = sound.clone();
        datagram[9] = 17;
        assert_eq!(parse(&legacy(&datagram), MAGIC), Err(Fault::Protocol));
        assert_eq!(parse(&legacy(&sound[..23]), MAGIC), Err(Fault::Truncated));
        assert_eq!(parse(&standard(&[]), MAGIC), Err(Fault::Truncated));
    }
}
