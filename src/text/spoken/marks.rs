//! Spelled-out marks read as marks: "at", "dot", "arroba", "punto".

use super::super::glyphs::{Glyph, Glyphs};
use super::{Rewrite, Word, apply, words};

/// Top-level domains and mail hosts after which a spelled-out name is read as an address.
const DOMAINS: &str = "com org net edu gov io co us uk es mx ar cl pe info me gmail hotmail outlook yahoo social \
     cat eu fr de it pt ca";

/// Those that are no word of either language, so that "dot" before them is a dot.
const LONG_DOMAINS: &str = "com org net edu gov gmail hotmail outlook";

/// Words that never stand beside a spelled-out "at".
const PLAIN_WORDS: &str = "a an the my our your his her their this that all any me us them him look looking available \
     online is are was be it meet see visit found here and or not el la un una los least most \
     times people school posted live up down go stop";

fn is_in(list: &str, word: &Word) -> bool {
    list.split(' ').any(|known| known == word.text)
}

pub(super) fn is_domain(word: &Word) -> bool {
    is_domain_name(&word.text)
}

pub(super) fn is_domain_name(word: &str) -> bool {
    DOMAINS.split(' ').any(|known| known == word)
}

pub(super) fn is_long_domain(word: &str) -> bool {
    LONG_DOMAINS.split(' ').any(|known| known == word)
}

pub(super) fn is_plain_word(word: &Word) -> bool {
    is_in(PLAIN_WORDS, word)
}

/// Spelled-out marks: "(at)", "arroba", "maria at example dot org".
pub(super) fn read(glyphs: &[Glyph]) -> Option<Glyphs> {
    let words = words(glyphs);
    let mut rewrites = Vec::new();
    for at in 0..words.len() {
        let mark = match words[at].text.as_str() {
            "at" | "arroba" if reads_as_at(glyphs, &words, at) => "@",
            "dot" | "punto" if reads_as_dot(glyphs, &words, at) => ".",
            _ => continue,
        };
        let (from, until) = reach(glyphs, &words[at]);
        rewrites.push(Rewrite { from, until, text: mark.to_owned() });
    }
    apply(glyphs, &rewrites)
}

/// Whether a word stands in brackets, as "(at)".
fn is_bracketed(glyphs: &[Glyph], word: &Word) -> bool {
    let before = word.from.checked_sub(1).map(|at| glyphs[at].ch);
    let after = glyphs.get(word.until).map(|glyph| glyph.ch);
    matches!((before, after), (Some('('), Some(')')) | (Some('['), Some(']')))
        || matches!((before, after), (Some('{'), Some('}')) | (Some('<'), Some('>')))
        || matches!((before, after), (Some('_'), Some('_')) | (Some('-'), Some('-')))
}

fn reads_as_at(glyphs: &[Glyph], words: &[Word], at: usize) -> bool {
    let (Some(left), Some(right)) = (at.checked_sub(1).map(|i| &words[i]), words.get(at + 1))
    else {
        return false;
    };
    if is_bracketed(glyphs, &words[at]) || words[at].text == "arroba" {
        return true;
    }
    let dotted = glyphs.get(right.until).is_some_and(|glyph| glyph.ch == '.')
        && words.get(at + 2).is_some_and(|word| word.from == right.until + 1);
    let domain = |word: Option<&Word>| word.is_some_and(is_domain);
    let spelled = words.get(at + 2).is_some_and(|word| word.text == "dot" || word.text == "punto");
    let named = (spelled && domain(words.get(at + 3))) || (dotted && domain(words.get(at + 2)));
    named && !is_plain_word(left) && !is_plain_word(right)
}

fn reads_as_dot(glyphs: &[Glyph], words: &[Word], at: usize) -> bool {
    let (Some(left), Some(right)) = (at.checked_sub(1).map(|i| &words[i]), words.get(at + 1))
    else {
        return false;
    };
    if is_bracketed(glyphs, &words[at]) {
        return true;
    }
    let marks_at = |word: &Word| word.text == "arroba" || word.text == "at";
    let at_near = words[at + 1..].iter().take(4).any(marks_at)
        || words[..at].iter().rev().take(4).any(marks_at);
    let known = is_long_domain(&right.text) || (at_near && is_domain(right));
    let local = words[at + 1..].iter().take(4).any(marks_at);
    !is_plain_word(left) && !is_plain_word(right) && (known || local)
}

/// A mark word with the brackets and spaces around it.
fn reach(glyphs: &[Glyph], word: &Word) -> (usize, usize) {
    let loose = |glyph: &&Glyph| " ()[]{}<>_-".contains(glyph.ch);
    let before = glyphs[..word.from].iter().rev().take(3).take_while(loose).count();
    let after = glyphs[word.until..].iter().take(3).take_while(loose).count();
    (word.from - before, word.until + after)
}
