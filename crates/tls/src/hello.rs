//! TLS hello messages as they stand in bytes that nobody decrypts (RFC 8446 section 4.1, RFC 6066 section 3, RFC 7301). Only walks over what
//! is there: it knows neither requests nor sockets.

use std::borrow::Cow;

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

impl<T> Parsed<T> {
    /// What `parse` makes of what is there; nothing means that it is something else.
    pub fn and_then<U>(self, parse: impl FnOnce(T) -> Option<U>) -> Parsed<U> {
        match self {
            Self::Complete(found) => parse(found).map_or(Parsed::Other, Parsed::Complete),
            Self::Partial => Parsed::Partial,
            Self::Other => Parsed::Other,
        }
    }
}

/// A ClientHello, its lists as they stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientHello<'a> {
    /// The version that it offers: major and minor (`legacy_version`).
    pub version: (u8, u8),
    /// What the client has drawn, 32 bytes.
    pub random: &'a [u8],
    /// The session that it would go on with (`legacy_session_id`).
    pub session_id: &'a [u8],
    /// Its cipher suites, two bytes each.
    pub ciphers: &'a [u8],
    extensions: &'a [u8],
}

/// A ServerHello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerHello<'a> {
    /// What the server has drawn, 32 bytes.
    pub random: &'a [u8],
    /// The session's number, or what the client had sent in its place.
    pub session_id: &'a [u8],
    /// The suite chosen.
    pub cipher_suite: u16,
}

/// Types of extensions (IANA TLS ExtensionType Values).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Extension {
    /// `server_name`
    ServerName = 0,
    /// `supported_groups`
    SupportedGroups = 10,
    /// `ec_point_formats`
    PointFormats = 11,
    /// `signature_algorithms`
    SignatureAlgorithms = 13,
    /// `application_layer_protocol_negotiation`
    Alpn = 16,
    /// `session_ticket`
    SessionTicket = 35,
    /// `supported_versions`
    SupportedVersions = 43,
    /// `key_share`
    KeyShare = 51,
}

const HANDSHAKE_RECORD: u8 = 22;
/// What a record may hold (RFC 8446 section 5.1, with what older versions allowed beyond).
const MAX_RECORD_BYTES: usize = 16_384 + 2_048;
/// The longest handshake message that is put together, its type and length included.
pub const MAX_MESSAGE_BYTES: usize = 65_536;
/// The type of a ClientHello.
pub const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const HOST_NAME: u8 = 0;
const RANDOM_BYTES: usize = 32;

/// The type of the handshake message that a stream begins with, once all of it is there, and the message's body. One that stands in a single
/// record is shown where it is, one in several is put together.
pub fn handshake(stream: &[u8]) -> Parsed<(u8, Cow<'_, [u8]>)> {
    let (first, rest) = match record(stream) {
        Parsed::Complete(split) => split,
        Parsed::Partial => return Parsed::Partial,
        Parsed::Other => return Parsed::Other,
    };
    let mut walk = Walk(first);
    if let (Some(kind), Some(body)) = (walk.byte(), walk.list(3)) {
        return Parsed::Complete((kind, Cow::Borrowed(body)));
    }
    let mut message = first.to_vec();
    let mut rest = rest;
    loop {
        if let Some(&[kind, a, b, c]) = message.first_chunk() {
            let length = u32::from_be_bytes([0, a, b, c]) as usize + 4;
            if length > MAX_MESSAGE_BYTES {
                return Parsed::Other;
            }
            if message.len() >= length {
                message.truncate(length);
                message.drain(..4);
                return Parsed::Complete((kind, Cow::Owned(message)));
            }
        }
        match record(rest) {
            Parsed::Complete((more, behind)) => {
                message.extend_from_slice(more);
                rest = behind;
            }
            Parsed::Partial => return Parsed::Partial,
            Parsed::Other => return Parsed::Other,
        }
    }
}

/// The payload of the handshake record that a stream begins with, and what follows it.
fn record(stream: &[u8]) -> Parsed<(&[u8], &[u8])> {
    match stream {
        [HANDSHAKE_RECORD, 3..=u8::MAX, ..] | [HANDSHAKE_RECORD] | [] => {}
        _ => return Parsed::Other,
    }
    let Some((header, rest)) = stream.split_at_checked(5) else { return Parsed::Partial };
    let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
    if !(1..=MAX_RECORD_BYTES).contains(&length) {
        return Parsed::Other;
    }
    rest.split_at_checked(length).map_or(Parsed::Partial, Parsed::Complete)
}

/// The body of the ClientHello that a stream begins with, for [`ClientHello::parse`].
pub fn client_hello(stream: &[u8]) -> Parsed<Cow<'_, [u8]>> {
    handshake(stream)
        .and_then(|(kind, body)| (kind == CLIENT_HELLO && ClientHello::parse(&body).is_some()).then_some(body))
}

/// The body of the ServerHello that a stream begins with, for [`ServerHello::parse`].
pub fn server_hello(stream: &[u8]) -> Parsed<Cow<'_, [u8]>> {
    handshake(stream)
        .and_then(|(kind, body)| (kind == SERVER_HELLO && ServerHello::parse(&body).is_some()).then_some(body))
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
        _ => client_hello(stream).and_then(|body| ClientHello::parse(&body).map(|hello| hello.version)),
    }
}

/// Whether a number is one of those that clients send to keep servers tolerant (RFC 8701 section 2).
pub const fn is_grease(number: u16) -> bool {
    let [high, low] = number.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

impl<'a> ClientHello<'a> {
    /// Reads a message's body.
    pub fn parse(body: &'a [u8]) -> Option<Self> {
        let mut walk = Walk(body);
        let version = (walk.byte()?, walk.byte()?);
        let random = walk.take(RANDOM_BYTES)?;
        let session_id = walk.list(1)?;
        let ciphers = walk.list(2)?;
        walk.list(1)?; // compression methods
        // TLS 1.0 and SSL 3 may end here.
        let extensions = if walk.0.is_empty() { &[][..] } else { walk.list(2)? };
        Some(Self { version, random, session_id, ciphers, extensions })
    }

    /// Types and data of its extensions in their order.
    pub fn extensions(&self) -> impl Iterator<Item = (u16, &'a [u8])> + use<'a> {
        let mut walk = Walk(self.extensions);
        std::iter::from_fn(move || Some((walk.number()?, walk.list(2)?)))
    }

    /// The data of the first extension of a type.
    pub fn extension(&self, wanted: Extension) -> Option<&'a [u8]> {
        self.extensions().find(|(kind, _)| *kind == wanted as u16).map(|(_, data)| data)
    }

    /// The list that an extension consists of.
    pub fn list_in(&self, wanted: Extension) -> Option<&'a [u8]> {
        let width = match wanted {
            Extension::PointFormats | Extension::SupportedVersions => 1,
            _ => 2,
        };
        Walk(self.extension(wanted)?).list(width)
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

    /// The application protocols that it offers, the best first.
    pub fn protocols(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut names = Walk(self.list_in(Extension::Alpn).unwrap_or_default());
        std::iter::from_fn(move || names.list(1))
    }

    /// The versions that it offers, the best first: those of its list, or else the one in front.
    pub fn versions(&self) -> impl Iterator<Item = u16> + use<'a> {
        let mut listed = Walk(self.list_in(Extension::SupportedVersions).unwrap_or_default());
        let single = self.extension(Extension::SupportedVersions).is_none().then_some(self.version);
        let single = single.map(|(major, minor)| u16::from_be_bytes([major, minor]));
        std::iter::from_fn(move || listed.number()).chain(single)
    }

    /// The groups for which it sends keys, two bytes each.
    pub fn key_share_groups(&self) -> Option<impl Iterator<Item = [u8; 2]> + use<'a>> {
        let mut shares = Walk(self.list_in(Extension::KeyShare)?);
        Some(std::iter::from_fn(move || {
            let group = shares.number()?;
            shares.list(2)?;
            Some(group.to_be_bytes())
        }))
    }
}

impl<'a> ServerHello<'a> {
    /// Reads a message's body.
    pub fn parse(body: &'a [u8]) -> Option<Self> {
        let mut walk = Walk(body);
        walk.take(2)?; // legacy_version
        Some(Self { random: walk.take(RANDOM_BYTES)?, session_id: walk.list(1)?, cipher_suite: walk.number()? })
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
mod tests;
