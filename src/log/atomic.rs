//! Whole files that appear at once or not at all, and folders whose entries are durable.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use super::{LogError, Visibility};

/// Writes `bytes` to `path` so that, whatever happens, a reader sees the old file or the new one.
///
/// The bytes go to `path` with `.new` behind its name, are synced, renamed over `path`, and the
/// folder is synced. A `.new` file left by a crash is overwritten by the next attempt.
///
/// # Errors
/// When the file system refuses one of these steps; `path` then still holds what it held.
pub fn write_atomic(path: &Path, bytes: &[u8], visibility: Visibility) -> Result<(), LogError> {
    let beside = beside(path);
    let written = write_new(&beside, bytes, visibility)
        .map_err(LogError::io("write", &beside))
        .and_then(|()| fs::rename(&beside, path).map_err(LogError::io("rename a file to", path)));
    if written.is_err() {
        let _ = fs::remove_file(&beside); // the first error says more
    }
    written?;
    sync_folder(folder_of(path))
}

/// Makes the entries of a folder durable: files created, renamed and removed in it.
///
/// # Errors
/// When the folder cannot be opened or synced.
pub fn sync_folder(path: &Path) -> Result<(), LogError> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(LogError::io("sync", path))
}

/// Removes a file durably; a file that is not there is no error.
///
/// # Errors
/// When the file system refuses.
///
/// # Privacy
/// The blocks are given back, not overwritten: on flash nothing less than disk encryption does.
pub fn remove_file(path: &Path) -> Result<(), LogError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(LogError::io("remove", path)(e)),
        Ok(()) => sync_folder(folder_of(path)),
    }
}

/// The folder that `path` is an entry of.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}

fn write_new(path: &Path, bytes: &[u8], visibility: Visibility) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(visibility.mode()).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn write_atomic_replaces_the_file_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint");
        fs::write(folder.path().join("checkpoint.new"), b"left by a crash").unwrap();
        write_atomic(&path, b"one", Visibility::Public).unwrap();
        write_atomic(&path, b"two", Visibility::Secret).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn write_atomic_that_fails_keeps_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("inside"), b"x").unwrap();
        let error = write_atomic(&path, b"new", Visibility::Public).unwrap_err();
        assert!(matches!(error, LogError::Io { action: "rename a file to", .. }));
        assert_eq!(fs::read(path.join("inside")).unwrap(), b"x");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn remove_file_that_is_missing_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("segment");
        fs::write(&path, b"x").unwrap();
        remove_file(&path).unwrap();
        remove_file(&path).unwrap();
        assert!(!path.exists());
    }
}
