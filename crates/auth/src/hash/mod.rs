//! Password hashes in the text forms of crypt(3): which scheme a text is of, its parts, and whether a password fits.
//! Must not know users.

mod base64;
mod bcrypt;
mod des;
mod md5;
mod sha;
mod yescrypt;

use std::fmt;

use subtle::ConstantTimeEq;

/// A hash that a password can be compared with.
#[derive(Clone)]
pub struct PasswordHash(Scheme);

#[derive(Clone)]
enum Scheme {
    Des(des::Hash),
    Md5(md5::Hash),
    Sha256(sha::Hash<32>),
    Sha512(sha::Hash<64>),
    Bcrypt(bcrypt::Hash),
    Yescrypt(yescrypt::Hash),
}

/// Why a text cannot be used as a hash: the operator's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashFault {
    /// It is of a scheme that other programs have and this one does not.
    Unsupported(&'static str),
    /// It is not what its scheme, or any scheme, gives out: no password can have it.
    Malformed,
    /// Comparing with it would need more memory than [`MAX_MEMORY_BYTES`].
    TooCostly,
}

/// The memory that comparing one password may take, in bytes. Only yescrypt needs much: 16 MiB with its usual cost.
pub const MAX_MEMORY_BYTES: u64 = 256 << 20;

impl PasswordHash {
    /// Reads a hash with its salt and cost, as `password` has it (configuration manual 12.2).
    ///
    /// # Errors
    /// Which of the ways to be unusable it is.
    pub fn parse(text: &[u8]) -> Result<PasswordHash, HashFault> {
        if let Some((_, name)) = UNSUPPORTED.iter().find(|(prefix, _)| text.starts_with(prefix)) {
            return Err(HashFault::Unsupported(name));
        }
        let Some(rest) = text.strip_prefix(b"$") else {
            return des::Hash::parse(text).map(|hash| PasswordHash(Scheme::Des(hash))).ok_or(HashFault::Malformed);
        };
        let (id, rest) = field(rest).ok_or(HashFault::Malformed)?;
        let scheme = match id {
            b"1" => md5::Hash::parse(rest).map(Scheme::Md5),
            b"5" => sha::Hash::<32>::parse(rest).map(Scheme::Sha256),
            b"6" => sha::Hash::<64>::parse(rest).map(Scheme::Sha512),
            b"2a" | b"2b" | b"2y" => bcrypt::Hash::parse(rest).map(Scheme::Bcrypt),
            b"y" => Some(Scheme::Yescrypt(yescrypt::Hash::parse(rest)?)),
            _ => None,
        };
        scheme.map(PasswordHash).ok_or(HashFault::Malformed)
    }

    /// Whether the password has this hash. It ends at a NUL, as for crypt(3). Takes as long for a wrong password as for the right one.
    pub fn matches(&self, password: &[u8]) -> bool {
        let password = password.split(|&byte| byte == 0).next().unwrap_or_default();
        match &self.0 {
            Scheme::Des(hash) => same(&hash.digest, &hash.compute(password)),
            Scheme::Md5(hash) => same(&hash.digest, &hash.compute(password)),
            Scheme::Sha256(hash) => same(&hash.digest, &hash.compute(password)),
            Scheme::Sha512(hash) => same(&hash.digest, &hash.compute(password)),
            Scheme::Bcrypt(hash) => same(&hash.digest, &hash.compute(password)),
            Scheme::Yescrypt(hash) => hash.compute(password).is_some_and(|digest| same(&hash.digest, &digest)),
        }
    }
}

fn same(expected: &[u8], actual: &[u8]) -> bool {
    expected.ct_eq(actual).into()
}

/// What precedes the next `$`, and what follows it.
fn field(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|&byte| byte == b'$')?;
    Some((text.get(..end)?, text.get(end + 1..)?))
}

/// The schemes of crypt(3) that are recognised in order to be refused, by their prefixes.
const UNSUPPORTED: [(&[u8], &str); 8] = [
    (b"$2x$", "bcrypt with the faulty sign extension ($2x$)"),
    (b"$3$", "NT ($3$)"),
    (b"$7$", "scrypt ($7$)"),
    (b"$gy$", "gost-yescrypt ($gy$)"),
    (b"$md5", "SunMD5 ($md5)"),
    (b"$sha1$", "SHA-1 with PBKDF1 ($sha1$)"),
    (b"$argon2", "Argon2 ($argon2)"),
    (b"_", "extended DES (_)"),
];

impl HashFault {
    /// Whether crypt(3) would take such a text too and let no password in, as an account that was locked with `!` or `*` on purpose.
    pub fn never_matches(self) -> bool {
        self == HashFault::Malformed
    }
}

impl fmt::Display for HashFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HashFault::Unsupported(name) => write!(f, "password hashes of the scheme {name} are not supported yet"),
            HashFault::Malformed => f.write_str("not a password hash: no password will fit"),
            HashFault::TooCostly => {
                write!(f, "checking this password hash would take more than {} MiB of memory", MAX_MEMORY_BYTES >> 20)
            }
        }
    }
}

impl std::error::Error for HashFault {}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

#[cfg(test)]
mod tests;
