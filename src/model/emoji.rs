//! Emoji in words, for an encoder whose vocabulary knows none of them.
//!
//! The table stands beside the weights, since they were trained with its words;
//! `models/emoji_words.py` is the reference.

use std::borrow::Cow;

use aho_corasick::{AhoCorasick, MatchKind};

use super::ModelError;

/// What is said where an emoji stands.
pub(super) struct EmojiWords {
    emoji: AhoCorasick,
    words: Vec<Box<str>>,
}

impl EmojiWords {
    /// Reads a table, an emoji, a tab and its words a line; `file` names it in errors.
    pub fn load(file: &str, table: &[u8]) -> Result<Self, ModelError> {
        let malformed = |reason: String| ModelError::malformed(file, reason);
        let table = std::str::from_utf8(table).map_err(|error| malformed(error.to_string()))?;
        let (mut emoji, mut words) = (Vec::new(), Vec::new());
        for (at, line) in table.lines().enumerate() {
            let known = line.split_once('\t').filter(|(one, _)| !one.is_ascii());
            let (one, said) =
                known.ok_or_else(|| malformed(format!("line {} names no emoji", at + 1)))?;
            emoji.push(one);
            words.push(said.into());
        }
        let emoji = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(emoji);
        Ok(Self { emoji: emoji.map_err(|error| malformed(error.to_string()))?, words })
    }

    /// The text with the words of each emoji in its place; a run of the same one counts once.
    pub fn spoken<'a>(&self, text: Cow<'a, str>) -> Cow<'a, str> {
        let spoken = if text.is_ascii() { None } else { self.replaced(&text) };
        spoken.map_or(text, Cow::Owned)
    }

    /// The same, where that changes it.
    fn replaced(&self, text: &str) -> Option<String> {
        let plain = text.replace(is_mark, "");
        let mut out = String::with_capacity(plain.len());
        let (mut end, mut before) = (0, None);
        for found in self.emoji.find_iter(&plain) {
            let between = &plain[end..found.start()];
            if before != Some(found.pattern()) || !between.trim().is_empty() {
                out.extend([between, " ", &self.words[found.pattern()], " "]);
            }
            (end, before) = (found.end(), Some(found.pattern()));
        }
        let changed = before.is_some() || plain.len() != text.len();
        changed.then(|| out + &plain[end..])
    }
}

/// A colour of skin, or the choice between a picture and a character.
fn is_mark(character: char) -> bool {
    matches!(character, '\u{fe0e}' | '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    fn shipped() -> &'static EmojiWords {
        static LOADED: LazyLock<EmojiWords> = LazyLock::new(|| {
            let table = include_bytes!("../../models/minilm/emoji.tsv");
            EmojiWords::load("emoji.tsv", table).unwrap()
        });
        &LOADED
    }

    fn said(text: &str) -> String {
        let spoken = shipped().spoken(Cow::Borrowed(text)).into_owned();
        spoken.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn emoji_are_read_by_their_names() {
        for (text, read) in [
            ("new benches 😍", "new benches smiling face with heart eyes"),
            ("closed😡again", "closed enraged face again"),
            ("👍🏽 thanks ❤️", "thumbs up thanks red heart"),
            ("👩🏽‍🚒 came", "woman firefighter came"),
        ] {
            assert_eq!(said(text), read);
        }
    }

    #[test]
    fn emoji_in_a_run_count_once_and_apart_each_time() {
        assert_eq!(said("😂😂 😂 no 😂"), "face with tears of joy no face with tears of joy");
        assert_eq!(said("❤️❤️‍🔥"), "red heart heart on fire");
    }

    #[test]
    fn colours_of_skin_are_dropped_also_where_no_emoji_is_known() {
        assert_eq!(said("so 🏽 what"), "so what");
    }

    #[test]
    fn emoji_that_say_nothing_and_other_writing_stay() {
        for text in ["plain :)", "¿cuándo? ½ €5", "🇪🇸"] {
            assert_eq!(said(text), text);
        }
    }

    #[test]
    fn tables_with_a_line_that_names_no_emoji_are_refused_by_its_number() {
        for table in ["😂\tjoy\nno tab", "😂\tjoy\nab\tletters"] {
            let refused = EmojiWords::load("emoji.tsv", table.as_bytes()).err().unwrap();
            assert!(refused.to_string().contains("line 2"), "{refused}");
        }
    }

    proptest! {
        #[test]
        fn words_around_emoji_are_never_lost(parts in prop::collection::vec("[a-zé ]{0,6}[😂❤👍🏽\u{fe0f}🇪]{0,3}", 0..8)) {
            let text = parts.concat();
            let letters = |text: &str| text.chars().filter(|c| "abcé".contains(*c)).collect::<String>();
            let bare: String = text.chars().filter(|c| !"😂❤👍".contains(*c)).collect();
            // The words of an emoji may hold these letters too: take them away first.
            let mut rest = shipped().spoken(Cow::Borrowed(&text)).into_owned();
            for words in ["face with tears of joy", "red heart", "thumbs up"] {
                rest = rest.replace(&format!(" {words} "), "");
            }
            prop_assert_eq!(letters(&rest), letters(&bare));
        }
    }
}
