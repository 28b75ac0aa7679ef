//! The append-only file: opening with recovery, group commit, sync.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{BufReader, Seek, SeekFrom, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use super::{
    LogError, Visibility,
    atomic::{folder_of, sync_folder},
    frame::{self, FILE_HEADER},
};

/// What a log held when it was opened or read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// The body of every whole frame, oldest first.
    pub frames: Vec<Vec<u8>>,
    /// Length of the torn end that was cut off, or passed over by a reader.
    pub truncated_bytes: u64,
}

/// A file of frames that only grows, locked against every other writer while it is open.
///
/// Any failed write or sync poisons it: what reached the disk is then unknown, every later call is
/// refused, and the process must start again.
#[derive(Debug)]
pub struct AppendLog {
    path: PathBuf,
    file: File,
    len_bytes: u64,
    poisoned: bool,
}

impl AppendLog {
    /// Opens or creates the log and collects its frames.
    ///
    /// # Errors
    /// When it is locked, readable by others although secret, damaged before its last frame, or
    /// the file system refuses.
    pub fn open(path: &Path, visibility: Visibility) -> Result<(Self, Recovered), LogError> {
        let mut frames = Vec::new();
        let (log, truncated_bytes) = Self::open_with(path, visibility, |_, body| {
            frames.push(body.to_vec());
            Ok::<(), LogError>(())
        })?;
        Ok((log, Recovered { frames, truncated_bytes }))
    }

    /// Opens or creates the log and hands each frame to `on_frame` with its offset, one at a time;
    /// also returns the length of the torn end it cut off.
    ///
    /// What it handed out is durable when it returns, also where the writer died before its sync.
    ///
    /// # Errors
    /// As [`AppendLog::open`], and whatever `on_frame` returns; the file is then left as it was.
    pub fn open_with<E: From<LogError>>(
        path: &Path,
        visibility: Visibility,
        on_frame: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<(Self, u64), E> {
        let file = open_locked(path, visibility)?;
        let file_bytes = file.metadata().map_err(LogError::io("look at", path))?.len();
        let len_bytes = frame::walk(path, &mut BufReader::new(&file), file_bytes, on_frame)?;
        let mut log = Self { path: path.to_owned(), file, len_bytes, poisoned: false };
        log.settle(file_bytes).map_err(LogError::io("recover", path))?;
        sync_folder(folder_of(path))?;
        Ok((log, file_bytes - len_bytes))
    }

    /// Writes one frame; it is durable after the next [`AppendLog::sync`].
    ///
    /// # Errors
    /// When the body is too long, the log is poisoned, or the write fails (which poisons it).
    pub fn append(&mut self, body: &[u8]) -> Result<(), LogError> {
        self.append_all(&[body])
    }

    /// Writes several frames in one write.
    ///
    /// # Errors
    /// As [`AppendLog::append`]; when one body is too long, none is written.
    pub fn append_all(&mut self, bodies: &[&[u8]]) -> Result<(), LogError> {
        self.refuse_if_poisoned()?;
        let mut bytes = Vec::new();
        for body in bodies {
            frame::encode(body, &mut bytes)?;
        }
        self.write(&bytes).map_err(LogError::io("write", &self.path))
    }

    /// Returns when every frame written so far is on the disk (fdatasync).
    ///
    /// # Errors
    /// When the log is poisoned or the sync fails (which poisons it).
    pub fn sync(&mut self) -> Result<(), LogError> {
        self.refuse_if_poisoned()?;
        self.file.sync_data().map_err(|e| {
            self.poisoned = true;
            LogError::io("sync", &self.path)(e)
        })
    }

    /// Moves the log, still open and locked, over `path` in the same folder, durably.
    ///
    /// # Errors
    /// When it cannot be synced or renamed.
    pub fn rename(mut self, path: &Path) -> Result<Self, LogError> {
        self.sync()?;
        fs::rename(&self.path, path).map_err(LogError::io("rename a file to", path))?;
        sync_folder(folder_of(path))?;
        self.path = path.to_owned();
        Ok(self)
    }

    /// Length of the file, torn ends excluded.
    pub fn len_bytes(&self) -> u64 {
        self.len_bytes
    }

    /// Where the log lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Cuts off a torn end, completes a torn file header, and makes what is left durable.
    fn settle(&mut self, file_bytes: u64) -> std::io::Result<()> {
        if file_bytes > self.len_bytes {
            self.file.set_len(self.len_bytes)?;
        }
        self.file.seek(SeekFrom::Start(self.len_bytes))?;
        if self.len_bytes == 0 {
            self.write(&FILE_HEADER)?;
        }
        self.file.sync_all()
    }

    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.poisoned = true;
        self.file.write_all(bytes)?;
        self.len_bytes += bytes.len() as u64;
        self.poisoned = false;
        Ok(())
    }

    fn refuse_if_poisoned(&self) -> Result<(), LogError> {
        if self.poisoned { Err(LogError::Poisoned(self.path.clone())) } else { Ok(()) }
    }
}

/// Collects the frames of a log that may be open elsewhere: takes no lock, changes nothing.
///
/// # Errors
/// When the file is missing, damaged before its last frame, or unreadable.
pub fn read(path: &Path) -> Result<Recovered, LogError> {
    let mut frames = Vec::new();
    let truncated_bytes = read_with(path, |_, body| {
        frames.push(body.to_vec());
        Ok::<(), LogError>(())
    })?;
    Ok(Recovered { frames, truncated_bytes })
}

/// Hands each frame to `on_frame` with its offset, as [`read`] does, and returns the length of a
/// torn end.
///
/// # Errors
/// As [`read`], and whatever `on_frame` returns.
pub fn read_with<E: From<LogError>>(
    path: &Path,
    on_frame: impl FnMut(u64, &[u8]) -> Result<(), E>,
) -> Result<u64, E> {
    let file = File::open(path).map_err(LogError::io("open", path))?;
    let file_bytes = file.metadata().map_err(LogError::io("look at", path))?.len();
    let end = frame::walk(path, &mut BufReader::new(&file), file_bytes, on_frame)?;
    Ok(file_bytes - end)
}

fn open_locked(path: &Path, visibility: Visibility) -> Result<File, LogError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(visibility.mode());
    let file = options.open(path).map_err(LogError::io("open", path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(LogError::Locked(path.to_owned())),
        Err(TryLockError::Error(e)) => return Err(LogError::io("lock", path)(e)),
    }
    let metadata = file.metadata().map_err(LogError::io("look at", path))?;
    let mode = metadata.permissions().mode() & 0o777;
    if visibility == Visibility::Secret && mode & 0o077 != 0 {
        return Err(LogError::Exposed { path: path.to_owned(), mode });
    }
    Ok(file)
}

#[cfg(test)]
#[path = "append_tests.rs"]
mod tests;
