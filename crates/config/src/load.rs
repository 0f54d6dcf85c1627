//! The way in: files or a text become a [`Loaded`], which holds the model where there is one and everything that is to be said in any case.

use std::path::PathBuf;

use burdock_model::Model;
use burdock_syntax::{Diagnostic, Diagnostics, Environment, Facts, Severity, SourceMap};

use crate::crt_list;
use crate::host::Host;
use crate::resolve;
use crate::section::SectionReader;

/// What a configuration is read from and with.
#[derive(Clone, Copy)]
pub struct LoadOptions<'a> {
    /// `-f`: files and directories, in order.
    pub files: &'a [PathBuf],
    /// Environment variables at the start.
    pub environment: &'a Environment,
    /// What `.if` may ask about the program.
    pub facts: &'a Facts,
    /// Settings of the command line that change what the configuration means.
    pub command_line: &'a CommandLine,
    /// The machine.
    pub host: &'a dyn Host,
    /// The model in force, whose live state the new one carries on with where it can.
    pub previous: Option<&'a Model>,
}

/// Settings of the command line that change what the configuration means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// `-n`: overrides `maxconn` of the global section.
    pub maxconn: Option<u32>,
    /// `-N`: `maxconn` of frontends that say nothing.
    pub proxy_maxconn: Option<u32>,
    /// `-L`: the local peer's name.
    pub local_peer: Option<String>,
    /// `-p`: overrides `pidfile`.
    pub pid_file: Option<PathBuf>,
    /// `-D`: as `daemon`.
    pub daemon: bool,
    /// The program's name as it was started: the tag of log lines where `log-tag` says nothing. Empty: `burdock`.
    pub program_name: String,
    /// `-dr`: servers whose name cannot be resolved start in maintenance.
    pub ignore_unresolved: bool,
    /// `-dV`: certificates of servers are verified only where a line says so.
    pub no_server_verification: bool,
}

/// What came of reading a configuration.
#[derive(Debug)]
pub struct Loaded {
    /// The model; none where there are errors.
    pub model: Option<Model>,
    /// Everything found, of every severity, in the order it was found.
    pub diagnostics: Diagnostics,
    /// The texts that the diagnostics point into: configuration files first, then files of other languages that those name.
    pub sources: SourceMap,
    /// How many of the sources are configuration files.
    pub configuration_files: usize,
    /// The environment after `setenv` and its kin: what child processes and `show env` see.
    pub environment: Environment,
}

/// Reads the files of `options`, all of them, whatever faults are found on the way.
pub fn load(options: &LoadOptions<'_>) -> Loaded {
    let mut sources = SourceMap::new();
    let mut findings = Diagnostics::new();
    let mut reader = SectionReader::new(options);
    for path in options.files {
        for file in burdock_syntax::load::load(path, &mut sources, &mut findings) {
            reader.read(&file, &mut findings);
        }
    }
    finish(reader, options, sources, findings)
}

/// As [`load`], but reads a text in memory, shown as `name`, instead of files.
pub fn load_text(name: &str, text: &str, options: &LoadOptions<'_>) -> Loaded {
    load_bytes(name, text.as_bytes(), options)
}

/// As [`load_text`], for text that need not be UTF-8.
pub fn load_bytes(name: &str, text: &[u8], options: &LoadOptions<'_>) -> Loaded {
    let mut sources = SourceMap::new();
    let mut findings = Diagnostics::new();
    let mut reader = SectionReader::new(options);
    match sources.add(name, text) {
        Ok(file) => reader.read(&file, &mut findings),
        Err(_) => findings.push(Diagnostic::error(format!("{name} is too long")).code("unreadable-file")),
    }
    finish(reader, options, sources, findings)
}

fn finish(
    reader: SectionReader<'_>,
    options: &LoadOptions<'_>,
    mut sources: SourceMap,
    mut diagnostics: Diagnostics,
) -> Loaded {
    let (mut draft, mut environment) = reader.finish();
    let configuration_files = sources.files().len();
    let files: Vec<_> = sources.files().iter().map(|file| file.name()).collect();
    environment.set("HAPROXY_CFGFILES", files.join(";"));
    crt_list::read_all(&mut draft, options.host, &mut sources, &environment, &mut diagnostics);
    let zero_warning = draft.global.zero_warning;
    let model = resolve::resolve(draft, &environment, options, &sources, &mut diagnostics);
    if let Some(zero_warning) = zero_warning.filter(|set| set.value)
        && diagnostics.count(Severity::Warning) > 0
    {
        diagnostics.push(
            Diagnostic::error("there are warnings, and 'zero-warning' makes them errors")
                .code("zero-warning")
                .at(zero_warning.span, "set here"),
        );
    }
    let model = model.filter(|_| !diagnostics.has_errors());
    Loaded { model, diagnostics, sources, configuration_files, environment }
}
