//! Keywords of `http-errors` sections (configuration manual 4.2 `errorfiles`).

use burdock_syntax::Parsed;

use super::proxy::reply;
use super::{Keyword, Sections};
use crate::args::Args;
use crate::draft::ErrorSectionDraft;

pub(super) const KEYWORDS: &[Keyword<ErrorSectionDraft>] =
    &[Keyword::new("errorfile", "<status> <file>", "a file with the whole answer for a status", "4.2", errorfile)
        .within(Sections::HTTP_ERRORS)];

fn errorfile(section: &mut ErrorSectionDraft, args: &mut Args<'_>) -> Parsed<()> {
    let (status, reply) = reply::status_and_file(args)?;
    section.replies.insert(status, reply);
    Ok(())
}
