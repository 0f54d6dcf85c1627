//! Groups of key exchange, by their names in OpenSSL (its manual, `SSL_CTX_set1_groups_list`).

use rustls::crypto::aws_lc_rs::kx_group;

use super::{Group, tell_missing};
use crate::report::{Notice, Problem};

/// The groups that `list` names, in its order; none: [`DEFAULT`].
pub(super) fn groups(list: Option<&str>, notices: &mut Vec<Notice>) -> Result<Vec<Group>, Problem> {
    let Some(list) = list else { return Ok(DEFAULT.to_vec()) };
    let mut chosen: Vec<Group> = Vec::new();
    let mut missing = Vec::new();
    for word in list.split([':', '/', ',']) {
        // `*` marks those that a key is sent for at once, which the library decides by itself.
        let word = word.trim().trim_start_matches('*');
        let (is_removed, word) = word.strip_prefix('-').map_or((false, word), |word| (true, word));
        let (may_be_missing, name) = word.strip_prefix('?').map_or((false, word), |word| (true, word));
        let found: &[Group] =
            match NAMES.iter().find(|(names, _)| names.iter().any(|known| known.eq_ignore_ascii_case(name))) {
                Some((_, group)) => std::slice::from_ref(group),
                None if name == "DEFAULT" => &DEFAULT,
                None => &[],
            };
        if found.is_empty() && !name.is_empty() && !may_be_missing && !is_removed {
            missing.push(name);
        }
        chosen.retain(|group| !found.iter().any(|found| found.name() == group.name()) || !is_removed);
        if !is_removed {
            for &group in found {
                if !chosen.iter().any(|known| known.name() == group.name()) {
                    chosen.push(group);
                }
            }
        }
    }
    if chosen.is_empty() {
        return Err(Problem::new(
            "curves",
            format!("the TLS library has none of these groups, so nothing is left: {list}"),
        ));
    }
    tell_missing("curves", &missing, notices);
    Ok(chosen)
}

/// The first is safe from computers to come; those that follow are for peers who do not know it.
static DEFAULT: [Group; 4] = [kx_group::X25519MLKEM768, kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1];

static NAMES: [(&[&str], Group); 7] = [
    (&["X25519MLKEM768"], kx_group::X25519MLKEM768),
    (&["SecP256r1MLKEM768"], kx_group::SECP256R1MLKEM768),
    (&["MLKEM768"], kx_group::MLKEM768),
    (&["MLKEM1024"], kx_group::MLKEM1024),
    (&["X25519"], kx_group::X25519),
    (&["P-256", "prime256v1", "secp256r1"], kx_group::SECP256R1),
    (&["P-384", "secp384r1"], kx_group::SECP384R1),
];

#[cfg(test)]
mod tests {
    use rustls::NamedGroup;

    use super::*;

    #[test]
    fn lists_of_groups() {
        let check = |list: &str, expected: Option<&[NamedGroup]>, told: usize| {
            let mut notices = Vec::new();
            let found = groups(Some(list), &mut notices);
            let names = found.ok().map(|groups| groups.iter().map(|group| group.name()).collect::<Vec<_>>());
            assert_eq!(names.as_deref(), expected, "{list}");
            assert_eq!(notices.len(), told, "{list}: {notices:?}");
        };
        check("X25519:P-256", Some(&[NamedGroup::X25519, NamedGroup::secp256r1]), 0);
        check("prime256v1", Some(&[NamedGroup::secp256r1]), 0);
        check("secp384r1:P-521", Some(&[NamedGroup::secp384r1]), 1);
        check("?P-521:*X25519MLKEM768/X25519", Some(&[NamedGroup::X25519MLKEM768, NamedGroup::X25519]), 0);
        check("DEFAULT:-X25519MLKEM768:-P-384", Some(&[NamedGroup::X25519, NamedGroup::secp256r1]), 0);
        check("P-521", None, 0);
        let default: Vec<_> = groups(None, &mut Vec::new()).unwrap().iter().map(|group| group.name()).collect();
        assert_eq!(default[0], NamedGroup::X25519MLKEM768);
    }
}
