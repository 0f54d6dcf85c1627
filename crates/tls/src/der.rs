//! Just enough of DER (X.690) to find the parts of certificates and lists that verification compares and signs byte by byte.

/// Values one after another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

/// One value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    /// Tag, length and content.
    pub(crate) whole: &'a [u8],
}

pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const SEQUENCE: u8 = 0x30;

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn next(&mut self) -> Option<Value<'a>> {
        let (&[tag, first], rest) = self.rest.split_first_chunk::<2>()?;
        let (length, header) = match first {
            0..=0x7f => (usize::from(first), 2),
            0x81..=0x84 => {
                let bytes = usize::from(first & 0x7f);
                let length = rest.get(..bytes)?.iter().fold(0_usize, |length, &byte| length << 8 | usize::from(byte));
                (length, 2 + bytes)
            }
            _ => return None,
        };
        let end = header.checked_add(length)?;
        let value = Value { tag, content: self.rest.get(header..end)?, whole: self.rest.get(..end)? };
        self.rest = self.rest.get(end..)?;
        Some(value)
    }

    /// The next value, if it has this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Option<Value<'a>> {
        let mut ahead = *self;
        let value = ahead.next().filter(|value| value.tag == tag)?;
        *self = ahead;
        Some(value)
    }
}

impl<'a> Value<'a> {
    pub(crate) fn inside(self) -> Reader<'a> {
        Reader::new(self.content)
    }

    /// What a bit string of whole bytes holds.
    pub(crate) fn bits(self) -> Option<&'a [u8]> {
        (self.tag == BIT_STRING).then_some(self.content)?.strip_prefix(&[0])
    }
}

/// What is signed, by which algorithm (the inside of its identifier), and the signature: what certificates and revocation lists have in common.
pub(crate) fn signed(der: &[u8]) -> Option<(Value<'_>, &[u8], &[u8])> {
    let mut parts = Reader::new(der).expect(SEQUENCE)?.inside();
    let signed = parts.expect(SEQUENCE)?;
    let algorithm = parts.expect(SEQUENCE)?.content;
    Some((signed, algorithm, parts.next()?.bits()?))
}

/// A name as it is compared: without the letters' case and the width of spaces, whatever kinds of strings it is written in (RFC 5280 7.1).
pub(crate) fn canonical_name(name: &[u8]) -> Vec<u8> {
    let mut canonical = Vec::with_capacity(name.len());
    let mut sets = Reader::new(name);
    while let Some(set) = sets.next() {
        canonical.push(set.tag);
        let mut attributes = set.inside();
        while let Some(attribute) = attributes.next() {
            let mut parts = attribute.inside();
            let (Some(kind), Some(value)) = (parts.next(), parts.next()) else { continue };
            canonical.extend_from_slice(kind.whole);
            if matches!(value.tag, 0x0c | 0x13 | 0x14 | 0x16) {
                let words = value.content.split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty());
                for word in words {
                    canonical.extend(word.iter().map(u8::to_ascii_lowercase));
                    canonical.push(b' ');
                }
            } else {
                canonical.extend_from_slice(value.whole);
            }
            canonical.push(0);
        }
    }
    canonical
}

/// A value of this tag and content.
pub(crate) fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut value = vec![tag];
    let length = content.len();
    match u8::try_from(length) {
        Ok(short @ 0..=0x7f) => value.push(short),
        Ok(byte) => value.extend([0x81, byte]),
        Err(_) => {
            value.push(0x82);
            value.extend_from_slice(&u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    value.extend_from_slice(content);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_values_and_refuses_what_is_cut_short() {
        let mut reader = Reader::new(&[0x30, 3, 2, 1, 5, 4, 1, 7]);
        let sequence = reader.expect(SEQUENCE).unwrap();
        assert_eq!(sequence.inside().next().unwrap().content, [5]);
        assert!(reader.expect(SEQUENCE).is_none());
        assert_eq!(reader.next().unwrap().content, [7]);
        for cut in
            [&[0x30, 4, 2, 1][..], &[0x30], &[0x30, 0x82, 1], &[0x30, 0x80], &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]]
        {
            assert!(Reader::new(cut).next().is_none(), "{cut:?}");
        }
    }

    #[test]
    fn names_compare_without_case_and_kind_of_string() {
        let name = |tag: u8, text: &[u8]| {
            let mut value = vec![tag, text.len() as u8];
            value.extend_from_slice(text);
            let mut attribute = vec![SEQUENCE, value.len() as u8 + 5, 6, 3, 0x55, 4, 3];
            attribute.extend(value);
            let mut set = vec![0x31, attribute.len() as u8];
            set.extend(attribute);
            set
        };
        assert_eq!(canonical_name(&name(0x0c, b"Root  CA ")), canonical_name(&name(0x13, b"root ca")));
        assert_ne!(canonical_name(&name(0x0c, b"Root CA")), canonical_name(&name(0x0c, b"RootCA")));
    }
}
