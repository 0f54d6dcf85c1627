//! The outputs of `show stat` and `show info`: CSV, typed, JSON (management manual 9.1 to 9.3). Written piece by piece, so that a report
//! of any length takes bounded memory.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use burdock_base::Instant;
use burdock_model::Model;

use super::identity::PROCESS_NUMBER;
use super::rows::{Cursor, Row};
use super::{FIXED_COLUMNS, METRICS, Metric, Moment, Nature, Origin, RowFilter, Scope, Tags, Value};

/// The shape of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `show stat`: a line an object; `show info`: `name: value`.
    Plain,
    /// A line a value, with its tags and type.
    Typed,
    /// One JSON array.
    Json,
}

/// A report of `show stat` that is being written.
#[derive(Debug)]
pub struct StatReport {
    model: Arc<Model>,
    filter: RowFilter,
    format: Format,
    described: bool,
    cursor: Cursor,
    stage: Stage,
}

#[derive(Debug, PartialEq, Eq)]
enum Stage {
    Head,
    FirstRow,
    Rows,
    Done,
}

impl StatReport {
    /// A report on the objects that `filter` lets through; `described` adds the documentation of each field to the typed format.
    pub fn new(model: Arc<Model>, filter: RowFilter, format: Format, described: bool) -> StatReport {
        StatReport { model, filter, format, described, cursor: Cursor::default(), stage: Stage::Head }
    }

    /// Appends the next piece, an object's at most, to `out`. Says whether there is more.
    pub fn write_piece(&mut self, out: &mut String, now: Instant) -> bool {
        match self.stage {
            Stage::Head => {
                match self.format {
                    Format::Plain => push_csv_head(out),
                    Format::Json => out.push('['),
                    Format::Typed => {}
                }
                self.stage = Stage::FirstRow;
            }
            Stage::FirstRow | Stage::Rows => {
                let moment = Moment { model: &self.model, now };
                match self.cursor.next(moment, &self.filter) {
                    Some(row) => {
                        let first = self.stage == Stage::FirstRow;
                        push_row(out, &row, self.format, first, self.described);
                        self.stage = Stage::Rows;
                    }
                    None => {
                        if self.format == Format::Json {
                            out.push_str("]\n");
                        }
                        self.stage = Stage::Done;
                    }
                }
            }
            Stage::Done => {}
        }
        self.stage != Stage::Done
    }
}

fn push_row(out: &mut String, row: &Row<'_>, format: Format, first: bool, described: bool) {
    match format {
        Format::Plain => {
            for metric in METRICS.iter() {
                if metric.column == FIXED_COLUMNS {
                    out.push_str("-,");
                }
                if let Some(value) = row.value(metric) {
                    push_csv(out, &value);
                }
                out.push(',');
            }
            out.push('\n');
        }
        Format::Typed => {
            let (letter, _, proxy, id) = row.place();
            for (metric, value) in row.values() {
                // Writing to a string cannot fail.
                let _ = write!(out, "{letter}.{proxy}.{id}.{}.{}.{PROCESS_NUMBER}:", metric.column, metric.name);
                push_typed(out, row.tags(metric), &value);
                push_end_of_line(out, described.then_some(metric.doc));
            }
        }
        Format::Json => {
            out.push_str(if first { "[" } else { ",[" });
            let (_, kind, proxy, id) = row.place();
            for (n, (metric, value)) in row.values().enumerate() {
                let separator = if n == 0 { "" } else { "," };
                let _ = write!(out, "{separator}{{\"objType\":\"{kind}\",\"proxyId\":{proxy},\"id\":{id},");
                push_json_field(out, metric.column, metric.name, row.tags(metric), &value);
                out.push('}');
            }
            out.push(']');
        }
    }
}

impl<'a> Row<'a> {
    pub(super) fn value(&self, metric: &Metric) -> Option<Value<'a>> {
        match self {
            Row::Frontend(view) => metric.frontend.and_then(|read| read(view)),
            Row::Backend(view) => metric.backend.and_then(|read| read(view)),
            Row::Server(view) => metric.server.and_then(|read| read(view)),
        }
    }

    fn values(&self) -> impl Iterator<Item = (&'static Metric, Value<'a>)> {
        METRICS.iter().filter_map(|metric| self.value(metric).map(|value| (*metric, value)))
    }

    /// The letter of its kind, the name of its kind, the proxy's number, its own.
    fn place(&self) -> (char, &'static str, u32, u32) {
        match self {
            Row::Frontend(view) => ('F', "Frontend", view.proxy.numeric_id, 0),
            Row::Backend(view) => ('B', "Backend", view.proxy.numeric_id, 0),
            Row::Server(view) => ('S', "Server", view.proxy.numeric_id, view.server.numeric_id),
        }
    }

    /// The tags of a field. Whether a server is active or backup is a state of it, while for a backend their number is measured.
    fn tags(&self, metric: &Metric) -> Tags {
        match (self, metric.name) {
            (Row::Server(_), "act" | "bck") => Tags { origin: Origin::Status, ..metric.tags },
            _ => metric.tags,
        }
    }
}

fn push_csv_head(out: &mut String) {
    out.push_str("# ");
    for metric in METRICS.iter() {
        if metric.column == FIXED_COLUMNS {
            out.push_str("-,");
        }
        out.push_str(metric.name);
        out.push(',');
    }
    out.push('\n');
}

/// A field of CSV: in quotes only where it must be.
fn push_csv(out: &mut String, value: &Value<'_>) {
    match value {
        Value::Text(text) if text.contains(['"', ',']) => {
            out.push('"');
            out.push_str(&one_line(text).replace('"', "\"\""));
            out.push('"');
        }
        _ => push_value(out, value),
    }
}

/// The value as it is, on one line: an empty line would end the answer.
pub(super) fn push_value(out: &mut String, value: &Value<'_>) {
    // Writing to a string cannot fail.
    let _ = match value {
        Value::U32(n) => write!(out, "{n}"),
        Value::U64(n) => write!(out, "{n}"),
        Value::S32(n) => write!(out, "{n}"),
        Value::Text(text) => out.write_str(&one_line(text)),
    };
}

fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains(['\n', '\r']) { text.replace(['\n', '\r'], " ").into() } else { text.into() }
}

/// `tags:type:value`.
pub(super) fn push_typed(out: &mut String, tags: Tags, value: &Value<'_>) {
    out.extend([
        tags.origin.letter(),
        tags.nature.letter(),
        tags.scope.letter(),
        if tags.persistent { 'P' } else { 'V' },
    ]);
    out.push(':');
    out.push_str(value.type_name());
    out.push(':');
    push_value(out, value);
}

/// Ends a line, after the documentation where that was asked for.
pub(super) fn push_end_of_line(out: &mut String, doc: Option<&str>) {
    if let Some(doc) = doc {
        let _ = write!(out, ":\"{doc}\"");
    }
    out.push('\n');
}

/// The members that describe one value.
pub(super) fn push_json_field(out: &mut String, position: usize, name: &str, tags: Tags, value: &Value<'_>) {
    let _ = write!(
        out,
        "\"field\":{{\"pos\":{position},\"name\":\"{name}\"}},\"processNum\":{PROCESS_NUMBER},\
         \"tags\":{{\"origin\":\"{}\",\"nature\":\"{}\",\"scope\":\"{}\"}},\"value\":{{\"type\":\"{}\",\"value\":",
        tags.origin.word(),
        tags.nature.word(),
        tags.scope.word(),
        value.type_name(),
    );
    match value {
        Value::Text(text) => push_json_text(out, text),
        _ => push_value(out, value),
    }
    out.push('}');
}

fn push_json_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

impl Value<'_> {
    fn type_name(&self) -> &'static str {
        match self {
            Value::U32(_) => "u32",
            Value::U64(_) => "u64",
            Value::S32(_) => "s32",
            Value::Text(_) => "str",
        }
    }
}

impl Origin {
    fn letter(self) -> char {
        match self {
            Origin::Metric => 'M',
            Origin::Status => 'S',
            Origin::Key => 'K',
            Origin::Config => 'C',
            Origin::Product => 'P',
        }
    }

    fn word(self) -> &'static str {
        match self {
            Origin::Metric => "Metric",
            Origin::Status => "Status",
            Origin::Key => "Key",
            Origin::Config => "Config",
            Origin::Product => "Product",
        }
    }
}

impl Nature {
    fn letter(self) -> char {
        match self {
            Nature::Age => 'A',
            Nature::Average => 'a',
            Nature::Counter => 'C',
            Nature::Duration => 'D',
            Nature::Gauge => 'G',
            Nature::Limit => 'L',
            Nature::Maximum => 'M',
            Nature::Name => 'N',
            Nature::Output => 'O',
            Nature::Rate => 'R',
        }
    }

    fn word(self) -> &'static str {
        match self {
            Nature::Age => "Age",
            Nature::Average => "Avg",
            Nature::Counter => "Counter",
            Nature::Duration => "Duration",
            Nature::Gauge => "Gauge",
            Nature::Limit => "Limit",
            Nature::Maximum => "Max",
            Nature::Name => "Name",
            Nature::Output => "Output",
            Nature::Rate => "Rate",
        }
    }
}

impl Scope {
    fn letter(self) -> char {
        match self {
            Scope::Process => 'P',
            Scope::Service => 'S',
        }
    }

    fn word(self) -> &'static str {
        match self {
            Scope::Process => "Process",
            Scope::Service => "Service",
        }
    }
}
