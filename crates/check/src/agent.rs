//! What an agent beside a server says of it: a line of words on its weight, its limit and its state (configuration manual 5.2
//! `agent-check`). Pure.

use burdock_state::{CheckStatus, Wish};

/// What a line says. What it does not speak of stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Advice {
    /// The weight.
    pub(crate) weight: Option<Weight>,
    /// Requests at once.
    pub(crate) maxconn: Option<u32>,
    /// How the server is to be used.
    pub(crate) wish: Option<Wish>,
    /// Whether the server is up.
    pub(crate) is_up: Option<bool>,
    /// What the check comes to.
    pub(crate) status: CheckStatus,
    /// What is said of it.
    pub(crate) info: String,
}

/// A weight as an agent gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// This one.
    Absolute(u32),
    /// A percentage of the configured one.
    Percent(u32),
}

impl Weight {
    /// The weight for a server that is configured with another.
    pub(crate) fn of(self, configured: u32) -> u32 {
        let weight = match self {
            Self::Absolute(weight) => weight,
            Self::Percent(percent) => configured.saturating_mul(percent) / 100,
        };
        weight.min(burdock_base::limit::MAX_WEIGHT)
    }
}

/// Reads a line.
pub(crate) fn read(line: &str) -> Advice {
    let (words, description) = line.split_once('#').unwrap_or((line, ""));
    let mut advice = Advice { status: CheckStatus::Checked, ..Advice::default() };
    let (mut said, mut unknown) = (None, None);
    for word in words.split([' ', '\t', ',']).filter(|word| !word.is_empty()) {
        let lower_case = word.to_ascii_lowercase();
        match lower_case.as_str() {
            "up" => (advice.is_up, said) = (Some(true), Some(word)),
            "down" | "stopped" | "fail" => (advice.is_up, said) = (Some(false), Some(word)),
            "ready" => advice.wish = Some(Wish::Ready),
            "drain" => advice.wish = Some(Wish::Drain),
            "maint" => advice.wish = Some(Wish::Maintenance),
            other => match (weight(other), other.strip_prefix("maxconn:").and_then(|limit| limit.parse().ok())) {
                (Some(weight), _) => advice.weight = Some(weight),
                (None, Some(limit)) => advice.maxconn = Some(limit),
                (None, None) => unknown = unknown.or(Some(word)),
            },
        }
    }
    let description = description.trim();
    let remark = Some(description).filter(|text| !text.is_empty()).or(unknown);
    advice.info = match (said, remark) {
        (Some(said), None) => format!("via agent : {said}"),
        (Some(said), Some(remark)) => format!("via agent : {said} ({remark})"),
        (None, _) => unknown.map(|word| format!("agent reports an error : {word}")).unwrap_or_default(),
    };
    match advice.is_up {
        Some(true) => advice.status = CheckStatus::Layer7Passed,
        Some(false) => advice.status = CheckStatus::Layer7Status,
        None => {}
    }
    advice
}

/// `75%`, `weight:75%`, `weight:75`
fn weight(word: &str) -> Option<Weight> {
    let (number, is_prefixed) = word.strip_prefix("weight:").map_or((word, false), |number| (number, true));
    match number.strip_suffix('%') {
        Some(percent) => percent.parse().ok().map(Weight::Percent),
        None if is_prefixed => number.parse().ok().map(Weight::Absolute),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines that HAProxy 3.5 was given.
    #[test]
    fn lines_are_understood() {
        let none = Advice { status: CheckStatus::Checked, ..Advice::default() };
        let failed = |info: &str| Advice {
            is_up: Some(false),
            status: CheckStatus::Layer7Status,
            info: info.to_owned(),
            ..Advice::default()
        };
        let passed = |info: &str| Advice {
            is_up: Some(true),
            status: CheckStatus::Layer7Passed,
            info: info.to_owned(),
            ..Advice::default()
        };
        for (line, expected) in [
            ("", none.clone()),
            ("up", passed("via agent : up")),
            ("DOWN", failed("via agent : DOWN")),
            ("stopped # maint today", failed("via agent : stopped (maint today)")),
            ("foo, up", passed("via agent : up (foo)")),
            ("foo bar", Advice { info: "agent reports an error : foo".to_owned(), ..none.clone() }),
            ("ready", Advice { wish: Some(Wish::Ready), ..none.clone() }),
            ("drain", Advice { wish: Some(Wish::Drain), ..none.clone() }),
            ("weight:20", Advice { weight: Some(Weight::Absolute(20)), ..none.clone() }),
            ("weight:150%", Advice { weight: Some(Weight::Percent(150)), ..none.clone() }),
            (
                "75%,maxconn:30,maint,down",
                Advice {
                    weight: Some(Weight::Percent(75)),
                    maxconn: Some(30),
                    wish: Some(Wish::Maintenance),
                    ..failed("via agent : down")
                },
            ),
        ] {
            assert_eq!(read(line), expected, "{line}");
        }
    }

    #[test]
    fn weights_are_bounded() {
        assert_eq!(
            [Weight::Percent(50).of(100), Weight::Percent(50).of(1), Weight::Percent(300).of(100)],
            [50, 0, 256]
        );
        assert_eq!(Weight::Absolute(1000).of(1), 256);
    }
}
