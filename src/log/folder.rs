//! One process per folder, on a disk of this machine.

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::{LogError, mount};

const LOCK_FILE: &str = "lock";

/// Keeps every other process out of a folder until it is dropped.
#[derive(Debug)]
pub struct FolderLock {
    path: PathBuf,
    _file: File,
}

impl FolderLock {
    /// The folder that is held.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Creates the folder where it is missing (mode 0700) and takes it for this process.
///
/// The lock dies with the process; a `lock` file that stays behind means nothing.
///
/// # Errors
/// When another process holds the folder, it is on a network file system, or it cannot be created.
pub fn lock_folder(path: &Path) -> Result<FolderLock, LogError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700).create(path).map_err(LogError::io("create", path))?;
    mount::refuse_network(path)?;
    let lock = path.join(LOCK_FILE);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let file = options.open(&lock).map_err(LogError::io("open", &lock))?;
    match file.try_lock() {
        Ok(()) => Ok(FolderLock { path: path.to_owned(), _file: file }),
        Err(TryLockError::WouldBlock) => Err(LogError::Locked(path.to_owned())),
        Err(TryLockError::Error(e)) => Err(LogError::io("lock", &lock)(e)),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    #[test]
    fn folder_held_by_another_is_refused_until_it_is_let_go() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("city").join("data");
        let held = lock_folder(&path).unwrap();
        assert!(matches!(lock_folder(&path), Err(LogError::Locked(p)) if p == path));
        drop(held);
        assert_eq!(lock_folder(&path).unwrap().path(), path);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
