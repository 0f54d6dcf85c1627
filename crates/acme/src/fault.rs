//! What can go wrong, whose fault it is, and what to do about it.

use std::fmt;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::settings::ChallengeKind;

/// Why there is no new certificate. Its text says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The account's key cannot be had.
    AccountKey {
        /// Where it is, or was to be.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The key of an external account cannot be had.
    Binding {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// There is nothing to tell a true authority's server by.
    Roots(String),
    /// A key could not be made or used, or a name cannot stand in a certificate.
    Key(String),
    /// The authority's server cannot be reached.
    Unreachable {
        /// What was asked for.
        url: String,
        /// What became of it.
        reason: String,
    },
    /// What answers does not speak ACME.
    NotAcme {
        /// What was asked for.
        url: String,
        /// What is wrong with the answer.
        reason: String,
    },
    /// The authority says no.
    Refused(Problem),
    /// The authority offers other challenges than the one that is set.
    NoSuchChallenge {
        /// The name to prove.
        name: String,
        /// What is set.
        wanted: ChallengeKind,
        /// What is offered.
        offered: Vec<String>,
    },
    /// The authority has checked a challenge and found it unmet.
    Unmet {
        /// The name to prove.
        name: String,
        /// How.
        kind: ChallengeKind,
        /// What the authority says.
        problem: Option<Problem>,
    },
    /// The order has become invalid.
    Invalid(Option<Problem>),
    /// The authority was waited for in vain.
    TimedOut(&'static str),
    /// What was issued is not what was asked for.
    BadCertificate(String),
    /// Tokens cannot be put where rules find them.
    Map {
        /// `map`
        map: String,
        /// What is wrong.
        reason: String,
    },
    /// The certificate that answers a challenge cannot be shown to clients.
    NotShown {
        /// The name to prove.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// The authority does not say which name it goes by in records of `dns-persist-01`.
    Nameless {
        /// The name to prove.
        name: String,
    },
    /// The new certificate could not be put to use.
    NotInstalled(String),
}

/// What an authority says of a fault (RFC 8555 6.7).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// Its type without `urn:ietf:params:acme:error:`.
    pub kind: String,
    /// In the authority's words.
    pub detail: String,
    /// What is wrong with single names.
    pub names: Vec<String>,
    /// When it may be tried again (`Retry-After`).
    pub retry_at: Option<SystemTime>,
}

impl Fault {
    /// When the authority says that it may be tried again.
    pub fn retry_at(&self) -> Option<SystemTime> {
        match self {
            Self::Refused(problem) => problem.retry_at,
            _ => None,
        }
    }
}

impl Problem {
    pub(crate) fn new(problem: &instant_acme::Problem, retry_at: Option<SystemTime>) -> Self {
        let names = problem.subproblems.iter().map(|problem| printable(&problem.to_string())).collect();
        let kind = problem.r#type.as_deref().unwrap_or("about:blank");
        Self {
            kind: printable(kind.strip_prefix(ERROR_PREFIX).unwrap_or(kind)),
            detail: printable(problem.detail.as_deref().unwrap_or("no details given")),
            names,
            retry_at,
        }
    }

    /// What to do about it.
    fn advice(&self) -> &'static str {
        ADVICE
            .iter()
            .find(|(kind, _)| *kind == self.kind)
            .map_or("look the error up in the authority's documentation", |(_, advice)| advice)
    }
}

impl std::error::Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccountKey { path, reason } => write!(
                f,
                "no account key in '{}': {reason}; 'account-key' has to name a readable PEM file, or one in a directory where it can be made",
                path.display()
            ),
            Self::Binding { path, reason } => write!(
                f,
                "no external account in '{}': {reason}; put there what the authority gave you, or empty both files once the account exists",
                path.display()
            ),
            Self::Roots(reason) => write!(
                f,
                "no certificates to know the authority's server by: {reason}; set 'httpclient.ssl.ca-file' in the global section"
            ),
            Self::Key(reason) => write!(f, "{reason}; check 'domains', 'ips', 'keytype', 'curves' and 'bits'"),
            Self::Unreachable { url, reason } => write!(
                f,
                "cannot reach {url}: {reason}; check 'directory', name resolution, outgoing connections, and 'httpclient.ssl.ca-file' where the authority's server has a certificate of its own making"
            ),
            Self::NotAcme { url, reason } => {
                write!(f, "what answers at {url} does not speak ACME: {reason}; check 'directory'")
            }
            Self::Refused(problem) => write!(f, "the authority refuses: {problem}"),
            Self::NoSuchChallenge { name, wanted, offered } => write!(
                f,
                "the authority does not offer '{}' for {name}, but {}; change 'challenge' (names with '*' need dns-01)",
                wanted.name(),
                if offered.is_empty() { "nothing".to_owned() } else { offered.join(", ") }
            ),
            Self::Unmet { name, kind, problem } => {
                write!(f, "the authority found the {} challenge for {name} unmet", kind.name())?;
                if let Some(problem) = problem {
                    write!(f, ": {} ({})", problem.detail, problem.kind)?;
                }
                match kind {
                    ChallengeKind::Http01 => write!(
                        f,
                        "; http://{name}/.well-known/acme-challenge/ has to come to a frontend on port 80 here that answers with the token and the account's thumbprint"
                    ),
                    ChallengeKind::Dns01 => write!(
                        f,
                        "; the TXT record _acme-challenge.{name} has to be visible to everybody before 'acme challenge_ready' is given"
                    ),
                    ChallengeKind::TlsAlpn01 => {
                        write!(
                            f,
                            "; connections to port 443 of {name} have to come to a 'bind' line with TLS here that names the certificate"
                        )
                    }
                    ChallengeKind::DnsPersist01 => write!(
                        f,
                        "; the TXT record _validation-persist.{name} has to be visible to everybody, with the text that was told when it was ordered"
                    ),
                }
            }
            Self::Invalid(None) => f.write_str("the order has become invalid; try again with 'acme renew'"),
            Self::Invalid(Some(problem)) => write!(f, "the order has become invalid: {problem}"),
            Self::TimedOut(what) => write!(f, "waited in vain for the authority to {what}; it will be tried again"),
            Self::BadCertificate(reason) => {
                write!(f, "the authority's certificate is of no use: {reason}; the old one stays")
            }
            Self::Map { map, reason } => write!(
                f,
                "cannot put tokens into the map '{map}': {reason}; a rule has to use the map that the acme section names"
            ),
            Self::NotShown { name, reason } => {
                write!(f, "the answer to the challenge for {name} cannot be shown to clients: {reason}")
            }
            Self::Nameless { name } => write!(
                f,
                "the authority does not say by which name the record for {name} is to call it ('issuer-domain-names'); use another challenge"
            ),
            Self::NotInstalled(reason) => write!(f, "the new certificate cannot be put to use: {reason}"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.detail, self.kind)?;
        if !self.names.is_empty() {
            write!(f, " [{}]", self.names.join("; "))?;
        }
        write!(f, "; {}", self.advice())
    }
}

/// An authority's text goes into logs and answers of a line each.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_DETAIL).collect()
}

const ERROR_PREFIX: &str = "urn:ietf:params:acme:error:";
const LONGEST_DETAIL: usize = 500;

/// Error types of RFC 8555 6.7, and what helps.
const ADVICE: [(&str, &str); 19] = [
    ("accountDoesNotExist", "remove the account key's file, so that a new account is opened"),
    ("badCSR", "check 'domains', 'keytype', 'curves' and 'bits' against what the authority accepts"),
    ("badNonce", "it will be tried again; if it persists, something between here and the authority caches answers"),
    (
        "badPublicKey",
        "the authority does not take this kind of account key: change 'keytype' and use a new 'account-key' file",
    ),
    (
        "badSignatureAlgorithm",
        "the authority does not take this kind of account key: change 'keytype' and use a new 'account-key' file",
    ),
    ("caa", "the name's CAA records have to allow this authority"),
    ("connection", "the authority could not connect to the name's address: check DNS and firewalls"),
    ("dns", "the authority could not resolve the name: check its DNS records"),
    ("externalAccountRequired", "set 'eab-key-id' and 'eab-mac-key' to what the authority gave you"),
    ("incorrectResponse", "the name has to lead here, and the challenge's answer has to come from here"),
    ("invalidContact", "'contact' has to be an address for mail"),
    ("malformed", "check 'domains' and 'contact'"),
    ("rateLimited", "wait: every further attempt counts; try a staging directory while testing"),
    ("rejectedIdentifier", "the authority does not issue for this name: check 'domains'"),
    ("serverInternal", "the authority has a fault of its own; it will be tried again"),
    ("tls", "the authority could not make a TLS connection to the name's address"),
    (
        "unauthorized",
        "the account may not do this: check that the name leads here, and that the account is still valid",
    ),
    (
        "unsupportedIdentifier",
        "the authority does not issue for this kind of name: addresses may need another 'profile'",
    ),
    (
        "userActionRequired",
        "the authority asks for something that only you can do, such as agreeing to new terms: see its words",
    ),
];
