//! Bytes that steps send or look for, made when their turn comes.

use std::borrow::Cow;

use burdock_model::CheckBytes;
use burdock_sample::{Format, Input, Style, until_nul};

/// Why there are no bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoBytes {
    /// The format gives nothing.
    Empty,
    /// What it gives are no hexadecimal digits.
    NoDigits,
}

/// The bytes as they are now.
pub(crate) fn made<'a>(bytes: &'a CheckBytes, input: &Input<'a>) -> Result<Cow<'a, [u8]>, NoBytes> {
    match bytes {
        CheckBytes::Fixed(bytes) => Ok(Cow::Borrowed(bytes)),
        CheckBytes::Text(format) => filled(format, input).map(Cow::Borrowed),
        CheckBytes::Hexadecimal(format) => hexadecimal(format, input).map(Cow::Owned),
    }
}

/// The text of a format, which must not be empty.
pub(crate) fn filled<'a>(format: &Format, input: &Input<'a>) -> Result<&'a [u8], NoBytes> {
    let text = format.text(input, Style::Plain);
    if text.is_empty() { Err(NoBytes::Empty) } else { Ok(text) }
}

/// The bytes whose hexadecimal digits a format gives.
pub(crate) fn hexadecimal(format: &Format, input: &Input<'_>) -> Result<Vec<u8>, NoBytes> {
    from_digits(filled(format, input)?).ok_or(NoBytes::NoDigits)
}

/// The bytes that an even number of hexadecimal digits stands for.
fn from_digits(digits: &[u8]) -> Option<Vec<u8>> {
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    pairs.iter().map(|&[high, low]| Some((digit(high)? * 16 + digit(low)?) as u8)).collect()
}

/// The hexadecimal digits of bytes, in upper case.
pub(crate) fn to_digits(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]).collect()
}

/// What reports can say of a text: up to its first zero byte, its line ends and as many bytes as HAProxy keeps.
pub(crate) fn told(text: &[u8]) -> String {
    let text = until_nul(text).trim_ascii_end();
    let mut told = String::from_utf8_lossy(text).into_owned();
    told.truncate(told.floor_char_boundary(MAX_TOLD_BYTES));
    told
}

/// How much of what is said of a result is kept (measured).
const MAX_TOLD_BYTES: usize = 127;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits() {
        assert_eq!(to_digits(b"\x00\xff+"), b"00FF2B");
        assert_eq!(from_digits(b"00fF2b").unwrap(), b"\x00\xff+");
        assert_eq!((from_digits(b"0"), from_digits(b"0g"), from_digits(b"")), (None, None, Some(Vec::new())));
    }

    #[test]
    fn what_is_told_is_short_and_ends_with_the_text() {
        assert_eq!(told(b"FATAL\0C28000"), "FATAL");
        assert_eq!(told(b"+OK\r\n"), "+OK");
        assert_eq!(told(&[b'x'; 700]).len(), 127);
        assert_eq!(told("é".repeat(100).as_bytes()).len(), 126);
    }
}
