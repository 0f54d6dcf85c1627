//! Environment variables: `setenv`, `presetenv`, `unsetenv`, `resetenv`.

use crate::draft::EnvironmentChange;
use crate::draft::GlobalDraft;
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
];
