//! One line for each item that shows it in use. What needs arguments has them in the tables of its class; `tests/examples.rs` reads every line
//! in a small configuration.

mod acl;
mod action;
mod command;
mod keyword;
mod sample;

pub(crate) use acl::{of_acl_keyword, of_match_method};
pub(crate) use action::of_action;
pub(crate) use command::of_command;
pub(crate) use keyword::of_keyword;
pub(crate) use sample::{of_converter, of_fetch};

/// What a table holds for a name.
fn row<'a>(table: &[(&str, &'a str)], name: &str) -> Option<&'a str> {
    table.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The arguments of a `balance` line, by how the algorithm is used.
pub(crate) fn of_algorithm(usage: &str) -> String {
    let needed = usage.split('[').next().unwrap_or_default().trim_end();
    let values = [
        ("<converters>", "field(2,/)"),
        ("<expression>", "req.cook(visitor)"),
        ("(<name>)", "(host)"),
        ("<name>", "user"),
    ];
    values.iter().fold(needed.to_owned(), |line, (placeholder, value)| line.replace(placeholder, value))
}
