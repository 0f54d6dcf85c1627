//! What connections to a server begin with: a header of the PROXY protocol.

use burdock_model::HeaderParts;
use burdock_proxy_protocol::tlv;
use burdock_syntax::{Diagnostic, Parsed, Word};

use crate::args::{Args, not_one_of};
use crate::draft::{ProxyHeaderDraft, ServerOptions};
use crate::keyword::Keyword;

pub(super) const OPTIONS: &[Keyword<ServerOptions>] = &[
    option("send-proxy", "connections begin with a header of the PROXY protocol, version 1", |server, _| {
        server.proxy_header.line = true;
        Ok(())
    }),
    option("no-send-proxy", "takes 'send-proxy' back", |server, _| {
        server.proxy_header.line = false;
        Ok(())
    }),
    option("send-proxy-v2", "connections begin with a header of the PROXY protocol, version 2", |server, _| {
        block(&mut server.proxy_header, true, |_, _| {})
    }),
    option("no-send-proxy-v2", "takes 'send-proxy-v2' back", |server, _| {
        block(&mut server.proxy_header, false, |_, _| {})
    }),
    option("send-proxy-v2-ssl", "the same with what is known of the client's TLS", |server, _| {
        block(&mut server.proxy_header, true, TLS)
    }),
    option("no-send-proxy-v2-ssl", "takes 'send-proxy-v2-ssl' back", |server, _| {
        block(&mut server.proxy_header, false, TLS)
    }),
    option("send-proxy-v2-ssl-cn", "the same with the name in the client's certificate", |server, _| {
        block(&mut server.proxy_header, true, NAME)
    }),
    option("no-send-proxy-v2-ssl-cn", "takes 'send-proxy-v2-ssl-cn' back", |server, _| {
        block(&mut server.proxy_header, false, NAME)
    }),
    Keyword::new(
        "proxy-v2-options",
        "{ssl|cert-cn|ssl-cipher|cert-sig|cert-key|authority|crc32c|unique-id}[,…]",
        "what a header of version 2 tells beside addresses",
        "5.2",
        |server, args| parts(&mut server.proxy_header.parts, args),
    ),
    Keyword::new(
        "set-proxy-v2-tlv-fmt",
        "(<type>) <format>",
        "a further value in a header of version 2",
        "5.2",
        |server, args| {
            let value = value(args)?;
            server.proxy_header.values.push(value);
            Ok(())
        },
    ),
];

/// Says yes or no to a header of version 2 and to what its option means beside.
fn block(header: &mut ProxyHeaderDraft, wanted: bool, part: fn(&mut HeaderParts, bool)) -> Parsed<()> {
    header.block = wanted;
    part(&mut header.parts, wanted);
    Ok(())
}

const TLS: fn(&mut HeaderParts, bool) = |parts, wanted| parts.tls = wanted;
const NAME: fn(&mut HeaderParts, bool) = |parts, wanted| (parts.tls, parts.common_name) = (wanted, wanted);

type Part = (&'static str, fn(&mut HeaderParts));

const PARTS: [Part; 8] = [
    ("ssl", |parts| parts.tls = true),
    ("cert-cn", |parts| parts.common_name = true),
    ("ssl-cipher", |parts| parts.cipher = true),
    ("cert-sig", |parts| parts.signature = true),
    ("cert-key", |parts| parts.key = true),
    ("authority", |parts| parts.authority = true),
    ("crc32c", |parts| parts.checksum = true),
    ("unique-id", |parts| parts.unique_id = true),
];

fn parts(parts: &mut HeaderParts, args: &mut Args<'_>) -> Parsed<()> {
    let word = args.required("a list of options")?;
    for name in word.to_str()?.split(',') {
        match PARTS.iter().find(|(known, _)| *known == name) {
            Some((_, set)) => set(parts),
            None => {
                let wrong = Word::synthetic(name, word.span());
                return Err(not_one_of(&wrong, "an option of the header", PARTS.iter().map(|(known, _)| *known)));
            }
        }
    }
    Ok(())
}

/// The format may be missing: the value is empty then.
fn value(args: &mut Args<'_>) -> Parsed<(u8, Word)> {
    let option = args.name_span;
    let parameter = args.parameter.take();
    let format = args.next().cloned().unwrap_or_else(|| Word::synthetic("", option));
    let Some(parameter) = parameter else {
        return Err(args
            .missing("the type of the value in parentheses")
            .at(option, "as in 'set-proxy-v2-tlv-fmt(0xe1)'"));
    };
    let kind = parameter.to_str().ok().and_then(tlv::number).ok_or_else(|| {
        Diagnostic::error(format!("'{parameter}' is no type of values"))
            .code("not-a-number")
            .at(parameter.span(), "a number from 0 to 255 is expected")
    })?;
    Ok((kind, format))
}

/// An option without arguments.
const fn option(
    name: &'static str,
    summary: &'static str,
    parse: fn(&mut ServerOptions, &mut Args<'_>) -> Parsed<()>,
) -> Keyword<ServerOptions> {
    Keyword::new(name, "", summary, "5.2", parse)
}
