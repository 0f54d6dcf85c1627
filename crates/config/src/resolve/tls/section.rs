//! What lines with TLS need to know of the section that they stand in, whatever kind it is of.

use crate::draft::{ListLine, LogForwardDraft, ProxyDraft, RingDraft};

/// The section of a line.
#[derive(Clone, Copy, Debug)]
pub(in crate::resolve) struct Section<'a> {
    /// What commands and messages call it.
    pub name: &'a str,
    /// How many `global` sections precede it: they say what counts where the line says nothing.
    pub global_sections: usize,
    /// Its `ssl-f-use` lines.
    pub certificates: &'a [ListLine],
}

impl<'a> Section<'a> {
    /// The `global` sections, all of which count for the `stats socket` lines in them.
    pub const GLOBAL: Section<'static> = Section { name: "GLOBAL", global_sections: usize::MAX, certificates: &[] };

    pub fn of_proxy(draft: &'a ProxyDraft) -> Self {
        Self { name: draft.display_name(), global_sections: draft.global_sections, certificates: &draft.certificates }
    }

    pub fn of_ring(draft: &'a RingDraft) -> Self {
        Self { name: &draft.name.value, global_sections: draft.global_sections, certificates: &[] }
    }

    pub fn of_log_forward(draft: &'a LogForwardDraft) -> Self {
        Self { name: &draft.name.value, global_sections: draft.global_sections, certificates: &[] }
    }
}
