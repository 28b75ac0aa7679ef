//! Hashtags cut into the words they were made of, so that a name inside one is read as a name.
//!
//! The writer's capitals part the words where there are some; else the fewest and longest words of
//! the tokenizer's own vocabulary do, so that a hashtag in one case is read as well. The classifier
//! was trained on hashtags cut by this same rule. Not a dictionary: a stretch that is no known
//! word stays one.

use std::ops::Range;

use super::super::{
    ModelError,
    tokenize::{Pieces, WordPieces},
};
use crate::text::{accented, is_invisible};

/// What marks a hashtag, on any keyboard.
const MARKS: [char; 3] = ['#', '\u{ff03}', '\u{fe5f}'];

/// Longest word between a writer's capitals that is taken for one word though it is not known.
const UNKNOWN_WORD_MAX: usize = 12;

/// Lengths of a stretch in one case for which words are looked for.
const SEARCHED: std::ops::RangeInclusive<usize> = 4..=60;

/// The pieces with every hashtag cut anew.
pub(super) fn cut_hashtags(
    text: &str,
    pieces: Pieces,
    tokenizer: &WordPieces,
) -> Result<Pieces, ModelError> {
    if !text.contains(MARKS) {
        return Ok(pieces);
    }
    let mut out = Pieces { ids: Vec::new(), spans: Vec::new(), words: Vec::new() };
    let mut at = 0;
    for (number, run) in pieces.words.chunk_by(|a, b| a.is_some() && a == b).enumerate() {
        let run = at..at + run.len();
        at = run.end;
        match hashtag(text, &pieces.spans[run.clone()]) {
            Some((start, tag)) => push_cut(&mut out, start, tag, tokenizer)?,
            None => {
                let word = next_word(&out, number);
                out.ids.extend_from_slice(&pieces.ids[run.clone()]);
                out.spans.extend_from_slice(&pieces.spans[run.clone()]);
                out.words.extend(run.map(|_| Some(word)));
            }
        }
    }
    Ok(out)
}

fn push_cut(
    out: &mut Pieces,
    start: usize,
    tag: &str,
    tokenizer: &WordPieces,
) -> Result<(), ModelError> {
    for range in cuts(tag, |word| tokenizer.knows(word)) {
        let inner = tokenizer.pieces(tag.get(range.clone()).unwrap_or_default())?;
        let word = next_word(out, 0);
        let from = start + range.start;
        out.ids.extend_from_slice(&inner.ids);
        out.spans.extend(inner.spans.iter().map(|(s, e)| (from + s, from + e)));
        out.words.extend(inner.ids.iter().map(|_| Some(word)));
    }
    Ok(())
}

fn next_word(out: &Pieces, least: usize) -> u32 {
    let least = u32::try_from(least).unwrap_or(u32::MAX);
    out.words.last().copied().flatten().map_or(least, |last| last.saturating_add(1))
}

/// The word that some pieces make and where it starts, if it is what follows the mark of a hashtag.
fn hashtag<'a>(text: &'a str, spans: &[(usize, usize)]) -> Option<(usize, &'a str)> {
    let start = spans.iter().map(|span| span.0).min()?;
    let end = spans.iter().map(|span| span.1).max()?;
    let word = text.get(start..end)?;
    let before = text.get(..start)?.trim_end_matches(is_invisible);
    // "_" parts the words of a tag; what stands before it belongs to the tag.
    let inside = |ch: char| ch.is_alphanumeric() || ch == '_' || is_invisible(ch);
    let before = if before.ends_with('_') { before.trim_end_matches(inside) } else { before };
    let before = before.strip_suffix(MARKS)?;
    let plain = word.contains(char::is_alphabetic)
        && word.chars().all(|ch| ch.is_alphanumeric() || is_invisible(ch));
    (plain && !before.ends_with(char::is_alphanumeric)).then_some((start, word))
}

/// The words of a hashtag of letters and figures; together they are all of it.
fn cuts(tag: &str, knows: impl Fn(&str) -> bool) -> Vec<Range<usize>> {
    let chars: Vec<(usize, char)> = tag.char_indices().collect();
    let borders: Vec<usize> = (1..chars.len()).filter(|at| is_border(&chars, *at)).collect();
    let hump = |at: &usize| chars[at - 1].1.is_lowercase() && chars[*at].1.is_uppercase();
    let marked = borders.iter().any(hump);
    let places = || borders.iter().map(|at| chars[*at].0);
    let mut words = Vec::new();
    for (start, end) in std::iter::once(0).chain(places()).zip(places().chain([tag.len()])) {
        let written = tag.get(start..end).unwrap_or_default();
        let part: String = written.chars().map(small).collect();
        let letters = part.bytes().all(|byte| byte.is_ascii_lowercase());
        let one_word = marked && (knows(&part) || part.len() <= UNKNOWN_WORD_MAX);
        if one_word || !letters || !SEARCHED.contains(&part.len()) {
            words.push(start..end);
        } else {
            // One small letter stands for each character, so a place in `part` is a count of them.
            let mut places: Vec<usize> = written.char_indices().map(|(at, _)| start + at).collect();
            places.push(end);
            let found = segments(&part, &knows).into_iter();
            words.extend(found.map(|word| places[word.start]..places[word.end]));
        }
    }
    words
}

/// A letter without its case and its accent.
fn small(ch: char) -> char {
    accented(ch).unwrap_or(ch).to_ascii_lowercase()
}

/// Whether a word may start here: after figures, at figures, at a capital that a small letter
/// comes before or after.
fn is_border(chars: &[(usize, char)], at: usize) -> bool {
    let (before, here) = (chars[at - 1].1, chars[at].1);
    let small_after = chars.get(at + 1).is_some_and(|(_, next)| next.is_lowercase());
    before.is_numeric() != here.is_numeric()
        || (here.is_uppercase() && (before.is_lowercase() || small_after))
}

/// The cheapest way to read small letters as words.
fn segments(part: &str, knows: impl Fn(&str) -> bool) -> Vec<Range<usize>> {
    let mut best: Vec<(usize, usize)> = vec![(0, 0)];
    for end in 1..=part.len() {
        let word = |start| part.get(start..end).unwrap_or_default();
        let price = |start: usize| best[start].0 + cost(word(start), &knows);
        // Of two alike, the first: its last word is the longer one.
        best.push((0..end).map(|start| (price(start), start)).min().unwrap_or_default());
    }
    let mut words = Vec::new();
    let mut end = part.len();
    while end > 0 {
        words.push(best[end].1..end);
        end = best[end].1;
    }
    words.reverse();
    words
}

/// What a word costs: short words are seldom meant, and letters that are no word cost each.
fn cost(word: &str, knows: impl Fn(&str) -> bool) -> usize {
    match (knows(word), word.len()) {
        (true, 1) => 40,
        (true, 2) => 32,
        (true, 3) => 22,
        (true, _) => 16,
        (false, letters) => 20 + 6 * letters,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KNOWN: &str = "rip johnny winter vote donald sterling new york for i a an ana";

    fn words(tag: &str) -> Vec<&str> {
        let cuts = cuts(tag, |word| KNOWN.split(' ').any(|known| known == word));
        cuts.into_iter().map(|range| &tag[range]).collect()
    }

    #[test]
    fn capitals_of_the_writer_part_the_words() {
        assert_eq!(words("RIPJohnnyWinter"), ["RIP", "Johnny", "Winter"]);
        assert_eq!(words("OrtheiaBarnes2016now"), ["Ortheia", "Barnes", "2016", "now"]);
        assert_eq!(words("PorMaríaÁvila"), ["Por", "María", "Ávila"]);
    }

    #[test]
    fn hashtag_in_one_case_is_parted_into_known_words() {
        assert_eq!(words("donaldsterling"), ["donald", "sterling"]);
        assert_eq!(words("RIPJOHNNYWINTER"), ["RIP", "JOHNNY", "WINTER"]);
        assert_eq!(words("voteana"), ["vote", "ana"]);
        assert_eq!(words("dónaldsterlíng"), ["dónald", "sterlíng"]);
        assert_eq!(words("voteDonaldsterling"), ["vote", "Donald", "sterling"]);
    }

    #[test]
    fn letters_that_are_no_known_word_stay_together() {
        assert_eq!(words("kathniel"), ["kathniel"]);
        assert_eq!(words("votekathniel"), ["vote", "kathniel"]);
        assert_eq!(words("i"), ["i"]);
    }

    #[test]
    fn mark_of_a_hashtag_is_seen_through_what_is_not_seen() {
        let found = |text: &str, word: &str| {
            let start = text.find(word).unwrap();
            hashtag(text, &[(start, start + word.len())]).is_some()
        };
        for text in ["#Ana", "#\u{200b}Ana", "\u{ff03}Ana", "#for_Ana", "#_Ana", "a #\u{2060}Ana"] {
            assert!(found(text, "Ana"), "{text:?}");
        }
        for text in ["Ana", "a#Ana", "# Ana", "for_Ana", "#for Ana"] {
            assert!(!found(text, "Ana"), "{text:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

        #[test]
        fn words_of_any_hashtag_are_all_of_it(tag in "[a-zA-Zéß王][a-zA-Z0-9ÉÑñⅨ]{0,70}") {
            prop_assert!(words(&tag).iter().all(|word| !word.is_empty()));
            prop_assert_eq!(words(&tag).concat(), tag);
        }
    }
}
