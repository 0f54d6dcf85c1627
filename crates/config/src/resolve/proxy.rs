//! What frontend, backend and listen sections have in common.

use std::sync::Arc;

use burdock_base::ProxyId;
use burdock_model::{HeaderNamePolicy, HttpOptions, Mode, Proxy, Timeouts};
use burdock_rules::AclTable;

use super::frontend::Routes;
use super::{Resolver, Surroundings, switch};
use crate::draft::{ProxyDraft, SetExt, Settings, Switch, TimeoutName};

impl Resolver<'_> {
    /// A section with everything filled in.
    pub(super) fn proxy(
        &mut self,
        id: ProxyId,
        numeric_id: u32,
        draft: &ProxyDraft,
        routes: &Routes,
        fullconn: u32,
        surroundings: &Surroundings<'_>,
    ) -> Proxy {
        let Surroundings { draft: whole, global, scope } = surroundings;
        let global_draft = &whole.global;
        let mode = draft.settings.mode.value().unwrap_or_default();
        let disabled = draft.settings.disabled.value().unwrap_or(false);
        let acls = AclTable::parse(draft.acls.iter().map(Vec::as_slice), *scope, self.findings);
        let timeouts = timeouts(&draft.settings);
        let log = self.log_settings(draft, mode, global, acls.whole().names());
        let frontend = draft.kind.has_frontend().then(|| self.frontend(id, draft, routes, &acls, global_draft));
        let backend = draft.kind.has_backend().then(|| self.backend(id, draft, &timeouts, &acls, fullconn));
        let rules = self.rules(draft, &whole.defaults, &acls, *scope);
        let may_switch = switch::may_switch(draft, routes, whole);
        let speaks = if may_switch { Mode::Http } else { mode };
        let error_pages = self.error_pages(draft, speaks, *scope);
        if !disabled {
            self.warn_of(draft, mode);
            self.warn_of_switch(draft, routes);
        }
        let mut proxy = Proxy {
            id,
            name: draft.display_name().to_owned(),
            numeric_id,
            has_own_id: draft.id.get().is_some(),
            description: draft.description.get().cloned(),
            mode,
            disabled,
            timeouts,
            http: HttpOptions { header_names: header_names(draft, mode), ..http_options(&draft.settings, mode) },
            error_pages: Arc::new(error_pages),
            rules: Arc::new(rules),
            log: Arc::new(log),
            frontend: frontend.map(Arc::new),
            backend: backend.map(Arc::new),
            switched: None,
            position: self.position(draft.span),
        };
        if may_switch {
            let header_names = header_names(draft, Mode::Http);
            let http = HttpOptions { header_names, ..http_options(&draft.settings, Mode::Http) };
            proxy.switched = Some(Arc::new(Proxy { mode: Mode::Http, http, ..proxy.clone() }));
        }
        proxy
    }
}

/// Time limits, those that follow from others filled in (configuration manual 4.2 `timeout queue`, `tarpit`, `http-request`,
/// `http-keep-alive`). Zero means no limit.
fn timeouts(settings: &Settings) -> Timeouts {
    let get = |name| settings.timeouts.get(name).value().filter(|ms| *ms > 0);
    let (client_ms, connect_ms) = (get(TimeoutName::Client), get(TimeoutName::Connect));
    let http_request_ms = get(TimeoutName::HttpRequest);
    Timeouts {
        client_ms,
        client_fin_ms: get(TimeoutName::ClientFin),
        client_handshake_ms: get(TimeoutName::ClientHandshake),
        http_request_ms: http_request_ms.or(client_ms),
        http_keep_alive_ms: get(TimeoutName::HttpKeepAlive).or(http_request_ms).or(client_ms),
        connect_ms,
        server_ms: get(TimeoutName::Server),
        server_fin_ms: get(TimeoutName::ServerFin),
        queue_ms: get(TimeoutName::Queue).or(connect_ms),
        tunnel_ms: get(TimeoutName::Tunnel),
        tarpit_ms: get(TimeoutName::Tarpit).or(connect_ms),
        check_ms: get(TimeoutName::Check),
        request_inspection_ms: get(TimeoutName::RequestInspection),
        response_inspection_ms: get(TimeoutName::ResponseInspection),
    }
}

/// `option http-restrict-req-hdr-names`. What applications are told in variables must not be another header in disguise: behind a FastCGI
/// application the default is to delete.
fn header_names(draft: &ProxyDraft, mode: Mode) -> HeaderNamePolicy {
    let default = if draft.fcgi_apps.is_empty() { HeaderNamePolicy::default() } else { HeaderNamePolicy::Delete };
    if mode == Mode::Http {
        draft.settings.header_names.value().unwrap_or(default)
    } else {
        HeaderNamePolicy::default()
    }
}

fn http_options(settings: &Settings, mode: Mode) -> HttpOptions {
    let is_on = |switch| mode == Mode::Http && settings.switches.is_on(switch, false);
    HttpOptions {
        connection: settings.connection.value().unwrap_or_default(),
        forward_for: settings.forward_for.get().cloned().filter(|_| mode == Mode::Http),
        original_to: settings.original_to.get().cloned().filter(|_| mode == Mode::Http),
        header_names: HeaderNamePolicy::default(),
        adjust_case_for_clients: is_on(Switch::AdjustCaseForClients),
        adjust_case_for_servers: is_on(Switch::AdjustCaseForServers),
        relaxed_requests: is_on(Switch::RelaxedRequests),
        relaxed_responses: is_on(Switch::RelaxedResponses),
        ignore_probes: is_on(Switch::IgnoreProbes),
        buffer_request: is_on(Switch::BufferRequest),
        prefer_last_server: is_on(Switch::PreferLastServer),
    }
}
