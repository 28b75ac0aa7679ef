//! Secret keys on disk: one line that says what it is, one line of hex, readable by the owner only.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::log::{LogError, Visibility, write_atomic};

/// Which secret a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Makes pseudonyms and orders cells.
    Pseudonym,
    /// Signs releases and checkpoints.
    Signing,
}

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// There is none.
    #[error(
        "{0}: no such key file; restore it from its backup, or, for a folder without data, let `undertone keys create PIPELINE.toml` make one"
    )]
    Missing(PathBuf),
    /// It cannot be read.
    #[error("{path}: cannot read the key file: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Others can read it.
    #[error("{path}: others can read this key (mode {mode:03o}): run chmod 600 on it")]
    Open {
        /// Which.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is not the key that was asked for.
    #[error(
        "{path}: not a {wanted} key file: line 1 must read `{wanted_line}`, line 2 64 hex digits"
    )]
    Malformed {
        /// Which.
        path: PathBuf,
        /// Wanted kind.
        wanted: &'static str,
        /// Wanted first line.
        wanted_line: String,
    },
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] LogError),
    /// A key stands there already.
    #[error(
        "{0}: a key stands here already; a new pseudonym key would split every resident in two"
    )]
    Exists(PathBuf),
}

impl KeyKind {
    /// The word in file names and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            KeyKind::Pseudonym => "pseudonym",
            KeyKind::Signing => "signing",
        }
    }

    fn first_line(self) -> String {
        format!("undertone {} key v1", self.as_str())
    }
}

/// Reads the 32 secret bytes.
///
/// # Errors
/// When the file is missing, readable by others or not a key of this kind.
pub fn read_key(path: &Path, kind: KeyKind) -> Result<Zeroizing<[u8; 32]>, KeyFileError> {
    let read = |source| KeyFileError::Read { path: path.to_owned(), source };
    let text = match fs::read(path) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(KeyFileError::Missing(path.to_owned()));
        }
        Err(e) => return Err(read(e)),
    };
    let mode = fs::metadata(path).map_err(read)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Open { path: path.to_owned(), mode });
    }
    parse(&text, kind).ok_or_else(|| KeyFileError::Malformed {
        path: path.to_owned(),
        wanted: kind.as_str(),
        wanted_line: kind.first_line(),
    })
}

/// Writes a new key file with mode 0600.
///
/// # Errors
/// When a file stands there already or the folder cannot be written.
pub fn write_key(path: &Path, kind: KeyKind, key: &[u8; 32]) -> Result<(), KeyFileError> {
    if path.exists() {
        return Err(KeyFileError::Exists(path.to_owned()));
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .map_err(|source| KeyFileError::Read { path: folder.to_owned(), source })?;
    }
    let hex = Zeroizing::new(hex::encode(key));
    let text = Zeroizing::new(format!("{}\n{}\n", kind.first_line(), *hex));
    Ok(write_atomic(path, text.as_bytes(), Visibility::Secret)?)
}

fn parse(text: &[u8], kind: KeyKind) -> Option<Zeroizing<[u8; 32]>> {
    let text = std::str::from_utf8(text).ok()?;
    let (first, rest) = text.split_once('\n')?;
    if first.trim_end() != kind.first_line() {
        return None;
    }
    let mut key = Zeroizing::new([0; 32]);
    hex::decode_to_slice(rest.trim(), &mut *key).ok()?;
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_written_is_read_back_and_only_as_its_own_kind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/pseudonym.key");
        write_key(&path, KeyKind::Pseudonym, &[7; 32]).unwrap();
        assert_eq!(*read_key(&path, KeyKind::Pseudonym).unwrap(), [7; 32]);
        let wrong = read_key(&path, KeyKind::Signing);
        assert!(matches!(wrong, Err(KeyFileError::Malformed { .. })));
        let again = write_key(&path, KeyKind::Pseudonym, &[8; 32]);
        assert!(matches!(again, Err(KeyFileError::Exists(_))));
    }

    #[test]
    fn key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.key");
        write_key(&path, KeyKind::Signing, &[7; 32]).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(read_key(&path, KeyKind::Signing), Err(KeyFileError::Open { .. })));
    }
}
