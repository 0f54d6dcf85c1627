//! The predicates of conditions, one row each (configuration manual 2.4).

use crate::diagnostic::{Diagnostic, Parsed};
use crate::environment::Environment;
use crate::facts::{Facts, Name};
use crate::source::Span;
use crate::version::{OpensslVersion, Version};
use crate::word::Word;

/// One predicate.
#[derive(Debug)]
pub(super) struct Predicate {
    /// What the condition calls it.
    pub(super) name: &'static str,
    /// How many arguments it takes.
    arguments: Arity,
    /// Its value for that many arguments.
    pub(super) evaluate: fn(&[Word], &Facts, &Environment) -> Parsed<bool>,
}

/// Number of arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arity {
    None,
    /// One; left away it is empty.
    One,
    Two,
}

/// All predicates.
pub(super) const PREDICATES: &[Predicate] = &[
    Predicate {
        name: "awslc_api_atleast",
        arguments: Arity::One,
        evaluate: |arguments, facts, _| awslc(arguments, facts, u32::ge),
    },
    Predicate {
        name: "awslc_api_before",
        arguments: Arity::One,
        evaluate: |arguments, facts, _| awslc(arguments, facts, u32::lt),
    },
    Predicate {
        name: "defined",
        arguments: Arity::One,
        evaluate: |arguments, _, environment| Ok(environment.get(arguments[0].as_bytes()).is_some()),
    },
    Predicate {
        name: "enabled",
        arguments: Arity::One,
        evaluate: |arguments, facts, _| Ok(lists(&facts.enabled, &arguments[0])),
    },
    Predicate {
        name: "feature",
        arguments: Arity::One,
        evaluate: |arguments, facts, _| Ok(lists(&facts.features, &arguments[0])),
    },
    Predicate {
        name: "fips_mode",
        arguments: Arity::None,
        evaluate: |_, facts, _| Ok(facts.tls.as_ref().is_some_and(|library| library.fips)),
    },
    Predicate {
        name: "openssl_version_atleast",
        arguments: Arity::One,
        evaluate: |arguments, facts, _| openssl(arguments, facts, OpensslVersion::ge),
    },
    Predicate {
        name: "openssl_version_before",
        arguments: Arity::One,
        evaluate: |arguments, facts, _| openssl(arguments, facts, OpensslVersion::lt),
    },
    Predicate {
        name: "ssllib_name_startswith",
        arguments: Arity::One,
        evaluate: |arguments, facts, _| {
            let prefix = arguments[0].as_bytes();
            Ok(facts.tls.as_ref().is_some_and(|library| library.name.as_bytes().starts_with(prefix)))
        },
    },
    Predicate {
        name: "streq",
        arguments: Arity::Two,
        evaluate: |arguments, _, _| Ok(arguments[0].as_bytes() == arguments[1].as_bytes()),
    },
    Predicate {
        name: "strneq",
        arguments: Arity::Two,
        evaluate: |arguments, _, _| Ok(arguments[0].as_bytes() != arguments[1].as_bytes()),
    },
    Predicate {
        name: "strstr",
        arguments: Arity::Two,
        evaluate: |arguments, _, _| Ok(contains(arguments[0].as_bytes(), arguments[1].as_bytes())),
    },
    Predicate {
        name: "version_atleast",
        arguments: Arity::One,
        evaluate: |arguments, facts, _| Ok(facts.version >= Version::parse(&arguments[0].display())),
    },
    Predicate {
        name: "version_before",
        arguments: Arity::One,
        evaluate: |arguments, facts, _| Ok(facts.version < Version::parse(&arguments[0].display())),
    },
];

impl Predicate {
    /// Makes the arguments as many as `evaluate` relies on, or says what is wrong with their number.
    pub(super) fn check(&self, arguments: &mut Vec<Word>, name: Span) -> Parsed<()> {
        let wanted = match self.arguments {
            Arity::None => 0,
            Arity::One => 1,
            Arity::Two => 2,
        };
        // "()" is one empty argument for the parser, yet means none.
        if wanted == 0 && arguments.len() == 1 && arguments[0].is_empty() {
            arguments.clear();
        }
        if wanted == 1 && arguments.is_empty() {
            arguments.push(Word::synthetic("", name.after()));
        }
        if let Some(extra) = arguments.get(wanted) {
            let fault = Diagnostic::error(format!("too many arguments for predicate '{}'", self.name));
            let fault = fault.code("argument-count").at(extra.span(), format!("it takes {}", self.counted()));
            return Err(fault.note("an argument with a comma needs quotes inside the quotes of the line"));
        }
        if arguments.len() < wanted {
            let fault = Diagnostic::error(format!("missing arguments for predicate '{}'", self.name));
            return Err(fault.code("argument-count").at(name, format!("it takes {}", self.counted())));
        }
        Ok(())
    }

    fn counted(&self) -> &'static str {
        match self.arguments {
            Arity::None => "no argument",
            Arity::One => "one argument",
            Arity::Two => "two arguments",
        }
    }
}

fn lists(names: &[Name], wanted: &Word) -> bool {
    names.iter().any(|name| *wanted == **name)
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    part.is_empty() || text.windows(part.len()).any(|window| window == part)
}

/// Where the library is not AWS-LC this is a fault, as in HAProxy: ask for the library's name first.
fn awslc(arguments: &[Word], facts: &Facts, holds: fn(&u32, &u32) -> bool) -> Parsed<bool> {
    let api = facts.tls.as_ref().and_then(|library| library.awslc_api);
    let wanted = arguments[0].to_str()?.parse();
    match (api, wanted) {
        (Some(api), Ok(wanted)) => Ok(holds(&api, &wanted)),
        (None, _) => Err(Diagnostic::error("the TLS library in use is not AWS-LC, so it has no such interface number")
            .code("bad-condition")
            .help("ask ssllib_name_startswith(AWS-LC) first, joined with &&")),
        (_, Err(_)) => Err(Diagnostic::error(format!("'{}' is not a number", arguments[0]))
            .code("bad-condition")
            .at(arguments[0].span(), "a number is expected")),
    }
}

fn openssl(arguments: &[Word], facts: &Facts, holds: fn(&OpensslVersion, &OpensslVersion) -> bool) -> Parsed<bool> {
    let version = facts.tls.as_ref().and_then(|library| library.openssl);
    let wanted = OpensslVersion::parse(arguments[0].to_str()?);
    match (version, wanted) {
        (Some(version), Some(wanted)) => Ok(holds(&version, &wanted)),
        (_, None) => Err(Diagnostic::error(format!("'{}' is not an OpenSSL version", arguments[0]))
            .code("bad-condition")
            .at(arguments[0].span(), "three numbers as in 1.1.1 or 3.0.0 are expected")),
        (None, _) => Err(Diagnostic::error("the TLS library in use has no OpenSSL version")
            .code("bad-condition")
            .help("ask feature(OPENSSL) first, joined with &&")),
    }
}
