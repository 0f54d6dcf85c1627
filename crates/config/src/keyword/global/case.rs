//! Spellings of header names: `h1-case-adjust`, `h1-case-adjust-file` (configuration manual 3.1).

use burdock_http::case::CaseMapError;
use burdock_syntax::Diagnostic;

use crate::draft::{GlobalDraft, Spanned};
use crate::keyword::Keyword;

pub(super) const KEYWORDS: &[Keyword<GlobalDraft>] = &[
    Keyword::global(
        "h1-case-adjust",
        "<from> <to>",
        "how a header name is spelt for peers that compare names with their case",
        "3.1",
        |global, args| {
            let from = args.bytes("a name in lower case")?;
            let to = args.bytes("its spelling")?;
            args.lenient_end();
            let added = global.case_map.insert(&from.value.to_ascii_lowercase(), &to.value);
            added.map_err(|fault| fault_at(fault).at(from.span.to(to.span), ""))
        },
    ),
    Keyword::global(
        "h1-case-adjust-file",
        "<file>",
        "a file of such names with their spellings, two a line",
        "3.1",
        |global, args| {
            let file = args.path("a file")?;
            args.lenient_end();
            let path = args.located(&file.value);
            // The last one counts.
            global.case_file = Some(Spanned::new(path, file.span));
            Ok(())
        },
    ),
];

fn fault_at(fault: CaseMapError) -> Diagnostic {
    Diagnostic::error(fault.to_string()).code("bad-value")
}
