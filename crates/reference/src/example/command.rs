//! Lines for the runtime API, made from the usage.

/// What stands in for a placeholder.
const VALUES: &[(&str, &str)] = &[
    ("@<ver>", "@1"),
    ("<acl>", "/etc/burdock/blocked.lst"),
    ("<map>", "/etc/burdock/hosts-names.map"),
    ("<pattern>", "192.0.2.1"),
    ("<key>", "www.example"),
    ("<val>", "shop"),
    ("<value>", "shop"),
    ("<name>", "proc.limit"),
    ("<text>", "hello"),
    ("<delay>", "5m"),
    ("<certfile>", "/etc/burdock/site.pem"),
    ("<certificate>", "/etc/burdock/site.pem"),
    ("<domain>", "site.example"),
    ("<cert>", "/etc/burdock/site.pem"),
    ("<cafile>", "/etc/burdock/ca.pem"),
    ("<crlfile>", "/etc/burdock/crl.pem"),
    ("<list>", "/etc/burdock/certificates.lst"),
    ("<payload>", "<<"),
    ("<response|payload>", "<<"),
];

/// Words behind the name, or behind the ACL or map, where those of the usage do not do.
const KEPT: &[(&str, &str)] = &[
    ("add server", "be1/s9 192.0.2.9:80 check inter 1s"),
    ("del acl", "192.0.2.1"),
    ("del map", "www.example"),
    ("get acl", "192.0.2.1"),
    ("get map", "www.example"),
    ("set map", "www.example shop"),
    ("clear table", "clients key 192.0.2.1"),
    ("set table", "clients key 192.0.2.1 data.gpc[0] 1"),
    ("show table", "clients data.http_req_rate gt 100"),
    ("set severity-output", "string"),
    ("set ssl tls-key", "#0 vdPNpJrRbSDAW3NrzHvBJNd0zDm5JGEONl7ZhWGJ8Ro/qnR8ZGiBgHRc7PBmZOEL"),
    ("set timeout", "cli 5m"),
    ("wait", "2s srv-removable be1/s9"),
    ("set var", "proc.limit int(100)"),
    ("experimental-mode", "on"),
];

/// The command with values for what it needs.
pub(crate) fn of_command(name: &str, usage: &str) -> String {
    let mut depth = 0_usize;
    let mut needed = String::new();
    for character in usage.chars() {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '*' => {}
            other if depth == 0 => needed.push(other),
            _ => {}
        }
    }
    let mut line = match super::row(KEPT, name) {
        Some(kept) if name.ends_with("acl") || name.ends_with("map") => {
            let kind = if name.ends_with("acl") { "<acl>" } else { "<map>" };
            format!("{name} {kind} {kept}")
        }
        Some(kept) => format!("{name} {kept}"),
        None => needed,
    };
    for (placeholder, value) in VALUES {
        line = line.replace(placeholder, value);
    }
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}
