//! The parity report: every name that HAProxy registers, and whether it is supported here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use burdock_config::known;
use burdock_rules::action;
use burdock_sample::{fetch, known as known_samples};

use crate::collect::items;
use crate::item::{Class, Item};

/// What became of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It works.
    Supported,
    /// It is refused with a message that says so.
    NotYet,
    /// Nothing knows it.
    Missing,
}

/// The counts of a class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Names that work.
    pub supported: usize,
    /// Names that are refused by name.
    pub not_yet: Vec<String>,
    /// Names that nothing knows.
    pub missing: Vec<String>,
}

/// Compares a list of names, a row each: class, name, and whatever follows, separated by tabs.
pub fn report(list: &str) -> BTreeMap<String, Tally> {
    let tables = Tables::new();
    let mut report: BTreeMap<String, Tally> = BTreeMap::new();
    for (class, name) in list.lines().skip(1).filter_map(row) {
        let Some(standing) = tables.standing(class, name) else { continue };
        let tally = report.entry(class.to_owned()).or_default();
        match standing {
            Standing::Supported => tally.supported += 1,
            Standing::NotYet => tally.not_yet.push(name.to_owned()),
            Standing::Missing => tally.missing.push(name.to_owned()),
        }
    }
    report
}

/// The report as a table.
pub fn render(report: &BTreeMap<String, Tally>, names: bool) -> String {
    let mut out = "| class | supported | known, not yet | missing |\n|---|---:|---:|---:|\n".to_owned();
    for (class, tally) in report {
        let (not_yet, missing) = (tally.not_yet.len(), tally.missing.len());
        // Writing to memory does not fail.
        let _ = writeln!(out, "| {class} | {} | {not_yet} | {missing} |", tally.supported);
    }
    if names {
        for (class, tally) in report {
            for (what, list) in [("not yet", &tally.not_yet), ("missing", &tally.missing)] {
                if !list.is_empty() {
                    let _ = writeln!(out, "\n{class}, {what}: {}", list.join(" "));
                }
            }
        }
    }
    out
}

fn row(line: &str) -> Option<(&str, &str)> {
    let mut columns = line.split('\t');
    Some((columns.next()?, columns.next()?))
}

struct Tables {
    items: BTreeMap<Class, BTreeSet<String>>,
}

impl Tables {
    fn new() -> Self {
        let mut by_class: BTreeMap<Class, BTreeSet<String>> = BTreeMap::new();
        for item in items() {
            by_class.entry(item.class).or_default().extend(item.names().map(str::to_owned));
        }
        Self { items: by_class }
    }

    fn has(&self, class: Class, name: &str) -> bool {
        self.items.get(&class).is_some_and(|names| names.contains(name))
    }

    /// How a name stands; nothing for classes that have no table here.
    fn standing(&self, class: &str, name: &str) -> Option<Standing> {
        let known = |supported: bool, known: bool| match (supported, known) {
            (true, _) => Standing::Supported,
            (false, true) => Standing::NotYet,
            (false, false) => Standing::Missing,
        };
        let listed =
            |classes: &[&str], name: &str| known::all().any(|row| classes.contains(&row.class) && row.name == name);
        Some(match class {
            "sample_fetch" => known(fetch::find(name.as_bytes()).is_some(), known_samples::is_fetch(name.as_bytes())),
            "converter" => known(self.has(Class::Converter, name), known_samples::is_converter(name.as_bytes())),
            "acl_keyword" => {
                let supported = self.has(Class::AclKeyword, name) || fetch::find(name.as_bytes()).is_some();
                let derived = burdock_rules::acl_keywords().any(|(known, ..)| known == name);
                known(supported, derived || known_samples::is_fetch(name.as_bytes()))
            }
            "acl_match_method" => known(self.has(Class::MatchMethod, name), false),
            "log_format_alias" => known(self.has(Class::LogItem, &format!("%{}", name.trim_start_matches('%'))), false),
            "bind_option" => known(self.has(Class::Bind, name), listed(&["bind_option"], name)),
            "server_option" => known(self.has(Class::Server, name), listed(&["server_option"], name)),
            "kw_section_ring" => known(self.begins(Class::Ring, name), listed(&["kw_section_ring"], name)),
            "kw_section_log-forward" => {
                known(self.begins(Class::LogForward, name), listed(&["kw_section_log-forward"], name))
            }
            "kw_section_log-profile" => {
                known(self.begins(Class::LogProfile, name), listed(&["kw_section_log-profile"], name))
            }
            "kw_section_acme" => known(self.has(Class::Acme, name), listed(&["kw_section_acme"], name)),
            "kw_section_healthcheck" => {
                known(self.begins(Class::Healthcheck, name), listed(&["kw_section_healthcheck"], name))
            }
            "kw_section_resolvers" => {
                known(self.begins(Class::Resolvers, name), listed(&["kw_section_resolvers"], name))
            }
            "kw_section_fcgi-app" => known(self.begins(Class::FcgiApp, name), listed(&["kw_section_fcgi-app"], name)),
            "kw_section_crt-store" => {
                known(self.begins(Class::CrtStore, name), listed(&["kw_section_crt-store"], name))
            }
            "kw_section_global" => known(self.has(Class::Global, name), listed(&["kw_section_global"], name)),
            "proxy_keyword" | "doc_proxy_matrix" => {
                known(self.has_proxy(name), listed(&["proxy_keyword", "doc_proxy_matrix"], name))
            }
            "proxy_option" => {
                let full = if name.starts_with("option ") { name.to_owned() } else { format!("option {name}") };
                known(self.has_proxy(&full), listed(&["proxy_option"], &full) || listed(&["proxy_option"], name))
            }
            "timeout_kind" => {
                let full = if name.starts_with("timeout ") { name.to_owned() } else { format!("timeout {name}") };
                known(self.has_proxy(&full), listed(&["timeout_kind"], &full) || listed(&["timeout_kind"], name))
            }
            "balance_algorithm" => known(self.has(Class::Balance, name), listed(&["balance_algorithm"], name)),
            "cli_command" => known(self.has_command(name), burdock_control::is_known(name)),
            _ => {
                let set = action_set(class)?;
                let supported = action::all().any(|action| {
                    action.sets.contains(set) && (action.name == name || action.is_named(name.as_bytes()))
                });
                known(supported, action::is_known(name, set))
            }
        })
    }

    fn has_proxy(&self, name: &str) -> bool {
        self.begins(Class::Proxy, name)
    }

    /// Whether a keyword, or one that begins with its words, is there.
    fn begins(&self, class: Class, name: &str) -> bool {
        let begins =
            |known: &String| known == name || known.strip_prefix(name).is_some_and(|rest| rest.starts_with(' '));
        self.items.get(&class).is_some_and(|names| names.iter().any(begins))
    }

    fn has_command(&self, name: &str) -> bool {
        let words = name.split([' ', '[', '<']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        self.has(Class::Command, &words) || self.has(Class::Command, name)
    }
}

fn action_set(class: &str) -> Option<burdock_rules::RuleSetKind> {
    let keyword = class.strip_prefix("action_")?;
    burdock_rules::RuleSetKind::ALL.into_iter().find(|set| set.keyword().replace(['-', ' '], "_") == keyword)
}

/// The items of a class that have no example.
pub fn without_example(class: Class) -> Vec<Item> {
    items().into_iter().filter(|item| item.class == class && item.example.is_none()).collect()
}
