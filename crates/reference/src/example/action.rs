//! Rules that show actions.

use burdock_rules::RuleSetKind;
use burdock_rules::action::{Action, Parameter};

use super::row;

/// What follows the name.
const ARGUMENTS: &[(&str, &str)] = &[
    ("add-acl", "(/etc/burdock/blocked.lst) %[src]"),
    ("add-header", "X-Via burdock"),
    ("add-headers-bin", "var(txn.headers) prefix x-"),
    ("auth", "realm Staff"),
    ("capture", "req.hdr(User-Agent) len 64"),
    ("del-acl", "(/etc/burdock/blocked.lst) %[src]"),
    ("del-header", "X-Debug- -m beg"),
    ("del-headers-bin", "var(txn.headers)"),
    ("del-map", "(/etc/burdock/hosts-names.map) %[src]"),
    ("deny", "deny_status 429"),
    ("do-resolve", "(txn.address,dns,ipv4) req.hdr(Host),host_only"),
    ("early-hint", "Link \"</style.css>; rel=preload\""),
    ("expect-netscaler-cip", "layer4"),
    ("expect-proxy", "layer4"),
    ("normalize-uri", "path-merge-slashes"),
    ("pause", "100ms"),
    ("redirect", "scheme https code 301"),
    ("replace-header", "Cookie (.*)debug=1(.*) \\1\\2"),
    ("replace-path", "^/old/(.*) /new/\\1"),
    ("replace-pathq", "^/old/(.*) /new/\\1"),
    ("replace-uri", "^http://old[.]example/(.*) http://new.example/\\1"),
    ("replace-value", "Accept-Encoding br gzip"),
    ("return", "status 200 content-type text/plain string alive"),
    ("sc-add-gpc", "(1,0) req.hdr(X-Score)"),
    ("sc-inc-gpc", "(1,0)"),
    ("sc-inc-gpc0", "(0)"),
    ("sc-inc-gpc1", "(0)"),
    ("sc-set-gpt", "(1,0) 3"),
    ("sc-set-gpt0", "(0) 1"),
    ("set-bandwidth-limit", "slow limit 50k"),
    ("set-bc-mark", "1"),
    ("set-bc-tos", "0x10"),
    ("set-dst", "ipv4(192.0.2.1)"),
    ("set-dst-port", "int(8080)"),
    ("set-fc-mark", "1"),
    ("set-fc-tos", "0x10"),
    ("set-header", "X-Client %ci"),
    ("set-headers-bin", "var(txn.headers)"),
    ("set-log-level", "silent"),
    ("set-map", "(/etc/burdock/hosts-names.map) %[src] %[path]"),
    ("set-mark", "1"),
    ("set-method", "GET"),
    ("set-nice", "10"),
    ("set-path", "/shop%[path]"),
    ("set-pathq", "/shop%[pathq]"),
    ("set-priority-class", "int(-1)"),
    ("set-priority-offset", "int(50)"),
    ("set-query", "page=%[urlp(page)]"),
    ("set-retries", "3"),
    ("set-src", "hdr(X-Real-IP)"),
    ("set-src-port", "int(4000)"),
    ("set-status", "503 reason \"Back Soon\""),
    ("set-timeout", "server 30s"),
    ("set-tos", "0x10"),
    ("set-uri", "http://shop.example%[pathq]"),
    ("set-var", "(txn.host) req.hdr(Host),lower"),
    ("set-var-fmt", "(txn.client) %ci:%cp"),
    ("silent-drop", "rst-ttl 2"),
    ("strict-mode", "on"),
    ("switch-mode", "http if HTTP"),
    ("tarpit", "deny_status 429"),
    ("track-sc", "0 src table clients"),
    ("unset-var", "(txn.host)"),
    ("use-service", "prometheus-exporter if { path /metrics }"),
    ("wait-for-body", "time 1s at-least 1k"),
];

/// A rule with the action, of requests where it may be; nothing where its arguments are not known here.
pub(crate) fn of_action(action: &Action) -> Option<String> {
    let of_requests = RuleSetKind::ALL.into_iter().find(|set| set.keyword() == "http-request");
    let set = of_requests.filter(|set| action.sets.contains(*set)).or_else(|| action.sets.iter().next())?;
    let rule = format!("{} {}", set.keyword(), action.name);
    match row(ARGUMENTS, action.name) {
        Some(arguments) if action.parameter != Parameter::None => Some(format!("{rule}{arguments}")),
        Some(arguments) => Some(format!("{rule} {arguments}")),
        None if action.usage.is_empty() || action.usage.starts_with('[') => Some(rule),
        None => None,
    }
}
