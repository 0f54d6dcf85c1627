//! Environment variables: `setenv`, `presetenv`, `unsetenv`, `resetenv`; variables of the process: `set-var`, `set-var-fmt`.

use burdock_syntax::Parsed;

use crate::args::Args;
use crate::draft::{EnvironmentChange, GlobalDraft, VariableLine};
use crate::keyword::Keyword;

pub(super) const KEYWORDS: &[Keyword<GlobalDraft>] = &[
    Keyword::global("setenv", "<name> <value>", "sets a variable", "3.1", |global, args| {
        let (name, value) = (args.bytes("a name")?.value, args.value()?);
        args.end()?;
        global.environment_changes.push(EnvironmentChange::Set(name, value));
        Ok(())
    }),
    Keyword::global("presetenv", "<name> <value>", "sets a variable that has no value yet", "3.1", |global, args| {
        let (name, value) = (args.bytes("a name")?.value, args.value()?);
        args.end()?;
        global.environment_changes.push(EnvironmentChange::SetIfAbsent(name, value));
        Ok(())
    }),
    Keyword::global("unsetenv", "<name>…", "removes variables", "3.1", |global, args| {
        args.required("a name")?;
        let names = args.all().iter().map(|word| EnvironmentChange::Unset(word.as_bytes().to_vec()));
        global.environment_changes.extend(names);
        Ok(())
    }),
    Keyword::global("resetenv", "[<name>…]", "removes all variables but these", "3.1", |global, args| {
        let kept = args.all().iter().map(|word| word.as_bytes().to_vec()).collect();
        global.environment_changes.push(EnvironmentChange::ResetBut(kept));
        Ok(())
    }),
    Keyword::global(
        "set-var",
        "<name> <expression>",
        "gives a variable of the process its first value",
        "3.1",
        |global, args| variable(global, args, false),
    ),
    Keyword::global(
        "set-var-fmt",
        "<name> <format>",
        "gives a variable of the process its first value, made by a format",
        "3.1",
        |global, args| variable(global, args, true),
    ),
];

fn variable(global: &mut GlobalDraft, args: &mut Args<'_>, is_format: bool) -> Parsed<()> {
    let name = args.required("the name of a variable")?.clone();
    let value = args.required(if is_format { "a format" } else { "a sample expression" })?.clone();
    args.end()?;
    global.variables.push(VariableLine { name, value, is_format });
    Ok(())
}
