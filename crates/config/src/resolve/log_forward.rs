//! `log-forward` sections (configuration manual 12.6): where messages come in, and where they go.

use std::collections::BTreeMap;
use std::sync::Arc;

use burdock_model::{Address, ForwardListener, LogForward};
use burdock_syntax::{Diagnostic, Span};
use burdock_tls::BindTls;

use super::frontend::socket_options;
use super::logging::datagrams_in_clear;
use super::tls::Section;
use super::{Resolver, address, global};
use crate::draft::{BindDraft, Draft, GlobalDraft, LogForwardDraft, SetExt};
use crate::keyword::unsupported;

impl Resolver<'_> {
    /// A `log-forward` section.
    pub(super) fn log_forward(&mut self, draft: &LogForwardDraft, whole: &Draft) -> LogForward {
        let section = Section::of_log_forward(draft);
        let mut listeners = self.forward_listeners(&draft.binds, false, &section, &whole.global);
        listeners.extend(self.forward_listeners(&draft.datagram_binds, true, &section, &whole.global));
        if draft.binds.is_empty() && draft.datagram_binds.is_empty() {
            self.findings.push(
                Diagnostic::warning(format!("log-forward '{}' receives nothing", draft.name.value))
                    .code("no-bind")
                    .at(draft.span, "it has neither a 'bind' nor a 'dgram-bind' line"),
            );
        }
        let host_shown = whole.global.log_hostname.is_some();
        LogForward {
            name: draft.name.value.clone(),
            listeners,
            targets: self.log_targets(&draft.log, host_shown),
            maxconn: draft.maxconn.value().filter(|limit| *limit > 0).unwrap_or(DEFAULT_FORWARD_MAXCONN),
            backlog: draft.backlog.value().filter(|backlog| *backlog > 0),
            client_timeout_ms: draft.client_timeout_ms.value().filter(|ms| *ms > 0),
            assume_lines: draft.assume_lines.value().unwrap_or(false),
            dont_parse: draft.dont_parse.value().unwrap_or(false),
            host: draft.host.value().unwrap_or_default(),
        }
    }

    fn forward_listeners(
        &mut self,
        lines: &[BindDraft],
        datagrams: bool,
        section: &Section<'_>,
        global: &GlobalDraft,
    ) -> Vec<ForwardListener> {
        let prefix = global.unix_prefix.get().map(Vec::as_slice);
        let mut listeners = Vec::new();
        for line in lines {
            let tls = if datagrams { self.no_tls_of_datagrams(line) } else { self.tls_of_own_use(line, section) };
            self.no_announcements_here(&line.options, "in 'log-forward' sections");
            for written in &line.addresses {
                for address in address::listen(&written.value, prefix) {
                    let inherited = match address {
                        Address::Inherited(_) if datagrams => {
                            self.findings.push(unsupported("inherited datagram sockets are", written.span));
                            None
                        }
                        Address::Inherited(descriptor) => self.adopt(descriptor, written.span),
                        _ => None,
                    };
                    listeners.push(ForwardListener {
                        address,
                        datagrams,
                        tls: tls.clone(),
                        inherited,
                        options: socket_options(&line.options),
                        permissions: global::permissions(&line.options, global),
                        position: self.position(line.span),
                    });
                }
            }
        }
        listeners
    }

    fn no_tls_of_datagrams(&mut self, line: &BindDraft) -> Option<Arc<BindTls>> {
        self.findings.extend(line.options.tls.enabled.map(datagrams_in_clear));
        None
    }

    /// A `log-forward` section has a name of its own among those that face clients.
    pub(super) fn same_names(&mut self, draft: &Draft) {
        let mut known: BTreeMap<&str, Span> = BTreeMap::new();
        for proxy in draft.proxies.iter().filter(|proxy| proxy.kind.has_frontend()) {
            known.insert(proxy.display_name(), proxy.span);
        }
        for forward in &draft.log_forwards {
            if let Some(other) = known.insert(&forward.name.value, forward.span) {
                self.findings.push(
                    Diagnostic::error(format!("log-forward '{}' has the name of another section", forward.name.value))
                        .code("duplicate-name")
                        .at(forward.name.span, "given again")
                        .also(other, "given here"),
                );
            }
        }
    }
}

/// Configuration manual 12.6 `maxconn`.
const DEFAULT_FORWARD_MAXCONN: u32 = 10;
