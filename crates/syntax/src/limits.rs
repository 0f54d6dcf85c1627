//! Every bound on configuration text, in one place. Bytes unless said otherwise.

/// Longest configuration file that is loaded.
pub const MAX_FILE_BYTES: usize = 64 << 20;
/// Most files loaded from one directory.
pub const MAX_FILES: usize = 65_536;
/// Longest line, as written and after expansion of environment variables.
pub const MAX_LINE_BYTES: usize = 256 << 10;
/// Most words of one line after expansion of environment variables.
pub const MAX_WORDS: usize = 1024;
/// Deepest nesting of `.if` blocks, as in HAProxy.
pub const MAX_BLOCK_DEPTH: usize = 100;
/// Deepest nesting of parentheses in a condition.
pub const MAX_CONDITION_DEPTH: usize = 256;
/// Most arguments of one predicate or other keyword with parentheses.
pub const MAX_ARGUMENTS: usize = 64;
/// Most findings of one severity that are kept for showing.
pub const MAX_FINDINGS: usize = 1000;
/// Longest time that a timer holds, in milliseconds: about 24.8 days, as in HAProxy.
pub const MAX_TIMER_MS: u64 = i32::MAX as u64;
