//! The text format of Prometheus: the fields of `show info` and `show stat` under HAProxy's names for them (those of version 2.6). Written
//! piece by piece, so that a report of any length takes bounded memory and time.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use burdock_base::Instant;
use burdock_model::{Mode, Model, Server};

use super::exposition::{Exposition, Form};
use super::info::INFOS;
use super::report::push_value;
use super::rows::{BACKENDS, Cursor, FRONTENDS, Row, SERVERS};
use super::tables;
use super::{BackendView, FrontendView, METRICS, Metric, Moment, RowFilter, ServerView, Value, Visibility, health};

/// The content type of the format.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4";

/// A piece ends with the object that has made it this long.
const PIECE_BYTES: usize = 8 * 1024;
/// Objects that a piece looks at, whether there is anything to say of them or not.
const PIECE_ROWS: usize = 500;

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    scopes: u8,
    without_maintenance: bool,
    /// Metrics that are wanted; none: all.
    only: Vec<String>,
    /// Metrics that are not wanted.
    but: Vec<String>,
}

/// The query of a request cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadQuery;

/// Kinds of objects, each a bit of a [`Selection`]. What is of no kind that has metrics here gives none.
const SCOPES: [(&str, u8); 9] = [
    ("", 0),
    ("*", u8::MAX),
    ("global", PROCESS),
    ("frontend", 2),
    ("backend", 4),
    ("server", 8),
    ("listener", 16),
    ("sticktable", TABLES),
    ("resolver", 64),
];
const PROCESS: u8 = 1;
const TABLES: u8 = 32;

/// The kinds of objects whose metrics come from the table of `show stat`, in the order of the report.
const KINDS: [Kind; 3] = [
    Kind { name: "frontend", rows: FRONTENDS, bit: 2 },
    Kind { name: "backend", rows: BACKENDS, bit: 4 },
    Kind { name: "server", rows: SERVERS, bit: 8 },
];

#[derive(Clone, Copy, Debug)]
struct Kind {
    name: &'static str,
    rows: i32,
    bit: u8,
}

impl Default for Selection {
    fn default() -> Self {
        Self { scopes: u8::MAX, without_maintenance: false, only: Vec::new(), but: Vec::new() }
    }
}

impl Selection {
    /// What the query of a request's target asks for: `scope`, once or more, where an empty one takes back what was said before it;
    /// `no-maint`; and `metrics`, a list of names, those behind a `-` left out.
    ///
    /// # Errors
    /// There is no such scope.
    pub fn of_query(query: &[u8]) -> Result<Self, BadQuery> {
        let mut selection = Self::default();
        let mut is_scoped = false;
        for parameter in query.split(|byte| *byte == b'&') {
            let mut parts = parameter.splitn(2, |byte| *byte == b'=');
            let name = decoded(parts.next().unwrap_or_default())?;
            let value = parts.next().map(decoded).transpose()?;
            match (name.as_str(), value) {
                ("scope", value) => {
                    let value = value.ok_or(BadQuery)?;
                    let (_, bits) = SCOPES.iter().find(|(known, _)| *known == value).ok_or(BadQuery)?;
                    let before = if is_scoped && *bits != 0 { selection.scopes } else { 0 };
                    (selection.scopes, is_scoped) = (before | bits, true);
                }
                ("no-maint", _) => selection.without_maintenance = true,
                ("metrics", Some(names)) => {
                    names.split(',').filter(|name| !name.is_empty()).for_each(|name| match name.strip_prefix('-') {
                        Some(name) => selection.but.push(name.to_owned()),
                        None => selection.only.push(name.to_owned()),
                    })
                }
                _ => {}
            }
        }
        Ok(selection)
    }

    fn wants(&self, name: &str) -> bool {
        let named = |names: &[String]| names.iter().any(|known| known == name);
        (self.only.is_empty() || named(&self.only)) && !named(&self.but)
    }

    fn rows(&self, kind: Kind) -> RowFilter {
        // With another visibility the status of a backend would count its servers.
        let hides = self.without_maintenance && kind.rows == SERVERS;
        let visibility = if hides { Visibility::NotInMaintenance } else { Visibility::All };
        RowFilter { kinds: kind.rows, visibility, ..RowFilter::default() }
    }
}

/// A part of a query without its percent encoding.
fn decoded(text: &[u8]) -> Result<String, BadQuery> {
    let digit = |byte: u8| char::from(byte).to_digit(16).ok_or(BadQuery);
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    loop {
        let byte;
        (byte, rest) = match rest {
            [] => break,
            [b'%', high, low, tail @ ..] => ((digit(*high)? * 16 + digit(*low)?) as u8, tail),
            [b'+', tail @ ..] => (b' ', tail),
            [byte, tail @ ..] => (*byte, tail),
        };
        out.push(byte);
    }
    String::from_utf8(out).map_err(|_| BadQuery)
}

/// A report that is being written.
#[derive(Debug)]
pub struct PrometheusReport {
    model: Arc<Model>,
    selection: Selection,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Process,
    /// A metric of a kind of object, of the objects from the cursor on.
    Metric {
        kind: usize,
        metric: usize,
        cursor: Cursor,
        headed: bool,
    },
    Done,
}

impl PrometheusReport {
    /// A report on what is asked for.
    pub fn new(model: Arc<Model>, selection: Selection) -> Self {
        Self { model, selection, stage: Stage::Process }
    }

    /// Appends the next piece to `out`. Says whether there is more.
    pub fn write_piece(&mut self, out: &mut String, now: Instant) -> bool {
        let moment = Moment { model: &self.model, now };
        let full = out.len() + PIECE_BYTES;
        let mut looked_at = 0;
        loop {
            self.stage = match std::mem::replace(&mut self.stage, Stage::Done) {
                Stage::Process => {
                    if self.selection.scopes & PROCESS != 0 {
                        push_process(out, &moment, &self.selection);
                    }
                    Stage::Metric { kind: 0, metric: 0, cursor: Cursor::default(), headed: false }
                }
                Stage::Metric { kind, metric, mut cursor, mut headed } => {
                    let Some(of) = KINDS.get(kind) else {
                        if self.selection.scopes & TABLES != 0 {
                            tables::push(out, &self.model, now, |name| self.selection.wants(name), label);
                        }
                        return false;
                    };
                    let row = METRICS.get(metric).map(|it| (*it, it.exposition.as_ref()));
                    match row {
                        _ if self.selection.scopes & of.bit == 0 => next_kind(kind),
                        None => next_kind(kind),
                        Some((known, Some(told))) if self.is_told(known, told, *of) => {
                            match cursor.next(moment, &self.selection.rows(*of)) {
                                Some(object) => {
                                    push_samples(out, of.name, known, told, &object, metric, &mut headed);
                                    Stage::Metric { kind, metric, cursor, headed }
                                }
                                None => next_metric(kind, metric),
                            }
                        }
                        Some(_) => next_metric(kind, metric),
                    }
                }
                Stage::Done => return false,
            };
            looked_at += 1;
            if out.len() >= full || looked_at >= PIECE_ROWS {
                return true;
            }
        }
    }

    /// Whether objects of a kind have a metric, and it is wanted.
    fn is_told(&self, metric: &Metric, told: &Exposition, kind: Kind) -> bool {
        let has = match (kind.rows, told.form) {
            (BACKENDS, Form::ServersByState | Form::ServersByCheck) => true,
            (SERVERS, Form::ProxyNumber | Form::ProxyHttp) => false,
            (FRONTENDS, _) => metric.frontend.is_some(),
            (BACKENDS, _) => metric.backend.is_some(),
            _ => metric.server.is_some(),
        };
        has && self.selection.wants(&format!("haproxy_{}_{}", kind.name, told.name))
    }
}

fn next_kind(kind: usize) -> Stage {
    Stage::Metric { kind: kind + 1, metric: 0, cursor: Cursor::default(), headed: false }
}

fn next_metric(kind: usize, metric: usize) -> Stage {
    Stage::Metric { kind, metric: metric + 1, cursor: Cursor::default(), headed: false }
}

fn push_process(out: &mut String, moment: &Moment<'_>, selection: &Selection) {
    for info in INFOS {
        let Some(told) = &info.exposition else { continue };
        let name = format!("haproxy_process_{}", told.name);
        // A field whose value nobody keeps is left out, as in `show info`.
        let Some(value) = (info.value)(moment).filter(|_| selection.wants(&name)) else { continue };
        push_head(out, &name, told, info.doc);
        out.push_str(&name);
        if told.form == Form::Version {
            let Value::Text(version) = &value else { continue };
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{{version=\"{}\"}} 1", label(version));
        } else {
            out.push(' ');
            push_value(out, &value);
            out.push('\n');
        }
    }
}

fn push_head(out: &mut String, name: &str, told: &Exposition, doc: &str) {
    let _ = write!(out, "# HELP {name} {doc}\n# TYPE {name} {}\n", told.kind.word());
}

/// Appends the lines of one object.
fn push_samples(
    out: &mut String,
    kind: &str,
    metric: &Metric,
    told: &Exposition,
    object: &Row<'_>,
    position: usize,
    headed: &mut bool,
) {
    let samples = samples(metric, told, object);
    if samples.is_empty() {
        return;
    }
    let name = format!("haproxy_{kind}_{}", told.name);
    if !*headed {
        *headed = true;
        // The classes of responses are one metric, with one head.
        let is_first = !matches!(told.form, Form::Class(_)) || !is_told_before(position, told.name);
        let doc: Cow<'_, str> = match told.form {
            Form::Class(_) => "responses by the class of their status".into(),
            Form::Milliseconds => metric.doc.replacen("ms", "seconds", 1).into(),
            _ => metric.doc.into(),
        };
        if is_first {
            push_head(out, &name, told, &doc);
        }
    }
    let labels = labels(object);
    for (extra, value) in samples {
        let _ = writeln!(out, "{name}{{{labels}{extra}}} {value}");
    }
}

/// Whether a field before this one has the same name.
fn is_told_before(position: usize, name: &str) -> bool {
    let before = METRICS.get(..position).unwrap_or_default();
    before.iter().any(|metric| metric.exposition.as_ref().is_some_and(|told| told.name == name))
}

/// The labels that name an object.
fn labels(object: &Row<'_>) -> String {
    match object {
        Row::Frontend(view) => format!("proxy=\"{}\"", label(&view.proxy.name)),
        Row::Backend(view) => format!("proxy=\"{}\"", label(&view.proxy.name)),
        Row::Server(view) => format!("proxy=\"{}\",server=\"{}\"", label(&view.proxy.name), label(&view.server.name)),
    }
}

/// The text of a label: what would end it is escaped.
fn label(text: &str) -> Cow<'_, str> {
    if text.contains(['\\', '"', '\n']) {
        text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").into()
    } else {
        text.into()
    }
}

impl Row<'_> {
    fn is_http(&self) -> bool {
        let (Self::Frontend(FrontendView { proxy, .. })
        | Self::Backend(BackendView { proxy, .. })
        | Self::Server(ServerView { proxy, .. })) = self;
        proxy.mode == Mode::Http
    }

    fn is_checked(&self) -> bool {
        matches!(self, Self::Server(view) if view.server.check.is_some())
    }

    /// How many servers of a backend there are of a kind.
    fn servers(&self, are_such: impl Fn(&Server) -> bool) -> u64 {
        match self {
            Self::Backend(view) => view.backend.servers.iter().filter(|server| are_such(server)).count() as u64,
            Self::Frontend(_) | Self::Server(_) => 0,
        }
    }
}

/// Labels behind those that name the object, and values.
type Samples = Vec<(String, String)>;

fn samples(metric: &Metric, told: &Exposition, object: &Row<'_>) -> Samples {
    let one = |value: String| vec![(String::new(), value)];
    let read = || object.value(metric);
    match told.form {
        Form::Number | Form::ProxyNumber | Form::Version => one(number(read())),
        Form::ProxyHttp if object.is_http() => one(number(read())),
        Form::Class(class) if object.is_http() => vec![(format!(",code=\"{class}\""), number(read()))],
        Form::Checked if object.is_checked() => one(read().map_or_else(|| "0".to_owned(), |value| plain(&value))),
        Form::Milliseconds => read().map(|value| one(seconds(&value))).unwrap_or_default(),
        Form::State => states(object, read()),
        Form::CheckState => match read() {
            Some(Value::Text(text)) => {
                by_state(&CHECK_STATES, |state| u64::from(text.trim_start_matches("* ") == state))
            }
            _ => Samples::new(),
        },
        Form::ServersByState => {
            by_state(&SERVER_STATES, |state| object.servers(|server| health::state_word(server) == state))
        }
        Form::ServersByCheck => by_state(&CHECK_STATES, |state| {
            object.servers(|server| server.check.is_some() && server.state.check.last().status.code() == state)
        }),
        Form::ProxyHttp | Form::Class(_) | Form::Checked => Samples::new(),
    }
}

const SERVER_STATES: [&str; 5] = ["DOWN", "UP", "MAINT", "DRAIN", "NOLB"];
const PROXY_STATES: [&str; 2] = ["DOWN", "UP"];
const CHECK_STATES: [&str; 16] = [
    "HANA", "SOCKERR", "L4OK", "L4TOUT", "L4CON", "L6OK", "L6TOUT", "L6RSP", "L7TOUT", "L7RSP", "L7OK", "L7OKC",
    "L7STS", "PROCERR", "PROCTOUT", "PROCOK",
];

fn by_state(states: &[&str], value: impl Fn(&str) -> u64) -> Samples {
    states.iter().map(|state| (format!(",state=\"{state}\""), value(state).to_string())).collect()
}

fn states(object: &Row<'_>, value: Option<Value<'_>>) -> Samples {
    let Some(Value::Text(status)) = value else { return Samples::new() };
    match object {
        Row::Server(view) => {
            let word = health::state_word(view.server);
            by_state(&SERVER_STATES, |state| u64::from(state == word))
        }
        _ => {
            let is_up = status.starts_with("UP") || status == "OPEN";
            by_state(&PROXY_STATES, |state| u64::from((state == "UP") == is_up))
        }
    }
}

fn number(value: Option<Value<'_>>) -> String {
    value.map_or_else(|| "NaN".to_owned(), |value| plain(&value))
}

fn plain(value: &Value<'_>) -> String {
    let mut text = String::new();
    push_value(&mut text, value);
    text
}

fn seconds(ms: &Value<'_>) -> String {
    let ms = match ms {
        Value::U32(ms) => u64::from(*ms),
        Value::U64(ms) => *ms,
        Value::S32(_) | Value::Text(_) => 0,
    };
    format!("{}.{:06}", ms / 1000, ms % 1000 * 1000)
}

#[cfg(test)]
mod tests;
