//! Named conditions that show ACL keywords and matching methods.

use super::{row, sample};

/// The fetch or pattern of a condition by each matching method.
const METHODS: &[(&str, &str)] = &[
    ("beg", "path -m beg /static/"),
    ("bin", "req.payload(0,2) -m bin 1603"),
    ("bool", "nbsrv(shop) -m bool"),
    ("dir", "path -m dir images"),
    ("dom", "req.hdr(Host) -m dom example"),
    ("end", "path -m end .png"),
    ("found", "req.cook(SESSION) -m found"),
    ("int", "req.hdr_cnt(Cookie) -m int gt 1"),
    ("ip", "req.hdr(X-Real-IP) -m ip 10.0.0.0/8"),
    ("len", "path -m len 1:64"),
    ("reg", "path -m reg ^/[a-z]+/[0-9]+$"),
    ("str", "path -m str /health"),
    ("sub", "path -m sub ../"),
];

/// Patterns of keywords where those of the method alone do not fit.
const PATTERNS: &[(&str, &str)] = &[
    ("http_auth_group", "admins"),
    ("method", "GET HEAD"),
    ("req_rdp_cookie_cnt", "1"),
    ("req_ver", "1.1"),
    ("resp_ver", "1.1"),
    ("req.ssl_ver", "3.1:3.3"),
    ("req_ssl_ver", "gt 3.1"),
];

/// A condition by a method.
pub(crate) fn of_match_method(name: &str) -> Option<String> {
    row(METHODS, name).map(|condition| format!("acl sample {condition}"))
}

/// A condition by a keyword that compares what `fetch` gives by `method`.
pub(crate) fn of_acl_keyword(name: &str, fetch: &str, method: &str) -> String {
    let call = row(sample::FETCHES, fetch).map_or_else(|| name.to_owned(), |arguments| format!("{name}({arguments})"));
    let is_path = ["base", "path", "url"].contains(&fetch);
    let pattern = row(PATTERNS, name).unwrap_or(match method {
        "beg" | "str" if is_path => "/static",
        "beg" | "str" | "sub" => "shop",
        "bin" => "1603",
        "dir" => "images",
        "dom" => "example",
        "end" => ".png",
        "int" => "1",
        "len" => "1:64",
        _ => "^[a-z/]+$",
    });
    format!("acl sample {call} {pattern}")
}
