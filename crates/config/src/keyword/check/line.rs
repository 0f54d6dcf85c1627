//! Lines of `http-check` and `tcp-check`.

use burdock_syntax::{Diagnostic, Parsed, Span, Word};

use crate::args::{Args, not_one_of};
use crate::draft::{CheckDraft, CheckLine, CheckVerb, Spanned};

/// Keeps a line. `home`: the first line of the section.
pub(super) fn read(check: &mut CheckDraft, home: Span, args: &mut Args<'_>) -> Parsed<()> {
    let (family, verb) = args.name.split_once(' ').unwrap_or((&args.name, ""));
    let is_http = family == "http-check";
    let send = |is_format, is_binary| CheckVerb::Send { is_format, is_binary };
    let verb = match verb {
        "disable-on-404" | "send-state" => {
            let said = Some(Spanned::new(true, args.name_span));
            *(if verb == "send-state" { &mut check.send_state } else { &mut check.disable_on_404 }) = said;
            return args.end();
        }
        "comment" => CheckVerb::Comment,
        "connect" => CheckVerb::Connect,
        "expect" => CheckVerb::Expect,
        "send" if is_http => CheckVerb::Request,
        "send" => send(false, false),
        "send-lf" => send(true, false),
        "send-binary" => send(false, true),
        "send-binary-lf" => send(true, true),
        _ => variable(is_http, args)?,
    };
    let lines = if is_http { check.http.of(home) } else { check.tcp.of(home) };
    let name = Spanned::new(args.name.clone(), args.name_span);
    lines.lines.push(CheckLine { verb, name, words: args.rest().to_vec() });
    Ok(())
}

/// `set-var(…)`, `set-var-fmt(…)`, `unset-var(…)`.
fn variable(is_http: bool, args: &mut Args<'_>) -> Parsed<CheckVerb> {
    const HTTP: &[&str] = &[
        "comment",
        "connect",
        "disable-on-404",
        "expect",
        "send",
        "send-state",
        "set-var()",
        "set-var-fmt()",
        "unset-var()",
    ];
    const TCP: &[&str] = &[
        "comment",
        "connect",
        "expect",
        "send",
        "send-binary",
        "send-binary-lf",
        "send-lf",
        "set-var()",
        "set-var-fmt()",
        "unset-var()",
    ];
    let word = args.required("what is done")?;
    let text = word.as_bytes();
    let open = text.iter().position(|&byte| byte == b'(');
    let (Some(open), Some(b')')) = (open, text.last()) else {
        return Err(not_one_of(word, "what is done", if is_http { HTTP } else { TCP }.iter().copied()));
    };
    let parameter: Word = word.slice(open + 1..text.len() - 1);
    let verb = match &text[..open] {
        b"set-var" => CheckVerb::SetVariable(parameter),
        b"set-var-fmt" => CheckVerb::SetVariableText(parameter),
        b"unset-var" => CheckVerb::UnsetVariable(parameter),
        _ => return Err(not_one_of(word, "what is done", if is_http { HTTP } else { TCP }.iter().copied())),
    };
    let span = args.name_span.to(word.span());
    let name = format!("{} {word}", args.name);
    args.enter(&name, span, "");
    if matches!(verb, CheckVerb::SetVariable(_) | CheckVerb::SetVariableText(_)) && args.peek().is_none() {
        return Err(Diagnostic::error(format!("'{name}' needs a value"))
            .code("missing-argument")
            .at(args.here(), "a value is missing here"));
    }
    Ok(verb)
}
