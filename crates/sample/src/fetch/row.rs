//! Short rows for fetches of which most columns are the same.

use super::{CheckArgs, Fetch, FetchInspect, FetchOne, Run};
use crate::args::ArgSpec;
use crate::phase::Validity;
use crate::value::Type;

/// A fetch without arguments and other names that has one value at most.
pub(super) const fn row(
    name: &'static str,
    output: Type,
    validity: Validity,
    doc: &'static str,
    one: FetchOne,
) -> Fetch {
    Fetch { name, aliases: &[], args: ArgSpec::NONE, check: None, output, validity, doc, run: Run::One(one) }
}

/// The same where the value may change while more bytes come in.
pub(super) const fn inspection(
    name: &'static str,
    output: Type,
    validity: Validity,
    doc: &'static str,
    inspect: FetchInspect,
) -> Fetch {
    Fetch { name, aliases: &[], args: ArgSpec::NONE, check: None, output, validity, doc, run: Run::Inspect(inspect) }
}

impl Fetch {
    /// The same with arguments.
    pub(super) const fn with(self, args: ArgSpec) -> Self {
        Self { args, ..self }
    }

    /// The same with other names.
    pub(super) const fn aka(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// The same with a look at all arguments together.
    pub(super) const fn checked(self, check: CheckArgs) -> Self {
        Self { check: Some(check), ..self }
    }
}
