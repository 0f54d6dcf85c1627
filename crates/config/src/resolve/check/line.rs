//! `connect` and `send` lines.

use std::net::SocketAddr;

use burdock_http::HeaderName;
use burdock_model::{Address, CheckAction, CheckBytes, CheckPort, ConnectStep, Protocol, RequestStep};
use burdock_sample::{Expression, Format, Phase};
use burdock_syntax::{Diagnostic, Parsed, Word};

use super::script::Compiler;
use crate::address;
use crate::args::Args;
use crate::draft::{CheckLine, HostPart, PortPart, Written};
use crate::keyword::{not_yet, tls};
use crate::resolve::address::host;

/// What a connection is to be, which each server's line completes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::resolve) struct ConnectWish {
    /// `default`, or no line at all: as the server's line says.
    pub as_server: bool,
    /// No line says anything of it.
    pub is_implied: bool,
    /// `ssl`
    pub tls: bool,
    /// `sni`
    pub sni: Option<String>,
    /// `alpn`
    pub alpn: Option<Vec<Vec<u8>>>,
    /// `proto`
    pub protocol: Option<Protocol>,
    /// `send-proxy`
    pub send_proxy: bool,
    /// It says which port.
    pub has_port: bool,
}

/// A `connect` line. `slot`: how many stand before it.
pub(super) fn connect(
    compiler: &mut Compiler<'_>,
    line: &CheckLine,
    slot: usize,
    is_http: bool,
) -> Parsed<(ConnectStep, ConnectWish, Option<String>)> {
    let (mut step, mut wish) = (ConnectStep { slot, ..ConnectStep::default() }, ConnectWish::default());
    let mut comment = None;
    let scope = compiler.scope;
    let mut args = compiler.args(line);
    while let Some(word) = args.next() {
        match word.as_bytes() {
            b"default" => wish.as_server = true,
            b"comment" => comment = Some(args.text("a text")?.value),
            b"port" => {
                let word = args.required("a port or a sample expression")?;
                step.port = Some(port(word, &scope)?);
            }
            b"addr" => step.address = Some(check_address(&mut args)?),
            b"send-proxy" => wish.send_proxy = true,
            b"via-socks4" => return Err(not_yet("via-socks4", word.span())),
            b"ssl" => wish.tls = true,
            b"sni" => wish.sni = Some(args.text("a host name")?.value),
            b"alpn" => wish.alpn = Some(tls::protocols(&mut args)?.value),
            b"proto" => {
                let word = args.required("a protocol")?;
                wish.protocol = Some(match (word.as_bytes(), is_http) {
                    (b"h1", true) => Protocol::Http1,
                    (b"h2", true) => Protocol::Http2,
                    (b"none", false) => Protocol::Auto,
                    (b"h1" | b"h2" | b"none", _) => {
                        return Err(Diagnostic::error(format!("'{word}' cannot be spoken by these checks"))
                            .code("mode-mismatch")
                            .at(word.span(), "not possible here"));
                    }
                    _ => {
                        return Err(Diagnostic::error(format!("unknown protocol '{word}'"))
                            .code("unknown-value")
                            .at(word.span(), "'h1' or 'h2' is expected"));
                    }
                });
            }
            b"linger" => step.linger = true,
            _ => {
                const WORDS: [&str; 10] =
                    ["default", "port", "addr", "ssl", "sni", "alpn", "proto", "send-proxy", "linger", "comment"];
                return Err(crate::args::not_one_of(word, "an option of the connection", WORDS));
            }
        }
    }
    let address_has_port = matches!(&step.address, Some(Address::Tcp(address)) if address.port() > 0);
    wish.has_port = step.port.is_some() || address_has_port;
    Ok((step, wish, comment))
}

fn port(word: &Word, scope: &burdock_sample::Scope<'_>) -> Parsed<CheckPort> {
    if !word.as_bytes().iter().all(u8::is_ascii_digit) {
        return Ok(CheckPort::Sample(in_checks(Expression::parse(word, scope)?, word)?));
    }
    match word.to_str()?.parse() {
        Ok(port @ 1..) => Ok(CheckPort::Fixed(port)),
        _ => Err(Diagnostic::error(format!("{word} is out of range"))
            .code("out-of-range")
            .at(word.span(), "a port from 1 to 65535 is expected")),
    }
}

/// An expression that has to have a value in checks.
pub(super) fn in_checks(expression: Expression, word: &Word) -> Parsed<Expression> {
    if expression.validity().contains(Phase::Check) {
        return Ok(expression);
    }
    let fetch = expression.fetch().name;
    Err(Diagnostic::error(format!("sample fetch '{fetch}' has no value in checks"))
        .code("misplaced-sample")
        .at(word.span(), "never has a value here"))
}

fn check_address(args: &mut Args<'_>) -> Parsed<Address> {
    let word = args.required("an address")?;
    let bad =
        |message: &str| Err(Diagnostic::error(message).code("bad-address").at(word.span(), "not possible for checks"));
    match address::parse(word, args.context.environment)? {
        Written::Ip { host: HostPart::Name(name, family), port } => {
            let found = args.context.host.lookup(&name).unwrap_or_default();
            match (address::choose(&found, family), fixed(port)) {
                (Some(ip), Some(port)) => Ok(Address::Tcp(SocketAddr::new(ip, port))),
                (None, _) => bad(&format!("'{name}' cannot be resolved to an address")),
                (_, None) => bad("checks go to one port"),
            }
        }
        Written::Ip { host: part, port } => match fixed(port) {
            Some(port) => Ok(Address::Tcp(SocketAddr::new(host(&part), port))),
            None => bad("checks go to one port"),
        },
        Written::Unix(path) => Ok(Address::Unix(path)),
        Written::Abstract { name, padded } => Ok(Address::Abstract { name, padded }),
        Written::Descriptor(_) => bad("a descriptor cannot be connected to"),
    }
}

/// The port, zero where there is none.
fn fixed(port: PortPart) -> Option<u16> {
    match port {
        PortPart::Fixed(port) => Some(port),
        PortPart::Missing => Some(0),
        PortPart::Offset(_) | PortPart::Range(..) => None,
    }
}

/// A `send` line of `tcp-check`.
pub(super) fn send(
    compiler: &mut Compiler<'_>,
    line: &CheckLine,
    is_format: bool,
    is_binary: bool,
) -> Parsed<(CheckAction, Option<String>)> {
    let scope = compiler.scope;
    let mut args = compiler.args(line);
    let word = args.required("what is to be sent")?.clone();
    let mut comment = None;
    if args.next_if("comment").is_some() {
        comment = Some(args.text("a text")?.value);
    }
    args.end()?;
    let bytes = match (is_format, is_binary) {
        (false, false) => CheckBytes::Fixed(word.as_bytes().into()),
        (false, true) => CheckBytes::Fixed(binary(&word)?),
        (true, _) => {
            let format = Format::parse(&word, &scope, Phase::Check, compiler.findings)?;
            if is_binary { CheckBytes::Hexadecimal(format) } else { CheckBytes::Text(format) }
        }
    };
    Ok((CheckAction::Send(bytes), comment))
}

/// Bytes written in hexadecimal digits.
pub(super) fn binary(word: &Word) -> Parsed<Box<[u8]>> {
    let bad = |label: &str| {
        Diagnostic::error(format!("'{word}' is no text of hexadecimal digits"))
            .code("bad-argument")
            .at(word.span(), label.to_owned())
    };
    let (pairs, []) = word.as_bytes().as_chunks::<2>() else { return Err(bad("an even number of digits is expected")) };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let bytes = pairs.iter().map(|&[high, low]| Some((digit(high)? * 16 + digit(low)?) as u8));
    bytes.collect::<Option<_>>().ok_or_else(|| bad("'0' to '9' and 'a' to 'f' are expected"))
}

/// What `http-check send` lines say of a request; what is not said is the option's, else usual.
#[derive(Default)]
pub(super) struct RequestWords {
    method: Option<Word>,
    target: Option<(Word, bool)>,
    version: Option<Word>,
    headers: Vec<(Word, Word)>,
    body: Option<(Word, bool)>,
    pub(super) comment: Option<String>,
}

impl RequestWords {
    /// Reads a line.
    pub(super) fn read(compiler: &mut Compiler<'_>, line: &CheckLine) -> Parsed<Self> {
        let mut said = Self::default();
        let mut args = compiler.args(line);
        while let Some(word) = args.next() {
            match word.as_bytes() {
                b"meth" => said.method = Some(args.required("a method")?.clone()),
                b"uri" => said.target = Some((args.required("a URI")?.clone(), false)),
                b"uri-lf" => said.target = Some((args.required("a format")?.clone(), true)),
                b"ver" => said.version = Some(args.required("a version")?.clone()),
                b"hdr" => {
                    let name = args.required("a name and a value")?.clone();
                    let value = args.next().ok_or_else(|| args.missing("a value"))?.clone();
                    said.headers.push((name, value));
                }
                b"body" => said.body = Some((args.required("a text")?.clone(), false)),
                b"body-lf" => said.body = Some((args.required("a format")?.clone(), true)),
                b"comment" => said.comment = Some(args.text("a text")?.value),
                _ => {
                    const WORDS: [&str; 8] = ["meth", "uri", "uri-lf", "ver", "hdr", "body", "body-lf", "comment"];
                    return Err(crate::args::not_one_of(word, "a part of the request", WORDS));
                }
            }
        }
        Ok(said)
    }

    /// The same with what `others` say where this says nothing.
    pub(super) fn or(self, others: Self) -> Self {
        Self {
            method: self.method.or(others.method),
            target: self.target.or(others.target),
            version: self.version.or(others.version),
            headers: if self.headers.is_empty() { others.headers } else { self.headers },
            body: self.body.or(others.body),
            comment: self.comment.or(others.comment),
        }
    }

    /// The request.
    pub(super) fn compile(self, compiler: &mut Compiler<'_>) -> Parsed<RequestStep> {
        let scope = compiler.scope;
        let mut format = |word: &Word| Format::parse(word, &scope, Phase::Check, compiler.findings);
        let mut bytes = |(word, is_format): (Word, bool)| {
            Parsed::Ok(match is_format {
                true => CheckBytes::Text(format(&word)?),
                false => CheckBytes::Fixed(word.as_bytes().into()),
            })
        };
        let target = match self.target {
            Some(target) => bytes(target)?,
            None => CheckBytes::Fixed(b"/"[..].into()),
        };
        let body = self.body.map(bytes).transpose()?;
        let headers = self.headers.iter().map(|(name, value)| {
            if HeaderName::parse(name.as_bytes()).is_none() {
                return Err(Diagnostic::error(format!("'{name}' is no name of a header field"))
                    .code("bad-name")
                    .at(name.span(), "letters, digits and '-' are usual"));
            }
            let lower_case = name.as_bytes().to_ascii_lowercase().into_boxed_slice();
            Ok((lower_case, Format::parse(value, &scope, Phase::Check, compiler.findings)?))
        });
        let headers = headers.collect::<Parsed<Vec<_>>>()?.into();
        let text = |word: Option<Word>, usual: &[u8]| match word {
            Some(word) => word.as_bytes().into(),
            None => usual.into(),
        };
        Ok(RequestStep {
            method: text(self.method, b"OPTIONS"),
            target,
            version: text(self.version, b"HTTP/1.0"),
            headers,
            body,
        })
    }
}
