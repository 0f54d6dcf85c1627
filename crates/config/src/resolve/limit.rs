//! Limits that follow from others: `maxconn` of the process from the files it may open, `fullconn` of a backend from the frontends that
//! lead to it.

use crate::draft::{Draft, ProxyDraft, SetExt};
use crate::load::LoadOptions;

use super::frontend::Routes;

/// Client connections of the whole process: `-n`, else `maxconn`, else what the files that may be open allow for.
pub(super) fn process_maxconn(draft: &Draft, threads: usize, options: &LoadOptions<'_>) -> u32 {
    let configured = options.command_line.maxconn.or(draft.global.maxconn.value()).filter(|limit| *limit > 0);
    configured.unwrap_or_else(|| {
        let limits = options.host.file_limits();
        let hard =
            draft.global.file_limit.value().filter(|limit| *limit > 0).unwrap_or_else(|| limits.hard.max(limits.soft));
        let files = hard.min(draft.global.file_hard_limit.value().unwrap_or(MOST_FILES));
        let connections = files.saturating_sub(own_files(draft, threads)) / FILES_A_CONNECTION;
        u32::try_from(connections).unwrap_or(u32::MAX).max(1)
    })
}

/// Files that the process itself keeps open: for each thread a listening socket an address and what the runtime needs, the runtime API, and
/// a check at a time for each server.
fn own_files(draft: &Draft, threads: usize) -> u64 {
    let addresses: usize = draft.proxies.iter().flat_map(|proxy| &proxy.binds).map(|bind| bind.addresses.len()).sum();
    let checked = draft
        .proxies
        .iter()
        .flat_map(|proxy| &proxy.servers)
        .filter(|server| server.options.check.enabled.value() == Some(true))
        .count();
    (threads * (addresses + FILES_A_THREAD) + draft.global.stats_sockets.len() + checked + FILES_OF_THE_PROCESS) as u64
}

/// The backends' `fullconn` where they say nothing: a tenth, rounded up, of the `maxconn` of all frontends that lead to them.
pub(super) fn full_connections(proxies: &[ProxyDraft], routes: &[Routes], default_maxconn: u32) -> Vec<u32> {
    let mut sums = vec![0_u64; proxies.len()];
    for (index, (proxy, routes)) in proxies.iter().zip(routes).enumerate() {
        if !proxy.kind.has_frontend() {
            continue;
        }
        let limit = frontend_maxconn(proxy, default_maxconn);
        let mut targets: Vec<usize> = routes.backends().collect();
        if proxy.kind.has_backend() && routes.default_backend.is_none() {
            targets.push(index);
        }
        targets.sort_unstable();
        targets.dedup();
        for target in targets {
            if let Some(sum) = sums.get_mut(target) {
                *sum += u64::from(limit);
            }
        }
    }
    sums.into_iter().map(|sum| u32::try_from(sum.div_ceil(10)).unwrap_or(u32::MAX).max(1)).collect()
}

/// `maxconn` of a frontend.
pub(super) fn frontend_maxconn(proxy: &ProxyDraft, default_maxconn: u32) -> u32 {
    proxy.settings.maxconn.value().filter(|limit| *limit > 0).unwrap_or(default_maxconn)
}

/// One towards the client, one towards the server.
const FILES_A_CONNECTION: u64 = 2;
/// The runtime's own descriptors of a thread.
const FILES_A_THREAD: usize = 4;
/// Standard streams, logs, resolver, connections of the runtime API.
const FILES_OF_THE_PROCESS: usize = 25;
/// `fd-hard-limit` where it is not set (configuration manual 3.1).
const MOST_FILES: u64 = 1_048_576;
