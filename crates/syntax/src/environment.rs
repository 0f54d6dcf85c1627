//! Environment variables as the configuration sees them: a snapshot that `setenv` and its kin may change line by line.
//! Never touches the environment of the process itself.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStringExt;

/// Variables by name. Names and values are bytes, as the system has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    variables: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Environment {
    /// No variable at all.
    pub fn empty() -> Environment {
        Environment::default()
    }

    /// What the process was started with.
    pub fn from_process() -> Environment {
        let variables = std::env::vars_os().map(|(name, value)| (name.into_vec(), value.into_vec())).collect();
        Environment { variables }
    }

    /// The value of a variable. `None` if it is unset, which is not the same as empty.
    pub fn get(&self, name: impl AsRef<[u8]>) -> Option<&[u8]> {
        self.variables.get(name.as_ref()).map(Vec::as_slice)
    }

    /// `setenv`: sets or overwrites.
    pub fn set(&mut self, name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.variables.insert(name.into(), value.into());
    }

    /// `presetenv`: sets unless there is a value already.
    pub fn set_if_absent(&mut self, name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.variables.entry(name.into()).or_insert_with(|| value.into());
    }

    /// `unsetenv`: removes; a variable that is not there is no fault.
    pub fn unset(&mut self, name: impl AsRef<[u8]>) {
        self.variables.remove(name.as_ref());
    }

    /// `resetenv`: removes all but the named ones.
    pub fn reset_but(&mut self, kept: &[&[u8]]) {
        self.variables.retain(|name, _| kept.contains(&name.as_slice()));
    }

    /// Expands `$NAME` and `${NAME}` the way address arguments do a second time, quoted or not: without defaults, unset
    /// variables being empty (configuration manual 2.3; the simpler rule was observed).
    pub fn expand_address(&self, text: &[u8]) -> Vec<u8> {
        let mut expanded = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(dollar) = rest.iter().position(|&byte| byte == b'$') {
            expanded.extend_from_slice(&rest[..dollar]);
            rest = &rest[dollar + 1..];
            let braced = rest.first() == Some(&b'{');
            rest = &rest[usize::from(braced)..];
            let (name, behind) = rest.split_at(rest.iter().take_while(|&&byte| is_name_byte(byte)).count());
            expanded.extend_from_slice(self.get(name).unwrap_or_default());
            rest = behind.strip_prefix(b"}").filter(|_| braced).unwrap_or(behind);
        }
        expanded.extend_from_slice(rest);
        expanded
    }

    /// All variables in order of their names: for `show env` and the environment of child processes.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.variables.iter().map(|(name, value)| (name.as_slice(), value.as_slice()))
    }
}

impl<N: Into<Vec<u8>>, V: Into<Vec<u8>>> FromIterator<(N, V)> for Environment {
    fn from_iter<T: IntoIterator<Item = (N, V)>>(variables: T) -> Environment {
        Environment { variables: variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }
}

/// Whether a byte may stand in the name of a variable.
pub(crate) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether a name may start with the byte.
pub(crate) fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Environment {
        [("A", "1"), ("B", "two"), ("E", "")].into_iter().collect()
    }

    #[test]
    fn changes_as_the_global_keywords_do() {
        let mut environment = sample();
        environment.set_if_absent("A", "9");
        environment.set_if_absent("E", "9");
        environment.set_if_absent("N", "9");
        environment.set("B", "2");
        assert_eq!(environment.get("A"), Some(&b"1"[..]), "presetenv keeps a value");
        assert_eq!(environment.get("E"), Some(&b""[..]), "an empty value is a value");
        assert_eq!(environment.get("N"), Some(&b"9"[..]));
        assert_eq!(environment.get("B"), Some(&b"2"[..]), "setenv overwrites");
        environment.unset("A");
        environment.unset("never was");
        assert_eq!(environment.get("A"), None);
        environment.reset_but(&[b"N", b"never was"]);
        assert_eq!(environment.iter().collect::<Vec<_>>(), [(&b"N"[..], &b"9"[..])]);
    }

    #[test]
    fn expands_addresses_a_second_time() {
        let check = |text: &str, expected: &str| {
            let expanded = sample().expand_address(text.as_bytes());
            assert_eq!(String::from_utf8_lossy(&expanded), expected, "{text}");
        };
        check("127.0.0.1:80", "127.0.0.1:80");
        check("$A:${B}:x", "1:two:x");
        check("${A.$B-c", "1.two-c");
        check("$NONE|${NONE}|${E}|", "|||");
        check("$", "");
        check("${", "");
        check("a$$A", "a1");
        check("${A-d}", "1-d}");
        check("${A[*]}", "1[*]}");
        check("\\$A", "\\1");
    }
}
