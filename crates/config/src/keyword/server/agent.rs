//! The agent beside a server that says how much it can take.

use crate::draft::{ServerOptions, Spanned};
use crate::keyword::Keyword;
use crate::keyword::server::check::{check_address, interval};

pub(super) const OPTIONS: &[Keyword<ServerOptions>] = &[
    Keyword::new("agent-check", "", "asks an agent for its weight and state", "5.2", |server, args| {
        server.agent.enabled = Some(Spanned::new(true, args.name_span));
        Ok(())
    }),
    Keyword::new("no-agent-check", "", "asks no agent", "5.2", |server, args| {
        server.agent.enabled = Some(Spanned::new(false, args.name_span));
        Ok(())
    }),
    Keyword::new(
        "agent-addr",
        "<address>",
        "where the agent is, if not at the server's address",
        "5.2",
        |server, args| {
            server.agent.address = Some(check_address(args)?);
            Ok(())
        },
    ),
    Keyword::new("agent-port", "<port>", "the agent's port", "5.2", |server, args| {
        let port = args.number("a port", 1..=i64::from(u16::MAX))?;
        server.agent.port = Some(port.map(|port| port as u16));
        Ok(())
    }),
    Keyword::new("agent-inter", "<time>", "the time between questions", "5.2", |server, args| {
        server.agent.inter_ms = Some(interval(args)?);
        Ok(())
    }),
    Keyword::new("agent-send", "<text>", "what the agent is sent first", "5.2", |server, args| {
        server.agent.send = Some(args.bytes("a text")?);
        Ok(())
    }),
];
