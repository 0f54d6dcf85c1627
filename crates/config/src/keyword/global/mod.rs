//! Keywords of the `global` section (configuration manual 3).

mod acme;
mod case;
mod dns;
mod environment;
mod h2;
mod identity;
mod limit;
mod log;
mod process;
mod stats;
mod tls;
mod token;
mod tune;

use super::Keyword;
use crate::draft::GlobalDraft;

/// The families.
pub(super) const FAMILIES: &[&[Keyword<GlobalDraft>]] = &[
    process::KEYWORDS,
    case::KEYWORDS,
    dns::KEYWORDS,
    limit::KEYWORDS,
    identity::KEYWORDS,
    log::KEYWORDS,
    stats::KEYWORDS,
    environment::KEYWORDS,
    tune::KEYWORDS,
    tls::KEYWORDS,
    token::KEYWORDS,
    h2::KEYWORDS,
    acme::KEYWORDS,
];
