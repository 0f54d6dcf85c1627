//! Lines of `tcp-check` and `http-check` in their order: which connection they belong to, how messages count them, what is implied.

use burdock_model::{CheckAction, CheckStep, ConnectStep, Content, ExpectStep, StatusSet};
use burdock_sample::{Assignment, Expression, Format, Phase, Scope};
use burdock_state::CheckStatus;
use burdock_syntax::{Diagnostic, Diagnostics, Parsed, Word};

use super::line::{self, ConnectWish, RequestWords};
use super::{Draught, expect};
use crate::args::{Args, Context};
use crate::draft::{CheckLine, CheckLines, CheckVerb};

/// What lines are compiled with.
pub(super) struct Compiler<'a> {
    pub(super) findings: &'a mut Diagnostics,
    pub(super) context: &'a Context<'a>,
    /// What expressions may name.
    pub(super) scope: Scope<'a>,
}

/// What checks do where nothing is said.
pub(super) fn connection_alone() -> Draught {
    let mut draught = Draught::default();
    draught.imply_connection();
    draught
}

impl Draught {
    /// Adds a connection as the server's line has it.
    pub(super) fn imply_connection(&mut self) {
        let step = ConnectStep { slot: self.wishes.len(), ..ConnectStep::default() };
        self.wishes.push(ConnectWish { as_server: true, is_implied: true, ..ConnectWish::default() });
        self.push(0, None, CheckAction::Connect(step));
    }

    /// Adds a step.
    pub(super) fn push(&mut self, number: u32, comment: Option<String>, action: CheckAction) {
        self.steps.push(CheckStep { number, comment: comment.map(String::into_boxed_str), action });
    }
}

impl<'a> Compiler<'a> {
    /// The words of a line.
    pub(super) fn args<'l>(&'l mut self, line: &'l CheckLine) -> Args<'l>
    where
        'a: 'l,
    {
        Args::new(line.name.value.clone(), line.name.span, &line.words, self.context, self.findings)
    }

    /// The steps of `tcp-check` lines.
    pub(super) fn tcp(&mut self, lines: &CheckLines) -> Draught {
        let mut draught = Draught::default();
        if self.begins_with_connection(&lines.lines) != Some(true) {
            draught.imply_connection();
        }
        for (number, line) in (1..).zip(&lines.lines) {
            let comment = preceding_comment(&lines.lines, number as usize - 1);
            self.add(&mut draught, line, number, comment, false);
        }
        draught
    }

    /// The steps of `http-check` lines and the request of `option httpchk`.
    pub(super) fn http(&mut self, lines: &CheckLines) -> Draught {
        let mut draught = Draught::default();
        let request = lines.request.as_ref().and_then(|line| self.request_words(line));
        let mut request = Some(request.unwrap_or_default());
        if self.begins_with_connection(&lines.lines) != Some(true) {
            draught.imply_connection();
        }
        // Whether something was asked over the present connection, and whether an answer is expected.
        let (mut asked_by, mut is_answered): (Option<&CheckLine>, bool) = (None, false);
        for (at, line) in lines.lines.iter().enumerate() {
            let number = at as u32 + 1;
            let comment = preceding_comment(&lines.lines, at);
            match line.verb {
                CheckVerb::Request => {
                    if let Some(first) = asked_by.replace(line) {
                        self.findings.push(
                            Diagnostic::error("a connection of a check carries one request")
                                .code("misplaced")
                                .at(line.name.span, "an 'http-check connect' has to stand before it")
                                .also(first.name.span, "this request goes first"),
                        );
                        continue;
                    }
                    let Some(said) = self.request_words(line) else { continue };
                    // The first request completes what the option says.
                    let said = said.or(request.take().unwrap_or_default());
                    self.add_request(&mut draught, said, number, comment);
                    is_answered = false;
                    continue;
                }
                CheckVerb::Expect => {
                    match (request.take(), asked_by) {
                        (Some(said), None) => self.add_request(&mut draught, said, 1, None),
                        (None, None) if !is_answered => self.findings.push(
                            Diagnostic::error("nothing is asked over this connection")
                                .code("misplaced")
                                .at(line.name.span, "an 'http-check send' has to stand before it"),
                        ),
                        _ => {}
                    }
                    is_answered = true;
                }
                CheckVerb::Connect if at > 0 && draught.steps.iter().any(CheckStep::connects) => {
                    if let (Some(said), None) = (request.take(), asked_by) {
                        self.add_request(&mut draught, said, number, None);
                    }
                    (asked_by, is_answered) = (None, false);
                }
                _ => {}
            }
            self.add(&mut draught, line, number, comment, true);
        }
        let last = lines.lines.len() as u32;
        if let (Some(said), None) = (request.take(), asked_by) {
            self.add_request(&mut draught, said, last + 1, None);
            is_answered = false;
        }
        let is_asked = draught.steps.iter().rev().take_while(|step| !step.connects()).any(CheckStep::asks);
        if is_asked && !is_answered {
            draught.push(last.max(1) + 1, None, CheckAction::Expect(Box::new(usual_status())));
        }
        draught
    }

    fn request_words(&mut self, line: &CheckLine) -> Option<RequestWords> {
        let words = RequestWords::read(self, line);
        self.findings.take(words.map_err(|fault| fault.or_at(line.name.span, "")))
    }

    fn add_request(&mut self, draught: &mut Draught, mut said: RequestWords, number: u32, comment: Option<String>) {
        let comment = said.comment.take().or(comment);
        let request = said.compile(self);
        if let Some(request) = self.findings.take(request) {
            draught.push(number, comment, CheckAction::Request(Box::new(request)));
        }
    }

    /// Whether the first line that does something connects; none where no line does. Where another one does, that is a fault.
    fn begins_with_connection(&mut self, lines: &[CheckLine]) -> Option<bool> {
        let is_connect = |line: &&CheckLine| matches!(line.verb, CheckVerb::Connect);
        let connect = lines.iter().find(is_connect)?;
        let first = lines.iter().find(|line| {
            matches!(line.verb, CheckVerb::Connect | CheckVerb::Request | CheckVerb::Send { .. } | CheckVerb::Expect)
        })?;
        if is_connect(&first) {
            return Some(true);
        }
        self.findings.push(
            Diagnostic::error("where there is a 'connect' line, the first line has to be one too")
                .code("misplaced")
                .at(connect.name.span, "connects")
                .also(first.name.span, "only comments and variables may stand before the first connection"),
        );
        Some(false)
    }

    fn add(&mut self, draught: &mut Draught, line: &CheckLine, number: u32, comment: Option<String>, is_http: bool) {
        let step = self.step(draught, line, is_http).map_err(|fault| fault.or_at(line.name.span, ""));
        if let Some(Some((action, own_comment))) = self.findings.take(step) {
            draught.push(number, own_comment.or(comment), action);
        }
    }

    /// What a line does; nothing where it only says something.
    fn step(
        &mut self,
        draught: &mut Draught,
        line: &CheckLine,
        is_http: bool,
    ) -> Parsed<Option<(CheckAction, Option<String>)>> {
        let scope = self.scope;
        Ok(Some(match &line.verb {
            CheckVerb::Comment => {
                let mut args = self.args(line);
                args.text("a text")?;
                args.lenient_end();
                return Ok(None);
            }
            CheckVerb::Connect => {
                let (step, wish, comment) = line::connect(self, line, draught.wishes.len(), is_http)?;
                draught.wishes.push(wish);
                (CheckAction::Connect(step), comment)
            }
            CheckVerb::Send { is_format, is_binary } => line::send(self, line, *is_format, *is_binary)?,
            CheckVerb::Expect => {
                let (expect, comment) = expect::read(self, line, is_http)?;
                (CheckAction::Expect(Box::new(expect)), comment)
            }
            // They are put together elsewhere, with what the option says.
            CheckVerb::Request => return Ok(None),
            CheckVerb::SetVariable(name) => {
                let variable = Assignment::parse(name, &scope)?;
                let word = self.value(line)?;
                let value = line::in_checks(Expression::parse(&word, &scope)?, &word)?;
                (CheckAction::SetVariable(variable, value), None)
            }
            CheckVerb::SetVariableText(name) => {
                let variable = Assignment::parse(name, &scope)?;
                let word = self.value(line)?;
                let text = Format::parse(&word, &scope, Phase::Check, self.findings)?;
                (CheckAction::SetVariableText(variable, text), None)
            }
            CheckVerb::UnsetVariable(name) => {
                let variable = Assignment::parse(name, &scope)?;
                self.args(line).lenient_end();
                (CheckAction::UnsetVariable(variable), None)
            }
        }))
    }

    fn value(&mut self, line: &CheckLine) -> Parsed<Word> {
        let mut args = self.args(line);
        let word = args.required("a value")?.clone();
        args.lenient_end();
        Ok(word)
    }
}

/// Whether a step opens a connection, or asks something over it.
trait Kind {
    fn connects(&self) -> bool;
    fn asks(&self) -> bool;
}

impl Kind for CheckStep {
    fn connects(&self) -> bool {
        matches!(self.action, CheckAction::Connect(_))
    }

    fn asks(&self) -> bool {
        matches!(self.action, CheckAction::Request(_))
    }
}

/// The comment that a line gets from the one before it. `expect` lines that follow each other share one (measured).
fn preceding_comment(lines: &[CheckLine], at: usize) -> Option<String> {
    for line in lines.get(..at).unwrap_or_default().iter().rev() {
        match line.verb {
            CheckVerb::Comment => return line.words.first().map(|word| word.display().into_owned()),
            CheckVerb::Connect | CheckVerb::Request | CheckVerb::Send { .. } => return None,
            _ => {}
        }
    }
    None
}

/// What is expected of a response where nothing is said.
fn usual_status() -> ExpectStep {
    ExpectStep {
        content: Content::Status(StatusSet([200..=399].into())),
        error_status: CheckStatus::Layer7Status,
        ..expect::usual()
    }
}
