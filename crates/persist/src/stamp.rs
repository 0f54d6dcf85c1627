//! Dates in cookie values: `value|last|first`, each five digits that count steps of four seconds since 1970.

/// A date in a cookie: the number of its four-second step, never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp(u32);

/// The dates of a cookie; none: not there, or not readable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stamps {
    /// When the cookie was last sent to the client.
    pub(crate) last: Option<Stamp>,
    /// When the client was first sent one.
    pub(crate) first: Option<Stamp>,
}

/// What separates the value and its dates.
pub(crate) const SEPARATOR: u8 = b'|';
/// Digits of a date.
const DIGITS: usize = 5;
const DIGIT_BITS: u32 = 6;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const STEP_S: u64 = 4;
/// A date this far ahead is a wrong clock's, not a time zone's (configuration manual 4.2 `cookie`, `maxidle`).
const MAX_AHEAD_S: u64 = 24 * 60 * 60;

impl Stamp {
    /// The step that begins at `now_s` or next after it.
    pub(crate) const fn at(now_s: u64) -> Self {
        Self((now_s.div_ceil(STEP_S) & ((1 << (DIGIT_BITS * DIGITS as u32)) - 1)) as u32)
    }

    /// Reads the date that `text` begins with; whatever follows it is ignored.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let digits = text.get(..DIGITS)?;
        let step = digits.iter().try_fold(0, |step, &digit| Some(step << DIGIT_BITS | digit_value(digit)?))?;
        (step > 0).then_some(Self(step))
    }

    /// The date as it stands in a cookie.
    pub(crate) fn text(self) -> [u8; DIGITS] {
        let digit = |place: usize| {
            let shift = DIGIT_BITS * (DIGITS - 1 - place) as u32;
            ALPHABET[(self.0 >> shift) as usize % ALPHABET.len()]
        };
        std::array::from_fn(digit)
    }

    /// Whether it lies further back than `limit_s`, or too far ahead to be believed.
    pub(crate) const fn is_out_of(self, limit_s: u64, now_s: u64) -> bool {
        let second = self.0 as u64 * STEP_S;
        now_s.saturating_sub(second) > limit_s || second > now_s.saturating_add(MAX_AHEAD_S)
    }
}

impl Stamps {
    /// Takes a cookie's value apart: the server's value, and the dates behind it.
    pub(crate) fn split(value: &[u8]) -> (&[u8], Self) {
        let (value, dates) = cut(value);
        let Some(dates) = dates else { return (value, Self::default()) };
        let (_, first) = cut(dates);
        (value, Self { last: Stamp::parse(dates), first: first.and_then(Stamp::parse) })
    }
}

fn cut(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|&byte| byte == SEPARATOR) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

const fn digit_value(digit: u8) -> Option<u32> {
    Some(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    } as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A date seen from HAProxy 3.5 at that second.
    #[test]
    fn text_equals_haproxy() {
        assert_eq!(&Stamp::at(1_795_336_764).text(), b"awKqP");
        assert_eq!(Stamp::parse(b"awKqP"), Some(Stamp::at(1_795_336_764)));
        for now in [1, 4, 5, 1_795_336_761, (1 << 32) - 4] {
            assert_eq!(Stamp::parse(&Stamp::at(now).text()), Some(Stamp::at(now)), "{now}");
        }
        assert_eq!(Stamp::at(4), Stamp::at(1));
        assert_ne!(Stamp::at(5), Stamp::at(4));
    }

    #[test]
    fn dates_are_read_leniently() {
        fn check(value: &str, server: &str, last: Option<&str>, first: Option<&str>) {
            let stamp = |text: Option<&str>| text.map(|text| Stamp::parse(text.as_bytes()).unwrap());
            let expected = (server.as_bytes(), Stamps { last: stamp(last), first: stamp(first) });
            assert_eq!(Stamps::split(value.as_bytes()), expected, "{value}");
        }
        check("SA", "SA", None, None);
        check("SA|", "SA", None, None);
        check("SA|awK", "SA", None, None);
        check("SA|awKq!", "SA", None, None);
        check("SA|AAAAA|AAAAA", "SA", None, None);
        check("SA|awKqP", "SA", Some("awKqP"), None);
        check("SA|awKqPx", "SA", Some("awKqP"), None);
        check("SA|awKqP|awKqA", "SA", Some("awKqP"), Some("awKqA"));
        check("SA|awKqP|awKqAx|y", "SA", Some("awKqP"), Some("awKqA"));
        check("SA||awKqA", "SA", None, Some("awKqA"));
        check("SA|awKq|awKqA", "SA", None, Some("awKqA"));
    }

    #[test]
    fn limits_are_inclusive() {
        let now = 1_795_336_764;
        let stamp = |second: u64| Stamp::at(second);
        assert!(!stamp(now - 60).is_out_of(60, now));
        assert!(stamp(now - 64).is_out_of(60, now));
        assert!(!stamp(now + 86_400).is_out_of(60, now));
        assert!(stamp(now + 86_404).is_out_of(60, now));
    }
}
