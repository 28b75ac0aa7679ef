//! The pipeline file: read as written ([`raw`]), checked and built into a [`Pipeline`].
//!
//! An error names the file, the key, what was found and what is allowed. Nothing here reads a
//! comment.

mod alerts;
mod build;
mod error;
mod exhibits;
mod key_file;
mod paths;
mod public;
pub mod raw;
mod redaction;
mod serve;
mod service;
mod source;
mod token_file;
mod topics;

use std::{path::PathBuf, sync::Arc};

use paths::beside;

pub use alerts::Subscription;
pub use build::{Overrides, load, load_policy};
pub use error::ConfigError;
pub use key_file::{KeyFileError, KeyKind, read_key, write_key};
pub use serve::{Address, Bounds, Serve};
pub use service::RawService;
pub use token_file::{Proof, Scope, Token, TokenFile, TokenFileError};

use crate::{
    connectors::Format,
    domain::SourceId,
    estimate::silent::PublicNumbers,
    model::{Languages, TopicHead, TopicSpec},
    pipeline::Places,
    release::ReleasePlan,
    text::Policy,
};

/// A pipeline as meant: every value checked, every path resolved.
pub struct Pipeline {
    /// The file it was read from.
    pub file: PathBuf,
    /// SHA-256 of it: rows refused under one file may be good under the next.
    pub digest: String,
    /// What will be released.
    pub plan: ReleasePlan,
    /// Census, surveys and targets: no part of the plan, so they may change while it runs.
    pub public: PublicNumbers,
    /// Who wants to be told of which change.
    pub alerts: Vec<Subscription>,
    /// Name of the source; part of every pseudonym.
    pub source: SourceId,
    /// How it is read.
    pub format: Format,
    /// Default input, where the file names one.
    pub input: Option<PathBuf>,
    /// Where comments belong.
    pub places: Places,
    /// What they can be about, without "other"; names alone where a head tells them.
    pub topics: Vec<TopicSpec>,
    /// The city's own topic head.
    pub topic_head: Option<Arc<TopicHead>>,
    /// The languages that are read; a comment in another is counted as unread.
    pub languages: Languages,
    /// What kind of texts the source holds: `comments` or `posts`.
    pub writing: String,
    /// What is hidden.
    pub redaction: Policy,
    /// Folder of everything a run writes.
    pub data: PathBuf,
    /// Folder of the weights.
    pub models: PathBuf,
    /// How it listens.
    pub serve: Serve,
    keys: raw::RawKeys,
}

impl Pipeline {
    /// The file of one secret key: where the pipeline file says, else in the data folder.
    pub fn key_file(&self, kind: KeyKind) -> PathBuf {
        let named = match kind {
            KeyKind::Pseudonym => &self.keys.pseudonym,
            KeyKind::Signing => &self.keys.signing,
        };
        match named {
            Some(path) => beside(&self.file, path),
            None => self.data.join("keys").join(format!("{}.key", kind.as_str())),
        }
    }

    /// The file of the tokens that may bring comments.
    pub fn token_file(&self) -> PathBuf {
        self.data.join("keys").join("tokens.json")
    }
}

/// Checks an id: 1 to 60 of `a-z 0-9 -`.
fn check_id(key: &str, id: &str) -> Result<(), ConfigError> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    match (1..=60).contains(&id.len()) && id.bytes().all(allowed) {
        true => Ok(()),
        false => Err(ConfigError::found(key, format!("`{id}`"), "1 to 60 of a-z, 0-9 and -")),
    }
}
