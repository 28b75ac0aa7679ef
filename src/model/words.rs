//! The words of a text that the classifier reads: placeholders, accounts and links are left out.
//!
//! What redaction put in a text says nothing of its tone or its topic, so a label is the same bits
//! with and without it. Emoji are read as words where the encoder does not know them.
//! `models/encoder_data.py` reads training texts in the same way.

use std::{borrow::Cow, sync::LazyLock};

use regex::Regex;

use super::emoji::EmojiWords;

/// A placeholder of redaction, a link, or an account with what stands before it.
static UNREAD: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"<[A-Z_]+>|https?://\S+|\bwww\.\S+|(?P<before>^|[^\w@])@\w+";
    Regex::new(pattern).expect("the pattern is one") // Unwrap safety: constant, compiled by every test
});

/// What an encoder reads of a text.
pub(super) struct Words {
    emoji: Option<EmojiWords>,
}

impl Words {
    /// With words for emoji, or with emoji as they stand.
    pub fn new(emoji: Option<EmojiWords>) -> Self {
        Self { emoji }
    }

    /// The words that are read.
    pub fn of<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let read = words(text);
        match &self.emoji {
            Some(emoji) => emoji.spoken(read),
            None => read,
        }
    }
}

/// The words that are read, parted by single spaces; emoji are left as they stand.
fn words(text: &str) -> Cow<'_, str> {
    if !text.contains(['<', '@', '/', '.']) || !UNREAD.is_match(text) {
        return Cow::Borrowed(text);
    }
    let read = UNREAD.replace_all(text, "$before ");
    Cow::Owned(read.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_text_leave_out_placeholders_accounts_and_links() {
        for (text, read) in [
            ("<HANDLE> the bus is late <URL>", "the bus is late"),
            ("Thank you <PERSON>, <BIRTH_DATE>!", "Thank you , !"),
            ("@transit why? (@mayor too) see https://a.example/b?c=d now", "why? ( too) see now"),
            ("www.city.example says so", "says so"),
            ("<ADDRESS>", ""),
        ] {
            assert_eq!(words(text), read);
        }
    }

    #[test]
    fn words_of_a_text_without_them_are_the_text_itself() {
        for text in ["a < b, and c > d.", "meet  me @ noon / 5", "<b>bold</b>", "", "ana@city"] {
            assert!(matches!(words(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }
}
