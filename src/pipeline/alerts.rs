//! The subscription files of a data folder: one alert a line, in public, each once.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    estimate::Fired,
    log::{LogError, Visibility, write_atomic},
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

/// The file of one alert.
pub fn alert_file(data: &Path, id: &str) -> PathBuf {
    data.join("alerts").join(format!("{id}.jsonl"))
}

/// Adds to the alert's file what it does not hold yet, and returns that. The file is replaced as a whole,
/// so a reader never sees half a line.
///
/// # Errors
/// When the file cannot be read or written, or holds something else.
pub fn tell_once(data: &Path, id: &str, fired: &[Fired]) -> Result<Vec<Fired>, AlertError> {
    let path = alert_file(data, id);
    let mut text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => String::new(),
        Err(source) => return Err(AlertError::File { path, source }),
    };
    let mut told = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let known: Fired = serde_json::from_str(line)
            .map_err(|_| AlertError::Line { path: path.clone(), line: at + 1 })?;
        told.push(known);
    }
    let is_new = |one: &&Fired| !told.iter().any(|known| known.key() == one.key());
    let new: Vec<Fired> = fired.iter().filter(is_new).cloned().collect();
    if new.is_empty() {
        return Ok(new);
    }
    for one in &new {
        // Unwrap safety: strings and finite numbers always serialize.
        text += &serde_json::to_string(one).expect("an alert serializes");
        text.push('\n');
    }
    let folder = data.join("alerts");
    fs::create_dir_all(&folder).map_err(|source| AlertError::File { path: folder, source })?;
    write_atomic(&path, text.as_bytes(), Visibility::Public)?;
    Ok(new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::Interval;

    fn fired(release: &str) -> Fired {
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
        let first = tell_once(data.path(), "mood", &[fired("r1")]).unwrap();
        assert_eq!(first.len(), 1);
        assert!(tell_once(data.path(), "mood", &[fired("r1")]).unwrap().is_empty());
        let both = tell_once(data.path(), "mood", &[fired("r1"), fired("r2")]).unwrap();
        assert_eq!(both, [fired("r2")]);
        let text = fs::read_to_string(alert_file(data.path(), "mood")).unwrap();
        assert_eq!(text.lines().count(), 2);
    }

    #[test]
    fn nothing_fired_makes_no_file_and_a_foreign_file_is_refused_whole() {
        let data = tempfile::tempdir().unwrap();
        assert!(tell_once(data.path(), "mood", &[]).unwrap().is_empty());
        assert!(!data.path().join("alerts").exists());
        fs::create_dir(data.path().join("alerts")).unwrap();
        fs::write(alert_file(data.path(), "mood"), "hello\n").unwrap();
        let refused = tell_once(data.path(), "mood", &[fired("r1")]).unwrap_err();
        assert!(refused.to_string().contains("line 1"), "{refused}");
    }
}
