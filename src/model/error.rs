//! What can go wrong in loading and running a model.

use std::{io, path::PathBuf};

/// Why a model could not be loaded or a text not be read.
///
/// # Privacy
/// No variant holds any part of a text: what the tokenizer says of one is dropped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A file is missing or cannot be read.
    #[error("cannot read {}: {source}; restore the models folder from the release", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file that the model needs has no entry in the manifest.
    #[error(
        "the model manifest does not list {file}; run models/manifest.py after changing models"
    )]
    NotListed {
        /// Its name inside the models folder.
        file: String,
    },
    /// A file is not the one that the manifest names.
    #[error(
        "{} has SHA-256 {found}, but the manifest names {expected}; restore the file, or run \
         models/manifest.py if the change is meant", path.display()
    )]
    Altered {
        /// Which file.
        path: PathBuf,
        /// The digest in the manifest.
        expected: String,
        /// The digest of what was read.
        found: String,
    },
    /// A file has the right digest and the wrong content for this program.
    #[error("{file} is not usable: {reason}; use the models folder that came with this program")]
    Malformed {
        /// Its name inside the models folder.
        file: String,
        /// What was expected and what was found.
        reason: String,
    },
    /// A topic list cannot be used.
    #[error("the topic list is not usable: {0}")]
    Topics(String),
    /// A language cannot be read.
    #[error("found as language: {0}")]
    Languages(String),
    /// A topic head cannot be used or fitted.
    #[error("the topic head is not usable: {0}")]
    TopicHead(String),
    /// The tokenizer refused a text.
    #[error("the tokenizer refused a text; it counts as unread")]
    Tokenize,
    /// A tensor operation failed.
    #[error("the {stage} computation failed: {source}; report this as a defect")]
    Compute {
        /// Which part of the model.
        stage: &'static str,
        /// What candle said; it names shapes and types only.
        source: candle_core::Error,
    },
    /// The model gave a value that is not a number.
    #[error("the {stage} gave a value that is not finite; the text counts as unread")]
    NotFinite {
        /// Which part of the model.
        stage: &'static str,
    },
    /// The worker threads could not be started.
    #[error("cannot start {threads} threads for the model: {source}")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// What the thread pool said.
        source: rayon::ThreadPoolBuildError,
    },
}

impl ModelError {
    /// Wraps an error of candle with the part of the model it arose in.
    pub(super) fn compute(stage: &'static str) -> impl FnOnce(candle_core::Error) -> Self {
        move |source| Self::Compute { stage, source }
    }

    /// A file that cannot be used, with the reason.
    pub(super) fn malformed(file: &str, reason: impl ToString) -> Self {
        Self::Malformed { file: file.to_owned(), reason: reason.to_string() }
    }
}
