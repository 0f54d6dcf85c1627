//! Our own sub-commands, for people: `check`, `run`, `explain`, `help`, `demo`.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use burdock_base::product;
use burdock_config::{CommandLine, LoadOptions, Loaded, System, load, load_text};
use burdock_demo::{Demo, DemoOptions};
use burdock_explain::Question;
use burdock_model::Model;
use burdock_supervise::Options;
use burdock_syntax::render::{Compatible, Rich, json};
use burdock_syntax::{Environment, Severity};
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use crate::features;
use crate::output::{message, print, print_error};

const FAILED: u8 = 1;

/// A load balancer with sticky sessions that runs haproxy.cfg
#[derive(Debug, Parser)]
#[command(
    name = "burdock",
    version,
    disable_help_subcommand = true,
    after_help = "Without a sub-command, burdock takes HAProxy's own command line:\n  \
                  burdock -f haproxy.cfg          run it\n  \
                  burdock -c -V -f haproxy.cfg    check it\n  \
                  burdock -vv                     what this build has"
)]
struct CommandLineOfOurs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check configuration files and explain every fault in them
    Check(CheckArguments),
    /// Run configuration files in the foreground
    Run(Files),
    /// Tell what would become of a request, rule by rule, without traffic
    Explain(ExplainArguments),
    /// Tell what a keyword, action, sample fetch or command is: burdock help http-request set-header
    Help(HelpArguments),
    /// Show sticky sessions at work: three small web applications behind Burdock, and a page to watch them
    Demo(DemoArguments),
}

#[derive(Debug, Args)]
struct Files {
    /// Files, or directories whose *.cfg files are read in order; '-' is standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
struct CheckArguments {
    #[command(flatten)]
    files: Files,
    /// How findings are shown
    #[arg(long, value_enum, default_value_t = Format::Rich)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// With the lines they are about
    Rich,
    /// As HAProxy writes them
    Plain,
    /// For programs
    Json,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  burdock explain haproxy.cfg -- GET http://www.example.com/cart -H 'Cookie: SRVNAME=SB' --down shop/ServerB"
)]
struct ExplainArguments {
    #[command(flatten)]
    files: Files,
    /// For programs
    #[arg(long)]
    json: bool,
    /// METHOD URL [-H 'Name: value']... [--from IP] [--down BACKEND/SERVER]... [--frontend NAME] [--status CODE] [-R 'Name: value']... [--json]
    #[arg(last = true, required = true, allow_hyphen_values = true)]
    question: Vec<OsString>,
}

/// What follows the `--` of `burdock explain`.
#[derive(Debug, Parser)]
#[command(name = "burdock explain FILE --", no_binary_name = true)]
struct QuestionArguments {
    /// Method of the request
    method: String,
    /// Absolute URL, or a path
    url: String,
    /// Header line of the request
    #[arg(short = 'H', long = "header", value_parser = header_line, value_name = "NAME: VALUE")]
    headers: Vec<(String, String)>,
    /// Address of the client
    #[arg(long, default_value = "127.0.0.1")]
    from: IpAddr,
    /// Server that is taken for down
    #[arg(long, value_parser = backend_and_server, value_name = "BACKEND/SERVER")]
    down: Vec<(String, String)>,
    /// Section that takes the request, where its port does not tell
    #[arg(long)]
    frontend: Option<String>,
    /// Status that the server is taken to answer with
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(200..600))]
    status: u16,
    /// Header line of the server's answer
    #[arg(short = 'R', long = "response-header", value_parser = header_line, value_name = "NAME: VALUE")]
    response_headers: Vec<(String, String)>,
    /// For programs
    #[arg(long)]
    json: bool,
}

fn header_line(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once(':').ok_or("a name, a colon and a value are expected")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn backend_and_server(text: &str) -> Result<(String, String), &'static str> {
    let (backend, server) = text.split_once('/').ok_or("a backend, a slash and a server are expected")?;
    Ok((backend.to_owned(), server.to_owned()))
}

#[derive(Debug, Args)]
struct HelpArguments {
    /// A name, as it stands in a configuration; none: this program's own help
    #[arg(allow_hyphen_values = true)]
    words: Vec<String>,
}

#[derive(Debug, Args)]
struct DemoArguments {
    /// Port of the page to open
    #[arg(long)]
    port: Option<u16>,
    /// Port of the site behind Burdock
    #[arg(long)]
    site_port: Option<u16>,
}

/// Runs a sub-command; the arguments begin with the program's name.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let outcome = CommandLineOfOurs::try_parse_from(arguments);
    match outcome {
        Ok(CommandLineOfOurs { command: Command::Check(arguments) }) => check(&arguments),
        Ok(CommandLineOfOurs { command: Command::Run(files) }) => run_files(&files.files),
        Ok(CommandLineOfOurs { command: Command::Explain(arguments) }) => explain(&arguments),
        Ok(CommandLineOfOurs { command: Command::Help(arguments) }) => help(&arguments.words),
        Ok(CommandLineOfOurs { command: Command::Demo(arguments) }) => demo(&arguments),
        Err(fault) => show_usage(&fault),
    }
}

/// Help and versions are no faults; clap knows where each belongs.
fn show_usage(fault: &clap::Error) -> ExitCode {
    let _ = fault.print();
    if fault.use_stderr() { FAILED.into() } else { ExitCode::SUCCESS }
}

fn explain(arguments: &ExplainArguments) -> ExitCode {
    let question = match QuestionArguments::try_parse_from(&arguments.question) {
        Ok(question) => question,
        Err(fault) => return show_usage(&fault),
    };
    let json = arguments.json || question.json;
    let loaded = read(&arguments.files.files);
    let Some(model) = loaded.model else {
        print_error(&rich(io::stderr().is_terminal()).render(&loaded.diagnostics, &loaded.sources));
        return FAILED.into();
    };
    let question = Question {
        method: question.method,
        url: question.url,
        headers: question.headers,
        from: question.from,
        down: question.down,
        frontend: question.frontend,
        status: question.status,
        response_headers: question.response_headers,
    };
    match burdock_explain::explain(&model, &question) {
        Ok(account) if json => print(&burdock_explain::to_json(&account)),
        Ok(account) => print(&burdock_explain::to_text(&account, rich(io::stdout().is_terminal()).colour)),
        Err(fault) => {
            message(Severity::Error, &fault.to_string());
            return FAILED.into();
        }
    }
    ExitCode::SUCCESS
}

fn check(arguments: &CheckArguments) -> ExitCode {
    let loaded = read(&arguments.files.files);
    match arguments.format {
        Format::Rich => {
            print(&rich(io::stdout().is_terminal()).render(&loaded.diagnostics, &loaded.sources));
            if loaded.diagnostics.is_empty() {
                print("No findings: the configuration is valid.\n");
            }
        }
        Format::Plain => {
            let plain = Compatible { pid: std::process::id(), diag: true, advice: true };
            print(&plain.render(&loaded.diagnostics, &loaded.sources));
        }
        Format::Json => print(&format!("{:#}\n", json(&loaded.diagnostics, &loaded.sources))),
    }
    if loaded.model.is_some() { ExitCode::SUCCESS } else { FAILED.into() }
}

fn help(words: &[String]) -> ExitCode {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if words.is_empty() {
        // Where it cannot be printed there is nobody to read it.
        let _ = CommandLineOfOurs::command().print_help();
        return ExitCode::SUCCESS;
    }
    match burdock_reference::help(&words) {
        Ok(text) => {
            print(&text);
            ExitCode::SUCCESS
        }
        Err(fault) => {
            message(Severity::Error, &fault);
            FAILED.into()
        }
    }
}

fn run_files(files: &[PathBuf]) -> ExitCode {
    let loaded = read(files);
    start(loaded, |listening| {
        print_error(&format!("Burdock {} serves {listening}. Ctrl-C ends it.\n", product::OWN_VERSION));
    })
}

fn demo(arguments: &DemoArguments) -> ExitCode {
    let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let options = DemoOptions { desk: arguments.port.map(local), site: arguments.site_port.map(local) };
    let demo = match Demo::start(options) {
        Ok(demo) => demo,
        Err(error) => {
            message(Severity::Error, &format!("the demo cannot start: {error}"));
            return FAILED.into();
        }
    };
    let loaded = with_options(&[], |options| load_text("demo.cfg", &demo.configuration(), options));
    start(loaded, |_| print(&demo.banner()))
}

/// Runs what was read, or says why not. `ready` gets the addresses that are served.
fn start(loaded: Loaded, ready: impl FnOnce(&str)) -> ExitCode {
    print_error(&rich(io::stderr().is_terminal()).render(&loaded.diagnostics, &loaded.sources));
    let Some(model) = loaded.model else { return FAILED.into() };
    let listening = addresses(&model);
    match burdock_supervise::run(model, Options::default(), || ready(&listening)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.messages().iter().for_each(|text| message(Severity::Error, text));
            FAILED.into()
        }
    }
}

fn read(files: &[PathBuf]) -> Loaded {
    with_options(files, load)
}

/// Reads a configuration as it is meant for this machine, without flags.
fn with_options(files: &[PathBuf], read: impl FnOnce(&LoadOptions<'_>) -> Loaded) -> Loaded {
    let facts = features::facts(true);
    let mut environment = Environment::from_process();
    environment.set("HAPROXY_BRANCH", product::HAPROXY_BRANCH);
    environment.set("HAPROXY_STARTUP_VERSION", product::VERSION);
    read(&LoadOptions {
        files,
        environment: &environment,
        facts: &facts,
        command_line: &CommandLine::default(),
        host: &System,
        previous: None,
    })
}

fn rich(terminal: bool) -> Rich {
    let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let width = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let defaults = Rich::default();
    Rich { colour: terminal && wanted, width: width.unwrap_or(defaults.width), ..defaults }
}

/// Where a model listens, for people.
fn addresses(model: &Model) -> String {
    let frontends = model.proxies.iter().filter(|proxy| !proxy.disabled).filter_map(|proxy| proxy.frontend.as_ref());
    let addresses: Vec<_> =
        frontends.flat_map(|frontend| &frontend.binds).map(|bind| bind.address.to_string()).collect();
    if addresses.is_empty() { "nothing but its runtime socket".to_owned() } else { addresses.join(", ") }
}
