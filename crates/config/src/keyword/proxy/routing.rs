//! Which backend and which server take a request, and by which conditions: `default_backend`, `use_backend`, `force-be-switch`, `use-server`, `use-fcgi-app`,
//! `acl`, `force-persist`, `ignore-persist`.

use burdock_model::PersistKind;
use burdock_syntax::{Diagnostic, Parsed};

use crate::args::Args;
use crate::draft::{
    ConditionLine, FcgiUseLine, PersistLine, ProxyDraft, ProxyKind, ServerRuleLine, Spanned, SwitchLine,
};
use crate::keyword::{Keyword, Sections, condition};

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[
    Keyword::proxy(
        "default_backend",
        "<backend>",
        "the backend of requests that no rule takes",
        "4.2",
        |proxy, args| {
            let name = args.text("the name of a backend")?;
            args.end()?;
            proxy.settings.default_backend = Some(name);
            Ok(())
        },
    )
    .within(Sections::CLIENT_SIDE),
    Keyword::proxy(
        "use_backend",
        "<backend> [{if|unless} <condition>]",
        "the backend of certain requests",
        "4.2",
        use_backend,
    )
    .within(Sections::FRONTEND.with(Sections::LISTEN)),
    Keyword::proxy(
        "force-be-switch",
        "{if|unless} <condition>",
        "switches to disabled backends as well",
        "4.2",
        |proxy, args| {
            let condition = condition::required(args)?;
            proxy.force_switch.push(ConditionLine { condition, known_acls: proxy.acls.len() });
            Ok(())
        },
    )
    .within(Sections::FRONTEND.with(Sections::LISTEN)),
    Keyword::proxy(
        "use-server",
        "<server> {if|unless} <condition>",
        "the server of certain requests",
        "4.2",
        |proxy, args| {
            let server = args.required("the name of a server")?.clone();
            let condition = condition::required(args)?;
            proxy.server_rules.push(ServerRuleLine { server, condition, known_acls: proxy.acls.len() });
            Ok(())
        },
    )
    .within(Sections::LISTEN.with(Sections::BACKEND)),
    Keyword::proxy("use-fcgi-app", "<name>", "the FastCGI application behind the servers", "10.1.2", use_fcgi_app)
        .within(Sections::LISTEN.with(Sections::BACKEND)),
    Keyword::proxy("acl", "<name> <criterion> [<flag>…] [<operator>] [<value>…]", "a named condition", "4.2", acl)
        .within(Sections::PROXY),
    Keyword::proxy(
        "force-persist",
        "{if|unless} <condition>",
        "honours the cookie of a server that is down",
        "4.2",
        |proxy, args| persist(proxy, args, PersistKind::Force),
    )
    .within(Sections::LISTEN.with(Sections::BACKEND))
    .ignored_in(Sections::FRONTEND),
    Keyword::proxy("ignore-persist", "{if|unless} <condition>", "does not look at the cookie", "4.2", |proxy, args| {
        persist(proxy, args, PersistKind::Ignore)
    })
    .within(Sections::LISTEN.with(Sections::BACKEND))
    .ignored_in(Sections::FRONTEND),
];

fn use_backend(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let word = args.required("the name of a backend")?;
    let backend = Spanned::new(word.to_str()?.to_owned(), word.span());
    let format = backend.value.contains('%').then(|| word.clone());
    let condition = condition::optional(args);
    proxy.switches.push(SwitchLine { backend, format, condition, known_acls: proxy.acls.len() });
    Ok(())
}

/// `use-fcgi-app <name>`, and `filter fcgi-app <name>`, which says the same with a place among filters (configuration manual 9.5).
pub(super) fn use_fcgi_app(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let name = args.text("the name of an 'fcgi-app' section")?;
    args.end()?;
    if let Some(other) = proxy.fcgi_apps.iter().find(|other| other.name.value != name.value) {
        return Err(Diagnostic::error("a backend has one FastCGI application at most")
            .code("duplicate-name")
            .at(name.span, "another one")
            .also(other.name.span, "the first one"));
    }
    proxy.fcgi_apps.push(FcgiUseLine { name });
    Ok(())
}

fn acl(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    if proxy.kind == ProxyKind::Defaults && proxy.name.is_none() {
        return Err(Diagnostic::error("'acl' is not allowed in a 'defaults' section without a name")
            .code("misplaced")
            .at(args.name_span, "not allowed here"));
    }
    args.required("a name")?;
    args.required("a criterion")?;
    proxy.acls.push(args.all().to_vec());
    Ok(())
}

fn persist(proxy: &mut ProxyDraft, args: &mut Args<'_>, kind: PersistKind) -> Parsed<()> {
    let condition = condition::required(args)?;
    proxy.persist.push(PersistLine { kind, condition, known_acls: proxy.acls.len() });
    Ok(())
}
