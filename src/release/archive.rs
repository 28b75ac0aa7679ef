//! Reads the releases that a data folder holds.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

use super::{Envelope, EnvelopeError};
use crate::ledger::{Digest, Entry, Fact};

/// The folder of release files.
pub struct Archive {
    folder: PathBuf,
}

/// One release file with its name.
#[derive(Clone, Debug)]
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
    /// A file is not the one that the ledger committed.
    #[error("{path} is not the file that the ledger committed; run `undertone ledger verify`")]
    NotCommitted {
        /// Which.
        path: PathBuf,
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

    /// The releases that the ledger published, byte for byte as committed; what else lies in the
    /// folder is not shown.
    ///
    /// # Errors
    /// When a published file is missing, unreadable or not the one that was committed.
    pub fn published(&self, entries: &[Entry]) -> Result<Vec<ReleaseFile>, ArchiveError> {
        let published: HashSet<_> = entries
            .iter()
            .filter_map(|entry| match &entry.fact {
                Fact::Publish { release_id } => Some(*release_id),
                _ => None,
            })
            .collect();
        let mut found = Vec::new();
        for entry in entries {
            if let Fact::Commit { release_id, file, sha256, .. } = &entry.fact
                && published.contains(release_id)
            {
                let release = self.release(file)?;
                if Digest::of(release.envelope.bytes()) != *sha256 {
                    return Err(ArchiveError::NotCommitted { path: self.folder.join(file) });
                }
                found.push(release);
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
