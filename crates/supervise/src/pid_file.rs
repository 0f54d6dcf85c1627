//! The pid file: the daemon's process id on a line of its own (management manual 3, `-p`). It is left behind at the end.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use crate::failure::Failure;

/// Opens the file, emptied, while its path can still be reached.
///
/// # Errors
/// It cannot be created.
pub fn create(path: &Path) -> Result<File, Failure> {
    File::create(path).map_err(|error| Failure::new(format!("Cannot create pidfile {} : {error}", path.display())))
}

/// Writes this process's id.
///
/// # Errors
/// The disk is full, or the like.
pub fn write(file: &mut File, path: &Path) -> Result<(), Failure> {
    writeln!(file, "{}", std::process::id())
        .map_err(|error| Failure::new(format!("Cannot write pidfile {} : {error}", path.display())))
}
