//! How much of the load a server takes.

use burdock_balance::HashKey;
use burdock_base::limit::MAX_WEIGHT;

use crate::args::within;
use crate::draft::{ServerOptions, Spanned};
use crate::keyword::Keyword;
use crate::keyword::bind::clamp;

pub(super) const OPTIONS: &[Keyword<ServerOptions>] = &[
    Keyword::new("weight", "<weight>", "its share of the load, 0 to 256", "5.2", |server, args| {
        let weight = within(args.lenient_optional_number("a weight")?, 0..=i64::from(MAX_WEIGHT))?;
        server.weight = Some(weight.map(clamp));
        Ok(())
    }),
    Keyword::new("maxconn", "<requests>", "requests at once; 0: no limit", "5.2", |server, args| {
        server.maxconn = Some(args.lenient_optional_count("a number of requests")?);
        Ok(())
    }),
    Keyword::new("maxqueue", "<requests>", "requests that may wait for it; 0: no limit", "5.2", |server, args| {
        server.maxqueue = Some(args.lenient_optional_count("a number of requests")?);
        Ok(())
    }),
    Keyword::new(
        "hash-key",
        "id|id32|guid|addr|addr-port",
        "what its places on a hash ring come from",
        "5.2",
        |server, args| {
            server.hash_key = Some(args.choice("what its places come from", &HashKey::NAMED)?);
            Ok(())
        },
    ),
    Keyword::new("backup", "", "used only where no other server is usable", "5.2", |server, args| {
        server.backup = Some(Spanned::new(true, args.name_span));
        Ok(())
    }),
    Keyword::new("non-stick", "", "no stick table takes it down", "5.2", |server, args| {
        server.non_stick = Some(Spanned::new(true, args.name_span));
        Ok(())
    }),
    Keyword::new("stick", "", "stick tables take it down as any other", "5.2", |server, args| {
        server.non_stick = Some(Spanned::new(false, args.name_span));
        Ok(())
    }),
    Keyword::new("no-backup", "", "used as any other server", "5.2", |server, args| {
        server.backup = Some(Spanned::new(false, args.name_span));
        Ok(())
    }),
];
