//! Models for tests, made from configuration text.

use burdock_config::{CommandLine, LoadOptions, Sealed};
use burdock_model::{Model, Proxy};
use burdock_syntax::{Environment, Facts};

/// The model of a configuration without errors.
pub(crate) fn model(text: &str) -> Model {
    let options = LoadOptions {
        files: &[],
        environment: &Environment::empty(),
        facts: &Facts::default(),
        command_line: &CommandLine { program_name: "haproxy".into(), ..CommandLine::default() },
        host: &Sealed,
        previous: None,
    };
    let loaded = burdock_config::load_text("test.cfg", text, &options);
    loaded.model.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics))
}

/// The proxy of that name.
pub(crate) fn proxy<'a>(model: &'a Model, name: &str) -> &'a Proxy {
    model.proxies.iter().find(|proxy| proxy.name == name).unwrap()
}
