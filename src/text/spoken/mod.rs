//! The spoken view: what a person reads out of spelled-out contact data.
//!
//! "maria at example dot org", "dos cero dos", "M a r c u s", "2O2-5S5". It is a view for the
//! patterns only: a wrong reading costs nothing unless a pattern matches it.

mod hints;
mod marks;
mod numbers;
mod numerals;
mod spacing;

pub(super) use hints::may_be_spoken;

use super::glyphs::{Glyph, Glyphs};

/// A stretch of letters and digits.
#[derive(Clone)]
struct Word {
    pub from: usize,
    pub until: usize,
    pub text: String,
}

/// Reads spelled-out contact data; `None` when there is none.
pub(super) fn spoken(glyphs: &[Glyph]) -> Option<Glyphs> {
    let numbers = numbers::read(glyphs);
    let marks = marks::read(numbers.as_deref().map_or(glyphs, |read| read));
    let read = marks.or(numbers);
    let joined = spacing::join(read.as_deref().map_or(glyphs, |read| read));
    let read = joined.or(read);
    let digits = spacing::misread_digits(read.as_deref().map_or(glyphs, |read| read));
    digits.or(read)
}

/// The words of a text, lower case.
fn words(glyphs: &[Glyph]) -> Vec<Word> {
    let mut words = Vec::new();
    let mut at = 0;
    while at < glyphs.len() {
        let len = glyphs[at..].iter().take_while(|glyph| glyph.ch.is_alphanumeric()).count();
        if len > 0 {
            let stretch = &glyphs[at..at + len];
            let text = stretch.iter().flat_map(|glyph| glyph.ch.to_lowercase()).collect();
            words.push(Word { from: at, until: at + len, text });
        }
        at += len.max(1);
    }
    words
}

/// One stretch of glyphs to be read as other characters.
struct Rewrite {
    from: usize,
    until: usize,
    text: String,
}

fn apply(glyphs: &[Glyph], rewrites: &[Rewrite]) -> Option<Glyphs> {
    if rewrites.is_empty() {
        return None;
    }
    let mut out = Glyphs::new(Vec::with_capacity(glyphs.len()));
    let mut at = 0;
    for rewrite in rewrites.iter().filter(|rewrite| rewrite.from < rewrite.until) {
        if rewrite.from < at {
            continue;
        }
        out.extend_from_slice(&glyphs[at..rewrite.from]);
        let (start, end) = (glyphs[rewrite.from].start, glyphs[rewrite.until - 1].end);
        out.extend(rewrite.text.chars().map(|ch| Glyph { ch, start, end }));
        at = rewrite.until;
    }
    out.extend_from_slice(&glyphs[at..]);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::super::glyphs::{View, glyphs_of};
    use super::*;

    fn read(text: &str) -> String {
        let glyphs = glyphs_of(text);
        spoken(&glyphs).map_or("same".into(), |glyphs| View::of(&glyphs).text().to_owned())
    }

    #[test]
    fn digit_words_are_read_as_one_number() {
        assert_eq!(read("call two oh two, five five five, oh one two two"), "call 2025550122");
        assert_eq!(read("seis cero cero uno dos tres"), "600123");
        assert_eq!(read("double five triple two 0 1"), "5522201");
    }

    #[test]
    fn small_numbers_are_read_before_a_name_or_years_only() {
        assert_eq!(read("at twenty-one Willow Court"), "at 21 Willow Court");
        assert_eq!(read("nine Quarry Ln"), "9 Quarry Ln");
        assert_eq!(read("one or two of three plans, five lanes"), "same");
    }

    #[test]
    fn marks_are_read_in_addresses_only() {
        assert_eq!(read("maria dot lopez at example dot org"), "maria.lopez@example.org");
        assert_eq!(read("ana (at) example [dot] com"), "ana@example.com");
        assert_eq!(read("ana arroba ejemplo punto es"), "ana@ejemplo.es");
        assert_eq!(read("meet at the dot com cafe at noon"), "same");
    }

    #[test]
    fn spaced_out_characters_are_joined() {
        assert_eq!(read("it's l u c y @ example . com"), "it's lucy@example.com");
        assert_eq!(read("l u c y @ e x a m p l e . c o m"), "lucy@example.com");
        assert_eq!(read("M a r c u s said"), "Marcus said");
        assert_eq!(read("plan a b"), "same");
    }

    #[test]
    fn letters_among_figures_are_read_as_figures() {
        assert_eq!(read("2O2-555-Ol44"), "202-555-0144");
        assert_eq!(read("BOOLS Solo"), "same");
    }
}
