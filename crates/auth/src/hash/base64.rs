//! The base 64 of crypt(3): its own alphabet, the lowest bits first.

const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

const BITS: u32 = 6;

/// What a character stands for.
pub(super) fn value(character: u8) -> Option<u8> {
    let at = ALPHABET.iter().position(|&candidate| candidate == character)?;
    u8::try_from(at).ok()
}

/// The bytes that a text stands for. Nothing where a character is foreign, and where bits that fill no byte are not zero: encoders
/// give no such text.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0u32, 0u32);
    for &character in text {
        bits |= u32::from(value(character)?) << count;
        count += BITS;
        if count >= u8::BITS {
            let [byte, ..] = bits.to_le_bytes();
            bytes.push(byte);
            bits >>= u8::BITS;
            count -= u8::BITS;
        }
    }
    (bits == 0 && count < BITS).then_some(bytes)
}

/// A digest whose bytes were encoded in the order that `order` lists.
pub(super) fn decode_ordered<const N: usize>(text: &[u8], order: impl Iterator<Item = usize>) -> Option<[u8; N]> {
    let bytes = decode(text).filter(|bytes| bytes.len() == N)?;
    let mut digest = [0; N];
    for (byte, at) in bytes.into_iter().zip(order) {
        *digest.get_mut(at)? = byte;
    }
    Some(digest)
}
