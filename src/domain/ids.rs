//! Names that the city chooses itself.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of a source in the pipeline file: 1 to 40 of `a-z 0-9 - _`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SourceId(String);

/// Why a string is not a [`SourceId`].
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a source name: use 1 to 40 of a-z, 0-9, - and _")]
pub struct SourceIdError(String);

impl SourceId {
    /// Checks and wraps a name.
    ///
    /// # Errors
    /// When the name is empty, longer than 40 characters or holds another character.
    pub fn new(name: impl Into<String>) -> Result<Self, SourceIdError> {
        let name = name.into();
        let allowed =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        if (1..=40).contains(&name.len()) && name.bytes().all(allowed) {
            Ok(Self(name))
        } else {
            Err(SourceIdError(name))
        }
    }

    /// The name as written in the pipeline file.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SourceId {
    type Error = SourceIdError;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::new(name)
    }
}

impl From<SourceId> for String {
    fn from(id: SourceId) -> Self {
        id.0
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
