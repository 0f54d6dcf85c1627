//! What a section is: `mode`, `disabled`, `id`, `description`.

use burdock_model::Mode;
use burdock_syntax::{Diagnostic, Parsed, Word};

use crate::args::Args;
use crate::draft::{ProxyDraft, Spanned};
use crate::keyword::{Keyword, Sections, not_yet};

pub(crate) const KEYWORDS: &[Keyword<ProxyDraft>] = &[
    Keyword::proxy("mode", "http|tcp|log", "what is understood of the traffic", "4.2", mode).within(Sections::PROXY),
    Keyword::proxy("disabled", "", "the section takes no part", "4.2", |proxy, args| {
        args.end()?;
        proxy.settings.disabled = Some(Spanned::new(true, args.name_span));
        Ok(())
    })
    .within(Sections::PROXY),
    Keyword::proxy("enabled", "", "the section takes part, whatever its defaults say", "4.2", |proxy, args| {
        args.end()?;
        proxy.settings.disabled = Some(Spanned::new(false, args.name_span));
        Ok(())
    })
    .within(Sections::PROXY),
    Keyword::proxy(
        "be-unpublished",
        "",
        "rules of other sections pass it by until it is published",
        "4.2",
        |proxy, args| {
            args.end()?;
            proxy.unpublished = true;
            Ok(())
        },
    )
    .within(Sections::BACKEND.with(Sections::LISTEN)),
    Keyword::proxy("id", "<number>", "the number shown in statistics", "4.2", |proxy, args| {
        let id = args.number("a number", 1..=i64::from(i32::MAX))?;
        args.end()?;
        proxy.id = Some(id.map(|id| id as u32));
        Ok(())
    })
    .within(NAMED),
    Keyword::proxy("description", "<text>", "a text shown in statistics", "4.2", |proxy, args| {
        args.required("a text")?;
        let words = args.all();
        let Some(text) = Word::join(words) else { return Ok(()) };
        proxy.description = Some(Spanned::new(text.to_str()?.to_owned(), text.span()));
        Ok(())
    })
    .within(NAMED),
];

/// All sections with a name of their own.
const NAMED: Sections = Sections::FRONTEND.with(Sections::LISTEN).with(Sections::BACKEND);

fn mode(proxy: &mut ProxyDraft, args: &mut Args<'_>) -> Parsed<()> {
    let word = args.required("a mode")?;
    let name = word.display();
    if ["spop", "haterm", "syslog"].contains(&name.as_ref()) {
        return Err(not_yet(&format!("mode {name}"), word.span()));
    }
    let unknown = Diagnostic::error(format!("unknown mode '{name}'"))
        .code("unknown-value")
        .at(word.span(), "'http', 'tcp' or 'log' is expected");
    let mode = match name.as_ref() {
        "http" => Mode::Http,
        "tcp" => Mode::Tcp,
        "log" => Mode::Log,
        _ => return Err(unknown),
    };
    args.end()?;
    proxy.settings.mode = Some(Spanned::new(mode, word.span()));
    Ok(())
}
