//! What checks do: lines become steps. Every kind of check is such a list; those with names of their own are written down in `preset`.

mod expect;
mod line;
mod preset;
mod script;

use std::collections::BTreeMap;
use std::sync::Arc;

use burdock_base::ProxyId;
use burdock_model::{
    CheckAction, CheckBytes, CheckDialect, CheckKind, CheckScript, CheckStep, Content, ExpectStep, ExternalCheck,
    Protocol, ProtocolAnswer,
};
use burdock_sample::Scope;
use burdock_syntax::{Diagnostic, Span};

use super::Resolver;
use crate::args::Context;
use crate::draft::{CheckDraft, CheckKindLine, Draft, ProxyDraft, ServerDraft, SetExt};
use crate::keyword::Sections;

pub(super) use line::ConnectWish;

/// What is done, and what its connections ask of each server that it checks.
#[derive(Clone, Debug)]
pub(super) struct Checking {
    /// The steps, or the program.
    pub kind: CheckKind,
    /// What each `connect` step asks for, in their order.
    pub wishes: Arc<[ConnectWish]>,
}

/// What all checks of a configuration do, for its lines and for those that come at run time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checkings {
    /// By `healthcheck` section.
    pub(super) named: BTreeMap<String, Checking>,
    /// By backend.
    pub(super) of_proxies: BTreeMap<ProxyId, Checking>,
    /// `external-check`; whether programs get the environment of this one.
    pub(super) external: Option<bool>,
}

/// The steps of a script as they are collected.
#[derive(Default)]
struct Draught {
    steps: Vec<CheckStep>,
    wishes: Vec<ConnectWish>,
}

impl Checking {
    /// Whether a port has to be known of the server.
    pub(super) fn needs_port(&self) -> bool {
        self.wishes.iter().any(|wish| !wish.has_port)
    }

    /// The version of HTTP that a server's connections speak, where the script speaks it at all.
    pub(super) fn speaks_http(&self) -> bool {
        matches!(&self.kind, CheckKind::Script(script) if script.dialect == CheckDialect::Http)
    }
}

impl Resolver<'_> {
    /// What the checks of a section's servers do.
    pub(super) fn checking(&mut self, draft: &ProxyDraft, scope: &Scope<'_>) -> Checking {
        let is_own = |line: &crate::draft::CheckLine| draft.says(line.name.span);
        let check = &draft.settings.check;
        if let Some(line) = check.tcp.lines.first().filter(|line| is_own(line))
            && !matches!(check.kind.get(), Some(CheckKindLine::Tcp))
        {
            self.findings.push(
                Diagnostic::warning(format!(
                    "'{}' uses 'tcp-check' lines without 'option tcp-check'",
                    draft.display_name()
                ))
                .code("no-effect-here")
                .at(line.name.span, "ignored"),
            );
        }
        if let Some(kind) = check.kind.as_ref().filter(|kind| matches!(kind.value, CheckKindLine::External)) {
            return self.external(draft, kind.span);
        }
        self.script(check, scope, draft.settings.unique_id_format.get())
    }

    /// Checks by a program.
    fn external(&mut self, draft: &ProxyDraft, option: Span) -> Checking {
        let check = &draft.settings.check;
        let mut fault = |message: &str, help: &str| {
            self.findings.push(
                Diagnostic::error(message).code("missing-argument").at(option, "needs more to be said").help(help),
            );
        };
        if self.checkings.external.is_none() {
            fault(
                "programs may not be run for checks",
                "'external-check' in the global section allows it: those who can change the program then act as this one does",
            );
        }
        if check.command.is_none() {
            fault("nothing says which program checks", "add a line 'external-check command <file>'");
        }
        let external = ExternalCheck {
            command: check.command.get().cloned().unwrap_or_default(),
            path: check.path.get().map(|path| path.clone().into_os_string()),
            keeps_environment: self.checkings.external.unwrap_or(false),
        };
        Checking { kind: CheckKind::External(Arc::new(external)), wishes: [].into() }
    }

    /// What the checks of a server do that names a `healthcheck` section.
    pub(super) fn named_checking(&mut self, server: &ServerDraft) -> Option<Checking> {
        let name = server.options.check.section.as_ref()?;
        let found = self.checkings.named.get(&name.value).cloned();
        if found.is_none() {
            let fault = Diagnostic::error(format!("there is no 'healthcheck' section '{}'", name.value))
                .code("unknown-name")
                .at(name.span, "not found");
            let known = self.checkings.named.keys().map(String::as_str);
            let near = crate::keyword::nearest(&name.value, known);
            self.findings.push(match near {
                Some(near) => fault.replace(name.span, near, format!("did you mean '{near}'?")),
                None => fault,
            });
        }
        found
    }

    /// What the `healthcheck` sections say.
    pub(super) fn healthchecks(&mut self, whole: &Draft, scope: &Scope<'_>) {
        for section in &whole.healthchecks {
            let checking = self.script(&section.check, scope, None);
            self.checkings.named.insert(section.name.value.clone(), checking);
            if let (None, Some(line)) = (&section.check.kind, section.check.first_line()) {
                self.findings.push(
                    Diagnostic::warning(format!("the lines of 'healthcheck {}' need a 'type'", section.name.value))
                        .code("no-effect-here")
                        .at(line.name.span, "ignored"),
                );
            }
        }
    }

    fn script(&mut self, check: &CheckDraft, scope: &Scope<'_>, unique_id: Option<&burdock_syntax::Word>) -> Checking {
        let environment = &scope.names.environment;
        let context = Context { environment, host: self.options.host, base_directory: None, section: Sections::NONE };
        let mut compiler = script::Compiler { findings: self.findings, context: &context, scope: *scope };
        let (dialect, draught) = match check.kind.as_ref() {
            None => (CheckDialect::Plain, script::connection_alone()),
            Some(kind) => match &kind.value {
                CheckKindLine::Tcp => {
                    let has_lines = !check.tcp.lines.is_empty();
                    (CheckDialect::Tcp { has_lines }, compiler.tcp(&check.tcp))
                }
                CheckKindLine::Http => (CheckDialect::Http, compiler.http(&check.http)),
                named => (CheckDialect::Protocol, preset::steps(named, kind.span, &mut compiler)),
            },
        };
        let unique_id = unique_id.filter(|_| dialect != CheckDialect::Plain).and_then(|word| {
            // Faults of it are told where requests get theirs.
            let mut findings = burdock_syntax::Diagnostics::new();
            burdock_sample::Format::parse(word, scope, burdock_sample::Phase::Check, &mut findings).ok()
        });
        let is_http = dialect == CheckDialect::Http;
        let script = CheckScript {
            dialect,
            steps: draught.steps.into(),
            disable_on_404: is_http && check.disable_on_404.is_some(),
            send_state: is_http && check.send_state.is_some(),
            unique_id,
        };
        Checking { kind: CheckKind::Script(Arc::new(script)), wishes: draught.wishes.into() }
    }
}

/// What an agent is asked: `send` is said first, and a line is expected.
pub(super) fn agent(send: Option<&Vec<u8>>) -> CheckKind {
    let mut draught = Draught::default();
    draught.imply_connection();
    if let Some(text) = send {
        draught.push(2, None, CheckAction::Send(CheckBytes::Fixed(text.as_slice().into())));
    }
    let expect = ExpectStep { content: Content::Answer(ProtocolAnswer::AgentLine), ..expect::usual() };
    draught.push(2 + u32::from(send.is_some()), None, CheckAction::Expect(Box::new(expect)));
    CheckKind::Script(Arc::new(CheckScript {
        dialect: CheckDialect::Protocol,
        steps: draught.steps.into(),
        disable_on_404: false,
        send_state: false,
        unique_id: None,
    }))
}

/// The protocol that a connection speaks: the step's own, else, where it is made as the server's line says, that of its checks.
pub(super) fn protocol(wish: &ConnectWish, of_checks: Protocol) -> Protocol {
    match wish.protocol {
        Some(protocol) => protocol,
        None if wish.as_server => of_checks,
        None => Protocol::Auto,
    }
}
