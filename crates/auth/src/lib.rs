//! Who may come in: user lists with their groups, passwords in clear or hashed as crypt(3) does, and the credentials that a request
//! brings. Nothing here knows configuration, messages or what is done with a stranger.
#![forbid(unsafe_code)]

pub mod credentials;
pub mod hash;
pub mod userlist;

pub use credentials::Credentials;
pub use hash::{HashFault, PasswordHash};
pub use userlist::{GroupId, Password, User, Userlist, UserlistBuilder, UserlistFault};
