//! User lists (configuration manual 12.2): users, their passwords and the groups that they are in.

use std::collections::HashMap;
use std::fmt;

use subtle::ConstantTimeEq;

use crate::hash::{HashFault, PasswordHash};

/// Users and groups by name, complete: every name that it mentions exists.
#[derive(Debug, Default)]
pub struct Userlist {
    users: HashMap<Box<[u8]>, User>,
    groups: HashMap<Box<[u8]>, GroupId>,
}

/// One user.
#[derive(Debug)]
pub struct User {
    name: Box<[u8]>,
    password: Password,
    /// In ascending order, each once.
    groups: Vec<GroupId>,
}

/// A group of one user list; it means nothing for another list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupId(u32);

/// What a user's password is compared with. It never appears in `Debug` output.
#[derive(Clone)]
pub enum Password {
    /// `insecure-password`: the password itself.
    Plain(Box<[u8]>),
    /// `password`: its hash.
    Hashed(PasswordHash),
    /// No password opens: the user has none.
    Locked,
}

impl Userlist {
    /// The user of that name; names differ in case.
    pub fn user(&self, name: &[u8]) -> Option<&User> {
        self.users.get(name)
    }

    /// The user of that name, if the password is right. Hashed passwords take as long as their scheme wants, up to tens of milliseconds.
    pub fn verify(&self, name: &[u8], password: &[u8]) -> Option<&User> {
        self.user(name).filter(|user| user.password.matches(password))
    }

    /// The group of that name.
    pub fn group(&self, name: &[u8]) -> Option<GroupId> {
        self.groups.get(name).copied()
    }

    /// The names of the groups that a user of this list is in.
    pub fn groups_of<'l>(&'l self, user: &'l User) -> impl Iterator<Item = &'l [u8]> {
        self.groups.iter().filter(|(_, group)| user.is_in(**group)).map(|(name, _)| &**name)
    }

    /// Whether both names exist and that user is in that group. Says nothing about passwords.
    pub fn is_member(&self, user: &[u8], group: &[u8]) -> bool {
        matches!((self.user(user), self.group(group)), (Some(user), Some(group)) if user.is_in(group))
    }
}

impl User {
    /// The user's name.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// Whether the user is in that group, which is one of the same list.
    pub fn is_in(&self, group: GroupId) -> bool {
        self.groups.binary_search(&group).is_ok()
    }
}

impl Password {
    /// A password given as its hash.
    ///
    /// # Errors
    /// What makes the hash unusable; see [`HashFault::never_matches`] for what may stand as [`Password::Locked`] instead.
    pub fn hashed(text: &[u8]) -> Result<Password, HashFault> {
        PasswordHash::parse(text).map(Password::Hashed)
    }

    /// Whether `given` is the password. How long it takes tells its length at most.
    pub fn matches(&self, given: &[u8]) -> bool {
        match self {
            Password::Plain(password) => password.ct_eq(given).into(),
            Password::Hashed(hash) => hash.matches(given),
            Password::Locked => false,
        }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Password::Plain(_) => "Plain(..)",
            Password::Hashed(_) => "Hashed(..)",
            Password::Locked => "Locked",
        })
    }
}

/// A user list as it is read: users may name groups that come later, and groups users.
#[derive(Debug, Default)]
pub struct UserlistBuilder {
    list: Userlist,
    memberships: Vec<Membership>,
}

#[derive(Debug)]
struct Membership {
    user: Box<[u8]>,
    group: Box<[u8]>,
    /// Which of the two lines says so.
    said_by: Side,
}

#[derive(Clone, Copy, Debug)]
enum Side {
    User,
    Group,
}

/// A name that a user list mentions and does not have: the operator's fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserlistFault {
    /// A `user` line names a group that there is not.
    UnknownGroup {
        /// The group.
        group: Box<[u8]>,
        /// The user whose line it is.
        user: Box<[u8]>,
    },
    /// A `group` line names a user that there is not.
    UnknownUser {
        /// The user.
        user: Box<[u8]>,
        /// The group whose line it is.
        group: Box<[u8]>,
    },
}

impl UserlistBuilder {
    /// An empty list.
    pub fn new() -> UserlistBuilder {
        UserlistBuilder::default()
    }

    /// Adds a `user` line with the groups of its list, separated by commas; empty names are skipped. `false`, and nothing is added,
    /// where there is a user of that name.
    pub fn add_user(&mut self, name: &[u8], password: Password, groups: &[u8]) -> bool {
        if self.list.users.contains_key(name) {
            return false;
        }
        for group in names(groups) {
            self.memberships.push(Membership { user: name.into(), group: group.into(), said_by: Side::User });
        }
        self.list.users.insert(name.into(), User { name: name.into(), password, groups: Vec::new() });
        true
    }

    /// Adds a `group` line with the users of its list, as [`UserlistBuilder::add_user`] does.
    pub fn add_group(&mut self, name: &[u8], users: &[u8]) -> bool {
        // Configurations have fewer lines than there are such numbers.
        let Ok(number) = u32::try_from(self.list.groups.len()) else { return false };
        if self.list.groups.contains_key(name) {
            return false;
        }
        for user in names(users) {
            self.memberships.push(Membership { user: user.into(), group: name.into(), said_by: Side::Group });
        }
        self.list.groups.insert(name.into(), GroupId(number));
        true
    }

    /// The list, with every user in the groups that either line says.
    ///
    /// # Errors
    /// All names that there are not.
    pub fn finish(mut self) -> Result<Userlist, Vec<UserlistFault>> {
        let mut faults = Vec::new();
        for Membership { user, group, said_by } in self.memberships {
            match (self.list.users.get_mut(&user), self.list.groups.get(&group), said_by) {
                (Some(user), Some(&group), _) => user.groups.push(group),
                (.., Side::User) => faults.push(UserlistFault::UnknownGroup { group, user }),
                (.., Side::Group) => faults.push(UserlistFault::UnknownUser { user, group }),
            }
        }
        for user in self.list.users.values_mut() {
            user.groups.sort_unstable();
            user.groups.dedup();
        }
        if faults.is_empty() { Ok(self.list) } else { Err(faults) }
    }
}

fn names(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|&byte| byte == b',').filter(|name| !name.is_empty())
}

impl fmt::Display for UserlistFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, missing, by) = match self {
            UserlistFault::UnknownGroup { group, user } => ("group", group, ("user", user)),
            UserlistFault::UnknownUser { user, group } => ("user", user, ("group", group)),
        };
        let (missing, name) = (missing.escape_ascii(), by.1.escape_ascii());
        write!(f, "there is no {kind} '{missing}', which {} '{name}' names", by.0)
    }
}

impl std::error::Error for UserlistFault {}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(password: &str) -> Password {
        Password::Plain(password.as_bytes().into())
    }

    fn list() -> Userlist {
        let mut builder = UserlistBuilder::new();
        assert!(builder.add_user(b"tiger", plain("a:b"), b"G3,,G1,G3"));
        assert!(builder.add_group(b"G1", b"scott,tiger,"));
        assert!(builder.add_group(b"G2", b""));
        assert!(builder.add_group(b"G3", b"tiger"));
        assert!(!builder.add_group(b"G3", b"scott"));
        assert!(builder.add_user(b"scott", Password::hashed(b"$1$a$lDQ7E08u..t4Ok4Xfv5dg/").unwrap(), b""));
        assert!(!builder.add_user(b"tiger", plain("other"), b"G2"));
        assert!(builder.add_user(b"nobody", Password::Locked, b"G2"));
        builder.finish().unwrap()
    }

    #[test]
    fn passwords() {
        let list = list();
        for (user, password, expected) in [
            ("tiger", "a:b", true),
            ("tiger", "a:bc", false),
            ("tiger", "a:", false),
            ("tiger", "", false),
            ("tiger", "other", false),
            ("Tiger", "a:b", false),
            ("scott", "pässwörd 1", true),
            ("scott", "pässwörd 2", false),
            ("nobody", "", false),
            ("", "", false),
        ] {
            let found = list.verify(user.as_bytes(), password.as_bytes()).map(User::name);
            assert_eq!(found, expected.then_some(user.as_bytes()), "{user} {password}");
        }
    }

    #[test]
    fn groups() {
        let list = list();
        for (user, expected) in [
            ("tiger", [true, false, true, false]),
            ("scott", [true, false, false, false]),
            ("nobody", [false, true, false, false]),
            ("stranger", [false; 4]),
        ] {
            let found = ["G1", "G2", "G3", "G4"].map(|group| list.is_member(user.as_bytes(), group.as_bytes()));
            assert_eq!(found, expected, "{user}");
        }
    }

    #[test]
    fn unknown_names() {
        let mut builder = UserlistBuilder::new();
        builder.add_user(b"a", plain("x"), b"g,h");
        builder.add_group(b"g", b"a,b");
        let faults = builder.finish().unwrap_err();
        let messages: Vec<_> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            messages,
            ["there is no group 'h', which user 'a' names", "there is no user 'b', which group 'g' names"]
        );
    }

    #[test]
    fn nothing_is_shown() {
        for password in [plain("secret"), Password::hashed(b"$1$a$lDQ7E08u..t4Ok4Xfv5dg/").unwrap()] {
            let shown = format!("{password:?}");
            assert!(shown.ends_with("(..)"), "{shown}");
        }
    }
}
