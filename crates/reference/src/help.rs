//! `burdock help …`: what there is to say about a name, or which names a class has.

use std::fmt::Write as _;

use burdock_config::known;
use burdock_rules::{RuleSetKind, action};
use burdock_sample::known as known_samples;
use burdock_syntax::suggest::suggest;

use crate::collect::items;
use crate::item::{Class, Item};

/// The columns that lines keep to.
const COLUMNS: usize = 100;
/// The widest name that summaries line up behind.
const WIDEST_NAME: usize = 28;
/// Where the text of a row begins.
const INDENT: usize = 12;

/// The help for a name such as `http-request set-header` or `path_beg`, or the list of a class such as `fetches`; where it is unknown, what
/// may have been meant.
///
/// # Errors
/// Nothing has that name. Says so where HAProxy has it.
pub fn help(words: &[&str]) -> Result<String, String> {
    let items = items();
    let text = words.join(" ");
    let found: Vec<&Item> = items.iter().filter(|item| is_meant(item, &text)).collect();
    let class = Class::ALL.into_iter().find(|class| class.page() == text);
    if let Some(class) = Class::ALL.into_iter().find(|class| text.strip_suffix(" all") == Some(class.page())) {
        return Ok(list(class, &items));
    }
    if found.is_empty() {
        return class.map(|class| list(class, &items)).ok_or_else(|| unknown(&text, &items));
    }
    let mut entries: Vec<String> = found.iter().map(|item| render(item)).collect();
    if let [_, _, ..] = found[..] {
        let kinds: Vec<&str> = found.iter().map(|item| item.class.singular()).collect();
        entries.insert(0, wrapped(&format!("'{text}' is: {}", kinds.join(", ")), 0));
    }
    if let Some(class) = class {
        let count = items.iter().filter(|item| item.class == class).count();
        entries.push(format!("{}: 'burdock help {text} all' lists all {count}.\n", class.title()));
    }
    Ok(entries.join(&format!("\n{}\n\n", "-".repeat(COLUMNS))))
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

/// The names of a class with their summaries, one a line where that fits.
fn list(class: Class, items: &[Item]) -> String {
    let of_class = || items.iter().filter(|item| item.class == class);
    let widest = of_class().map(|item| item.name.len()).filter(|width| *width <= WIDEST_NAME).max().unwrap_or(0);
    let mut out = format!("{} ({})\n\n", class.title(), of_class().count());
    for item in of_class() {
        let lines = wrapped(&format!("  {:<widest$}  {}", item.name, item.summary), widest + 4);
        out += &lines;
    }
    out
}

/// What is said of a name that nothing here has.
fn unknown(text: &str, items: &[Item]) -> String {
    if is_known_to_haproxy(text) {
        return format!("'{text}' is known to HAProxy but not supported by Burdock yet");
    }
    let names = items.iter().flat_map(Item::names).chain(Class::ALL.map(Class::page));
    let near = suggest(text, names).map(|near| format!("; did you mean '{near}'?")).unwrap_or_default();
    format!("there is nothing named '{text}'{near}")
}

fn is_known_to_haproxy(text: &str) -> bool {
    let rule = |set: RuleSetKind| {
        let name = text.strip_prefix(set.keyword()).map_or(text, str::trim_start);
        action::is_known(name, set)
    };
    known::all().any(|known| known.name == text || text.strip_prefix("balance ") == Some(known.name))
        || known_samples::is_fetch(text.as_bytes())
        || known_samples::is_converter(text.as_bytes())
        || RuleSetKind::ALL.into_iter().any(rule)
        || burdock_control::is_known(text)
}

fn render(item: &Item) -> String {
    let mut out =
        format!("{} ({})\n\n{}\n", item.name, item.class.singular(), wrapped(&format!("  {}", item.summary), 2));
    let mut row = |name: &str, text: &str| out += &wrapped(&format!("  {name:<9} {text}"), INDENT);
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
        // Whole, so that it can be copied.
        out += &format!("  {:<9} {example}\n", "example");
    }
    let mut row = |name: &str, text: &str| out += &wrapped(&format!("  {name:<9} {text}"), INDENT);
    if let Some(differs) = item.differs {
        row("differs", differs);
    }
    if let Some(manual) = item.manual {
        row("manual", &format!("HAProxy's configuration manual, section {manual}"));
    }
    out
}

/// The text in lines of at most [`COLUMNS`], broken at blanks, all but the first behind `indent` blanks. A word that is too long stays whole.
fn wrapped(text: &str, indent: usize) -> String {
    let mut lines = String::new();
    let mut rest = text;
    let mut before = String::new();
    loop {
        let room = COLUMNS - before.len();
        let end = rest.char_indices().nth(room).map_or(rest.len(), |(at, _)| at);
        let begin = rest.len() - rest.trim_start().len();
        let cut = if end == rest.len() {
            end
        } else {
            let last = rest[..end].rfind(' ').filter(|at| *at > begin);
            last.or_else(|| rest[end..].find(' ').map(|at| end + at)).unwrap_or(rest.len())
        };
        // Writing to memory does not fail.
        let _ = writeln!(lines, "{before}{}", rest[..cut].trim_end());
        rest = rest[cut..].trim_start();
        if rest.is_empty() {
            return lines;
        }
        before = " ".repeat(indent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_by_what_people_type() {
        for (words, expected) in [
            ("http-request set-header", "set-header (action)"),
            ("src_port", "src_port (sample fetch)"),
            ("path_beg", "path_beg (ACL keyword)"),
            ("upper", "upper (converter)"),
            ("%ci", "%ci (item of log formats)"),
            ("nbthread", "nbthread (keyword of the global section)"),
            ("balance roundrobin", "roundrobin (load-balancing algorithm)"),
            ("show stat", "show stat (command of the runtime API)"),
        ] {
            let words: Vec<_> = words.split(' ').collect();
            let text = help(&words).unwrap();
            assert!(text.contains(expected), "{words:?}: {text}");
        }
        assert_eq!(help(&["http-request", "pathh"]).unwrap_err(), "there is nothing named 'http-request pathh'");
        assert!(help(&["roundrobinn"]).unwrap_err().ends_with("did you mean 'roundrobin'?"));
    }

    #[test]
    fn separates_and_lists() {
        let several = help(&["maxconn"]).unwrap();
        assert!(several.starts_with("'maxconn' is: keyword of the global section, keyword, "), "{several}");
        assert_eq!(several.matches(&"-".repeat(COLUMNS)).count(), several.matches("  usage ").count(), "{several}");
        for class in Class::ALL {
            let list = help(&[class.page(), "all"]).unwrap();
            assert!(list.starts_with(class.title()), "{list}");
            assert!(list.lines().all(|line| line.chars().count() <= COLUMNS), "{list}");
        }
        assert_eq!(help(&["fetches"]), help(&["fetches", "all"]));
        assert!(help(&["bind"]).unwrap().contains("'burdock help bind all'"));
    }

    #[test]
    fn tells_what_only_haproxy_knows() {
        for name in ["peers", "res.cache_hit", "http-request cache-use", "show errors"] {
            let words: Vec<_> = name.split(' ').collect();
            let refusal = format!("'{name}' is known to HAProxy but not supported by Burdock yet");
            assert_eq!(help(&words), Err(refusal));
        }
    }

    #[test]
    fn breaks_at_blanks() {
        let words = "word ".repeat(30);
        let lines = wrapped(&words, 4);
        assert_eq!(lines.lines().map(str::len).collect::<Vec<_>>(), [99, 53]);
        let long = "x".repeat(COLUMNS + 20);
        assert_eq!(wrapped(&format!("a {long} b"), 2), format!("a\n  {long}\n  b\n"));
    }
}
