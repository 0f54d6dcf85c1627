//! Servers of rings and of backends in `mode log`: how lines get there.

use burdock_model::Framing;

use crate::draft::ServerOptions;
use crate::keyword::Keyword;

pub(super) const OPTIONS: &[Keyword<ServerOptions>] = &[
    Keyword::new(
        "log-proto",
        "legacy|octet-count",
        "how log lines are told apart on a stream",
        "5.2",
        |server, args| {
            const FRAMINGS: [(&str, Framing); 2] = [("legacy", Framing::Lines), ("octet-count", Framing::OctetCount)];
            server.log_framing = Some(args.choice("a framing", &FRAMINGS)?);
            Ok(())
        },
    ),
    Keyword::new("log-bufsize", "<bytes>", "how much may wait for it in a log backend", "5.2", |server, args| {
        server.log_buffer = Some(args.size(1..=u64::from(u32::MAX))?);
        Ok(())
    }),
];
