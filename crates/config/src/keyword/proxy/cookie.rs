//! `cookie` and `dynamic-cookie-key` (configuration manual 4.2).

use burdock_persist::{CookieMode, CookiePolicy};
use burdock_syntax::{Diagnostic, Parsed, Span, Word};

use crate::args::{Args, not_one_of};
use crate::draft::{ProxyDraft, Spanned};
use crate::keyword::{Keyword, Sections};

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[
    Keyword::proxy("cookie", USAGE, "the cookie that binds a client to its server", "4.2", cookie)
        .within(Sections::SERVER_SIDE)
        .ignored_in(Sections::FRONTEND),
    Keyword::proxy(
        "dynamic-cookie-key",
        "<key>",
        "the secret that cookie values are made with",
        "4.2",
        |proxy, args| {
            let key = args.bytes("a key")?;
            args.lenient_end();
            proxy.settings.dynamic_cookie_key = Some(key);
            Ok(())
        },
    )
    .within(Sections::SERVER_SIDE)
    .ignored_in(Sections::FRONTEND),
];

const USAGE: &str = "<name> [rewrite|insert|prefix] [indirect] [nocache] [postonly] [preserve] [httponly] [secure] [domain <domain>]… \
                     [maxidle <time>] [maxlife <time>] [dynamic] [attr <value>]…";

/// The words behind the cookie's name.
const WORDS: [&str; 14] = [
    "rewrite", "insert", "prefix", "indirect", "nocache", "postonly", "preserve", "httponly", "secure", "domain",
    "maxidle", "maxlife", "dynamic", "attr",
];

fn cookie(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let span = args.line_span();
    let name = args.bytes("the name of a cookie")?;
    let mut policy = CookiePolicy {
        name: name.value,
        mode: CookieMode::Passive,
        indirect: false,
        nocache: false,
        postonly: false,
        preserve: false,
        http_only: false,
        secure: false,
        domains: Vec::new(),
        attributes: Vec::new(),
        max_idle_s: None,
        max_life_s: None,
        dynamic: false,
    };
    let mut modes: Vec<(CookieMode, Span)> = Vec::new();
    while let Some(word) = args.next() {
        let text = word.display();
        args.enter(&text, word.span(), "");
        match text.as_ref() {
            "rewrite" | "insert" | "prefix" => {
                policy.mode = match text.as_ref() {
                    "rewrite" => CookieMode::Rewrite,
                    "insert" => CookieMode::Insert,
                    _ => CookieMode::Prefix,
                };
                modes.push((policy.mode, word.span()));
            }
            "indirect" => policy.indirect = true,
            "nocache" => policy.nocache = true,
            "postonly" => policy.postonly = true,
            "preserve" => policy.preserve = true,
            "httponly" => policy.http_only = true,
            "secure" => policy.secure = true,
            "dynamic" => policy.dynamic = true,
            "domain" => policy.domains.push(domain(args)?),
            "attr" => policy.attributes.push(attribute(args.required("an attribute")?)?),
            "maxidle" => policy.max_idle_s = age(args)?,
            "maxlife" => policy.max_life_s = age(args)?,
            _ => args.report(not_one_of(word, "an option of 'cookie'", WORDS)),
        }
    }
    exclude_one_another(&modes)?;
    if policy.indirect && policy.mode == CookieMode::Rewrite {
        return Err(Diagnostic::error("'rewrite' and 'indirect' exclude one another")
            .code("conflict")
            .at(span, "both are here")
            .note("a cookie that the server sends and reads itself cannot be kept from it"));
    }
    if policy.preserve && policy.mode != CookieMode::Insert && !policy.indirect {
        return Err(Diagnostic::error("'preserve' needs 'insert' or 'indirect'")
            .code("conflict")
            .at(span, "neither is here"));
    }
    if policy.mode != CookieMode::Insert && (policy.max_idle_s.is_some() || policy.max_life_s.is_some()) {
        args.report(
            Diagnostic::advice("'maxidle' and 'maxlife' only work with a cookie made by 'insert'")
                .code("no-effect-here")
                .at(span, "no 'insert' here"),
        );
    }
    proxy.settings.cookie = Some(Spanned::new(policy, span));
    Ok(())
}

/// `rewrite`, `insert` and `prefix`; repeating one of them is no fault.
fn exclude_one_another(modes: &[(CookieMode, Span)]) -> Parsed<()> {
    let Some((first, place)) = modes.first() else { return Ok(()) };
    match modes.iter().find(|(mode, _)| mode != first) {
        None => Ok(()),
        Some((_, other)) => Err(Diagnostic::error("'rewrite', 'insert' and 'prefix' exclude one another")
            .code("conflict")
            .at(*other, "this one")
            .also(*place, "after this one")),
    }
}

/// A time in seconds; zero means the same as none.
fn age(args: &mut Args<'_>) -> Parsed<Option<u32>> {
    let age = args.time_s()?;
    Ok(u32::try_from(age.value).ok().filter(|seconds| *seconds > 0))
}

fn domain(args: &mut Args<'_>) -> Parsed<Vec<u8>> {
    let word = args.required("a domain")?;
    let text = word.to_str()?;
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)) {
        return Err(Diagnostic::error(format!("'{word}' is no domain"))
            .code("bad-value")
            .at(word.span(), "a host name such as '.example.com' is expected"));
    }
    if !text.trim_start_matches('.').contains('.') {
        args.report(
            Diagnostic::warning(format!("the domain '{word}' has no dot inside"))
                .code("single-label-domain")
                .at(word.span(), "browsers do not accept cookies for it")
                .note("RFC 6265 section 5.3: a cookie for a public suffix is ignored"),
        );
    }
    Ok(text.as_bytes().to_vec())
}

/// What would end the attribute, or the header line, cannot stand in it.
fn attribute(word: &Word) -> Parsed<Vec<u8>> {
    match word.as_bytes().iter().position(|&byte| byte < b' ' || byte == 0x7f || byte == b';') {
        None => Ok(word.as_bytes().to_vec()),
        Some(at) => Err(Diagnostic::error("an attribute cannot hold control characters or ';'")
            .code("bad-value")
            .at(word.span_of(at..at + 1), "not possible in an attribute")),
    }
}
