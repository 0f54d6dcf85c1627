//! Header field names: the ones a proxy acts on as an enum, found by one hash and one comparison, and names resolved ahead of time.
//! Names are lower-case everywhere in this crate.

use crate::bytes::is_token;

macro_rules! known_headers {
    ($($variant:ident = $text:literal,)+) => {
        /// The header fields that something in the proxy looks at, so that finding them needs no text comparison.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum KnownHeader {
            $(#[doc = concat!("`", $text, "`")] $variant,)+
            /// Any other name; compare the text.
            #[default]
            Other,
        }

        /// All known headers in the order of their numbers.
        pub const KNOWN_HEADERS: &[KnownHeader] = &[$(KnownHeader::$variant,)+];

        const TEXTS: &[&str] = &[$($text,)+];
    };
}

known_headers! {
    Host = "host",
    Connection = "connection",
    KeepAlive = "keep-alive",
    ProxyConnection = "proxy-connection",
    ContentLength = "content-length",
    TransferEncoding = "transfer-encoding",
    Te = "te",
    Trailer = "trailer",
    Upgrade = "upgrade",
    Expect = "expect",
    Cookie = "cookie",
    Cookie2 = "cookie2",
    SetCookie = "set-cookie",
    SetCookie2 = "set-cookie2",
    CacheControl = "cache-control",
    Pragma = "pragma",
    Expires = "expires",
    Age = "age",
    ETag = "etag",
    LastModified = "last-modified",
    IfMatch = "if-match",
    IfNoneMatch = "if-none-match",
    IfModifiedSince = "if-modified-since",
    Range = "range",
    AcceptRanges = "accept-ranges",
    XForwardedFor = "x-forwarded-for",
    XForwardedProto = "x-forwarded-proto",
    XForwardedHost = "x-forwarded-host",
    XForwardedPort = "x-forwarded-port",
    XOriginalTo = "x-original-to",
    Forwarded = "forwarded",
    Via = "via",
    Authorization = "authorization",
    ProxyAuthorization = "proxy-authorization",
    WwwAuthenticate = "www-authenticate",
    ProxyAuthenticate = "proxy-authenticate",
    Date = "date",
    Server = "server",
    Location = "location",
    ContentType = "content-type",
    ContentEncoding = "content-encoding",
    ContentLocation = "content-location",
    Accept = "accept",
    AcceptEncoding = "accept-encoding",
    AcceptLanguage = "accept-language",
    Vary = "vary",
    UserAgent = "user-agent",
    Referer = "referer",
    Origin = "origin",
    RetryAfter = "retry-after",
    StrictTransportSecurity = "strict-transport-security",
    UpgradeInsecureRequests = "upgrade-insecure-requests",
    SecWebSocketKey = "sec-websocket-key",
    SecWebSocketAccept = "sec-websocket-accept",
    SecWebSocketVersion = "sec-websocket-version",
    Http2Settings = "http2-settings",
    EarlyData = "early-data",
}

const _: () = assert!(KNOWN_HEADERS.len() <= 64, "Headers keeps a 64-bit set of the known names that it holds");

const SLOTS: usize = 512;

/// Odd multipliers found by trial; another known name may ask for another set, and then the build says so.
const MIX: [u32; 4] = [0xfe17_5331, 0xb940_67ed, 0xdc25_74bd, 0x4be0_3db1];

/// Spreads the known names over [`SLOTS`] without a collision (checked where `SLOT_OF` is built). Nothing for an empty name.
#[inline]
const fn slot(name: &[u8]) -> Option<usize> {
    let length = name.len();
    if length == 0 {
        return None;
    }
    let fourth_last = if length < 4 { name[0] } else { name[length - 4] };
    let mixed = (length as u32).wrapping_mul(MIX[0])
        ^ (name[0] as u32).wrapping_mul(MIX[1])
        ^ (name[length / 2] as u32).wrapping_mul(MIX[2])
        ^ (fourth_last as u32).wrapping_mul(MIX[3]);
    Some((mixed >> 16) as usize & (SLOTS - 1))
}

const SLOT_OF: [KnownHeader; SLOTS] = {
    let mut table = [KnownHeader::Other; SLOTS];
    let mut index = 0;
    while index < TEXTS.len() {
        let Some(at) = slot(TEXTS[index].as_bytes()) else { panic!("a known header has no name") };
        assert!(
            matches!(table[at], KnownHeader::Other),
            "two known header names share a slot: choose other multipliers"
        );
        table[at] = KNOWN_HEADERS[index];
        index += 1;
    }
    table
};

impl KnownHeader {
    /// Classifies a lower-case name.
    #[inline]
    pub fn from_lower_case(name: &[u8]) -> KnownHeader {
        let Some(at) = slot(name) else { return KnownHeader::Other };
        let candidate = SLOT_OF[at];
        if candidate.name().as_bytes() == name { candidate } else { KnownHeader::Other }
    }

    /// The lower-case name; empty for [`KnownHeader::Other`].
    #[inline]
    pub fn name(self) -> &'static str {
        TEXTS.get(self as usize).copied().unwrap_or_default()
    }

    /// This header's bit in the set that [`crate::Headers`] keeps.
    #[inline]
    pub(crate) fn bit(self) -> u64 {
        1u64.checked_shl(self as u32).unwrap_or(0)
    }
}

/// A header name resolved once, when a rule is compiled, so that looking for it costs no classification.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HeaderName {
    known: KnownHeader,
    text: Box<[u8]>,
}

impl HeaderName {
    /// A name in any case; nothing when it is not a token (RFC 9110 section 5.1).
    pub fn parse(text: &[u8]) -> Option<HeaderName> {
        is_token(text).then(|| HeaderName::lenient(text))
    }

    /// A name in any case that need not be a token: what configuration may ask for, though no message can hold it.
    pub fn lenient(text: &[u8]) -> HeaderName {
        let text = text.to_ascii_lowercase().into_boxed_slice();
        HeaderName { known: KnownHeader::from_lower_case(&text), text }
    }

    /// The lower-case text.
    pub fn as_bytes(&self) -> &[u8] {
        &self.text
    }

    /// Its classification.
    pub fn known(&self) -> KnownHeader {
        self.known
    }

    /// Whether a field of classification `known` and lower-case name `name` has this name.
    #[inline]
    pub fn matches(&self, known: KnownHeader, name: &[u8]) -> bool {
        self.known == known && (known != KnownHeader::Other || *self.text == *name)
    }
}

impl From<KnownHeader> for HeaderName {
    fn from(known: KnownHeader) -> HeaderName {
        HeaderName { known, text: known.name().as_bytes().into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_name_is_found_and_only_it() {
        for &known in KNOWN_HEADERS {
            assert_eq!(KnownHeader::from_lower_case(known.name().as_bytes()), known);
            assert_eq!(HeaderName::parse(known.name().to_uppercase().as_bytes()), Some(known.into()));
            let mut other = known.name().as_bytes().to_vec();
            other[0] = b'9';
            assert_eq!(KnownHeader::from_lower_case(&other), KnownHeader::Other);
        }
        for name in ["", "x", "hosts", "hos", "content-lengthy", "x-forwarded-fox"] {
            assert_eq!(KnownHeader::from_lower_case(name.as_bytes()), KnownHeader::Other, "{name}");
        }
    }

    #[test]
    fn names_must_be_tokens() {
        for text in ["", "a b", "a:", "a\0", "é"] {
            assert_eq!(HeaderName::parse(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(HeaderName::parse(b"X-Any").unwrap().as_bytes(), b"x-any");
    }
}
