//! JSON web tokens (RFC 7519; configuration manual 7.3.1) in their compact form (RFC 7515 section 7.1): header, payload and signature.
//! What a token claims, and whether its header names the algorithm that is asked for, is for rules to see.

mod envelope;
mod jwk;
mod key;
mod policy;
mod ring;

use std::sync::Arc;

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use burdock_state::VariableId;

use self::envelope::Recipient;
use self::jwk::DecryptionKey;
use self::key::{ALGORITHMS, Algorithm, Key, PublicKey, SIGNATURE_LIMIT};
pub use self::policy::{DecryptionPolicy, UnknownAlgorithm};
use self::ring::{Certificate, Known};
pub use self::ring::{Declared, KeyRing};
use super::Converter;
use super::argument::{BASE64, bytes};
use super::json_query;
use crate::args::{Arg, ArgKind, ArgSpec, Args};
use crate::input::{Input, MAX_MADE_BYTES};
use crate::names::Scope;
use crate::value::{Type, Value};
use crate::variable;

const ALGORITHM: ArgKind =
    ArgKind::OrVariable(|text| algorithm_named(text).map(Arg::Choice).ok_or("is not an algorithm of RFC 7518"));

/// A secret, a file's name or a key, or a variable that holds it.
const TEXT: ArgKind = ArgKind::OrVariable(|text| Ok(Arg::Text(text.into())));

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
        args: ArgSpec { usage: "<alg>,<key>", kinds: &[ALGORITHM, TEXT], required: 2 },
        prepare: Some(prepare_key),
        input: Type::Str,
        output: Type::Int,
        doc: "Whether the signature of a token is right: 1 if it is, 0 if not, below zero if there is none that could be.",
        run: |value, input, args| verify(value, input, args, key),
    },
    Converter {
        name: "jwt_verify_cert",
        args: ArgSpec { usage: "<alg>,<cert>", kinds: &[ALGORITHM, TEXT], required: 2 },
        prepare: Some(prepare_certificate),
        input: Type::Str,
        output: Type::Int,
        doc: "The same by the public key of a certificate.",
        run: |value, input, args| verify(value, input, args, public_key),
    },
    Converter {
        name: "jwt_decrypt_secret",
        args: ArgSpec { usage: "<secret>", kinds: &[BASE64], required: 1 },
        prepare: Some(|args, scope| {
            set_policy(args, scope);
            Ok(())
        }),
        input: Type::Str,
        output: Type::Bin,
        doc: "The content of an encrypted token, decrypted with a shared key in base64.",
        run: |value, input, args| decrypt(value, input, args, Recipient::Shared(bytes(input, args, 0)?)),
    },
    Converter {
        name: "jwt_decrypt_jwk",
        args: ArgSpec { usage: "<jwk>", kinds: &[TEXT], required: 1 },
        prepare: Some(prepare_jwk),
        input: Type::Str,
        output: Type::Bin,
        doc: "The content of an encrypted token, decrypted with a JSON web key.",
        run: |value, input, args| match args.compiled::<DecryptionKey>(0) {
            Some(key) => decrypt(value, input, args, key.into()),
            None => decrypt(value, input, args, (&DecryptionKey::of_jwk(text_of(input, args, 0)?).ok()?).into()),
        },
    },
    Converter {
        name: "jwt_decrypt_cert",
        args: ArgSpec { usage: "<cert>", kinds: &[TEXT], required: 1 },
        prepare: Some(prepare_private_key),
        input: Type::Str,
        output: Type::Bin,
        doc: "The content of an encrypted token, decrypted with the private key of a certificate that is for tokens.",
        run: |value, input, args| {
            let Some(Known::Usable(certificate)) = certificate(input, args, 0)? else { return None };
            decrypt(value, input, args, Recipient::Private(certificate.private.as_deref()?))
        },
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

fn algorithm_named(name: &[u8]) -> Option<usize> {
    ALGORITHMS.iter().position(|(known, _)| *known == name)
}

/// The keys that a key given in the configuration can be: which of them counts is known by the algorithm.
struct Given {
    text: Box<[u8]>,
    public: Option<Arc<PublicKey>>,
}

/// A certificate that the configuration names, and where it is looked for: another may take its place while traffic runs.
struct Held {
    name: Box<[u8]>,
    ring: Arc<KeyRing>,
    /// As it was when the configuration was read: it may not be one that is known to be for tokens.
    first: Certificate,
}

impl Held {
    fn new(name: &[u8], first: Certificate, scope: &Scope<'_>) -> Self {
        Self { name: name.into(), ring: Arc::clone(&scope.names.key_ring), first }
    }

    fn certificate(&self) -> Option<Known> {
        match self.ring.certificate(&self.name) {
            Some(Known::NotForTokens) => Some(Known::Usable(self.first.clone())),
            known => known,
        }
    }
}

/// A variable that holds the name of a key or certificate, and where that is looked for.
struct Named {
    variable: VariableId,
    ring: Arc<KeyRing>,
}

fn prepare_named(args: &mut Args, index: usize, scope: &Scope<'_>) -> Result<(), String> {
    if let Some(variable) = args.variable(index) {
        args.set_compiled(index, Named { variable, ring: Arc::clone(&scope.names.key_ring) });
    }
    Ok(())
}

/// Reads the key, from its file if it is a public one. Where a variable holds the algorithm, either is possible.
fn prepare_key(args: &mut Args, scope: &Scope<'_>) -> Result<(), String> {
    let Some(text) = args.text(1) else { return prepare_named(args, 1, scope) };
    let public = match args.choice(0).map(|index| (index, &ALGORITHMS[index])) {
        Some((_, (_, Algorithm::None))) => None,
        Some((_, (_, algorithm))) if algorithm.takes_secret() => None,
        Some((index, (name, _))) => {
            let key = scope.names.key_ring.read_key(text)?;
            if !key.suits(index) {
                let (file, name) = (text.escape_ascii(), name.escape_ascii());
                return Err(format!("the public key of the file '{file}' is not one for {name}"));
            }
            Some(key)
        }
        None => scope.names.key_ring.read_key(text).ok(),
    };
    let given = Given { text: text.into(), public };
    args.set_compiled(1, given);
    Ok(())
}

/// Reads the certificate of a file.
fn prepare_certificate(args: &mut Args, scope: &Scope<'_>) -> Result<(), String> {
    if args.choice(0).is_some_and(|index| ALGORITHMS[index].1.takes_secret()) {
        return Err("a certificate verifies no token that a shared secret signs".to_owned());
    }
    let Some(text) = args.text(1) else { return prepare_named(args, 1, scope) };
    let certificate = scope.names.key_ring.read_certificate(text)?;
    let held = Held::new(text, certificate, scope);
    args.set_compiled(1, held);
    Ok(())
}

/// Finds the certificate among those that `crt-store` sections declare for tokens.
fn prepare_private_key(args: &mut Args, scope: &Scope<'_>) -> Result<(), String> {
    set_policy(args, scope);
    let Some(text) = args.text(0) else { return prepare_named(args, 0, scope) };
    let name = text.escape_ascii();
    let certificate = match scope.names.key_ring.certificate(text) {
        Some(Known::Usable(certificate)) => certificate,
        Some(Known::NotForTokens) => return Err(format!("the certificate '{name}' lacks 'jwt on' where it is loaded")),
        None => return Err(format!("no 'crt-store' loads the certificate '{name}' with 'jwt on'")),
    };
    let held = Held::new(text, certificate, scope);
    args.set_compiled(0, held);
    Ok(())
}

fn prepare_jwk(args: &mut Args, scope: &Scope<'_>) -> Result<(), String> {
    set_policy(args, scope);
    let Some(text) = args.text(0) else { return Ok(()) };
    let key = DecryptionKey::of_jwk(text).map_err(|fault| format!("'{}' {fault}", text.escape_ascii()))?;
    args.set_compiled(0, key);
    Ok(())
}

/// Behind the one argument of those that decrypt stands what tokens may use.
const POLICY: usize = 1;

fn set_policy(args: &mut Args, scope: &Scope<'_>) {
    args.append_compiled(scope.names.decryption_policy);
}

/// What a verification comes to, as HAProxy numbers it.
#[derive(Clone, Copy)]
#[repr(i64)]
enum Outcome {
    Right = 1,
    Wrong = 0,
    UnknownAlgorithm = -1,
    InvalidToken = -3,
    UnknownKey = -5,
    NotForTokens = -7,
}

/// Finds the key for an algorithm; nothing where a variable has no value.
type FindKey = for<'a> fn(&Input<'a>, &'a Args, Algorithm) -> Option<Result<Key<'a>, Outcome>>;

fn verify<'a>(value: Value<'a>, input: &Input<'a>, args: &'a Args, find: FindKey) -> Option<Value<'a>> {
    let Value::Str(token) = value else { return None };
    let algorithm = match args.choice(0) {
        Some(choice) => Some(choice),
        None => algorithm_named(text_of(input, args, 0)?),
    };
    let outcome = match algorithm {
        None => Outcome::UnknownAlgorithm,
        Some(algorithm) => match find(input, args, ALGORITHMS[algorithm].1)? {
            Err(outcome) => outcome,
            Ok(key) => verified(token, algorithm, &key),
        },
    };
    Some(Value::Int(outcome as i64))
}

/// The key that the second argument of `jwt_verify` gives.
fn key<'a>(input: &Input<'a>, args: &'a Args, algorithm: Algorithm) -> Option<Result<Key<'a>, Outcome>> {
    let secret = |text: &'a [u8]| if text.is_empty() { None } else { Some(Ok(Key::Secret(text))) };
    let public = |key: Option<Arc<PublicKey>>| key.map(Key::Public).ok_or(Outcome::UnknownKey);
    match (args.compiled::<Given>(1), args.compiled::<Named>(1)) {
        _ if matches!(algorithm, Algorithm::None) => Some(Ok(Key::Secret(b""))),
        (Some(given), _) if algorithm.takes_secret() => secret(&given.text),
        (Some(given), _) => Some(public(given.public.clone())),
        (None, Some(named)) => {
            let text = named.text(input)?;
            if algorithm.takes_secret() { secret(text) } else { Some(public(named.ring.key(text))) }
        }
        (None, None) => None,
    }
}

/// The public key of the certificate that the second argument of `jwt_verify_cert` gives.
fn public_key<'a>(input: &Input<'a>, args: &'a Args, algorithm: Algorithm) -> Option<Result<Key<'a>, Outcome>> {
    if matches!(algorithm, Algorithm::None) {
        return Some(Ok(Key::Secret(b"")));
    }
    Some(match certificate(input, args, 1)? {
        Some(Known::Usable(certificate)) => Ok(Key::Public(certificate.public)),
        Some(Known::NotForTokens) => Err(Outcome::NotForTokens),
        None => Err(Outcome::UnknownKey),
    })
}

/// The certificate that an argument gives; nothing at all where a variable has no value.
fn certificate(input: &Input<'_>, args: &Args, index: usize) -> Option<Option<Known>> {
    if let Some(held) = args.compiled::<Held>(index) {
        return Some(held.certificate());
    }
    let named = args.compiled::<Named>(index)?;
    Some(named.ring.certificate(named.text(input)?))
}

impl Named {
    fn text<'a>(&self, input: &Input<'a>) -> Option<&'a [u8]> {
        match variable::get(input, self.variable)?.cast(Type::Str, input.scratch)? {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }
}

/// The text that an argument is, or that a variable holds.
fn text_of<'a>(input: &Input<'a>, args: &'a Args, index: usize) -> Option<&'a [u8]> {
    let Some(variable) = args.variable(index) else { return args.text(index) };
    match variable::get(input, variable)?.cast(Type::Str, input.scratch)? {
        Value::Str(text) => Some(text),
        _ => None,
    }
}

fn verified(token: &[u8], algorithm: usize, key: &Key<'_>) -> Outcome {
    let mut dots = token.iter().enumerate().filter(|(_, byte)| **byte == b'.').map(|(at, _)| at);
    let (Some(_), Some(end), None) = (dots.next(), dots.next(), dots.next()) else { return Outcome::InvalidToken };
    let kind = ALGORITHMS[algorithm].1;
    let mut signature = [0; SIGNATURE_LIMIT];
    match BASE64_URL.decode_slice(&token[end + 1..], &mut signature) {
        Ok(0) if matches!(kind, Algorithm::None) => Outcome::Right,
        Ok(0) | Err(base64::DecodeSliceError::DecodeError(_)) => Outcome::InvalidToken,
        Ok(length) if kind.takes_pairs() && length % 2 == 1 => Outcome::InvalidToken,
        Ok(length) if key::is_right(algorithm, key, &token[..end], &signature[..length]) => Outcome::Right,
        Ok(_) | Err(base64::DecodeSliceError::OutputSliceTooSmall) => Outcome::Wrong,
    }
}

/// The content of an encrypted token.
fn decrypt<'a>(value: Value<'a>, input: &Input<'a>, args: &Args, recipient: Recipient<'_>) -> Option<Value<'a>> {
    let Value::Str(token) = value else { return None };
    if token.len() > MAX_MADE_BYTES {
        return None;
    }
    let policy = args.compiled::<DecryptionPolicy>(POLICY).copied().unwrap_or_default();
    let content = envelope::open(token, recipient, policy)?;
    Some(Value::Bin(input.scratch.copy(&content)))
}

#[cfg(test)]
mod tests;
