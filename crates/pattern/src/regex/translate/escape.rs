//! What stands behind a backslash.

use super::Translator;
use super::survey::end_of_quote;
use crate::regex::RegexFault;
use crate::regex::byte_set::ByteSet;

impl Translator<'_> {
    pub(super) fn escape(&mut self) -> Result<(), RegexFault> {
        let Some(letter) = self.next() else { return Err(self.fault_here(r"\ at end of pattern")) };
        match letter {
            b'Q' => {
                let (quoted, length) = end_of_quote(self.rest());
                self.at += length;
                quoted.iter().for_each(|&byte| self.literal(byte));
            }
            b'E' => {}
            b'b' => self.word_boundary(true),
            b'B' => self.word_boundary(false),
            b'A' => self.push_item(r"\A"),
            b'z' => self.push_item(r"\z"),
            b'Z' => self.end_of_subject(),
            b'G' => {
                self.backtrack();
                self.push_item(r"\G");
            }
            b'K' if self.open.last().is_some_and(|group| group.looks_around) => {
                return Err(self.fault_here(r"\K is not allowed in lookarounds"));
            }
            b'K' => {
                self.backtrack();
                self.push_item(r"\K");
                self.item = None;
            }
            b'R' => {
                self.backtrack();
                self.push_item(r"(?>\x0d\x0a|[\x0a-\x0d\x85])");
            }
            b'N' => self.push_set(&ByteSet::of(|byte| byte != b'\n')),
            b'C' => self.push_set(&ByteSet::ALL),
            b'k' => {
                let end = match self.next() {
                    Some(b'<') => b'>',
                    Some(b'{') => b'}',
                    Some(b'\'') => b'\'',
                    _ => {
                        return Err(self.fault_here(r"\k is not followed by a braced, angle-bracketed, or quoted name"));
                    }
                };
                let name = self.take_until(end)?;
                self.reference_by_name(name)?;
            }
            b'g' => self.relative_reference()?,
            b'1'..=b'9' => self.numbered_escape(letter)?,
            _ => match ByteSet::of_escape(letter) {
                Some(set) => self.push_set(&set),
                None => {
                    let byte = self.escaped_byte(letter)?;
                    self.literal(byte);
                }
            },
        }
        Ok(())
    }

    /// The byte that an escape stands for, inside a class or outside.
    pub(super) fn escaped_byte(&mut self, letter: u8) -> Result<u8, RegexFault> {
        Ok(match letter {
            b'a' => 0x07,
            b'e' => 0x1b,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'c' => match self.next() {
                Some(control @ b' '..=b'~') => control.to_ascii_uppercase() ^ 0x40,
                _ => return Err(self.fault_here(r"\c must be followed by a printable ASCII character")),
            },
            b'o' if self.take(b"{") => {
                let digits = self.take_until(b'}')?;
                self.number(digits, 8)?
            }
            b'x' if self.take(b"{") => {
                let digits = self.take_until(b'}')?;
                self.number(digits, 16)?
            }
            b'x' => self.digits(2, 16),
            b'0'..=b'7' => {
                self.at -= 1;
                let start = self.at;
                let (count, value) = self.octal();
                self.at = start + count;
                u8::try_from(value).map_err(|_| self.fault_here("octal value is greater than \\377"))?
            }
            b'8' | b'9' => letter,
            _ if letter.is_ascii_alphabetic() => return Err(self.fault_here(r"unrecognized character follows \")),
            _ => letter,
        })
    }

    /// Up to three octal digits that come next: how many, and their value.
    fn octal(&self) -> (usize, u32) {
        let digits = self.rest().iter().take(3).take_while(|byte| (b'0'..=b'7').contains(byte));
        digits.fold((0, 0), |(count, value), byte| (count + 1, value * 8 + u32::from(byte - b'0')))
    }

    /// Takes at most `most` digits; none is 0.
    fn digits(&mut self, most: usize, radix: u32) -> u8 {
        let mut value = 0;
        for _ in 0..most {
            let Some(digit) = self.rest().first().and_then(|&byte| char::from(byte).to_digit(radix)) else { break };
            value = value * radix + digit;
            self.at += 1;
        }
        u8::try_from(value).unwrap_or(u8::MAX)
    }

    fn number(&self, digits: &[u8], radix: u32) -> Result<u8, RegexFault> {
        let value = str::from_utf8(digits).ok().and_then(|digits| u32::from_str_radix(digits, radix).ok());
        let value = value.ok_or_else(|| self.fault_here("non-hex or non-octal character in a braced number"))?;
        u8::try_from(value).map_err(|_| self.fault_here("character code point value is too large"))
    }

    /// `\1` to `\9` are references; further ones only if there are that many groups, and octal numbers otherwise.
    fn numbered_escape(&mut self, first: u8) -> Result<(), RegexFault> {
        let start = self.at - 1;
        let length = 1 + self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = &self.pattern[start..start + length];
        let number = str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).unwrap_or(usize::MAX);
        if number < 10 || number <= self.groups.count {
            self.at = start + length;
            return self.reference(number);
        }
        let byte = self.escaped_byte(first)?;
        self.literal(byte);
        Ok(())
    }

    /// `\g1`, `\g{-1}`, `\g{name}`.
    fn relative_reference(&mut self) -> Result<(), RegexFault> {
        let text = if self.take(b"{") {
            self.take_until(b'}')?
        } else {
            let rest = self.rest();
            let sign = usize::from(matches!(rest.first(), Some(b'-' | b'+')));
            let length = sign + rest[sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            self.at += length;
            &rest[..length]
        };
        let number = |digits: &[u8]| str::from_utf8(digits).ok()?.parse::<usize>().ok();
        let index = match text {
            [b'-', digits @ ..] => number(digits).and_then(|back| (self.captures + 1).checked_sub(back)),
            [b'+', digits @ ..] => number(digits).and_then(|forth| self.captures.checked_add(forth)),
            [b'0'..=b'9', ..] => number(text),
            [] => return Err(self.fault_here("a numbered reference must not be zero")),
            name => return self.reference_by_name(name),
        };
        self.reference(index.unwrap_or(0))
    }

    pub(super) fn reference_by_name(&mut self, name: &[u8]) -> Result<(), RegexFault> {
        let index = self.groups.of_name(name);
        self.reference(index.ok_or_else(|| self.fault_here("reference to non-existent subpattern"))?)
    }

    fn reference(&mut self, index: usize) -> Result<(), RegexFault> {
        if index == 0 || index > self.groups.count {
            return Err(self.fault_here("reference to non-existent subpattern"));
        }
        self.backtrack();
        self.push_item(&if self.flags.ignore_case { format!(r"(?i:\{index})") } else { format!(r"(?:\{index})") });
        Ok(())
    }
}
