//! `switch-mode`: a connection of `mode tcp` goes on in `mode http` (configuration manual 4.4).

use burdock_syntax::{Diagnostic, Parsed};

use super::{Act, Action, ActionArgs, Parameter, Scene};
use crate::flow::{Flow, SwitchTo};
use crate::set::RuleSetKinds;

pub(super) const ACTIONS: &[Action] = &[Action {
    name: "switch-mode",
    parameter: Parameter::None,
    sets: RuleSetKinds::TCP_CONTENT,
    usage: "http [proto {h1|h2}]",
    doc: "Has a connection of 'mode tcp' go on in 'mode http', with what has been received of it.",
    parse,
}];

#[derive(Debug)]
struct SwitchMode(SwitchTo);

fn parse(args: &mut ActionArgs<'_>) -> Parsed<Box<dyn Act>> {
    let word = args.required("'http'")?;
    if *word != *"http" {
        return Err(args.unexpected(word, "'http'"));
    }
    let mut to = SwitchTo::Either;
    if args.next_if("proto") {
        let word = args.required("'h1' or 'h2'")?;
        to = match word.as_bytes() {
            b"h1" => SwitchTo::Http1,
            b"h2" => SwitchTo::Http2,
            _ => return Err(args.unexpected(word, "'h1' or 'h2'")),
        };
    }
    let proxy = args.scope.proxy.and_then(|proxy| args.scope.names.proxies.get(proxy.index()));
    match proxy.filter(|proxy| !proxy.frontend) {
        None => Ok(Box::new(SwitchMode(to))),
        Some(backend) => {
            Err(Diagnostic::error(format!("'{}' has no client side whose mode could change", backend.name))
                .code("misplaced")
                .at(args.name.span(), "not possible here")
                .help("put it into a 'frontend' section"))
        }
    }
}

impl Act for SwitchMode {
    fn run(&self, _: &mut Scene<'_>) -> Flow {
        Flow::SwitchMode(self.0)
    }
}

#[cfg(test)]
mod tests {
    use burdock_sample::ProxyNames;
    use burdock_state::Directory;

    use crate::action::testing::{Rules, faults};
    use crate::flow::{Flow, SwitchTo};
    use crate::testing::request;

    #[test]
    fn what_is_spoken_then() {
        for (rule, expected) in [
            ("switch-mode http", SwitchTo::Either),
            ("switch-mode http proto h1 if TRUE", SwitchTo::Http1),
            ("switch-mode http proto h2", SwitchTo::Http2),
        ] {
            let rules = Rules::parse(&format!("tcp-request content {rule}\ntcp-request content reject"));
            let flow = rules.unwrap().run(&mut request("GET /"), &Directory::empty());
            assert!(matches!(flow, Flow::SwitchMode(to) if to == expected), "{rule}: {flow:?}");
        }
    }

    #[test]
    fn what_is_refused() {
        faults(
            "tcp-request content",
            &[
                ("switch-mode", "'switch-mode' lacks 'http'"),
                ("switch-mode tcp", "'tcp' is not possible here"),
                ("switch-mode http proto", "'switch-mode' lacks 'h1' or 'h2'"),
                ("switch-mode http proto h3", "'h3' is not possible here"),
            ],
        );
        let backend = ProxyNames { name: "b".into(), backend: true, ..ProxyNames::default() };
        let fault = Rules::parse_in("tcp-request content switch-mode http", backend).map(drop).unwrap_err();
        assert!(fault.contains("'b' has no client side"), "{fault}");
    }
}
