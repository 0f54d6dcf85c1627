//! Why a pattern was refused.

use std::fmt;

use crate::regex::RegexFault;

/// Why a pattern was refused. The caller knows the pattern and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatternFault {
    /// Not a number, nor an operator.
    NotANumber,
    /// A range whose bounds are no numbers, or in the wrong order.
    NotARange,
    /// Not a version of two numbers with a dot between, nor of one.
    NotAVersion,
    /// A range whose bounds are no versions, or in the wrong order.
    NotAVersionRange,
    /// Not an address or network. Names of hosts are not resolved.
    NotAnAddress,
    /// Not an even number of hexadecimal digits.
    NotHexadecimal,
    /// Not a regular expression, or one that needs what is not supported.
    Regex(RegexFault),
}

impl PatternFault {
    /// The fault together with its pattern, as HAProxy says it, without a full stop.
    pub fn describe(&self, pattern: &[u8]) -> String {
        let pattern = String::from_utf8_lossy(pattern);
        match self {
            Self::NotHexadecimal => "an even number of hex digit is expected".to_owned(),
            Self::Regex(RegexFault { reason, offset }) => {
                format!("regex '{pattern}' is invalid (error={reason}, erroffset={offset})")
            }
            Self::NotANumber | Self::NotARange | Self::NotAVersion | Self::NotAVersionRange | Self::NotAnAddress => {
                format!("'{pattern}' is {self}")
            }
        }
    }
}

impl fmt::Display for PatternFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotANumber => f.write_str("not a number"),
            Self::NotARange => f.write_str("not a valid number range"),
            Self::NotAVersion => f.write_str("not a dotted number"),
            Self::NotAVersionRange => f.write_str("not a valid dotted number range"),
            Self::NotAnAddress => f.write_str("not a valid IPv4 or IPv6 address"),
            Self::NotHexadecimal => f.write_str("not an even number of hexadecimal digits"),
            Self::Regex(fault) => write!(f, "not a valid regular expression: {fault}"),
        }
    }
}

impl From<RegexFault> for PatternFault {
    fn from(fault: RegexFault) -> Self {
        Self::Regex(fault)
    }
}

impl std::error::Error for PatternFault {}
