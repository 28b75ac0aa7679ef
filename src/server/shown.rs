//! What the outside may see: releases and the ledger as they stood at one public instant.
//!
//! The picture is recorded beside the data, so that a service that starts again shows the same and
//! neither sooner nor later what came after. The ledger's file only grows; a picture is so many
//! bytes of it, and the checkpoint that was signed over them.

use std::{fs, io, path::Path};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    ledger::{
        CHECKPOINT_FILE, Digest, ENTRIES_FILE, Entry, LEDGER_FOLDER, LedgerError, read_entries,
        read_entries_within,
    },
    log::{LogError, Visibility, write_atomic},
    release::{Archive, ArchiveError, ReleaseFile},
};

const FILE: &str = "shown.json";
const FORMAT: &str = "undertone-shown/1";

/// One picture: immutable, and public as a whole.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The instant it was taken for.
    pub since: Timestamp,
    /// How many closed windows it shows.
    pub windows: u32,
    /// The ledger's file of entries.
    pub entries: Vec<u8>,
    /// The same, read.
    pub facts: Vec<Entry>,
    /// The signed head over those entries.
    pub checkpoint: String,
    /// Releases in the order of their windows.
    pub releases: Vec<ShownRelease>,
}

/// One release file of a picture.
#[derive(Clone, Debug)]
pub struct ShownRelease {
    /// The file, byte for byte as committed.
    pub file: ReleaseFile,
    /// SHA-256 of it, as in the ledger.
    pub sha256: String,
}

/// Why a picture cannot be taken or found again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShownError {
    /// A file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The record of the picture is none, or tells of more than there is.
    #[error(
        "{0} does not fit the data beside it; if the data was put back from a backup, put this \
         file back too, or delete it: all that is published is then shown from the next instant on"
    )]
    Record(String),
    /// The record cannot be written.
    #[error(transparent)]
    Write(#[from] LogError),
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A release cannot be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    format: String,
    since: Timestamp,
    windows: u32,
    entries_bytes: usize,
    checkpoint: String,
    releases: Vec<String>,
}

impl Shown {
    /// A picture of nothing.
    pub fn nothing(since: Timestamp) -> Self {
        let (entries, facts) = (Vec::new(), Vec::new());
        Self { since, windows: 0, entries, facts, checkpoint: String::new(), releases: Vec::new() }
    }

    /// Takes the picture of the data folder `data` as it is now. Nobody may write to it meanwhile.
    ///
    /// # Errors
    /// When a file cannot be read or is not the one that was committed.
    pub fn take(data: &Path, since: Timestamp, windows: u32) -> Result<Self, ShownError> {
        let facts = read_entries(data)?;
        let published = Archive::of(data).published(&facts)?;
        let folder = data.join(LEDGER_FOLDER);
        let entries = read(&folder.join(ENTRIES_FILE))?;
        let checkpoint = String::from_utf8_lossy(&read(&folder.join(CHECKPOINT_FILE))?).into();
        let releases = published.into_iter().map(ShownRelease::new).collect();
        Ok(Self { since, windows, entries, facts, checkpoint, releases })
    }

    /// Records it beside the data, durably.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn record(&self, data: &Path) -> Result<(), ShownError> {
        let record = Record {
            format: FORMAT.into(),
            since: self.since,
            windows: self.windows,
            entries_bytes: self.entries.len(),
            checkpoint: self.checkpoint.clone(),
            releases: self.releases.iter().map(|release| release.file.name.clone()).collect(),
        };
        let mut text = serde_json::to_vec_pretty(&record).expect("plain fields"); // Unwrap safety: no map keys or floats
        text.push(b'\n');
        Ok(write_atomic(&data.join(FILE), &text, Visibility::Public)?)
    }

    /// The picture that was recorded last; `None` when none was.
    ///
    /// # Errors
    /// When the record does not fit the data.
    pub fn recorded(data: &Path) -> Result<Option<Self>, ShownError> {
        let path = data.join(FILE);
        if !path.exists() {
            return Ok(None);
        }
        let unfit = || ShownError::Record(path.display().to_string());
        let record: Record = serde_json::from_slice(&read(&path)?).map_err(|_| unfit())?;
        let mut entries = match record.entries_bytes {
            0 => Vec::new(),
            _ => read(&data.join(LEDGER_FOLDER).join(ENTRIES_FILE))?,
        };
        if record.format != FORMAT || entries.len() < record.entries_bytes {
            return Err(unfit());
        }
        entries.truncate(record.entries_bytes);
        let facts = match record.entries_bytes {
            0 => Vec::new(),
            bytes => read_entries_within(data, bytes as u64)?,
        };
        let archive = Archive::of(data);
        let found = record.releases.iter().map(|name| archive.release(name).map(ShownRelease::new));
        Ok(Some(Self {
            since: record.since,
            windows: record.windows,
            entries,
            facts,
            checkpoint: record.checkpoint,
            releases: found.collect::<Result<_, _>>()?,
        }))
    }
}

impl ShownRelease {
    fn new(file: ReleaseFile) -> Self {
        let sha256 = Digest::of(file.envelope.bytes()).to_string();
        Self { file, sha256 }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ShownError> {
    fs::read(path).map_err(|source| ShownError::Read { path: path.display().to_string(), source })
}
