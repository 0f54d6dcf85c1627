//! Log targets and what a proxy logs.

use std::net::SocketAddr;

use burdock_model::log::DEFAULT_MAX_LENGTH;
use burdock_model::{Level, LineFormat, LogFormat, LogSettings, LogTarget, Mode, Transport};
use burdock_syntax::Diagnostic;

use super::Resolver;
use crate::draft::{LogDestination, LogDraft, LogLine, LogLineTarget, ProxyDraft, SetExt, Spanned, Switch};

/// The targets of `log` lines; `global` are those that `log global` stands for. `host_shown`: `log-send-hostname` is set, which makes
/// another format the default.
pub(super) fn targets(lines: &LogDraft, global: &[LogTarget], host_shown: bool) -> Vec<LogTarget> {
    let mut targets = Vec::new();
    for line in lines {
        match &line.value {
            LogLine::Global => targets.extend_from_slice(global),
            LogLine::Target(line) => targets.push(target(line, host_shown)),
            LogLine::Faulty => {}
        }
    }
    targets
}

fn target(line: &LogLineTarget, host_shown: bool) -> LogTarget {
    LogTarget {
        transport: match &line.destination {
            LogDestination::Udp(host, port) => Transport::Udp(SocketAddr::new(*host, *port)),
            LogDestination::Unix(path) => Transport::UnixDatagram(path.clone()),
            LogDestination::Descriptor(descriptor) => Transport::Descriptor(*descriptor),
        },
        format: line.format.unwrap_or(if host_shown { LogFormat::Rfc3164 } else { LogFormat::Local }),
        max_length: line.length.unwrap_or(DEFAULT_MAX_LENGTH),
        facility: line.facility,
        max_level: line.max_level.unwrap_or(Level::Debug),
        min_level: line.min_level.unwrap_or(Level::Emergency),
        sample: line.sample.clone(),
    }
}

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
        let targets = targets(&settings.log, &global.log_targets, global.log_hostname.is_some());
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
