//! Names that only conditions know: a fetch together with the match method that its name implies (configuration manual 7.3, "ACL
//! derivatives").

use burdock_pattern::MatchMethod;
use burdock_sample::{Fetch, fetch, known};
use burdock_syntax::{Parsed, Word};

/// How an ACL compares unless told otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// By one of the methods that `-m` names.
    By(MatchMethod),
    /// As a request method: known ones exactly, others as texts.
    Method,
}

/// An ACL keyword: its name, the fetch it stands for, and how it compares.
type Keyword = (&'static str, &'static str, Comparison);

/// The rows of fetches whose names take a suffix for each of several methods. Without one, texts are compared, of the request or of the
/// response whichever the condition stands in: `hdr` is `req.hdr` here.
macro_rules! suffixed {
    ($($base:literal => $fetch:literal,)+) => {
        &[$(
            ($base, $fetch, Comparison::By(MatchMethod::Str)),
            (concat!($base, "_beg"), $fetch, Comparison::By(MatchMethod::Beg)),
            (concat!($base, "_dir"), $fetch, Comparison::By(MatchMethod::Dir)),
            (concat!($base, "_dom"), $fetch, Comparison::By(MatchMethod::Dom)),
            (concat!($base, "_end"), $fetch, Comparison::By(MatchMethod::End)),
            (concat!($base, "_len"), $fetch, Comparison::By(MatchMethod::Len)),
            (concat!($base, "_reg"), $fetch, Comparison::By(MatchMethod::Reg)),
            (concat!($base, "_sub"), $fetch, Comparison::By(MatchMethod::Sub)),
        )+]
    };
}

const SUFFIXED: &[Keyword] = suffixed! {
    "base" => "base",
    "cook" => "req.cook",
    "hdr" => "req.hdr",
    "path" => "path",
    "scook" => "res.cook",
    "shdr" => "res.hdr",
    "url" => "url",
    "urlp" => "urlp",
};

/// Other names. Those that mean no more than the fetch of the same name need no row.
const OTHERS: &[Keyword] = &[
    ("http_auth_group", "http_auth_group", Comparison::By(MatchMethod::Str)),
    ("method", "method", Comparison::Method),
    ("payload", "req.payload", Comparison::By(MatchMethod::Bin)),
    ("payload_lv", "req.payload_lv", Comparison::By(MatchMethod::Bin)),
    ("req.ssl_ver", "req.ssl_ver", Comparison::By(MatchMethod::Version)),
    ("req_rdp_cookie", "req.rdp_cookie", Comparison::By(MatchMethod::Str)),
    ("req_rdp_cookie_cnt", "req.rdp_cookie_cnt", Comparison::By(MatchMethod::Int)),
    ("req_ssl_sni", "req.ssl_sni", Comparison::By(MatchMethod::Str)),
    ("req_ssl_ver", "req.ssl_ver", Comparison::By(MatchMethod::Version)),
    ("req_ver", "req.ver", Comparison::By(MatchMethod::Str)),
    ("resp_ver", "res.ver", Comparison::By(MatchMethod::Str)),
    ("ssl_fc_sni_end", "ssl_fc_sni", Comparison::By(MatchMethod::End)),
    ("ssl_fc_sni_reg", "ssl_fc_sni", Comparison::By(MatchMethod::Reg)),
];

/// The fetch that a word stands for in an ACL, and the comparison that the word implies, if any.
///
/// # Errors
/// The name is not known, or its fetch has no implementation.
pub fn resolve(name: &Word) -> Parsed<(&'static Fetch, Option<Comparison>)> {
    match find(name.as_bytes()) {
        Some(&(_, fetch, comparison)) => match fetch::find(fetch.as_bytes()) {
            Some(fetch) => Ok((fetch, Some(comparison))),
            None => Err(known::unsupported("sample fetch", name)),
        },
        None => Ok((fetch::resolve(name, keywords().map(|&(name, ..)| name))?, None)),
    }
}

/// All ACL keywords that are more than a fetch: name, fetch, and the method by which it compares.
pub fn acl_keywords() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    keywords().map(|&(name, fetch, comparison)| match comparison {
        Comparison::By(method) => (name, fetch, method.name()),
        Comparison::Method => (name, fetch, "str"),
    })
}

fn find(name: &[u8]) -> Option<&'static Keyword> {
    keywords().find(|(keyword, ..)| keyword.as_bytes() == name)
}

fn keywords() -> impl Iterator<Item = &'static Keyword> {
    SUFFIXED.iter().chain(OTHERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives() {
        for (name, expected) in [
            ("path", Some(("path", Comparison::By(MatchMethod::Str)))),
            ("hdr", Some(("req.hdr", Comparison::By(MatchMethod::Str)))),
            ("scook", Some(("res.cook", Comparison::By(MatchMethod::Str)))),
            ("path_beg", Some(("path", Comparison::By(MatchMethod::Beg)))),
            ("hdr_dom", Some(("req.hdr", Comparison::By(MatchMethod::Dom)))),
            ("method", Some(("method", Comparison::Method))),
            ("req.hdr_beg", None),
            ("path_", None),
            ("path_found", None),
            ("src", None),
        ] {
            let found = find(name.as_bytes()).map(|&(_, fetch, comparison)| (fetch, comparison));
            assert_eq!(found, expected, "{name}");
        }
        assert_eq!(keywords().count(), 77, "as many as `-dKacl` lists");
    }
}
