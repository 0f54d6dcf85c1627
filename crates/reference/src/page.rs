//! The pages under `docs/reference`: one a class, made from the tables and checked to be current.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use crate::collect::items;
use crate::item::{Class, Item};

/// All pages: file name and content.
pub fn pages() -> Vec<(String, String)> {
    let items = items();
    let mut pages = vec![("README.md".to_owned(), index(&items))];
    pages.extend(Class::ALL.into_iter().map(|class| (format!("{}.md", class.page()), page(class, &items))));
    pages
}

/// Writes the pages into a directory.
///
/// # Errors
/// What the file system says.
pub fn write(directory: &Path) -> io::Result<()> {
    std::fs::create_dir_all(directory)?;
    pages().into_iter().try_for_each(|(name, text)| std::fs::write(directory.join(name), text))
}

/// The pages in a directory that are missing or not what the tables say.
pub fn outdated(directory: &Path) -> Vec<PathBuf> {
    let current = |(name, text): (String, String)| {
        let path = directory.join(name);
        (std::fs::read_to_string(&path).ok() != Some(text)).then_some(path)
    };
    pages().into_iter().filter_map(current).collect()
}

fn index(items: &[Item]) -> String {
    let mut out = format!("# Reference\n\n{MADE}\n\n| page | items |\n|---|---:|\n");
    for class in Class::ALL {
        let count = items.iter().filter(|item| item.class == class).count();
        // Writing to memory does not fail.
        let _ = writeln!(out, "| [{}]({}.md) | {count} |", class.title(), class.page());
    }
    out
}

fn page(class: Class, items: &[Item]) -> String {
    let mut out = format!("# {}\n\n{MADE}\n", class.title());
    items.iter().filter(|item| item.class == class).for_each(|item| entry(item, &mut out));
    out
}

const MADE: &str = "Made from Burdock's own tables: what stands here is supported. `burdock help NAME` shows the same.";

fn entry(item: &Item, out: &mut String) {
    *out += &format!("\n## {}\n\n{}\n\n```\n{}\n```\n\n", item.name, escape(&item.summary), item.usage);
    if !item.aliases.is_empty() {
        *out += &format!("- Other names: {}\n", quoted(&item.aliases));
    }
    if let Some(types) = &item.types {
        *out += &format!("- Types: {types}\n");
    }
    if !item.valid.is_empty() {
        *out += &format!("- Valid in: {}\n", escape(&item.valid.join(", ")));
    }
    if let Some(manual) = item.manual {
        *out += &format!("- HAProxy's configuration manual: section {manual}\n");
    }
    if let Some(example) = &item.example {
        *out += &format!("- Example: `{example}`\n");
    }
    if let Some(differs) = item.differs {
        *out += &format!("- Differs from HAProxy: {differs}\n");
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Markdown's own signs stand for themselves.
fn escape(text: &str) -> String {
    text.replace('<', "\\<").replace('*', "\\*").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_in_the_repository_are_current() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
        let outdated = outdated(&directory);
        assert!(outdated.is_empty(), "run 'cargo run -p burdock-reference -- write docs/reference': {outdated:?}");
    }
}
