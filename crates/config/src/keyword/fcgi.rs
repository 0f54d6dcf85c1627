//! Keywords of `fcgi-app` sections (configuration manual 10.1.1).

use burdock_syntax::Parsed;

use super::{Keyword, Sections, condition, log};
use crate::args::{Args, Prefix};
use crate::draft::{FcgiAppDraft, FcgiParameterLine, PassedHeaderLine, Set, Spanned};

pub(super) const KEYWORDS: &[Keyword<FcgiAppDraft>] = &[
    keyword("acl", "<name> <criterion> [<flag>…] [<operator>] [<value>…]", "a condition of this section's own", acl),
    keyword("docroot", "<path>", "where scripts are on the application's host", |app, args| {
        app.document_root = Some(args.bytes("a path")?);
        args.end()
    }),
    keyword("index", "<script>", "the script of a path that ends in a slash", |app, args| {
        app.index_script = Some(args.bytes("the name of a script")?);
        args.end()
    }),
    keyword(
        "log-stderr",
        log::USAGE,
        "where the application's messages go; 'global': where the process logs",
        |app, args| log::parse(&mut app.log, args),
    ),
    keyword("option get-values", "", "asks the application for its limits when a connection begins", |app, args| {
        switch(&mut app.asks_for_limits, args)
    })
    .negatable(),
    keyword("option keep-conn", "", "connections stay open behind a request, which is the default", |app, args| {
        switch(&mut app.keeps_connections, args)
    })
    .negatable(),
    keyword("option max-reqs", "<requests>", "requests that a connection may carry at once", |app, args| {
        let requests = args.number("a number of requests", 1..=i64::from(u32::MAX))?;
        app.max_requests = Some(requests.map(|requests| u32::try_from(requests).unwrap_or(u32::MAX)));
        args.end()
    }),
    keyword("option mpxs-conns", "", "a connection may carry several requests at once", |app, args| {
        switch(&mut app.multiplexes, args)
    })
    .negatable(),
    keyword(
        "pass-header",
        "<name> [{if|unless} <condition>]",
        "tells the application of a header that it would not see",
        |app, args| {
            let name = args.required("the name of a header")?.clone();
            let condition = condition::optional(args);
            app.passed_headers.push(PassedHeaderLine { name, condition, known_acls: app.acls.len() });
            Ok(())
        },
    ),
    keyword("path-info", "<regex>", "takes a path apart into the script and what follows it", |app, args| {
        app.path_info = Some(args.required("a regular expression")?.clone());
        args.end()
    }),
    keyword(
        "set-param",
        "<name> <format> [{if|unless} <condition>]",
        "sets a parameter for the application",
        |app, args| {
            let name = args.required("the name of a parameter")?.clone();
            let value = args.required("its value")?.clone();
            let condition = condition::optional(args);
            app.parameters.push(FcgiParameterLine { name, value, condition, known_acls: app.acls.len() });
            Ok(())
        },
    ),
];

const fn keyword(
    name: &'static str,
    arguments: &'static str,
    summary: &'static str,
    parse: fn(&mut FcgiAppDraft, &mut Args<'_>) -> Parsed<()>,
) -> Keyword<FcgiAppDraft> {
    Keyword::new(name, arguments, summary, "10.1.1", parse).within(Sections::FCGI_APP)
}

fn acl(app: &mut FcgiAppDraft, args: &mut Args<'_>) -> Parsed<()> {
    args.required("a name")?;
    args.required("a criterion")?;
    app.acls.push(args.all().to_vec());
    Ok(())
}

fn switch(setting: &mut Set<bool>, args: &mut Args<'_>) -> Parsed<()> {
    args.end()?;
    *setting = match args.prefix {
        Prefix::Default => None,
        prefix => Some(Spanned::new(prefix == Prefix::None, args.name_span)),
    };
    Ok(())
}
