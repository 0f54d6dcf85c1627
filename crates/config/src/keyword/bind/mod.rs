//! Options of `bind` and `stats socket` lines (configuration manual 5.1).

mod preface;
mod runtime;
mod socket;

use super::options::OptionTable;
use super::tls::{self, Shared};
use crate::draft::BindOptions;
use crate::ignored::Place;
use crate::known::Class;

pub(crate) use socket::{PERMISSIONS, account, clamp};

/// The options of `bind` and `stats socket` lines.
pub(crate) const OPTIONS: OptionTable<BindOptions> = OptionTable {
    families: &[
        socket::OPTIONS,
        PERMISSIONS,
        runtime::OPTIONS,
        preface::OPTIONS,
        tls::BIND_OPTIONS,
        Shared::<BindOptions>::OPTIONS,
        Shared::<BindOptions>::VERSIONS,
    ],
    known: Class::Bind,
    place: Place::Bind,
    configuration_only: &[],
};
