//! Tokens of services: named in the pipeline file, never written in it, never shown.

use std::{fmt, fs, os::unix::fs::PermissionsExt, path::PathBuf};

use zeroize::Zeroizing;

/// A longer token is none.
const TOKEN_BYTES_MAX: u64 = 4_096;

/// A token; zeroed on drop, without a readable `Debug`.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

/// Where a token stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretFrom {
    /// In a file that only its owner can read.
    File(PathBuf),
    /// In a variable of the environment.
    Environment(String),
}

/// Why a token cannot be used. None of these holds any of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// No such file, or not readable.
    #[error("{path}: cannot read the token: {error}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Others can read it.
    #[error("{path}: others can read this token (mode {mode:03o}): run chmod 600 on it")]
    Open {
        /// Which.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The variable is not there.
    #[error("the environment variable {0} is not set; it shall hold the token")]
    Unset(String),
    /// It cannot stand in a header.
    #[error("{0} does not hold a token: one line of visible ASCII is wanted")]
    Malformed(String),
}

impl Secret {
    /// Reads the token.
    ///
    /// # Errors
    /// When it is not there, open to others, or not one line of visible ASCII.
    pub fn read(from: &SecretFrom) -> Result<Self, SecretError> {
        let (named, text) = match from {
            SecretFrom::File(path) => (path.display().to_string(), file(path)?),
            SecretFrom::Environment(name) => (name.clone(), variable(name)?),
        };
        let token = text.trim();
        let visible = !token.is_empty() && token.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        match visible {
            true => Ok(Self(Zeroizing::new(token.to_owned()))),
            false => Err(SecretError::Malformed(named)),
        }
    }

    /// The header value `prefix` + token.
    pub(in crate::connectors) fn after(&self, prefix: &str) -> Zeroizing<String> {
        Zeroizing::new(format!("{prefix}{}", *self.0))
    }
}

fn file(path: &PathBuf) -> Result<Zeroizing<String>, SecretError> {
    let broken = |error| SecretError::Read { path: path.clone(), error };
    let metadata = fs::metadata(path).map_err(broken)?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(SecretError::Open { path: path.clone(), mode });
    }
    if metadata.len() > TOKEN_BYTES_MAX {
        return Err(SecretError::Malformed(path.display().to_string()));
    }
    fs::read_to_string(path).map(Zeroizing::new).map_err(broken)
}

#[allow(clippy::disallowed_methods)] // the one variable that the pipeline file names
fn variable(name: &str) -> Result<Zeroizing<String>, SecretError> {
    let value = std::env::var(name).map_err(|_| SecretError::Unset(name.to_owned()))?;
    Ok(Zeroizing::new(value))
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &str, mode: u32) -> Result<Secret, SecretError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        Secret::read(&SecretFrom::File(path))
    }

    #[test]
    fn token_of_a_file_is_one_line_that_others_cannot_read() {
        let secret = read("  abc-123\n", 0o600).unwrap();
        assert_eq!(&*secret.after("Bearer "), "Bearer abc-123");
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        assert!(matches!(read("abc", 0o644), Err(SecretError::Open { .. })));
        for content in ["", "\n", "two\nlines", "b\u{f6}se", "a\u{0}b"] {
            let error = read(content, 0o600).unwrap_err();
            assert!(matches!(error, SecretError::Malformed(_)), "{content:?}");
        }
        let error = read("two\nlines", 0o600).unwrap_err().to_string();
        assert!(!error.contains("lines "), "{error}");
    }

    #[test]
    fn token_that_is_not_there_says_where_it_was_looked_for() {
        let unset = SecretFrom::Environment("UNDERTONE_NO_SUCH_TOKEN".into());
        assert!(Secret::read(&unset).unwrap_err().to_string().contains("UNDERTONE_NO_SUCH_TOKEN"));
        let gone = SecretFrom::File("/nonexistent/token".into());
        assert!(Secret::read(&gone).unwrap_err().to_string().contains("/nonexistent/token"));
    }
}
