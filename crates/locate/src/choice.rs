//! Which of the addresses of a name a server gets.

use std::net::IpAddr;

use burdock_model::Resolution;

/// The address for a server that is at `present` now, where `taken` are those of other servers of its backend with the same name. Of equals
/// the first one.
pub(crate) fn choose(
    addresses: &[IpAddr],
    resolution: &Resolution,
    present: Option<IpAddr>,
    taken: &[IpAddr],
) -> Option<IpAddr> {
    let possible = addresses.iter().filter(|address| resolution.allows_duplicates || !taken.contains(address));
    // The first of the best: `max_by_key` would take the last.
    possible
        .copied()
        .rev()
        .max_by_key(|address| (resolution.prefers(*address), !taken.contains(address), present == Some(*address)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use burdock_resolve::{Family, Section, Settings};

    use super::*;

    #[test]
    fn addresses() {
        let ips = |text: &str| text.split_whitespace().map(|ip| ip.parse().unwrap()).collect::<Vec<IpAddr>>();
        let check = |offered: &str, networks: &str, allows: bool, present: &str, taken: &str, expected: &str| {
            let resolution = Resolution {
                section: Arc::new(Section::new("s".into(), Settings::default(), Vec::new())),
                prefer: Family::V4,
                networks: networks.split_whitespace().map(|network| network.parse().unwrap()).collect(),
                allows_duplicates: allows,
            };
            let chosen = choose(&ips(offered), &resolution, ips(present).first().copied(), &ips(taken));
            assert_eq!(chosen, ips(expected).first().copied(), "{offered} {networks} {present} {taken}");
        };
        check("1.1.1.1 2.2.2.2", "", false, "", "", "1.1.1.1");
        check("1.1.1.1 2.2.2.2", "", false, "2.2.2.2", "", "2.2.2.2");
        check("1.1.1.1 2.2.2.2", "", false, "", "1.1.1.1", "2.2.2.2");
        check("1.1.1.1", "", false, "", "1.1.1.1", "");
        check("1.1.1.1", "", true, "", "1.1.1.1", "1.1.1.1");
        check("1.1.1.1 2.2.2.2", "", true, "1.1.1.1", "1.1.1.1", "2.2.2.2");
        check("1.1.1.1 2.2.2.2 2.2.2.3", "2.0.0.0/8", false, "1.1.1.1", "", "2.2.2.2");
        check("1.1.1.1 2.2.2.2", "9.0.0.0/8", false, "", "", "1.1.1.1");
    }
}
