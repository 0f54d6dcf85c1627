//! Stick tables and the rules of persistence by them.

use std::sync::Arc;

use burdock_base::Clock;
use burdock_model::{Model, StickKind, StickRule};
use burdock_rules::{AclTable, Condition};
use burdock_sample::args::{own_table, table};
use burdock_sample::table::{makes_keys, source_type};
use burdock_sample::{Expression, Names, Phase, Scope};
use burdock_state::Table;
use burdock_state::table::{DataType, TableSettings};
use burdock_syntax::{Diagnostic, Parsed, Word};

use super::Resolver;
use crate::draft::{ProxyDraft, StickLine, TableLine};

/// Gives the proxies their tables. Where one carries on that is the same as before, what it knows stays known.
pub(super) fn declare(names: &mut Names, proxies: &[ProxyDraft], clock: Clock, previous: Option<&Model>) {
    for (proxy, known) in proxies.iter().zip(&mut names.proxies) {
        let Some(line) = &proxy.table else { continue };
        let settings = settings(proxy.display_name(), line, proxies);
        let same = previous.and_then(|model| model.directory.table(proxy.display_name()));
        known.table = Some(match same.filter(|table| *table.settings() == settings) {
            Some(table) => Arc::clone(table),
            None => Arc::new(Table::new(settings, clock)),
        });
    }
}

/// The tables by which the names were given, in the order of their sections.
pub(super) fn all(names: &Names) -> Arc<[Arc<Table>]> {
    names.proxies.iter().filter_map(|proxy| proxy.table.clone()).collect()
}

fn settings(name: &str, line: &TableLine, proxies: &[ProxyDraft]) -> TableSettings {
    let mut layout = line.layout.clone();
    let is_meant = |proxy: &ProxyDraft, stick: &StickLine| match &stick.table {
        Some(table) => *table == *name,
        None => proxy.display_name() == name,
    };
    // Whatever sticks by a table takes servers down in it.
    if proxies.iter().any(|proxy| proxy.sticks.iter().any(|stick| is_meant(proxy, stick))) {
        layout.add(DataType::ServerId, 1, 0);
        layout.add(DataType::ServerKey, 1, 0);
    }
    TableSettings {
        name: name.into(),
        key: line.key,
        size: line.size,
        expire_ms: line.expire_ms,
        no_purge: line.no_purge,
        server_key: line.server_key,
        bytes_factor: line.bytes_factor,
        layout,
    }
}

impl Resolver<'_> {
    /// Names that two tables share would mean either.
    pub(super) fn tables(&mut self, proxies: &[ProxyDraft]) {
        let with_table = |proxy: &&ProxyDraft| proxy.table.is_some();
        for (index, proxy) in proxies.iter().enumerate().filter(|(_, proxy)| with_table(proxy)) {
            let same = |other: &&ProxyDraft| other.display_name() == proxy.display_name();
            let before = proxies[..index].iter().filter(with_table).find(same);
            if let (Some(line), Some(other)) = (&proxy.table, before.and_then(|other| other.table.as_ref())) {
                self.findings.push(
                    Diagnostic::error(format!("two stick tables would be named '{}'", proxy.display_name()))
                        .code("duplicate-name")
                        .at(line.span, "a table has the name of its section")
                        .also(other.span, "the first one"),
                );
            }
        }
    }

    /// The rules of a section, in the order of the file.
    pub(super) fn stick_rules(&mut self, proxy: &ProxyDraft, acls: &AclTable) -> Vec<StickRule> {
        let mut rules = Vec::new();
        for line in &proxy.sticks {
            let scope = acls.before(line.known_acls);
            let rule = stick_rule(line, &scope.names());
            let rule = self.findings.take(rule);
            let condition = Condition::parse(&line.condition, scope, phase(line.kind), self.findings);
            if let (Some((table, key)), Some(condition)) = (rule, condition) {
                rules.push(StickRule { kind: line.kind, table, key, condition });
            }
        }
        rules
    }
}

const fn phase(kind: StickKind) -> Phase {
    match kind {
        StickKind::StoreResponse => Phase::StickStore,
        _ => Phase::UseServer,
    }
}

fn stick_rule(line: &StickLine, scope: &Scope<'_>) -> Parsed<(Arc<Table>, Expression)> {
    let table = match &line.table {
        Some(name) => table(name, scope)?,
        None => own_table(&line.keyword, scope)?,
    };
    Ok((Arc::clone(&table), key(&line.key, &table, scope, phase(line.kind))?))
}

/// The expression that gives a key of a table, in a phase.
pub(super) fn key(word: &Word, table: &Table, scope: &Scope<'_>, phase: Phase) -> Parsed<Expression> {
    let key = Expression::parse(word, scope)?;
    if !key.validity().contains(phase) {
        let (fetch, place) = (key.fetch().name, phase.name());
        return Err(Diagnostic::error(format!("sample fetch '{fetch}' has no value in '{place}'"))
            .code("misplaced-sample")
            .at(word.span(), "never has a value here"));
    }
    let keys = table.settings().key;
    if !makes_keys(key.output(), keys) {
        return Err(Diagnostic::error(format!("this is no key of '{}'", table.name()))
            .code("type-mismatch")
            .at(word.span(), format!("gives '{}', and it takes '{}'", key.output().name(), source_type(keys).name())));
    }
    Ok(key)
}
