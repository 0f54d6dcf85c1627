//! Whatever a configuration says, it is read to its end, touches nothing of the machine, and what is said about it can be shown.
#![no_main]

use burdock_config::{CommandLine, LoadOptions, Sealed, load_bytes};
use burdock_syntax::render::{Compatible, Rich};
use burdock_syntax::{Environment, Facts};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let environment = Environment::from_iter([("NAME", "127.0.0.1"), ("EMPTY", "")]);
    let (facts, command_line) = (Facts::default(), CommandLine::default());
    let options = LoadOptions {
        files: &[],
        environment: &environment,
        facts: &facts,
        command_line: &command_line,
        host: &Sealed,
        previous: None,
    };
    let first = load_bytes("fuzz.cfg", text, &options);
    assert_eq!(first.model.is_some(), !first.diagnostics.has_errors());
    Compatible::default().render(&first.diagnostics, &first.sources);
    Rich::default().render(&first.diagnostics, &first.sources);
    if let Some(previous) = &first.model {
        let second = load_bytes("fuzz.cfg", text, &LoadOptions { previous: Some(previous), ..options });
        assert!(second.model.is_some(), "the same text gives a model again");
    }
});
