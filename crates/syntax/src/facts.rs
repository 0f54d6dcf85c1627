//! What conditions may ask about the running program: its version, features and TLS library. Filled in by the program;
//! nothing here knows where the answers come from.

use std::borrow::Cow;

use crate::version::{OpensslVersion, Version};

/// A name that is usually a literal.
pub type Name = Cow<'static, str>;

/// The facts behind the predicates of `.if` and `-cc` (configuration manual 2.4).
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// What `version_atleast` and `version_before` compare with.
    pub version: Version,
    /// Features that are present, as listed behind a `+` by `-vv`: `OPENSSL`, `THREAD`, …
    pub features: Vec<Name>,
    /// Options in force at run time, for `enabled`: `EPOLL`, `SPLICE`, `FAST-FORWARD`, …
    pub enabled: Vec<Name>,
    /// The TLS library. `None` without one.
    pub tls: Option<TlsLibrary>,
}

/// The TLS library the program uses.
#[derive(Clone, Debug)]
pub struct TlsLibrary {
    /// Name and version as `-vv` shows them, for `ssllib_name_startswith`.
    pub name: Name,
    /// The version of the OpenSSL interface it offers. `None` for a library that offers none.
    pub openssl: Option<OpensslVersion>,
    /// AWS-LC's interface number, if it is AWS-LC.
    pub awslc_api: Option<u32>,
    /// Whether it runs in FIPS mode.
    pub fips: bool,
}
