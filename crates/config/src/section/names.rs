//! The names that sections begin with.

use crate::draft::ProxyKind;

/// One of them.
pub(super) struct Section {
    pub(super) name: &'static str,
    pub(super) kind: SectionKind,
}

/// What becomes of its lines.
#[derive(Clone, Copy)]
pub(super) enum SectionKind {
    Global,
    Proxy(ProxyKind),
    Ring,
    LogForward,
    HttpErrors,
    Userlist,
    LogProfile,
    CrtStore,
    Acme,
    Healthcheck,
    Resolvers,
    FcgiApp,
    NotYet,
    Removed(&'static str),
}

const fn section(name: &'static str, kind: SectionKind) -> Section {
    Section { name, kind }
}

/// All sections of HAProxy's configuration files.
pub(super) const SECTIONS: [Section; 21] = [
    section("global", SectionKind::Global),
    section("defaults", SectionKind::Proxy(ProxyKind::Defaults)),
    section("frontend", SectionKind::Proxy(ProxyKind::Frontend)),
    section("backend", SectionKind::Proxy(ProxyKind::Backend)),
    section("listen", SectionKind::Proxy(ProxyKind::Listen)),
    section("acme", SectionKind::Acme),
    section("cache", SectionKind::NotYet),
    section("crt-store", SectionKind::CrtStore),
    section("fcgi-app", SectionKind::FcgiApp),
    section("healthcheck", SectionKind::Healthcheck),
    section("http-errors", SectionKind::HttpErrors),
    section("log-forward", SectionKind::LogForward),
    section("log-profile", SectionKind::LogProfile),
    section("mailers", SectionKind::NotYet),
    section("namespace_list", SectionKind::NotYet),
    section("peers", SectionKind::NotYet),
    section("resolvers", SectionKind::Resolvers),
    section("ring", SectionKind::Ring),
    section("traces", SectionKind::NotYet),
    section("userlist", SectionKind::Userlist),
    section("program", SectionKind::Removed("start the program by the system's service manager")),
];
