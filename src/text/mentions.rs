//! Other mentions of a name that was found once.
//!
//! "Maria Delgado called. Then Delgado left." A mention is the same word in the same case, so that
//! the name Will does not hide the verb.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use super::{PiiKind, Span, address::is_place_name, fold::is_diacritic};

/// Shortest part of a name that is looked for by itself.
const NAME_CHARS_MIN: usize = 3;

/// Parts of names that are also ordinary words: they are no mention by themselves.
const ORDINARY: &str = "will may mark bill grant park hope grace faith joy rich frank art rose june april august \
     summer dawn chase drew pat rob sue jack ray gene guy dean young long short white black \
     brown green gray king baker cook hill woods field banks rivers lane street church school \
     price case best love day west east north south law little rice fish bird stone steel bush \
     ford miles victor the and van von del los las san santa cruz luz sol paz flores angel jesus \
     christian don city from mayor councilmember you she her his him our not for that this with \
     who said";

/// Spans for every other mention of the names in `spans`.
pub(super) fn mentions(text: &str, spans: &[Span]) -> Vec<Span> {
    let named: Vec<&Span> = spans.iter().filter(|span| span.kind == PiiKind::Person).collect();
    if named.is_empty() {
        return Vec::new();
    }
    let parts: HashSet<String> = named
        .iter()
        .filter_map(|span| text.get(span.start..span.end))
        .flat_map(UnicodeSegmentation::unicode_words)
        .map(plain)
        .filter(|part| part.chars().count() >= NAME_CHARS_MIN)
        .filter(|part| !is_ordinary(part))
        .filter(|part| !part.chars().all(|ch| ch.is_ascii_digit()))
        .collect();
    let mut found = Vec::new();
    for (start, word) in text.unicode_word_indices() {
        let end = start + word.len();
        let known = spans.iter().any(|span| span.overlaps(start, end));
        if known || !parts.contains(&plain(word)) {
            continue;
        }
        let (before, after) = (text.get(..start), text.get(end..));
        if !is_place_name(before.unwrap_or_default(), after.unwrap_or_default()) {
            let kind = PiiKind::Person;
            found.push(Span { start, end, kind, score: 0.5, recognizer: "mention" });
        }
    }
    found
}

fn is_ordinary(part: &str) -> bool {
    let part = part.to_lowercase();
    ORDINARY.split(' ').any(|word| word == part)
}

/// A word without diacritics and without the possessive.
fn plain(word: &str) -> String {
    let word: String = word.nfd().filter(|ch| !is_diacritic(*ch)).collect();
    let bare = word.strip_suffix("'s").or_else(|| word.strip_suffix("’s"));
    bare.map(str::to_owned).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mentioned(text: &str, start: usize, end: usize) -> Vec<&str> {
        let span = Span { start, end, kind: PiiKind::Person, score: 1.0, recognizer: "test" };
        mentions(text, &[span]).iter().map(|span| &text[span.start..span.end]).collect()
    }

    #[test]
    fn parts_of_a_name_are_found_again() {
        assert_eq!(
            mentioned("Maria Delgado left. Delgado's dog saw Maria", 0, 13),
            ["Delgado's", "Maria"]
        );
    }

    #[test]
    fn ordinary_words_and_streets_are_no_mentions() {
        assert!(mentioned("Will Baker will walk on Baker Street", 0, 10).is_empty());
        assert!(mentioned("Ana Delgado lives near Delgado Street", 0, 11).is_empty());
    }
}
