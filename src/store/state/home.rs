//! Where the state lives between runs, and how it is set aside.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::log::{LogError, sync_folder};

use super::{MemoryState, State, StateError, sled::SledState};

const FOLDER: &str = "state";
const QUARANTINE: &str = "state.quarantine-";

/// The place of the derived state.
pub(crate) enum Home {
    /// Nowhere: it is built at every start.
    Memory,
    /// The folder `state` in this data folder.
    Disk(PathBuf),
}

impl Home {
    /// Opens the state, an empty one where there is none.
    pub(crate) fn open(&self) -> Result<Box<dyn State>, StateError> {
        Ok(match self {
            Home::Memory => Box::new(MemoryState::default()),
            Home::Disk(data) => Box::new(SledState::open(&data.join(FOLDER))?),
        })
    }

    /// Sets a failed state aside under the first free name, and returns its new place.
    pub(crate) fn quarantine(&self) -> Result<Option<PathBuf>, LogError> {
        let Home::Disk(data) = self else { return Ok(None) };
        let from = data.join(FOLDER);
        if !from.exists() {
            return Ok(None);
        }
        let free = |n: &u32| !data.join(format!("{QUARANTINE}{n}")).exists();
        let n = (1..).find(free).unwrap_or(u32::MAX);
        let to = data.join(format!("{QUARANTINE}{n}"));
        fs::rename(&from, &to).map_err(LogError::io("rename a folder to", &to))?;
        sync_folder(data)?;
        Ok(Some(to))
    }

    /// Destroys the state and every one set aside.
    ///
    /// # Privacy
    /// sled keeps overwritten values in its files until it reuses their space; after a scrub only
    /// new files hold nothing of what was scrubbed.
    pub(crate) fn destroy(&self) -> Result<(), LogError> {
        let Home::Disk(data) = self else { return Ok(()) };
        for entry in fs::read_dir(data).map_err(LogError::io("list", data))? {
            let entry = entry.map_err(LogError::io("list", data))?;
            let name = entry.file_name();
            if name == FOLDER || name.to_string_lossy().starts_with(QUARANTINE) {
                remove_folder(&entry.path())?;
            }
        }
        sync_folder(data)
    }
}

fn remove_folder(path: &Path) -> Result<(), LogError> {
    fs::remove_dir_all(path).map_err(LogError::io("remove", path))
}
