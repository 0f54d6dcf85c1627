//! `set-bandwidth-limit`: puts a limit of the section in force (configuration manual 9.7).

use burdock_syntax::suggest::suggest;
use burdock_syntax::units::{self, TimeUnit};
use burdock_syntax::{Diagnostic, Parsed, Word};
use burdock_txn::bandwidth::BandwidthLimit;

use super::args::Amount;
use super::{Act, Action, ActionArgs, Parameter, Scene};
use crate::flow::Flow;
use crate::set::RuleSetKinds;

pub(super) const ACTIONS: &[Action] = &[Action {
    name: "set-bandwidth-limit",
    parameter: Parameter::None,
    sets: RuleSetKinds::HTTP_REQUEST
        .with(RuleSetKinds::HTTP_RESPONSE)
        .with(RuleSetKinds::TCP_CONTENT)
        .with(RuleSetKinds::TCP_RESPONSE),
    usage: "<name> [limit {<size>|<expression>}] [period {<time>|<expression>}]",
    doc: "Limits how fast payload moves, by a bandwidth limit of the section and, where given, by other numbers.",
    parse,
}];

#[derive(Debug)]
struct SetLimit {
    limit: BandwidthLimit,
    bytes: Option<Amount>,
    period_ms: Option<Amount>,
}

fn parse(args: &mut ActionArgs<'_>) -> Parsed<Box<dyn Act>> {
    let name = args.required("the name of a bandwidth limit")?;
    let limit = find(args, name)?;
    let (mut bytes, mut period_ms) = (None, None);
    while let Some(word) = args.next_argument() {
        match word.as_bytes() {
            b"limit" => bytes = Some(size(args)?),
            b"period" => period_ms = Some(time(args)?),
            _ => return Err(args.unexpected(word, "'limit' or 'period'")),
        }
    }
    Ok(Box::new(SetLimit { limit, bytes, period_ms }))
}

/// The limit of that name in the section that the rule stands in.
fn find(args: &ActionArgs<'_>, name: &Word) -> Parsed<BandwidthLimit> {
    let proxy = args.scope.proxy.and_then(|proxy| args.scope.names.proxies.get(proxy.index()));
    let limits = proxy.map(|proxy| &*proxy.bandwidth_limits).unwrap_or_default();
    if let Some((_, limit)) = limits.iter().find(|(known, _)| *name == **known) {
        return Ok(*limit);
    }
    let section = proxy.map_or("", |proxy| &proxy.name);
    let fault = Diagnostic::error(format!("'{section}' has no bandwidth limit '{name}'"))
        .code("unknown-name")
        .at(name.span(), "not declared in this section");
    Err(match suggest(&name.display(), limits.iter().map(|(known, _)| known.as_str())) {
        Some(near) => fault.help(format!("did you mean '{near}'?")),
        None => fault.help("declare it with 'filter bwlim-in' or 'filter bwlim-out'"),
    })
}

fn is_number(word: Option<&Word>) -> bool {
    word.is_some_and(|word| word.as_bytes().first().is_some_and(u8::is_ascii_digit))
}

fn size(args: &mut ActionArgs<'_>) -> Parsed<Amount> {
    if !is_number(args.peek()) {
        return args.computed();
    }
    let word = args.required("a size or an expression")?;
    Ok(Amount::Fixed(units::parse_size(word, u64::from(u32::MAX))? as i64))
}

fn time(args: &mut ActionArgs<'_>) -> Parsed<Amount> {
    if !is_number(args.peek()) {
        return args.computed();
    }
    let word = args.required("a time or an expression")?;
    Ok(Amount::Fixed(units::parse_timer(word, TimeUnit::Millisecond, args.findings)?.ms() as i64))
}

impl Act for SetLimit {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        // As measured, what is no number above zero leaves the limit as it was declared.
        let number = |amount: &Option<Amount>, declared: u32| {
            let number = amount.as_ref().and_then(|amount| amount.of(scene)).filter(|number| *number > 0);
            number.map_or(declared, |number| u32::try_from(number).unwrap_or(u32::MAX))
        };
        let bytes = number(&self.bytes, self.limit.bytes);
        let period_ms = number(&self.period_ms, self.limit.period_ms);
        scene.txn.bandwidth.get_or_insert_default().put(BandwidthLimit { bytes, period_ms, ..self.limit });
        Flow::Continue
    }
}

#[cfg(test)]
mod tests {
    use burdock_base::ProxyId;
    use burdock_sample::ProxyNames;
    use burdock_state::Directory;
    use burdock_txn::bandwidth::{BandwidthLimit, Direction};

    use crate::action::testing::Rules;
    use crate::testing::request;

    fn section() -> ProxyNames {
        let limit = |filter, direction| BandwidthLimit {
            proxy: ProxyId(0),
            filter,
            direction,
            bytes: 100,
            period_ms: 1000,
            at_least: 10,
        };
        ProxyNames {
            name: "web".into(),
            frontend: true,
            bandwidth_limits: vec![
                ("up".into(), limit(0, Direction::Upload)),
                ("down".into(), limit(1, Direction::Download)),
            ],
            ..ProxyNames::default()
        }
    }

    #[test]
    fn limits_in_force() {
        for (rules, expected) in [
            ("http-request set-bandwidth-limit down", (100, 1000)),
            ("http-request set-bandwidth-limit down limit 1m period 5s", (1 << 20, 5000)),
            ("http-request set-bandwidth-limit down period req.hdr(x) limit req.hdr(x),mul(2) if TRUE", (24, 12)),
            ("http-request set-bandwidth-limit down limit int(-5) period req.hdr(none)", (100, 1000)),
            ("http-request set-bandwidth-limit down limit 0 period 0", (100, 1000)),
            // The last rule counts, and begins from what is declared.
            ("http-request set-bandwidth-limit down limit 5\nhttp-request set-bandwidth-limit down", (100, 1000)),
        ] {
            let mut txn = request("GET /\nx: 12");
            Rules::parse_in(rules, section())
                .unwrap_or_else(|fault| panic!("{rules}: {fault}"))
                .run(&mut txn, &Directory::empty());
            let limits = txn.bandwidth.unwrap();
            let limits: Vec<_> = limits.of(Direction::Download).copied().collect();
            let (bytes, period_ms) = expected;
            assert_eq!(limits, [BandwidthLimit { bytes, period_ms, ..section().bandwidth_limits[1].1 }], "{rules}");
        }
    }

    #[test]
    fn what_is_refused() {
        for (rule, expected) in [
            ("", "lacks the name of a bandwidth limit"),
            ("dwn", "'web' has no bandwidth limit 'dwn'"),
            ("down fast", "'fast' is not possible here"),
            ("down limit", "lacks"),
            ("down limit 5g5", "5g5"),
            ("down period xyz", "unknown sample fetch 'xyz'"),
        ] {
            let fault = Rules::parse_in(&format!("http-request set-bandwidth-limit {rule}"), section());
            let fault = fault.map(drop).unwrap_err().to_string();
            assert!(fault.contains(expected), "{rule}: {fault}");
        }
    }
}
