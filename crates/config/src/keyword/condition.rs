//! `if` and `unless` at the end of a line: kept as words here, compiled when all of the section is known.

use burdock_syntax::Parsed;

use crate::args::Args;
use crate::draft::ConditionWords;

/// The condition that the rest of the line is; it has to be there.
pub(crate) fn required(args: &mut Args<'_>) -> Parsed<ConditionWords> {
    if args.peek().is_none() { Err(args.missing("'if' or 'unless' and a condition")) } else { Ok(optional(args)) }
}

/// The condition that the rest of the line is; empty where there is none.
pub(crate) fn optional(args: &mut Args<'_>) -> ConditionWords {
    args.rest().to_vec()
}
