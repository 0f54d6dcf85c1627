//! Variables of the process that the global section sets (`set-var`, `set-var-fmt`), once, when the configuration is read.

use burdock_base::{BindId, ProxyId};
use burdock_sample::{Expression, Format, Input, Names, Phase, Scope, Scratch, Style, Value, variable};
use burdock_state::{Directory, VariableId, VariableScope};
use burdock_syntax::{Diagnostic, Parsed};
use burdock_txn::{Endpoint, Txn};

use super::Resolver;
use crate::draft::{GlobalDraft, VariableLine};

/// A variable and where its value comes from.
pub(super) struct Initial {
    variable: VariableId,
    value: Source,
}

enum Source {
    Expression(Expression),
    Format(Format),
}

impl Resolver<'_> {
    /// Compiles the lines. Names are taken up here, so that rules find them.
    pub(super) fn variables(&mut self, draft: &GlobalDraft, names: &Names) -> Vec<Initial> {
        let mut initials = Vec::new();
        for line in &draft.variables {
            let initial = self.variable(line, names);
            initials.extend(self.findings.take(initial));
        }
        initials
    }

    fn variable(&mut self, line: &VariableLine, names: &Names) -> Parsed<Initial> {
        let name = &line.name;
        let fault =
            |fault: &str| Diagnostic::error(format!("'{name}' {fault}")).code("bad-argument").at(name.span(), "");
        let variable = names.variable(name.as_bytes()).map_err(fault)?;
        if variable.scope != VariableScope::Process {
            return Err(fault("is no variable of the process: only names that begin with 'proc.' are possible here"));
        }
        let scope = Scope::outside(names);
        let value = if line.is_format {
            Source::Format(Format::parse(&line.value, &scope, Phase::Configuration, self.findings)?)
        } else {
            let expression = Expression::parse(&line.value, &scope)?;
            if !expression.validity().contains(Phase::Configuration) {
                let fetch = expression.fetch().name;
                return Err(Diagnostic::error(format!(
                    "sample fetch '{fetch}' has no value while the configuration is read"
                ))
                .code("misplaced-sample")
                .at(line.value.span(), "never has a value here"));
            }
            Source::Expression(expression)
        };
        Ok(Initial { variable, value })
    }
}

/// Gives the variables their values, in the order of the lines: later ones see earlier ones.
pub(super) fn set_all(initials: &[Initial], directory: &Directory) {
    let nowhere = Endpoint::Unix(0);
    let now = directory.process.clock.now();
    let txn = Txn::new(nowhere, nowhere, ProxyId(0), BindId(0), now);
    for initial in initials {
        let scratch = Scratch::new();
        let input = Input { txn: &txn, world: directory, now, phase: Phase::Configuration, scratch: &scratch };
        let value = match &initial.value {
            Source::Expression(expression) => expression.evaluate(&input),
            Source::Format(format) => Some(Value::Str(format.text(&input, Style::Plain))),
        };
        if let Some(value) = value {
            variable::set(&input, initial.variable, Some(value));
        }
    }
}
