//! Cryptographic digests and message authentication codes (configuration manual 7.3.1).

use hmac::digest::Digest;
use hmac::digest::block_api::BlockSizeUser;
use hmac::{KeyInit, Mac, SimpleHmac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};

use super::Converter;
use super::argument::{self, BASE64};
use crate::args::{Arg, ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::value::{Type, Value};

/// A digest, and the code made with it.
struct Algorithm {
    /// As OpenSSL calls it and its aliases, in lower case.
    names: &'static [&'static str],
    digest: fn(&[u8]) -> Output,
    code: fn(&[u8], &[u8]) -> Option<Output>,
}

/// The bytes of a digest, at most 64.
struct Output {
    bytes: [u8; 64],
    length: usize,
}

const ALGORITHMS: [Algorithm; 8] = [
    algorithm::<Md5>(&["md5", "ssl3-md5", "rsa-md5"]),
    algorithm::<Sha1>(&["sha1", "sha-1", "ssl3-sha1", "rsa-sha1"]),
    algorithm::<Sha224>(&["sha224", "sha-224", "sha2-224", "rsa-sha224"]),
    algorithm::<Sha256>(&["sha256", "sha-256", "sha2-256", "rsa-sha256"]),
    algorithm::<Sha384>(&["sha384", "sha-384", "sha2-384", "rsa-sha384"]),
    algorithm::<Sha512>(&["sha512", "sha-512", "sha2-512", "rsa-sha512"]),
    algorithm::<Sha512_224>(&["sha512-224", "sha-512/224", "sha2-512/224", "rsa-sha512/224"]),
    algorithm::<Sha512_256>(&["sha512-256", "sha-512/256", "sha2-512/256", "rsa-sha512/256"]),
];

const ALGORITHM: ArgKind = ArgKind::Parse(|text| {
    position(text)
        .map(Arg::Choice)
        .ok_or("is not a digest that is supported: those are md5, sha1, and the family of sha2")
});

/// The size of one of the SHA-2 family, in bits.
const SHA2_BITS: ArgKind = ArgKind::Parse(|text| match text {
    b"224" | b"256" | b"384" | b"512" => {
        position(&[b"sha", text].concat()).map(Arg::Choice).ok_or("has no digest of the SHA-2 family")
    }
    _ => Err("is not a size of the SHA-2 family: 224, 256, 384 or 512"),
});

pub(super) const CONVERTERS: &[Converter] = &[
    Converter {
        name: "sha1",
        args: ArgSpec::NONE,
        prepare: None,
        input: Type::Bin,
        output: Type::Bin,
        doc: "The SHA-1 digest of the bytes.",
        run: |value, input, _| digest(value, input, algorithm::<Sha1>(&[]).digest),
    },
    Converter {
        name: "sha2",
        args: ArgSpec { usage: "[<bits>]", kinds: &[SHA2_BITS], required: 0 },
        prepare: None,
        input: Type::Bin,
        output: Type::Bin,
        doc: "A digest of the SHA-2 family of the bytes, of 256 bits unless told.",
        run: |value, input, args| match args.choice(0) {
            Some(choice) => digest(value, input, ALGORITHMS.get(choice)?.digest),
            None => digest(value, input, algorithm::<Sha256>(&[]).digest),
        },
    },
    Converter {
        name: "digest",
        args: ArgSpec { usage: "<algorithm>", kinds: &[ALGORITHM], required: 1 },
        prepare: None,
        input: Type::Bin,
        output: Type::Bin,
        doc: "The digest of the bytes by an algorithm.",
        run: |value, input, args| digest(value, input, ALGORITHMS.get(args.choice(0)?)?.digest),
    },
    Converter {
        name: "hmac",
        args: ArgSpec { usage: "<algorithm>,<key>", kinds: &[ALGORITHM, BASE64], required: 2 },
        prepare: None,
        input: Type::Bin,
        output: Type::Bin,
        doc: "The authentication code of the bytes by an algorithm and a key in base64 (RFC 2104).",
        run: code,
    },
];

const fn algorithm<D: Digest + BlockSizeUser>(names: &'static [&'static str]) -> Algorithm {
    Algorithm {
        names,
        digest: |data| Output::new(&D::digest(data)),
        code: |key, data| {
            let mac = <SimpleHmac<D> as KeyInit>::new_from_slice(key).ok()?;
            Some(Output::new(&mac.chain_update(data).finalize().into_bytes()))
        },
    }
}

fn position(name: &[u8]) -> Option<usize> {
    ALGORITHMS.iter().position(|known| known.names.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(name)))
}

fn digest<'a>(value: Value<'a>, input: &Input<'a>, digest: fn(&[u8]) -> Output) -> Option<Value<'a>> {
    let Value::Bin(data) = value else { return None };
    Some(Value::Bin(input.scratch.copy(digest(data).as_bytes())))
}

fn code<'a>(value: Value<'a>, input: &Input<'a>, args: &'a Args) -> Option<Value<'a>> {
    let Value::Bin(data) = value else { return None };
    let code = (ALGORITHMS.get(args.choice(0)?)?.code)(argument::bytes(input, args, 1)?, data)?;
    Some(Value::Bin(input.scratch.copy(code.as_bytes())))
}

impl Output {
    fn new(digest: &[u8]) -> Self {
        let mut bytes = [0; 64];
        let length = digest.len().min(bytes.len());
        bytes[..length].copy_from_slice(&digest[..length]);
        Self { bytes, length }
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

#[cfg(test)]
mod tests {
    use crate::convert::testing::{check, check_fault};

    const SHA256: &str = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";

    #[test]
    fn digests() {
        for (expression, expected) in [
            ("str(abc),sha1", "A9993E364706816ABA3E25717850C26C9CD0D89D"),
            ("str(abc),sha2", SHA256),
            ("str(abc),sha2()", SHA256),
            ("str(abc),sha2(224)", "23097D223405D8228642A477BDA255B32AADBCE4BDA0B3F7E36C9DA7"),
            (
                "str(abc),sha2(384)",
                "CB00753F45A35E8BB5A03D699AC65007272C32AB0EDED1631A8B605A43FF5BED8086072BA1E7CC2358BAECA134C825A7",
            ),
            (
                "str(abc),sha2(512)",
                "DDAF35A193617ABACC417349AE20413112E6FA4E89A97EA20A9EEEE64B55D39A\
                 2192992A274FC1A836BA3C23A3FEEBBD454D4423643CE80E2A9AC94FA54CA49F",
            ),
            ("str(abc),digest(md5)", "900150983CD24FB0D6963F7D28E17F72"),
            ("str(abc),digest(SHA256)", SHA256),
            ("str(abc),digest(sha-256)", SHA256),
            ("str(abc),digest(sha2-256)", SHA256),
            ("str(abc),digest(RSA-SHA256)", SHA256),
            ("str(abc),digest(sha512-256)", "53048E2681941EF99B2E29B76B4C7DABE4C2D0C634FC6D46E0E2F13107E7AF23"),
            ("str(abc),digest(sha512-224)", "4634270F707B6A54DAAE7530460842E20E37ED265CEEE9A43E8924AA"),
        ] {
            check(expression, Some(expected));
        }
    }

    #[test]
    fn authentication_codes() {
        for (expression, expected) in [
            ("str(abc),hmac(md5,a2V5)", "D2FE98063F876B03193AFB49B4979591"),
            ("str(1),hmac(sha1,a2V5)", "E23FEB105F9622241BF23DB1638CD2B4208B1F53"),
            ("str(abc),hmac(sha256,a2V5)", "9C196E32DC0175F86F4B1CB89289D6619DE6BEE699E4C378E68309ED97A1A6AB"),
            ("str(abc),hmac(sha256,YQ==)", "B4FFE67D267D9EB19F81CCD6FFCDE1443294D00892D5B648F03E590B56250CED"),
            ("str(abc),hmac(sha256,)", "FD7ADB152C05EF80DCCF50A1FA4C05D5A3EC6DA95575FC312AE7C5D091836351"),
            (
                "str(abc),hmac(sha512,a2V5)",
                "3926A207C8C42B0C41792CBD3E1A1AAAF5F7A25704F62DFC939C4987DD7CE060\
                 009C5BB1C2447355B3216F10B537E9AFA7B64A4E5391B0D631172D07939E087A",
            ),
        ] {
            check(expression, Some(expected));
        }
    }

    #[test]
    fn faults() {
        for (expression, message) in [
            ("str(a),sha2(1)", "'1' is not a size of the SHA-2 family: 224, 256, 384 or 512"),
            (
                "str(a),digest(sm3)",
                "'sm3' is not a digest that is supported: those are md5, sha1, and the family of sha2",
            ),
            ("str(a),digest", "'digest' lacks an argument"),
            ("str(a),hmac(sha256)", "'hmac' lacks an argument"),
            ("str(a),hmac(sha256,YQ)", "'YQ' is not base64 with its padding"),
            ("str(a),hmac(sha256,foo.x)", "'foo.x' is not base64 with its padding"),
        ] {
            check_fault(expression, message);
        }
    }
}
