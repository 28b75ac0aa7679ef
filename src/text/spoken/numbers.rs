//! Number words read as figures.

use super::super::glyphs::{Glyph, Glyphs};
use super::numerals::{Numeral, numeral};
use super::{Rewrite, Word, apply, words};

/// Whether between two words stands no more than light punctuation.
fn near(glyphs: &[Glyph], left: &Word, right: &Word) -> bool {
    let gap = &glyphs[left.until..right.from];
    (1..=3).contains(&gap.len()) && gap.iter().all(|glyph| " ,-.\n/".contains(glyph.ch))
}

/// Number words: runs of three digits and more become one number, tens become a number, a single
/// unit only where a name or "years" follows.
pub(super) fn read(glyphs: &[Glyph]) -> Option<Glyphs> {
    let words = words(glyphs);
    let mut rewrites = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let run = run_of_numerals(glyphs, &words[at..]);
        if let Some(text) = read_numerals(glyphs, &words, at, run) {
            let (from, until) = (words[at].from, words[at + run - 1].until);
            rewrites.push(Rewrite { from, until, text });
        }
        at += run.max(1);
    }
    apply(glyphs, &rewrites)
}

fn run_of_numerals(glyphs: &[Glyph], words: &[Word]) -> usize {
    let mut run = 0;
    while run < words.len()
        && numeral(&words[run].text, run > 0).is_some()
        && (words[run].text != "o" || is_zero(words, run))
        && (run == 0 || near(glyphs, &words[run - 1], &words[run]))
    {
        run += 1;
    }
    run
}

/// "O" is a zero between two figures in words; elsewhere it is Spanish for "or".
fn is_zero(words: &[Word], at: usize) -> bool {
    let unit = |word: Option<&Word>| {
        word.is_some_and(|word| matches!(numeral(&word.text, false), Some(Numeral::Unit(_))))
    };
    unit(at.checked_sub(1).and_then(|at| words.get(at))) && unit(words.get(at + 1))
}

fn read_numerals(glyphs: &[Glyph], words: &[Word], at: usize, run: usize) -> Option<String> {
    let numerals: Vec<_> =
        words[at..at + run].iter().filter_map(|word| numeral(&word.text, true)).collect();
    if !numerals.iter().any(|numeral| !matches!(numeral, Numeral::Figures(_))) {
        return None;
    }
    let next = words.get(at + run);
    let named = next.is_some_and(|next| {
        let first = glyphs[next.from].ch;
        first.is_uppercase() || next.text.starts_with("year") || next.text.starts_with("ano")
    });
    let after_age = at > 0 && words[at - 1].text.starts_with("age");
    match numerals.as_slice() {
        [Numeral::Unit(unit)] if named || after_age => Some(unit.to_string()),
        [Numeral::Unit(_)] | [Numeral::Repeat(_)] => None,
        [_, _] if numerals.iter().all(|n| matches!(n, Numeral::Unit(_) | Numeral::Repeat(_))) => {
            None
        }
        _ => Some(figures(&numerals)),
    }
}

/// "twenty one" is 21; everything else is read figure by figure.
fn figures(numerals: &[Numeral<'_>]) -> String {
    let mut out = String::new();
    let mut at = 0;
    while at < numerals.len() {
        match (&numerals[at], numerals.get(at + 1)) {
            (Numeral::Tens(tens), Some(Numeral::Unit(unit))) if *unit > 0 => {
                out.push_str(&(tens + unit).to_string());
                at += 1;
            }
            (Numeral::Repeat(times), Some(Numeral::Unit(unit))) => {
                out.push_str(&unit.to_string().repeat(*times));
                at += 1;
            }
            (Numeral::Unit(value) | Numeral::Teen(value) | Numeral::Tens(value), _) => {
                out.push_str(&value.to_string());
            }
            (Numeral::Figures(figures), _) => out.push_str(figures),
            (Numeral::Repeat(_), _) => {}
        }
        at += 1;
    }
    out
}
