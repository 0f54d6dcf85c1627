//! Lines that come at run time: the words of an `add server` command (management manual 9.3) become a server, by the same tables and the same
//! steps as a `server` line of the configuration.

use std::path::PathBuf;
use std::sync::Mutex;

use burdock_model::{AddedServer, Mode, Model, Proxy, RuntimeLines};
use burdock_sample::{Names, Scope};
use burdock_state::VariableScope;
use burdock_syntax::{Diagnostics, Environment, Facts, Severity, SourceMap, Span, Word};

use crate::args::{Args, Context};
use crate::draft::{InitAddress, ProtocolWord, ProxyDraft, ProxyKind, ServerDraft, ServerOptions, Settings, Spanned};
use crate::host::System;
use crate::keyword::proxy::server_line::{self, is_name_character};
use crate::keyword::{Sections, server};
use crate::load::{CommandLine, LoadOptions};
use crate::resolve::{self, Checkings, TlsCommon};

/// What later lines need to know of the configuration beside the model.
#[derive(Debug)]
pub(crate) struct Later {
    pub environment: Environment,
    pub command_line: CommandLine,
    /// Where relative file names start; none: in the working directory.
    pub base_directory: Option<PathBuf>,
    /// Certificates by name, and what goes for all lines with TLS.
    pub tls: Mutex<TlsCommon>,
    /// What checks do.
    pub checkings: Checkings,
}

impl RuntimeLines for Later {
    fn server(&self, model: &Model, proxy: &Proxy, words: &[String]) -> Result<AddedServer, String> {
        let backend = proxy.backend.as_ref().ok_or("No such backend.")?;
        let [name, rest @ ..] = words else { return Err(NAME_AND_ADDRESS.into()) };
        if let Some(c) = name.chars().find(|c| !is_name_character(*c)) {
            return Err(format!("character '{c}' is not permitted in server name '{name}'."));
        }
        if proxy.mode == Mode::Log {
            return Err(format!("Backend does not support dynamic servers : backend '{}' uses mode log.", proxy.name));
        }
        if backend.balance.balancer.has_static_weights() {
            return Err(format!(
                "Backend does not support dynamic servers : backend '{}' uses a non dynamic load balancing method.",
                proxy.name
            ));
        }
        if proxy.disabled {
            return Err(format!("Backend does not support dynamic servers : backend '{}' is disabled.", proxy.name));
        }
        if backend.servers.named(name).is_some() {
            return Err("Already exists a server with the same name in backend.".into());
        }
        if rest.first().is_none_or(|address| address.is_empty()) {
            return Err(NAME_AND_ADDRESS.into());
        }
        let mut reading = Reading::new(words).ok_or("The command is too long.")?;
        let draft = reading.draft(self)?;
        if proxy.mode == Mode::Tcp && draft.options.protocol.is_some_and(|said| said.value != ProtocolWord::Bytes) {
            return Err("MUX protocol is not usable for server.".into());
        }
        let is_fcgi = draft.options.protocol.is_some_and(|said| said.value == ProtocolWord::FastCgi);
        if is_fcgi && backend.fcgi_app.is_none() {
            return Err(format!("Backend '{}' has no FCGI application.", proxy.name));
        }
        let numeric_id = numeric_id(proxy, &draft)?;
        let names = Names::of(&model.directory);
        let variables = variable_count(&names);
        let server = reading.resolve(self, model, proxy, (&draft, numeric_id), &names);
        let server = reading.findings.first_error().map_or(server, |_| None);
        let Some(server) = server else {
            return Err(reading.findings.first_error().unwrap_or("The server cannot be made of that.").to_owned());
        };
        if variable_count(&names) != variables {
            return Err("It mentions a variable that nothing in the configuration sets.".into());
        }
        if names.mentions_references() {
            return Err("Maps and files of patterns can be named by the configuration alone.".into());
        }
        if !names.named_servers().is_empty() {
            return Err("Servers can be named by the configuration alone.".into());
        }
        let remarks = reading.findings.iter().map(|finding| finding.message().to_owned()).collect();
        Ok(AddedServer { server, remarks })
    }

    fn server_options(&self) -> Vec<&'static str> {
        server::OPTIONS.at_run_time().map(|option| option.name).collect()
    }
}

const NAME_AND_ADDRESS: &str = "'server' expects <name> and <addr>[:<port>] as arguments.";

/// A command that is being read.
struct Reading {
    sources: SourceMap,
    words: Vec<Word>,
    line: Span,
    findings: Diagnostics,
}

impl Reading {
    fn new(words: &[String]) -> Option<Self> {
        let mut sources = SourceMap::new();
        let text = words.join(" ");
        let source = sources.add("command", text.as_str()).ok()?.id();
        let mut start = 0;
        let words: Vec<_> = words
            .iter()
            .map(|word| {
                let made = Word::verbatim(word.as_str(), source, start);
                start += word.len() as u32 + 1;
                made
            })
            .collect();
        let line = words.first()?.span().to(words.last()?.span());
        Some(Self { sources, words, line, findings: Diagnostics::new() })
    }

    /// The line as written, with what goes without saying at run time: names are not looked up, and checks are in clear unless they are said
    /// not to be (measured).
    fn draft(&mut self, later: &Later) -> Result<ServerDraft, String> {
        let context = Context {
            environment: &later.environment,
            host: &System,
            base_directory: later.base_directory.as_deref(),
            section: Sections::RUNTIME,
        };
        let mut args = Args::new("server".to_owned(), self.line, &self.words, &context, &mut self.findings);
        let read = server_line::read(&mut args, ServerOptions::default());
        let mut draft = read.map_err(|fault| fault.message().to_owned())?;
        if let Some(fault) = self.findings.first_error() {
            return Err(fault.to_owned());
        }
        draft.options.init_address = Some(Spanned::new(vec![InitAddress::Nowhere], self.line));
        draft.options.tls.check.get_or_insert(Spanned::new(false, self.line));
        Ok(draft)
    }

    fn resolve(
        &mut self,
        later: &Later,
        model: &Model,
        proxy: &Proxy,
        (draft, numeric_id): (&ServerDraft, u32),
        names: &Names,
    ) -> Option<burdock_model::Server> {
        let options = LoadOptions {
            files: &[],
            environment: &later.environment,
            facts: &Facts::default(),
            command_line: &later.command_line,
            host: &System,
            previous: None,
        };
        let section = self.section(proxy);
        let line = resolve::AddedLine { draft, section: &section, numeric_id };
        let scope = Scope::within(names, proxy.id);
        let mut tls = later.tls.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        resolve::added_server(
            &line,
            (model, proxy),
            &scope,
            (&mut tls, &later.checkings),
            &options,
            &self.sources,
            &mut self.findings,
        )
    }

    /// The section as a `server` line sees it.
    fn section(&self, proxy: &Proxy) -> ProxyDraft {
        let said = |value| Some(Spanned::new(value, self.line));
        let backend = proxy.backend.as_ref();
        let persistence = backend.and_then(|backend| backend.persistence.as_ref());
        let settings = Settings {
            mode: Some(Spanned::new(proxy.mode, self.line)),
            cookie: persistence.map(|persistence| Spanned::new(persistence.policy().clone(), self.line)),
            dynamic_cookie_key: backend.and_then(|backend| backend.dynamic_cookie_key.clone()).and_then(said),
            ..Settings::default()
        };
        ProxyDraft::new(ProxyKind::Backend, Some(Spanned::new(proxy.name.clone(), self.line)), self.line, settings)
    }
}

/// The number that the line gives, else the first that is free.
fn numeric_id(proxy: &Proxy, draft: &ServerDraft) -> Result<u32, String> {
    let servers = || proxy.backend.iter().flat_map(|backend| &backend.servers);
    let holder = |number| servers().find(|server| server.numeric_id == number);
    match draft.options.id {
        Some(id) => match holder(id.value) {
            Some(server) => Err(format!(
                "'id' : custom id {} already used at {} ('server {}').",
                id.value, server.position, server.name
            )),
            None => Ok(id.value),
        },
        None => (1..).find(|number| holder(*number).is_none()).ok_or_else(|| "No number is free.".to_owned()),
    }
}

fn variable_count(names: &Names) -> usize {
    VariableScope::ALL.into_iter().map(|scope| names.variable_count(scope)).sum()
}

/// What the operator is told: the first error.
trait FirstError {
    fn first_error(&self) -> Option<&str>;
}

impl FirstError for Diagnostics {
    fn first_error(&self) -> Option<&str> {
        self.iter().find(|finding| finding.severity() == Severity::Error).map(|finding| finding.message())
    }
}
