//! The reading view: a text as a tagger would best read it.
//!
//! Title case where the writer used one case only, figures inside words read as letters
//! ("J0hn"). Hashtags are the tagger's to read: it knows which words there are.

use super::glyphs::{Glyph, Glyphs};

/// Share of the letters that must be of one case to call a text single-case, in tenths.
const SINGLE_CASE_TENTHS: usize = 9;
const SINGLE_CASE_LETTERS_MIN: usize = 4;

/// What the reading view changed.
pub(super) struct Reading {
    /// The characters to tag.
    pub glyphs: Glyphs,
    /// Whether letters changed, beyond their case.
    pub respelled: bool,
    /// Whether the case changed.
    pub recased: bool,
}

/// Builds the reading view.
pub(super) fn reading(glyphs: &[Glyph]) -> Reading {
    let mut out = Glyphs::new(glyphs.to_vec());
    let respelled = unleet(&mut out);
    let recased = is_single_case(&out);
    if recased {
        title_case(&mut out);
    }
    Reading { glyphs: out, respelled, recased }
}

/// Whether nearly all letters are of one case.
pub(super) fn is_single_case(glyphs: &[Glyph]) -> bool {
    let upper = glyphs.iter().filter(|glyph| glyph.ch.is_uppercase()).count();
    let lower = glyphs.iter().filter(|glyph| glyph.ch.is_lowercase()).count();
    let letters = upper + lower;
    letters >= SINGLE_CASE_LETTERS_MIN
        && upper.max(lower) * 10 >= letters * SINGLE_CASE_TENTHS
        && (upper > lower || upper == 0)
}

fn title_case(glyphs: &mut [Glyph]) {
    let mut inside = false;
    for glyph in glyphs {
        let mut cased = (glyph.ch, None);
        if inside {
            let mut lower = glyph.ch.to_lowercase();
            cased = (lower.next().unwrap_or(glyph.ch), lower.next());
        } else if glyph.ch.is_lowercase() {
            let mut upper = glyph.ch.to_uppercase();
            cased = (upper.next().unwrap_or(glyph.ch), upper.next());
        }
        if let (ch, None) = cased {
            glyph.ch = ch;
        }
        inside = glyph.ch.is_alphanumeric() || (inside && glyph.ch == '\'');
    }
}

/// Reads figures inside a word as the letters they imitate.
fn unleet(glyphs: &mut [Glyph]) -> bool {
    let mut changed = false;
    let breaks = |glyph: &Glyph| !(glyph.ch.is_alphanumeric() || matches!(glyph.ch, '@' | '$'));
    for token in glyphs.split_mut(breaks) {
        let letters = token.iter().filter(|glyph| glyph.ch.is_alphabetic()).count();
        let starts = token.first().is_some_and(|glyph| glyph.ch.is_alphabetic());
        let ends = token.last().is_some_and(|glyph| glyph.ch.is_alphabetic() || glyph.ch == '0');
        if !starts || !ends || letters * 2 < token.len() || letters == token.len() || letters < 2 {
            continue;
        }
        for glyph in token.iter_mut() {
            glyph.ch = match glyph.ch {
                '0' => 'o',
                '1' => 'i',
                '3' => 'e',
                '4' | '@' => 'a',
                '5' | '$' => 's',
                '7' => 't',
                ch => ch,
            };
        }
        changed = true;
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::super::glyphs::{View, glyphs_of};
    use super::*;

    fn read(text: &str) -> String {
        View::of(&reading(&glyphs_of(text)).glyphs).text().to_owned()
    }

    #[test]
    fn single_case_becomes_title_case() {
        assert_eq!(read("my neighbor maria"), "My Neighbor Maria");
        assert_eq!(read("DESHAWN O'NEIL"), "Deshawn O'neil");
        assert_eq!(read("Maria from Elm"), "Maria from Elm");
    }

    #[test]
    fn words_with_figures_are_read_as_letters() {
        assert_eq!(read("that J0hn Sm1th on 4th at 5B"), "that John Smith on 4th at 5B");
    }
}
