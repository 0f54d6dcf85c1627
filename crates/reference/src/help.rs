//! `burdock help …`: what there is to say about a name.

use std::fmt::Write as _;

use burdock_syntax::suggest::suggest;

use crate::collect::items;
use crate::item::{Class, Item};

/// The help for a name such as `http-request set-header` or `path_beg`; where it is unknown, what may have been meant.
///
/// # Errors
/// Nothing has that name.
pub fn help(words: &[&str]) -> Result<String, String> {
    let items = items();
    let text = words.join(" ");
    let found: Vec<&Item> = items.iter().filter(|item| is_meant(item, &text)).collect();
    if found.is_empty() {
        let names = items.iter().flat_map(Item::names);
        let near = suggest(&text, names).map(|near| format!("; did you mean '{near}'?")).unwrap_or_default();
        return Err(format!("there is nothing named '{text}'{near}"));
    }
    Ok(found.iter().map(|item| render(item)).collect::<Vec<_>>().join("\n"))
}

fn is_meant(item: &Item, text: &str) -> bool {
    if item.names().any(|name| name == text) {
        return true;
    }
    match item.class {
        Class::LogItem => item.name.strip_prefix('%') == Some(text),
        // `http-request set-header`, `bind name`, `balance roundrobin`, `option httplog`
        Class::Action | Class::Bind | Class::Server => item
            .valid
            .iter()
            .any(|place| text.strip_prefix(place.as_str()).is_some_and(|rest| rest.trim_start() == item.name)),
        Class::Balance => text == item.usage,
        _ => false,
    }
}

fn render(item: &Item) -> String {
    let mut out = format!("{} ({})\n\n  {}\n\n", item.name, item.class.singular(), item.summary);
    // Writing to memory does not fail.
    let mut row = |name: &str, text: &str| {
        let _ = writeln!(out, "  {name:<9} {text}");
    };
    row("usage", &item.usage);
    if !item.aliases.is_empty() {
        row("also", &item.aliases.join(", "));
    }
    if let Some(types) = &item.types {
        row("types", types);
    }
    if !item.valid.is_empty() {
        row("valid in", &item.valid.join(", "));
    }
    if let Some(example) = &item.example {
        row("example", example);
    }
    if let Some(differs) = item.differs {
        row("differs", differs);
    }
    if let Some(manual) = item.manual {
        row("manual", &format!("HAProxy's configuration manual, section {manual}"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_by_what_people_type() {
        for (words, expected) in [
            ("http-request set-header", "set-header (action)"),
            ("path", "path (sample fetch)"),
            ("path_beg", "path_beg (ACL keyword)"),
            ("upper", "upper (converter)"),
            ("%ci", "%ci (item of log formats)"),
            ("maxconn", "maxconn (keyword of the global section)"),
            ("balance roundrobin", "roundrobin (load-balancing algorithm)"),
            ("show stat", "show stat (command of the runtime API)"),
        ] {
            let words: Vec<_> = words.split(' ').collect();
            let text = help(&words).unwrap();
            assert!(text.starts_with(expected), "{words:?}: {text}");
        }
        assert_eq!(help(&["http-request", "pathh"]).unwrap_err(), "there is nothing named 'http-request pathh'");
        assert!(help(&["roundrobinn"]).unwrap_err().ends_with("did you mean 'roundrobin'?"));
    }
}
