//! Spellings of header names: `h1-case-adjust` (configuration manual 3.1).

use burdock_http::case::CaseMapError;
use burdock_syntax::Diagnostic;

use crate::draft::GlobalDraft;
use crate::keyword::Keyword;

pub(super) const KEYWORDS: &[Keyword<GlobalDraft>] = &[Keyword::global(
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
)];

fn fault_at(fault: CaseMapError) -> Diagnostic {
    Diagnostic::error(fault.to_string()).code("bad-value")
}
