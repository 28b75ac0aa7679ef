//! What is wrong with a pipeline file, told so that it can be mended.

use std::{fmt, path::PathBuf};

/// A fault in a pipeline file: which file, which key, what was found and what is allowed.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {key}: {fault}", file = file.display())]
pub struct ConfigError {
    /// The file.
    pub file: PathBuf,
    /// The key, dotted.
    pub key: String,
    /// Found and allowed, or the error beneath.
    pub fault: String,
    /// Whether the file asks for more than privacy allows.
    pub refused: bool,
}

impl ConfigError {
    /// A value that is not allowed.
    pub fn found(key: &str, found: impl fmt::Display, allowed: impl fmt::Display) -> Self {
        Self::because(key, format!("found {found}; allowed: {allowed}"))
    }

    /// A fault that another module explains.
    pub fn because(key: &str, fault: impl fmt::Display) -> Self {
        Self { file: PathBuf::new(), key: key.to_owned(), fault: fault.to_string(), refused: false }
    }

    /// Marks a plan that was refused for its cost.
    pub fn refused_if(mut self, refused: bool) -> Self {
        self.refused = refused;
        self
    }

    /// Names the file.
    pub fn of(mut self, file: &std::path::Path) -> Self {
        self.file = file.to_owned();
        self
    }
}
