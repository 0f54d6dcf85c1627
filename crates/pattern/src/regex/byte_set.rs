//! Sets of bytes: what a character class of an expression stands for.

use std::fmt::Write;

/// A set of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ByteSet([bool; 256]);

impl ByteSet {
    pub(super) const NONE: Self = Self([false; 256]);
    pub(super) const ALL: Self = Self([true; 256]);

    /// The bytes for which `holds`.
    pub(super) fn of(holds: impl Fn(u8) -> bool) -> Self {
        let mut set = Self::NONE;
        for byte in 0..=u8::MAX {
            set.0[usize::from(byte)] = holds(byte);
        }
        set
    }

    /// What the letter of an escape such as `\d` stands for.
    pub(super) fn of_escape(letter: u8) -> Option<Self> {
        let set = match letter.to_ascii_lowercase() {
            b'd' => Self::of(|byte| byte.is_ascii_digit()),
            b'w' => Self::of(is_word),
            b's' => Self::of(is_space),
            b'h' => Self::of(|byte| matches!(byte, b'\t' | b' ' | 0xa0)),
            b'v' => Self::of(|byte| matches!(byte, b'\n' | 0x0b | 0x0c | b'\r' | 0x85)),
            _ => return None,
        };
        Some(if letter.is_ascii_uppercase() { set.inverted() } else { set })
    }

    /// What the name in `[:name:]` stands for.
    pub(super) fn of_posix(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"alpha" => Self::of(|byte| byte.is_ascii_alphabetic()),
            b"lower" => Self::of(|byte| byte.is_ascii_lowercase()),
            b"upper" => Self::of(|byte| byte.is_ascii_uppercase()),
            b"alnum" => Self::of(|byte| byte.is_ascii_alphanumeric()),
            b"ascii" => Self::of(|byte| byte.is_ascii()),
            b"blank" => Self::of(|byte| matches!(byte, b'\t' | b' ')),
            b"cntrl" => Self::of(|byte| byte.is_ascii_control()),
            b"digit" => Self::of(|byte| byte.is_ascii_digit()),
            b"graph" => Self::of(|byte| byte.is_ascii_graphic()),
            b"print" => Self::of(|byte| byte.is_ascii_graphic() || byte == b' '),
            b"punct" => Self::of(|byte| byte.is_ascii_punctuation()),
            b"space" => Self::of(is_space),
            b"word" => Self::of(is_word),
            b"xdigit" => Self::of(|byte| byte.is_ascii_hexdigit()),
            _ => return None,
        })
    }

    pub(super) fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte)] = true;
    }

    pub(super) fn insert_all(&mut self, other: &Self) {
        for (here, there) in self.0.iter_mut().zip(other.0) {
            *here |= there;
        }
    }

    pub(super) const fn contains(&self, byte: u8) -> bool {
        self.0[byte as usize]
    }

    pub(super) fn inverted(&self) -> Self {
        Self::of(|byte| !self.contains(byte))
    }

    /// With the letters of the other case.
    pub(super) fn folded(&self) -> Self {
        Self::of(|byte| self.contains(byte.to_ascii_lowercase()) || self.contains(byte.to_ascii_uppercase()))
    }

    /// Appends a class that means the same whatever flags hold.
    pub(super) fn push_to(&self, text: &mut String) {
        if *self == Self::NONE {
            text.push_str(r"[^\x00-\xff]");
            return;
        }
        text.push('[');
        let mut next = 0_u16;
        while let Some(low) = (next..256).find(|&at| self.0[usize::from(at)]) {
            let high = (low..256).take_while(|&at| self.0[usize::from(at)]).last().unwrap_or(low);
            let _ = match high - low {
                0 => write!(text, r"\x{low:02x}"),
                _ => write!(text, r"\x{low:02x}-\x{high:02x}"),
            };
            next = high + 1;
        }
        text.push(']');
    }
}

/// Whether `\w` matches the byte.
pub(super) const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether `\s` matches the byte.
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}
