//! What a proxy logs.

use burdock_model::{LineFormat, LogSettings, Mode};
use burdock_syntax::Diagnostic;

use super::Resolver;
use crate::draft::{LogLine, ProxyDraft, SetExt, Spanned, Switch};

impl Resolver<'_> {
    /// Where and how a proxy logs.
    pub(super) fn log_settings(
        &mut self,
        proxy: &ProxyDraft,
        mode: Mode,
        global: &burdock_model::Global,
    ) -> LogSettings {
        let settings = &proxy.settings;
        let is_on = |switch| settings.switches.is_on(switch, false);
        let targets = self.log_targets(&settings.log, global.log_hostname.is_some());
        let targets: Vec<_> = targets.into_iter().map(|line| line.target).collect();
        let is_faulty = |line: &Spanned<LogLine>| line.value == LogLine::Faulty;
        let format = self.line_format(proxy, mode, targets.is_empty() && !settings.log.iter().any(is_faulty));
        LogSettings {
            targets,
            format,
            tag: settings.log_tag.get().cloned(),
            dont_log_null: is_on(Switch::DontLogNull),
            dont_log_normal: is_on(Switch::DontLogNormal),
            log_as_soon_as_possible: is_on(Switch::LogAsSoonAsPossible),
            separate_errors: is_on(Switch::LogSeparateErrors),
            health_checks: is_on(Switch::LogHealthChecks),
        }
    }

    fn line_format(&mut self, proxy: &ProxyDraft, mode: Mode, no_target: bool) -> LineFormat {
        let Some(said) = proxy.settings.line_format.filter(|_| proxy.kind.has_frontend()) else {
            return LineFormat::default();
        };
        let name = proxy.display_name();
        let disabled = proxy.settings.disabled.value().unwrap_or(false);
        if disabled {
            return said.value;
        }
        let mut format = said.value;
        if mode == Mode::Tcp && format != LineFormat::Tcp {
            self.findings.push(
                Diagnostic::warning(format!(
                    "'option httplog' needs 'mode http': '{name}' logs as with 'option tcplog'"
                ))
                .code("needs-http")
                .at(said.span, "not in mode tcp")
                .also(proxy.span, "in mode tcp"),
            );
            format = LineFormat::Tcp;
        }
        if no_target {
            self.findings.push(
                Diagnostic::warning(format!("'{name}' has a log format but no 'log' line: nothing is logged"))
                    .code("no-log-target")
                    .at(said.span, "without effect")
                    .also(proxy.span, "no 'log' line here or in its defaults section")
                    .help("add 'log global', and a 'log' line to the global section"),
            );
        }
        format
    }
}
