//! Answers as the configuration words them: the arguments that `http-request return`, `deny`, `tarpit` and `http-error` share, and what they
//! become (configuration manual 4.2 `http-error`, actions `return` and `deny`). Must not know when an answer is sent.

use std::path::Path;
use std::sync::Arc;

use burdock_http::reply::{STATUSES, allows_body, is_reserved};
use burdock_http::{EditError, HeaderName, Reply};
use burdock_sample::{Format, Input, Phase, Scope, Style};
use burdock_syntax::{Diagnostic, Diagnostics, Parsed, Word};

use crate::action::ActionArgs;

/// What the proxies have for a status.
#[derive(Clone, Debug)]
pub enum ErrorPage {
    /// A whole response; none: the connection is closed without a byte.
    Ready(Option<Arc<Reply>>),
    /// One that is made for the request.
    Composed(Arc<ReplyTemplate>),
}

/// A response that is put together for each request.
#[derive(Debug)]
pub struct ReplyTemplate {
    status: u16,
    headers: Box<[(HeaderName, Format)]>,
    content_type: Option<Box<[u8]>>,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Fixed(Box<[u8]>),
    Format(Format),
}

impl ReplyTemplate {
    /// The response for a request. A header whose value is empty is left out, and so is the type of an empty body.
    ///
    /// # Errors
    /// Where what the formats give cannot stand in a head.
    pub fn reply(&self, input: &Input<'_>) -> Result<Reply, EditError> {
        let mut builder = Reply::builder(self.status);
        for (name, value) in &self.headers {
            let value = value.text(input, Style::Head);
            if !value.is_empty() {
                builder = builder.header(name.as_bytes(), value)?;
            }
        }
        let body = match &self.body {
            Body::Fixed(body) => &**body,
            Body::Format(format) => format.text(input, Style::Plain),
        };
        if body.is_empty() { builder.empty() } else { builder.body(self.content_type.as_deref(), body) }
    }
}

/// What the arguments of an answer come to.
#[derive(Debug)]
pub enum Wording {
    /// The page that the proxies have for the status: `default-errorfiles`.
    Page,
    /// A whole response: `errorfile`, `errorfiles`. None: nothing is sent.
    Ready(Option<Arc<Reply>>),
    /// Parts.
    Composed(Arc<ReplyTemplate>),
}

/// How the arguments are written, for people.
pub const USAGE: &str = "[status <code>] [content-type <type>] \
    [default-errorfiles | errorfile <file> | errorfiles <name> | file <file> | lf-file <file> | string <text> | lf-string <format>] \
    [hdr <name> <format>]…";

/// Reads the arguments up to a condition or the end. `status` is the one where none is given.
///
/// # Errors
/// A word that is not possible, a file that cannot be read, a content that the status does not allow.
pub fn parse(args: &mut ActionArgs<'_>, status: u16) -> Parsed<(u16, Wording)> {
    let mut arguments = Arguments { status, content_type: None, headers: Vec::new(), payload: None };
    while let Some(word) = args.next_argument() {
        arguments.take(word, args)?;
    }
    arguments.finish(args)
}

/// Reads an `http-error` line: `status <code>` and the other arguments.
///
/// # Errors
/// As [`parse`], or there is no status, or none that the proxies answer with by themselves.
pub fn parse_http_error(
    name: &Word,
    words: &[Word],
    phase: Phase,
    scope: &Scope<'_>,
    findings: &mut Diagnostics,
) -> Parsed<(u16, Option<ErrorPage>)> {
    let mut args = ActionArgs::of_line(name, words, USAGE, phase, scope, findings);
    if !words.iter().any(|word| *word == *"status") {
        return Err(args.missing("'status' and a status"));
    }
    let (status, wording) = parse(&mut args, 0)?;
    if let Some(word) = args.peek() {
        return Err(args.unexpected(word, "no condition"));
    }
    require_page(status, name)?;
    Ok((
        status,
        match wording {
            Wording::Page => None,
            Wording::Ready(reply) => Some(ErrorPage::Ready(reply)),
            Wording::Composed(template) => Some(ErrorPage::Composed(template)),
        },
    ))
}

/// That the proxies have a page for the status.
///
/// # Errors
/// They have none.
pub fn require_page(status: u16, word: &Word) -> Parsed<()> {
    if Reply::builtin_statuses().any(|known| known == status) {
        return Ok(());
    }
    let listed: Vec<_> = Reply::builtin_statuses().map(|status| status.to_string()).collect();
    Err(Diagnostic::error(format!("status {status} is never sent by the proxy itself"))
        .code("unknown-value")
        .at(word.span(), "no such answer")
        .note(format!("possible are {}", listed.join(", "))))
}

/// A whole response as the content of an `errorfile` gives it; none where it is empty.
///
/// # Errors
/// It is no usable response; `word` names the file.
pub fn whole_response(text: &[u8], word: &Word) -> Parsed<Option<Arc<Reply>>> {
    if text.is_empty() {
        return Ok(None);
    }
    let reply = Reply::parse(text).map_err(|fault| {
        Diagnostic::error(format!("'{word}' holds no usable HTTP response"))
            .code("bad-errorfile")
            .at(word.span(), fault.to_string())
            .note(
                "the file has to hold a status line, header fields, an empty line and the body, as they are to be sent",
            )
    })?;
    Ok(Some(Arc::new(reply)))
}

struct Arguments<'a> {
    status: u16,
    content_type: Option<&'a Word>,
    headers: Vec<(HeaderName, Format)>,
    payload: Option<(&'a Word, Payload<'a>)>,
}

enum Payload<'a> {
    DefaultPages,
    ErrorFile(Option<Arc<Reply>>),
    ErrorSection(&'a Word),
    Body(Body),
}

impl<'a> Arguments<'a> {
    fn take(&mut self, word: &'a Word, args: &mut ActionArgs<'a>) -> Parsed<()> {
        match word.as_bytes() {
            b"status" => self.status = status(args)?,
            b"deny_status" if *args.name == *"deny" || *args.name == *"tarpit" => self.status = status(args)?,
            b"content-type" => self.content_type = Some(args.required("a media type")?),
            b"hdr" => self.header(args)?,
            b"default-errorfiles" => self.pay(word, Payload::DefaultPages, args)?,
            b"errorfile" => {
                let file = args.required("the name of a file")?;
                let reply = whole_response(&read(file, args)?, file)?;
                self.pay(word, Payload::ErrorFile(reply), args)?;
            }
            b"errorfiles" => {
                let section = args.required("the name of an 'http-errors' section")?;
                self.pay(word, Payload::ErrorSection(section), args)?;
            }
            b"string" => {
                let text = args.required("a text")?;
                self.pay(word, Payload::Body(Body::Fixed(text.as_bytes().into())), args)?;
            }
            b"lf-string" => {
                let format = args.format("a format")?;
                self.pay(word, Payload::Body(Body::Format(format)), args)?;
            }
            b"file" => {
                let file = args.required("the name of a file")?;
                let body = read(file, args)?.into();
                self.pay(word, Payload::Body(Body::Fixed(body)), args)?;
            }
            b"lf-file" => {
                let file = args.required("the name of a file")?;
                let text = Word::synthetic(read(file, args)?, file.span());
                let format = args.format_of(&text)?;
                self.pay(word, Payload::Body(Body::Format(format)), args)?;
            }
            _ => return Err(args.unexpected(word, "an argument of an answer, 'if' or 'unless'")),
        }
        Ok(())
    }

    fn pay(&mut self, word: &'a Word, payload: Payload<'a>, args: &ActionArgs<'_>) -> Parsed<()> {
        if let Some((first, _)) = &self.payload {
            let fault = args.unexpected(word, "one source of the content");
            return Err(fault.also(first.span(), "this says already what it is"));
        }
        self.payload = Some((word, payload));
        Ok(())
    }

    fn header(&mut self, args: &mut ActionArgs<'a>) -> Parsed<()> {
        let name = args.required("the name of a header")?;
        let value = args.format("its value")?;
        let header = HeaderName::lenient(name.as_bytes());
        if is_reserved(header.as_bytes()) {
            args.findings.push(
                Diagnostic::warning(format!("'{name}' is left out of the answer, which has its own"))
                    .code("ignored-argument")
                    .at(name.span(), "ignored"),
            );
        } else {
            self.headers.push((header, value));
        }
        Ok(())
    }

    fn finish(self, args: &mut ActionArgs<'_>) -> Parsed<(u16, Wording)> {
        let status = self.status;
        self.warn(args);
        let body = match self.payload {
            None => Body::Fixed(Box::default()),
            Some((word, Payload::Body(body))) => {
                let empty = matches!(&body, Body::Fixed(text) if text.is_empty());
                if !allows_body(status) && !empty {
                    return Err(args.unexpected(word, &format!("no content, since the status is {status}")));
                }
                if self.content_type.is_none() && !empty {
                    return Err(args.missing("'content-type', which a content needs"));
                }
                body
            }
            Some((word, Payload::DefaultPages)) => {
                require_page(status, word)?;
                return Ok((status, Wording::Page));
            }
            Some((_, Payload::ErrorFile(reply))) => return Ok((status, Wording::Ready(reply))),
            Some((_, Payload::ErrorSection(section))) => {
                return Ok((status, of_section(section, status, args)?));
            }
        };
        let content_type = self.content_type.map(|word| word.as_bytes().into());
        let template = ReplyTemplate { status, headers: self.headers.into(), content_type, body };
        Ok((status, Wording::Composed(Arc::new(template))))
    }

    /// A type needs a content, and whole responses take no parts.
    fn warn(&self, args: &mut ActionArgs<'_>) {
        let whole = match &self.payload {
            Some((_, Payload::Body(_))) => return,
            Some(_) => true,
            None => false,
        };
        if let Some(content_type) = self.content_type {
            let why = if whole { "the file has its own" } else { "there is no content" };
            args.findings.push(ignored(content_type, &format!("the type is ignored: {why}")));
        }
        if whole && !self.headers.is_empty() {
            args.findings.push(ignored(args.name, "'hdr' is ignored: the file has its own headers"));
        }
    }
}

fn ignored(word: &Word, message: &str) -> Diagnostic {
    Diagnostic::warning(message).code("ignored-argument").at(word.span(), "ignored")
}

/// The answer of an `http-errors` section; the page that the proxies have where it has none.
fn of_section(section: &Word, status: u16, args: &mut ActionArgs<'_>) -> Parsed<Wording> {
    let sections = &args.scope.names.error_sections;
    let Some(found) = sections.get(&*section.display()) else {
        return Err(unknown_section(section, sections.keys().map(String::as_str)));
    };
    match found.get(&status) {
        Some(reply) => Ok(Wording::Ready(reply.clone())),
        None => {
            args.findings.push(
                Diagnostic::warning(format!("the section 'http-errors {section}' has no answer for status {status}"))
                    .code("unknown-value")
                    .at(section.span(), "the usual page is sent"),
            );
            Ok(Wording::Page)
        }
    }
}

/// The fault that there is no `http-errors` section of that name.
pub fn unknown_section<'n>(word: &Word, names: impl Iterator<Item = &'n str>) -> Diagnostic {
    let fault = Diagnostic::error(format!("there is no section 'http-errors {word}'"))
        .code("unknown-name")
        .at(word.span(), "not found");
    match burdock_syntax::suggest::suggest(&word.display(), names) {
        Some(near) => fault.replace(word.span(), near, format!("did you mean '{near}'?")),
        None => fault,
    }
}

fn status(args: &mut ActionArgs<'_>) -> Parsed<u16> {
    let word = args.required("a status")?;
    let code = word.to_str().ok().and_then(|text| text.parse().ok()).filter(|code| STATUSES.contains(code));
    code.ok_or_else(|| args.unexpected(word, "a status from 200 to 599"))
}

fn read(file: &Word, args: &ActionArgs<'_>) -> Parsed<Vec<u8>> {
    use std::os::unix::ffi::OsStrExt;
    let path = Path::new(std::ffi::OsStr::from_bytes(file.as_bytes()));
    args.scope.names.read_file(path).map_err(|fault| {
        Diagnostic::error(format!("'{file}' cannot be read")).code("unreadable-file").at(file.span(), fault.to_string())
    })
}
