//! The stack of open `.if` blocks of one file. Knows which lines are live; the reader gives it the directives.

use crate::diagnostic::{Diagnostic, Parsed};
use crate::limits::MAX_BLOCK_DEPTH;
use crate::source::Span;

/// Open blocks, the innermost last.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    open: Vec<Block>,
    /// How many `.if` were met beyond the deepest block possible; their `.endif` close nothing else.
    beyond: usize,
}

#[derive(Debug)]
struct Block {
    /// The `.if` that opened it.
    opened: Span,
    state: State,
    /// The `.else` it has had.
    else_at: Option<Span>,
}

/// What a block does with the lines at hand.
///
/// ```text
/// .if false ─▶ Waiting ─ .elif true / .else ─▶ Live
/// .if true ──▶ Live ──── .elif / .else ──────▶ Done
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The lines count.
    Live,
    /// No branch was taken yet; the next condition matters.
    Waiting,
    /// A branch was taken, or none can be: the block is inside a dead one, or a condition was faulty. What follows up
    /// to `.endif` does not count.
    Done,
}

impl Blocks {
    /// Whether a line here counts.
    pub(crate) fn is_live(&self) -> bool {
        self.beyond == 0 && self.open.last().is_none_or(|block| block.state == State::Live)
    }

    /// Whether the condition of an `.elif` here decides anything.
    pub(crate) fn wants_condition(&self) -> bool {
        self.beyond == 0
            && self.open.last().is_some_and(|block| block.state == State::Waiting && block.else_at.is_none())
    }

    /// `.if`. The condition is `None` if it was faulty or not looked at because no line here is live.
    pub(crate) fn begin(&mut self, at: Span, condition: Option<bool>) -> Parsed<()> {
        if self.open.len() == MAX_BLOCK_DEPTH {
            self.beyond += 1;
            // Told once: the blocks inside this one are too deep as well.
            return match self.beyond {
                1 => Err(Diagnostic::error(format!("too many nested '.if': {MAX_BLOCK_DEPTH} are possible"))
                    .code("block-depth")
                    .at(at, "")),
                _ => Ok(()),
            };
        }
        let state = match condition {
            Some(true) => State::Live,
            Some(false) => State::Waiting,
            None => State::Done,
        };
        let state = if self.is_live() { state } else { State::Done };
        self.open.push(Block { opened: at, state, else_at: None });
        Ok(())
    }

    /// `.elif`. The condition is `None` if it was faulty or does not matter.
    pub(crate) fn alternative(&mut self, at: Span, condition: Option<bool>) -> Parsed<()> {
        let Some(block) = self.innermost(at, ".elif")? else { return Ok(()) };
        if let Some(first) = block.else_at {
            block.state = State::Done;
            return Err(misplaced("'.elif' after '.else' is not permitted", at, first));
        }
        block.state = match (block.state, condition) {
            (State::Waiting, Some(true)) => State::Live,
            (State::Waiting, Some(false)) => State::Waiting,
            _ => State::Done,
        };
        Ok(())
    }

    /// `.else`.
    pub(crate) fn otherwise(&mut self, at: Span) -> Parsed<()> {
        let Some(block) = self.innermost(at, ".else")? else { return Ok(()) };
        if let Some(first) = block.else_at {
            block.state = State::Done;
            return Err(misplaced("'.else' after '.else' is not permitted", at, first));
        }
        block.else_at = Some(at);
        block.state = if block.state == State::Waiting { State::Live } else { State::Done };
        Ok(())
    }

    /// `.endif`.
    pub(crate) fn end(&mut self, at: Span) -> Parsed<()> {
        if self.beyond > 0 {
            self.beyond -= 1;
            return Ok(());
        }
        match self.open.pop() {
            Some(_) => Ok(()),
            None => Err(lone(at, ".endif")),
        }
    }

    /// A fault for every block still open, outermost first; closes them.
    pub(crate) fn close_all(&mut self) -> Vec<Diagnostic> {
        self.beyond = 0;
        let unclosed = |block: Block| {
            Diagnostic::error("non-terminated '.if' block")
                .code("open-block")
                .at(block.opened, "this block is never closed")
                .help("close it with '.endif' in the same file")
        };
        self.open.drain(..).map(unclosed).collect()
    }

    /// The block that `.elif` and `.else` act on; `None` if it is one too deep to be kept.
    fn innermost(&mut self, at: Span, directive: &str) -> Parsed<Option<&mut Block>> {
        if self.beyond > 0 {
            return Ok(None);
        }
        self.open.last_mut().map(Some).ok_or_else(|| lone(at, directive))
    }
}

fn lone(at: Span, directive: &str) -> Diagnostic {
    Diagnostic::error(format!("lone '{directive}' with no matching '.if'")).code("lone-directive").at(at, "")
}

fn misplaced(message: &str, at: Span, first: Span) -> Diagnostic {
    Diagnostic::error(message).code("misplaced-directive").at(at, "").also(first, "the '.else' is here")
}
