//! What the tests of this crate share.

use std::sync::Arc;

use burdock_config::{CommandLine, LoadOptions, Sealed};
use burdock_model::Model;
use burdock_syntax::{Environment, Facts};

/// The model of a backend `be` with these lines, and of sections before it.
pub(crate) fn model_with(sections: &str, lines: &str) -> Arc<Model> {
    let text = format!(
        "{sections}\ndefaults\n mode http\n timeout client 1s\n timeout server 1s\n timeout connect 1s\nbackend be\n balance roundrobin\n{lines}"
    );
    let options = LoadOptions {
        files: &[],
        environment: &Environment::empty(),
        facts: &Facts::default(),
        command_line: &CommandLine { program_name: "haproxy".into(), ..CommandLine::default() },
        host: &Sealed,
        previous: None,
    };
    let loaded = burdock_config::load_text("test.cfg", &text, &options);
    Arc::new(loaded.model.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics)))
}

/// The model of a backend `be` with these lines.
pub(crate) fn model(lines: &str) -> Arc<Model> {
    model_with("", lines)
}
