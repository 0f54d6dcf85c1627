//! What expressions may name, and the directory that they look at when traffic runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use burdock_base::ProxyId;
use burdock_model::Proxy;
use burdock_pattern::ReferenceTable;
use burdock_sample::{CaptureSlot, Names, ProxyNames};
use burdock_state::{Directory, Process, ProcessVariables, VariableName, VariableScope};
use burdock_syntax::{Diagnostic, Environment, SourceMap};
use burdock_txn::bandwidth::BandwidthLimit;

use super::{Resolver, table};
use crate::draft::{BandwidthFilterLine, CaptureLine, DefaultPath, Draft, SetExt};

/// The proxies, servers and environment variables that expressions may name.
pub(super) fn names(draft: &Draft, environment: &Environment, sources: &SourceMap) -> Names {
    let proxies = draft.proxies.iter().enumerate().map(|(index, proxy)| ProxyNames {
        name: proxy.display_name().to_owned(),
        frontend: proxy.kind.has_frontend(),
        backend: proxy.kind.has_backend(),
        servers: proxy.servers.iter().map(|server| server.name.value.clone()).collect(),
        request_captures: capture_names(&proxy.captures.request),
        response_captures: capture_names(&proxy.captures.response),
        bandwidth_limits: bandwidth_limits(ProxyId(index as u32), &proxy.bandwidth_filters),
        table: None,
    });
    let base_directory = match draft.global.default_path.get() {
        Some(DefaultPath::Origin(directory)) => Some(directory.clone()),
        Some(DefaultPath::Config) => directory_of(sources),
        Some(DefaultPath::Parent) => directory_of(sources).map(|directory| directory.join("..")),
        Some(DefaultPath::Current) | None => None,
    };
    let mut names = Names::new(proxies.collect(), base_directory);
    names.environment = environment.clone();
    names.log_profiles = draft.log_profiles.iter().map(|profile| profile.name.value.clone()).collect();
    names.sources = sources.clone();
    names
}

fn capture_names(lines: &[CaptureLine]) -> Vec<CaptureSlot> {
    lines.iter().map(|line| CaptureSlot { length: line.length, span: line.span }).collect()
}

fn bandwidth_limits(proxy: ProxyId, lines: &[BandwidthFilterLine]) -> Vec<(String, BandwidthLimit)> {
    let limit = |(filter, line): (usize, &BandwidthFilterLine)| {
        let BandwidthFilterLine { direction, bytes, period_ms, at_least, .. } = *line;
        (line.name.value.clone(), BandwidthLimit { proxy, filter, direction, bytes, period_ms, at_least })
    };
    lines.iter().enumerate().map(limit).collect()
}

/// The directory of the first configuration file.
fn directory_of(sources: &SourceMap) -> Option<PathBuf> {
    Path::new(sources.files().first()?.name()).parent().map(Path::to_owned)
}

impl Resolver<'_> {
    /// The references that everything read so far has mentioned.
    pub(super) fn references(&mut self, names: &Names) -> ReferenceTable {
        let (references, unused) = names.finish_references();
        self.findings.extend(unused.iter().map(|name| {
            Diagnostic::warning(format!("this changes nothing: no ACL or map uses '{name}'"))
                .code("unused-reference")
                .at(name.span(), "not used elsewhere")
        }));
        references
    }

    /// The directory of a model.
    pub(super) fn directory(
        &self,
        names: &Names,
        proxies: &[Arc<Proxy>],
        process: &Arc<Process>,
        request_line_limit: usize,
        references: ReferenceTable,
    ) -> Directory {
        let host = self.options.host.name();
        Directory {
            process: Arc::clone(process),
            hostname: host.as_str().into(),
            node: host.into(),
            pid: std::process::id(),
            threads: self.threads as u32,
            request_line_limit,
            asked: names.asked(),
            proxies: proxies.iter().map(|proxy| Arc::new(proxy.entry())).collect(),
            variables: Arc::new(ProcessVariables::new(names.variable_count(VariableScope::Process))),
            variable_names: variable_names(names).into(),
            references: Arc::new(references),
            tables: table::all(names),
        }
    }
}

fn variable_names(names: &Names) -> Vec<VariableName> {
    let of_scope = |scope| {
        let named = move |(name, slot): (String, u32)| VariableName { scope, name: name.into(), slot };
        names.variables(scope).into_iter().map(named)
    };
    VariableScope::ALL.into_iter().flat_map(of_scope).collect()
}
