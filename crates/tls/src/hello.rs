//! TLS hello messages as they stand in bytes that nobody decrypts (RFC 8446 section 4.1.2, RFC 6066 section 3, RFC 7301). Only walks over what
//! is there: it knows neither requests nor sockets.

/// A message that is complete, or may become so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed<T> {
    /// It is there.
    Complete(T),
    /// More bytes are needed.
    Partial,
    /// It is something else.
    Other,
}

/// A ClientHello, its lists as they stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientHello<'a> {
    /// The version that it offers: major and minor (`legacy_version`).
    pub version: (u8, u8),
    /// Its cipher suites, two bytes each.
    pub ciphers: &'a [u8],
    extensions: &'a [u8],
}

/// Types of extensions (IANA TLS ExtensionType Values).
#[derive(Clone, Copy)]
#[repr(u16)]
pub enum Extension {
    ServerName = 0,
    SupportedGroups = 10,
    SignatureAlgorithms = 13,
    Alpn = 16,
    SessionTicket = 35,
    KeyShare = 51,
}

const HANDSHAKE_RECORD: u8 = 22;
/// What a record may hold (RFC 8446 section 5.1, with what older versions allowed beyond).
const MAX_RECORD_BYTES: usize = 16_384 + 2_048;
pub const CLIENT_HELLO: u8 = 1;
const HOST_NAME: u8 = 0;

/// The type of the handshake message that a stream begins with, once its record is there, and the message's body.
pub fn handshake(stream: &[u8]) -> Parsed<(u8, &[u8])> {
    match stream {
        [HANDSHAKE_RECORD, 3..=u8::MAX, ..] | [HANDSHAKE_RECORD] | [] => {}
        _ => return Parsed::Other,
    }
    let Some((header, rest)) = stream.split_at_checked(5) else { return Parsed::Partial };
    let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
    if !(4..=MAX_RECORD_BYTES).contains(&length) {
        return Parsed::Other;
    }
    let Some(record) = rest.get(..length) else { return Parsed::Partial };
    let mut walk = Walk(record);
    match (walk.byte(), walk.list(3)) {
        (Some(kind), Some(body)) => Parsed::Complete((kind, body)),
        // A message that goes on in a further record is not put together.
        _ => Parsed::Other,
    }
}

/// The ClientHello that a stream begins with.
pub fn client_hello(stream: &[u8]) -> Parsed<ClientHello<'_>> {
    match handshake(stream) {
        Parsed::Complete((CLIENT_HELLO, body)) => ClientHello::parse(body).map_or(Parsed::Other, Parsed::Complete),
        Parsed::Partial => Parsed::Partial,
        Parsed::Complete(_) | Parsed::Other => Parsed::Other,
    }
}

/// The version that a stream's hello offers, in the form of SSL 2 too (RFC 5246 appendix E.2).
pub fn offered_version(stream: &[u8]) -> Parsed<(u8, u8)> {
    match stream {
        [first, ..] if first & 0x80 != 0 => {
            let Some((&[high, low, kind, major, minor], _)) = stream.split_first_chunk() else {
                return Parsed::Partial;
            };
            let length = usize::from(u16::from_be_bytes([high & 0x7f, low]));
            match (kind, stream.len() >= length + 2) {
                (CLIENT_HELLO, true) if major >= 2 && length >= 9 => Parsed::Complete((major, minor)),
                (CLIENT_HELLO, false) => Parsed::Partial,
                _ => Parsed::Other,
            }
        }
        _ => match client_hello(stream) {
            Parsed::Complete(hello) => Parsed::Complete(hello.version),
            Parsed::Partial => Parsed::Partial,
            Parsed::Other => Parsed::Other,
        },
    }
}

impl<'a> ClientHello<'a> {
    fn parse(body: &'a [u8]) -> Option<Self> {
        let mut walk = Walk(body);
        let version = (walk.byte()?, walk.byte()?);
        walk.take(32)?; // random
        walk.list(1)?; // session id
        let ciphers = walk.list(2)?;
        walk.list(1)?; // compression methods
        // TLS 1.0 and SSL 3 may end here.
        let extensions = if walk.0.is_empty() { &[][..] } else { walk.list(2)? };
        Some(Self { version, ciphers, extensions })
    }

    /// The data of the first extension of a type.
    pub fn extension(&self, wanted: Extension) -> Option<&'a [u8]> {
        let mut walk = Walk(self.extensions);
        loop {
            let (kind, data) = (walk.number()?, walk.list(2)?);
            if kind == wanted as u16 {
                return Some(data);
            }
        }
    }

    /// The list that an extension consists of.
    pub fn list_in(&self, wanted: Extension) -> Option<&'a [u8]> {
        Walk(self.extension(wanted)?).list(2)
    }

    /// The host that the client asks for.
    pub fn server_name(&self) -> Option<&'a [u8]> {
        let mut names = Walk(self.list_in(Extension::ServerName)?);
        loop {
            let (kind, name) = (names.byte()?, names.list(2)?);
            if kind == HOST_NAME {
                return Some(name);
            }
        }
    }

    /// The application protocol that it likes best.
    pub fn first_protocol(&self) -> Option<&'a [u8]> {
        Walk(self.list_in(Extension::Alpn)?).list(1)
    }

    /// The groups for which it sends keys, two bytes each.
    pub fn key_share_groups(&self) -> Option<impl Iterator<Item = [u8; 2]>> {
        let mut shares = Walk(self.list_in(Extension::KeyShare)?);
        Some(std::iter::from_fn(move || {
            let group = shares.number()?;
            shares.list(2)?;
            Some(group.to_be_bytes())
        }))
    }
}

/// Goes over bytes from the front and never beyond their end.
struct Walk<'a>(&'a [u8]);

impl<'a> Walk<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|taken| taken[0])
    }

    fn number(&mut self) -> Option<u16> {
        self.take(2).map(|taken| u16::from_be_bytes([taken[0], taken[1]]))
    }

    /// Bytes behind their count, which is so many bytes wide.
    fn list(&mut self, width: usize) -> Option<&'a [u8]> {
        let count = self.take(width)?.iter().fold(0, |count, digit| count << 8 | usize::from(*digit));
        self.take(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ClientHello with these ciphers and extensions, in its record.
    fn hello(ciphers: &[u8], extensions: &[(u16, &[u8])]) -> Vec<u8> {
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
        let mut message = vec![CLIENT_HELLO];
        message.extend_from_slice(&counted(3, &body));
        let mut record = vec![HANDSHAKE_RECORD, 3, 1];
        record.extend_from_slice(&counted(2, &message));
        record
    }

    /// Bytes behind their count.
    fn counted(width: usize, bytes: &[u8]) -> Vec<u8> {
        let count = (bytes.len() as u32).to_be_bytes();
        [&count[4 - width..], bytes].concat()
    }

    #[test]
    fn no_cut_is_taken_for_the_whole() {
        let name = counted(2, &[&[HOST_NAME][..], &counted(2, b"example.com")].concat());
        let stream = hello(&[0x13, 1, 0, 0x2f], &[(23, b""), (0, &name)]);
        for end in 0..stream.len() {
            assert_eq!(client_hello(&stream[..end]), Parsed::Partial, "{end} bytes");
        }
        let Parsed::Complete(hello) = client_hello(&stream) else { panic!("complete") };
        assert_eq!((hello.version, hello.ciphers), ((3, 3), &[0x13, 1, 0, 0x2f][..]));
        assert_eq!(hello.server_name(), Some(&b"example.com"[..]));
        assert_eq!((hello.first_protocol(), hello.extension(Extension::SessionTicket)), (None, None));
    }

    #[test]
    fn every_broken_length_ends_the_walk() {
        let name = counted(2, &[&[HOST_NAME][..], &counted(2, b"a.example")].concat());
        let share = counted(2, &[&[0, 29][..], &counted(2, &[1; 32])].concat());
        let stream = hello(&[0x13, 1], &[(0, &name), (16, &counted(2, &counted(1, b"h2"))), (51, &share)]);
        for at in 0..stream.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut broken = stream.clone();
                broken[at] = value;
                if let Parsed::Complete(hello) = client_hello(&broken) {
                    hello.server_name();
                    hello.first_protocol();
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
            (b"\x16\x03\x01\x00\x04\x02\x00\x00\x00", Parsed::Complete((2, &b""[..]))),
            (b"\x16\x03\x01\x00\x04\x02\x00\x00\x01", Parsed::Other),
            (b"\x16\x03", Parsed::Partial),
            (b"", Parsed::Partial),
        ] {
            assert_eq!(handshake(stream), expected, "{stream:?}");
        }
        let ssl2 = [&b"\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10"[..], &[1; 37]].concat();
        assert_eq!(offered_version(&ssl2), Parsed::Complete((3, 1)));
        assert_eq!(offered_version(&ssl2[..20]), Parsed::Partial);
    }
}
