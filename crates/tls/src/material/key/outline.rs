//! What a private key says of itself, read without taking it up (RFC 8017 A.1.2, RFC 5915 3, RFC 5958 2): enough to tell whether it is a
//! certificate's.

use crate::der::{BIT_STRING, Reader, SEQUENCE, Value};
use crate::material::KeyKind;
use crate::verify::Link;

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT: u8 = 0x06;

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const ELLIPTIC_CURVE: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const CURVES: [&[u8]; 3] = [&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7], &[0x2b, 0x81, 4, 0, 34], &[0x2b, 0x81, 4, 0, 35]];
/// Sizes of RSA keys that the TLS library takes, in bytes.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;

/// The kind of a pair whose private half names the public half that the certificate has. None: that cannot be told without more work.
pub(super) fn kind_of_pair(key: &[u8], link: &Link) -> Option<KeyKind> {
    let mut algorithm = Reader::new(&link.key_algorithm);
    let kind = algorithm.expect(OBJECT)?.content;
    let inner = inner_key(key)?;
    if kind == RSA {
        let [n, e, .., p, q] = rsa_numbers(inner)?;
        let mut public = Reader::new(&link.key_bits).expect(SEQUENCE)?.inside();
        let is_pair = public.expect(INTEGER)?.content == n && public.expect(INTEGER)?.content == e;
        let is_taken = RSA_BYTES.contains(&without_zeros(n).len()) && is_product(n, p, q);
        (is_pair && is_taken).then_some(KeyKind::Rsa)
    } else {
        let is_known = kind == ELLIPTIC_CURVE && CURVES.contains(&algorithm.expect(OBJECT)?.content);
        (is_known && curve_point(inner)? == link.key_bits).then_some(KeyKind::Ecdsa)
    }
}

/// The bits of a SubjectPublicKeyInfo.
pub(super) fn key_bits(public: &[u8]) -> Option<&[u8]> {
    let mut parts = Reader::new(public).expect(SEQUENCE)?.inside();
    parts.expect(SEQUENCE)?;
    parts.expect(BIT_STRING)?.bits()
}

/// What lies in the wrapping of PKCS #8, or the key itself where it has none.
fn inner_key(key: &[u8]) -> Option<&[u8]> {
    let mut parts = Reader::new(key).expect(SEQUENCE)?.inside();
    parts.expect(INTEGER)?;
    match parts.next()? {
        Value { tag: SEQUENCE, .. } => Some(parts.expect(OCTET_STRING)?.content),
        _ => Some(key),
    }
}

/// The numbers of an RSA key: modulus, public exponent, private exponent and the two primes.
fn rsa_numbers(key: &[u8]) -> Option<[&[u8]; 5]> {
    let mut parts = Reader::new(key).expect(SEQUENCE)?.inside();
    parts.expect(INTEGER)?;
    let mut number = || parts.expect(INTEGER).map(|number| number.content);
    Some([number()?, number()?, number()?, number()?, number()?])
}

/// The public point that a key on a curve names.
fn curve_point(key: &[u8]) -> Option<&[u8]> {
    let mut parts = Reader::new(key).expect(SEQUENCE)?.inside();
    parts.expect(INTEGER)?;
    parts.expect(OCTET_STRING)?;
    // The curve, which certificates name too.
    let _ = parts.expect(0xa0);
    parts.expect(0xa1)?.inside().expect(BIT_STRING).and_then(Value::bits)
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// Whether the primes belong to the modulus.
fn is_product(n: &[u8], p: &[u8], q: &[u8]) -> bool {
    let (p, q) = (limbs(p), limbs(q));
    let mut product = vec![0_u32; p.len() + q.len()];
    for (place, &a) in p.iter().enumerate() {
        let mut carry = 0;
        for (cell, &b) in product.iter_mut().skip(place).zip(q.iter().chain(&[0])) {
            let sum = u64::from(*cell) + u64::from(a) * u64::from(b) + carry;
            (*cell, carry) = (sum as u32, sum >> 32);
        }
    }
    while product.last() == Some(&0) {
        product.pop();
    }
    product == limbs(n)
}

/// A number in digits of 32 bits, the lowest first, without zeros above.
fn limbs(number: &[u8]) -> Vec<u32> {
    without_zeros(number)
        .rchunks(4)
        .map(|digits| digits.iter().fold(0, |limb, &byte| limb << 8 | u32::from(byte)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_long_numbers() {
        let check = |n: u128, p: u64, q: u64, expected: bool| {
            assert_eq!(is_product(&n.to_be_bytes(), &p.to_be_bytes(), &q.to_be_bytes()), expected, "{n}");
        };
        check(35, 5, 7, true);
        check(36, 5, 7, false);
        let (p, q) = (u64::MAX, u64::MAX - 58);
        check(u128::from(p) * u128::from(q), p, q, true);
        check(u128::from(p) * u128::from(q) - 1, p, q, false);
        check(0, 0, 7, true);
    }
}
