//! How authorities and OCSP responders are spoken to, and whether certificates renew themselves: `acme.scheduler`, `httpclient.*`.

use std::path::Path;

use burdock_http_client::Family;
use burdock_syntax::Parsed;

use crate::args::Args;
use crate::draft::GlobalDraft;
use crate::keyword::Keyword;

pub(super) const KEYWORDS: &[Keyword<GlobalDraft>] = &[
    Keyword::global(
        "acme.scheduler",
        "auto|off",
        "whether certificates are renewed by themselves",
        "3.1",
        |global, args| {
            global.acme.scheduler = Some(args.choice("'auto' or 'off'", &[("auto", true), ("off", false)])?);
            args.end()
        },
    ),
    Keyword::global(
        "httpclient.resolvers.prefer",
        "ipv4|ipv6",
        "which addresses of authorities and OCSP responders are tried first",
        "3.9",
        |global, args| {
            global.acme.prefer = Some(args.choice("a family", &[("ipv4", Family::Ipv4), ("ipv6", Family::Ipv6)])?);
            args.end()
        },
    ),
    Keyword::global(
        "httpclient.retries",
        "<number>",
        "further attempts to connect to an authority or an OCSP responder",
        "3.9",
        |global, args| {
            global.acme.retries = Some(args.number("a number of attempts", 0..=1000)?.map(|number| number as u32));
            args.end()
        },
    ),
    Keyword::global(
        "httpclient.ssl.ca-file",
        "<file>|@system-ca",
        "what authorities and OCSP responders are known by",
        "3.9",
        ca_file,
    ),
    Keyword::global(
        "httpclient.ssl.verify",
        "[none|required]",
        "whether certificates of authorities' servers and OCSP responders are looked at",
        "3.9",
        |global, args| {
            global.acme.verify = Some(args.choice("'none' or 'required'", &[("none", false), ("required", true)])?);
            args.end()
        },
    ),
    Keyword::global(
        "httpclient.timeout.connect",
        "<time>",
        "how long connecting to an authority or an OCSP responder may take",
        "3.9",
        |global, args| {
            global.acme.connect_timeout_ms = Some(args.time_ms()?);
            args.end()
        },
    ),
];

fn ca_file(global: &mut GlobalDraft, args: &mut Args<'_>) -> Parsed<()> {
    let file = args.path("a file name")?;
    args.end()?;
    let is_system = file.value == Path::new("@system-ca");
    global.acme.ca_file = Some(file.map(|file| (!is_system).then(|| args.located(&file))));
    Ok(())
}
