//! What the model says of one comment: the last thing that depends on its words.

use serde::{Deserialize, Serialize};

use super::Topic;

/// A comment counts for at most this many topics; 60 units divide evenly by 1, 2 and 3.
pub const TOPICS_PER_COMMENT_MAX: usize = 3;

/// The tone of a comment, or that no model here can read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sentiment {
    /// Against, dissatisfied.
    Negative,
    /// Neither.
    Neutral,
    /// For, satisfied.
    Positive,
    /// Withheld by redaction, or in a language the model does not know: counted, not guessed.
    Unread,
}

impl Sentiment {
    /// The three tones a model can give, in the order of every table.
    pub const READ: [Sentiment; 3] = [Sentiment::Negative, Sentiment::Neutral, Sentiment::Positive];

    /// The word used in files and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Sentiment::Negative => "negative",
            Sentiment::Neutral => "neutral",
            Sentiment::Positive => "positive",
            Sentiment::Unread => "unread",
        }
    }
}

/// The labels of one comment.
///
/// # Privacy
/// A pure function of the comment's own redacted text and public configuration: bit-identical
/// alone, in any batch, in any order and with any number of threads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels {
    /// Tone, or unread.
    pub sentiment: Sentiment,
    /// One to [`TOPICS_PER_COMMENT_MAX`] topics in ascending order; empty only when unread.
    pub topics: Vec<Topic>,
}

impl Labels {
    /// The labels of a comment that was withheld or is in an unknown language.
    pub fn unread() -> Self {
        Self { sentiment: Sentiment::Unread, topics: Vec::new() }
    }
}
