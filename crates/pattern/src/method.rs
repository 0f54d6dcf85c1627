//! The ways of comparing a value with patterns.

/// A match method: what `-m` names (configuration manual 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MatchMethod {
    /// `found`: the value exists; patterns are not looked at.
    Found,
    /// `bool`: the value is true or not zero; patterns are not looked at.
    Bool,
    /// `int`: the value as a number lies in a range.
    Int,
    /// The same, where patterns are versions such as `3.1`. No name of its own: the ACL keywords about TLS hellos imply it.
    Version,
    /// `ip`: the value as an address lies in a network.
    Ip,
    /// `bin`: the value is exactly the bytes that the pattern gives in hexadecimal.
    Bin,
    /// `len`: the value's length in bytes lies in a range.
    Len,
    /// `str`: the value is the pattern.
    Str,
    /// `beg`: the value begins with the pattern.
    Beg,
    /// `end`: the value ends with the pattern.
    End,
    /// `sub`: the value contains the pattern.
    Sub,
    /// `dir`: the pattern is a part of the value between slashes.
    Dir,
    /// `dom`: the pattern is a part of the value between dots, slashes, colons or question marks.
    Dom,
    /// `reg`: the value matches a regular expression.
    Reg,
}

impl MatchMethod {
    /// All methods that have a name of their own, as documentation lists them.
    pub const ALL: [Self; 13] = [
        Self::Found,
        Self::Bool,
        Self::Int,
        Self::Ip,
        Self::Bin,
        Self::Len,
        Self::Str,
        Self::Sub,
        Self::Reg,
        Self::Beg,
        Self::End,
        Self::Dir,
        Self::Dom,
    ];

    /// The method of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// Its name behind `-m`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Bool => "bool",
            Self::Int | Self::Version => "int",
            Self::Ip => "ip",
            Self::Bin => "bin",
            Self::Len => "len",
            Self::Str => "str",
            Self::Beg => "beg",
            Self::End => "end",
            Self::Sub => "sub",
            Self::Dir => "dir",
            Self::Dom => "dom",
            Self::Reg => "reg",
        }
    }

    /// What it compares, in a line.
    pub const fn doc(self) -> &'static str {
        match self {
            Self::Found => "whether there is a value at all",
            Self::Bool => "whether the value is true",
            Self::Int => "numbers: single ones, ranges, or an operator and a number",
            Self::Version => "versions: single ones, ranges, or an operator and a version",
            Self::Ip => "addresses and networks",
            Self::Bin => "bytes, written in hexadecimal",
            Self::Len => "the length of the value",
            Self::Str => "the whole text",
            Self::Beg => "how the text begins",
            Self::End => "how the text ends",
            Self::Sub => "a part of the text",
            Self::Dir => "a part of the text between slashes",
            Self::Dom => "a part of the text between dots",
            Self::Reg => "a regular expression",
        }
    }

    /// Whether the outcome depends on patterns.
    pub const fn looks_at_patterns(self) -> bool {
        !matches!(self, Self::Found | Self::Bool)
    }
}
