//! What can be measured: one descriptor a statistics field (management manual 9.1) and a function for each kind of object that has it.
//! The tables feed every output there is. Functions read models and states; they change nothing and know no output format.

mod agent;
mod exposition;
mod feature;
mod health;
mod identity;
pub mod info;
mod load;
pub mod prometheus;
mod protocol;
pub mod report;
mod rows;
mod tables;
mod timing;
mod traffic;

use std::borrow::Cow;
use std::sync::LazyLock;

use burdock_base::Instant;
use burdock_model::{Backend, Frontend, Mode, Model, Proxy, Server};

pub use exposition::Exposition;
pub use report::{Format, StatReport};
pub use rows::{RowFilter, Visibility};

/// A statistics field.
#[derive(Debug)]
pub struct Metric {
    /// Its column in `show stat`, from zero; the `-` column that ends the fixed part is not counted.
    pub column: usize,
    /// Its name.
    pub name: &'static str,
    /// One line of documentation.
    pub doc: &'static str,
    /// How to aggregate it.
    pub tags: Tags,
    /// How Prometheus is told of it; none: it is not.
    pub exposition: Option<Exposition>,
    /// Reads it for a frontend; none: frontends have no such field.
    pub frontend: Option<for<'a> fn(&FrontendView<'a>) -> Option<Value<'a>>>,
    /// Reads it for a backend.
    pub backend: Option<for<'a> fn(&BackendView<'a>) -> Option<Value<'a>>>,
    /// Reads it for a server.
    pub server: Option<for<'a> fn(&ServerView<'a>) -> Option<Value<'a>>>,
}

/// The value of a field, with the type that it always has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// `u32`.
    U32(u32),
    /// `u64`.
    U64(u64),
    /// `s32`.
    S32(i32),
    /// `str`.
    Text(Cow<'a, str>),
}

/// What an aggregator needs to know of a field (management manual 9.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tags {
    /// Where the value was taken from.
    pub origin: Origin,
    /// What sort of number it is.
    pub nature: Nature,
    /// For how much it holds.
    pub scope: Scope,
    /// Whether it may outlive a reload.
    pub persistent: bool,
}

/// Where a value was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `M`: it was measured.
    Metric,
    /// `S`: a state.
    Status,
    /// `K`: an identifier.
    Key,
    /// `C`: the configuration.
    Config,
    /// `P`: the product.
    Product,
}

/// What sort of number a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// `A`: time since an event.
    Age,
    /// `a`: an average.
    Average,
    /// `C`: a count that only grows.
    Counter,
    /// `D`: how long something lasted.
    Duration,
    /// `G`: what is at this instant.
    Gauge,
    /// `L`: a limit.
    Limit,
    /// `M`: the largest value seen.
    Maximum,
    /// `N`: a name.
    Name,
    /// `O`: free text.
    Output,
    /// `R`: events per second.
    Rate,
}

/// For how much a value holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `P`: this process.
    Process,
    /// `S`: every process of the same configuration.
    Service,
}

/// When, and of what, statistics are taken.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// The model in use.
    pub model: &'a Model,
    /// Now.
    pub now: Instant,
}

/// A frontend as the table's functions see it.
#[derive(Clone, Copy, Debug)]
pub struct FrontendView<'a> {
    /// When.
    pub moment: Moment<'a>,
    /// The section.
    pub proxy: &'a Proxy,
    /// Its client side.
    pub frontend: &'a Frontend,
}

/// A backend as the table's functions see it.
#[derive(Clone, Copy, Debug)]
pub struct BackendView<'a> {
    /// When.
    pub moment: Moment<'a>,
    /// The section.
    pub proxy: &'a Proxy,
    /// Its server side.
    pub backend: &'a Backend,
    /// Whether the status says how many servers are up, since rows of others are hidden.
    pub counts_servers: bool,
}

/// A server as the table's functions see it.
#[derive(Clone, Copy, Debug)]
pub struct ServerView<'a> {
    /// When.
    pub moment: Moment<'a>,
    /// The section.
    pub proxy: &'a Proxy,
    /// The server.
    pub server: &'a Server,
}

/// Every field of `show stat` in the order of its columns.
pub static METRICS: LazyLock<Vec<&'static Metric>> = LazyLock::new(|| {
    let families = [
        identity::METRICS,
        load::METRICS,
        traffic::METRICS,
        health::METRICS,
        timing::METRICS,
        agent::METRICS,
        feature::METRICS,
        protocol::METRICS,
    ];
    let mut metrics: Vec<_> = families.into_iter().flatten().collect();
    metrics.sort_by_key(|metric| metric.column);
    metrics
});

/// Columns whose order never changes; behind them comes a column named `-` (management manual 9.1).
pub const FIXED_COLUMNS: usize = 119;

impl Metric {
    /// A field that no object has.
    const fn new(column: usize, name: &'static str, tags: Tags, doc: &'static str) -> Metric {
        Metric { column, name, doc, tags, exposition: None, frontend: None, backend: None, server: None }
    }
}

/// Declares a family: column, name, tags, documentation, how Prometheus is told of it, and a function for each kind of object that has the
/// field.
macro_rules! metrics {
    ($($column:literal $name:literal $tags:ident $doc:literal
       $(=> $told:literal $kind:ident $form:ident $(($label:literal))?)?
       { $($object:ident: $read:expr;)* })+) => {
        pub(super) const METRICS: &[crate::metric::Metric] = &[
            $(crate::metric::Metric {
                $($object: Some($read),)*
                $(exposition: Some(crate::metric::Exposition {
                    name: $told,
                    kind: crate::metric::exposition::Kind::$kind,
                    form: crate::metric::exposition::Form::$form $(($label))?,
                }),)?
                ..crate::metric::Metric::new($column, $name, crate::metric::Tags::$tags, $doc)
            }),+
        ];
    };
}
use metrics;

impl Tags {
    const COUNTER: Tags = Tags::new(Origin::Metric, Nature::Counter, Scope::Process).persistent();
    const VOLATILE_COUNTER: Tags = Tags::new(Origin::Metric, Nature::Counter, Scope::Process);
    const GAUGE: Tags = Tags::new(Origin::Metric, Nature::Gauge, Scope::Process);
    const MAXIMUM: Tags = Tags::new(Origin::Metric, Nature::Maximum, Scope::Process);
    const RATE: Tags = Tags::new(Origin::Metric, Nature::Rate, Scope::Process).persistent();
    const VOLATILE_RATE: Tags = Tags::new(Origin::Metric, Nature::Rate, Scope::Process);
    const AVERAGE: Tags = Tags::new(Origin::Metric, Nature::Average, Scope::Process);
    const AGE: Tags = Tags::new(Origin::Metric, Nature::Age, Scope::Process).persistent();
    const DURATION: Tags = Tags::new(Origin::Metric, Nature::Duration, Scope::Process);
    const TEXT: Tags = Tags::new(Origin::Metric, Nature::Output, Scope::Process);
    const STATE: Tags = Tags::new(Origin::Status, Nature::Gauge, Scope::Process);
    const LIMIT: Tags = Tags::new(Origin::Config, Nature::Limit, Scope::Process);
    const SETTING: Tags = Tags::new(Origin::Config, Nature::Gauge, Scope::Service);
    const SETTING_NAME: Tags = Tags::new(Origin::Config, Nature::Name, Scope::Service);
    const SETTING_TEXT: Tags = Tags::new(Origin::Config, Nature::Output, Scope::Service);
    const KEY: Tags = Tags::new(Origin::Key, Nature::Gauge, Scope::Service);
    const KEY_NAME: Tags = Tags::new(Origin::Key, Nature::Name, Scope::Service);
    const PROCESS_KEY: Tags = Tags::new(Origin::Key, Nature::Gauge, Scope::Process);
    const PRODUCT: Tags = Tags::new(Origin::Product, Nature::Output, Scope::Service);

    const fn new(origin: Origin, nature: Nature, scope: Scope) -> Tags {
        Tags { origin, nature, scope, persistent: false }
    }

    const fn persistent(self) -> Tags {
        Tags { persistent: true, ..self }
    }
}

impl Moment<'_> {
    /// Milliseconds since the rates were last sampled.
    fn since_sampling_ms(&self) -> u64 {
        self.now.ms_since(self.model.process.rates_sampled())
    }

    /// Whole seconds since the process started.
    fn second(&self) -> u32 {
        u32::try_from(self.now.ms_since(Instant::START) / 1000).unwrap_or(u32::MAX)
    }

    /// Whole seconds since an instant.
    fn seconds_since(&self, instant: Instant) -> u32 {
        u32::try_from(self.now.ms_since(instant) / 1000).unwrap_or(u32::MAX)
    }
}

fn n32<'a>(n: u32) -> Option<Value<'a>> {
    Some(Value::U32(n))
}

fn n64<'a>(n: u64) -> Option<Value<'a>> {
    Some(Value::U64(n))
}

/// A rate: sixty-four bits inside, thirty-two in outputs.
fn rate<'a>(n: u64) -> Option<Value<'a>> {
    n32(u32::try_from(n).unwrap_or(u32::MAX))
}

fn text<'a>(text: impl Into<Cow<'a, str>>) -> Option<Value<'a>> {
    Some(Value::Text(text.into()))
}

/// A limit, where zero means that there is none.
fn limit<'a>(n: u32) -> Option<Value<'a>> {
    if n == 0 { None } else { n32(n) }
}

/// A value that proxies in `mode http` alone have.
fn in_http<'a>(proxy: &Proxy, value: Option<Value<'a>>) -> Option<Value<'a>> {
    if proxy.mode == Mode::Http { value } else { None }
}

#[cfg(test)]
mod tests;
