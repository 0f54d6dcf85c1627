//! JSON web tokens (RFC 7519; configuration manual 7.3.1) in their compact form (RFC 7515 section 7.1): header, payload and signature.
//! What a token claims, and whether its header names the algorithm that is asked for, is for rules to see.

mod key;

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use self::key::{Key, SIGNATURE_LIMIT};
use super::Converter;
use super::argument::{VARIABLE, is_variable};
use super::json_query;
use crate::args::{Arg, ArgKind, ArgSpec, Args};
use crate::input::{Input, MAX_MADE_BYTES};
use crate::names::Scope;
use crate::value::{Type, Value};

const ALGORITHM: ArgKind = ArgKind::Parse(|text| {
    if let Some(choice) = key::ALGORITHMS.iter().position(|(name, _)| *name == text) {
        return Ok(Arg::Choice(choice));
    }
    Err(match text {
        b"none" => "is not supported yet: it takes a token for signed that is not",
        _ if is_variable(text) => VARIABLE,
        _ => "is not an algorithm of RFC 7518",
    })
});

const KEY: ArgKind = ArgKind::Parse(|text| if is_variable(text) { Err(VARIABLE) } else { Ok(Arg::Text(text.into())) });

/// Stray bits behind the last byte do not count, but padding is none of the form (RFC 7515 section 2).
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// For what is only read, padding does no harm.
const BASE64_URL_LENIENT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

const QUERY: ArgSpec =
    ArgSpec { usage: "[<json_path>[,<output_type>]]", kinds: &[ArgKind::Text, ArgKind::Choice(&["int"])], required: 0 };

pub(super) const CONVERTERS: &[Converter] = &[
    Converter {
        name: "jwt_header_query",
        args: QUERY,
        prepare: Some(prepare_query),
        input: Type::Str,
        output: Type::Any,
        doc: "The header of a token, or the value at that path of it.",
        run: |value, input, args| query(value, 0, input, args),
    },
    Converter {
        name: "jwt_payload_query",
        args: QUERY,
        prepare: Some(prepare_query),
        input: Type::Str,
        output: Type::Any,
        doc: "The payload of a token, or the value at that path of it.",
        run: |value, input, args| query(value, 1, input, args),
    },
    Converter {
        name: "jwt_verify",
        args: ArgSpec { usage: "<alg>,<key>", kinds: &[ALGORITHM, KEY], required: 2 },
        prepare: Some(prepare_key),
        input: Type::Str,
        output: Type::Int,
        doc: "Whether the signature of a token is right: 1 if it is, 0 if not, below zero if there is none that could be.",
        run: verify,
    },
];

fn prepare_query(args: &mut Args, scope: &Scope<'_>) -> Result<(), String> {
    match args.text(0) {
        Some(_) => json_query::prepare(args, scope),
        None => Ok(()),
    }
}

/// A part of a token, or a value of it. Tokens need not have the right number of parts: the others are not looked at.
fn query<'a>(value: Value<'a>, part: usize, input: &Input<'a>, args: &'a Args) -> Option<Value<'a>> {
    let Value::Str(token) = value else { return None };
    let encoded = token.split(|&byte| byte == b'.').nth(part).filter(|encoded| encoded.len() <= MAX_MADE_BYTES)?;
    let decoded = input.scratch.zeros(encoded.len());
    let length = BASE64_URL_LENIENT.decode_slice(encoded, decoded).ok()?;
    let text = Value::Str(decoded.get(..length)?);
    if json_query::is_prepared(args) { json_query::run(text, input, args) } else { Some(text) }
}

/// Reads the key, from its file if it is a public one.
fn prepare_key(args: &mut Args, _: &Scope<'_>) -> Result<(), String> {
    let (Some(algorithm), Some(text)) = (args.choice(0), args.text(1)) else { return Ok(()) };
    if let Some(key) = Key::read(algorithm, text)? {
        args.set_compiled(1, key);
    }
    Ok(())
}

#[derive(Clone, Copy)]
#[repr(i64)]
enum Outcome {
    Right = 1,
    Wrong = 0,
    InvalidToken = -3,
}

fn verify<'a>(value: Value<'a>, _: &Input<'a>, args: &'a Args) -> Option<Value<'a>> {
    let Value::Str(token) = value else { return None };
    Some(Value::Int(outcome(token, args.compiled::<Key>(1)?) as i64))
}

fn outcome(token: &[u8], key: &Key) -> Outcome {
    let mut dots = token.iter().enumerate().filter(|(_, byte)| **byte == b'.').map(|(at, _)| at);
    let (Some(_), Some(end), None) = (dots.next(), dots.next(), dots.next()) else { return Outcome::InvalidToken };
    let mut signature = [0; SIGNATURE_LIMIT];
    match BASE64_URL.decode_slice(&token[end + 1..], &mut signature) {
        Ok(0) | Err(base64::DecodeSliceError::DecodeError(_)) => Outcome::InvalidToken,
        Ok(length) if key.takes_pairs() && length % 2 == 1 => Outcome::InvalidToken,
        Ok(length) if key.verify(&token[..end], &signature[..length]) => Outcome::Right,
        Ok(_) | Err(base64::DecodeSliceError::OutputSliceTooSmall) => Outcome::Wrong,
    }
}

#[cfg(test)]
mod tests;
