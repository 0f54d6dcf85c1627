//! `ssl-f-use`: certificates of all `bind` lines of a section (configuration manual 4.2).

use burdock_syntax::{Diagnostic, Parsed};

use crate::args::Args;
use crate::draft::{BindOptions, CertificateLine, ListLine, ProxyDraft};
use crate::keyword::{Keyword, Sections, bind, crt_store, tls, with_suggestion};

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[Keyword::proxy(
    "ssl-f-use",
    "crt <file> [<option>…]",
    "a certificate for all 'bind' lines with 'ssl'",
    "4.2",
    parse,
)
.within(Sections::FRONTEND.with(Sections::LISTEN))
.ignored_in(Sections::DEFAULTS.with(Sections::BACKEND))];

fn parse(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let span = args.line_span();
    let mut certificate = CertificateLine::new(span);
    let mut options = BindOptions::default();
    while let Some(word) = args.next() {
        if let Some(option) = crt_store::LOAD.find_some(tls::LINE_OPTIONS, word) {
            args.enter(option.name, word.span(), option.arguments);
            (option.parse)(&mut certificate, args)?;
        } else if let Some(option) = bind::OPTIONS.find_some(tls::LIST_OPTIONS, word) {
            args.enter(option.name, word.span(), option.arguments);
            (option.parse)(&mut options, args)?;
        } else {
            let fault = Diagnostic::error(format!("unknown option '{word}'"))
                .code("unknown-option")
                .at(word.span(), "not known here");
            let names = tls::LINE_OPTIONS.iter().chain(tls::LIST_OPTIONS).copied();
            return Err(with_suggestion(fault, word, names));
        }
    }
    if certificate.certificate.is_none() {
        return Err(Diagnostic::error("'ssl-f-use' needs 'crt' and the name of a file")
            .code("missing-argument")
            .at(span, "no 'crt' here"));
    }
    proxy.certificates.push(ListLine {
        certificate,
        policy: options.tls.policy,
        names: Vec::new(),
        written: String::new(),
        number: 0,
    });
    Ok(())
}
