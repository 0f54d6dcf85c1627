//! `option` lines (configuration manual 4.2).

pub(crate) mod connection;
pub(crate) mod forwarded;
pub(crate) mod http;
pub(crate) mod log;
pub(crate) mod persistence;

use burdock_syntax::Parsed;

use crate::args::{Args, Prefix};
use crate::draft::{ProxyDraft, Spanned, Switch};

/// An option that is on, off with `no`, or as if never said with `default`.
fn switch(proxy: &mut ProxyDraft, args: &mut Args<'_>, switch: Switch) -> Parsed<()> {
    args.end()?;
    let said = match args.prefix {
        Prefix::None => Some(Spanned::new(true, args.name_span)),
        Prefix::No => Some(Spanned::new(false, args.name_span)),
        Prefix::Default => None,
    };
    proxy.settings.switches.set(switch, said);
    Ok(())
}
