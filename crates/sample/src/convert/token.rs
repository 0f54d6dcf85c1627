//! JSON web tokens (RFC 7519; configuration manual 7.3.1): the signature of a JWS in its compact form (RFC 7515 section 7.1). Looks neither
//! at its header nor at what it claims.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::digest::Digest;
use hmac::digest::block_api::BlockSizeUser;
use hmac::{KeyInit, Mac, SimpleHmac};
use sha2::{Sha256, Sha384, Sha512};

use super::Converter;
use super::argument::{VARIABLE, is_variable};
use crate::args::{Arg, ArgKind, ArgSpec, Args};
use crate::input::Input;
use crate::value::{Type, Value};

/// The algorithms with a shared secret (RFC 7518 section 3.2).
const WITH_SECRET: [(&[u8], Verify); 3] =
    [(b"HS256", verify_code::<Sha256>), (b"HS384", verify_code::<Sha384>), (b"HS512", verify_code::<Sha512>)];

/// The others of RFC 7518 section 3.1.
const OTHERS: [&[u8]; 10] =
    [b"RS256", b"RS384", b"RS512", b"ES256", b"ES384", b"ES512", b"PS256", b"PS384", b"PS512", b"none"];

const ALGORITHM: ArgKind = ArgKind::Parse(|text| {
    if let Some(choice) = WITH_SECRET.iter().position(|(name, _)| *name == text) {
        return Ok(Arg::Choice(choice));
    }
    Err(match text {
        _ if OTHERS.contains(&text) => {
            "is not supported yet: algorithms with a shared secret are, which are HS256, HS384 and HS512"
        }
        _ if is_variable(text) => VARIABLE,
        _ => "is not an algorithm of RFC 7518",
    })
});

const SECRET: ArgKind =
    ArgKind::Parse(|text| if is_variable(text) { Err(VARIABLE) } else { Ok(Arg::Text(text.into())) });

/// Stray bits behind the last byte do not count, but padding is none of the form (RFC 7515 section 2).
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

pub(super) const CONVERTERS: &[Converter] = &[Converter {
    name: "jwt_verify",
    args: ArgSpec { usage: "<alg>,<key>", kinds: &[ALGORITHM, SECRET], required: 2 },
    prepare: None,
    input: Type::Str,
    output: Type::Int,
    doc: "Whether the signature of a token is right: 1 if it is, 0 if not, below zero if there is none that could be.",
    run: verify,
}];

/// The longest signature, with room to tell one that is too long.
const SIGNATURE_LIMIT: usize = 66;

/// Whether a signature is right for a key and what it signs.
type Verify = fn(key: &[u8], signed: &[u8], signature: &[u8]) -> bool;

#[derive(Clone, Copy)]
#[repr(i64)]
enum Outcome {
    Right = 1,
    Wrong = 0,
    InvalidToken = -3,
}

fn verify<'a>(value: Value<'a>, _: &Input<'a>, args: &'a Args) -> Option<Value<'a>> {
    let Value::Str(token) = value else { return None };
    let (_, verify) = WITH_SECRET.get(args.choice(0)?)?;
    let secret = args.text(1).filter(|secret| !secret.is_empty())?;
    Some(Value::Int(outcome(token, secret, *verify) as i64))
}

fn outcome(token: &[u8], secret: &[u8], verify: Verify) -> Outcome {
    let mut dots = token.iter().enumerate().filter(|(_, byte)| **byte == b'.').map(|(at, _)| at);
    let (Some(_), Some(end), None) = (dots.next(), dots.next(), dots.next()) else { return Outcome::InvalidToken };
    let mut signature = [0; SIGNATURE_LIMIT];
    match BASE64_URL.decode_slice(&token[end + 1..], &mut signature) {
        Ok(0) | Err(base64::DecodeSliceError::DecodeError(_)) => Outcome::InvalidToken,
        Ok(length) if verify(secret, &token[..end], &signature[..length]) => Outcome::Right,
        Ok(_) | Err(base64::DecodeSliceError::OutputSliceTooSmall) => Outcome::Wrong,
    }
}

/// Takes as long for a wrong code as for a right one.
fn verify_code<D: Digest + BlockSizeUser>(secret: &[u8], signed: &[u8], signature: &[u8]) -> bool {
    <SimpleHmac<D> as KeyInit>::new_from_slice(secret)
        .is_ok_and(|code| code.chain_update(signed).verify_slice(signature).is_ok())
}

#[cfg(test)]
mod tests {
    use crate::convert::testing::{check, check_fault};

    #[test]
    fn shared_secrets() {
        const SIGNED: &str = "eyJhbGciOiAiSFMyNTYifQ.eyJzdWIiOiJ4In0";
        const CODE: &str = "qiGMNvocrWxyn0wEje-9NaAHzgoWNTK9To2Gk-EPrF";
        for (token, arguments, expected) in [
            (format!("{SIGNED}.{CODE}8"), "HS256,key", Some("1")),
            (format!("{SIGNED}.{CODE}9"), "HS256,key", Some("1")),
            (format!("{SIGNED}.{CODE}8"), "HS256,kex", Some("0")),
            (format!("{SIGNED}.{CODE}8"), "HS384,key", Some("0")),
            (format!("{SIGNED}.{CODE}8"), "HS256,", None),
            (format!("{SIGNED}.{CODE}"), "HS256,key", Some("0")),
            (format!("{SIGNED}.{CODE}8A"), "HS256,key", Some("0")),
            (format!("{SIGNED}.{CODE}8AA"), "HS256,key", Some("-3")),
            (format!("{SIGNED}.{CODE}8!"), "HS256,key", Some("-3")),
            (format!("{SIGNED}.{CODE}8.x"), "HS256,key", Some("-3")),
            (format!("{SIGNED}."), "HS256,key", Some("-3")),
            (SIGNED.to_owned(), "HS256,key", Some("-3")),
            (format!("{SIGNED}.{}", "A".repeat(400)), "HS256,key", Some("0")),
            ("..AA".to_owned(), "HS256,key", Some("0")),
            (String::new(), "HS256,key", Some("-3")),
            (
                "e30.e30.Qo8GVbq_DKyKSyRq6T3PtCBZSIjOS0ESx9pYnA3u_K3zVBP7SSY4T55Kxfob3NAc".to_owned(),
                "HS384,key",
                Some("1"),
            ),
            (
                "e30.e30.NTP8J4_ZS9MQfCWrOdLKcQavKjvH4hCKJk7sKpotCHlMk5eSiD-9lA2pkLks8KhM8Qr8DEkNJPTasPt-scPd4g"
                    .to_owned(),
                "HS512,key",
                Some("1"),
            ),
        ] {
            check(&format!("str({token}),jwt_verify({arguments})"), expected);
        }
    }

    #[test]
    fn faults() {
        for (arguments, message) in [
            (
                "RS256,a.pem",
                "'RS256' is not supported yet: algorithms with a shared secret are, which are HS256, HS384 and HS512",
            ),
            ("hs256,key", "'hs256' is not an algorithm of RFC 7518"),
            (",key", "'' is not an algorithm of RFC 7518"),
            ("txn.alg,key", "'txn.alg' is a variable, and a variable as an argument is not supported yet"),
            ("HS256,txn.key", "'txn.key' is a variable, and a variable as an argument is not supported yet"),
            ("HS256", "'jwt_verify' lacks an argument"),
        ] {
            check_fault(&format!("str(x),jwt_verify({arguments})"), message);
        }
    }
}
