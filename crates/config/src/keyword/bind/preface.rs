//! What proxies in front of us say of a connection before its first byte.

use burdock_syntax::{Diagnostic, Parsed};

use crate::args::Args;
use crate::draft::{BindOptions, Spanned};
use crate::keyword::Keyword;

pub(super) const OPTIONS: &[Keyword<BindOptions>] = &[
    Keyword::new("accept-proxy", "", "connections begin with a header of the PROXY protocol", "5.1", |bind, args| {
        bind.accept_proxy = Some(Spanned::new(true, args.name_span));
        Ok(())
    }),
    Keyword::new(
        "accept-netscaler-cip",
        "<magic number>",
        "connections begin with a Client IP header of NetScaler",
        "5.1",
        |bind, args| {
            bind.netscaler_magic = Some(magic(args)?);
            Ok(())
        },
    ),
];

/// HAProxy reads a negative number as the one of the same 32 bits.
fn magic(args: &mut Args<'_>) -> Parsed<Spanned<u32>> {
    let number = args.lenient_number("a number")?.map(|number| number as u32);
    if number.value == 0 {
        return Err(Diagnostic::error("zero is no number to tell headers by")
            .code("out-of-range")
            .at(number.span, "the number that the NetScaler was given is expected"));
    }
    Ok(number)
}
