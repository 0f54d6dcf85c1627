//! `do-resolve`: the address of a host name that a request brings along.

use std::sync::Arc;

use burdock_resolve::{Family, HostName, Section};
use burdock_sample::{Assignment, Expression, Type, Value};
use burdock_syntax::suggest::suggest;
use burdock_syntax::{Diagnostic, Parsed, Word};

use super::{Act, Action, ActionArgs, Parameter, Scene};
use crate::flow::{Flow, Lookup};
use crate::set::RuleSetKinds;

pub(super) const ACTIONS: &[Action] = &[Action {
    name: "do-resolve",
    parameter: Parameter::Required,
    sets: RuleSetKinds::HTTP_REQUEST.with(RuleSetKinds::TCP_CONTENT),
    usage: "(<variable>,<resolvers>[,{ipv4|ipv6}]) <expression>",
    doc: "Asks name servers for the address of a host name, waits for it, and puts it into a variable; where there is none, the variable \
          stays as it is.",
    parse,
}];

fn parse(args: &mut ActionArgs<'_>) -> Parsed<Box<dyn Act>> {
    let parameter = args.parameter.clone().ok_or_else(|| args.missing("a variable"))?;
    let parts = split(&parameter);
    let (variable, section, family) = match &parts[..] {
        [variable, section] => (variable, section, None),
        [variable, section, family] => (variable, section, Some(family)),
        _ => {
            return Err(Diagnostic::error(
                "'do-resolve' takes a variable, a 'resolvers' section, and 'ipv4' or 'ipv6'",
            )
            .code("bad-argument")
            .at(parameter.span(), "")
            .help(format!("usage: do-resolve{}", args_usage())));
        }
    };
    let prefer = match family.map(Word::as_bytes) {
        // As measured: addresses of IPv6 come first where nothing is said.
        None | Some(b"" | b"ipv6") => Family::V6,
        Some(b"ipv4") => Family::V4,
        Some(_) => {
            let span = family.map_or_else(|| parameter.span(), Word::span);
            return Err(Diagnostic::error("the options of 'do-resolve' are 'ipv4' and 'ipv6'")
                .code("bad-argument")
                .at(span, "no such option"));
        }
    };
    let into = Assignment::parse(variable, args.scope)?;
    let section = section_of(section, args)?;
    let host = args.expression_of(Type::Str)?;
    Ok(Box::new(DoResolve { section, prefer, into, host }))
}

const fn args_usage() -> &'static str {
    ACTIONS[0].usage
}

fn split(parameter: &Word) -> Vec<Word> {
    let bytes = parameter.as_bytes();
    let mut parts = Vec::new();
    let mut start = 0;
    for end in (0..=bytes.len()).filter(|at| bytes.get(*at).is_none_or(|byte| *byte == b',')) {
        parts.push(parameter.slice(start..end));
        start = end + 1;
    }
    parts
}

fn section_of(word: &Word, args: &ActionArgs<'_>) -> Parsed<Arc<Section>> {
    let sections = &args.scope.names.resolvers;
    let name = word.to_str()?;
    if let Some(section) = sections.get(name) {
        return Ok(Arc::clone(section));
    }
    let fault = Diagnostic::error(format!("there is no section 'resolvers {name}'"))
        .code("unknown-name")
        .at(word.span(), "not there");
    let near = suggest(name, sections.keys().map(String::as_str));
    Err(match near {
        Some(near) => fault.help(format!("did you mean '{near}'?")),
        None => fault,
    })
}

#[derive(Debug)]
struct DoResolve {
    section: Arc<Section>,
    prefer: Family,
    into: Assignment,
    host: Expression,
}

impl Act for DoResolve {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        let input = scene.input();
        let host = self.host.evaluate(&input).and_then(|value| value.cast(Type::Str, scene.scratch));
        let Some(Value::Str(host)) = host else { return Flow::Continue };
        // What is no name has no address, and nobody need be asked.
        let Some(name) = HostName::parse(host) else { return Flow::Continue };
        let Self { section, prefer, into, .. } = self;
        Flow::Resolve(Box::new(Lookup { section: Arc::clone(section), prefer: *prefer, name, into: into.clone() }))
    }
}

#[cfg(test)]
mod tests {
    use burdock_resolve::Settings;
    use burdock_sample::Names;
    use burdock_state::{Directory, Stored};

    use super::*;
    use crate::action::testing::Rules;
    use crate::testing::request;

    fn names() -> Names {
        let section = |name: &str| {
            let section = Section::new(name.to_owned(), Settings::default(), Vec::new());
            (name.to_owned(), Arc::new(section))
        };
        let mut names = Names::default();
        names.resolvers = [section("dns"), section("other")].into();
        names
    }

    fn rules(text: &str) -> Result<Rules, String> {
        Rules::parse_with(text, names())
    }

    #[test]
    fn what_is_asked_for() {
        for (rule, host, expected) in [
            ("do-resolve(txn.a,dns,ipv4) req.hdr(host),host_only", "App.Example:80", Some("app.example V4 dns")),
            ("do-resolve(txn.a,other,ipv6) req.hdr(host)", "app.example.", Some("app.example V6 other")),
            ("do-resolve(txn.a,dns) req.hdr(host)", "app", Some("app V6 dns")),
            ("do-resolve(txn.a,dns,) req.hdr(host)", "app", Some("app V6 dns")),
            ("do-resolve(txn.a,dns,ipv4) src", "app", Some("127.0.0.1 V4 dns")),
            ("do-resolve(txn.a,dns) req.hdr(none)", "app", None),
            ("do-resolve(txn.a,dns) req.hdr(host)", "no name", None),
            ("do-resolve(txn.a,dns) req.hdr(host) if FALSE", "app", None),
        ] {
            for set in ["http-request", "tcp-request content"] {
                let rules = rules(&format!("{set} {rule}")).unwrap_or_else(|fault| panic!("{rule}: {fault}"));
                let asked = match rules.run(&mut request(&format!("GET /\nhost: {host}")), &Directory::empty()) {
                    Flow::Resolve(lookup) => {
                        Some(format!("{} {:?} {}", lookup.name, lookup.prefer, lookup.section.name))
                    }
                    _ => None,
                };
                assert_eq!(asked.as_deref(), expected, "{set} {rule}");
            }
        }
    }

    #[test]
    fn what_comes_of_it() {
        let rules = rules("http-request do-resolve(txn.a,dns) req.hdr(host)").unwrap();
        let mut txn = request("GET /\nhost: app");
        let Flow::Resolve(lookup) = rules.run(&mut txn, &Directory::empty()) else { panic!("nothing is asked") };
        let scratch = burdock_sample::Scratch::new();
        let world = Directory::empty();
        let phase = crate::RuleSetKind::HttpRequest.phase(true);
        let mut scene =
            Scene { txn: &mut txn, world: &world, now: burdock_base::Instant::START, phase, scratch: &scratch };
        lookup.note(std::net::IpAddr::from([127, 0, 0, 2]), &mut scene);
        let address = Stored::Addr([127, 0, 0, 2].into());
        assert_eq!(txn.variables.transaction.read(0, Clone::clone), Some(address));
    }

    #[test]
    fn what_is_refused() {
        for (rule, expected) in [
            ("http-request do-resolve txn.a", "'do-resolve' lacks its parentheses"),
            ("http-request do-resolve(txn.a) src", "'do-resolve' takes a variable, a 'resolvers' section"),
            ("http-request do-resolve(txn.a,dns,ipv4,x) src", "'do-resolve' takes a variable, a 'resolvers' section"),
            ("http-request do-resolve(txn.a,dns,ipv5) src", "the options of 'do-resolve' are"),
            ("http-request do-resolve(txn.a,dnss) src", "there is no section 'resolvers dnss'"),
            ("http-request do-resolve(a,dns) src", "'a' must begin with"),
            ("http-request do-resolve(txn.a,dns)", "'do-resolve(txn.a,dns)' lacks a sample expression"),
            ("http-response do-resolve(txn.a,dns) src", "unknown action 'do-resolve'"),
            ("tcp-request connection do-resolve(txn.a,dns) src", "unknown action 'do-resolve'"),
        ] {
            let fault = rules(rule).err().unwrap_or_else(|| panic!("{rule} is accepted"));
            assert!(fault.starts_with(expected), "{rule}: {fault}");
        }
    }
}
