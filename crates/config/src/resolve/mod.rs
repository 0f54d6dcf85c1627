//! A draft becomes a model: names are connected, defaults filled in, addresses and conditions made ready, and everything is said that can
//! only be said of a section as a whole.

mod acme;
mod address;
mod answer;
mod backend;
mod carry;
mod check;
mod directory;
mod fcgi;
mod frontend;
mod global;
mod limit;
mod log;
mod log_forward;
mod logging;
mod name;
mod proxy;
mod proxy_header;
mod resolvers;
mod rule;
mod server;
mod switch;
mod table;
mod tls;
mod variable;
mod warning;

use std::sync::{Arc, Mutex};

use burdock_base::{Clock, ProxyId};
use burdock_model::{FcgiApp, Global, Model};
use burdock_resolve::Section;
use burdock_sample::Scope;
use burdock_state::Process;
use burdock_syntax::{Diagnostics, Environment, SourceMap, Span};

use crate::draft::{Draft, SetExt};
use crate::load::LoadOptions;
use crate::runtime::Later;

pub(crate) use check::Checkings;
pub(crate) use server::{AddedLine, added_server};
pub(crate) use tls::{Common as TlsCommon, without_files};

/// What every step of resolving needs.
pub(crate) struct Resolver<'a> {
    options: &'a LoadOptions<'a>,
    sources: &'a SourceMap,
    findings: &'a mut Diagnostics,
    /// Worker threads.
    threads: usize,
    /// `maxconn` of frontends that say nothing.
    default_maxconn: u32,
    /// What log lines may be sent through.
    logging: logging::Channels,
    /// What lines with TLS have in common.
    tls: tls::Common,
    /// Certificates of authorities.
    acme: acme::Found,
    /// `external-check`: programs may check, and whether they get our environment.
    checkings: Checkings,
    /// `resolvers` sections.
    sections: Vec<Arc<Section>>,
    /// `fcgi-app` sections.
    fcgi_apps: Vec<Arc<FcgiApp>>,
}

/// What a section is resolved in.
pub(crate) struct Surroundings<'a> {
    /// All sections as written.
    draft: &'a Draft,
    /// The global section, resolved.
    global: &'a Global,
    /// What its expressions may name.
    scope: Scope<'a>,
}

impl Resolver<'_> {
    /// A place for messages: `file:line`.
    fn position(&self, span: Span) -> String {
        match self.sources.locate(span) {
            Some((name, position)) => format!("{name}:{}", position.line),
            None => String::new(),
        }
    }
}

/// Makes the model. Where something is at fault it is reported and left out, so that all of the rest is looked at too; the model is then of
/// no use.
pub(crate) fn resolve(
    mut draft: Draft,
    environment: &Environment,
    options: &LoadOptions<'_>,
    sources: &SourceMap,
    findings: &mut Diagnostics,
) -> Option<Model> {
    let threads = draft.global.threads.map_or_else(|| options.host.processors(), |set| set.value);
    let threads = threads.clamp(1, burdock_base::limit::MAX_WORKERS);
    let maxconn = limit::process_maxconn(&draft, threads, options);
    let default_maxconn = options.command_line.proxy_maxconn.unwrap_or(maxconn);
    let logging = logging::Channels::default();
    let mut resolver = Resolver {
        options,
        sources,
        findings,
        threads,
        default_maxconn,
        logging,
        tls: tls::Common::default(),
        acme: acme::Found::default(),
        checkings: Checkings { external: draft.global.external_check.map(|said| said.value), ..Checkings::default() },
        sections: Vec::new(),
        fcgi_apps: Vec::new(),
    };

    resolver.authorities(&draft);
    resolver.tls_common(&mut draft);
    resolver.log_channels(&draft);
    let global = resolver.global(&draft.global, maxconn);
    let backends = resolver.names(&draft.proxies);
    resolver.tables(&draft.proxies);
    let mut names = directory::names(&draft, environment, sources);
    let clock = options.previous.map_or_else(Clock::new, |previous| previous.process.clock);
    table::declare(&mut names, &draft.proxies, clock, options.previous);
    names.stick_counters = draft.global.tune.stick_counters.value();
    names.error_sections = Resolver::error_sections(&draft);
    names.userlists = resolver.userlists(&draft);
    names.rings = resolver.named_rings();
    resolver.resolvers(&draft);
    names.resolvers = resolver.sections.iter().map(|section| (section.name.clone(), Arc::clone(section))).collect();
    names.decryption_policy = draft.global.decryption_policy;
    names.key_ring.declare(resolver.token_certificates());
    let numeric_ids = resolver.proxy_ids(&draft.proxies);
    let routes: Vec<_> = draft.proxies.iter().map(|proxy| resolver.routes(proxy, &backends, &draft.proxies)).collect();
    let full_connections = limit::full_connections(&draft.proxies, &routes, default_maxconn);

    resolver.insecure_cookies(&draft.proxies, &routes);
    let variables = resolver.variables(&draft.global, &names);
    resolver.healthchecks(&draft, &Scope::outside(&names));
    resolver.read_fcgi_apps(&draft, &global, &names);
    let mut proxies = Vec::with_capacity(draft.proxies.len());
    for (index, ((proxy, routes), numeric_id)) in draft.proxies.iter().zip(routes).zip(numeric_ids).enumerate() {
        let id = ProxyId(index as u32);
        let fullconn = full_connections.get(index).copied().unwrap_or(1);
        let scope = Scope::within(&names, id);
        let surroundings = Surroundings { draft: &draft, global: &global, scope };
        proxies.push(Arc::new(resolver.proxy(id, numeric_id, proxy, &routes, fullconn, &surroundings)));
    }
    let logging = resolver.logging(&draft, &proxies, &names);
    resolver.advise_on_certificates();
    let references = resolver.references(&names);
    let acme = Arc::new(resolver.acme(&draft, &references));
    let ocsp = Arc::new(resolver.ocsp(&draft.global));
    if resolver.findings.has_errors() {
        return None;
    }
    let process = match options.previous {
        Some(previous) if previous.global.threads == threads => {
            previous.process.set_maxconn(maxconn);
            Arc::clone(&previous.process)
        }
        _ => Arc::new(Process::new(clock, threads, maxconn)),
    };
    let line_limit = global.tune.logged_line_limit;
    let directory = Arc::new(resolver.directory(&names, &proxies, &process, line_limit, references));
    variable::set_all(&variables, &directory);
    let backends =
        backends.into_iter().map(|(name, index)| (name.into_bytes().into(), ProxyId(index as u32))).collect();
    let tls_store = Arc::new(resolver.tls.store.clone());
    names.key_ring.follow(&tls_store);
    let named_servers = Arc::new(names.named_servers());
    let (global, logging, backends) = (Arc::new(global), Arc::new(logging), Arc::new(backends));
    let runtime_lines = Arc::new(Later {
        environment: environment.clone(),
        command_line: options.command_line.clone(),
        base_directory: names.base_directory.clone(),
        tls: Mutex::new(resolver.tls.for_later()),
        checkings: resolver.checkings.clone(),
    });
    let generation = process.generation();
    Some(Model {
        generation,
        global,
        proxies,
        logging,
        fcgi_apps: resolver.fcgi_apps.into(),
        tls_store,
        acme,
        ocsp,
        resolvers: resolver.sections.into(),
        backends,
        named_servers,
        runtime_lines,
        process,
        directory,
    })
}
