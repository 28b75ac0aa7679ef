//! The subscription files of a data folder: one alert a line, in public, each once.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    estimate::Fired,
    log::{FolderLock, LogError, Visibility, lock_folder, write_atomic},
};

/// Why alerts cannot be told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AlertError {
    /// The file or its folder.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line that no alert is.
    #[error("{path}, line {line}: no alert; move the file away and the next run writes it anew")]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line.
        line: usize,
    },
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] LogError),
}

/// The folder of alerts within a data folder.
const FOLDER: &str = "alerts";

/// The file of one alert.
pub fn alert_file(data: &Path, id: &str) -> PathBuf {
    data.join(FOLDER).join(format!("{id}.jsonl"))
}

/// The alerts of a data folder, held by one process while it tells.
pub struct AlertBook {
    data: PathBuf,
    _lock: FolderLock,
}

impl AlertBook {
    /// Opens it.
    ///
    /// # Errors
    /// When another process tells, or the folder cannot be made.
    pub fn open(data: &Path) -> Result<Self, AlertError> {
        let folder = data.join(FOLDER);
        fs::create_dir_all(&folder)
            .map_err(|source| AlertError::File { path: folder.clone(), source })?;
        let lock = lock_folder(&folder)?;
        Ok(Self { data: data.to_owned(), _lock: lock })
    }

    /// Its folder.
    pub(super) fn folder(&self) -> PathBuf {
        self.data.join(FOLDER)
    }

    /// What an alert's file holds.
    ///
    /// # Errors
    /// When it cannot be read, or holds something else.
    pub fn told(&self, id: &str) -> Result<Vec<Fired>, AlertError> {
        let path = alert_file(&self.data, id);
        let lines = self.text(id)?;
        let read = |(at, line): (usize, &str)| {
            serde_json::from_str(line)
                .map_err(|_| AlertError::Line { path: path.clone(), line: at + 1 })
        };
        lines.lines().enumerate().map(read).collect()
    }

    /// Adds to the alert's file what it does not hold yet, and returns that. The file is replaced as a
    /// whole, so a reader never sees half a line.
    ///
    /// # Errors
    /// When the file cannot be read or written, or holds something else.
    pub fn tell_once(&self, id: &str, fired: &[Fired]) -> Result<Vec<Fired>, AlertError> {
        let told = self.told(id)?;
        let is_new = |one: &&Fired| !told.iter().any(|known| known.key() == one.key());
        let new: Vec<Fired> = fired.iter().filter(is_new).cloned().collect();
        if new.is_empty() {
            return Ok(new);
        }
        let mut text = self.text(id)?;
        for one in &new {
            // Unwrap safety: strings and finite numbers always serialize.
            text += &serde_json::to_string(one).expect("an alert serializes");
            text.push('\n');
        }
        write_atomic(&alert_file(&self.data, id), text.as_bytes(), Visibility::Public)?;
        Ok(new)
    }

    fn text(&self, id: &str) -> Result<String, AlertError> {
        let path = alert_file(&self.data, id);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(text),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            Err(source) => Err(AlertError::File { path, source }),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::release::Interval;

    pub fn fired(release: &str) -> Fired {
        Fired {
            alert: "mood".into(),
            release_id: release.into(),
            against: "r0".into(),
            neighborhood: Some("old-quay".into()),
            topic: None,
            name: "Old Quay".into(),
            days: ["2026-03-02", "2026-03-09", "2026-02-23"].map(str::to_owned),
            difference: Interval { value: -0.3, low: -0.5, high: -0.1 },
        }
    }

    #[test]
    fn alert_is_told_once_however_often_the_releases_are_looked_at() {
        let data = tempfile::tempdir().unwrap();
        let book = AlertBook::open(data.path()).unwrap();
        assert_eq!(book.tell_once("mood", &[fired("r1")]).unwrap().len(), 1);
        assert!(book.tell_once("mood", &[fired("r1")]).unwrap().is_empty());
        let both = book.tell_once("mood", &[fired("r1"), fired("r2")]).unwrap();
        assert_eq!(both, [fired("r2")]);
        assert_eq!(book.told("mood").unwrap(), [fired("r1"), fired("r2")]);
    }

    #[test]
    fn nothing_fired_makes_no_file_and_a_foreign_file_is_refused_whole() {
        let data = tempfile::tempdir().unwrap();
        let book = AlertBook::open(data.path()).unwrap();
        assert!(book.tell_once("mood", &[]).unwrap().is_empty());
        let path = alert_file(data.path(), "mood");
        assert!(!path.exists());
        fs::write(&path, "hello\n").unwrap();
        let refused = book.tell_once("mood", &[fired("r1")]).unwrap_err();
        assert!(refused.to_string().contains("line 1"), "{refused}");
    }

    #[test]
    fn two_who_tell_at_once_wait_for_each_other() {
        let data = tempfile::tempdir().unwrap();
        let book = AlertBook::open(data.path()).unwrap();
        assert!(AlertBook::open(data.path()).is_err());
        drop(book);
        assert!(AlertBook::open(data.path()).is_ok());
    }
}
