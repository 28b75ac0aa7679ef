//! The way of plain ASCII texts into word pieces, which are nearly all of them.
//!
//! What the library makes of such a text, without what it does for all the others: normal forms,
//! classes of characters, a map of changed characters. A property test holds the two together. Texts
//! with other characters, with control characters or with a bracket, which may be a special token, are
//! the library's.

use std::collections::HashMap;

use super::Pieces;

/// Marks a piece that goes on with a word.
const CONTINUING: &str = "##";

/// The words and pieces of a vocabulary.
pub(super) struct Vocabulary {
    ids: HashMap<Box<str>, u32>,
    unknown: u32,
    longest: usize,
    word_max: usize,
}

impl Vocabulary {
    /// A vocabulary with its piece for unknown words; `word_max` is the most characters of a known one.
    pub fn new(ids: HashMap<String, u32>, unknown: u32, word_max: usize) -> Self {
        let longest = ids.keys().map(String::len).max().unwrap_or_default();
        let ids = ids.into_iter().map(|(piece, id)| (piece.into_boxed_str(), id)).collect();
        Self { ids, unknown, longest, word_max }
    }

    /// Whether a whole word in lower case is one piece.
    pub fn knows(&self, word: &str) -> bool {
        word.len() <= self.longest && self.ids.contains_key(word)
    }

    /// The pieces of a text; `None` where it is the library's.
    pub fn pieces(&self, text: &str) -> Option<Pieces> {
        let ours = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~') && byte != b'[';
        if !text.bytes().all(ours) {
            return None;
        }
        let mut out = Pieces { ids: Vec::new(), spans: Vec::new(), words: Vec::new() };
        let (mut letters, mut key) = (String::new(), String::new());
        let mut number = 0;
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let from = at;
            at += 1;
            if byte.is_ascii_whitespace() {
                continue;
            }
            if !byte.is_ascii_punctuation() {
                let more = bytes[at..].iter();
                at += more.take_while(|byte| byte.is_ascii_alphanumeric()).count();
            }
            letters.clear();
            letters
                .extend(bytes[from..at].iter().map(|byte| char::from(byte.to_ascii_lowercase())));
            self.cut(&letters, &mut key, (from, number), &mut out);
            number += 1;
        }
        Some(out)
    }

    /// Cuts one word, which begins at byte `from`, into the longest pieces from its start on.
    fn cut(&self, letters: &str, key: &mut String, (from, number): (usize, u32), out: &mut Pieces) {
        let first = out.ids.len();
        let mut start = 0;
        while start < letters.len() && letters.len() <= self.word_max {
            let Some((id, end)) = self.longest_at(letters, start, key) else { break };
            out.push(id, (from + start, from + end), number);
            start = end;
        }
        if start < letters.len() {
            out.truncate(first);
            out.push(self.unknown, (from, from + letters.len()), number);
        }
    }

    /// The longest piece of a word from `start` on, and where it ends; `key` is scratch.
    fn longest_at(&self, letters: &str, start: usize, key: &mut String) -> Option<(u32, usize)> {
        key.clear();
        key.push_str(if start > 0 { CONTINUING } else { "" });
        let marks = key.len();
        let room = start + self.longest.saturating_sub(marks);
        key.push_str(letters.get(start..room.min(letters.len()))?);
        while key.len() > marks {
            if let Some(id) = self.ids.get(key.as_str()) {
                return Some((*id, start + key.len() - marks));
            }
            key.pop();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::super::WordPieces;
    use crate::model::Manifest;

    fn both() -> &'static [WordPieces; 2] {
        static LOADED: std::sync::OnceLock<[WordPieces; 2]> = std::sync::OnceLock::new();
        let models = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/models"));
        let load = |file: &str| {
            WordPieces::load(file, &Manifest::open(models).unwrap().read(file).unwrap()).unwrap()
        };
        LOADED.get_or_init(|| ["tagger/tokenizer.json", "minilm/tokenizer.json"].map(load))
    }

    fn check(text: &str) {
        for pieces in both() {
            let Some(ours) = pieces.plain.as_ref().unwrap().pieces(text) else { continue };
            let library = pieces.by_library(text).unwrap();
            assert_eq!(
                (ours.ids, ours.spans, ours.words),
                (library.ids, library.spans, library.words)
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

        #[test]
        fn pieces_of_any_plain_text_are_those_of_the_library(text in "[ -~\t\n\r]{0,60}") {
            check(&text);
        }

        #[test]
        fn pieces_of_words_are_those_of_the_library(
            text in "([a-z]{1,9}|[A-Z][a-z]{1,5}|the|library|[0-9]{1,6}|[#@_.:/'-]| |\n){0,40}"
        ) {
            check(&text);
        }

        #[test]
        fn pieces_of_long_words_are_those_of_the_library(text in "[a-z]{98,103}( [a-z]{0,3}){0,3}") {
            check(&text);
        }
    }

    #[test]
    fn texts_that_are_the_librarys_are_left_to_it() {
        let [tagger, _] = both();
        let vocabulary = tagger.plain.as_ref().unwrap();
        for text in ["caf\u{e9}", "a\u{0}b", "a\u{7f}", "a\u{b}b", "so [CLS] it"] {
            assert!(vocabulary.pieces(text).is_none(), "{text:?}");
        }
        assert!(vocabulary.pieces("").is_some_and(|pieces| pieces.ids.is_empty()));
    }
}
