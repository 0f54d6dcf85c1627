//! The first lines of sections: what they say, and the draft that the lines behind them fill.

use burdock_rules::RuleSetKind;
use burdock_syntax::{Diagnostic, Diagnostics, Line, Parsed, SourceFile, Word};

use super::{Current, SectionReader};
use crate::args::Args;
use crate::draft::{
    AcmeDraft, CrtStoreDraft, ErrorSectionDraft, FcgiAppDraft, HealthcheckDraft, LogForwardDraft, LogProfileDraft,
    ProxyDraft, ProxyKind, ResolversDraft, RingDraft, RuleLine, SetExt, Settings, Spanned, UserlistDraft,
};
use crate::keyword::proxy::{bind_line, server_line::is_name_character};
use crate::keyword::with_suggestion;
use crate::removed;

impl SectionReader<'_> {
    /// `global`
    pub(super) fn open_global(
        &mut self,
        line: &Line,
        file: &SourceFile,
        findings: &mut Diagnostics,
    ) -> Option<Vec<u8>> {
        let end = self.with_args(line, file, findings, |args| args.end());
        if findings.take(end).is_some() {
            self.draft.global.tls.begin();
            self.current = Current::Global;
        }
        None
    }

    /// `defaults [<name>] [from <defaults>]`, `frontend <name> [from <defaults>]` and their like.
    pub(super) fn open_proxy(
        &mut self,
        kind: ProxyKind,
        line: &Line,
        file: &SourceFile,
        findings: &mut Diagnostics,
    ) -> Option<Vec<u8>> {
        let opened = self.with_args(line, file, findings, |args| SectionLine::parse(kind, args));
        let opened = findings.take(opened)?;
        let inherited = self.inherited(kind, opened.from.as_ref(), findings);
        let (base, settings) = findings.take(inherited)?;
        let name = opened.name.clone().map(|name| name.value.into_bytes());
        let mut proxy = ProxyDraft::new(kind, opened.name, line.span, settings);
        proxy.base = base;
        proxy.global_sections = self.global_sections();
        findings.extend(base.and_then(|base| self.rules_misfit(kind, base, line)));
        if kind.has_frontend()
            && let Some(base) = base.and_then(|base| self.draft.defaults.get(base))
        {
            proxy.captures.request = base.captures.request.clone();
        }
        proxy.binds.extend(opened.bind);
        if kind == ProxyKind::Defaults {
            self.draft.defaults.push(proxy);
            self.current = Current::Defaults;
        } else {
            self.draft.proxies.push(proxy);
            self.current = Current::Proxy;
        }
        name
    }

    /// How many `global` sections there are so far.
    fn global_sections(&self) -> usize {
        self.draft.global.tls.former_defaults.len()
    }

    /// `ring <name>`
    pub(super) fn open_ring(&mut self, line: &Line, file: &SourceFile, findings: &mut Diagnostics) -> Option<Vec<u8>> {
        let name = self.only_name(line, file, findings)?;
        let text = name.value.clone().into_bytes();
        self.draft.rings.push(RingDraft::new(name, line.span, self.global_sections()));
        self.current = Current::Ring;
        Some(text)
    }

    /// `log-forward <name>`
    pub(super) fn open_log_forward(
        &mut self,
        line: &Line,
        file: &SourceFile,
        findings: &mut Diagnostics,
    ) -> Option<Vec<u8>> {
        let name = self.only_name(line, file, findings)?;
        let text = name.value.clone().into_bytes();
        self.draft.log_forwards.push(LogForwardDraft::new(name, line.span, self.global_sections()));
        self.current = Current::LogForward;
        Some(text)
    }

    /// `http-errors <name>`
    pub(super) fn open_http_errors(
        &mut self,
        line: &Line,
        file: &SourceFile,
        findings: &mut Diagnostics,
    ) -> Option<Vec<u8>> {
        let name = self.only_name(line, file, findings)?;
        let text = name.value.clone().into_bytes();
        findings.extend(twin("http-errors", &name, self.draft.error_sections.iter().map(|known| &known.name)));
        self.draft.error_sections.push(ErrorSectionDraft::new(name, line.span));
        self.current = Current::HttpErrors;
        Some(text)
    }

    /// `userlist <name>`; of two of a name the first counts.
    pub(super) fn open_userlist(
        &mut self,
        line: &Line,
        file: &SourceFile,
        findings: &mut Diagnostics,
    ) -> Option<Vec<u8>> {
        let name = self.only_name(line, file, findings)?;
        let text = name.value.clone().into_bytes();
        if let Some(other) = self.draft.userlists.iter().find(|other| other.name.value == name.value) {
            findings.push(
                Diagnostic::warning(format!("there are two sections 'userlist {}'", name.value))
                    .code("duplicate-name")
                    .at(name.span, "ignored")
                    .also(other.name.span, "this one counts"),
            );
            return Some(text);
        }
        self.draft.userlists.push(UserlistDraft::new(name, line.span));
        self.current = Current::Userlist;
        Some(text)
    }

    /// `log-profile <name>`
    pub(super) fn open_log_profile(
        &mut self,
        line: &Line,
        file: &SourceFile,
        findings: &mut Diagnostics,
    ) -> Option<Vec<u8>> {
        let name = self.only_name(line, file, findings)?;
        findings.extend(twin("log-profile", &name, self.draft.log_profiles.iter().map(|known| &known.name)));
        let text = name.value.clone().into_bytes();
        self.draft.log_profiles.push(LogProfileDraft::new(name, line.span));
        self.current = Current::LogProfile;
        Some(text)
    }

    /// `crt-store [<name>]`. Several of a name are one.
    pub(super) fn open_crt_store(
        &mut self,
        line: &Line,
        file: &SourceFile,
        findings: &mut Diagnostics,
    ) -> Option<Vec<u8>> {
        let name = self.with_args(line, file, findings, |args| {
            args.usage = "[<name>]";
            let name = args.peek().is_some().then(|| SectionLine::name(args)).transpose()?;
            args.end()?;
            Ok(name)
        });
        let name = findings.take(name)?.map(|name| name.value);
        let text = name.clone().unwrap_or_default().into_bytes();
        self.draft.crt_stores.push(CrtStoreDraft::new(name, line.span));
        self.current = Current::CrtStore;
        Some(text)
    }

    /// `acme <name>`
    pub(super) fn open_acme(&mut self, line: &Line, file: &SourceFile, findings: &mut Diagnostics) -> Option<Vec<u8>> {
        let name = self.only_name(line, file, findings)?;
        findings.extend(twin("acme", &name, self.draft.acme_sections.iter().map(|known| &known.name)));
        let text = name.value.clone().into_bytes();
        self.draft.acme_sections.push(AcmeDraft::new(name, line.span));
        self.current = Current::Acme;
        Some(text)
    }

    /// `healthcheck <name>`
    pub(super) fn open_healthcheck(
        &mut self,
        line: &Line,
        file: &SourceFile,
        findings: &mut Diagnostics,
    ) -> Option<Vec<u8>> {
        let name = self.only_name(line, file, findings)?;
        findings.extend(twin("healthcheck", &name, self.draft.healthchecks.iter().map(|known| &known.name)));
        let text = name.value.clone().into_bytes();
        self.draft.healthchecks.push(HealthcheckDraft::new(name, line.span));
        self.current = Current::Healthcheck;
        Some(text)
    }

    /// `resolvers <name>`
    pub(super) fn open_resolvers(
        &mut self,
        line: &Line,
        file: &SourceFile,
        findings: &mut Diagnostics,
    ) -> Option<Vec<u8>> {
        let name = self.with_args(line, file, findings, |args| {
            args.usage = "<name>";
            let name = SectionLine::name(args)?;
            args.lenient_end();
            Ok(name)
        });
        let name = findings.take(name)?;
        findings.extend(twin("resolvers", &name, self.draft.resolvers.iter().map(|known| &known.name)));
        let text = name.value.clone().into_bytes();
        self.draft.resolvers.push(ResolversDraft::new(name, line.span));
        self.current = Current::Resolvers;
        Some(text)
    }

    /// `fcgi-app <name>`
    pub(super) fn open_fcgi_app(
        &mut self,
        line: &Line,
        file: &SourceFile,
        findings: &mut Diagnostics,
    ) -> Option<Vec<u8>> {
        let name = self.only_name(line, file, findings)?;
        findings.extend(twin("fcgi-app", &name, self.draft.fcgi_apps.iter().map(|known| &known.name)));
        let text = name.value.clone().into_bytes();
        self.draft.fcgi_apps.push(FcgiAppDraft::new(name, line.span));
        self.current = Current::FcgiApp;
        Some(text)
    }

    /// The name of a section that is opened by a name and nothing else.
    fn only_name(&self, line: &Line, file: &SourceFile, findings: &mut Diagnostics) -> Option<Spanned<String>> {
        let name = self.with_args(line, file, findings, |args| {
            args.usage = "<name>";
            let name = SectionLine::name(args)?;
            args.end()?;
            Ok(name)
        });
        findings.take(name)
    }

    /// The fault of starting from a `defaults` section whose rules cannot stand in this kind of section, or already stand in the other kind
    /// (configuration manual 4).
    fn rules_misfit(&self, kind: ProxyKind, base: usize, line: &Line) -> Option<Diagnostic> {
        let defaults = self.draft.defaults.get(base).filter(|defaults| !defaults.rules.is_empty())?;
        let other = self.draft.proxies.iter().find(|proxy| proxy.base == Some(base) && proxy.kind != kind);
        let message = match (kind, other) {
            (ProxyKind::Listen | ProxyKind::Defaults, _) => {
                format!("a '{}' section cannot start from a 'defaults' section with rules", kind.keyword())
            }
            (_, Some(_)) => {
                "frontends and backends cannot start from the same 'defaults' section with rules".to_owned()
            }
            (_, None) => {
                // What looks at connections of clients means nothing to a backend, what looks at servers' bytes nothing to a frontend.
                let is_strange = |rule: &&RuleLine| match rule.kind {
                    RuleSetKind::TcpRequestConnection | RuleSetKind::TcpRequestSession => kind == ProxyKind::Backend,
                    RuleSetKind::TcpResponseContent => kind == ProxyKind::Frontend,
                    _ => false,
                };
                let strange = defaults.rules.iter().find(is_strange)?;
                format!(
                    "a '{}' section cannot start from a 'defaults' section with '{}' rules",
                    kind.keyword(),
                    strange.kind.keyword()
                )
            }
        };
        let fault = Diagnostic::error(message).code("misplaced").at(line.span, "");
        Some(fault.also(defaults.span, "this section has rules"))
    }

    /// The settings that a section starts with: those of the named `defaults` section, else of the last one. A `defaults` section only
    /// starts from another where it says so.
    fn inherited(
        &self,
        kind: ProxyKind,
        from: Option<&Word>,
        findings: &mut Diagnostics,
    ) -> Parsed<(Option<usize>, Settings)> {
        let Some(from) = from else {
            let last = self.draft.defaults.last().filter(|_| kind != ProxyKind::Defaults);
            let base = last.map(|_| self.draft.defaults.len() - 1);
            return Ok((base, last.map(|defaults| defaults.settings.clone()).unwrap_or_default()));
        };
        let name = from.to_str()?;
        let of_that_name =
            |(_, defaults): &(usize, &ProxyDraft)| defaults.name.get().is_some_and(|known| known == name);
        let mut found = self.draft.defaults.iter().enumerate().rev().filter(of_that_name);
        let Some((base, defaults)) = found.next() else {
            let names = self.draft.defaults.iter().filter_map(|defaults| defaults.name.get().map(String::as_str));
            let fault = Diagnostic::error(format!("there is no 'defaults' section '{name}' above this line"))
                .code("unknown-name")
                .at(from.span(), "not found");
            return Err(with_suggestion(fault, from, names));
        };
        if let Some((_, other)) = found.next() {
            findings.push(
                Diagnostic::warning(format!("there are several 'defaults' sections '{name}'"))
                    .code("ambiguous-name")
                    .at(from.span(), "the last one is taken")
                    .also(defaults.span, "the last one")
                    .also(other.span, "another one"),
            );
        }
        Ok((Some(base), defaults.settings.clone()))
    }
}

/// The fault of a section whose name another one of its kind has.
fn twin<'s>(
    kind: &str,
    name: &Spanned<String>,
    mut known: impl Iterator<Item = &'s Spanned<String>>,
) -> Option<Diagnostic> {
    let first = known.find(|known| known.value == name.value)?;
    let fault = Diagnostic::error(format!("there are two sections '{kind} {}'", name.value)).code("duplicate-name");
    Some(fault.at(name.span, "the second one").also(first.span, "the first one"))
}

/// The first line of a `defaults`, `frontend`, `backend` or `listen` section.
struct SectionLine {
    name: Option<Spanned<String>>,
    from: Option<Word>,
    /// The address that old files have on that line.
    bind: Option<crate::draft::BindDraft>,
}

impl SectionLine {
    fn parse(kind: ProxyKind, args: &mut Args<'_>) -> Parsed<Self> {
        args.usage =
            if kind == ProxyKind::Defaults { "[<name>] [from <defaults>]" } else { "<name> [from <defaults>]" };
        let name = match args.peek() {
            Some(word) if kind == ProxyKind::Defaults && *word == *"from" => None,
            None if kind == ProxyKind::Defaults => None,
            _ => Some(Self::name(args)?),
        };
        let mut bind = None;
        if kind.has_frontend() && args.peek().is_some_and(|word| *word != *"from") {
            bind = removed::address_on_section_line(args, bind_line::addresses);
        }
        let from = match args.next_if("from") {
            Some(_) => Some(args.required("the name of a 'defaults' section")?.clone()),
            None => None,
        };
        args.lenient_end();
        Ok(Self { name, from, bind })
    }

    /// HAProxy only warns of characters that a name should not have.
    fn name(args: &mut Args<'_>) -> Parsed<Spanned<String>> {
        let word = args.required("a name")?;
        let text = word.to_str()?;
        if let Some((at, c)) = text.char_indices().find(|(_, c)| !is_name_character(*c)) {
            args.report(
                Diagnostic::warning(format!("a section's name should not hold '{}'", c.escape_default()))
                    .code("bad-name")
                    .at(word.span_of(at..at + c.len_utf8()), "letters, digits, '-', '_', '.' and ':' are possible"),
            );
        }
        Ok(Spanned::new(text.to_owned(), word.span()))
    }
}
