//! Cipher suites: OpenSSL's cipher lists (its manual, `ciphers`) as far as they choose among the suites that there are.

use rustls::SupportedCipherSuite;
use rustls::crypto::aws_lc_rs::cipher_suite as suite;

use super::tell_missing;
use crate::report::Notice;

/// The suites of TLS 1.3 that `list` names, in its order; none: all of them, as OpenSSL prefers them.
pub(super) fn tls13(list: Option<&str>, notices: &mut Vec<Notice>) -> Vec<SupportedCipherSuite> {
    let Some(list) = list else { return TLS13.iter().map(|&(_, suite)| suite).collect() };
    let mut chosen: Vec<SupportedCipherSuite> = Vec::new();
    let mut missing = Vec::new();
    for name in words(list) {
        match TLS13.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some(&(_, suite)) if !chosen.contains(&suite) => chosen.push(suite),
            Some(_) => {}
            None => missing.push(name),
        }
    }
    tell_missing("ciphersuites", &missing, notices);
    chosen
}

/// The suites of TLS 1.2 that `list` chooses, in the order it comes to; none: all of them, as OpenSSL prefers them.
pub(super) fn tls12(list: Option<&str>, notices: &mut Vec<Notice>) -> Vec<SupportedCipherSuite> {
    let mut chosen =
        Chosen { places: if list.is_none() { (0..TLS12.len()).collect() } else { Vec::new() }, killed: Vec::new() };
    let mut missing = Vec::new();
    for word in words(list.unwrap_or_default()) {
        if word == "@STRENGTH" {
            chosen.places.sort_by_key(|&place| std::cmp::Reverse(TLS12.get(place).map(|suite| suite.bits)));
            continue;
        }
        // Security levels below ours change nothing, since all suites here satisfy each level up to 3.
        if word.starts_with("@SECLEVEL=") {
            continue;
        }
        let (how, name) = match word.split_at_checked(1) {
            Some((how @ ("!" | "-" | "+"), name)) => (how, name),
            _ => ("", word),
        };
        let matching: Vec<usize> = TLS12
            .iter()
            .enumerate()
            .filter(|(_, suite)| name.split('+').all(|term| suite.is_meant_by(term)))
            .map(|(place, _)| place)
            .collect();
        if matching.is_empty() && how.is_empty() {
            missing.push(name);
        }
        chosen.apply(how, &matching);
    }
    tell_missing("ciphers", &missing, notices);
    chosen.places.iter().filter_map(|&place| TLS12.get(place)).map(|suite| suite.suite).collect()
}

fn words(list: &str) -> impl Iterator<Item = &str> {
    list.split([':', ',', ' ', ';']).filter(|word| !word.is_empty())
}

/// Suites by their places in [`TLS12`], as a cipher list moves them.
struct Chosen {
    places: Vec<usize>,
    /// Those that are out for good.
    killed: Vec<usize>,
}

impl Chosen {
    fn apply(&mut self, how: &str, matching: &[usize]) {
        match how {
            "!" => {
                self.killed.extend_from_slice(matching);
                self.places.retain(|place| !matching.contains(place));
            }
            "-" => self.places.retain(|place| !matching.contains(place)),
            // Moves to the end what is there already, and adds nothing.
            "+" => {
                let (moved, kept): (Vec<usize>, Vec<usize>) =
                    self.places.iter().partition(|place| matching.contains(place));
                self.places = kept;
                self.places.extend(moved);
            }
            _ => {
                for &place in matching {
                    if !self.places.contains(&place) && !self.killed.contains(&place) {
                        self.places.push(place);
                    }
                }
            }
        }
    }
}

/// A suite of TLS 1.2 by what cipher lists know of it. All agree keys by ECDHE and seal by AEAD.
struct Tls12Suite {
    name: &'static str,
    standard_name: &'static str,
    authentication: &'static str,
    encryption: &'static [&'static str],
    bits: u16,
    suite: SupportedCipherSuite,
}

impl Tls12Suite {
    fn is_meant_by(&self, term: &str) -> bool {
        match term {
            "ALL" | "DEFAULT" | "HIGH" | "TLSv1.2" | "AEAD" => true,
            "ECDHE" | "EECDH" | "kECDHE" | "kEECDH" | "ECDH" => true,
            "FIPS" => self.encryption.contains(&"AES"),
            "aRSA" => self.authentication == "RSA",
            "aECDSA" | "ECDSA" => self.authentication == "ECDSA",
            _ => {
                self.encryption.contains(&term)
                    || self.name.eq_ignore_ascii_case(term)
                    || self.standard_name.eq_ignore_ascii_case(term)
            }
        }
    }
}

const AES256: &[&str] = &["AES", "AES256", "AESGCM"];
const AES128: &[&str] = &["AES", "AES128", "AESGCM"];
const CHACHA20: &[&str] = &["CHACHA20"];

/// In the order that OpenSSL prefers.
const TLS12: [Tls12Suite; 6] = [
    Tls12Suite {
        name: "ECDHE-ECDSA-AES256-GCM-SHA384",
        standard_name: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        authentication: "ECDSA",
        encryption: AES256,
        bits: 256,
        suite: suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    },
    Tls12Suite {
        name: "ECDHE-RSA-AES256-GCM-SHA384",
        standard_name: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        authentication: "RSA",
        encryption: AES256,
        bits: 256,
        suite: suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    },
    Tls12Suite {
        name: "ECDHE-ECDSA-CHACHA20-POLY1305",
        standard_name: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        authentication: "ECDSA",
        encryption: CHACHA20,
        bits: 256,
        suite: suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    },
    Tls12Suite {
        name: "ECDHE-RSA-CHACHA20-POLY1305",
        standard_name: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        authentication: "RSA",
        encryption: CHACHA20,
        bits: 256,
        suite: suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    },
    Tls12Suite {
        name: "ECDHE-ECDSA-AES128-GCM-SHA256",
        standard_name: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        authentication: "ECDSA",
        encryption: AES128,
        bits: 128,
        suite: suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    },
    Tls12Suite {
        name: "ECDHE-RSA-AES128-GCM-SHA256",
        standard_name: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        authentication: "RSA",
        encryption: AES128,
        bits: 128,
        suite: suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    },
];

/// In the order that OpenSSL prefers.
const TLS13: [(&str, SupportedCipherSuite); 3] = [
    ("TLS_AES_256_GCM_SHA384", suite::TLS13_AES_256_GCM_SHA384),
    ("TLS_CHACHA20_POLY1305_SHA256", suite::TLS13_CHACHA20_POLY1305_SHA256),
    ("TLS_AES_128_GCM_SHA256", suite::TLS13_AES_128_GCM_SHA256),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cipher_lists() {
        // Suites by the first letters of authentication and encryption.
        let check = |list: &str, expected: &str, missing: &str| {
            let mut notices = Vec::new();
            let chosen = tls12(Some(list), &mut notices);
            let short: Vec<&str> = chosen
                .iter()
                .map(|chosen| {
                    let suite = TLS12.iter().find(|suite| suite.suite == *chosen).unwrap();
                    match (suite.authentication, suite.encryption) {
                        ("RSA", AES256) => "r256",
                        ("RSA", AES128) => "r128",
                        ("RSA", _) => "rcha",
                        (_, AES256) => "e256",
                        (_, AES128) => "e128",
                        _ => "echa",
                    }
                })
                .collect();
            assert_eq!(short.join(" "), expected, "{list}");
            let told =
                notices.iter().map(|notice| notice.text.rsplit(": ").next().unwrap()).collect::<Vec<_>>().join("|");
            assert_eq!(told, missing, "{list}");
        };
        check("DEFAULT", "e256 r256 echa rcha e128 r128", "");
        check("ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384", "r128 e256", "");
        check(
            "ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA",
            "r128",
            "ECDHE-RSA-AES128-SHA, AES128-SHA",
        );
        check("HIGH:!aNULL:!MD5", "e256 r256 echa rcha e128 r128", "");
        check("EECDH+AESGCM:EDH+AESGCM:AES256+EECDH", "e256 r256 e128 r128", "EDH+AESGCM");
        check("ALL:!aECDSA", "r256 rcha r128", "");
        check("ALL:!aECDSA:ECDHE-ECDSA-AES128-GCM-SHA256", "r256 rcha r128", "");
        check("ALL:-aECDSA:ECDHE-ECDSA-AES128-GCM-SHA256", "r256 rcha r128 e128", "");
        check("ALL:+AES256", "echa rcha e128 r128 e256 r256", "");
        check("AES128:CHACHA20:@STRENGTH", "echa rcha e128 r128", "");
        check("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "r128", "");
        check("kRSA", "", "kRSA");
        check("", "", "");
        assert_eq!(tls12(None, &mut Vec::new()).len(), 6);
    }

    #[test]
    fn suites_of_tls_1_3() {
        let mut notices = Vec::new();
        let chosen = tls13(Some("TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256:TLS_AES_256_GCM_SHA384"), &mut notices);
        assert_eq!(chosen, [suite::TLS13_AES_128_GCM_SHA256, suite::TLS13_AES_256_GCM_SHA384]);
        assert!(notices[0].text.ends_with("TLS_AES_128_CCM_SHA256"));
        assert_eq!(tls13(None, &mut notices).len(), 3);
    }
}
