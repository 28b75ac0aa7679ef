//! Who may bring comments: tokens, kept as digests, and the secrets of webhooks.
//!
//! A token is shown once, when it is made, and only its SHA-256 stays. A webhook is signed with a
//! shared secret, so that secret itself stands here: the file has mode 0600 like every key.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    domain::SourceId,
    log::{LogError, Visibility, write_atomic},
};

const FORMAT: &str = "undertone-tokens/1";

/// More tokens than this are a mistake.
const TOKENS_MAX: usize = 1_000;

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Bringing comments, edits, deletions and reactions.
    Ingest,
    /// Reading operational metrics.
    Metrics,
}

/// How a request proves who sent it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// SHA-256 (hex) of the token that comes with the request.
    Sha256(String),
    /// The secret (base64) that the request is signed with.
    WebhookSecret(String),
}

/// One sender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Public name of the token: 8 hex digits, part of the token itself.
    pub id: String,
    /// Whose it is, in the operator's words.
    pub name: String,
    /// What it allows.
    pub scopes: Vec<Scope>,
    /// The sources that its rows may name.
    pub sources: Vec<SourceId>,
    /// How it is proved.
    pub proof: Proof,
    /// When it was made.
    pub created_at: Timestamp,
}

/// All senders of one pipeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenFile {
    /// In the order they were made.
    pub tokens: Vec<Token>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: String,
    tokens: Vec<Token>,
}

/// Why the tokens cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenFileError {
    /// It cannot be read.
    #[error("{}: cannot read the tokens: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Others can read it.
    #[error("{}: others can read the tokens (mode {mode:03o}): run chmod 600 on it", path.display())]
    Open {
        /// Which.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is not a token file.
    #[error("{}: not a token file of this program; restore it or delete it and make tokens anew", .0.display())]
    Malformed(PathBuf),
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] LogError),
    /// There are too many.
    #[error("there are {TOKENS_MAX} tokens; revoke one first")]
    Full,
}

impl Token {
    /// The digest that stands for a token's secret.
    pub fn digest(secret: &str) -> [u8; 32] {
        Sha256::digest(secret.as_bytes()).into()
    }
}

impl TokenFile {
    /// Reads the tokens; a file that is not there holds none.
    ///
    /// # Errors
    /// When it cannot be read, others can read it, or it is not a token file.
    pub fn read(path: &Path) -> Result<Self, TokenFileError> {
        let read = |source| TokenFileError::Read { path: path.to_owned(), source };
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(e) => return Err(read(e)),
        };
        let mode = fs::metadata(path).map_err(read)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(TokenFileError::Open { path: path.to_owned(), mode });
        }
        match serde_json::from_slice::<Written>(&text) {
            Ok(Written { format, tokens }) if format == FORMAT => Ok(Self { tokens }),
            _ => Err(TokenFileError::Malformed(path.to_owned())),
        }
    }

    /// Writes the tokens, readable by the owner only; a reader sees the old file or the new one.
    ///
    /// # Errors
    /// When there are too many or the folder cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), TokenFileError> {
        if self.tokens.len() > TOKENS_MAX {
            return Err(TokenFileError::Full);
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .map_err(|source| TokenFileError::Read { path: folder.to_owned(), source })?;
        }
        let written = Written { format: FORMAT.into(), tokens: self.tokens.clone() };
        let mut text = serde_json::to_vec_pretty(&written).expect("plain fields"); // Unwrap safety: no map keys or floats
        text.push(b'\n');
        Ok(write_atomic(path, &text, Visibility::Secret)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(id: &str) -> Token {
        Token {
            id: id.into(),
            name: "portal".into(),
            scopes: vec![Scope::Ingest],
            sources: vec![SourceId::new("forum").unwrap()],
            proof: Proof::Sha256(hex::encode(Token::digest("secret"))),
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn tokens_written_are_read_back_and_no_secret_is_among_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/tokens.json");
        assert_eq!(TokenFile::read(&path).unwrap(), TokenFile::default());
        let file = TokenFile { tokens: vec![token("00000001"), token("00000002")] };
        file.write(&path).unwrap();
        assert_eq!(TokenFile::read(&path).unwrap(), file);
        assert!(!fs::read_to_string(&path).unwrap().contains("\"secret\""));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn tokens_that_others_can_read_or_that_are_none_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        fs::write(&path, "{}").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(TokenFile::read(&path), Err(TokenFileError::Open { .. })));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(TokenFile::read(&path), Err(TokenFileError::Malformed(_))));
    }
}
