//! The token layer as redaction sees it: something that tags names, addresses and the like.
//!
//! It is not a model; `model` implements it.

use super::PiiKind;

/// One stretch that a tagger takes for personal data.
///
/// # Units
/// `start` and `end` are bytes of the text the tagger was given, end exclusive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tagged {
    /// First byte.
    pub start: usize,
    /// First byte after.
    pub end: usize,
    /// What it holds.
    pub kind: PiiKind,
    /// How sure the tagger is, 0 to 1.
    pub score: f32,
}

/// A stretch that patterns hide whatever the tagger says of it.
///
/// # Units
/// As in [`Tagged`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// First byte.
    pub start: usize,
    /// First byte after.
    pub end: usize,
    /// What it holds.
    pub kind: PiiKind,
}

/// Why a text could not be tagged; the text is then withheld.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TagError {
    /// The model failed to compute.
    #[error("the token classifier failed; check the model with `undertone doctor`")]
    Compute,
    /// The text could not be cut into tokens.
    #[error("the tokenizer failed; check the model with `undertone doctor`")]
    Tokenize,
    /// The text does not fit even in windows.
    #[error("the text has more tokens than the classifier reads")]
    TooLong,
}

/// Tags the tokens of one text.
///
/// # Privacy
/// An implementation is a pure function of the text and of what is hidden in it, which itself follows
/// from the text: no state between calls, nothing printed, nothing kept.
pub trait TokenTagger: Send + Sync {
    /// The stretches of `text` that hold personal data; `hidden` are stretches that are hidden anyway,
    /// which need no word from the tagger.
    ///
    /// # Errors
    /// When the text cannot be tagged; the caller then withholds it.
    fn tag(&self, text: &str, hidden: &[Hidden]) -> Result<Vec<Tagged>, TagError>;

    /// Whether it reads a text in one case as a text without case; a re-cased view of such a text is
    /// then not tagged again.
    fn ignores_case(&self) -> bool {
        false
    }
}
