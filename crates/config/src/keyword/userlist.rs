//! Keywords of `userlist` sections (configuration manual 12.2).

use burdock_auth::Password;
use burdock_syntax::{Diagnostic, Parsed, Severity, Word};

use super::{Keyword, Sections};
use crate::args::{Args, not_one_of};
use crate::draft::{GroupLine, UserLine, UserlistDraft};

pub(super) const KEYWORDS: &[Keyword<UserlistDraft>] = &[
    Keyword::new(
        "user",
        "<name> [password <hash> | insecure-password <password>] [groups <group>,…]",
        "a user",
        "12.2",
        user,
    )
    .within(Sections::USERLIST),
    Keyword::new("group", "<name> [users <user>,…]", "a group of users", "12.2", group).within(Sections::USERLIST),
];

fn user(list: &mut UserlistDraft, args: &mut Args<'_>) -> Parsed<()> {
    let name = args.required("a name")?.clone();
    let mut line = UserLine { name, password: Password::Locked, groups: Vec::new() };
    while let Some(option) = args.next() {
        match option.as_bytes() {
            b"password" => {
                if let Some(hash) = optional(args, "a hash") {
                    line.password = hashed(hash, args)?;
                }
            }
            b"insecure-password" => {
                if let Some(password) = optional(args, "a password") {
                    line.password = Password::Plain(password.as_bytes().into());
                }
            }
            b"groups" => {
                if let Some(groups) = optional(args, "names of groups") {
                    line.groups = groups.as_bytes().to_vec();
                }
            }
            _ => return Err(not_one_of(option, "an option of 'user'", ["password", "insecure-password", "groups"])),
        }
    }
    list.users.push(line);
    Ok(())
}

fn group(list: &mut UserlistDraft, args: &mut Args<'_>) -> Parsed<()> {
    let name = args.required("a name")?.clone();
    let mut line = GroupLine { name, users: Vec::new() };
    while let Some(option) = args.next() {
        if *option != *"users" {
            return Err(not_one_of(option, "an option of 'group'", ["users"]));
        }
        if let Some(users) = optional(args, "names of users") {
            line.users = users.as_bytes().to_vec();
        }
    }
    list.groups.push(line);
    Ok(())
}

/// The argument of an option. HAProxy takes no notice where it is missing: advice is given.
fn optional<'a>(args: &mut Args<'a>, what: &str) -> Option<&'a Word> {
    let word = args.next();
    if word.is_none() {
        let advice = args.missing(what).with_severity(Severity::Advice);
        args.report(advice.note("left aside, as HAProxy does without a word"));
    }
    word
}

/// A hash that no password can have is what people lock users with.
fn hashed(word: &Word, args: &mut Args<'_>) -> Parsed<Password> {
    match Password::hashed(word.as_bytes()) {
        Ok(password) => Ok(password),
        Err(fault) if fault.never_matches() => {
            args.report(
                Diagnostic::advice("no password has this hash: the user cannot come in")
                    .code("locked-user")
                    .at(word.span(), fault.to_string()),
            );
            Ok(Password::Locked)
        }
        Err(fault) => Err(Diagnostic::error("this hash cannot be checked")
            .code("not-supported-yet")
            .at(word.span(), fault.to_string())),
    }
}
