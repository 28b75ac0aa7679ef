//! Text that went through redaction: the only words that the model ever sees.

use std::fmt;

use zeroize::Zeroize;

use crate::domain::Sensitive;

/// What stands for a text that redaction did not let through.
pub const WITHHELD: &str = "<WITHHELD>";

/// A comment after redaction.
///
/// # Privacy
/// Made in this module only. It has no `Serialize`, no `Display` and no `Clone`; `Debug` prints a
/// placeholder; the memory is zeroed on drop. It still holds a resident's words: it is classified
/// and dropped, never written.
pub struct RedactedText {
    text: String,
    withheld: bool,
}

impl RedactedText {
    pub(super) fn redacted(text: String) -> Self {
        Self { text, withheld: false }
    }

    pub(super) fn withheld() -> Self {
        Self { text: WITHHELD.to_owned(), withheld: true }
    }

    /// Wraps words that no resident wrote in confidence: topic descriptions and published
    /// evaluation sets.
    ///
    /// # Privacy
    /// Nothing is removed. A comment goes through `Redactor::redact` instead.
    pub fn from_public(text: &str) -> Self {
        Self::redacted(text.to_owned())
    }

    /// Opens a text without removing anything, for evaluation on public sets.
    ///
    /// # Privacy
    /// Nothing is removed. Only `classify --raw` calls it.
    pub fn unredacted(text: &Sensitive<String>) -> Self {
        Self::redacted(text.expose().clone())
    }

    /// The words, with placeholders where personal data stood.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the text was withheld as a whole; it then counts and says nothing.
    pub fn is_withheld(&self) -> bool {
        self.withheld
    }
}

impl Drop for RedactedText {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

impl fmt::Debug for RedactedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedactedText(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redacted_text_debug_hides_the_words() {
        let text = RedactedText::redacted("the bridge shakes".into());
        assert_eq!(format!("{text:?}"), "RedactedText(..)");
    }
}
