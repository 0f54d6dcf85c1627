//! Bytes of lines: numbers, texts with what must not stand in them encoded, and the binary notation CBOR (RFC 8949). Knows nothing of items.

/// Appends a number in decimal.
pub fn push_number(out: &mut Vec<u8>, mut n: u64) {
    const MOST_DIGITS: usize = 20;
    let mut digits = [0; MOST_DIGITS];
    let mut start = MOST_DIGITS;
    loop {
        start -= 1;
        digits[start] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

/// Appends a number in decimal with its sign.
pub fn push_signed(out: &mut Vec<u8>, n: i64) {
    if n < 0 {
        out.push(b'-');
    }
    push_number(out, n.unsigned_abs());
}

/// Appends a number in decimal, at least `width` digits, with zeros in front.
pub fn push_padded(out: &mut Vec<u8>, n: u32, width: usize) {
    let start = out.len();
    push_number(out, u64::from(n));
    for _ in out.len() - start..width {
        out.insert(start, b'0');
    }
}

/// Appends a number in hexadecimal, at least `width` digits, with zeros in front.
pub fn push_hexadecimal(out: &mut Vec<u8>, n: u64, width: usize) {
    let digits = (64 - n.leading_zeros() as usize).div_ceil(4).max(width).max(1);
    out.extend((0..digits).rev().map(|place| DIGITS[(n >> (4 * place)) as usize & 15]));
}

/// Appends bytes as two hexadecimal digits each.
pub fn push_hexadecimal_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]));
}

/// Appends text with every byte that is no printable ASCII, the quote, and `#` itself as `#` and two hexadecimal digits
/// (configuration manual 8.6).
pub fn push_encoded(out: &mut Vec<u8>, text: &[u8]) {
    push_marked(out, text, b'#', is_unprintable);
}

/// Appends text with control characters alone encoded: for messages of our own that quote what others said.
pub fn push_without_controls(out: &mut Vec<u8>, text: &[u8]) {
    push_marked(out, text, b'#', u8::is_ascii_control);
}

/// Appends a captured text: as [`push_encoded`], and what stands around captured texts is encoded too.
pub(super) fn push_captured(out: &mut Vec<u8>, text: &[u8]) {
    push_marked(out, text, b'#', is_unprintable_in_captures);
}

/// Appends a text so that it can stand in a head: control characters but the tab as `%` and two hexadecimal digits.
pub(super) fn push_head_text(out: &mut Vec<u8>, text: &[u8]) {
    push_marked(out, text, b'%', |byte| byte.is_ascii_control() && *byte != b'\t');
}

/// Whether a byte is encoded in log lines.
pub(super) fn is_unprintable(byte: &u8) -> bool {
    !matches!(byte, b' '..=b'~') || matches!(byte, b'"' | b'#')
}

/// Whether a byte is encoded in captured texts.
pub(super) fn is_unprintable_in_captures(byte: &u8) -> bool {
    is_unprintable(byte) || matches!(byte, b'{' | b'|' | b'}')
}

/// A text up to its first NUL.
pub fn until_nul(text: &[u8]) -> &[u8] {
    text.split(|&byte| byte == 0).next().unwrap_or_default()
}

fn push_marked(out: &mut Vec<u8>, mut text: &[u8], mark: u8, must_encode: impl Fn(&u8) -> bool) {
    while let Some(at) = text.iter().position(&must_encode) {
        out.extend_from_slice(&text[..at]);
        out.extend_from_slice(&marked(mark, text[at]));
        text = &text[at + 1..];
    }
    out.extend_from_slice(text);
}

fn marked(mark: u8, byte: u8) -> [u8; 3] {
    [mark, DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]
}

/// Sets a backslash before each byte of `out` from `start` on that needs one.
pub(super) fn escape_from(out: &mut Vec<u8>, start: usize, needs: impl Fn(u8) -> bool) {
    let mut at = start;
    while let Some(&byte) = out.get(at) {
        if needs(byte) {
            out.insert(at, b'\\');
            at += 1;
        }
        at += 1;
    }
}

/// What has to be escaped in a value of structured data (RFC 5424 section 6.3.3).
pub(super) fn is_special_in_structured_data(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | b']')
}

/// What is escaped in a text of JSON. Control characters are not, as in HAProxy.
pub(super) fn is_special_in_json(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\')
}

/// The output of CBOR: as it is, or in hexadecimal digits so that it can stand in a line.
#[derive(Debug)]
pub(super) struct Cbor<'a> {
    pub out: &'a mut Vec<u8>,
    pub binary: bool,
}

impl Cbor<'_> {
    pub const NULL: u8 = 0xf6;
    pub const BEGIN_TEXT: u8 = 0x7f;
    pub const BEGIN_BYTES: u8 = 0x5f;
    pub const BEGIN_LIST: u8 = 0x9f;
    pub const BEGIN_MAP: u8 = 0xbf;
    pub const BREAK: u8 = 0xff;

    pub fn byte(&mut self, byte: u8) {
        self.bytes(&[byte]);
    }

    pub fn truth(&mut self, truth: bool) {
        self.byte(if truth { 0xf5 } else { 0xf4 });
    }

    pub fn integer(&mut self, n: i64) {
        // A negative number is stored as the distance from -1 (RFC 8949 section 3.1).
        if n < 0 { self.head(1, !n as u64) } else { self.head(0, n as u64) }
    }

    pub fn text(&mut self, text: &[u8]) {
        self.head(3, text.len() as u64);
        self.bytes(text);
    }

    /// Bytes, as a sequence of one chunk, or of none.
    pub fn byte_string(&mut self, bytes: &[u8]) {
        self.byte(Self::BEGIN_BYTES);
        if !bytes.is_empty() {
            self.head(2, bytes.len() as u64);
            self.bytes(bytes);
        }
        self.byte(Self::BREAK);
    }

    /// Chunks of a text with what must be encoded as `#` and two digits, each of these a chunk of its own.
    pub fn encoded_chunks(&mut self, mut text: &[u8], must_encode: impl Fn(&u8) -> bool) {
        while let Some(at) = text.iter().position(&must_encode) {
            self.chunk(&text[..at]);
            self.chunk(&marked(b'#', text[at]));
            text = &text[at + 1..];
        }
        self.chunk(text);
    }

    /// A chunk of a text, unless it is empty.
    pub fn chunk(&mut self, text: &[u8]) {
        if !text.is_empty() {
            self.text(text);
        }
    }

    /// The major type and the value that goes with it, in as few bytes as it takes (RFC 8949 section 3).
    fn head(&mut self, major: u8, value: u64) {
        let head = |info: u8| major << 5 | info;
        let bytes = value.to_be_bytes();
        match value {
            0..24 => self.byte(head(value as u8)),
            24..0x100 => self.bytes(&[head(24), bytes[7]]),
            0x100..0x1_0000 => self.bytes(&[head(25), bytes[6], bytes[7]]),
            0x1_0000..0x1_0000_0000 => self.bytes(&[head(26), bytes[4], bytes[5], bytes[6], bytes[7]]),
            _ => {
                self.byte(head(27));
                self.bytes(&bytes);
            }
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if self.binary {
            self.out.extend_from_slice(bytes);
        } else {
            push_hexadecimal_bytes(self.out, bytes);
        }
    }
}

const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let check = |n: u64, expected: &str| {
            let mut out = Vec::new();
            push_number(&mut out, n);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        };
        check(0, "0");
        check(1090, "1090");
        check(u64::MAX, "18446744073709551615");
        let mut out = b"x".to_vec();
        push_padded(&mut out, 7, 3);
        push_padded(&mut out, 1234, 3);
        assert_eq!(out, b"x0071234");
        for (n, width, expected) in [(0, 0, "0"), (0, 4, "0000"), (0x39d, 2, "39D"), (0xa344, 4, "A344")] {
            let mut out = Vec::new();
            push_hexadecimal(&mut out, n, width);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn encodes_as_haproxy_does() {
        let check = |text: &[u8], expected: &str| {
            let mut out = Vec::new();
            push_encoded(&mut out, text);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        };
        check(b"GET /a\"b", "GET /a#22b");
        check(b"/a#b", "/a#23b");
        check(b"/a\xc3\xa9b\x7f\x01", "/a#C3#A9b#7F#01");
        check(b"/a\\b{c}|~", "/a\\b{c}|~");
    }

    #[test]
    fn texts_for_heads() {
        let mut out = Vec::new();
        push_head_text(&mut out, b"a\x01\t\r\n\x1f \"#%\x7f\x80");
        assert_eq!(out, b"a%01\t%0D%0A%1F \"#%%7F\x80");
        assert_eq!(until_nul(b"a\0b"), b"a");
        assert_eq!(until_nul(b"\0b"), b"");
    }

    /// RFC 8949 appendix A.
    #[test]
    fn numbers_in_cbor() {
        for (n, expected) in [
            (0, "00"),
            (23, "17"),
            (24, "1818"),
            (1000, "1903E8"),
            (1_000_000, "1A000F4240"),
            (1_000_000_000_000, "1B000000E8D4A51000"),
            (-1, "20"),
            (-100, "3863"),
            (i64::MIN, "3B7FFFFFFFFFFFFFFF"),
        ] {
            let mut out = Vec::new();
            Cbor { out: &mut out, binary: false }.integer(n);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
