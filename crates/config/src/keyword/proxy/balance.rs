//! `balance` (configuration manual 4.2).

use burdock_balance::Algorithm;
use burdock_model::LogBalance;
use burdock_syntax::Parsed;

use crate::args::{Args, not_one_of};
use crate::draft::{ProxyDraft, Spanned};
use crate::keyword::{Keyword, Sections, not_yet};
use crate::known::{self, Class};

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] =
    &[Keyword::proxy("balance", "roundrobin|static-rr|random|sticky", "how the next server is chosen", "4.2", parse)
        .within(Sections::SERVER_SIDE)
        .ignored_in(Sections::FRONTEND)];

fn parse(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let Some(word) = args.next() else {
        // Alone it means round robin.
        proxy.settings.balance = Some(Spanned::new(Algorithm::RoundRobin, args.name_span));
        return Ok(());
    };
    let name = word.display();
    if name == "sticky" {
        args.lenient_end();
        proxy.settings.log_balance = Some(Spanned::new(LogBalance::Sticky, word.span()));
        proxy.settings.balance = None;
        return Ok(());
    }
    let algorithm = match name.as_ref() {
        "roundrobin" => Algorithm::RoundRobin,
        "static-rr" => Algorithm::StaticRoundRobin,
        // Two draws are what no `balance` line means too.
        "random" | "random(2)" => Algorithm::Random,
        _ => {
            let plain = name.split_once('(').map_or(name.as_ref(), |(plain, _)| plain);
            if known::is_known(&[Class::Balance], plain) {
                return Err(not_yet(&format!("balance {plain}"), word.span()));
            }
            return Err(not_one_of(word, "an algorithm", known::names(&[Class::Balance])));
        }
    };
    args.lenient_end();
    proxy.settings.balance = Some(Spanned::new(algorithm, word.span()));
    proxy.settings.log_balance = None;
    Ok(())
}
