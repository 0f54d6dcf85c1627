//! The files of rings (configuration manual 12.5 `backing-file`): what a ring keeps can be read there while the process runs and when it is
//! gone, whatever ended it. Written by a thread that nobody waits for; no log line of traffic is held up by a slow disk.
//!
//! The file is text. Newer lines take the place of older ones: below the mark stand the oldest, the first of them perhaps in part.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use burdock_model::{Level, LogRing, Model};
use burdock_state::{Process, ProcessCounter};
use tokio::sync::watch;

use super::reader::RingReader;
use crate::notice;

/// Stands behind the newest line.
const MARK: &[u8] = b"---- the newest line is above, the oldest below ----\n";
/// Bytes of lines that are written at once.
const BATCH_BYTES: usize = 64 * 1024;
/// Who may read what is logged: its owner.
const MODE: u32 = 0o600;

/// A ring and its file.
#[derive(Debug)]
pub struct Backing {
    lines: RingReader,
    content: Content,
    process: Arc<Process>,
}

/// Why a ring has no file.
#[derive(Debug)]
pub struct BackingFault {
    ring: String,
    path: PathBuf,
    error: io::Error,
}

impl fmt::Display for BackingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ring, path, error } = self;
        write!(f, "ring '{ring}': the backing-file '{}' cannot be made: {error}", path.display())
    }
}

impl std::error::Error for BackingFault {}

/// A file, and where its next line goes.
#[derive(Debug)]
struct Content {
    file: File,
    path: PathBuf,
    /// Bytes that it may have, the mark apart.
    size: u64,
    end: u64,
    /// The last attempt failed, and that was told.
    is_broken: bool,
}

impl Backing {
    /// Makes the files of a model's rings; those of a former process are kept with the suffix `.bak`. To be done before privileges are given
    /// up, as the owner of the files is whoever starts the process.
    ///
    /// # Errors
    /// The first file that cannot be made.
    pub fn open_all(model: &Model) -> Result<Vec<Backing>, BackingFault> {
        let open = |ring: &Arc<LogRing>| {
            let path = ring.backing_file.clone()?;
            let content = Content::create(&path, ring.size);
            Some(match content {
                Ok(content) => {
                    Ok(Backing { lines: RingReader::new(ring), content, process: Arc::clone(&model.process) })
                }
                Err(error) => Err(BackingFault { ring: ring.name.clone(), path, error }),
            })
        };
        model.logging.rings.iter().filter_map(open).collect()
    }

    /// Writes lines as they come, until `finishing` says so and everything is written.
    pub(super) async fn run(self, mut finishing: watch::Receiver<bool>) {
        let Backing { lines, mut content, process } = self;
        let mut batch = Vec::new();
        while lines.wait_for_line(&mut finishing).await {
            let mut count = 0;
            batch.clear();
            lines.take_lines(|head, tail| {
                batch.extend_from_slice(head);
                batch.extend_from_slice(tail);
                batch.push(b'\n');
                count += 1;
                batch.len() < BATCH_BYTES
            });
            // A disk that takes its time must not hold up the feeding of servers.
            let written = tokio::task::spawn_blocking(move || {
                let written = content.append(&batch);
                (content, batch, written)
            });
            let Ok((returned, memory, written)) = written.await else { return };
            (content, batch) = (returned, memory);
            if !written {
                process.counters.add_shared(ProcessCounter::DroppedLogs, count);
            }
        }
    }
}

impl Content {
    fn create(path: &Path, size: usize) -> io::Result<Self> {
        if fs::metadata(path).is_ok_and(|found| found.len() > 0) {
            let mut kept = path.as_os_str().to_owned();
            kept.push(".bak");
            // In a directory that nobody may write to there is none (configuration manual 12.5).
            let _ = fs::rename(path, kept);
        }
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(MODE).open(path)?;
        Ok(Self { file, path: path.to_owned(), size: size as u64, end: 0, is_broken: false })
    }

    /// Adds whole lines. False: they are lost, which is told of the first time.
    fn append(&mut self, lines: &[u8]) -> bool {
        let result = self.write(lines);
        if let Err(error) = &result
            && !self.is_broken
        {
            notice(Level::Alert, &format!("lines cannot be written to '{}': {error}", self.path.display()));
        }
        self.is_broken = result.is_err();
        result.is_ok()
    }

    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        let mut rest = lines;
        while !rest.is_empty() {
            let room = usize::try_from(self.size - self.end).unwrap_or(usize::MAX);
            let fitting = whole_lines(rest, room);
            if fitting == 0 {
                if self.end == 0 {
                    // No ring takes a line that is longer than itself.
                    return Err(io::ErrorKind::FileTooLarge.into());
                }
                // What stood behind was older than all that is here.
                self.file.set_len(self.end)?;
                self.end = 0;
                continue;
            }
            let (now, later) = rest.split_at(fitting);
            self.file.write_all_at(&[now, MARK].concat(), self.end)?;
            self.end += fitting as u64;
            rest = later;
        }
        Ok(())
    }
}

/// How many bytes of `lines` are whole lines and fit.
fn whole_lines(lines: &[u8], room: usize) -> usize {
    let fitting = lines.get(..room).unwrap_or(lines);
    fitting.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn text(path: &Path) -> String {
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn newer_lines_take_the_place_of_older_ones() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ring");
        let mark = str::from_utf8(MARK).unwrap();
        let mut content = Content::create(&path, 200).unwrap();
        let line = |n: usize| format!("line {n:02} of many\n");
        let lines = |range: std::ops::RangeInclusive<usize>| range.map(line).collect::<String>();
        assert_eq!(line(0).len(), 16);
        assert!(content.append(lines(1..=3).as_bytes()));
        assert_eq!(text(&path), lines(1..=3) + mark);
        // Twelve fit.
        assert!(content.append(lines(4..=12).as_bytes()));
        assert_eq!(text(&path), lines(1..=12) + mark);
        assert!(content.append(lines(13..=14).as_bytes()));
        let overwritten = text(&path);
        assert!(overwritten.starts_with(&(lines(13..=14) + mark)), "{overwritten}");
        assert!(overwritten.ends_with(&lines(7..=12)), "{overwritten}");
        // More than fits at once: the last ones stay.
        assert!(content.append(lines(20..=60).as_bytes()));
        let last = text(&path);
        assert!(last.contains(&(line(60) + mark)) && last.len() <= 200 + mark.len(), "{last}");
        assert!(!content.append(&[b'x'; 300]), "a line that never fits");
    }

    #[test]
    fn the_file_of_a_former_process_is_kept_once() {
        let directory = tempfile::tempdir().unwrap();
        let (path, kept) = (directory.path().join("ring"), directory.path().join("ring.bak"));
        drop(Content::create(&path, 1000).unwrap());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, MODE);
        for text in ["one\n", "two\n"] {
            Content::create(&path, 1000).unwrap().append(text.as_bytes());
        }
        drop(Content::create(&path, 1000).unwrap());
        assert!(text(&path).is_empty() && text(&kept).starts_with("two\n"));
        drop(Content::create(&path, 1000).unwrap());
        assert!(text(&kept).starts_with("two\n"), "an empty one does not take its place");
    }
}
