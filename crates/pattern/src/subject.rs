//! What entries are compared with, and how.

use std::net::IpAddr;

/// What a set is tested with. Values are converted to what the method needs before they come here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// For [`MatchMethod::Bool`](crate::MatchMethod::Bool).
    Bool(bool),
    /// For [`MatchMethod::Int`](crate::MatchMethod::Int).
    Int(i64),
    /// For [`MatchMethod::Ip`](crate::MatchMethod::Ip).
    Address(IpAddr),
    /// For all others; [`MatchMethod::Found`](crate::MatchMethod::Found) does not look at it.
    Bytes(&'a [u8]),
}

/// Whether upper and lower case differ (flag `-i`). ASCII letters only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Case {
    /// They do.
    #[default]
    Matters,
    /// They do not.
    Ignored,
}
