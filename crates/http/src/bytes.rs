//! Byte classes of RFC 9110 and RFC 3986 as tables, and small helpers over byte slices shared by the parsers.
//! Must not know what a header means.

use std::net::Ipv4Addr;

/// Bits of [`CLASS`].
const TOKEN: u8 = 1;
const HEX: u8 = 2;
const BLANK: u8 = 4;
const TARGET: u8 = 8;
const HOST: u8 = 16;

const fn is_tchar(byte: u8) -> bool {
    matches!(
        byte,
        b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
    ) || byte.is_ascii_alphanumeric()
}

const CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let byte = index as u8;
        let mut class = 0;
        if is_tchar(byte) {
            class |= TOKEN;
        }
        if byte.is_ascii_hexdigit() {
            class |= HEX;
        }
        if byte == b' ' || byte == b'\t' {
            class |= BLANK;
        }
        if byte > b' ' && byte < 0x7f {
            class |= TARGET;
            if !matches!(byte, b',' | b'/' | b'?' | b'#' | b'\\' | b'@' | b'[' | b']') {
                class |= HOST;
            }
        }
        table[index] = class;
        index += 1;
    }
    table
};

/// Whether `byte` may appear in a method or a field name (`tchar`, RFC 9110 section 5.6.2).
#[inline]
pub fn is_token_byte(byte: u8) -> bool {
    CLASS[byte as usize] & TOKEN != 0
}

/// How many token bytes `text` starts with.
#[inline]
pub fn token_len(text: &[u8]) -> usize {
    // Four at a time: names are short, but every request has many of them.
    let mut len = 0;
    for four in text.chunks_exact(4) {
        if four.iter().fold(TOKEN, |class, &byte| class & CLASS[byte as usize]) == 0 {
            break;
        }
        len += 4;
    }
    let rest = text.get(len..).unwrap_or_default();
    len + rest.iter().position(|&byte| !is_token_byte(byte)).unwrap_or(rest.len())
}

/// Whether `text` is a non-empty token (RFC 9110 section 5.6.2).
pub fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && token_len(text) == text.len()
}

/// Whether `byte` is a visible ASCII character, the only ones a request target may hold.
#[inline]
pub fn is_target_byte(byte: u8) -> bool {
    CLASS[byte as usize] & TARGET != 0
}

/// Whether all of `text` may appear in a host and port without brackets: visible ASCII that ends no authority.
#[inline]
pub fn is_host_text(text: &[u8]) -> bool {
    text.iter().fold(HOST, |class, &byte| class & CLASS[byte as usize]) != 0
}

/// Whether `byte` is a space or a tab (`OWS`, RFC 9110 section 5.6.3).
#[inline]
pub fn is_blank(byte: u8) -> bool {
    CLASS[byte as usize] & BLANK != 0
}

/// The value of a hexadecimal digit of either case.
#[inline]
pub fn hex_value(byte: u8) -> Option<u8> {
    match byte {
        _ if CLASS[byte as usize] & HEX == 0 => None,
        b'0'..=b'9' => Some(byte - b'0'),
        _ => Some((byte | 0x20) - b'a' + 10),
    }
}

/// The byte that two hexadecimal digits of either case stand for.
#[inline]
pub fn hex_byte(high: u8, low: u8) -> Option<u8> {
    Some(hex_value(high)? << 4 | hex_value(low)?)
}

/// `text` without spaces and tabs at either end.
pub fn trim(text: &[u8]) -> &[u8] {
    trim_end(trim_start(text))
}

/// `text` without leading spaces and tabs.
pub fn trim_start(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && is_blank(*first)
    {
        text = rest;
    }
    text
}

/// `text` without trailing spaces and tabs.
pub fn trim_end(mut text: &[u8]) -> &[u8] {
    while let [rest @ .., last] = text
        && is_blank(*last)
    {
        text = rest;
    }
    text
}

/// Whether a field value holds what would end or split its line on the next hop (NUL, CR or LF).
pub fn holds_line_breaker(value: &[u8]) -> bool {
    // Without an early exit the compiler looks at many bytes at once.
    value.iter().fold(false, |found, &byte| found | matches!(byte, 0 | b'\r' | b'\n'))
}

/// Puts ASCII letters into lower case, eight or four at a time: names are short, but every message has many of them.
pub fn make_lower_case(text: &mut [u8]) {
    let (eights, rest) = text.as_chunks_mut::<8>();
    for eight in eights {
        *eight = lower_case(u64::from_ne_bytes(*eight)).to_ne_bytes();
    }
    let (fours, rest) = rest.as_chunks_mut::<4>();
    for four in fours {
        *four = (lower_case(u32::from_ne_bytes(*four).into()) as u32).to_ne_bytes();
    }
    rest.make_ascii_lowercase();
}

/// Each byte of the word in lower case. A capital is the byte that comes to 128 or more by adding what lies between `A` and 128, but not by
/// adding what lies between `[` and 128; the bytes being below 128, nothing is carried into the next.
const fn lower_case(word: u64) -> u64 {
    const EACH: u64 = u64::from_ne_bytes([1; 8]);
    let low_bits = word & (0x7f * EACH);
    let from_a = low_bits + (0x80 - b'A' as u64) * EACH;
    let behind_z = low_bits + (0x80 - b'[' as u64) * EACH;
    let capitals = from_a & !behind_z & !word & (0x80 * EACH);
    word | (capitals >> 2)
}

/// A decimal number of digits only, without sign or blanks; nothing on overflow (RFC 9110 section 8.6).
pub fn parse_decimal(text: &[u8]) -> Option<u64> {
    /// So many digits always fit, and need no look at every step.
    const SAFE_DIGITS: usize = 19;
    if text.is_empty() {
        return None;
    }
    let digit = |byte: u8| Some(byte.wrapping_sub(b'0')).filter(|digit| *digit < 10).map(u64::from);
    let (safe, rest) = text.split_at(text.len().min(SAFE_DIGITS));
    let mut value = 0;
    for &byte in safe {
        value = value * 10 + digit(byte)?;
    }
    rest.iter().try_fold(value, |value: u64, &byte| value.checked_mul(10)?.checked_add(digit(byte)?))
}

/// `value` in decimal, written at the end of `buffer`; the written part is returned.
pub fn format_decimal(mut value: u64, buffer: &mut [u8; 20]) -> &[u8] {
    let mut start = buffer.len();
    for slot in buffer.iter_mut().rev() {
        *slot = b'0' + (value % 10) as u8;
        start -= 1;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    buffer.get(start..).unwrap_or_default()
}

/// An IPv4 address with its dots, in the front of `buffer`; the written part is returned. Every request may get one, and the general
/// formatting costs several times as much as the header around it.
pub fn format_ipv4(address: Ipv4Addr, buffer: &mut [u8; 15]) -> &[u8] {
    let mut len = 0;
    let mut push = |byte| {
        buffer[len] = byte;
        len += 1;
    };
    for (index, octet) in address.octets().into_iter().enumerate() {
        if index > 0 {
            push(b'.');
        }
        if octet >= 100 {
            push(b'0' + octet / 100);
        }
        if octet >= 10 {
            push(b'0' + octet / 10 % 10);
        }
        push(b'0' + octet % 10);
    }
    buffer.get(..len).unwrap_or_default()
}

/// Whether one of two bytes is there, looked for eight at a time: most values are too short for anything that has to be set up first.
fn holds_either(text: &[u8], one: u8, other: u8) -> bool {
    const EACH: u64 = u64::from_ne_bytes([1; 8]);
    // The highest bit of each byte that is zero, and of some behind one.
    let zeros = |word: u64| word.wrapping_sub(EACH) & !word & (0x80 * EACH);
    let is_in = |eight: &[u8; 8]| {
        let word = u64::from_ne_bytes(*eight);
        zeros(word ^ (u64::from(one) * EACH)) | zeros(word ^ (u64::from(other) * EACH)) != 0
    };
    match text.last_chunk() {
        Some(last) => is_in(last) || text.as_chunks().0.iter().any(is_in),
        None => text.contains(&one) || text.contains(&other),
    }
}

/// The first comma that no quotes protect.
fn element_end(text: &[u8]) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    text.iter().position(|&byte| {
        if escaped {
            escaped = false;
            return false;
        }
        match byte {
            b'"' => quoted = !quoted,
            b'\\' if quoted => escaped = true,
            b',' if !quoted => return true,
            _ => {}
        }
        false
    })
}

/// The elements of a comma-separated list, trimmed; quoted strings protect commas (RFC 9110 section 5.6.1). Empty elements are
/// yielded too, since some callers must refuse them.
pub fn list_elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = if holds_either(text, b',', b'"') { element_end(text) } else { None };
        let (element, tail) = match end {
            Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
            None => (text, None),
        };
        rest = tail;
        Some(trim(element))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals() {
        for (text, expected) in [
            ("0", Some(0)),
            ("007", Some(7)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("", None),
            ("+1", None),
            ("1 ", None),
            ("0x1", None),
        ] {
            assert_eq!(parse_decimal(text.as_bytes()), expected, "{text:?}");
        }
        for value in [0, 9, 10, 12345, u64::MAX] {
            assert_eq!(format_decimal(value, &mut [0; 20]), value.to_string().as_bytes());
        }
    }

    #[test]
    fn lower_case_of_every_byte_at_every_place() {
        for len in 0..20 {
            for at in 0..len {
                for byte in 0..=255 {
                    let mut text: Vec<u8> = (0..len as u8).map(|n| b"aZ\xda@["[usize::from(n) % 5]).collect();
                    text[at] = byte;
                    let expected = text.to_ascii_lowercase();
                    make_lower_case(&mut text);
                    assert_eq!(text, expected);
                }
            }
        }
    }

    #[test]
    fn line_breakers() {
        for (value, expected) in
            [(&b""[..], false), (b"a b\t\x0b", false), (b"a\0", true), (b"\ra", true), (b"a\nb", true)]
        {
            assert_eq!(holds_line_breaker(value), expected, "{value:?}");
        }
    }

    #[test]
    fn ipv4_addresses() {
        for text in ["0.0.0.0", "127.0.0.1", "9.10.99.100", "255.255.255.255", "1.200.101.209"] {
            assert_eq!(format_ipv4(text.parse().unwrap(), &mut [0; 15]), text.as_bytes());
        }
    }

    #[test]
    fn lists() {
        for (text, expected) in [
            ("a", vec!["a"]),
            ("a, b ,\tc", vec!["a", "b", "c"]),
            ("", vec![""]),
            ("a,,b,", vec!["a", "", "b", ""]),
            (r#"a="x,\"y", b"#, vec![r#"a="x,\"y""#, "b"]),
        ] {
            let found: Vec<_> = list_elements(text.as_bytes()).map(|e| std::str::from_utf8(e).unwrap()).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn tokens() {
        for (text, expected) in
            [("", 0), (":", 0), ("a:", 1), ("abc:d", 3), ("abcd:", 4), ("abcde", 5), ("abcdefg h", 7), ("a-b_c!\0", 6)]
        {
            assert_eq!(token_len(text.as_bytes()), expected, "{text:?}");
            assert_eq!(is_token(text.as_bytes()), expected > 0 && expected == text.len());
        }
    }

    #[test]
    fn either_of_two_bytes() {
        for length in 0..40 {
            // Bytes one beside what is looked for, where a borrow would show.
            let mut text = vec![b'+'; length];
            text.iter_mut().step_by(2).for_each(|byte| *byte = b'#');
            assert!(!holds_either(&text, b',', b'"'), "{length}");
            for at in 0..length {
                for byte in [b',', b'"'] {
                    let mut text = text.clone();
                    text[at] = byte;
                    assert!(holds_either(&text, b',', b'"'), "{length} {at}");
                }
            }
        }
    }

    #[test]
    fn hex_digits() {
        for byte in 0..=255u8 {
            assert_eq!(hex_value(byte).map(u32::from), (byte as char).to_digit(16), "{byte}");
        }
    }
}
