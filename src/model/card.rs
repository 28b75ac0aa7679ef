//! What the models folder says of its own quality.

use serde::Deserialize;

use super::{Manifest, ModelError};

const FILE: &str = "card.json";

/// The model card in figures; its prose stands in the folder's README.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelCard {
    /// What reads each language.
    pub models: Vec<LanguageCard>,
}

/// What reads one language, and how well.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanguageCard {
    /// The language, by ISO 639-1 code.
    pub language: String,
    /// Encoder and heads.
    pub name: String,
    /// Measured quality, each figure with its data set.
    pub measured: Vec<String>,
}

impl ModelCard {
    /// Reads the card of a models folder.
    ///
    /// # Errors
    /// When it is missing, altered or not a card.
    pub fn load(manifest: &Manifest) -> Result<Self, ModelError> {
        serde_json::from_slice(&manifest.read(FILE)?)
            .map_err(|error| ModelError::malformed(FILE, error))
    }
}
