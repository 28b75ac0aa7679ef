//! Characters set apart or swapped: "M a r c u s", "lucy @ example . com", "2O2-555".

use super::super::glyphs::{Glyph, Glyphs};
use super::marks::{is_domain, is_plain_word};
use super::{Word, words};

/// Fewest single characters in a row that are read as one word.
pub(super) const SPACED_RUN_MIN: usize = 3;

/// Characters of a number with letters in it, and how many of them are figures at least.
const MISREAD_CHARS_MIN: usize = 7;
pub(super) const MISREAD_FIGURES_MIN: usize = MISREAD_CHARS_MIN.div_ceil(2);

/// Joins "M a r c u s", then "lucy @ example . com", so that "l u c y @ e x a m p l e . c o m" is
/// read too.
pub(super) fn join(glyphs: &[Glyph]) -> Option<Glyphs> {
    let letters = without(glyphs, &spaced_letters(glyphs));
    let read = letters.as_deref().map_or(glyphs, |read| read);
    without(read, &spaced_marks(read)).or(letters)
}

fn without(glyphs: &[Glyph], drop: &[bool]) -> Option<Glyphs> {
    if !drop.contains(&true) {
        return None;
    }
    let kept = glyphs.iter().zip(drop).filter(|(_, drop)| !**drop).map(|(glyph, _)| *glyph);
    Some(Glyphs::new(kept.collect()))
}

/// Marks the gaps of "M a r c u s" for dropping.
fn spaced_letters(glyphs: &[Glyph]) -> Vec<bool> {
    let gap = |at: usize| -> bool {
        let Some([left, space, right]) =
            at.checked_sub(1).and_then(|from| glyphs.get(from..at + 2))
        else {
            return false;
        };
        matches!(space.ch, ' ' | '_' | '*' | '.' | '-')
            && left.ch.is_alphanumeric()
            && right.ch.is_alphanumeric()
    };
    let alone = |at: usize| {
        let edge = |at: Option<usize>| {
            at.and_then(|at| glyphs.get(at))
                .is_none_or(|glyph| !glyph.ch.is_alphanumeric() && glyph.ch != '\'')
        };
        glyphs[at].ch.is_alphanumeric() && edge(at.checked_sub(1)) && edge(at.checked_add(1))
    };
    let mut drop = vec![false; glyphs.len()];
    let mut at = 0;
    while at < glyphs.len() {
        let mut end = at;
        while alone(end) && end + 2 < glyphs.len() && gap(end + 1) && alone(end + 2) {
            end += 2;
        }
        if (end - at) / 2 + 1 >= SPACED_RUN_MIN {
            (at..end).filter(|i| (i - at) % 2 == 1).for_each(|i| drop[i] = true);
        }
        at = end + 1;
    }
    drop
}

/// Marks the spaces of "lucy @ example . com" for dropping: only before a known domain.
fn spaced_marks(glyphs: &[Glyph]) -> Vec<bool> {
    let mut drop = vec![false; glyphs.len()];
    let words = words(glyphs);
    let gap = |left: &Word, right: &Word| -> String {
        glyphs[left.until..right.from]
            .iter()
            .map(|glyph| glyph.ch)
            .filter(|ch| *ch != ' ')
            .collect()
    };
    for at in 1..words.len() {
        let domain = is_domain(&words[at]);
        if !domain || gap(&words[at - 1], &words[at]) != "." || is_plain_word(&words[at - 1]) {
            continue;
        }
        let mut first = at - 1;
        while first > 0 && matches!(gap(&words[first - 1], &words[first]).as_str(), "." | "@" | "-")
        {
            first -= 1;
        }
        let mailbox = glyphs[words[first].until..words[at].from].iter().any(|g| g.ch == '@');
        if !mailbox {
            continue;
        }
        for place in words[first].until..words[at].from {
            drop[place] |= glyphs[place].ch == ' ';
        }
    }
    drop
}

/// Letters that pass for figures in a token that is otherwise a number.
pub(super) fn misread_digits(glyphs: &[Glyph]) -> Option<Glyphs> {
    let mut out = Glyphs::new(glyphs.to_vec());
    let mut changed = false;
    for token in out.split_mut(|glyph| glyph.ch.is_whitespace()) {
        if is_misread_number(token.iter().map(|glyph| glyph.ch)) {
            for glyph in token.iter_mut() {
                glyph.ch = figure_of(glyph.ch).unwrap_or(glyph.ch);
            }
            changed = true;
        }
    }
    changed.then_some(out)
}

/// Whether a token is a number with letters among its figures, all of which pass for figures.
pub(super) fn is_misread_number(token: impl Iterator<Item = char>) -> bool {
    let (mut figures, mut letters, mut alike) = (0, 0, 0);
    for ch in token {
        figures += usize::from(ch.is_ascii_digit());
        letters += usize::from(ch.is_alphabetic());
        alike += usize::from(figure_of(ch).is_some());
    }
    figures + alike >= MISREAD_CHARS_MIN && figures >= alike && letters == alike && alike > 0
}

fn figure_of(ch: char) -> Option<char> {
    match ch {
        'O' | 'o' => Some('0'),
        'l' | 'I' => Some('1'),
        'S' => Some('5'),
        'B' => Some('8'),
        _ => None,
    }
}
