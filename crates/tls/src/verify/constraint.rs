//! Name constraints of authorities (RFC 5280 4.2.1.10): which names the certificates below them may have.

use std::net::IpAddr;

use x509_parser::extensions::{GeneralName, GeneralSubtree, NameConstraints};

use super::link::Link;
use super::number;
use crate::der;

/// What an authority may sign for.
#[derive(Debug, Default)]
pub(crate) struct Constraints {
    permitted: Subtrees,
    excluded: Subtrees,
}

#[derive(Debug, Default)]
struct Subtrees {
    dns: Vec<String>,
    /// Address and mask, as bytes of the same length.
    ip: Vec<(Vec<u8>, Vec<u8>)>,
    email: Vec<String>,
    /// Names in comparable form.
    directory: Vec<Vec<u8>>,
    /// There are constraints of kinds that are not understood.
    other: bool,
}

impl Constraints {
    pub(super) fn of(extension: &NameConstraints<'_>) -> Self {
        Self {
            permitted: Subtrees::of(extension.permitted_subtrees.as_deref().unwrap_or_default()),
            excluded: Subtrees::of(extension.excluded_subtrees.as_deref().unwrap_or_default()),
        }
    }

    /// The error that the names of `link` are, if they are one.
    pub(super) fn violation(&self, link: &Link) -> Option<u32> {
        if self.excluded.other || self.permitted.other {
            return Some(number::UNSUPPORTED_CONSTRAINT_TYPE);
        }
        // A name that only the subject has counts where there are no alternative names, as it does when names are compared.
        let common = if link.dns_names.is_empty() { link.common_names.as_slice() } else { &[] };
        let dns = || link.dns_names.iter().chain(common.iter().filter(|name| name.contains('.')));
        let directory = || (!link.subject.is_empty()).then_some(link.subject.as_slice()).into_iter();
        let excluded = dns().any(|name| self.excluded.dns.iter().any(|tree| is_below(name, tree)))
            || link.ip_names.iter().any(|ip| self.excluded.ip.iter().any(|tree| is_in(*ip, tree)))
            || link.email_names.iter().any(|name| self.excluded.email.iter().any(|tree| is_mail_of(name, tree)))
            || directory().any(|name| self.excluded.directory.iter().any(|tree| name.starts_with(tree)));
        if excluded {
            return Some(number::EXCLUDED_VIOLATION);
        }
        let permitted = &self.permitted;
        let allowed =
            dns().all(|name| permitted.dns.is_empty() || permitted.dns.iter().any(|tree| is_below(name, tree)))
                && link
                    .ip_names
                    .iter()
                    .all(|ip| permitted.ip.is_empty() || permitted.ip.iter().any(|tree| is_in(*ip, tree)))
                && link.email_names.iter().all(|name| {
                    permitted.email.is_empty() || permitted.email.iter().any(|tree| is_mail_of(name, tree))
                })
                && directory().all(|name| {
                    permitted.directory.is_empty() || permitted.directory.iter().any(|tree| name.starts_with(tree))
                });
        (!allowed).then_some(number::PERMITTED_VIOLATION)
    }
}

impl Subtrees {
    fn of(trees: &[GeneralSubtree<'_>]) -> Self {
        let mut subtrees = Self::default();
        for tree in trees {
            match &tree.base {
                GeneralName::DNSName(name) => subtrees.dns.push(name.to_ascii_lowercase()),
                GeneralName::RFC822Name(name) => subtrees.email.push(name.to_ascii_lowercase()),
                GeneralName::IPAddress(bytes) if matches!(bytes.len(), 8 | 32) => {
                    let (address, mask) = bytes.split_at(bytes.len() / 2);
                    subtrees.ip.push((address.to_vec(), mask.to_vec()));
                }
                GeneralName::DirectoryName(name) => match der::Reader::new(name.as_raw()).expect(der::SEQUENCE) {
                    Some(name) => subtrees.directory.push(der::canonical_name(name.content)),
                    None => subtrees.other = true,
                },
                _ => subtrees.other = true,
            }
        }
        subtrees
    }
}

/// `tree` itself and all below it; with a leading dot only what is below.
fn is_below(name: &str, tree: &str) -> bool {
    match name.strip_suffix(tree) {
        Some(_) if tree.is_empty() => true,
        Some(before) => tree.starts_with('.') || before.is_empty() || before.ends_with('.'),
        None => false,
    }
}

fn is_mail_of(address: &str, tree: &str) -> bool {
    if tree.contains('@') {
        return address == tree;
    }
    let host = address.rsplit('@').next().unwrap_or_default();
    if tree.starts_with('.') { host.ends_with(tree) } else { host == tree }
}

fn is_in(address: IpAddr, (network, mask): &(Vec<u8>, Vec<u8>)) -> bool {
    let matches = |bytes: &[u8]| {
        bytes.len() == network.len()
            && bytes.iter().zip(network).zip(mask).all(|((byte, network), mask)| byte & mask == network & mask)
    };
    match address {
        IpAddr::V4(address) => matches(&address.octets()),
        IpAddr::V6(address) => matches(&address.octets()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subtrees_of_names() {
        let check = |name, tree, expected| assert_eq!(is_below(name, tree), expected, "{name} below {tree}");
        check("www.example.com", "example.com", true);
        check("example.com", "example.com", true);
        check("badexample.com", "example.com", false);
        check("www.example.com", ".example.com", true);
        check("example.com", ".example.com", false);
        check("anything", "", true);
        assert!(is_mail_of("a@example.com", "example.com"));
        assert!(!is_mail_of("a@sub.example.com", "example.com"));
        assert!(is_in(IpAddr::from([10, 1, 2, 3]), &(vec![10, 0, 0, 0], vec![255, 0, 0, 0])));
        assert!(!is_in(IpAddr::from([11, 1, 2, 3]), &(vec![10, 0, 0, 0], vec![255, 0, 0, 0])));
    }
}
