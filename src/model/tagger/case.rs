//! The case of each word, which the tokenizer drops and the classifier is told beside the letters.
//!
//! A text in capitals says nothing by its case, no more than one in lower case: both are read as
//! texts without case, so that a name is found in either as in the other.

use super::super::tokenize::Pieces;

/// A word without a capital first, or any word of a text without case.
const PLAIN: u32 = 0;
/// A capital first.
const TITLE: u32 = 1;
/// Two letters or more, all of them capitals.
const CAPITALS: u32 = 2;

/// The case of the word that each piece belongs to, as the classifier was trained to see it.
pub(super) fn cases(text: &str, pieces: &Pieces) -> Vec<u32> {
    let mut cases = vec![PLAIN; pieces.spans.len()];
    if is_all_capitals(text) {
        return cases;
    }
    let mut at = 0;
    for run in pieces.words.chunk_by(|a, b| a.is_some() && a == b) {
        let (word, marks) = (&pieces.spans[at..at + run.len()], &mut cases[at..at + run.len()]);
        let start = word.iter().map(|span| span.0).min().unwrap_or_default();
        let end = word.iter().map(|span| span.1).max().unwrap_or_default();
        marks.fill(case_of(text.get(start..end).unwrap_or_default()));
        at += run.len();
    }
    cases
}

fn is_all_capitals(text: &str) -> bool {
    let upper = text.chars().filter(|ch| ch.is_uppercase()).count();
    let lower = text.chars().filter(|ch| ch.is_lowercase()).count();
    upper * 10 >= (upper + lower) * 9
}

fn case_of(word: &str) -> u32 {
    if !word.starts_with(char::is_uppercase) {
        return PLAIN;
    }
    let mut letters = word.chars().filter(|ch| ch.is_alphabetic());
    let more = word.chars().filter(|ch| ch.is_alphabetic()).count() > 1;
    if more && letters.all(char::is_uppercase) { CAPITALS } else { TITLE }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(spans: &[(usize, usize)], words: &[u32]) -> Pieces {
        Pieces {
            ids: vec![7; spans.len()],
            spans: spans.to_vec(),
            words: words.iter().map(|word| Some(*word)).collect(),
        }
    }

    #[test]
    fn case_of_a_word_is_that_of_all_its_pieces() {
        let cut = pieces(&[(0, 3), (3, 6), (7, 10), (11, 12), (13, 17)], &[0, 0, 1, 2, 3]);
        assert_eq!(cases("Marcus and I USPS", &cut), [TITLE, TITLE, PLAIN, TITLE, CAPITALS]);
    }

    #[test]
    fn text_in_capitals_has_no_case() {
        let words = pieces(&[(0, 3), (4, 7)], &[0, 1]);
        assert_eq!(cases("ASK ANA", &words), [PLAIN, PLAIN]);
        assert_eq!(cases("ask ana", &words), [PLAIN, PLAIN]);
        assert_eq!(cases("", &pieces(&[], &[])), [PLAIN; 0]);
    }

    #[test]
    fn place_outside_the_text_has_no_case() {
        assert_eq!(cases("Ana so", &pieces(&[(40, 44)], &[0])), [PLAIN]);
    }
}
