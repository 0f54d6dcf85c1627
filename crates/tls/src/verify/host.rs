//! Whether a server's certificate is for the name that it was asked for (configuration manual 5.2 `verify`, `verifyhost`).

use std::net::IpAddr;

use super::link::Link;

/// Whether the certificate has the name: among its alternative names, else as its common name.
pub(super) fn is_for(link: &Link, name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let names = || link.dns_names.iter().chain(&link.common_names);
    match name.parse::<IpAddr>() {
        Ok(address) => link.ip_names.contains(&address) || names().any(|pattern| *pattern == name),
        Err(_) => names().any(|pattern| matches(pattern, &name)),
    }
}

/// A pattern may have one `*` in its first label, for any part of that label.
fn matches(pattern: &str, name: &str) -> bool {
    if pattern == name {
        return true;
    }
    let (Some((first, rest)), Some((label, name_rest))) = (pattern.split_once('.'), name.split_once('.')) else {
        return false;
    };
    let Some((before, after)) = first.split_once('*') else { return false };
    // What is no part of a name in the sense of people (RFC 6125 6.4.3), and whole zones.
    let is_part = before.is_empty() && after.is_empty();
    rest == name_rest
        && rest.contains('.')
        && (is_part || !label.starts_with("xn--"))
        && label.len() > before.len() + after.len()
        && label.starts_with(before)
        && label.ends_with(after)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        let check = |pattern, name, expected| assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        check("www.example.com", "www.example.com", true);
        check("*.example.com", "www.example.com", true);
        check("*.example.com", "a.b.example.com", false);
        check("*.example.com", "example.com", false);
        check("w*.example.com", "www.example.com", true);
        check("w*.example.com", "ftp.example.com", false);
        check("*.com", "example.com", false);
        check("www.*.com", "www.example.com", false);
        check("*-a.example.com", "xn--b-a.example.com", false);
    }
}
