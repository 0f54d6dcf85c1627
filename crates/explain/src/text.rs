//! An account as text for people.

use std::fmt::Write as _;

use crate::account::{Account, Step, Term};
use crate::variable::VariableChange;

/// Colours of a terminal, or none.
struct Palette {
    bold: &'static str,
    good: &'static str,
    faint: &'static str,
    change: &'static str,
    end: &'static str,
}

const COLOURED: Palette =
    Palette { bold: "\x1b[1m", good: "\x1b[32m", faint: "\x1b[2m", change: "\x1b[36m", end: "\x1b[0m" };
const PLAIN: Palette = Palette { bold: "", good: "", faint: "", change: "", end: "" };

pub(crate) fn render(account: &Account, colour: bool) -> String {
    let palette = if colour { &COLOURED } else { &PLAIN };
    let Palette { bold, end, .. } = palette;
    let mut out = format!("{bold}{}{end}\n", account.request);
    for stage in &account.stages {
        out += &format!("\n{bold}{}{end}\n", stage.title);
        stage.steps.iter().for_each(|one| step(one, palette, &mut out));
    }
    outcome(account, palette, &mut out);
    out
}

fn step(step: &Step, palette: &Palette, out: &mut String) {
    let Palette { good, faint, change, end, .. } = palette;
    let (mark, colour) = if step.applies { ("✓", good) } else { ("·", faint) };
    let place = step.place.as_ref().map(|place| format!("  {faint}{place}{end}")).unwrap_or_default();
    // Writing to memory does not fail.
    let _ = writeln!(out, "  {colour}{mark}{end} {}{place}", step.text);
    for (number, terms) in step.condition.iter().enumerate() {
        if number > 0 {
            let _ = writeln!(out, "      {faint}or{end}");
        }
        terms.iter().for_each(|one| term(one, palette, out));
    }
    for VariableChange { name, before, after } in &step.variables {
        let value =
            |value: &Option<String>| value.as_ref().map_or_else(|| "none".to_owned(), |text| format!("\"{text}\""));
        let _ = writeln!(out, "      {change}→ {name}: {} → {}{end}", value(before), value(after));
    }
    for effect in &step.effects {
        let _ = writeln!(out, "      {change}→ {effect}{end}");
    }
}

fn term(term: &Term, palette: &Palette, out: &mut String) {
    let Palette { good, faint, end, .. } = palette;
    let (mark, colour) = if term.holds { ("yes", good) } else { ("no ", faint) };
    for test in &term.tests {
        let name = match (&term.acl, term.negated) {
            (Some(acl), true) => format!("!{acl}: "),
            (Some(acl), false) => format!("{acl}: "),
            (None, true) => "not ".to_owned(),
            (None, false) => String::new(),
        };
        let saw = match &*test.values {
            [] => "no value".to_owned(),
            values => values.iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(", "),
        };
        let _ = writeln!(out, "      {colour}{mark}{end} {name}{}  {faint}saw {saw}{end}", test.text);
    }
}

fn outcome(account: &Account, palette: &Palette, out: &mut String) {
    let Palette { bold, faint, end, .. } = palette;
    let outcome = &account.outcome;
    let mut way = vec![outcome.frontend.as_str()];
    way.extend(outcome.backend.as_deref().filter(|backend| *backend != outcome.frontend));
    way.extend(outcome.server.as_deref());
    let status = outcome.status.map(|status| format!(" · {status}")).unwrap_or_default();
    *out += &format!("\n{bold}outcome: {}{status}{end}\n  {}\n", way.join(" → "), outcome.why);
    for (title, lines) in
        [("to the server", &outcome.request_to_server), ("to the client", &outcome.response_to_client)]
    {
        if !lines.is_empty() {
            *out += &format!("\n{bold}{title}{end}\n");
            lines.iter().for_each(|line| *out += &format!("  {line}\n"));
        }
    }
    if let Some(log) = &outcome.log {
        *out += &format!("\n{bold}log{end}\n  {log}{faint}{end}\n");
    }
}
