//! Reads the releases that a data folder holds.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{Envelope, EnvelopeError};

/// The folder of release files.
pub struct Archive {
    folder: PathBuf,
}

/// One release file with its name.
pub struct ReleaseFile {
    /// File name within the folder.
    pub name: String,
    /// The file, signature checked.
    pub envelope: Envelope,
}

/// Why the releases cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The folder or a file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not a release or was changed.
    #[error("{path}: {source}")]
    Release {
        /// Which.
        path: PathBuf,
        /// Why.
        source: EnvelopeError,
    },
}

impl Archive {
    /// The archive of a data folder; the folder need not exist yet.
    pub fn of(data: &Path) -> Self {
        Self { folder: data.join("releases") }
    }

    /// Where the files stand.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Every release in order of its last window, then family.
    ///
    /// # Errors
    /// When a file cannot be read or is not a release.
    pub fn releases(&self) -> Result<Vec<ReleaseFile>, ArchiveError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(ArchiveError::Read { path: self.folder.clone(), source }),
        };
        let mut found = Vec::new();
        for entry in entries {
            let read = |source| ArchiveError::Read { path: self.folder.clone(), source };
            let name = entry.map_err(read)?.file_name().to_string_lossy().into_owned();
            if name.ends_with(".json") {
                found.push(self.release(&name)?);
            }
        }
        found.sort_by(|a, b| order(a).cmp(&order(b)));
        Ok(found)
    }

    /// One release by its file name.
    ///
    /// # Errors
    /// When the file cannot be read or is not a release.
    pub fn release(&self, name: &str) -> Result<ReleaseFile, ArchiveError> {
        let path = self.folder.join(name);
        let bytes =
            fs::read(&path).map_err(|source| ArchiveError::Read { path: path.clone(), source })?;
        let envelope =
            Envelope::open(bytes).map_err(|source| ArchiveError::Release { path, source })?;
        Ok(ReleaseFile { name: name.to_owned(), envelope })
    }
}

fn order(file: &ReleaseFile) -> (u32, &str) {
    let document = file.envelope.document();
    (document.window.last, &document.family.id)
}
