//! Messages on a stream (RFC 6587 section 3.4): a length before each, or a line end behind each.

/// What the beginning of a stream's bytes is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame<'a> {
    /// A message, and how many bytes it takes with its frame.
    Message(&'a [u8], usize),
    /// The beginning of one.
    Partial,
    /// Nothing that a message begins with.
    Bad,
}

/// The first message in `bytes`. `assume_lines`: whatever it begins with, a line end ends it (`option assume-rfc6587-ntf`).
pub(super) fn next_frame(bytes: &[u8], assume_lines: bool) -> Frame<'_> {
    match bytes.first() {
        None => Frame::Partial,
        Some(b'<') => line(bytes),
        Some(_) if assume_lines => line(bytes),
        Some(b'1'..=b'9') => counted(bytes),
        Some(_) => Frame::Bad,
    }
}

/// A carriage return before the line feed is part of the line's end.
fn line(bytes: &[u8]) -> Frame<'_> {
    let Some(end) = bytes.iter().position(|&byte| byte == b'\n') else { return Frame::Partial };
    let line = bytes.get(..end).unwrap_or_default();
    Frame::Message(line.strip_suffix(b"\r").unwrap_or(line), end + 1)
}

fn counted(bytes: &[u8]) -> Frame<'_> {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (count, rest) = bytes.split_at(digits);
    if digits > MAX_COUNT_DIGITS {
        return Frame::Bad;
    }
    let length = count.iter().fold(0, |sum: usize, digit| sum * 10 + usize::from(digit - b'0'));
    match rest {
        [] => Frame::Partial,
        [b' ', rest @ ..] => {
            rest.get(..length).map_or(Frame::Partial, |text| Frame::Message(text, digits + 1 + length))
        }
        _ => Frame::Bad,
    }
}

/// More than fits any buffer.
const MAX_COUNT_DIGITS: usize = 9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_framings() {
        let check = |bytes: &str, assume_lines, expected: Frame<'_>| {
            assert_eq!(next_frame(bytes.as_bytes(), assume_lines), expected, "{bytes:?}");
        };
        check("<34>one\n<34>two\n", false, Frame::Message(b"<34>one", 8));
        check("<34>one\r\n", false, Frame::Message(b"<34>one", 9));
        check("<34>one", false, Frame::Partial);
        check("", false, Frame::Partial);
        check("7 <34>one8 <34>", false, Frame::Message(b"<34>one", 9));
        check("8 <34>o\ne\n", false, Frame::Message(b"<34>o\ne\n", 10));
        check("7 <34>on", false, Frame::Partial);
        check("12", false, Frame::Partial);
        check("12x<34>", false, Frame::Bad);
        check("0 <34>x", false, Frame::Bad);
        check("12345678901 x", false, Frame::Bad);
        check("plain\n", false, Frame::Bad);
        check("\n<34>x\n", false, Frame::Bad);
        check("7 <34>one\n", true, Frame::Message(b"7 <34>one", 10));
        check("plain\n", true, Frame::Message(b"plain", 6));
    }
}
