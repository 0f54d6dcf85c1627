//! "Did you mean …": the nearest known name to one that is not known.

/// The candidate that `name` is most likely a slip of: the same but for case and `_` for `-`, else the nearest one by
/// edit distance with swapped neighbours counted once. `None` if nothing is near. The first of equals wins.
pub fn suggest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Beyond this no keyword is long, and comparing costs the square of the length.
    const LONGEST_NAME_CHARS: usize = 64;
    if name.chars().count() > LONGEST_NAME_CHARS {
        return None;
    }
    let name = folded(name);
    let allowed = match name.chars().count() {
        0 => return None,
        1..=2 => 0,
        3..=5 => 1,
        6..=8 => 2,
        _ => 3,
    };
    let distance = |candidate: &&str| strsim::osa_distance(&name, &folded(candidate));
    let nearest = candidates.into_iter().map(|candidate| (distance(&candidate), candidate));
    // `min_by_key` keeps the first of equals.
    nearest.min_by_key(|&(distance, _)| distance).filter(|&(distance, _)| distance <= allowed).map(|(_, name)| name)
}

fn folded(name: &str) -> String {
    name.chars().map(|character| if character == '_' { '-' } else { character.to_ascii_lowercase() }).collect()
}

#[cfg(test)]
mod tests {
    use super::suggest;

    #[test]
    fn finds_what_was_meant() {
        const NAMES: [&str; 8] =
            ["maxconn", "mode", "timeout", "default_backend", "http-request", "option", "acl", "http-response"];
        let check = |name: &str, expected: Option<&str>| assert_eq!(suggest(name, NAMES), expected, "{name}");
        check("maxcon", Some("maxconn"));
        check("maxcnon", Some("maxconn"));
        check("MaxConn", Some("maxconn"));
        check("default-backend", Some("default_backend"));
        check("http_request", Some("http-request"));
        check("http-requets", Some("http-request"));
        check("htp-respnse", Some("http-response"));
        check("moed", Some("mode"));
        check("timout", Some("timeout"));
        check("ac", None);
        check("al", None);
        check("server", None);
        check("", None);
        check(&"x".repeat(10_000), None);
    }
}
