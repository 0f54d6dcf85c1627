//! Name-value pairs (FastCGI 1.0 section 3.4): a length is one byte below 128, else four.

/// What the names of variables begin with that come from header fields (RFC 3875 section 4.1.18).
const HEADER_PREFIX: &[u8] = b"HTTP_";

/// Lengths from here on take four bytes.
const LONG: usize = 128;
/// The bit that says so.
const LONG_BIT: u32 = 1 << 31;

/// Appends a pair.
pub fn push_pair(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    push_length(out, name.len());
    push_length(out, value.len());
    out.extend_from_slice(name);
    out.extend_from_slice(value);
}

/// Appends the variable that a header field is told in: `x-real-ip` becomes `HTTP_X_REAL_IP`.
pub fn push_variable(out: &mut Vec<u8>, header: &[u8], value: &[u8]) {
    push_length(out, HEADER_PREFIX.len() + header.len());
    push_length(out, value.len());
    out.extend_from_slice(HEADER_PREFIX);
    out.extend(header.iter().copied().map(variable_byte));
    out.extend_from_slice(value);
}

/// A byte of a name as names of variables have it: letters in upper case and digits, for all else an underscore (as measured in HAProxy).
pub const fn variable_byte(byte: u8) -> u8 {
    match byte {
        b'A'..=b'Z' | b'0'..=b'9' => byte,
        b'a'..=b'z' => byte.to_ascii_uppercase(),
        _ => b'_',
    }
}

fn push_length(out: &mut Vec<u8>, length: usize) {
    match u8::try_from(length) {
        Ok(short) if length < LONG => out.push(short),
        // Heads are far smaller than what 31 bits can say.
        _ => out.extend_from_slice(&(length as u32 | LONG_BIT).to_be_bytes()),
    }
}

/// The pairs of a content, up to the first that is cut off.
#[derive(Clone, Copy, Debug)]
pub struct Pairs<'a>(&'a [u8]);

impl<'a> Pairs<'a> {
    /// Over a whole content.
    pub const fn new(content: &'a [u8]) -> Self {
        Self(content)
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (name_len, rest) = take_length(self.0)?;
        let (value_len, rest) = take_length(rest)?;
        let (name, rest) = rest.split_at_checked(name_len)?;
        let (value, rest) = rest.split_at_checked(value_len)?;
        self.0 = rest;
        Some((name, value))
    }
}

fn take_length(input: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = input.split_first()?;
    if usize::from(first) < LONG {
        return Some((first.into(), rest));
    }
    let (bytes, rest) = input.split_first_chunk()?;
    Some(((u32::from_be_bytes(*bytes) & !LONG_BIT) as usize, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_every_length_come_back() {
        for (name, value) in [(0, 0), (1, 127), (127, 128), (128, 1), (129, 70_000)] {
            let (name, value) = (vec![b'n'; name], vec![b'v'; value]);
            let mut out = Vec::new();
            push_pair(&mut out, &name, &value);
            push_pair(&mut out, b"A", b"");
            let pairs: Vec<_> = Pairs::new(&out).collect();
            assert_eq!(pairs, [(&name[..], &value[..]), (b"A", b"")]);
        }
    }

    #[test]
    fn what_is_cut_off_is_no_pair() {
        let mut out = Vec::new();
        push_pair(&mut out, b"NAME", &[b'v'; 200]);
        for end in 0..out.len() {
            assert_eq!(Pairs::new(&out[..end]).next(), None, "{end}");
        }
    }

    #[test]
    fn names_of_header_fields() {
        let check = |header: &str, expected: &str| {
            let mut out = Vec::new();
            push_variable(&mut out, header.as_bytes(), b"v");
            assert_eq!(Pairs::new(&out).next(), Some((expected.as_bytes(), &b"v"[..])));
        };
        check("host", "HTTP_HOST");
        check("x-real-ip", "HTTP_X_REAL_IP");
        check("x.y!z'q_1", "HTTP_X_Y_Z_Q_1");
    }
}
