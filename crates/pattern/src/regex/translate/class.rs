//! Character classes: what stands between brackets.

use super::Translator;
use super::survey::{end_of_quote, posix_name};
use crate::regex::RegexFault;
use crate::regex::byte_set::ByteSet;

impl Translator<'_> {
    pub(super) fn class(&mut self) -> Result<(), RegexFault> {
        let inverted = self.take(b"^");
        let mut set = ByteSet::NONE;
        let mut first = true;
        loop {
            let unterminated = self.fault_here("missing terminating ] for character class");
            let Some(byte) = self.next() else { return Err(unterminated) };
            if byte == b']' && !first {
                break;
            }
            first = false;
            match self.class_item(byte)? {
                ClassItem::Nothing => {}
                ClassItem::Set(other) => set.insert_all(&other),
                ClassItem::Byte(low) => {
                    let high = self.upper_bound()?;
                    match high {
                        Some(high) if high < low => {
                            return Err(self.fault_here("range out of order in character class"));
                        }
                        Some(high) => (low..=high).for_each(|byte| set.insert(byte)),
                        None => set.insert(low),
                    }
                }
            }
        }
        if self.flags.ignore_case {
            set = set.folded();
        }
        self.push_set(&if inverted { set.inverted() } else { set });
        Ok(())
    }

    fn class_item(&mut self, byte: u8) -> Result<ClassItem, RegexFault> {
        if byte == b'['
            && let Some(name) = posix_name(&self.pattern[self.at - 1..])
        {
            self.at += name.len() + 3;
            let (name, inverted) = name.strip_prefix(b"^").map_or((name, false), |name| (name, true));
            let set = ByteSet::of_posix(name).ok_or_else(|| self.fault_here("unknown POSIX class name"))?;
            return Ok(ClassItem::Set(Box::new(if inverted { set.inverted() } else { set })));
        }
        if byte != b'\\' {
            return Ok(ClassItem::Byte(byte));
        }
        let Some(letter) = self.next() else { return Err(self.fault_here(r"\ at end of pattern")) };
        Ok(match letter {
            b'b' => ClassItem::Byte(0x08),
            b'E' => ClassItem::Nothing,
            b'Q' => {
                let (quoted, length) = end_of_quote(self.rest());
                self.at += length;
                ClassItem::Set(Box::new(ByteSet::of(|byte| quoted.contains(&byte))))
            }
            _ => match ByteSet::of_escape(letter) {
                Some(set) => ClassItem::Set(Box::new(set)),
                None => ClassItem::Byte(self.escaped_byte(letter)?),
            },
        })
    }

    /// The upper end of a range whose lower end was read. A dash that ends the class, or stands in front of a set, is a dash.
    fn upper_bound(&mut self) -> Result<Option<u8>, RegexFault> {
        let start = self.at;
        if self.take(b"-") && !matches!(self.rest().first(), Some(b']') | None) {
            let next = self.next().unwrap_or_default();
            if let ClassItem::Byte(high) = self.class_item(next)? {
                return Ok(Some(high));
            }
        }
        self.at = start;
        Ok(None)
    }
}

/// A piece of a class.
enum ClassItem {
    Nothing,
    Byte(u8),
    Set(Box<ByteSet>),
}
