//! What `expect` steps look for in bytes and in responses of HTTP. Pure: says whether it is there, not what follows from it.

use burdock_http::ResponseHead;
use burdock_http::bytes::trim;
use burdock_model::{Content, ExpectStep, HeaderPattern, TextPattern};
use burdock_sample::Input;
use burdock_state::CheckStatus;

use crate::answer;
use crate::text::{NoBytes, filled, hexadecimal, to_digits};

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// What was looked for. For answers of protocols, with what there is to say of them.
    Found(Option<String>),
    /// It is not there, and will not be.
    Missing,
    /// It may be there once more has come.
    More,
    /// The step cannot be taken, or the answer tells of an error.
    Refused(Refusal),
}

/// Why a step ends the check, other than by not finding what it looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// What the check comes to; none: what the step says of errors.
    pub(crate) status: Option<CheckStatus>,
    /// The code that the server gave.
    pub(crate) code: i32,
    /// What there is to say.
    pub(crate) info: String,
}

impl Refusal {
    /// What was sent is not as it should be.
    pub(crate) fn malformed(info: &str) -> Finding {
        Finding::Refused(Self { status: None, code: 0, info: info.to_owned() })
    }
}

/// What was received so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Received<'a> {
    /// The bytes.
    pub(crate) bytes: &'a [u8],
    /// No more will come, or no more is kept.
    pub(crate) is_all: bool,
}

/// Looks into bytes.
pub(crate) fn in_bytes(step: &ExpectStep, received: Received<'_>, input: &Input<'_>) -> Finding {
    let Received { bytes, is_all } = received;
    let missing_bytes = match &step.content {
        Content::Text(wanted) | Content::Binary(wanted) => bytes.len() < wanted.len(),
        _ => bytes.is_empty(),
    };
    if !is_all && (missing_bytes || step.least_bytes.is_some_and(|least| bytes.len() < least)) {
        return Finding::More;
    }
    let found = match &step.content {
        Content::Answer(answer) => return answer::understand(*answer, received),
        content => match holds(content, bytes, input) {
            Ok(found) => found,
            Err(refusal) => return refusal,
        },
    };
    match found {
        true => Finding::Found(None),
        false if is_all || step.least_bytes.is_some() => Finding::Missing,
        false => Finding::More,
    }
}

/// Looks into the body of a response.
pub(crate) fn in_body(step: &ExpectStep, received: Received<'_>, input: &Input<'_>) -> Finding {
    let Received { bytes, is_all } = received;
    if !is_all && (bytes.is_empty() || step.least_bytes.is_some_and(|least| bytes.len() < least)) {
        return Finding::More;
    }
    if bytes.is_empty() {
        return Refusal::malformed("HTTP content check could not find a response body");
    }
    match holds(&step.content, bytes, input) {
        Ok(true) => Finding::Found(None),
        Ok(false) if is_all => Finding::Missing,
        Ok(false) => Finding::More,
        Err(refusal) => refusal,
    }
}

/// Looks into the head of a response; none where the step looks into its body.
pub(crate) fn in_head(step: &ExpectStep, head: &ResponseHead, input: &Input<'_>) -> Option<Finding> {
    let found = match &step.content {
        Content::Status(set) => set.contains(head.status),
        Content::StatusRegex(regex) => regex.is_match(format!("{:03}", head.status).as_bytes()),
        Content::Header(pattern) => has_header(pattern, head, input),
        _ => return None,
    };
    Some(if found { Finding::Found(None) } else { Finding::Missing })
}

/// Whether bytes hold what a step looks for.
fn holds(content: &Content, bytes: &[u8], input: &Input<'_>) -> Result<bool, Finding> {
    Ok(match content {
        Content::Text(wanted) | Content::Binary(wanted) => contains(bytes, wanted),
        Content::TextFormat(format) => match filled(format, input) {
            Ok(wanted) => contains(bytes, wanted),
            Err(_) => return Err(Refusal::malformed("Failed to build log-format string")),
        },
        Content::BinaryFormat(format) => match hexadecimal(format, input) {
            Ok(wanted) => contains(bytes, &wanted),
            Err(NoBytes::Empty) => return Err(Refusal::malformed("Failed to build log-format string")),
            Err(NoBytes::NoDigits) => {
                return Err(Refusal::malformed("Failed to parse hexastring resulting of eval of a log-format string"));
            }
        },
        Content::Regex(regex) => regex.is_match(bytes),
        Content::BinaryRegex(regex) => regex.is_match(&to_digits(bytes)),
        // These are looked for elsewhere.
        Content::Status(_) | Content::StatusRegex(_) | Content::Header(_) | Content::Answer(_) => false,
    })
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    memchr::memmem::find(bytes, wanted).is_some()
}

fn has_header(pattern: &HeaderPattern, head: &ResponseHead, input: &Input<'_>) -> bool {
    head.headers.iter().any(|header| {
        let mut name = header.name.to_vec();
        name.make_ascii_lowercase();
        fits(&pattern.name, &name, input)
            && pattern.value.as_ref().is_none_or(|value| match pattern.whole {
                true => fits(value, trim(header.value), input),
                false => header.value.split(|&byte| byte == b',').any(|part| fits(value, trim(part), input)),
            })
    })
}

fn fits(pattern: &TextPattern, text: &[u8], input: &Input<'_>) -> bool {
    match pattern {
        TextPattern::Text(method, wanted) => method.matches(text, wanted),
        TextPattern::Format(method, format) => filled(format, input).is_ok_and(|wanted| method.matches(text, wanted)),
        TextPattern::Regex(regex) => regex.is_match(text),
    }
}
