//! Glyphs: the characters of a view, each with the bytes of the original that it stands for.
//!
//! Views are built from glyphs and searched as text; a hit in a view maps back to the original
//! through the same glyphs, so nothing between its first and last character stays visible.

use std::{borrow::Cow, ops::Range};

use super::Hidden;
use zeroize::{DefaultIsZeroes, Zeroize, Zeroizing};

/// One character of a view.
///
/// # Units
/// `start` and `end` are bytes of the original on character boundaries; an inserted character has
/// `start == end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Glyph {
    pub ch: char,
    pub start: u32,
    pub end: u32,
}

impl DefaultIsZeroes for Glyph {}

/// The characters of a view in order; zeroed on drop.
pub(super) type Glyphs = Zeroizing<Vec<Glyph>>;

/// The characters of the original itself.
pub(super) fn glyphs_of(text: &str) -> Glyphs {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let glyphs = text.char_indices().map(|(at, ch)| Glyph {
        ch,
        start: offset(at),
        end: offset(at + ch.len_utf8()),
    });
    Zeroizing::new(glyphs.collect())
}

/// A text to search, with the way back to the original.
pub(super) struct View<'a> {
    text: Cow<'a, str>,
    /// For every byte of `text` the bytes of the original; absent where the two are the same.
    map: Option<Vec<(u32, u32)>>,
}

impl<'a> View<'a> {
    /// The original itself.
    pub fn original(text: &'a str) -> Self {
        Self { text: Cow::Borrowed(text), map: None }
    }

    /// A view of other characters.
    pub fn of(glyphs: &[Glyph]) -> Self {
        let text: String = glyphs.iter().map(|glyph| glyph.ch).collect();
        let per_byte =
            |glyph: &Glyph| std::iter::repeat_n((glyph.start, glyph.end), glyph.ch.len_utf8());
        Self { text: Cow::Owned(text), map: Some(glyphs.iter().flat_map(per_byte).collect()) }
    }

    /// The characters to search.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the original that a stretch of this view stands for, everything between its
    /// first and last character included; `None` when it stands for nothing.
    pub fn source(&self, range: Range<usize>) -> Option<Range<usize>> {
        let Some(map) = &self.map else {
            return (range.start < range.end && range.end <= self.text.len()).then_some(range);
        };
        let stretch = map.get(range)?;
        let start = stretch.iter().map(|(start, _)| *start).min()?;
        let end = stretch.iter().map(|(_, end)| *end).max()?;
        (start < end).then_some(start as usize..end as usize)
    }

    /// A hidden stretch of the original as one of this view; `None` when nothing here stands for it.
    pub fn hidden(&self, hidden: &Hidden) -> Option<Hidden> {
        let Some(map) = &self.map else { return Some(*hidden) };
        let inside = |(start, end): &(u32, u32)| {
            start < end && hidden.start <= *start as usize && *end as usize <= hidden.end
        };
        let start = map.iter().position(inside)?;
        let end = map.iter().rposition(inside)? + 1;
        Some(Hidden { start, end, ..*hidden })
    }
}

impl Drop for View<'_> {
    fn drop(&mut self) {
        if let Cow::Owned(text) = &mut self.text {
            text.zeroize();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_of_a_view_stretch_covers_what_was_dropped_inside() {
        let text = "a\u{200b}b";
        let mut glyphs = glyphs_of(text);
        glyphs.retain(|glyph| glyph.ch != '\u{200b}');
        let view = View::of(&glyphs);
        assert_eq!(view.text(), "ab");
        assert_eq!(view.source(0..2), Some(0..text.len()));
        assert_eq!(view.source(0..9), None);
    }

    #[test]
    fn source_of_the_original_is_itself() {
        assert_eq!(View::original("abc").source(1..2), Some(1..2));
        assert_eq!(View::original("abc").source(1..9), None);
    }

    #[test]
    fn hidden_stretch_of_the_original_is_found_in_a_view() {
        let text = "a\u{200b}b cd";
        let mut glyphs = glyphs_of(text);
        glyphs.retain(|glyph| glyph.ch != '\u{200b}');
        let view = View::of(&glyphs);
        let hidden = |start, end| Hidden { start, end, kind: crate::text::PiiKind::Url };
        assert_eq!(view.hidden(&hidden(0, 5)), Some(hidden(0, 2)));
        assert_eq!(view.hidden(&hidden(6, 8)), Some(hidden(3, 5)));
        assert_eq!(view.hidden(&hidden(1, 4)), None);
        assert_eq!(View::original(text).hidden(&hidden(1, 4)), Some(hidden(1, 4)));
    }
}
