//! ACLs that need no declaration (configuration manual 7.4).

use burdock_sample::Scope;
use burdock_syntax::{Diagnostic, Diagnostics, Parsed, Word};

use crate::criterion::Criterion;

/// Their names and the tests that they stand for.
const PREDEFINED: &[(&str, &str)] = &[
    ("FALSE", "always_false"),
    ("HTTP", "req.proto_http"),
    ("HTTP_1.0", "req.ver 1.0"),
    ("HTTP_1.1", "req.ver 1.1"),
    ("HTTP_2.0", "req.ver 2.0"),
    ("HTTP_3.0", "req.ver 3.0"),
    ("HTTP_CONTENT", "req.hdr_val(content-length) gt 0"),
    ("HTTP_URL_ABS", "url_reg ^[^/:]*://"),
    ("HTTP_URL_SLASH", "url_beg /"),
    ("HTTP_URL_STAR", "url *"),
    ("LOCALHOST", "src 127.0.0.1/8 ::1"),
    ("METH_CONNECT", "method CONNECT"),
    ("METH_DELETE", "method DELETE"),
    ("METH_GET", "method GET HEAD"),
    ("METH_HEAD", "method HEAD"),
    ("METH_OPTIONS", "method OPTIONS"),
    ("METH_POST", "method POST"),
    ("METH_PUT", "method PUT"),
    ("METH_TRACE", "method TRACE"),
    ("RDP_COOKIE", "req.rdp_cookie_cnt gt 0"),
    ("REQ_CONTENT", "req.len gt 0"),
    ("TRUE", "always_true"),
    ("WAIT_END", "wait_end"),
];

/// The test that `name` stands for, or that it is not supported; nothing where it is no predefined name.
pub fn parse(name: &Word, scope: &Scope<'_>) -> Option<Parsed<Criterion>> {
    let (_, text) = PREDEFINED.iter().find(|(known, _)| *name == **known)?;
    let words: Vec<_> = text.split(' ').map(|word| Word::synthetic(word, name.span())).collect();
    Some(Criterion::parse(&words, scope, &mut Diagnostics::new()).map_err(|_| {
        Diagnostic::error(format!("the predefined ACL '{name}' is not supported yet"))
            .code("unsupported")
            .at(name.span(), "known to HAProxy, not to this program")
            .note(format!("it stands for '{text}'"))
    }))
}

/// Their names.
pub fn names<'a>() -> impl Iterator<Item = &'a str> {
    PREDEFINED.iter().map(|&(name, _)| name)
}
