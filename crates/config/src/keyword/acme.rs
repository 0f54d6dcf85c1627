//! Keywords of `acme` sections (configuration manual 12.8).

use std::path::PathBuf;

use burdock_acme::settings::{ChallengeKind, Curve, MacAlgorithm, RsaBits};
use burdock_syntax::{Diagnostic, Parsed};

use super::{Keyword, Sections, unsupported};
use crate::args::{Args, not_one_of};
use crate::draft::{AcmeDraft, KeyType, ReadyWord, Set, Spanned};

pub(super) const KEYWORDS: &[Keyword<AcmeDraft>] = &[
    keyword("account-key", "<file>", "where the account's key is, or is to be kept", |acme, args| {
        file(&mut acme.account_key, args)
    }),
    keyword("acme-vars", "<text>", "passed on to what makes DNS records", |acme, args| text(&mut acme.variables, args)),
    keyword("bits", "<number>", "the size of RSA keys", bits),
    keyword(
        "challenge",
        "http-01|dns-01|dns-persist-01|tls-alpn-01",
        "how the authority is shown whose a name is",
        challenge,
    ),
    keyword("challenge-ready", "<condition>[,<condition>]*", "what is waited for before the authority looks", ready),
    keyword("contact", "<address>", "the account's address for mail", |acme, args| text(&mut acme.contact, args)),
    keyword("curves", "<curve>", "the curve of ECDSA keys", |acme, args| {
        acme.curve = Some(args.choice("a curve", &CURVES)?);
        args.end()
    }),
    keyword("directory", "<url>", "where the authority tells what it has", directory),
    keyword("dns-delay", "<time>", "the wait of 'challenge-ready delay'", |acme, args| {
        acme.dns_delay_ms = Some(args.time_s()?.map(|seconds| seconds.saturating_mul(1000)));
        args.end()
    }),
    keyword("dns-timeout", "<time>", "the longest wait of 'challenge-ready dns'", |acme, args| {
        acme.dns_timeout_ms = Some(args.time_s()?.map(|seconds| seconds.saturating_mul(1000)));
        args.end()
    }),
    keyword("eab-key-id", "<file>", "the name of the key of an external account", |acme, args| {
        file(&mut acme.binding_key_id, args)
    }),
    keyword("eab-mac-alg", "HS256|HS384|HS512", "what an external account signs by", |acme, args| {
        acme.binding_algorithm = Some(args.choice("an algorithm", &MAC_ALGORITHMS)?);
        args.end()
    }),
    keyword("eab-mac-key", "<file>", "the key of an external account", |acme, args| file(&mut acme.binding_key, args)),
    keyword("keytype", "RSA|ECDSA", "the kind of keys that are made", |acme, args| {
        acme.key_type = Some(args.choice("a kind of key", &KEY_TYPES)?);
        args.end()
    }),
    keyword("map", "<map>", "where rules find the tokens of challenges", |acme, args| text(&mut acme.map, args)),
    keyword("profile", "<name>", "what kind of certificate is asked for", |acme, args| text(&mut acme.profile, args)),
    keyword("provider-name", "<name>", "passed on to what makes DNS records", |acme, args| {
        text(&mut acme.provider_name, args)
    }),
    keyword("reuse-key", "on|off", "whether a renewed certificate keeps its key", |acme, args| {
        acme.reuse_key = Some(args.choice("'on' or 'off'", &[("on", true), ("off", false)])?);
        args.end()
    }),
];

const fn keyword(
    name: &'static str,
    arguments: &'static str,
    summary: &'static str,
    parse: fn(&mut AcmeDraft, &mut Args<'_>) -> Parsed<()>,
) -> Keyword<AcmeDraft> {
    Keyword::new(name, arguments, summary, "12.8", parse).within(Sections::ACME)
}

fn text(setting: &mut Set<String>, args: &mut Args<'_>) -> Parsed<()> {
    let text = args.text("a text")?;
    args.end()?;
    *setting = Some(text);
    Ok(())
}

fn file(setting: &mut Set<PathBuf>, args: &mut Args<'_>) -> Parsed<()> {
    let path = args.path("a file name")?;
    args.end()?;
    *setting = Some(path.map(|path| args.located(&path)));
    Ok(())
}

fn directory(acme: &mut AcmeDraft, args: &mut Args<'_>) -> Parsed<()> {
    let url = args.text("a URL")?;
    args.end()?;
    if !["https://", "http://"].iter().any(|scheme| url.value.len() > scheme.len() && url.value.starts_with(scheme)) {
        return Err(Diagnostic::error(format!("'{}' is no URL of an authority", url.value))
            .code("bad-value")
            .at(url.span, "has to begin with 'https://'"));
    }
    if url.value.starts_with("http://") {
        args.report(
            Diagnostic::advice("the authority is spoken to without TLS")
                .code("insecure")
                .at(url.span, "anybody on the way can pose as the authority"),
        );
    }
    acme.directory = Some(url);
    Ok(())
}

fn bits(acme: &mut AcmeDraft, args: &mut Args<'_>) -> Parsed<()> {
    let number = args.number("a number of bits", i64::MIN..=i64::MAX)?;
    args.end()?;
    let Some((_, bits)) = BITS.into_iter().find(|(known, _)| *known == number.value) else {
        return Err(Diagnostic::error(format!("RSA keys of {} bits are not made", number.value))
            .code("out-of-range")
            .at(number.span, "2048, 3072 or 4096")
            .note("shorter keys are refused by authorities, longer ones cost more than they protect"));
    };
    acme.bits = Some(number.map(|_| bits));
    Ok(())
}

/// Challenges are told apart without regard to case, as HAProxy does (measured).
fn challenge(acme: &mut AcmeDraft, args: &mut Args<'_>) -> Parsed<()> {
    let word = args.required("a challenge")?;
    args.end()?;
    let name = word.display().to_ascii_lowercase();
    let kind = CHALLENGES.into_iter().find(|kind| kind.name() == name);
    let kind = kind.ok_or_else(|| not_one_of(word, "a challenge", CHALLENGES.map(ChallengeKind::name)))?;
    acme.challenge = Some(Spanned::new(kind, word.span()));
    Ok(())
}

fn ready(acme: &mut AcmeDraft, args: &mut Args<'_>) -> Parsed<()> {
    let word = args.required("a condition")?;
    args.end()?;
    let text = word.to_str()?;
    let mut conditions = Vec::new();
    for condition in text.split(',') {
        match condition {
            "cli" => conditions.push(ReadyWord::Command),
            "delay" => conditions.push(ReadyWord::Delay),
            "none" if text != "none" => {
                return Err(Diagnostic::error("'none' cannot be combined with other conditions")
                    .code("bad-value")
                    .at(word.span(), "either 'none' or conditions"));
            }
            "none" => {}
            "dns" => return Err(unsupported("the condition 'dns' is", word.span())),
            _ => return Err(not_one_of(word, "a condition", ["cli", "delay", "dns", "none"])),
        }
    }
    acme.ready = Some(Spanned::new(conditions, word.span()));
    Ok(())
}

const CHALLENGES: [ChallengeKind; 4] =
    [ChallengeKind::Http01, ChallengeKind::Dns01, ChallengeKind::DnsPersist01, ChallengeKind::TlsAlpn01];

const BITS: [(i64, RsaBits); 3] = [(2048, RsaBits::Bits2048), (3072, RsaBits::Bits3072), (4096, RsaBits::Bits4096)];

/// As OpenSSL and NIST call them.
const CURVES: [(&str, Curve); 6] = [
    ("P-256", Curve::P256),
    ("P-384", Curve::P384),
    ("P-521", Curve::P521),
    ("prime256v1", Curve::P256),
    ("secp384r1", Curve::P384),
    ("secp521r1", Curve::P521),
];

const KEY_TYPES: [(&str, KeyType); 2] = [("RSA", KeyType::Rsa), ("ECDSA", KeyType::Ecdsa)];

const MAC_ALGORITHMS: [(&str, MacAlgorithm); 3] =
    [("HS256", MacAlgorithm::Hs256), ("HS384", MacAlgorithm::Hs384), ("HS512", MacAlgorithm::Hs512)];
