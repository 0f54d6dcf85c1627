//! Runs what HAProxy's command line asks for, with HAProxy's messages and exit codes.

use std::ffi::OsString;
use std::process::ExitCode;

use burdock_base::product;
use burdock_config::{LoadOptions, Loaded, System, load};
use burdock_supervise::Options;
use burdock_syntax::condition::evaluate_text;
use burdock_syntax::dump::dump_line;
use burdock_syntax::render::Compatible;
use burdock_syntax::{Diagnostics, Environment, Facts, Reader, Severity, SourceMap};

use crate::haproxy_arguments::{self, ArgumentFault, Arguments, Invocation, VersionForm};
use crate::output::{message, print, print_error, silence_errors};
use crate::{features, version};

/// Exit code of everything that failed.
const FAILED: u8 = 1;
/// Exit code of a condition that does not hold (`-cc`).
const FALSE: u8 = 1;
/// Exit code of a condition that cannot be parsed.
const UNPARSABLE: u8 = 2;

/// Runs the command line, which begins with the program's name.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    match haproxy_arguments::parse(arguments) {
        Ok(Invocation::Version(form)) => {
            print(&match form {
                VersionForm::Short => version::short_text(),
                VersionForm::Long => version::long_text(),
                VersionForm::Number => format!("{}\n", product::VERSION),
                VersionForm::Branch => format!("{}\n", product::HAPROXY_BRANCH),
            });
            ExitCode::SUCCESS
        }
        Ok(Invocation::Usage) => {
            print(&version::short_text());
            print_error(&haproxy_arguments::usage());
            FAILED.into()
        }
        Ok(Invocation::Run(arguments)) => execute(&arguments),
        Err(fault) => {
            alert(&match fault {
                ArgumentFault::MissingValue(letters) => format!("the option '-{letters}' needs a value."),
                ArgumentFault::NoProcess(letters, rest) => {
                    format!("-{letters} option: some bytes unconsumed in PID list {{{rest}}}")
                }
                ArgumentFault::Unsupported(letters, summary) => {
                    format!("the option '-{letters}' ({summary}) is not supported yet.")
                }
            });
            FAILED.into()
        }
    }
}

fn execute(arguments: &Arguments) -> ExitCode {
    if arguments.quiet && !arguments.verbose {
        silence_errors();
    }
    if let Some(directory) = &arguments.directory
        && let Err(errno) = nix::unistd::chdir(directory.as_path())
    {
        alert(&format!("Could not change to directory {} : {}", directory.display(), errno.desc()));
        return FAILED.into();
    }
    let facts = features::facts(!arguments.no_reuse_port);
    let environment = environment(arguments);
    if let Some(text) = &arguments.condition {
        return evaluate(text, &facts, &environment);
    }
    let loaded = load(&LoadOptions {
        files: &arguments.files,
        environment: &environment,
        facts: &facts,
        command_line: &arguments.command_line,
        host: &System,
        previous: None,
    });
    if arguments.dump {
        print(&dump(&loaded, &facts, &environment));
    }
    report(&loaded, arguments.diagnostic);
    let warnings = loaded.diagnostics.count(Severity::Warning) > 0;
    let Some(model) = loaded.model else {
        alert("config : Fatal errors found in configuration.");
        return FAILED.into();
    };
    if warnings && arguments.fatal_warnings {
        alert("Some warnings were found and 'zero-warning' is set. Aborting.");
        return FAILED.into();
    }
    if arguments.check {
        if warnings {
            print("Warnings were found.\n");
        }
        if arguments.verbose {
            print("Configuration file is valid\n");
        }
        return ExitCode::SUCCESS;
    }
    let options = Options {
        may_daemonize: !arguments.foreground,
        reuse_port: !arguments.no_reuse_port,
        memory_limit_mb: arguments.memory_limit_mb,
        advise_about_root: true,
        predecessors: arguments.predecessors.clone(),
    };
    match burdock_supervise::run(model, options, || ()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.messages().iter().for_each(|text| alert(text));
            FAILED.into()
        }
    }
}

fn evaluate(text: &str, facts: &Facts, environment: &Environment) -> ExitCode {
    let mut sources = SourceMap::new();
    match evaluate_text(text, &mut sources, facts, environment) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => FALSE.into(),
        Err(faults) => {
            alert(&format!("Failed to evaluate condition: unparsable conditional expression '{text}'"));
            print_error(&compatible(false).render(&faults, &sources));
            UNPARSABLE.into()
        }
    }
}

/// The environment that the configuration sees (configuration manual 2.3).
fn environment(arguments: &Arguments) -> Environment {
    let mut environment = Environment::from_process();
    let files: Vec<_> = arguments.files.iter().map(|file| file.as_os_str().as_encoded_bytes()).collect();
    environment.set("HAPROXY_CFGFILES", files.join(&b';'));
    environment.set("HAPROXY_BRANCH", product::HAPROXY_BRANCH);
    environment.set("HAPROXY_STARTUP_VERSION", product::VERSION);
    let peer = arguments.command_line.local_peer.clone().unwrap_or_else(|| burdock_config::Host::name(&System));
    environment.set("HAPROXY_LOCALPEER", peer);
    environment
}

/// Says what was found, and first who says it.
fn report(loaded: &Loaded, diagnostic: bool) {
    let text = compatible(diagnostic).render(&loaded.diagnostics, &loaded.sources);
    if !text.is_empty() {
        message(Severity::Notice, &format!("burdock version is {}", product::VERSION));
        print_error(&text);
    }
}

fn compatible(diagnostic: bool) -> Compatible {
    Compatible { pid: std::process::id(), diag: diagnostic, advice: false }
}

/// The configuration's words, without comments, sections flush to the left (`-dC`).
fn dump(loaded: &Loaded, facts: &Facts, environment: &Environment) -> String {
    let is_section = |name: &[u8]| {
        burdock_config::known::all().any(|known| known.class == "section" && known.name.as_bytes() == name)
    };
    let mut text = String::new();
    for file in loaded.sources.files().iter().take(loaded.configuration_files) {
        let mut reader = Reader::new(file.clone(), facts);
        let mut ignored = Diagnostics::new();
        while let Some(line) = reader.next_line(environment, &mut ignored) {
            if !line.words.first().is_some_and(|word| is_section(word.as_bytes())) {
                text.push('\t');
            }
            text.push_str(&dump_line(&line));
            text.push('\n');
        }
    }
    text
}

fn alert(text: &str) {
    message(Severity::Error, text);
}
