//! Files with keys: read within a limit, written so that a reader, or a crash, finds the old one or the new one and never a part.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process;

use crate::limit::MAX_FILE;

/// Replaces a file by one that only its owner may read. The bytes are on the disk when it returns.
///
/// # Errors
/// When the directory does not let a file be made, or the disk is full. The old file is then as it was.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // What is a link stays one.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let beside = beside(&target);
    let written = write_new(&beside, bytes).and_then(|()| fs::rename(&beside, &target));
    if written.is_err() {
        let _may_not_exist = fs::remove_file(&beside);
        return written;
    }
    let directory = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // The new name is on the disk once the directory is.
    File::open(directory)?.sync_all()
}

/// Reads a file that is not expected to be large.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // One that was left behind by a crash would stand in the way.
    let _may_not_exist = fs::remove_file(path);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", process::id()));
    path.with_file_name(name)
}

const OWNER_ONLY: u32 = 0o600;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn replaces_the_whole_file_and_keeps_it_private() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("site.pem");
        fs::write(&path, "an old one that is longer").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        write_private(&path, b"new").unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), mode(&path)), ("new", 0o600));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_link_stays_one() {
        let directory = tempfile::tempdir().unwrap();
        let (path, link) = (directory.path().join("real.pem"), directory.path().join("link.pem"));
        fs::write(&path, "old").unwrap();
        symlink(&path, &link).unwrap();
        write_private(&link, b"new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn a_failure_leaves_the_old_one() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("missing/site.pem");
        assert_eq!(write_private(&path, b"new").unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
