//! Reads configuration files from disk: what `-f` and `--` name (management manual 3).

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::limits::{MAX_FILE_BYTES, MAX_FILES};
use crate::source::{SourceFile, SourceMap};

/// Loads a file, or the files `*.cfg` of a directory that are not hidden, by name in byte order. `-` is the standard
/// input. What cannot be read becomes an error in `diagnostics`.
pub fn load(path: &Path, sources: &mut SourceMap, diagnostics: &mut Diagnostics) -> Vec<Arc<SourceFile>> {
    if path.as_os_str() == "-" {
        return load_one("-", io::stdin().lock(), sources, diagnostics).into_iter().collect();
    }
    let paths = match files_of(path) {
        Ok(paths) => paths,
        Err(fault) => {
            diagnostics.push(fault);
            return Vec::new();
        }
    };
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        match File::open(&path) {
            Ok(file) => files.extend(load_one(&path.to_string_lossy(), file, sources, diagnostics)),
            Err(error) => diagnostics.push(unreadable(&path, &error)),
        }
    }
    files
}

/// The path itself if it is no directory, else the configuration files in it.
fn files_of(path: &Path) -> Result<Vec<PathBuf>, Diagnostic> {
    let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if !metadata.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(|error| unreadable(path, &error))? {
        let entry = entry.map_err(|error| unreadable(path, &error))?;
        let name = entry.file_name();
        let bytes = name.as_encoded_bytes();
        if bytes.ends_with(b".cfg") && !bytes.starts_with(b".") {
            names.push(name);
        }
    }
    // HAProxy writes such names with a slash of its own, which matters where they are compared or shown.
    let join = |name: &std::ffi::OsString| {
        let mut joined = path.as_os_str().to_owned();
        joined.push("/");
        joined.push(name);
        PathBuf::from(joined)
    };
    names.sort();
    let files: Vec<PathBuf> = names.iter().map(join).filter(|file| file.is_file()).collect();
    match files.len() {
        0 => Err(Diagnostic::error(format!("no configuration file in directory {}", path.display()))
            .code("unreadable-file")
            .help("only files named *.cfg that do not begin with a dot are loaded from a directory")),
        1..=MAX_FILES => Ok(files),
        _ => {
            Err(Diagnostic::error(format!("more than {MAX_FILES} configuration files in directory {}", path.display()))
                .code("unreadable-file"))
        }
    }
}

fn load_one(
    name: &str,
    content: impl Read,
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> Option<Arc<SourceFile>> {
    let mut text = Vec::new();
    // One byte more than allowed tells a file that is too long from one that just fits.
    if let Err(error) = content.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut text) {
        diagnostics.push(unreadable(Path::new(name), &error));
        return None;
    }
    let added = sources.add(name, text).map_err(|_| {
        let limit = format!("configuration file {name} has more than {MAX_FILE_BYTES} bytes");
        Diagnostic::error(limit).code("unreadable-file")
    });
    diagnostics.take(added)
}

fn unreadable(path: &Path, error: &io::Error) -> Diagnostic {
    let reason = error.to_string();
    let reason = reason.split(" (os error").next().unwrap_or_default();
    Diagnostic::error(format!("cannot open configuration file/directory {} : {reason}", path.display()))
        .code("unreadable-file")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_from(path: &Path) -> (Vec<(String, Vec<u8>)>, Vec<String>) {
        let (mut sources, mut diagnostics) = (SourceMap::new(), Diagnostics::new());
        let files = load(path, &mut sources, &mut diagnostics);
        assert_eq!(files.len(), sources.files().len());
        let files = files.iter().map(|file| (file.name().to_owned(), file.text().to_owned())).collect();
        (files, diagnostics.iter().map(|fault| fault.message().to_owned()).collect())
    }

    #[test]
    fn a_directory_gives_its_configuration_files_in_byte_order() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        for name in ["b.cfg", "B.cfg", "a.cfg", "10.cfg", "9.cfg", ".hidden.cfg", ".cfg", "c.conf", "d.cfg~"] {
            fs::write(path.join(name), name).unwrap();
        }
        fs::create_dir(path.join("dir.cfg")).unwrap();
        std::os::unix::fs::symlink(path.join("c.conf"), path.join("link.cfg")).unwrap();
        std::os::unix::fs::symlink(path.join("gone"), path.join("dangling.cfg")).unwrap();
        let (files, faults) = load_from(path);
        assert_eq!(faults, Vec::<String>::new());
        let names: Vec<_> = files.iter().map(|(name, _)| name.rsplit('/').next().unwrap()).collect();
        assert_eq!(names, ["10.cfg", "9.cfg", "B.cfg", "a.cfg", "b.cfg", "link.cfg"]);
        assert_eq!(files[0].0, format!("{}/10.cfg", path.display()));
        assert_eq!(files[0].1, b"10.cfg");
    }

    #[test]
    fn what_cannot_be_loaded_is_a_fault() {
        let directory = tempfile::tempdir().unwrap();
        let missing = directory.path().join("nope.cfg");
        let (files, faults) = load_from(&missing);
        assert!(files.is_empty());
        let message =
            format!("cannot open configuration file/directory {} : No such file or directory", missing.display());
        assert_eq!(faults, [message]);
        let (_, faults) = load_from(directory.path());
        assert_eq!(faults, [format!("no configuration file in directory {}", directory.path().display())]);
    }

    #[test]
    fn text_need_not_be_utf8() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x");
        fs::write(&path, b"caf\xe9\n").unwrap();
        let (files, faults) = load_from(&path);
        assert_eq!((files.len(), faults.len()), (1, 0));
        assert_eq!(files[0].1, b"caf\xe9\n");
    }

    #[test]
    fn files_are_bounded() {
        let (mut sources, mut diagnostics) = (SourceMap::new(), Diagnostics::new());
        let endless = load_one("endless", io::repeat(b'#'), &mut sources, &mut diagnostics);
        assert!(endless.is_none() && diagnostics.has_errors());
    }
}
