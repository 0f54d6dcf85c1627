//! Fetches that depend on nothing (configuration manual 7.3.2).

use super::{Fetch, Run};
use crate::args::{ArgKind, ArgSpec};
use crate::phase::Validity;
use crate::value::{Type, Value};

pub(super) const FETCHES: &[Fetch] = &[
    Fetch {
        name: "always_false",
        aliases: &[],
        args: ArgSpec::NONE,
        check: None,
        output: Type::Bool,
        validity: Validity::ALWAYS,
        doc: "False.",
        run: Run::One(|_, _| Some(Value::Bool(false))),
    },
    Fetch {
        name: "always_true",
        aliases: &[],
        args: ArgSpec::NONE,
        check: None,
        output: Type::Bool,
        validity: Validity::ALWAYS,
        doc: "True.",
        run: Run::One(|_, _| Some(Value::Bool(true))),
    },
    Fetch {
        name: "bool",
        aliases: &[],
        args: ArgSpec { usage: "<bool>", kinds: &[ArgKind::Choice(BOOLEANS)], required: 1 },
        check: None,
        output: Type::Bool,
        validity: Validity::ALWAYS,
        doc: "The truth value given.",
        run: Run::One(|_, args| Some(Value::Bool(args.choice(0)? < FIRST_FALSE))),
    },
    Fetch {
        name: "int",
        aliases: &[],
        args: ArgSpec { usage: "<integer>", kinds: &[ArgKind::Integer], required: 1 },
        check: None,
        output: Type::Int,
        validity: Validity::ALWAYS,
        doc: "The number given.",
        run: Run::One(|_, args| args.integer(0).map(Value::Int)),
    },
    Fetch {
        name: "str",
        aliases: &[],
        args: ArgSpec { usage: "<string>", kinds: &[ArgKind::Text], required: 1 },
        check: None,
        output: Type::Str,
        validity: Validity::ALWAYS,
        doc: "The text given.",
        run: Run::One(|_, args| args.text(0).map(Value::Str)),
    },
];

/// The words for a truth value; the true ones come first.
const BOOLEANS: &[&str] = &["true", "1", "false", "0"];

/// Where the false ones begin.
const FIRST_FALSE: usize = 2;
