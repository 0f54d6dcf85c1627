//! Options of TLS: those that `bind` and `server` lines share, those of certificates, and what the two kinds of line have of their own.

mod bind;
mod load;
mod server;
mod version;

use burdock_syntax::{Diagnostic, Parsed, Word};
use burdock_tls::settings::Verify;

use super::{Keyword, not_yet};
use crate::args::Args;
use crate::draft::{BindOptions, FileName, ServerOptions, Set, Spanned, TlsPolicyDraft};

pub(crate) use bind::{LIST_OPTIONS, OPTIONS as BIND_OPTIONS, SSL_DEFAULT_OPTIONS as BIND_DEFAULTS};
pub(crate) use load::{LINE_OPTIONS, OPTIONS as LOAD_OPTIONS};
pub(crate) use server::{OPTIONS as SERVER_OPTIONS, SSL_DEFAULT_OPTIONS as SERVER_DEFAULTS};

/// A line that says how connections are to be.
pub(crate) trait SaysTls: 'static {
    /// Where the manual describes its options.
    const MANUAL: &'static str;

    /// What it says.
    fn policy(&mut self) -> &mut TlsPolicyDraft;
}

impl SaysTls for BindOptions {
    const MANUAL: &'static str = "5.1";

    fn policy(&mut self) -> &mut TlsPolicyDraft {
        &mut self.tls.policy
    }
}

impl SaysTls for ServerOptions {
    const MANUAL: &'static str = "5.2";

    fn policy(&mut self) -> &mut TlsPolicyDraft {
        &mut self.tls.policy
    }
}

/// The options that both kinds of line have.
pub(crate) struct Shared<D>(std::marker::PhantomData<D>);

impl<D: SaysTls> Shared<D> {
    /// How connections are to be.
    pub const OPTIONS: &'static [Keyword<D>] = &[
        Keyword::new(
            "alpn",
            "<protocol>[,…]",
            "the protocols to agree upon, the preferred one first",
            D::MANUAL,
            |line, args| {
                line.policy().alpn = Some(protocols(args)?);
                Ok(())
            },
        ),
        Keyword::new("npn", "<protocol>[,…]", "never done: ALPN took its place", D::MANUAL, no_npn),
        Keyword::new(
            "ciphers",
            "<cipher>[:…]",
            "the cipher suites of TLS 1.2, in OpenSSL's names",
            D::MANUAL,
            |line, args| {
                line.policy().ciphers = Some(args.text("a list of ciphers")?);
                Ok(())
            },
        ),
        Keyword::new("ciphersuites", "<suite>[:…]", "the cipher suites of TLS 1.3", D::MANUAL, |line, args| {
            line.policy().cipher_suites = Some(args.text("a list of cipher suites")?);
            Ok(())
        }),
        Keyword::new("curves", "<group>[:…]", "the groups of the key exchange", D::MANUAL, |line, args| {
            line.policy().curves = Some(args.text("a list of curves")?);
            Ok(())
        }),
        Keyword::new(
            "sigalgs",
            "<algorithm>[:…]",
            "the algorithms that signatures may be made with",
            D::MANUAL,
            |line, args| {
                line.policy().signature_algorithms = Some(args.text("a list of signature algorithms")?);
                Ok(())
            },
        ),
        Keyword::new(
            "client-sigalgs",
            "<algorithm>[:…]",
            "the algorithms that signatures of clients may be made with",
            D::MANUAL,
            |line, args| {
                line.policy().client_signature_algorithms = Some(args.text("a list of signature algorithms")?);
                Ok(())
            },
        ),
        Keyword::new(
            "ca-file",
            "<file>|@system-ca",
            "who may have signed certificates of the other side",
            D::MANUAL,
            |line, args| {
                line.policy().ca_file = Some(file(args)?);
                Ok(())
            },
        ),
        Keyword::new(
            "crl-file",
            "<file>",
            "certificates of the other side that were revoked",
            D::MANUAL,
            |line, args| {
                line.policy().crl_file = Some(file(args)?);
                Ok(())
            },
        ),
        Keyword::new("allow-0rtt", "", "data may come before the handshake is complete", D::MANUAL, |line, args| {
            line.policy().early_data = Some(Spanned::new(true, args.name_span));
            Ok(())
        }),
        Keyword::new("no-tls-tickets", "", "sessions are not resumed by tickets", D::MANUAL, |line, args| {
            line.policy().no_tickets = Some(Spanned::new(true, args.name_span));
            Ok(())
        }),
        Keyword::new("tls-tickets", "", "sessions are resumed by tickets", D::MANUAL, |line, args| {
            line.policy().no_tickets = Some(Spanned::new(false, args.name_span));
            Ok(())
        }),
    ];
}

/// `alpn`, `check-alpn`: names are separated by commas; empty ones are passed over, as in HAProxy.
pub(crate) fn protocols(args: &mut Args<'_>) -> Parsed<Spanned<Vec<Vec<u8>>>> {
    const LONGEST_NAME: usize = 255;
    let word = args.required("a list of protocols")?;
    let names: Vec<Vec<u8>> =
        word.as_bytes().split(|byte| *byte == b',').filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect();
    if names.iter().any(|name| name.len() > LONGEST_NAME) {
        return Err(Diagnostic::error(format!("a protocol's name has {LONGEST_NAME} bytes at most"))
            .code("out-of-range")
            .at(word.span(), "one of these is longer"));
    }
    Ok(Spanned::new(names, word.span()))
}

/// NPN ended as a draft. Passing over it would leave clients without what the operator meant to announce.
fn no_npn<D: SaysTls>(_line: &mut D, args: &mut Args<'_>) -> Parsed<()> {
    let word = args.required("a list of protocols")?;
    let option = args.name_span.to(word.span());
    Err(Diagnostic::error("'npn' is not possible: it never became a standard, and no client of today asks for it")
        .code("never-supported")
        .at(option, "ALPN took its place (RFC 7301)")
        .replace(option, format!("alpn {word}"), format!("write 'alpn {word}'")))
}

/// The next word as the name of a file.
pub(crate) fn file(args: &mut Args<'_>) -> Parsed<Spanned<FileName>> {
    let directory = args.context.base_directory.map(std::path::Path::to_owned);
    Ok(args.path("the name of a file")?.map(|path| FileName { path, directory }))
}

/// `verify`. What servers are asked for cannot be optional.
fn verify(args: &mut Args<'_>, choices: &[(&str, Verify)]) -> Parsed<Set<Verify>> {
    Ok(Some(args.choice("how to verify", choices)?))
}

/// `ktls`: whether the kernel does the ciphering. It never does, so that only `off` is what happens.
fn kernel_tls(args: &mut Args<'_>) -> Parsed<()> {
    let wanted = args.choice("'on' or 'off'", &[("on", true), ("off", false)])?;
    if wanted.value {
        args.report(
            Diagnostic::advice("'ktls on' changes nothing: TLS is never left to the kernel")
                .code("no-meaning-here")
                .at(args.name_span.to(wanted.span), "accepted, without effect"),
        );
    }
    Ok(())
}

/// A protocol that `proto` and `check-proto` name.
pub(crate) fn protocol(args: &mut Args<'_>) -> Parsed<Spanned<crate::draft::ProtocolWord>> {
    use crate::draft::ProtocolWord;
    let word: &Word = args.required("the name of a protocol")?;
    let named = match word.as_bytes() {
        b"h1" => ProtocolWord::Http1,
        b"h2" => ProtocolWord::Http2,
        b"none" => ProtocolWord::Bytes,
        b"fcgi" => ProtocolWord::FastCgi,
        b"quic" | b"qmux" | b"spop" => return Err(not_yet(&format!("{} {word}", args.name), word.span())),
        _ => return Err(crate::args::not_one_of(word, "the name of a protocol", ["h1", "h2", "fcgi", "none"])),
    };
    Ok(Spanned::new(named, word.span()))
}
