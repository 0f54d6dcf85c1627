//! What happens to a request around the frontend's rules: requests that only ask whether the proxy is well, the identifier, and headers of
//! unusual names.

use std::hint::cold_path;

use burdock_http::Headers;
use burdock_model::HeaderNamePolicy;
use burdock_rules::Answer;
use burdock_sample::{Input, Phase, Style};
use burdock_txn::{Cause, Progress};

use crate::driver::Next;
use crate::stream::Stream;
use crate::worker::Workspace;

/// Does what there is to do. Gives what comes next where the request goes no further.
pub fn run(stream: &mut Stream<'_>) -> Option<Next> {
    if let Some(answer) = monitored(stream) {
        return Some(answer);
    }
    identify(stream, false);
    None
}

/// The answer to a request for `monitor-uri`. It leaves no line in the log.
fn monitored(stream: &mut Stream<'_>) -> Option<Next> {
    let monitor = stream.frontend.frontend.as_ref()?.monitor.as_ref()?;
    cold_path();
    let request = &stream.space.txn.request;
    let uri = if monitor.uri.first() == Some(&b'/') { request.uri().path_and_query() } else { request.target() };
    if uri != monitor.uri {
        return None;
    }
    let fails = monitor.fail.iter().any(|condition| condition.holds(&input(stream)));
    stream.logged = true;
    stream.space.txn.termination.end(Cause::Local, Progress::Request);
    Some(Next::Answer(Box::new(Answer::refusal(if fails { 503 } else { 200 }))))
}

/// Applies `option http-restrict-req-hdr-names`.
pub fn restrict_names(stream: &mut Stream<'_>, policy: HeaderNamePolicy) -> Option<Next> {
    let headers = &mut stream.space.txn.request.headers;
    match policy {
        HeaderNamePolicy::Preserve => None,
        HeaderNamePolicy::Delete => {
            if has_unusual(headers) {
                headers.retain(|header| is_usual(header.name));
            }
            None
        }
        HeaderNamePolicy::Reject if has_unusual(headers) => {
            stream.space.txn.termination.end(Cause::Proxy, Progress::Request);
            Some(Next::Reply(403))
        }
        HeaderNamePolicy::Reject => None,
    }
}

fn has_unusual(headers: &Headers) -> bool {
    headers.iter().any(|header| !is_usual(header.name))
}

fn is_usual(name: &[u8]) -> bool {
    name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}

/// Makes the identifier where its format waits for variables that rules set.
pub fn identify_after_rules(stream: &mut Stream<'_>) {
    identify(stream, true);
}

/// Makes the identifier if it was not made yet: the server is to be told. In `mode tcp` nothing makes it before.
pub fn identify_in_time(stream: &mut Stream<'_>) {
    [false, true].into_iter().for_each(|after_rules| identify(stream, after_rules));
}

fn identify(stream: &mut Stream<'_>, after_rules: bool) {
    let Some(settings) = stream.frontend.frontend.as_ref().and_then(|side| side.unique_id.as_ref()) else { return };
    if settings.after_rules != after_rules || stream.space.txn.unique_id.is_some() {
        return;
    }
    let mut id = Vec::new();
    settings.format.append(&input(stream), Style::Plain, &mut id);
    stream.space.txn.unique_id = Some(id.into());
}

fn input<'s>(stream: &'s Stream<'_>) -> Input<'s> {
    let Workspace { txn, scratch, .. } = &*stream.space;
    Input { txn, world: &stream.model.directory, now: stream.now(), phase: Phase::FrontendHttpRequest, scratch }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unusual_names() {
        for (name, expected) in [("x-a", true), ("x_a", false), ("a.b", false), ("x-a-", true), ("9", true)] {
            assert_eq!(is_usual(name.as_bytes()), expected, "{name}");
        }
    }
}
