//! What is said of steps that failed, in HAProxy's words (measured).

use burdock_model::{CheckAction, CheckDialect, CheckPort, CheckScript, CheckStep, ConnectStep, Content, ExpectStep};

/// Where a connection failed, behind what it failed of. Only `tcp-check` tells it.
pub(crate) fn place(script: &CheckScript, step: &CheckStep) -> String {
    let CheckDialect::Tcp { .. } = script.dialect else { return String::new() };
    if step.number == 0 {
        return " at initial connection step of tcp-check".to_owned();
    }
    let action = match &step.action {
        CheckAction::Connect(ConnectStep { port: Some(CheckPort::Fixed(port)), .. }) => format!("connect port {port}"),
        CheckAction::Connect(_) => "connect".to_owned(),
        CheckAction::Expect(expect) => format!("expect {}", wanted(&expect.content)),
        _ => "send".to_owned(),
    };
    let comment = step.comment.as_ref().map(|comment| format!(" comment: '{comment}'")).unwrap_or_default();
    format!(" at step {} of tcp-check ({action}){comment}", step.number)
}

/// What is looked for, as the place of a failure names it.
fn wanted(content: &Content) -> String {
    match content {
        Content::Text(text) => format!("string '{}'", String::from_utf8_lossy(text)),
        Content::Binary(_) => "binary".to_owned(),
        Content::Regex(_) => "regex".to_owned(),
        Content::BinaryRegex(_) => "binary regex".to_owned(),
        Content::TextFormat(_) => "log-format string".to_owned(),
        Content::BinaryFormat(_) => "log-format binary".to_owned(),
        Content::Status(_) => "HTTP status codes".to_owned(),
        Content::StatusRegex(_) => "HTTP status regex".to_owned(),
        Content::Header(_) => "HTTP header pattern".to_owned(),
        Content::Answer(_) => "custom function".to_owned(),
    }
}

/// What an `expect` step did not find, or found though it must not be there.
pub(crate) fn mismatch(script: &CheckScript, step: &CheckStep, expect: &ExpectStep) -> String {
    let is_of_head = matches!(expect.content, Content::Status(_) | Content::StatusRegex(_) | Content::Header(_));
    if script.dialect == CheckDialect::Http && !is_of_head {
        let said = if expect.negated { "check matched unwanted content" } else { "content check did not match" };
        return format!("HTTP {said}");
    }
    let said = if expect.negated { "matched unwanted content" } else { "did not match content" };
    let what = match &expect.content {
        Content::Text(text) => format!(" '{}'", String::from_utf8_lossy(text)),
        Content::Binary(_) => " (binary)".to_owned(),
        Content::Regex(_) => " (regex)".to_owned(),
        Content::BinaryRegex(_) => " (binary regex)".to_owned(),
        Content::TextFormat(_) => " (log-format string)".to_owned(),
        Content::BinaryFormat(_) => " (log-format binary)".to_owned(),
        Content::Status(_) => "(status codes)".to_owned(),
        Content::StatusRegex(_) => " (regex)".to_owned(),
        Content::Header(_) => " (header pattern)".to_owned(),
        Content::Answer(_) => String::new(),
    };
    format!("TCPCHK {said}{what} at step {}", step.number)
}
