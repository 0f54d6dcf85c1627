//! Rules of old files that search in header lines: `reqadd`, `reqdel`, `reqrep`, `reqdeny` and their kin, and `block`. Each becomes a rule of
//! today where that means the same; [`translate`] says when it does.

use burdock_http::Headers;
use burdock_rules::RuleSetKind;
use burdock_syntax::{Diagnostic, Parsed, Span, Word};

use super::rule::push;
use crate::args::Args;
use crate::draft::{ProxyDraft, RuleOrder};
use crate::keyword::{Keyword, Sections};

const SECTIONS: Sections = Sections::FRONTEND.with(Sections::LISTEN).with(Sections::BACKEND);

macro_rules! searching {
    ($($name:literal $doc:literal)+) => {
        &[
            Keyword::proxy("block", "{if|unless} <condition>", "refuses requests (a form of old files)", "4.2", block)
                .within(SECTIONS),
            $(Keyword::proxy($name, "<pattern> [<argument>] [{if|unless} <condition>]", $doc, "4.2", |proxy, args| {
                old(proxy, args, $name)
            })
            .within(SECTIONS)),+
        ]
    };
}

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = searching! {
    "reqadd" "adds a header line to requests (a form of old files)"
    "rspadd" "adds a header line to responses (a form of old files)"
    "reqdel" "removes header lines from requests (a form of old files)"
    "reqidel" "removes header lines from requests (a form of old files)"
    "rspdel" "removes header lines from responses (a form of old files)"
    "rspidel" "removes header lines from responses (a form of old files)"
    "reqrep" "replaces lines of requests (a form of old files)"
    "reqirep" "replaces lines of requests (a form of old files)"
    "rsprep" "replaces header lines of responses (a form of old files)"
    "rspirep" "replaces header lines of responses (a form of old files)"
    "reqdeny" "refuses requests by a header line (a form of old files)"
    "reqideny" "refuses requests by a header line (a form of old files)"
    "rspdeny" "refuses responses by a header line (a form of old files)"
    "rspideny" "refuses responses by a header line (a form of old files)"
    "reqtarpit" "holds requests by a header line (a form of old files)"
    "reqitarpit" "holds requests by a header line (a form of old files)"
};

fn block(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let words = std::iter::once(Word::synthetic("deny", args.name_span)).chain(args.all().iter().cloned()).collect();
    push(proxy, args, RuleSetKind::HttpRequest, RuleOrder::First, words);
    Ok(())
}

fn old(proxy: &mut ProxyDraft, args: &mut Args<'_>, name: &str) -> Parsed<()> {
    let arguments = args.all();
    if let Some((kind, words)) = translate(name, arguments) {
        push(proxy, args, kind, RuleOrder::Old, words);
        return Ok(());
    }
    // Lines that cannot be told in today's words were refused with an explanation; what comes here is no line at all.
    let span = arguments.first().map_or(args.name_span, Word::span);
    Err(Diagnostic::error("this is no header line")
        .code("bad-value")
        .at(span, "a name, a colon and a value are expected"))
}

/// Today's rule that means the same: what kind of rule, and its words. None where there is no single one, or where it takes a look at what
/// was meant.
pub(crate) fn translate(name: &str, arguments: &[Word]) -> Option<(RuleSetKind, Vec<Word>)> {
    let (kind, operation) = match name.split_at_checked(3)? {
        ("req", operation) => (RuleSetKind::HttpRequest, operation),
        ("rsp", operation) => (RuleSetKind::HttpResponse, operation),
        _ => return None,
    };
    let (any_case, operation) = match operation.strip_prefix('i') {
        Some(operation) => (true, operation),
        None => (false, operation),
    };
    let (pattern, rest) = arguments.split_first()?;
    let span = pattern.span();
    let text = pattern.to_str().ok()?;
    let (words, condition) = match operation {
        "add" => (added(text)?, rest),
        "del" => (deleted(text)?, rest),
        "rep" => {
            let (replacement, condition) = rest.split_first()?;
            let replaced = replacement.to_str().ok()?;
            let words = match kind {
                RuleSetKind::HttpRequest => {
                    replaced_header(text, replaced, any_case).or_else(|| replaced_target(text, replaced, any_case))
                }
                _ => replaced_header(text, replaced, any_case),
            };
            (words?, condition)
        }
        "deny" | "tarpit" => return refused(kind, operation, text, any_case, rest, span),
        _ => return None,
    };
    let words = words.into_iter().map(|word| Word::synthetic(word, span)).chain(condition.iter().cloned());
    Some((kind, words.collect()))
}

/// `Name: value`
fn added(line: &str) -> Option<Vec<String>> {
    let (name, value) = line.split_once(':')?;
    let value = value.trim();
    Headers::new().append(name.to_ascii_lowercase().as_bytes(), value.as_bytes()).ok()?;
    Some(vec!["add-header".into(), name.into(), literal(value)])
}

/// `^Name:`, with anything behind it.
fn deleted(pattern: &str) -> Option<Vec<String>> {
    let (name, value) = header_pattern(pattern)?;
    matches!(value, "" | ".*" | ".*$").then(|| vec!["del-header".into(), name.into()])
}

/// `^Name: value`, replaced by a line of the same name.
fn replaced_header(pattern: &str, replacement: &str, any_case: bool) -> Option<Vec<String>> {
    let (name, value) = header_pattern(pattern)?;
    let (same, replacement) = replacement.split_once(':')?;
    if !same.eq_ignore_ascii_case(name) {
        return None;
    }
    Some(vec!["replace-header".into(), name.into(), anchored(value, any_case), literal(replacement.trim_start())])
}

/// `^([^ ]*) /path(.*)`, replaced by `\1 /other\2`: the method stays, and the last group takes the version along.
fn replaced_target(pattern: &str, replacement: &str, any_case: bool) -> Option<Vec<String>> {
    let methods = ["^([^ :]*) ", "^([^ ]*) ", "^([^: ]*) "];
    let target = methods.iter().find_map(|method| pattern.strip_prefix(method))?;
    let replacement = replacement.strip_prefix(r"\1 ")?;
    let groups = target.matches('(').count();
    let last = format!(r"\{}", groups + 1);
    if !target.ends_with("(.*)") || target.contains(r"\(") || target.contains("(?") || !replacement.ends_with(&last) {
        return None;
    }
    // Groups count from the target on.
    let mut renumbered = String::new();
    let mut rest = replacement.chars();
    while let Some(c) = rest.next() {
        renumbered.push(c);
        if c == '\\' {
            match rest.next()? {
                digit @ '2'..='9' => renumbered.push(char::from_digit(digit.to_digit(10)? - 1, 10)?),
                other if other.is_ascii_digit() => return None,
                other => renumbered.push(other),
            }
        }
    }
    Some(vec!["replace-uri".into(), anchored(target, any_case), literal(&renumbered)])
}

/// A refusal by a header line, and by a condition whose terms must all hold.
fn refused(
    kind: RuleSetKind,
    action: &str,
    pattern: &str,
    any_case: bool,
    condition: &[Word],
    span: Span,
) -> Option<(RuleSetKind, Vec<Word>)> {
    let (name, value) = header_pattern(pattern)?;
    let terms = match condition.split_first() {
        None => &[],
        Some((first, terms)) if *first == *"if" => terms,
        Some(_) => return None,
    };
    if terms.iter().any(|term| *term == *"||" || *term == *"or") {
        return None;
    }
    let fetch = if kind == RuleSetKind::HttpRequest { "req.fhdr" } else { "res.fhdr" };
    let mut words = vec![action.to_owned(), "if".into(), "{".into(), format!("{fetch}({name})"), "-m".into()];
    match value {
        "" | ".*" | ".*$" => words.push("found".into()),
        value => {
            words.push("reg".into());
            words.extend(any_case.then(|| "-i".to_owned()));
            words.push(anchored(value, false));
        }
    }
    words.push("}".into());
    let words = words.into_iter().map(|word| Word::synthetic(word, span)).chain(terms.iter().cloned());
    Some((kind, words.collect()))
}

/// The name in a pattern that begins `^Name:`, and what follows the colon and the blanks behind it.
fn header_pattern(pattern: &str) -> Option<(&str, &str)> {
    let (name, value) = pattern.strip_prefix('^')?.split_once(':')?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let value = [r"\s*", "[ ]*", " *", r"\s", " "].iter().find_map(|blank| value.strip_prefix(blank)).unwrap_or(value);
    is_name.then_some((name, value))
}

/// A pattern for what stands behind the name.
fn anchored(pattern: &str, any_case: bool) -> String {
    format!("{}^{pattern}", if any_case { "(?i)" } else { "" })
}

/// A text as a format that gives it.
fn literal(text: &str) -> String {
    text.replace('%', "%%")
}

#[cfg(test)]
mod tests {
    use super::*;
    use burdock_syntax::{Diagnostics, Environment, Facts, Reader, SourceMap};

    fn words(text: &str) -> Vec<Word> {
        let file = SourceMap::new().add("t", format!("{text}\n")).unwrap();
        let mut findings = Diagnostics::new();
        Reader::new(file, &Facts::default()).next_line(&Environment::empty(), &mut findings).unwrap().words
    }

    #[test]
    fn lines_of_old_files_in_todays_words() {
        for (line, expected) in [
            (r"reqadd X-Proto:\ https", Some("http-request|add-header|X-Proto|https")),
            (r#"rspadd "A: 100%" if TRUE"#, Some("http-response|add-header|A|100%%|if|TRUE")),
            ("reqadd nothing", None),
            (r"reqidel ^X-Forwarded-For:.*", Some("http-request|del-header|X-Forwarded-For")),
            (r"rspdel ^Server:", Some("http-response|del-header|Server")),
            (r"reqdel ^X-A:\ secret", None),
            (r"reqdel X-A", None),
            (
                r"reqirep ^Host:\ (.*)\.old Host:\ \1.new",
                Some(r"http-request|replace-header|Host|(?i)^(.*)\.old|\1.new"),
            ),
            (r"rsprep ^Server:.* Server:\ x", Some(r"http-response|replace-header|Server|^.*|x")),
            (r"reqrep ^Host:\ a Other:\ b", None),
            (r"reqrep ^([^\ :]*)\ /static/(.*) \1\ /\2", Some(r"http-request|replace-uri|^/static/(.*)|/\1")),
            (r"reqrep ^([^\ ]*)\ /a(b)/(.*) \1\ /\2%\3", Some(r"http-request|replace-uri|^/a(b)/(.*)|/\1%%\2")),
            (r"reqrep ^([^\ :]*)\ /static \1\ /x", None),
            (r"rsprep ^([^\ :]*)\ /static/(.*) \1\ /\2", None),
            (r"reqideny ^User-Agent:\ .*bot", Some("http-request|deny|if|{|req.fhdr(User-Agent)|-m|reg|-i|^.*bot|}")),
            (r"reqdeny ^X-A: if { src ::1 }", Some("http-request|deny|if|{|req.fhdr(X-A)|-m|found|}|{|src|::1|}")),
            (r"reqdeny ^X-A: if TRUE or FALSE", None),
            (r"reqdeny ^GET\ /x", None),
            (r"rspdeny ^Set-Cookie:\ a", Some("http-response|deny|if|{|res.fhdr(Set-Cookie)|-m|reg|^a|}")),
            (r"reqtarpit ^X-A:", Some("http-request|tarpit|if|{|req.fhdr(X-A)|-m|found|}")),
            (r"reqpass ^X-A:", None),
        ] {
            let words = words(line);
            let found = translate(&words[0].display(), &words[1..]).map(|(kind, words)| {
                let words: Vec<_> = words.iter().map(Word::display).collect();
                format!("{}|{}", kind.keyword(), words.join("|"))
            });
            assert_eq!(found.as_deref(), expected, "{line}");
        }
    }
}
