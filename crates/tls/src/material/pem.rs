//! PEM text taken apart into blocks (RFC 7468), each with its place, so that an error can name it. Text between blocks is passed over.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::report::Problem;

/// A block between its BEGIN and END lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// What its BEGIN line calls it.
    pub(crate) label: String,
    /// Its number in the file, from 1.
    pub(crate) number: usize,
    /// The line of the file that begins it, from 1.
    pub(crate) line: usize,
    /// Whether headers say that it is encrypted (RFC 1421 `Proc-Type`).
    pub(crate) encrypted: bool,
    /// What it holds.
    pub(crate) der: Vec<u8>,
}

impl Block {
    /// The block's place, for messages about it.
    pub(crate) fn place(&self, file: &str) -> String {
        format!("{file}, block {} ({}, line {})", self.number, self.label, self.line)
    }
}

/// A block as text, in lines of 64 letters.
pub(super) fn write(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    let body = STANDARD.encode(der);
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, behind) = rest.split_at_checked(64).unwrap_or((rest, ""));
        text.push_str(line);
        text.push('\n');
        rest = behind;
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

/// All blocks of a text. An error names the block that cannot be read.
pub(crate) fn blocks(file: &str, text: &[u8]) -> Result<Vec<Block>, Problem> {
    let mut blocks = Vec::new();
    let mut open: Option<(Block, Vec<u8>)> = None;
    for (index, line) in text.split(|&byte| byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        match open.take() {
            None => {
                if let Some(label) = between(line, b"-----BEGIN ") {
                    let block =
                        Block { label, number: blocks.len() + 1, line: index + 1, encrypted: false, der: Vec::new() };
                    open = Some((block, Vec::new()));
                }
            }
            Some((mut block, body)) if line.starts_with(b"-----END ") => {
                if between(line, b"-----END ").as_deref() != Some(block.label.as_str()) {
                    return Err(Problem::new(block.place(file), "its END line names something else"));
                }
                if !block.encrypted {
                    block.der = STANDARD
                        .decode(body)
                        .map_err(|error| Problem::new(block.place(file), format!("this is no base64 text: {error}")))?;
                }
                blocks.push(block);
            }
            Some((mut block, mut body)) => {
                if line.starts_with(b"-----BEGIN ") {
                    return Err(Problem::new(
                        block.place(file),
                        format!("it has no END line before line {}", index + 1),
                    ));
                }
                if line.contains(&b':') {
                    block.encrypted |= line.starts_with(b"Proc-Type:") && line.ends_with(b"ENCRYPTED");
                } else if !block.encrypted {
                    body.extend_from_slice(line);
                }
                open = Some((block, body));
            }
        }
    }
    match open {
        Some((block, _)) => Err(Problem::new(block.place(file), "the file ends before the block does")),
        None => Ok(blocks),
    }
}

fn between(line: &[u8], prefix: &[u8]) -> Option<String> {
    let label = line.strip_prefix(prefix)?.strip_suffix(b"-----")?;
    std::str::from_utf8(label).ok().map(str::to_owned)
}
