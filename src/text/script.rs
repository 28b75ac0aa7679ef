//! Which letters the layers can read: Latin ones.
//!
//! A name in letters that no layer reads would pass unseen, so such words are hidden, and a text
//! that mostly consists of them is withheld.

use super::fold::is_invisible;

/// Fewest unreadable letters for which a whole text is withheld.
const UNREADABLE_LETTERS_MIN: usize = 8;

fn is_latin(ch: char) -> bool {
    ch.is_ascii()
        || matches!(ch,
            '\u{aa}' | '\u{ba}' | '\u{c0}'..='\u{24f}' | '\u{250}'..='\u{2af}' | '\u{2b0}'..='\u{2b8}'
            | '\u{1d00}'..='\u{1dbf}' | '\u{1e00}'..='\u{1eff}' | '\u{2c60}'..='\u{2c7f}'
            | '\u{2100}'..='\u{214f}' | '\u{2160}'..='\u{2188}' | '\u{a720}'..='\u{a7ff}'
            | '\u{ab30}'..='\u{ab64}' | '\u{fb00}'..='\u{fb06}' | '\u{ff21}'..='\u{ff3a}'
            | '\u{ff41}'..='\u{ff5a}' | '\u{1d400}'..='\u{1d7ff}' | '\u{1f100}'..='\u{1f1ff}')
}

fn is_unreadable(ch: char) -> bool {
    !is_latin(ch) && ch.is_alphabetic()
}

/// Whether more than half of the letters belong to scripts that no layer reads.
pub(super) fn is_mostly_unreadable(text: &str) -> bool {
    let (mut letters, mut unreadable) = (0, 0);
    for ch in text.chars() {
        letters += usize::from(ch.is_alphabetic());
        unreadable += usize::from(is_unreadable(ch));
    }
    unreadable >= UNREADABLE_LETTERS_MIN && unreadable * 2 > letters
}

/// The stretches of unreadable words, as bytes of the text; a lone sign such as "µ" is no word.
pub(super) fn unreadable_words(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, usize, usize)> = None;
    let close = |open: &mut Option<(usize, usize, usize)>, found: &mut Vec<(usize, usize)>| {
        found.extend(open.take().filter(|(_, _, letters)| *letters > 1).map(|(s, e, _)| (s, e)));
    };
    for (at, ch) in text.char_indices() {
        match &mut open {
            _ if is_unreadable(ch) => {
                let (start, _, letters) = open.unwrap_or((at, at, 0));
                open = Some((start, at + ch.len_utf8(), letters + 1));
            }
            Some((_, end, _)) if is_invisible(ch) || is_mark(ch) => *end = at + ch.len_utf8(),
            _ => close(&mut open, &mut found),
        }
    }
    close(&mut open, &mut found);
    found
}

fn is_mark(ch: char) -> bool {
    unicode_normalization::char::is_combining_mark(ch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unreadable_words_are_found_whole() {
        let text = "ask 王小明 or Ω about नमस्ते";
        let found: Vec<&str> = unreadable_words(text).iter().map(|(s, e)| &text[*s..*e]).collect();
        assert_eq!(found, ["王小明", "नमस्ते"]);
    }

    #[test]
    fn text_in_another_script_is_mostly_unreadable() {
        assert!(!is_mostly_unreadable("please mend the road, спасибо всем"));
        assert!(is_mostly_unreadable("почините дорогу please"));
        assert!(
            !is_mostly_unreadable("José asks for más árboles") && !is_mostly_unreadable("电话 202")
        );
    }
}
