//! What servers are told of a request and of themselves: `unique-id-format`, `unique-id-header`, `http-send-name-header` (configuration manual
//! 4.2).

use burdock_syntax::{Diagnostic, Parsed};

use crate::args::Args;
use crate::draft::{ProxyDraft, Spanned};
use crate::keyword::option::http::header_name;
use crate::keyword::{Keyword, Sections};

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[
    Keyword::proxy("unique-id-format", "<format>", "how requests are given an identifier", "4.2", |proxy, args| {
        let format = args.required("a format")?.clone();
        args.end()?;
        let span = format.span();
        proxy.settings.unique_id_format = Some(Spanned::new(format, span));
        Ok(())
    })
    .within(Sections::PROXY),
    Keyword::proxy(
        "unique-id-header",
        "<name>",
        "the header that tells servers the identifier",
        "4.2",
        |proxy, args| {
            let word = args.required("the name of a header")?;
            let name = header_name(word)?;
            args.lenient_end();
            proxy.settings.unique_id_header = Some(Spanned::new(name, word.span()));
            Ok(())
        },
    )
    .within(Sections::PROXY),
    Keyword::proxy("http-send-name-header", "<name>", "the header that tells servers their own name", "4.2", send_name)
        .within(Sections::SERVER_SIDE)
        .ignored_in(Sections::FRONTEND),
];

fn send_name(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let word = args.required("the name of a header")?;
    let name = header_name(word)?;
    if name == b"host" {
        return Err(Diagnostic::error("'host' cannot tell a server its name")
            .code("bad-value")
            .at(word.span(), "requests have this header already"));
    }
    args.lenient_end();
    proxy.settings.name_header = Some(Spanned::new(name, word.span()));
    Ok(())
}
