//! Variables: `set-var`, `set-var-fmt`, `unset-var`.

use burdock_sample::{Assignment, Expression, Format, Style, Value};
use burdock_syntax::{Diagnostic, Parsed};

use super::{Act, Action, ActionArgs, Parameter, Scene};
use crate::flow::Flow;
use crate::set::RuleSetKinds;

pub(super) const ACTIONS: &[Action] = &[
    Action {
        name: "set-var",
        parameter: Parameter::Required,
        sets: RuleSetKinds::ALL,
        usage: "(<name>[,<condition>…]) <expression>",
        doc: "Puts the value of an expression into a variable; where it has none, the variable stays as it is.",
        parse: |args| {
            let variable = assignment(args)?;
            Ok(Box::new(Set { variable, value: args.expression()? }))
        },
    },
    Action {
        name: "set-var-fmt",
        parameter: Parameter::Required,
        sets: RuleSetKinds::ALL,
        usage: "(<name>[,<condition>…]) <format>",
        doc: "Puts the text that a format gives into a variable.",
        parse: |args| {
            let variable = assignment(args)?;
            Ok(Box::new(SetText { variable, text: args.format("a format")? }))
        },
    },
    Action {
        name: "unset-var",
        parameter: Parameter::Required,
        sets: RuleSetKinds::ALL,
        usage: "(<name>)",
        doc: "Takes the value of a variable away.",
        parse: |args| {
            let variable = assignment(args)?;
            if variable.is_conditional() {
                return Err(Diagnostic::error("'unset-var' takes no conditions in its parentheses")
                    .code("excess-argument")
                    .at(args.name.span(), ""));
            }
            Ok(Box::new(Unset(variable)))
        },
    },
];

fn assignment(args: &ActionArgs<'_>) -> Parsed<Assignment> {
    match &args.parameter {
        Some(parameter) => Assignment::parse(parameter, args.scope),
        None => Err(args.missing("a variable")),
    }
}

#[derive(Debug)]
struct Set {
    variable: Assignment,
    value: Expression,
}

impl Act for Set {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        let input = scene.input();
        if let Some(value) = self.value.evaluate(&input) {
            self.variable.set(value, &input);
        }
        Flow::Continue
    }
}

#[derive(Debug)]
struct SetText {
    variable: Assignment,
    text: Format,
}

impl Act for SetText {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        let input = scene.input();
        self.variable.set(Value::Str(self.text.text(&input, Style::Plain)), &input);
        Flow::Continue
    }
}

#[derive(Debug)]
struct Unset(Assignment);

impl Act for Unset {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        self.0.unset(&scene.input());
        Flow::Continue
    }
}

#[cfg(test)]
mod tests {
    use burdock_state::{Directory, Stored};

    use crate::action::testing::{Rules, faults};
    use crate::testing::request;

    #[test]
    fn values_are_kept_and_taken_away() {
        for (rules, expected) in [
            ("http-request set-var(txn.a) path", Some(Stored::Str(b"/x"[..].into()))),
            ("http-request set-var(txn.a) int(1)", Some(Stored::Int(1))),
            ("http-request set-var(txn.a) int(1)\nhttp-request set-var(txn.a) req.hdr(x)", Some(Stored::Int(1))),
            ("http-request set-var(txn.a) int(1)\nhttp-request set-var(txn.a,ifnotset) int(2)", Some(Stored::Int(1))),
            (
                "http-request set-var-fmt(txn.a) \"<%[path]%[req.hdr(x)]>%[str(AQ==),b64dec]\"",
                Some(Stored::Str(b"</x>\x01"[..].into())),
            ),
            ("http-request set-var-fmt(txn.a) %[req.hdr(x)]", Some(Stored::Str(b""[..].into()))),
            ("http-request set-var(txn.a) int(1)\nhttp-request unset-var(txn.a)", None),
            ("tcp-request connection set-var(txn.a) src_port", Some(Stored::Int(4242))),
            ("tcp-request session set-var(txn.a) src_port", Some(Stored::Int(4242))),
            ("tcp-request content set-var(txn.a) src_port", Some(Stored::Int(4242))),
            ("tcp-response content set-var-fmt(txn.a) %[src_port]", Some(Stored::Str(b"4242"[..].into()))),
            ("http-response set-var(txn.a) src_port", Some(Stored::Int(4242))),
            ("http-after-response set-var(txn.a) src_port", Some(Stored::Int(4242))),
        ] {
            let mut txn = request("GET /x");
            Rules::parse(rules).unwrap().run(&mut txn, &Directory::empty());
            assert_eq!(txn.variables.transaction.read(0, Clone::clone), expected, "{rules}");
        }
    }

    #[test]
    fn what_is_refused() {
        faults(
            "http-request",
            &[
                ("set-var int(1)", "'set-var' lacks its parentheses"),
                ("set-var() int(1)", "'' must begin with 'proc.'"),
                ("set-var(foo.a) int(1)", "'foo.a' must begin with 'proc.'"),
                ("set-var(txn.a,often) int(1)", "the conditions are 'ifexists'"),
                ("set-var(txn.a)", "'set-var(txn.a)' lacks a sample expression"),
                (
                    "set-var(txn.a) res.hdr(a)",
                    "sample fetch 'res.hdr' has no value in 'frontend http-request header rule'",
                ),
                ("set-var-fmt(txn.a)", "'set-var-fmt(txn.a)' lacks a format"),
                ("unset-var(txn.a,ifset)", "'unset-var' takes no conditions"),
                ("unset-var(txn.a) b", "unexpected word 'b'"),
            ],
        );
    }
}
