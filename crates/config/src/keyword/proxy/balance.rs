//! `balance` (configuration manual 4.2).

use burdock_balance::Algorithm;
use burdock_syntax::Parsed;

use crate::args::{Args, not_one_of};
use crate::draft::{ProxyDraft, Spanned};
use crate::keyword::{Keyword, Sections, not_yet};
use crate::known::{self, Class};

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] =
    &[Keyword::proxy("balance", "roundrobin|static-rr", "how the next server is chosen", "4.2", parse)
        .within(Sections::SERVER_SIDE)
        .ignored_in(Sections::FRONTEND)];

fn parse(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let Some(word) = args.next() else {
        // Alone it means round robin.
        proxy.settings.balance = Some(Spanned::new(Algorithm::RoundRobin, args.name_span));
        return Ok(());
    };
    let name = word.display();
    let algorithm = match name.as_ref() {
        "roundrobin" => Algorithm::RoundRobin,
        "static-rr" => Algorithm::StaticRoundRobin,
        _ => {
            let plain = name.split_once('(').map_or(name.as_ref(), |(plain, _)| plain);
            if known::is_known(&[Class::Balance], plain) {
                return Err(not_yet(&format!("balance {plain}"), word.span()));
            }
            let names = ["roundrobin", "static-rr"].into_iter().chain(known::names(&[Class::Balance]));
            return Err(not_one_of(word, "an algorithm", names));
        }
    };
    args.lenient_end();
    proxy.settings.balance = Some(Spanned::new(algorithm, word.span()));
    Ok(())
}
