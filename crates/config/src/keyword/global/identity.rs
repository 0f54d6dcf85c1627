//! Who the process says it is: `node`, `description`, `localpeer`.

use burdock_syntax::{Diagnostic, Parsed, Word};

use crate::args::Args;
use crate::draft::{EnvironmentChange, GlobalDraft, Spanned};
use crate::keyword::Keyword;

pub(super) const KEYWORDS: &[Keyword<GlobalDraft>] = &[
    Keyword::global("node", "<name>", "the node's name, shown in statistics", "3.1", node),
    Keyword::global("description", "<text>", "a text shown in statistics", "3.1", |global, args| {
        args.required("a text")?;
        let Some(text) = Word::join(args.all()) else { return Ok(()) };
        global.description = Some(Spanned::new(text.to_str()?.to_owned(), text.span()));
        Ok(())
    }),
    Keyword::global("localpeer", "<name>", "the local peer's name", "3.1", |global, args| {
        let name = args.text("a name")?;
        args.end()?;
        global.environment_changes.push(EnvironmentChange::LocalPeer(name.value.clone()));
        global.local_peer = Some(name);
        Ok(())
    }),
];

fn node(global: &mut GlobalDraft, args: &mut Args<'_>) -> Parsed<()> {
    let name = args.text("a name")?;
    args.end()?;
    if !name.value.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c)) {
        return Err(Diagnostic::error(format!("'{}' is no name of a node", name.value))
            .code("bad-name")
            .at(name.span, "letters, digits, '.', '-' and '_' are possible"));
    }
    global.node = Some(name);
    Ok(())
}
