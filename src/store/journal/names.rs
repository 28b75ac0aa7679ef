//! The files of a journal folder and their names.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    domain::Window,
    log::{LogError, remove_file},
};

/// A file of the journal, in the order of replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FileName {
    /// What belongs to no window.
    Spine,
    /// The keys of a scrubbed window.
    Seen(Window),
    /// What comments of a window said.
    Window(Window),
}

impl FileName {
    /// Where the file lies in its folder.
    pub(super) fn path(self, folder: &Path) -> PathBuf {
        folder.join(match self {
            FileName::Spine => "spine.log".to_owned(),
            FileName::Seen(window) => format!("seen-{:06}.log", window.0),
            FileName::Window(window) => format!("window-{:06}.log", window.0),
        })
    }

    /// Where the next version of the file is written.
    pub(super) fn new_path(self, folder: &Path) -> PathBuf {
        self.path(folder).with_extension("log.new")
    }

    fn parse(name: &str) -> Option<Self> {
        let stem = name.strip_suffix(".log")?;
        let (kind, number) = stem.split_once('-').unwrap_or((stem, ""));
        let window = || number.parse().ok().map(Window);
        let parsed = match kind {
            "spine" => FileName::Spine,
            "seen" => FileName::Seen(window()?),
            "window" => FileName::Window(window()?),
            _ => return None,
        };
        let is_exact = parsed.path(Path::new("")) == Path::new(name);
        is_exact.then_some(parsed)
    }
}

/// The files of a journal folder in the order of replay; other files are passed over.
pub(super) fn list(folder: &Path) -> Result<Vec<FileName>, LogError> {
    let mut names: Vec<_> =
        entries(folder)?.iter().filter_map(|name| FileName::parse(name)).collect();
    names.sort();
    Ok(names)
}

/// Removes what a crash left half-written: next versions that were never renamed.
pub(super) fn remove_half_written(folder: &Path) -> Result<(), LogError> {
    for name in entries(folder)? {
        if name.strip_suffix(".new").is_some_and(|name| FileName::parse(name).is_some()) {
            remove_file(&folder.join(name))?;
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<String>, LogError> {
    let listed = fs::read_dir(folder).and_then(|entries| {
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    });
    listed.map_err(LogError::io("list", folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_parse_back_and_others_are_passed_over() {
        for name in [FileName::Spine, FileName::Seen(Window(7)), FileName::Window(Window(1234567))]
        {
            let path = name.path(Path::new(""));
            assert_eq!(FileName::parse(path.to_str().unwrap()), Some(name));
        }
        for other in ["lock", "window-7.log", "window-x.log", "spine.log.new", "spine-000001.log"] {
            assert_eq!(FileName::parse(other), None, "{other}");
        }
    }

    #[test]
    fn half_written_files_are_removed_and_others_are_left() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["spine.log", "spine.log.new", "seen-000001.log.new", "notes.new"] {
            fs::write(folder.path().join(name), b"").unwrap();
        }
        remove_half_written(folder.path()).unwrap();
        let mut left = entries(folder.path()).unwrap();
        left.sort();
        assert_eq!(left, ["notes.new", "spine.log"]);
    }
}
