//! What is said about each `ui/*.cfg`, in full and in HAProxy's shape, is what stands beside it. With `UPDATE_EXPECTED=1` the files are
//! written anew, for a look at what changed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is the report")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use burdock_config::{CommandLine, LoadOptions, load_bytes};
use burdock_syntax::render::{Compatible, Rich};
use burdock_syntax::{Environment, Facts};

#[test]
fn findings_are_as_expected() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let mut configurations: Vec<PathBuf> =
        fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    configurations.retain(|path| path.extension().is_some_and(|extension| extension == "cfg"));
    configurations.sort();
    assert!(configurations.len() > 10);
    let mut different = Vec::new();
    for path in configurations {
        let (rich, compatible) = render(&path);
        for (extension, text) in [("full", rich), ("haproxy", compatible)] {
            let expected = path.with_extension(extension);
            if std::env::var_os("UPDATE_EXPECTED").is_some() {
                fs::write(&expected, &text).unwrap();
            }
            if fs::read_to_string(&expected).unwrap_or_default() != text {
                different.push(format!("{}\n{text}", expected.display()));
            }
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

fn render(path: &Path) -> (String, String) {
    let (environment, facts, command_line) = (Environment::empty(), Facts::default(), CommandLine::default());
    let machine = support::Machine::default();
    let options = LoadOptions {
        files: &[],
        environment: &environment,
        facts: &facts,
        command_line: &command_line,
        host: &machine,
        previous: None,
    };
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let loaded = load_bytes(&name, &fs::read(path).unwrap(), &options);
    let outcome = if loaded.model.is_some() { "There is a model.\n" } else { "There is no model.\n" };
    let rich = Rich::default().render(&loaded.diagnostics, &loaded.sources) + outcome;
    (rich, Compatible { pid: 1, ..Compatible::default() }.render(&loaded.diagnostics, &loaded.sources))
}
