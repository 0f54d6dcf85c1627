//! Metrics of stick tables, for Prometheus.

use std::borrow::Cow;
use std::fmt::Write as _;

use burdock_base::Instant;
use burdock_model::Model;
use burdock_state::Table;

/// A metric of tables: its name, what it is in words, its value.
type Row = (&'static str, &'static str, fn(&Table) -> usize);

const ROWS: [Row; 2] = [
    ("haproxy_sticktable_size", "Stick table size.", |table| table.settings().size),
    ("haproxy_sticktable_used", "Number of entries used in this stick table.", Table::used),
];

/// Appends the lines of all tables, of the metrics that are wanted.
pub(super) fn push(
    out: &mut String,
    model: &Model,
    now: Instant,
    wants: impl Fn(&str) -> bool,
    label: for<'t> fn(&'t str) -> Cow<'t, str>,
) {
    let tables = &model.directory.tables;
    tables.iter().for_each(|table| {
        table.clear_expired(now);
    });
    for (name, doc, value) in ROWS.into_iter().filter(|(name, ..)| wants(name) && !tables.is_empty()) {
        // Writing to a string cannot fail.
        let _ = write!(out, "# HELP {name} {doc}\n# TYPE {name} gauge\n");
        for table in tables.iter().rev() {
            let kind = table.settings().key.name();
            let _ = writeln!(out, "{name}{{name=\"{}\",type=\"{kind}\"}} {}", label(table.name()), value(table));
        }
    }
}
