//! What a server is called and whether it takes part.

use burdock_syntax::{Diagnostic, Parsed};

use crate::args::Args;
use crate::draft::{InitAddress, ServerOptions, Spanned};
use crate::keyword::Keyword;

pub(super) const OPTIONS: &[Keyword<ServerOptions>] = &[
    Keyword::new(
        "cookie",
        "<value>",
        "the value of the persistence cookie that means this server",
        "5.2",
        |server, args| {
            server.cookie = Some(args.bytes("a cookie value")?);
            Ok(())
        },
    ),
    Keyword::new("id", "<number>", "the number shown in statistics", "5.2", |server, args| {
        let id = args.number("a number", 1..=i64::from(u32::MAX))?;
        server.id = Some(id.map(|id| id as u32));
        Ok(())
    }),
    Keyword::new("disabled", "", "starts in maintenance", "5.2", |server, args| {
        server.disabled = Some(Spanned::new(true, args.name_span));
        Ok(())
    }),
    Keyword::new("enabled", "", "does not start in maintenance", "5.2", |server, args| {
        server.disabled = Some(Spanned::new(false, args.name_span));
        Ok(())
    }),
    Keyword::new(
        "init-addr",
        "{last|libc|none|<ip>}[,…]",
        "where its address comes from at the start",
        "5.2",
        |server, args| {
            server.init_address = Some(init_address(args)?);
            Ok(())
        },
    ),
];

fn init_address(args: &mut Args<'_>) -> Parsed<Spanned<Vec<InitAddress>>> {
    let word = args.required("a list of methods")?;
    let methods = word.to_str()?.split(',').filter(|method| !method.is_empty()).map(|method| match method {
        "last" => Ok(InitAddress::Last),
        "libc" => Ok(InitAddress::Libc),
        "none" => Ok(InitAddress::Nowhere),
        other => other.parse().map(InitAddress::Address).map_err(|_| {
            Diagnostic::error(format!("'{other}' is neither a method nor an address"))
                .code("unknown-value")
                .at(word.span(), "'last', 'libc', 'none' or an address is expected")
        }),
    });
    Ok(Spanned::new(methods.collect::<Parsed<_>>()?, word.span()))
}
