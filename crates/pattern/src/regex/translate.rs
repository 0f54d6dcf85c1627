//! Rewrites PCRE's spelling into one that both engines read alike: no flags, no names, every class a list of bytes.

mod class;
mod escape;
mod survey;

use super::byte_set::{ByteSet, is_space, is_word};
use super::{Engine, RegexFault};
use crate::subject::Case;
use survey::Groups;

/// A rewritten expression.
#[derive(Debug)]
pub(super) struct Translated {
    pub text: String,
    /// The engine that it is written for.
    pub engine: Engine,
    /// Whether `$` was rewritten to the very end of the subject, where PCRE also takes the place in front of a last newline.
    pub newline_may_follow: bool,
}

/// Rewrites an expression for the linear engine, or for the other where it must be.
pub(super) fn translate(pattern: &[u8], case: Case) -> Result<Translated, RegexFault> {
    let groups = Groups::survey(pattern);
    let mut attempt = Translator::new(pattern, case, &groups, Engine::Linear);
    attempt.run()?;
    if attempt.needs_backtracking {
        attempt = Translator::new(pattern, case, &groups, Engine::Backtracking);
        attempt.run()?;
    }
    Ok(Translated { text: attempt.out, engine: attempt.engine, newline_may_follow: attempt.newline_may_follow })
}

/// Flags that an expression turns on and off within a group.
#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    ignore_case: bool,
    multi_line: bool,
    dot_all: bool,
    extended: bool,
    ungreedy: bool,
}

/// A group whose end has not come yet.
struct OpenGroup {
    /// Where in the output it begins.
    start: usize,
    /// The flags that hold again behind it.
    outer: Flags,
    /// Whether it looks around, or is part of a group that does.
    looks_around: bool,
}

struct Translator<'a> {
    pattern: &'a [u8],
    at: usize,
    groups: &'a Groups<'a>,
    engine: Engine,
    out: String,
    flags: Flags,
    open: Vec<OpenGroup>,
    /// How many capture groups have begun.
    captures: usize,
    /// Where in `out` the last item begins that a quantifier may follow.
    item: Option<usize>,
    needs_backtracking: bool,
    newline_may_follow: bool,
}

/// How deep groups may be nested; PCRE's own limit.
const MAX_DEPTH: usize = 250;

/// The greatest number in `{n,m}`; PCRE's own limit.
const MAX_REPEATS: u32 = 65_535;

impl<'a> Translator<'a> {
    fn new(pattern: &'a [u8], case: Case, groups: &'a Groups<'a>, engine: Engine) -> Self {
        Self {
            pattern,
            at: 0,
            groups,
            engine,
            out: String::with_capacity(2 * pattern.len()),
            flags: Flags { ignore_case: case == Case::Ignored, ..Flags::default() },
            open: Vec::new(),
            captures: 0,
            item: None,
            needs_backtracking: false,
            newline_may_follow: false,
        }
    }

    fn run(&mut self) -> Result<(), RegexFault> {
        while let Some(byte) = self.next() {
            match byte {
                b'\\' => self.escape()?,
                b'[' => self.class()?,
                b'(' => self.open_group()?,
                b')' => {
                    let Some(group) = self.open.pop() else {
                        return Err(self.fault_here("unmatched closing parenthesis"));
                    };
                    self.flags = group.outer;
                    self.out.push(')');
                    self.item = Some(group.start);
                }
                b'|' => {
                    self.out.push('|');
                    self.item = None;
                }
                b'.' => {
                    let set = if self.flags.dot_all { ByteSet::ALL } else { ByteSet::of(|byte| byte != b'\n') };
                    self.push_set(&set);
                }
                b'^' if self.flags.multi_line => self.push_item("(?m:^)"),
                b'^' => self.push_item(r"\A"),
                b'$' if self.flags.multi_line => self.push_item("(?m:$)"),
                b'$' => self.end_of_subject(),
                b'*' | b'+' | b'?' => self.quantifier(char::from(byte).to_string())?,
                b'{' => match self.counts()? {
                    Some(counts) => self.quantifier(counts)?,
                    None => self.literal(b'{'),
                },
                b'#' if self.flags.extended => {
                    let rest = self.rest();
                    self.at += memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
                }
                _ if self.flags.extended && is_space(byte) => {}
                _ => self.literal(byte),
            }
        }
        match self.open.is_empty() {
            true => Ok(()),
            false => Err(self.fault_here("missing closing parenthesis")),
        }
    }

    fn rest(&self) -> &'a [u8] {
        self.pattern.get(self.at..).unwrap_or_default()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = *self.pattern.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    /// Takes `text` if it comes next.
    fn take(&mut self, text: &[u8]) -> bool {
        let found = self.rest().starts_with(text);
        self.at += if found { text.len() } else { 0 };
        found
    }

    /// Takes everything in front of the next `end`, and `end`.
    fn take_until(&mut self, end: u8) -> Result<&'a [u8], RegexFault> {
        let rest = self.rest();
        let Some(length) = memchr::memchr(end, rest) else {
            self.at = self.pattern.len();
            return Err(self.fault_here("missing terminator"));
        };
        self.at += length + 1;
        Ok(&rest[..length])
    }

    fn fault_here(&self, reason: &str) -> RegexFault {
        RegexFault { reason: reason.to_owned(), offset: self.at }
    }

    fn push_item(&mut self, text: &str) {
        self.item = Some(self.out.len());
        self.out.push_str(text);
    }

    fn push_set(&mut self, set: &ByteSet) {
        self.item = Some(self.out.len());
        set.push_to(&mut self.out);
    }

    fn literal(&mut self, byte: u8) {
        if byte.is_ascii_alphanumeric() && !(self.flags.ignore_case && byte.is_ascii_alphabetic()) {
            self.item = Some(self.out.len());
            self.out.push(char::from(byte));
            return;
        }
        let set = ByteSet::of(|other| other == byte);
        self.push_set(&if self.flags.ignore_case { set.folded() } else { set });
    }

    /// What only the backtracking engine can do.
    fn backtrack(&mut self) {
        self.needs_backtracking = true;
    }

    /// The end of the subject, or in front of a newline that ends it.
    fn end_of_subject(&mut self) {
        match self.engine {
            Engine::Linear => {
                self.newline_may_follow = true;
                self.push_item(r"\z");
            }
            Engine::Backtracking => self.push_item(r"(?=\x0a?\z)"),
        }
    }

    fn word_boundary(&mut self, wanted: bool) {
        match (self.engine, wanted) {
            (Engine::Linear, true) => self.push_item(r"\b"),
            (Engine::Linear, false) => self.push_item(r"\B"),
            (Engine::Backtracking, true) => {
                self.push_item("(?:(?<=[0-9A-Za-z_])(?![0-9A-Za-z_])|(?<![0-9A-Za-z_])(?=[0-9A-Za-z_]))");
            }
            (Engine::Backtracking, false) => {
                self.push_item("(?:(?<=[0-9A-Za-z_])(?=[0-9A-Za-z_])|(?<![0-9A-Za-z_])(?![0-9A-Za-z_]))");
            }
        }
    }

    /// A quantifier behind the last item, with the suffix that follows it.
    fn quantifier(&mut self, quantifier: String) -> Result<(), RegexFault> {
        let Some(start) = self.item.take() else {
            return Err(self.fault_here("quantifier does not follow a repeatable item"));
        };
        // Engines differ in whether a bare assertion may be repeated.
        if matches!(self.out.as_bytes().get(start), Some(b'\\')) {
            self.out.insert_str(start, "(?:");
            self.out.push(')');
        }
        self.out.push_str(&quantifier);
        if self.take(b"+") {
            self.backtrack();
            self.out.push('+');
        } else if self.take(b"?") != self.flags.ungreedy {
            self.out.push('?');
        }
        Ok(())
    }

    /// The counts of `{n}`, `{n,}` or `{n,m}`; nothing where the brace stands for itself.
    fn counts(&mut self) -> Result<Option<String>, RegexFault> {
        let rest = self.rest();
        let Some(end) = memchr::memchr(b'}', rest) else { return Ok(None) };
        let inside = String::from_utf8_lossy(&rest[..end]).into_owned();
        let (low, high) = match inside.split_once(',') {
            Some((low, high)) => (low, Some(high)),
            None => (inside.as_str(), None),
        };
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if low.is_empty() || !digits(low) || !high.is_none_or(digits) {
            return Ok(None);
        }
        self.at += end + 1;
        let number = |text: &str| text.parse::<u32>().ok().filter(|&number| number <= MAX_REPEATS);
        let too_big = || self.fault_here("number too big in {} quantifier");
        let low = number(low).ok_or_else(too_big)?;
        let counts = match high {
            None => format!("{{{low}}}"),
            Some("") => format!("{{{low},}}"),
            Some(high) => {
                let high = number(high).ok_or_else(too_big)?;
                if high < low {
                    return Err(self.fault_here("numbers out of order in {} quantifier"));
                }
                format!("{{{low},{high}}}")
            }
        };
        Ok(Some(counts))
    }

    fn open_group(&mut self) -> Result<(), RegexFault> {
        if self.open.len() == MAX_DEPTH {
            return Err(self.fault_here("parentheses are too deeply nested"));
        }
        let start = self.out.len();
        let outer = self.flags;
        let mut looks_around = self.open.last().is_some_and(|group| group.looks_around);
        if self.take(b"?") {
            let Some(opening) = self.special_group()? else { return Ok(()) };
            self.out.push_str(opening);
            looks_around |= matches!(opening, "(?=" | "(?!" | "(?<=" | "(?<!");
        } else if self.take(b"*") {
            return Err(self.fault_here("verbs such as (*FAIL) are not supported"));
        } else {
            self.captures += 1;
            self.out.push('(');
        }
        self.open.push(OpenGroup { start, outer, looks_around });
        self.item = None;
        Ok(())
    }

    /// What stands behind `(?`: how the group is opened, or nothing if it was complete.
    fn special_group(&mut self) -> Result<Option<&'static str>, RegexFault> {
        for (text, opening) in [(b"=" as &[u8], "(?="), (b"!", "(?!"), (b"<=", "(?<="), (b"<!", "(?<!"), (b">", "(?>")]
        {
            if self.take(text) {
                self.backtrack();
                return Ok(Some(opening));
            }
        }
        if self.take(b":") {
            return Ok(Some("(?:"));
        }
        if self.take(b"#") {
            self.take_until(b')')?;
            return Ok(None);
        }
        for (text, end) in [(b"P<" as &[u8], b'>'), (b"<", b'>'), (b"'", b'\'')] {
            if self.take(text) {
                let name = self.take_until(end)?;
                if name.is_empty() || name[0].is_ascii_digit() || !name.iter().copied().all(is_word) {
                    return Err(self.fault_here("subpattern name expected"));
                }
                self.captures += 1;
                return Ok(Some("("));
            }
        }
        if self.take(b"P=") {
            let name = self.take_until(b')')?;
            self.reference_by_name(name)?;
            return Ok(None);
        }
        if self.take(b"(") {
            return self.condition().map(|()| Some(""));
        }
        match self.rest().first() {
            Some(b'|') => Err(self.fault_here("duplicate group numbers (?| are not supported")),
            Some(b'R' | b'0'..=b'9' | b'+' | b'&' | b'P' | b'C') => {
                Err(self.fault_here("recursion and callouts are not supported"))
            }
            _ => self.flags_of_group(),
        }
    }

    /// `(?(1)yes|no)` and `(?(<name>)yes|no)`.
    fn condition(&mut self) -> Result<(), RegexFault> {
        let text = self.take_until(b')')?;
        let name = match text {
            [b'<', name @ .., b'>'] | [b'\'', name @ .., b'\''] => name,
            _ => text,
        };
        let number = str::from_utf8(name).ok().and_then(|digits| digits.parse().ok());
        let index =
            number.or_else(|| self.groups.of_name(name)).filter(|index| (1..=self.groups.count).contains(index));
        let index = index.ok_or_else(|| self.fault_here("this kind of condition is not supported"))?;
        self.backtrack();
        self.out.push_str(&format!("(?({index})"));
        Ok(())
    }

    /// `(?i)`, `(?i-s:` and the like.
    fn flags_of_group(&mut self) -> Result<Option<&'static str>, RegexFault> {
        let outer = self.flags;
        let mut flags = outer;
        let mut value = true;
        if self.take(b"^") {
            flags = Flags { ungreedy: outer.ungreedy, ..Flags::default() };
        }
        loop {
            let letter = self.next();
            match letter {
                Some(b'i') => flags.ignore_case = value,
                Some(b'm') => flags.multi_line = value,
                Some(b's') => flags.dot_all = value,
                Some(b'x') => flags.extended = value,
                Some(b'U') => flags.ungreedy = value,
                Some(b'-') if value => value = false,
                Some(b':') => {
                    self.flags = flags;
                    return Ok(Some("(?:"));
                }
                Some(b')') => {
                    self.flags = flags;
                    return Ok(None);
                }
                _ => return Err(self.fault_here("unrecognized character after (? or (?-")),
            }
        }
    }
}
