//! `use-service`: a service of the program's own answers. The table of services is here; what they do is for whoever serves requests.

use burdock_syntax::suggest::suggest;
use burdock_syntax::{Diagnostic, Parsed};
use burdock_txn::Service;

use super::{Act, Action, ActionArgs, Parameter, Scene};
use crate::flow::Flow;
use crate::set::RuleSetKinds;

pub(super) const ACTIONS: &[Action] = &[Action {
    name: "use-service",
    parameter: Parameter::None,
    sets: RuleSetKinds::HTTP_REQUEST.with(RuleSetKinds::TCP_CONTENT),
    usage: "<service>",
    doc: "Has a service of the program's own answer: 'prometheus-exporter'.",
    parse,
}];

/// A service by its name in rules.
#[derive(Debug)]
struct Known {
    name: &'static str,
    /// Whether it answers requests of HTTP; otherwise it has the connection to itself.
    http: bool,
    service: Service,
}

const SERVICES: &[Known] = &[Known { name: "prometheus-exporter", http: true, service: Service::PrometheusExporter }];

#[derive(Debug)]
struct UseService(Service);

fn parse(args: &mut ActionArgs<'_>) -> Parsed<Box<dyn Act>> {
    let word = args.required("the name of a service")?;
    let http = args.set.is_http();
    let (kind, other) = if http { ("HTTP", "TCP") } else { ("TCP", "HTTP") };
    match SERVICES.iter().find(|known| *word == *known.name) {
        Some(known) if known.http == http => Ok(Box::new(UseService(known.service))),
        Some(_) => Err(Diagnostic::error(format!("'{word}' is no {kind} service"))
            .code("misplaced")
            .at(word.span(), format!("answers {other} alone"))),
        None => {
            let fault = Diagnostic::error(format!("unknown {kind} service '{word}'"));
            let fault = fault.code("unknown-name").at(word.span(), "not known");
            let names = SERVICES.iter().filter(|known| known.http == http).map(|known| known.name);
            Err(match suggest(&word.display(), names) {
                Some(near) => fault.help(format!("did you mean '{near}'?")),
                None => fault,
            })
        }
    }
}

impl Act for UseService {
    fn run(&self, _: &mut Scene<'_>) -> Flow {
        Flow::Serve(self.0)
    }
}

#[cfg(test)]
mod tests {
    use crate::action::testing::faults;

    #[test]
    fn what_is_refused() {
        faults(
            "http-request",
            &[
                ("use-service", "'use-service' lacks the name of a service"),
                ("use-service prometheus", "unknown HTTP service 'prometheus'"),
                ("use-service prometheus-exporter now", "unexpected word 'now'"),
            ],
        );
        faults(
            "tcp-request content",
            &[("use-service prometheus-exporter", "'prometheus-exporter' is no TCP service")],
        );
    }
}
