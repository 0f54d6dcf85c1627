//! What a proxy logs.

use burdock_model::{LineFormat, LogProfile, LogSettings, Mode, ProfileStep};
use burdock_sample::{Format, Names, Phase, Scope};
use burdock_syntax::{Diagnostic, Span, Word};

use super::Resolver;
use crate::draft::{LogLine, LogProfileDraft, ProxyDraft, SetExt, Spanned, Switch};
use crate::keyword::unsupported;

impl Resolver<'_> {
    /// Where and how a proxy logs.
    pub(super) fn log_settings(
        &mut self,
        proxy: &ProxyDraft,
        mode: Mode,
        global: &burdock_model::Global,
        scope: Scope<'_>,
    ) -> LogSettings {
        let settings = &proxy.settings;
        let is_on = |switch| settings.switches.is_on(switch, false);
        let targets = self.log_targets(&settings.log, global.log_hostname.is_some());
        let targets: Vec<_> = targets.into_iter().map(|line| line.target).collect();
        let is_faulty = |line: &Spanned<LogLine>| line.value == LogLine::Faulty;
        let format = self.line_format(proxy, mode, targets.is_empty() && !settings.log.iter().any(is_faulty));
        let custom = |word: &Option<Word>| word.as_ref().filter(|_| proxy.kind.has_frontend()).cloned();
        let line = match (format, custom(&settings.log_format)) {
            (LineFormat::Custom, Some(word)) => self.format(&word, scope),
            (named, _) => self.named_format(named, settings.line_format.as_ref().map(|said| said.span)),
        };
        // Nothing to write is no format (measured).
        let line = line.filter(|line| !line.is_empty());
        let mut optional = |word: &Option<Word>| custom(word).and_then(|word| self.format(&word, scope));
        let error_line = optional(&settings.error_log_format);
        let structured_data = optional(&settings.log_format_sd);
        LogSettings {
            targets,
            format: if line.is_some() { format } else { LineFormat::Connect },
            line,
            error_line,
            structured_data,
            steps: settings.log_steps.value().filter(|_| proxy.kind.has_frontend()),
            tag: settings.log_tag.get().cloned(),
            dont_log_null: is_on(Switch::DontLogNull),
            dont_log_normal: is_on(Switch::DontLogNormal),
            log_as_soon_as_possible: is_on(Switch::LogAsSoonAsPossible),
            separate_errors: is_on(Switch::LogSeparateErrors),
            health_checks: is_on(Switch::LogHealthChecks),
        }
    }

    /// A format of log lines.
    fn format(&mut self, word: &Word, scope: Scope<'_>) -> Option<Format> {
        if self.logging.faulty_formats.contains(&word.span()) {
            return None;
        }
        let format = Format::parse(word, &scope, Phase::Log, self.findings);
        if format.is_err() {
            self.logging.faulty_formats.push(word.span());
        }
        self.findings.take(format)
    }

    /// The format that an option stands for. Those about TLS need what is not there in every program.
    fn named_format(&mut self, format: LineFormat, said: Option<Span>) -> Option<Format> {
        let compiled = Format::compile(format.text()?);
        if let (Err(_), Some(span)) = (&compiled, said) {
            self.findings.push(unsupported(&format!("all that '{}' shows is", format.keyword()), span));
        }
        compiled.ok()
    }

    /// A `log-profile` section.
    pub(super) fn log_profile(&mut self, draft: &LogProfileDraft, names: &Names) -> LogProfile {
        let mut profile =
            LogProfile { name: draft.name.value.clone(), tag: draft.tag.get().cloned(), ..LogProfile::default() };
        for line in &draft.steps {
            let mut format = |word: &Option<Word>| self.format(word.as_ref()?, Scope::outside(names));
            let (written, structured_data) = (format(&line.format), format(&line.structured_data));
            let step = Some(ProfileStep { drop: line.drop, format: written, structured_data });
            match line.step {
                Some(origin) => profile.steps[origin as usize] = step,
                None => profile.any = step,
            }
        }
        profile
    }

    fn line_format(&mut self, proxy: &ProxyDraft, mode: Mode, no_target: bool) -> LineFormat {
        let settings = &proxy.settings;
        let Some(said) = settings.line_format.filter(|_| proxy.kind.has_frontend()) else {
            let other = [&settings.error_log_format, &settings.log_format_sd].into_iter().flatten().next();
            if let Some(word) = other.filter(|_| no_target && proxy.kind.has_frontend()) {
                self.no_target(proxy, word.span());
            }
            return LineFormat::default();
        };
        let name = proxy.display_name();
        let disabled = proxy.settings.disabled.value().unwrap_or(false);
        if disabled {
            return said.value;
        }
        let mut format = said.value;
        let instead = match format {
            LineFormat::Http | LineFormat::Https => LineFormat::Tcp,
            LineFormat::HttpClf => LineFormat::TcpClf,
            other => other,
        };
        if mode == Mode::Tcp && format != instead {
            self.findings.push(
                Diagnostic::warning(format!(
                    "'{}' needs 'mode http': '{name}' logs as with '{}'",
                    format.keyword(),
                    instead.keyword()
                ))
                .code("needs-http")
                .at(said.span, "not in mode tcp")
                .also(proxy.span, "in mode tcp"),
            );
            format = instead;
        }
        if no_target {
            self.no_target(proxy, said.span);
        }
        format
    }

    fn no_target(&mut self, proxy: &ProxyDraft, span: Span) {
        let name = proxy.display_name();
        self.findings.push(
            Diagnostic::warning(format!("'{name}' has a log format but no 'log' line: nothing is logged"))
                .code("no-log-target")
                .at(span, "without effect")
                .also(proxy.span, "no 'log' line here or in its defaults section")
                .help("add 'log global', and a 'log' line to the global section"),
        );
    }
}
