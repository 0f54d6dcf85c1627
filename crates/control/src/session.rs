//! One runtime connection: its level and mode, and the turns of reading a line, running its commands and writing their answers.

use std::borrow::Cow;
use std::future::poll_fn;
use std::io;
use std::time::Duration;

use burdock_base::Instant;
use burdock_model::log::LEVEL_NAMES;
use burdock_model::{Level, StatsLevel};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use crate::Runtime;
use crate::answer::{Answer, Events, Report, Wait};
use crate::command::wait::Progress;
use crate::command::{self, Call};
use crate::input::{Input, Piece};
use crate::limit::{ANSWER_PIECE, DRAIN_MS, DRAINED, MAX_PAYLOAD, WAIT_LOOK};
use crate::line::{self, Words};

/// What a connection may do and how it talks.
#[derive(Debug)]
pub(crate) struct Session {
    /// What it may do; never rises.
    pub(crate) level: StatsLevel,
    /// Whether it goes on after a line.
    pub(crate) mode: PromptMode,
    /// Whether the prompt shows the process's uptime.
    pub(crate) timed_prompt: bool,
    /// Milliseconds of silence after which it is closed.
    pub(crate) timeout_ms: u64,
    /// Whether messages show their level.
    pub(crate) severity: SeverityOutput,
    /// `experimental-mode`: whether commands that may still change are there.
    pub(crate) is_experimental: bool,
    /// `expert-mode`: whether commands that may end the process are there.
    pub(crate) is_expert: bool,
}

/// `prompt` (management manual 9.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PromptMode {
    /// `n`: one line of commands, then the connection is closed.
    Once,
    /// `i`: any number of lines.
    Interactive,
    /// `p`: any number of lines, each asked for by a prompt.
    Prompt,
}

/// `set severity-output`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SeverityOutput {
    /// Messages stand alone.
    None,
    /// The level's number stands before them.
    Number,
    /// The level's name stands before them.
    Name,
}

/// Talks to a peer until either side is done. Faults of the connection end it; nobody is told.
pub(crate) async fn converse<S: AsyncRead + AsyncWrite + Unpin + Send>(
    stream: S,
    level: StatsLevel,
    runtime: &Runtime,
) {
    let (timeout_ms, max_line) = {
        let model = runtime.model.load();
        (model.global.stats_timeout_ms, model.global.tune.buffer_size)
    };
    let session = Session {
        level,
        mode: PromptMode::Once,
        timed_prompt: false,
        timeout_ms,
        severity: SeverityOutput::None,
        is_experimental: false,
        is_expert: false,
    };
    let mut conversation = Conversation { stream, input: Input::new(max_line), session, runtime };
    // Whatever went wrong, there is nobody left to hear of it.
    let _ = conversation.run().await;
    let _ = timeout(Duration::from_millis(DRAIN_MS), conversation.leave()).await;
}

struct Conversation<'a, S> {
    stream: S,
    input: Input,
    session: Session,
    runtime: &'a Runtime,
}

/// What comes after a line of commands.
#[derive(PartialEq, Eq)]
enum Next {
    Line,
    Close,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Conversation<'_, S> {
    async fn run(&mut self) -> io::Result<()> {
        loop {
            let silence = self.silence_limit();
            let line = match self.input.line(&mut self.stream, silence).await? {
                Piece::Line(line) => line::parse(&line),
                Piece::End => return Ok(()),
                Piece::TooLong => return self.write(LINE_TOO_LONG.as_bytes()).await,
            };
            let payload = match &line.payload_end {
                None => None,
                Some(end) => match self.payload(end).await? {
                    Some(payload) => Some(payload),
                    None => return Ok(()),
                },
            };
            if self.run_commands(&line.commands, payload.as_deref()).await? == Next::Close {
                return Ok(());
            }
        }
    }

    /// Runs the commands of a line in order; a payload belongs to the last.
    async fn run_commands(&mut self, commands: &[Words], payload: Option<&[u8]>) -> io::Result<Next> {
        for (n, words) in commands.iter().enumerate() {
            let payload = payload.filter(|_| n + 1 == commands.len());
            let answer = match words {
                Words::TooMany => Answer::refused(TOO_MANY_ARGUMENTS),
                Words::Given(words) => command::run(
                    words,
                    Call { session: &mut self.session, runtime: self.runtime, payload, arguments: &[] },
                ),
            };
            if let Answer::Close = answer {
                return Ok(Next::Close);
            }
            self.write_answer(answer).await?;
        }
        match self.session.mode {
            PromptMode::Once => return Ok(Next::Close),
            PromptMode::Interactive => {}
            PromptMode::Prompt => {
                let prompt = self.prompt();
                self.write(prompt.as_bytes()).await?;
            }
        }
        Ok(Next::Line)
    }

    /// The payload up to the line `end`, or nothing where the peer left before or sent too much.
    async fn payload(&mut self, end: &[u8]) -> io::Result<Option<Vec<u8>>> {
        let silence = self.silence_limit();
        let mut payload = Vec::new();
        loop {
            if self.session.mode == PromptMode::Prompt {
                self.write(b"+ ").await?;
            }
            let left = MAX_PAYLOAD - payload.len();
            match self.input.payload_line(&mut self.stream, silence, left).await? {
                Piece::Line(line) if line == end => return Ok(Some(payload)),
                Piece::Line(line) if line.len() < left => {
                    payload.extend_from_slice(&line);
                    payload.push(b'\n');
                }
                Piece::End => return Ok(None),
                Piece::Line(_) | Piece::TooLong => {
                    self.write(PAYLOAD_TOO_LONG.as_bytes()).await?;
                    return Ok(None);
                }
            }
        }
    }

    async fn write_answer(&mut self, answer: Answer) -> io::Result<()> {
        let text = match answer {
            Answer::Done | Answer::Close => String::new(),
            Answer::Text(text) => text,
            Answer::Message(level, text) => format!("{}{text}\n", self.session.severity.prefix(level)),
            Answer::Report(report) => return self.write_report(report).await,
            Answer::Events(events) => return self.write_events(events).await,
            Answer::Wait(wait) => format!("{}\n", self.outcome_of(wait).await),
        };
        self.write((text + "\n").as_bytes()).await
    }

    async fn write_report(&mut self, mut report: Box<dyn Report>) -> io::Result<()> {
        let mut piece = String::new();
        let mut more = true;
        while more {
            while more && piece.len() < ANSWER_PIECE {
                more = report.write_piece(&mut piece, self.now());
            }
            if !more {
                piece.push('\n');
            }
            self.write(piece.as_bytes()).await?;
            piece.clear();
        }
        Ok(())
    }

    /// Shows the lines of a ring. Where later ones are awaited, whatever the peer says next only ends that.
    async fn write_events(&mut self, mut events: Events) -> io::Result<()> {
        let mut piece = Vec::new();
        loop {
            events.place = events.ring.read(events.place, |head, tail| {
                piece.extend_from_slice(head);
                piece.extend_from_slice(tail);
                piece.push(events.separator);
                piece.len() < ANSWER_PIECE
            });
            if !piece.is_empty() {
                self.write(&piece).await?;
                piece.clear();
                continue;
            }
            if !events.follow {
                return self.write(b"\n").await;
            }
            tokio::select! {
                () = poll_fn(|cx| events.ring.poll_line(events.place, cx)) => {}
                said = self.input.discard(&mut self.stream) => {
                    said?;
                    events.follow = false;
                }
            }
        }
    }

    /// Waits, and says what came of it. A peer that ends its side goes on waiting, unlike in HAProxy: command-line tools do so at once.
    async fn outcome_of(&self, wait: Wait) -> Cow<'static, str> {
        let end = tokio::time::Instant::now() + wait.delay;
        loop {
            let reason = match wait.condition.look(self.runtime) {
                Progress::Met => return "Done.".into(),
                Progress::Hopeless(reason) => return format!("Failed. {reason}").into(),
                Progress::Pending(reason) => reason,
            };
            let left = end.saturating_duration_since(tokio::time::Instant::now());
            if left.is_zero() {
                return match reason {
                    None => "Done.".into(),
                    Some(reason) => format!("Wait delay expired. {reason}").into(),
                };
            }
            tokio::time::sleep(if reason.is_none() { left } else { WAIT_LOOK.min(left) }).await;
        }
    }

    /// Writes everything, giving up on a peer that takes nothing for as long as it may be silent.
    async fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        let limit = self.silence_limit();
        while !bytes.is_empty() {
            let n = timeout(limit, self.stream.write(bytes)).await??;
            if n == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            bytes = &bytes[n..];
        }
        Ok(())
    }

    /// Ends our side, and takes in what the peer has sent beyond its last answer: closing with input unread would reset the connection
    /// and with it the answer.
    async fn leave(&mut self) -> io::Result<()> {
        self.stream.shutdown().await?;
        let mut ignored = [0; 4096];
        let mut left = DRAINED;
        while left > 0 {
            match self.stream.read(&mut ignored).await? {
                0 => break,
                n => left = left.saturating_sub(n),
            }
        }
        Ok(())
    }

    fn prompt(&self) -> String {
        if !self.session.timed_prompt {
            return "> ".to_owned();
        }
        let seconds = self.now().ms_since(Instant::START) / 1000;
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
        format!("[{days}:{hours:02}:{minutes:02}:{:02}]> ", seconds % 60)
    }

    fn silence_limit(&self) -> Duration {
        Duration::from_millis(self.session.timeout_ms)
    }

    fn now(&self) -> Instant {
        self.runtime.model.load().process.clock.now()
    }
}

impl SeverityOutput {
    fn prefix(self, level: Level) -> String {
        match self {
            Self::None => String::new(),
            Self::Number => format!("[{}]: ", level as u8),
            Self::Name => {
                let name = LEVEL_NAMES.iter().find(|(_, named)| *named == level).map_or("", |(name, _)| name);
                format!("[{name}]: ")
            }
        }
    }
}

const LINE_TOO_LONG: &str =
    "The command line is longer than a buffer. A larger 'tune.bufsize' in the configuration allows longer ones.\n";
const PAYLOAD_TOO_LONG: &str = "The payload is too long.\n";
const TOO_MANY_ARGUMENTS: &str = "Too many arguments. Commands must have at most 64 arguments.";
