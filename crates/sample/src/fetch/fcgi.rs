//! Fetches of what is configured of a backend's FastCGI application (configuration manual 10.1.1).

use burdock_state::FcgiAppEntry;

use super::Fetch;
use super::row::row;
use crate::input::Input;
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    row("fcgi.docroot", Type::Str, Validity::REQUEST, "The document root of the FastCGI application.", |input, _| {
        Some(Value::Str(&app(input)?.document_root))
    }),
    row("fcgi.index", Type::Str, Validity::REQUEST, "The index script of the FastCGI application.", |input, _| {
        app(input)?.index_script.as_deref().map(Value::Str)
    }),
];

fn app<'a>(input: &Input<'a>) -> Option<&'a FcgiAppEntry> {
    input.world.proxy(input.txn.backend)?.fcgi_app.as_ref()
}
