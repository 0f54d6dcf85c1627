//! `bind` (configuration manual 4.2).

use burdock_syntax::{Diagnostic, Parsed, Word};

use crate::address;
use crate::args::Args;
use crate::draft::{BindDraft, BindOptions, HostPart, ListenAddress, PortPart, ProxyDraft, Spanned, Written};
use crate::keyword::{Keyword, Sections, bind};

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[Keyword::proxy(
    "bind",
    "{[<address>]:<port>[-<last port>]|<path>}[,…] [<option>…]",
    "an address to listen on",
    "4.2",
    parse,
)
.within(Sections::FRONTEND.with(Sections::LISTEN))
.ignored_in(Sections::BACKEND)];

fn parse(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let span = args.line_span();
    let word = args.required("an address")?;
    let addresses = addresses(word, args);
    let mut options = BindOptions::default();
    bind::OPTIONS.run(&mut options, args);
    proxy.binds.push(BindDraft { addresses, options, span });
    Ok(())
}

/// The addresses of one word, separated by commas. Those at fault are reported and left out.
pub(crate) fn addresses(word: &Word, args: &mut Args<'_>) -> Vec<ListenAddress> {
    let mut addresses = Vec::new();
    let mut start = 0;
    let list = word.as_bytes();
    // Nothing behind the last comma is no fault.
    let list = list.strip_suffix(b",").filter(|list| !list.is_empty()).unwrap_or(list);
    for part in list.split(|&byte| byte == b',') {
        let piece = word.slice(start..start + part.len());
        start += part.len() + 1;
        match listen_address(&piece, args) {
            Ok(address) => addresses.push(address),
            Err(fault) => args.report(fault.or_at(word.span(), "")),
        }
    }
    addresses
}

/// An address to listen on: with a port where it has one, its host name resolved.
pub(crate) fn listen_address(word: &Word, args: &Args<'_>) -> Parsed<ListenAddress> {
    let bad =
        |message: String, label: &str| Diagnostic::error(message).code("bad-address").at(word.span(), label.to_owned());
    if word.is_empty() {
        return Err(bad("an address is empty".into(), "an address is missing here"));
    }
    let written = match address::parse(word, args.context.environment)? {
        Written::Ip { port: PortPart::Missing, .. } => {
            let fault = bad(format!("'{word}' has no port to listen on"), "a port is missing");
            let is_port = word.as_bytes().iter().all(u8::is_ascii_digit);
            let with_port = if is_port { format!(":{word}") } else { format!("{word}:80") };
            return Err(fault.replace(word.span(), with_port.clone(), format!("with a port: '{with_port}'")));
        }
        Written::Ip { host, port } => Written::Ip { host: resolved(host, word, args)?, port },
        other => other,
    };
    match &written {
        Written::Ip { port: PortPart::Fixed(0), .. } => Err(bad("port 0 cannot be listened on".into(), "bad port")),
        Written::Ip { port: PortPart::Offset(_), .. } => {
            Err(bad("a port to listen on cannot be relative".into(), "bad port"))
        }
        Written::Unix(path) if path.as_os_str().len() > LONGEST_PATH => {
            Err(bad(format!("the path is too long: {LONGEST_PATH} bytes are possible"), "too long"))
        }
        _ => Ok(Spanned::new(written, word.span())),
    }
}

fn resolved(host: HostPart, word: &Word, args: &Args<'_>) -> Parsed<HostPart> {
    let HostPart::Name(name, family) = host else { return Ok(host) };
    let found = args.context.host.lookup(&name).unwrap_or_default();
    address::choose(&found, family).map(HostPart::Address).ok_or_else(|| {
        Diagnostic::error(format!("'{name}' cannot be resolved to an address"))
            .code("unresolved")
            .at(word.span(), "no address found")
    })
}

/// Longest path of a Unix socket: it is created under a temporary, longer name.
const LONGEST_PATH: usize = 97;
