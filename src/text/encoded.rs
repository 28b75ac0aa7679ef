//! Base64: one level of it is read, because a name in it is still a name.

use base64::{Engine, engine::general_purpose::GeneralPurpose};

use super::glyphs::{Glyph, Glyphs};

/// Shortest run of base64 characters that is tried, and the longest.
const ENCODED_CHARS_MIN: usize = 16;
const ENCODED_CHARS_MAX: usize = 4_096;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    base64::engine::GeneralPurposeConfig::new()
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The readable texts that stand encoded in `text`, each character standing for its whole run.
pub(super) fn decoded(text: &str) -> Vec<Glyphs> {
    let is_code =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_');
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let len = bytes[at..].iter().take_while(|b| is_code(**b)).count();
        if (ENCODED_CHARS_MIN..=ENCODED_CHARS_MAX).contains(&len) {
            found.extend(decode(&bytes[at..at + len], at));
        }
        at += len.max(1);
    }
    found
}

fn decode(run: &[u8], at: usize) -> Option<Glyphs> {
    let standard: Vec<u8> = run
        .iter()
        .map(|b| match b {
            b'-' => b'+',
            b'_' => b'/',
            other => *other,
        })
        .collect();
    let text = String::from_utf8(LENIENT.decode(standard).ok()?).ok()?;
    let readable = |ch: char| ch.is_alphanumeric() || " @.,:;+-_()/'\"#\n".contains(ch);
    if !text.chars().all(readable) {
        return None;
    }
    let (start, end) = (u32::try_from(at).ok()?, u32::try_from(at + run.len()).ok()?);
    Some(Glyphs::new(text.chars().map(|ch| Glyph { ch, start, end }).collect()))
}

#[cfg(test)]
mod tests {
    use super::super::glyphs::View;
    use super::*;

    #[test]
    fn encoded_address_is_read_and_stands_for_its_run() {
        let text = "mail bWFyaWFAZXhhbXBsZS5vcmc= now";
        let found = decoded(text);
        assert_eq!(found.len(), 1);
        let view = View::of(&found[0]);
        assert_eq!(view.text(), "maria@example.org");
        assert_eq!(view.source(0..5), Some(5..29));
    }

    #[test]
    fn long_words_are_not_taken_for_code() {
        assert!(decoded("internationalization of neighbourhoods_and_districts").is_empty());
    }
}
