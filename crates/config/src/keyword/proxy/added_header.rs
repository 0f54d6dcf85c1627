//! Header lines that are added to messages, in the form of old files: `reqadd`, `rspadd`. Today's rules take their place one day.

use burdock_http::Headers;
use burdock_model::MessageSide;
use burdock_syntax::{Diagnostic, Parsed};

use crate::args::Args;
use crate::draft::{AddedHeaderLine, ProxyDraft};
use crate::keyword::{Keyword, Sections, condition};

const SECTIONS: Sections = Sections::FRONTEND.with(Sections::LISTEN).with(Sections::BACKEND);
const ARGUMENTS: &str = "<header line> [{if|unless} <condition>]";

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[
    Keyword::proxy(
        "reqadd",
        ARGUMENTS,
        "adds a header line to requests (a form of old files)",
        "4.2",
        |proxy, args| added(proxy, args, MessageSide::Request),
    )
    .within(SECTIONS),
    Keyword::proxy(
        "rspadd",
        ARGUMENTS,
        "adds a header line to responses (a form of old files)",
        "4.2",
        |proxy, args| added(proxy, args, MessageSide::Response),
    )
    .within(SECTIONS),
];

fn added(proxy: &mut ProxyDraft, args: &mut Args<'_>, side: MessageSide) -> Parsed<()> {
    let word = args.required("a header line")?;
    let (span, text) = (word.span(), word.as_bytes());
    let fault = |label| Err(Diagnostic::error("this is no header line").code("bad-value").at(span, label));
    let Some(colon) = text.iter().position(|&byte| byte == b':') else {
        return fault("a name, a colon and a value are expected");
    };
    let (name, value) = (text[..colon].to_ascii_lowercase(), text[colon + 1..].trim_ascii().to_vec());
    if Headers::new().append(&name, &value).is_err() {
        return fault("it could not stand in a message");
    }
    let condition = condition::optional(args);
    proxy.added_headers.push(AddedHeaderLine { side, name, value, condition, known_acls: proxy.acls.len() });
    Ok(())
}
