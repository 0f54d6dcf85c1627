//! The connections behind a message: addresses as logs and samples see them (`set-src`, `set-dst` and their ports), marks on packets
//! (`set-fc-mark` and its kin), and `silent-drop`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use burdock_sample::{Expression, Type, Value};
use burdock_syntax::Parsed;
use burdock_txn::{Directives, Endpoint};

use super::args::Amount;
use super::directive::number;
use super::{Act, Action, ActionArgs, Parameter, Scene};
use crate::flow::Flow;
use crate::set::RuleSetKinds;

/// Whatever is about a request.
const REQUEST: RuleSetKinds = RuleSetKinds::HTTP_REQUEST.with(RuleSetKinds::TCP_REQUEST);
/// The same, and what stands on the way back.
const EXCHANGE: RuleSetKinds = REQUEST.with(RuleSetKinds::HTTP_RESPONSE).with(RuleSetKinds::TCP_RESPONSE);
/// Where a server has not been connected to.
const BEFORE_SERVER: RuleSetKinds = RuleSetKinds::HTTP_REQUEST.with(RuleSetKinds::TCP_CONTENT);

pub(super) const ACTIONS: &[Action] = &[
    Action {
        name: "set-src",
        parameter: Parameter::None,
        sets: REQUEST,
        usage: "<expression>",
        doc: "Replaces the client's address; its port stays.",
        parse: |args| parse_address(args, End::Client),
    },
    Action {
        name: "set-src-port",
        parameter: Parameter::None,
        sets: REQUEST,
        usage: "<expression>",
        doc: "Replaces the client's port.",
        parse: |args| parse_port(args, End::Client),
    },
    Action {
        name: "set-dst",
        parameter: Parameter::None,
        sets: REQUEST,
        usage: "<expression>",
        doc: "Replaces the address that the client connected to; its port stays.",
        parse: |args| parse_address(args, End::Local),
    },
    Action {
        name: "set-dst-port",
        parameter: Parameter::None,
        sets: REQUEST,
        usage: "<expression>",
        doc: "Replaces the port that the client connected to.",
        parse: |args| parse_port(args, End::Local),
    },
    mark("set-fc-mark", EXCHANGE, "Marks the packets that are sent to the client.", parse_client_mark),
    mark("set-mark", EXCHANGE, "An older name of 'set-fc-mark'.", parse_client_mark),
    mark("set-bc-mark", BEFORE_SERVER, "Marks the packets that are sent to the server.", |args| {
        parse_mark(args, u32::MAX, |wishes, mark| wishes.server_mark = Some(mark as u32))
    }),
    mark("set-fc-tos", EXCHANGE, "Sets the service type of the packets that are sent to the client.", parse_client_tos),
    mark("set-tos", EXCHANGE, "An older name of 'set-fc-tos'.", parse_client_tos),
    mark("set-bc-tos", BEFORE_SERVER, "Sets the service type of the packets that are sent to the server.", |args| {
        parse_mark(args, MAX_TOS, |wishes, tos| wishes.server_tos = Some(tos as u8))
    }),
    Action {
        name: "silent-drop",
        parameter: Parameter::None,
        sets: EXCHANGE,
        usage: "[rst-ttl <1 to 255>]",
        doc: "Forgets the connection: the client is told nothing, or a reset that does not reach it.",
        parse: parse_silent_drop,
    },
];

const fn mark(
    name: &'static str,
    sets: RuleSetKinds,
    doc: &'static str,
    parse: fn(&mut ActionArgs<'_>) -> Parsed<Box<dyn Act>>,
) -> Action {
    Action { name, parameter: Parameter::None, sets, usage: "{<number>|<expression>}", doc, parse }
}

/// An end of the client's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The client's.
    Client,
    /// Ours.
    Local,
}

impl End {
    fn of<'s>(self, scene: &'s mut Scene<'_>) -> &'s mut Endpoint {
        match self {
            Self::Client => &mut scene.txn.client,
            Self::Local => &mut scene.txn.local,
        }
    }
}

#[derive(Debug)]
struct SetAddress {
    address: Expression,
    end: End,
}

fn parse_address(args: &mut ActionArgs<'_>, end: End) -> Parsed<Box<dyn Act>> {
    Ok(Box::new(SetAddress { address: args.expression_of(Type::Addr)?, end }))
}

impl Act for SetAddress {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        let input = scene.input();
        let address = self.address.evaluate(&input).and_then(|value| value.cast(Type::Addr, input.scratch));
        if let Some(Value::Addr(address)) = address {
            let end = self.end.of(scene);
            *end = Endpoint::Ip(SocketAddr::new(address, end.port()));
        }
        Flow::Continue
    }
}

#[derive(Debug)]
struct SetPort {
    port: Amount,
    end: End,
}

fn parse_port(args: &mut ActionArgs<'_>, end: End) -> Parsed<Box<dyn Act>> {
    Ok(Box::new(SetPort { port: args.computed()?, end }))
}

impl Act for SetPort {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        if let Some(port) = self.port.of(scene) {
            let end = self.end.of(scene);
            let address = end.ip().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
            // What is larger than a port wraps, as measured.
            *end = Endpoint::Ip(SocketAddr::new(address, port as u16));
        }
        Flow::Continue
    }
}

/// The service type takes a byte.
const MAX_TOS: u32 = 255;

fn parse_mark(args: &mut ActionArgs<'_>, maximum: u32, note: fn(&mut Directives, i64)) -> Parsed<Box<dyn Act>> {
    number(args.amount("a number or an expression", maximum)?, note)
}

fn parse_client_mark(args: &mut ActionArgs<'_>) -> Parsed<Box<dyn Act>> {
    parse_mark(args, u32::MAX, |wishes, mark| wishes.client_mark = Some(mark as u32))
}

fn parse_client_tos(args: &mut ActionArgs<'_>) -> Parsed<Box<dyn Act>> {
    parse_mark(args, MAX_TOS, |wishes, tos| wishes.client_tos = Some(tos as u8))
}

#[derive(Debug)]
struct SilentDrop {
    reset_ttl: Option<u8>,
}

fn parse_silent_drop(args: &mut ActionArgs<'_>) -> Parsed<Box<dyn Act>> {
    let mut reset_ttl = None;
    if args.next_if("rst-ttl") {
        let word = args.required("a number of hops")?;
        let hops = word.to_str().ok().and_then(|text| text.parse().ok()).filter(|hops| *hops > 0);
        reset_ttl = Some(hops.ok_or_else(|| args.unexpected(word, "a number from 1 to 255"))?);
    }
    Ok(Box::new(SilentDrop { reset_ttl }))
}

impl Act for SilentDrop {
    fn run(&self, scene: &mut Scene<'_>) -> Flow {
        scene.txn.directives.reset_ttl = self.reset_ttl;
        Flow::SilentDrop
    }
}

#[cfg(test)]
mod tests {
    use burdock_state::Directory;
    use burdock_txn::Endpoint;

    use crate::Flow;
    use crate::action::testing::{Rules, faults};
    use crate::testing::request;

    #[test]
    fn addresses() {
        for (rules, expected) in [
            ("set-src req.hdr(v4)", "10.1.2.3:4242 127.0.0.1:80"),
            ("set-src req.hdr(v6)", "::5:4242 127.0.0.1:80"),
            ("set-src req.hdr(word)", "127.0.0.1:4242 127.0.0.1:80"),
            ("set-src req.hdr(none)", "127.0.0.1:4242 127.0.0.1:80"),
            ("set-src-port int(99)", "127.0.0.1:99 127.0.0.1:80"),
            ("set-dst src,ipmask(8)", "127.0.0.1:4242 127.0.0.0:80"),
            ("set-dst-port int(70000)", "127.0.0.1:4242 127.0.0.1:4464"),
        ] {
            let mut txn = request("GET /\nv4: 10.1.2.3\nv6: ::5\nword: foo");
            Rules::parse(&format!("http-request {rules}")).unwrap().run(&mut txn, &Directory::empty());
            assert_eq!(format!("{} {}", txn.client, txn.local), expected, "{rules}");
        }
        let mut txn = request("GET /");
        txn.client = Endpoint::Unix(1);
        Rules::parse("http-request set-src-port int(5)").unwrap().run(&mut txn, &Directory::empty());
        assert_eq!(txn.client.to_string(), "0.0.0.0:5");
        txn.client = Endpoint::Unix(1);
        Rules::parse("tcp-request connection set-src str(::1)").unwrap().run(&mut txn, &Directory::empty());
        assert_eq!(txn.client.to_string(), "::1:0");
    }

    #[test]
    fn marks() {
        for (rules, expected) in [
            ("http-request set-fc-mark 0x1F", "client_mark: Some(31)"),
            ("tcp-request connection set-mark 7", "client_mark: Some(7)"),
            ("http-request set-bc-mark src_port", "server_mark: Some(4242)"),
            ("http-response set-fc-tos 255", "client_tos: Some(255)"),
            ("http-request set-tos int(256)", "client_tos: Some(0)"),
            ("tcp-request content set-bc-tos 16", "server_tos: Some(16)"),
        ] {
            let mut txn = request("GET /");
            Rules::parse(rules).unwrap().run(&mut txn, &Directory::empty());
            let wishes = format!("{:?}", txn.directives);
            assert!(wishes.contains(expected), "{rules}: {wishes}");
        }
    }

    #[test]
    fn silence() {
        for (rule, ttl) in [("silent-drop", None), ("silent-drop rst-ttl 9", Some(9))] {
            let mut txn = request("GET /");
            let flow = Rules::parse(&format!("http-request {rule}")).unwrap().run(&mut txn, &Directory::empty());
            assert!(matches!(flow, Flow::SilentDrop), "{rule}");
            assert_eq!(txn.directives.reset_ttl, ttl, "{rule}");
        }
    }

    #[test]
    fn what_is_refused() {
        faults(
            "http-request",
            &[
                ("set-src", "'set-src' lacks a sample expression"),
                ("set-dst 127.0.0.1", "unknown sample fetch '127.0.0.1'"),
                ("set-src bool(1)", "this expression gives no value of type 'addr'"),
                ("set-mark", "'set-mark' lacks a number or an expression"),
                ("set-mark 5x", "unknown sample fetch '5x'"),
                ("set-mark 99999999999", "'99999999999' is not possible here"),
                ("set-tos 256", "'256' is not possible here"),
                ("silent-drop x", "unexpected word 'x'"),
                ("silent-drop rst-ttl", "'silent-drop' lacks a number of hops"),
                ("silent-drop rst-ttl 0", "'0' is not possible here"),
            ],
        );
        faults("http-response", &[("set-bc-mark 1", "unknown action 'set-bc-mark' in 'http-response'")]);
    }
}
