//! What a release says of the classifier: its noise interval does not cover the model's mistakes.

use serde::{Deserialize, Serialize};

/// Which model labelled the comments, and how often it is wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ModelFacts {
    /// Encoder and heads.
    pub name: String,
    /// SHA-256 of the model manifest: which weights, exactly.
    pub manifest_sha256: String,
    /// Measured quality, each figure with its data set.
    pub measured: Vec<String>,
    /// Languages it reads; a comment in another is counted as unread.
    pub languages: Vec<String>,
}
