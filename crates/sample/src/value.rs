//! What a sample is: a small value that borrows its bytes from the request, the configuration, or the scratch memory of the evaluation.

use std::net::IpAddr;

/// The type of a sample (configuration manual 7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// Known only when the value is there.
    Any,
    /// `bool`
    Bool,
    /// `sint`: a signed integer of 64 bits.
    Int,
    /// `addr`: an IPv4 or IPv6 address.
    Addr,
    /// `str`: text, whatever its encoding.
    Str,
    /// `bin`: bytes.
    Bin,
    /// `meth`: a request method.
    Method,
}

impl Type {
    /// Its name in documentation and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Bool => "bool",
            Self::Int => "sint",
            Self::Addr => "addr",
            Self::Str => "str",
            Self::Bin => "bin",
            Self::Method => "meth",
        }
    }
}

/// A sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A truth value.
    Bool(bool),
    /// A number.
    Int(i64),
    /// An address.
    Addr(IpAddr),
    /// Text.
    Str(&'a [u8]),
    /// Bytes.
    Bin(&'a [u8]),
    /// The text of a request method.
    Method(&'a [u8]),
}

impl Value<'_> {
    /// Its type; never [`Type::Any`].
    pub const fn kind(&self) -> Type {
        match self {
            Self::Bool(_) => Type::Bool,
            Self::Int(_) => Type::Int,
            Self::Addr(_) => Type::Addr,
            Self::Str(_) => Type::Str,
            Self::Bin(_) => Type::Bin,
            Self::Method(_) => Type::Method,
        }
    }
}
