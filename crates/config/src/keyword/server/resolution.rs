//! Host names of servers that are looked at while traffic runs: whom to ask, and which address to take.

use burdock_resolve::Family;
use burdock_syntax::{Diagnostic, Parsed};

use crate::args::not_one_of;
use crate::draft::{ServerOptions, Spanned};
use crate::keyword::Keyword;

pub(super) const OPTIONS: &[Keyword<ServerOptions>] = &[
    Keyword::new("resolvers", "<section>", "the section that its host name is asked of", "5.2", |server, args| {
        server.resolution.section = Some(args.text("the name of a 'resolvers' section")?);
        Ok(())
    }),
    Keyword::new("resolve-prefer", "ipv4|ipv6", "the family of addresses that comes first", "5.2", |server, args| {
        const FAMILIES: [(&str, Family); 2] = [("ipv4", Family::V4), ("ipv6", Family::V6)];
        server.resolution.prefer = Some(args.choice("a family", &FAMILIES)?);
        Ok(())
    }),
    Keyword::new("resolve-net", "<network>[,…]", "addresses that come first", "5.2", |server, args| {
        let word = args.required("a network")?;
        let networks = word.to_str()?.split(',').map(|text| {
            text.parse().map_err(|()| {
                Diagnostic::error(format!("'{text}' is no network"))
                    .code("bad-value")
                    .at(word.span(), "an address is expected, and behind '/' how many of its bits count")
            })
        });
        server.resolution.networks = Some(Spanned::new(networks.collect::<Parsed<_>>()?, word.span()));
        Ok(())
    }),
    Keyword::new("resolve-opts", "<option>[,…]", "which addresses may be taken", "5.2", |server, args| {
        let word = args.required("an option")?;
        let mut allows_duplicates = server.resolution.allows_duplicates;
        for option in word.to_str()?.split(',') {
            match option {
                "allow-dup-ip" => allows_duplicates = Some(Spanned::new(true, word.span())),
                "prevent-dup-ip" => allows_duplicates = Some(Spanned::new(false, word.span())),
                "ignore-weight" => args.report(
                    Diagnostic::advice("no weight comes with an address")
                        .code("no-meaning-here")
                        .at(word.span(), "'ignore-weight' is for SRV records, which are not supported yet"),
                ),
                _ => return Err(not_one_of(word, "an option", ["allow-dup-ip", "ignore-weight", "prevent-dup-ip"])),
            }
        }
        server.resolution.allows_duplicates = allows_duplicates;
        Ok(())
    }),
];
