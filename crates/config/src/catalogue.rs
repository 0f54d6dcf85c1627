//! Every keyword that is supported, for reference pages, shell completion and the parity report against [`crate::known`].

use crate::keyword::{self, Keyword, Prefixes, Sections};

/// A supported keyword.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What kind of word it is.
    pub place: Place,
    /// Its name; several words are separated by one blank.
    pub name: &'static str,
    /// What follows it.
    pub arguments: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// The section of HAProxy's configuration manual that describes it.
    pub manual: &'static str,
    /// The sections it may stand in; none for options of a line.
    pub sections: Sections,
    /// What may stand before it.
    pub prefixes: Prefixes,
}

/// Where a keyword stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A line of the `global` section.
    Global,
    /// A line of a proxy section.
    Proxy,
    /// A line of a `ring` section.
    Ring,
    /// A line of a `log-forward` section.
    LogForward,
    /// A line of a `log-profile` section.
    LogProfile,
    /// A line of a `crt-store` section.
    CrtStore,
    /// A parameter of a `load` line there.
    Load,
    /// A line of an `acme` section.
    Acme,
    /// A line of a `healthcheck` section.
    Healthcheck,
    /// A line of a `resolvers` section.
    Resolvers,
    /// A line of an `fcgi-app` section.
    FcgiApp,
    /// An option of `bind` and `stats socket`.
    Bind,
    /// An option of `server` and `default-server`.
    Server,
}

/// All of them, in the order of their families.
pub fn entries() -> impl Iterator<Item = Entry> {
    let global = keyword::GLOBAL.iter().map(|keyword| entry(Place::Global, keyword));
    let proxy = keyword::PROXY.iter().map(|keyword| entry(Place::Proxy, keyword));
    let bind = keyword::bind::OPTIONS.iter().map(|keyword| entry(Place::Bind, keyword));
    let server = keyword::server::OPTIONS.iter().map(|keyword| entry(Place::Server, keyword));
    let ring = keyword::RING.iter().map(|keyword| entry(Place::Ring, keyword));
    let log_forward = keyword::LOG_FORWARD.iter().map(|keyword| entry(Place::LogForward, keyword));
    let log_profile = keyword::LOG_PROFILE.iter().map(|keyword| entry(Place::LogProfile, keyword));
    let acme = keyword::ACME.iter().map(|keyword| entry(Place::Acme, keyword));
    let healthcheck = keyword::HEALTHCHECK.iter().map(|keyword| entry(Place::Healthcheck, keyword));
    let resolvers = keyword::RESOLVERS.iter().map(|keyword| entry(Place::Resolvers, keyword));
    let fcgi_app = keyword::FCGI_APP.iter().map(|keyword| entry(Place::FcgiApp, keyword));
    let crt_store = keyword::CRT_STORE.iter().map(|keyword| entry(Place::CrtStore, keyword));
    let load = keyword::crt_store::LOAD.iter().map(|keyword| entry(Place::Load, keyword));
    global
        .chain(proxy)
        .chain(ring)
        .chain(log_forward)
        .chain(log_profile)
        .chain(acme)
        .chain(healthcheck)
        .chain(resolvers)
        .chain(fcgi_app)
        .chain(crt_store)
        .chain(load)
        .chain(bind)
        .chain(server)
}

fn entry<D>(place: Place, keyword: &'static Keyword<D>) -> Entry {
    Entry {
        place,
        name: keyword.name,
        arguments: keyword.arguments,
        summary: keyword.summary,
        manual: keyword.manual,
        sections: keyword.sections,
        prefixes: keyword.prefixes,
    }
}
