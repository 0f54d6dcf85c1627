//! The `global` section.

use std::os::fd::{OwnedFd, RawFd};
use std::sync::Arc;

use burdock_http::CaseMap;
use burdock_model::{Address, Global, Http2Settings, Http2Side, StatsLevel, StatsSocket, Tune, UnixPermissions};
use burdock_syntax::{Diagnostic, Span};

use super::tls::Section;
use super::{Resolver, address};
use crate::draft::{BindDraft, BindOptions, GlobalDraft, Http2Draft, Http2SideDraft, SetExt, Spanned, TuneDraft};

impl Resolver<'_> {
    /// The spellings of header names that lines and a file give.
    fn case_map(&mut self, draft: &GlobalDraft) -> CaseMap {
        let mut map = draft.case_map.clone();
        let Some(Spanned { value: path, span }) = &draft.case_file else { return map };
        let Ok(content) = self.options.host.read(path) else {
            self.findings.push(
                Diagnostic::error(format!("the file '{}' cannot be read", path.display()))
                    .code("unreadable-file")
                    .at(*span, "not found"),
            );
            return map;
        };
        for (number, line) in (1..).zip(content.split(|byte| *byte == b'\n')) {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let end = line.iter().position(u8::is_ascii_whitespace);
            let fault = match end.map(|end| line.split_at(end)) {
                Some((from, to)) => {
                    map.insert(&from.to_ascii_lowercase(), to.trim_ascii()).err().map(|it| it.to_string())
                }
                None => Some("a name and its spelling are expected".to_owned()),
            };
            if let Some(fault) = fault {
                self.findings.push(
                    Diagnostic::error(format!("'{}', line {number}: {fault}", path.display()))
                        .code("bad-value")
                        .at(*span, "in this file"),
                );
            }
        }
        map
    }

    /// The global section with everything filled in.
    pub(super) fn global(&mut self, draft: &GlobalDraft, maxconn: u32) -> Global {
        let command_line = self.options.command_line;
        if let Some(name) = draft.local_peer.as_ref().filter(|_| command_line.local_peer.is_some()) {
            self.findings.push(
                Diagnostic::warning("'localpeer' has no effect beside '-L' on the command line")
                    .code("no-effect-here")
                    .at(name.span, "ignored"),
            );
        }
        let host_name = self.options.host.name();
        let log_hostname = draft.log_hostname.get().map(|name| name.clone().unwrap_or_else(|| host_name.clone()));
        let log_targets = self.log_targets(&draft.log, log_hostname.is_some());
        self.logging.global_targets.clone_from(&log_targets);
        let program = if command_line.program_name.is_empty() { "burdock" } else { &command_line.program_name };
        let stats_sockets = draft.stats_sockets.iter().flat_map(|socket| self.stats_socket(socket, draft)).collect();
        Global {
            threads: self.threads,
            maxconn,
            file_limit: draft.file_limit.value().filter(|limit| *limit > 0),
            uid: draft.uid.value(),
            gid: draft.gid.value(),
            chroot: draft.chroot.get().cloned(),
            daemon: command_line.daemon || draft.daemon.value().unwrap_or(false),
            pid_file: command_line.pid_file.clone().or_else(|| draft.pid_file.get().cloned()),
            stats_sockets,
            stats_timeout_ms: draft.stats_timeout_ms.value().unwrap_or(DEFAULT_STATS_TIMEOUT_MS),
            stats_maxconn: draft.stats_maxconn.value().unwrap_or(DEFAULT_STATS_MAXCONN),
            log_targets: log_targets.into_iter().map(|line| line.target).collect(),
            log_tag: draft.log_tag.get().cloned().unwrap_or_else(|| program.to_owned()),
            log_hostname,
            node: draft.node.get().cloned().unwrap_or_else(|| host_name.clone()),
            description: draft.description.get().cloned(),
            local_peer: command_line
                .local_peer
                .clone()
                .or_else(|| draft.local_peer.get().cloned())
                .unwrap_or(host_name),
            hard_stop_after_ms: draft.hard_stop_after_ms.value(),
            spread_checks_percent: draft.spread_checks_percent.value().unwrap_or(0),
            max_spread_checks_ms: draft.max_spread_checks_ms.value(),
            case_map: Arc::new(self.case_map(draft)),
            tune: tune(&draft.tune),
            tls: self.tls.tuning(),
            h2: http2(&draft.h2),
        }
    }

    fn stats_socket(&mut self, socket: &BindDraft, global: &GlobalDraft) -> Vec<StatsSocket> {
        let prefix = global.unix_prefix.get().map(Vec::as_slice);
        let tls = self.tls_of_own_use(socket, &Section::GLOBAL);
        self.no_announcements_here(&socket.options, "on a 'stats socket' line");
        let mut sockets = Vec::new();
        for written in &socket.addresses {
            for address in address::listen(&written.value, prefix) {
                let inherited = match address {
                    Address::Inherited(descriptor) => self.adopt(descriptor, written.span),
                    _ => None,
                };
                sockets.push(StatsSocket {
                    address,
                    inherited,
                    tls: tls.clone(),
                    level: socket.options.level.value().unwrap_or(StatsLevel::Operator),
                    permissions: permissions(&socket.options, global),
                    expose_listeners: socket.options.expose_listeners.value().unwrap_or(false),
                    position: self.position(socket.span),
                });
            }
        }
        sockets
    }

    /// Takes over an inherited socket.
    pub(super) fn adopt(&mut self, descriptor: RawFd, span: Span) -> Option<Arc<OwnedFd>> {
        match self.options.host.adopt_listener(descriptor) {
            Ok(socket) => Some(Arc::new(socket)),
            Err(fault) => {
                self.findings.push(
                    Diagnostic::error(format!("descriptor {descriptor} cannot be listened on: {fault}"))
                        .code("bad-descriptor")
                        .at(span, "not usable")
                        .note("'fd@' names a stream socket that was open when the process started"),
                );
                None
            }
        }
    }
}

/// Owner and mode of a Unix socket: its own, else those of `unix-bind`.
pub(super) fn permissions(options: &BindOptions, global: &GlobalDraft) -> UnixPermissions {
    let common = &global.unix_permissions;
    UnixPermissions {
        mode: options.mode.or(common.mode).value(),
        uid: options.uid.or(common.uid).value(),
        gid: options.gid.or(common.gid).value(),
    }
}

fn http2(draft: &Http2Draft) -> Http2Settings {
    let default = Http2Settings::default();
    let side = |said: &Http2SideDraft| {
        let default = Http2Side::default();
        let (windows, streams) = (said.initial_window_size, said.max_concurrent_streams);
        Http2Side {
            initial_window_size: windows.or(draft.both.initial_window_size).value(),
            max_concurrent_streams: streams
                .or(draft.both.max_concurrent_streams)
                .value()
                .unwrap_or(default.max_concurrent_streams),
            glitches_threshold: said.glitches_threshold.value().unwrap_or(default.glitches_threshold),
            receive_buffer: said.receive_buffer.value(),
            max_frames_at_once: said.max_frames_at_once.value().unwrap_or(default.max_frames_at_once),
        }
    };
    Http2Settings {
        client: side(&draft.client),
        server: side(&draft.server),
        header_table_size: draft.header_table_size.value().unwrap_or(default.header_table_size),
        max_frame_size: draft.max_frame_size.value(),
        max_total_streams: draft.max_total_streams.value().unwrap_or(default.max_total_streams),
        max_resets_at_once: draft.max_resets_at_once.value().unwrap_or(default.max_resets_at_once),
        extended_connect: !draft.no_extended_connect.value().unwrap_or(false),
        log_errors: draft.log_errors.value().unwrap_or_default(),
        glitch_cpu_percent: draft.glitch_cpu_percent.value().unwrap_or(default.glitch_cpu_percent),
    }
}

fn tune(draft: &TuneDraft) -> Tune {
    let default = Tune::default();
    let buffer_size = draft.buffer_size.value().unwrap_or(default.buffer_size);
    // More than half of a buffer is never kept for rewriting (configuration manual 3.2 `tune.maxrewrite`).
    let max_rewrite = draft.max_rewrite.value().unwrap_or(default.max_rewrite).min(buffer_size / 2);
    Tune {
        buffer_size,
        max_rewrite,
        max_headers: draft.max_headers.value().unwrap_or(default.max_headers),
        logged_line_limit: draft.logged_line_limit.value().unwrap_or(default.logged_line_limit),
        max_accept: match draft.max_accept.value() {
            None => default.max_accept,
            Some(limit) => limit.unwrap_or(usize::MAX),
        },
        client_receive_buffer: draft.client_receive_buffer.value(),
        client_send_buffer: draft.client_send_buffer.value(),
        server_receive_buffer: draft.server_receive_buffer.value(),
        server_send_buffer: draft.server_send_buffer.value(),
    }
}

/// Configuration manual 3.1 `stats timeout`.
const DEFAULT_STATS_TIMEOUT_MS: u64 = 10_000;
/// Configuration manual 3.1 `stats maxconn`.
const DEFAULT_STATS_MAXCONN: u32 = 10;
