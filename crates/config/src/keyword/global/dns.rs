//! `dns-accept-family`: the families of addresses that name servers are asked for (configuration manual 3.1).

use burdock_resolve::{Family, FamilyPolicy};
use burdock_syntax::Parsed;

use crate::args::{Args, not_one_of};
use crate::draft::{GlobalDraft, Spanned};
use crate::keyword::Keyword;

pub(super) const KEYWORDS: &[Keyword<GlobalDraft>] = &[Keyword::global(
    "dns-accept-family",
    "{ipv4|ipv6|auto}[,…]",
    "the families of addresses that name servers are asked for",
    "3.1",
    families,
)];

fn families(global: &mut GlobalDraft, args: &mut Args<'_>) -> Parsed<()> {
    let word = args.required("a family")?;
    args.end()?;
    let (mut v4, mut v6, mut auto) = (false, false, false);
    for name in word.to_str()?.split(',') {
        match name {
            "ipv4" => v4 = true,
            "ipv6" => v6 = true,
            "auto" => auto = true,
            _ => return Err(not_one_of(word, "a family", ["ipv4", "ipv6", "auto"])),
        }
    }
    let policy = match (v4 || auto, v6) {
        (true, true) => FamilyPolicy::Both,
        (false, true) => FamilyPolicy::Only(Family::V6),
        (_, false) if auto => FamilyPolicy::Auto,
        (_, false) => FamilyPolicy::Only(Family::V4),
    };
    global.dns_families = Some(Spanned::new(policy, word.span()));
    Ok(())
}
