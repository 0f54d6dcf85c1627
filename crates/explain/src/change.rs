//! What a rule has changed: the record before and after, compared.

use burdock_http::Headers;
use burdock_txn::{Directives, Txn};

/// The parts of a record that rules change, as they were.
pub(crate) struct Before {
    line: String,
    status: u16,
    request: Vec<String>,
    response: Vec<String>,
    directives: String,
    log_level: String,
}

impl Before {
    pub(crate) fn of(txn: &Txn) -> Self {
        Self {
            line: request_line(txn),
            status: txn.response.status,
            request: lines(&txn.request.headers),
            response: lines(&txn.response.headers),
            directives: directives(&txn.directives),
            log_level: format!("{:?}", txn.directives.log_level),
        }
    }

    /// What is different now, a sentence each.
    pub(crate) fn changes(&self, txn: &Txn) -> Vec<String> {
        let mut changes = Vec::new();
        let line = request_line(txn);
        if line != self.line {
            changes.push(format!("request line: {} → {line}", self.line));
        }
        if txn.response.status != self.status {
            changes.push(format!("status: {} → {}", self.status, txn.response.status));
        }
        compare("request", &self.request, &lines(&txn.request.headers), &mut changes);
        compare("response", &self.response, &lines(&txn.response.headers), &mut changes);
        let log_level = format!("{:?}", txn.directives.log_level);
        if log_level != self.log_level {
            changes.push(format!("log level: {log_level}"));
        } else if directives(&txn.directives) != self.directives {
            changes.push("asks something of later phases".to_owned());
        }
        changes
    }
}

/// The request line, without its version.
pub(crate) fn request_line(txn: &Txn) -> String {
    let (method, target) = (txn.request.method_bytes(), txn.request.target());
    format!("{} {}", String::from_utf8_lossy(method), String::from_utf8_lossy(target))
}

/// Header lines as text.
pub(crate) fn lines(headers: &Headers) -> Vec<String> {
    let line = |header: burdock_http::Header<'_>| {
        format!("{}: {}", String::from_utf8_lossy(header.name), String::from_utf8_lossy(header.value))
    };
    headers.iter().map(line).collect()
}

fn directives(directives: &Directives) -> String {
    format!("{directives:?}")
}

/// Lines that have gone and lines that have come.
fn compare(which: &str, before: &[String], after: &[String], changes: &mut Vec<String>) {
    let mut left: Vec<&String> = after.iter().collect();
    for line in before {
        match left.iter().position(|kept| *kept == line) {
            Some(at) => {
                left.remove(at);
            }
            None => changes.push(format!("{which}: - {line}")),
        }
    }
    changes.extend(left.into_iter().map(|line| format!("{which}: + {line}")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_go_and_come() {
        let lines = |text: &str| text.split('|').map(str::to_owned).collect::<Vec<_>>();
        let mut changes = Vec::new();
        compare("request", &lines("a: 1|b: 2|b: 2"), &lines("b: 2|a: 1|c: 3"), &mut changes);
        assert_eq!(changes, ["request: - b: 2", "request: + c: 3"]);
    }
}
