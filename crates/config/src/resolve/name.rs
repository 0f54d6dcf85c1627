//! Names and numbers: which section a name means, which number a section has.

use std::collections::{BTreeMap, BTreeSet};

use burdock_syntax::{Diagnostic, Span};

use super::Resolver;
use crate::draft::{ProxyDraft, SetExt};

/// Sections that requests can be sent to, by name.
pub(super) type BackendNames = BTreeMap<String, usize>;

impl Resolver<'_> {
    /// Finds names that are given twice. A frontend and a backend may share one, with a warning: old files do.
    pub(super) fn names(&mut self, proxies: &[ProxyDraft]) -> BackendNames {
        let mut frontends: BTreeMap<&str, &ProxyDraft> = BTreeMap::new();
        let mut backends: BTreeMap<&str, (usize, &ProxyDraft)> = BTreeMap::new();
        for (index, proxy) in proxies.iter().enumerate() {
            let name = proxy.display_name();
            let same_side = |other: &&ProxyDraft| {
                (proxy.kind.has_frontend() && other.kind.has_frontend())
                    || (proxy.kind.has_backend() && other.kind.has_backend())
            };
            let known = [frontends.get(name).copied(), backends.get(name).map(|(_, other)| *other)];
            if let Some(other) = known.iter().flatten().find(|other| same_side(other)) {
                self.findings.push(same_name(proxy, other, Diagnostic::error));
            } else if let Some(other) = known.iter().flatten().next() {
                let warning = same_name(proxy, other, Diagnostic::warning)
                    .note("accepted: HAProxy refuses this since version 3.3");
                let new_name = format!("{name}-{}", proxy.kind.keyword());
                let place = proxy.name.as_ref().map_or(proxy.span, |name| name.span);
                self.findings.push(warning.replace(place, new_name, "give one of them another name"));
            }
            if proxy.kind.has_frontend() {
                frontends.entry(name).or_insert(proxy);
            }
            if proxy.kind.has_backend() {
                backends.entry(name).or_insert((index, proxy));
            }
        }
        backends.into_iter().map(|(name, (index, _))| (name.to_owned(), index)).collect()
    }

    /// The numbers shown in statistics: those given by `id`, the others counted on. HAProxy's first is 2 (measured): 1 is its own frontend
    /// for the runtime API.
    pub(super) fn proxy_ids(&mut self, proxies: &[ProxyDraft]) -> Vec<u32> {
        let wanted: Vec<_> =
            proxies.iter().map(|proxy| (proxy.id.value(), proxy.id.map_or(proxy.span, |id| id.span))).collect();
        self.number(FIRST_PROXY_ID, &wanted, "section")
    }

    /// Gives everything a number: what is wanted, else the place in the order, or the next one that is free.
    pub(super) fn number(&mut self, first: u32, wanted: &[(Option<u32>, Span)], what: &str) -> Vec<u32> {
        let mut taken: BTreeMap<u32, Span> = BTreeMap::new();
        for (id, span) in wanted {
            let Some(id) = id else { continue };
            if let Some(other) = taken.get(id) {
                self.findings.push(
                    Diagnostic::error(format!("another {what} has the id {id}"))
                        .code("duplicate-id")
                        .at(*span, "given again")
                        .also(*other, "given here"),
                );
            }
            taken.entry(*id).or_insert(*span);
        }
        let mut used: BTreeSet<u32> = taken.keys().copied().collect();
        let mut next = first;
        wanted
            .iter()
            .map(|(id, _)| {
                let number = id.unwrap_or_else(|| {
                    let free = (next..).find(|number| !used.contains(number)).unwrap_or(next);
                    used.insert(free);
                    free
                });
                next = next.saturating_add(1);
                number
            })
            .collect()
    }
}

fn same_name(proxy: &ProxyDraft, other: &ProxyDraft, make: fn(String) -> Diagnostic) -> Diagnostic {
    let place = |proxy: &ProxyDraft| proxy.name.as_ref().map_or(proxy.span, |name| name.span);
    let message = format!(
        "the {} '{}' has the name of another {}",
        proxy.kind.keyword(),
        proxy.display_name(),
        if proxy.kind == other.kind { "one" } else { other.kind.keyword() }
    );
    make(message).code("duplicate-name").at(place(proxy), "given again").also(place(other), "given here")
}

const FIRST_PROXY_ID: u32 = 2;
