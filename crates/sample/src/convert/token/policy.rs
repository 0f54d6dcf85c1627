//! Which algorithms encrypted tokens may use: `jwt.decrypt_alg_list` and `jwt.decrypt_enc_list` (configuration manual 3.1).

/// Algorithms that a key is encrypted or agreed upon with (RFC 7518 section 4.1).
const ALGORITHMS: [&str; 14] = [
    "RSA1_5",
    "RSA-OAEP",
    "RSA-OAEP-256",
    "A128KW",
    "A192KW",
    "A256KW",
    "dir",
    "ECDH-ES",
    "ECDH-ES+A128KW",
    "ECDH-ES+A192KW",
    "ECDH-ES+A256KW",
    "A128GCMKW",
    "A192GCMKW",
    "A256GCMKW",
];

/// Algorithms that the content is encrypted with (RFC 7518 section 5.1).
const ENCRYPTIONS: [&str; 6] = ["A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM"];

/// What encrypted tokens may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecryptionPolicy {
    /// A bit for each of the algorithms for keys.
    algorithms: u16,
    /// A bit for each of those for contents.
    encryptions: u16,
}

/// A name that is none of a list's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownAlgorithm(
    /// The name.
    pub String,
);

impl Default for DecryptionPolicy {
    /// All but RSA1_5, of which RFC 8725 section 3.2 warns.
    fn default() -> Self {
        Self { algorithms: all(&ALGORITHMS) & !1, encryptions: all(&ENCRYPTIONS) }
    }
}

impl DecryptionPolicy {
    /// Allows the algorithms for keys that a list names, and no other.
    ///
    /// # Errors
    /// The list names one that there is not.
    pub fn set_algorithms(&mut self, list: &str) -> Result<(), UnknownAlgorithm> {
        self.algorithms = parse(list, &ALGORITHMS)?;
        Ok(())
    }

    /// The same for contents.
    ///
    /// # Errors
    /// As [`DecryptionPolicy::set_algorithms`].
    pub fn set_encryptions(&mut self, list: &str) -> Result<(), UnknownAlgorithm> {
        self.encryptions = parse(list, &ENCRYPTIONS)?;
        Ok(())
    }

    /// Whether a token may use both.
    pub(super) fn allows(self, algorithm: &str, encryption: &str) -> bool {
        let has = |bits: u16, names: &[&str], name: &str| {
            names.iter().position(|known| *known == name).is_some_and(|at| bits & (1 << at) != 0)
        };
        has(self.algorithms, &ALGORITHMS, algorithm) && has(self.encryptions, &ENCRYPTIONS, encryption)
    }
}

const fn all(names: &[&str]) -> u16 {
    (1 << names.len()) - 1
}

/// `ALL` and names between colons, in their order; those behind a `!` are left out.
fn parse(list: &str, names: &[&str]) -> Result<u16, UnknownAlgorithm> {
    let mut bits = 0;
    for word in list.split(':').filter(|word| !word.is_empty()) {
        let (name, is_out) = word.strip_prefix('!').map_or((word, false), |name| (name, true));
        let named = match names.iter().position(|known| *known == name) {
            Some(at) => 1 << at,
            None if name == "ALL" => all(names),
            None => return Err(UnknownAlgorithm(name.to_owned())),
        };
        if is_out { bits &= !named } else { bits |= named }
    }
    Ok(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        for (list, allowed, refused) in [
            ("ALL", "RSA1_5 dir ECDH-ES", ""),
            ("ALL:!ECDH-ES", "RSA1_5 ECDH-ES+A128KW", "ECDH-ES"),
            ("dir:A128KW", "dir A128KW", "A256KW RSA-OAEP"),
            ("dir:!dir", "", "dir"),
            ("!dir:ALL", "dir", ""),
            ("!dir", "", "dir RSA-OAEP"),
            (":dir:", "dir", "A128KW"),
        ] {
            let mut policy = DecryptionPolicy::default();
            policy.set_algorithms(list).unwrap();
            for (names, expected) in [(allowed, true), (refused, false)] {
                for name in names.split_ascii_whitespace() {
                    assert_eq!(policy.allows(name, "A128GCM"), expected, "{list}: {name}");
                }
            }
        }
        let mut policy = DecryptionPolicy::default();
        assert!(!policy.allows("RSA1_5", "A128GCM") && policy.allows("dir", "A128GCM"));
        policy.set_encryptions("A256GCM").unwrap();
        assert!(!policy.allows("dir", "A128GCM") && policy.allows("dir", "A256GCM"));
        for list in ["dir,A128KW", "all", "RSA", "!"] {
            assert!(policy.set_algorithms(list).is_err(), "{list}");
        }
    }
}
