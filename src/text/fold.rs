//! Folding: one plain spelling for characters that look or count alike.
//!
//! Invisible and bidi characters go, compatibility forms and digits of every script become plain,
//! diacritics go, and look-alikes in a token of mixed scripts become the Latin letters they imitate
//! (UTS 39 skeleton).

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection::skeleton;

use super::glyphs::{Glyph, Glyphs};

/// The zero of each decimal digit block that compatibility decomposition leaves alone.
const ZEROS: &[u32] = &[
    0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66,
    0x0de6, 0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90,
    0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0,
    0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650,
    0x116c0, 0x11730, 0x118e0, 0x11c50, 0x16a60, 0x16b50, 0x1e140, 0x1e2f0, 0x1e950,
];

/// Whether a character shows nothing and only hides what stands beside it.
pub(crate) fn is_invisible(ch: char) -> bool {
    matches!(ch,
        '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}'
        | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a character is a diacritic that sits on the letter before it.
pub(super) fn is_diacritic(ch: char) -> bool {
    matches!(ch,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Whether folding leaves a text as it is.
pub(super) fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b' '..=b'~' | b'\t' | b'\n' | b'\r'))
}

/// Folds every character; what is dropped belongs to the character before it.
pub(super) fn fold(glyphs: &[Glyph]) -> Glyphs {
    let mut out = Glyphs::new(Vec::with_capacity(glyphs.len()));
    for glyph in glyphs {
        if is_invisible(glyph.ch) || is_diacritic(glyph.ch) {
            if let Some(last) = out.last_mut() {
                last.end = last.end.max(glyph.end);
            }
        } else if let Some(ch) = plain(glyph.ch).or_else(|| accented(glyph.ch)) {
            out.push(Glyph { ch, ..*glyph });
        } else {
            out.extend(decomposed(glyph.ch).map(|ch| Glyph { ch, ..*glyph }));
        }
    }
    unmask(&mut out);
    out
}

/// The plain characters that a character is made of, without its diacritics.
fn decomposed(ch: char) -> impl Iterator<Item = char> {
    let parts = std::iter::once(ch).nfkd().filter(|ch| !is_diacritic(*ch)).nfc();
    parts.map(|ch| digit(ch).unwrap_or(ch))
}

/// Letters with accents of Western Europe, decomposed once.
const ACCENTED: std::ops::Range<u32> = 0xa0..0x180;

/// What an accented letter becomes, where that is one character.
pub(crate) fn accented(ch: char) -> Option<char> {
    static PLAIN: LazyLock<Vec<Option<char>>> = LazyLock::new(|| {
        let one = |code| {
            let mut parts = decomposed(char::from_u32(code)?);
            parts.next().filter(|_| parts.next().is_none())
        };
        ACCENTED.map(one).collect()
    });
    let at = u32::from(ch).checked_sub(ACCENTED.start)?;
    PLAIN.get(usize::try_from(at).ok()?).copied().flatten()
}

/// The plain form of a character where it is a single one known without decomposition.
fn plain(ch: char) -> Option<char> {
    Some(match ch {
        '\n' | '\t' | '\r' | ' '..='~' => ch,
        '\u{2010}'..='\u{2015}'
        | '\u{2212}'
        | '\u{fe58}'
        | '\u{fe63}'
        | '\u{ff0d}'
        | '\u{30fc}' => '-',
        '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{b4}' | '\u{2bc}' => '\'',
        '\u{201c}'..='\u{201f}' | '\u{2033}' => '"',
        '\u{b7}' | '\u{2022}' | '\u{2024}' | '\u{2027}' | '\u{30fb}' | '\u{3002}' => '.',
        '\u{b0}' => ch,
        'ß' => ch,
        'ø' => 'o',
        'Ø' => 'O',
        'ł' => 'l',
        'Ł' => 'L',
        'đ' => 'd',
        'Đ' => 'D',
        'ı' => 'i',
        _ if ch.is_whitespace() => ' ',
        _ => return digit(ch),
    })
}

fn digit(ch: char) -> Option<char> {
    let code = u32::from(ch);
    let block = ZEROS.partition_point(|zero| *zero <= code).checked_sub(1)?;
    char::from_digit(code.checked_sub(ZEROS[block])?, 10)
}

/// Replaces look-alikes by Latin letters in every token that also holds plain Latin letters.
fn unmask(glyphs: &mut [Glyph]) {
    if glyphs.iter().all(|glyph| glyph.ch.is_ascii()) {
        return;
    }
    for token in glyphs.split_mut(|glyph| glyph.ch.is_whitespace()) {
        let plain = token.iter().any(|glyph| glyph.ch.is_ascii_alphanumeric());
        let foreign = |ch: char| !ch.is_ascii() && ch.is_alphabetic();
        if !plain || !token.iter().any(|glyph| foreign(glyph.ch)) {
            continue;
        }
        for glyph in token.iter_mut().filter(|glyph| foreign(glyph.ch)) {
            let mut buffer = [0; 4];
            let mut imitated = skeleton(glyph.ch.encode_utf8(&mut buffer));
            if let (Some(ch), None) = (imitated.next(), imitated.next())
                && ch.is_ascii()
            {
                glyph.ch = ch;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::glyphs::{View, glyphs_of};
    use super::*;

    fn read(text: &str) -> String {
        View::of(&fold(&glyphs_of(text))).text().to_owned()
    }

    #[test]
    fn digits_of_every_script_become_plain() {
        for (text, plain) in [
            ("２０２－５５５", "202-555"),
            ("٠١٢٣٤٥٦٧٨٩", "0123456789"),
            ("२०२", "202"),
            ("2️⃣0️⃣2️⃣", "202"),
            ("𝟚𝟘𝟚", "202"),
            ("①②", "12"),
        ] {
            assert_eq!(read(text), plain);
        }
    }

    #[test]
    fn marks_invisibles_and_compatibility_forms_go() {
        assert_eq!(read("Jose\u{301} Nu\u{303}n\u{303}ez"), "Jose Nunez");
        assert_eq!(read("núm. 3º Łódź"), "num. 3o Lodz");
        assert_eq!(read("jo\u{200b}hn\u{202e}"), "john");
        assert_eq!(read("ﬁne “quote”"), "fine \"quote\"");
        assert_eq!(read("각 か"), "각 か");
    }

    #[test]
    fn look_alikes_become_latin_in_mixed_tokens_only() {
        assert_eq!(read("j\u{43e}hn@ex\u{430}mple.com"), "john@example.com");
        assert_eq!(read("\u{43c}\u{43e}\u{440}\u{435} sea"), "\u{43c}\u{43e}\u{440}\u{435} sea");
    }

    #[test]
    fn accented_letters_are_decomposed_as_all_others() {
        let known = |ch| accented(ch).map(|plain| (ch, plain));
        for (ch, plain) in ACCENTED.filter_map(char::from_u32).filter_map(known) {
            assert_eq!(decomposed(ch).collect::<String>(), plain.to_string());
        }
        assert_eq!(
            [accented('é'), accented('Š'), accented('½'), accented('œ')],
            [Some('e'), Some('S'), None, Some('œ')]
        );
    }

    #[test]
    fn plain_text_is_recognised() {
        assert!(is_plain("Fix it!\n"));
        assert!(!is_plain("caf\u{e9}") && !is_plain("a\u{1}b"));
    }
}
