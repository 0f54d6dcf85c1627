//! What encrypted tokens may use: `jwt.decrypt_alg_list`, `jwt.decrypt_enc_list` (configuration manual 3.1).

use burdock_sample::{DecryptionPolicy, UnknownAlgorithm};
use burdock_syntax::{Diagnostic, Parsed};

use crate::args::Args;
use crate::draft::GlobalDraft;
use crate::keyword::Keyword;

pub(super) const KEYWORDS: &[Keyword<GlobalDraft>] = &[
    Keyword::global(
        "jwt.decrypt_alg_list",
        "<algorithms>",
        "how the keys of tokens that are decrypted may be encrypted, with colons between the names",
        "3.1",
        |global, args| list(global, args, DecryptionPolicy::set_algorithms),
    ),
    Keyword::global(
        "jwt.decrypt_enc_list",
        "<algorithms>",
        "how their contents may be encrypted, with colons between the names",
        "3.1",
        |global, args| list(global, args, DecryptionPolicy::set_encryptions),
    ),
];

type Setter = fn(&mut DecryptionPolicy, &str) -> Result<(), UnknownAlgorithm>;

fn list(global: &mut GlobalDraft, args: &mut Args<'_>, set: Setter) -> Parsed<()> {
    let list = args.text("a list of algorithms")?;
    args.end()?;
    set(&mut global.decryption_policy, &list.value).map_err(|UnknownAlgorithm(name)| {
        Diagnostic::error(format!("'{name}' is no algorithm for encrypted tokens"))
            .code("unknown-value")
            .at(list.span, "not known")
            .help("write 'ALL' or names of RFC 7518 with ':' between them, a '!' in front of those that are left out")
    })
}
