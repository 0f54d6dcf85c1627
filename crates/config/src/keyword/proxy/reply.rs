//! Answers of the proxy's own: `errorfile` (configuration manual 4.2).

use std::path::Path;
use std::sync::Arc;

use burdock_http::Reply;
use burdock_syntax::{Diagnostic, Parsed, Span};

use crate::args::Args;
use crate::draft::{ErrorFileLine, ProxyDraft, Spanned};
use crate::keyword::{Keyword, Sections};

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] =
    &[Keyword::proxy("errorfile", "<status> <file>", "a file with the whole answer for a status", "4.2", errorfile)
        .within(Sections::PROXY)];

fn errorfile(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let span = args.line_span();
    let status = args.number("a status", 100..=599)?;
    if !Reply::builtin_statuses().any(|known| i64::from(known) == status.value) {
        let listed: Vec<_> = Reply::builtin_statuses().map(|status| status.to_string()).collect();
        return Err(Diagnostic::error(format!("status {} is never sent by the proxy itself", status.value))
            .code("unknown-value")
            .at(status.span, "no such answer")
            .note(format!("possible are {}", listed.join(", "))));
    }
    let path = args.path("the name of a file")?;
    args.end()?;
    let located = args.located(&path.value);
    let reply = read_reply(&located, path.span, args)?;
    proxy.settings.error_files.insert(status.value as u16, Spanned::new(ErrorFileLine { path: located, reply }, span));
    Ok(())
}

/// Reads a whole HTTP response from a file; an empty one means that nothing is sent.
fn read_reply(path: &Path, span: Span, args: &Args<'_>) -> Parsed<Option<Arc<Reply>>> {
    if path == Path::new("/dev/null") {
        return Ok(None);
    }
    let bad = |message: String, label: String| Diagnostic::error(message).code("bad-errorfile").at(span, label);
    let text = args
        .context
        .host
        .read(path)
        .map_err(|fault| bad(format!("'{}' cannot be read", path.display()), fault.to_string()))?;
    if text.is_empty() {
        return Ok(None);
    }
    let reply = Reply::parse(&text).map_err(|fault| {
        bad(format!("'{}' holds no usable HTTP response", path.display()), fault.to_string()).note(
            "the file has to hold a status line, header fields, an empty line and the body, as they are to be sent",
        )
    })?;
    Ok(Some(Arc::new(reply)))
}
