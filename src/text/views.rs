//! Which views of a text are searched: as few as its characters call for.
//!
//! A plain ASCII text is searched as it is; the rest is built only when something in the text asks
//! for it. No view changes the text: hits map back to the original (see [`super::glyphs`]).

use super::{
    Hidden, ViewKind, encoded,
    fold::{fold, is_plain},
    glyphs::{Glyph, Glyphs, View, glyphs_of},
    reading::reading,
    spoken::{may_be_spoken, spoken},
    unescape::{is_escaped, unescape},
};

/// The views of one text.
pub(super) struct Views<'a> {
    /// For the patterns.
    pub searched: Vec<(ViewKind, View<'a>)>,
    /// For the tagger beside the original.
    pub tagged: Option<Reread>,
}

/// The tagger's second view.
pub(super) struct Reread {
    /// What to tag.
    pub view: View<'static>,
    /// Whether it differs from the original in nothing but upper and lower case.
    pub case_only: bool,
}

impl Reread {
    /// The view, if a tagger would read other words in it than in the original, outside of what is
    /// hidden anyway.
    pub fn due(&self, text: &str, hidden: &[Hidden], ignores_case: bool) -> Option<&View<'static>> {
        if self.case_only && ignores_case {
            return None;
        }
        let original = View::original(text);
        let outside = |view| words_of(outside(view, hidden));
        let same = if ignores_case {
            outside(&original)
                .flat_map(char::to_lowercase)
                .eq(outside(&self.view).flat_map(char::to_lowercase))
        } else {
            outside(&original).eq(outside(&self.view))
        };
        (!same).then_some(&self.view)
    }
}

/// The characters of a view, each of which stands for something hidden as a border.
fn outside(view: &View<'_>, hidden: &[Hidden]) -> impl Iterator<Item = char> {
    view.text().char_indices().map(|(at, ch)| {
        let source = view.source(at..at + ch.len_utf8());
        let covered = |s: &std::ops::Range<usize>| {
            hidden.iter().any(|hidden| s.start < hidden.end && hidden.start < s.end)
        };
        if source.as_ref().is_some_and(covered) { ' ' } else { ch }
    })
}

impl<'a> Views<'a> {
    /// Builds every view that `text` needs, for the patterns and, if `for_tagger`, for the tagger.
    pub fn of(text: &'a str, for_tagger: bool) -> Self {
        let escaped = is_escaped(text);
        let folded = folded(text, escaped);
        // Folding replaces signs one by one and loses no shape; undoing markup might.
        let as_it_is =
            (folded.is_none() || escaped).then(|| (ViewKind::Original, View::original(text)));
        let mut searched: Vec<_> = as_it_is.into_iter().collect();
        let plain = folded.as_ref().map(|glyphs| View::of(glyphs));
        let spelled = match &plain {
            Some(view) => may_be_spoken(view.text()),
            None => may_be_spoken(text),
        };
        searched.extend(plain.map(|view| (ViewKind::Plain, view)));
        let mut tagged = None;
        if spelled || for_tagger {
            let plain = folded.unwrap_or_else(|| glyphs_of(text));
            let spoken = spelled.then(|| spoken(&plain)).flatten();
            searched.extend(spoken.as_ref().map(|glyphs| (ViewKind::Spoken, View::of(glyphs))));
            if for_tagger {
                tagged = reread(text, spoken.as_ref().unwrap_or(&plain));
            }
        }
        let decoded = encoded::decoded(text);
        searched.extend(decoded.iter().map(|glyphs| (ViewKind::Decoded, View::of(glyphs))));
        Self { searched, tagged }
    }

    /// The text folded to plain characters, where it differs from the original.
    pub fn folded(&self) -> Option<&str> {
        let plain = self.searched.iter().find(|(kind, _)| *kind == ViewKind::Plain);
        plain.map(|(_, view)| view.text())
    }
}

/// The text without markup and in plain characters, where it differs from the original.
fn folded(text: &str, escaped: bool) -> Option<Glyphs> {
    if !escaped && is_plain(text) {
        return None;
    }
    let original = glyphs_of(text);
    Some(if escaped { fold(&unescape(&original)) } else { fold(&original) })
}

/// The reading view, unless a tagger would see the same words as in the original.
fn reread(text: &str, glyphs: &[Glyph]) -> Option<Reread> {
    let reading = reading(glyphs);
    let same_words = !reading.respelled && words_of(text.chars()).eq(words_of(chars(glyphs)));
    if same_words && !reading.recased {
        return None;
    }
    Some(Reread { view: View::of(&reading.glyphs), case_only: same_words })
}

fn chars(glyphs: &[Glyph]) -> impl Iterator<Item = char> {
    glyphs.iter().map(|glyph| glyph.ch)
}

/// Letters and figures without marks; every other stretch is one border.
fn words_of(chars: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    use unicode_normalization::UnicodeNormalization;
    let mut border = false;
    chars.nfd().filter(|ch| !super::fold::is_diacritic(*ch)).filter_map(move |ch| {
        if ch.is_alphanumeric() {
            border = false;
            return Some(ch);
        }
        (!std::mem::replace(&mut border, true)).then_some(' ')
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every character of every view stands for something on character borders, and what a stretch
    /// hides reaches from the first of its characters to the last with all that lies between.
    fn check(text: &str) {
        crate::text::fuzz::views(text.as_bytes());
        let views = Views::of(text, true);
        let reread = views.tagged.iter().map(|reread| &reread.view);
        for view in views.searched.iter().map(|(_, view)| view).chain(reread) {
            let borders: Vec<usize> = view.text().char_indices().map(|(at, _)| at).collect();
            for pair in borders.windows(4) {
                let each = pair.windows(2).filter_map(|w| view.source(w[0]..w[1]));
                let hidden = view.source(pair[0]..pair[3]);
                for source in each {
                    let hidden = hidden.clone().unwrap();
                    assert!(hidden.start <= source.start && source.end <= hidden.end);
                }
            }
        }
    }

    /// Folding leaves no character of a text without markup out: what it drops belongs to the
    /// character before it, so that a hit hides it too.
    fn check_gapless(text: &str) {
        if is_escaped(text) {
            return;
        }
        let Some(folded) = folded(text, false) else { return };
        let mut at = None;
        for glyph in folded.iter() {
            // A sign that becomes several characters: all of them stand for it.
            let follows = at.is_none_or(|(start, end)| glyph.start == end || glyph.start == start);
            assert!(follows, "a gap before {:?}", glyph.start);
            at = Some((glyph.start, glyph.end));
        }
        let end = at.map_or(0, |(_, end)| end as usize);
        assert!(folded.is_empty() || end == text.len(), "a gap at the end");
        let leading = folded.first().map_or(text.len(), |glyph| glyph.start as usize);
        let dropped =
            |ch| crate::text::fold::is_invisible(ch) || crate::text::fold::is_diacritic(ch);
        assert!(text[..leading].chars().all(dropped), "a gap at the start");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

        #[test]
        fn view_characters_map_back_onto_character_borders(text in any::<String>()) {
            check(&text);
            check_gapless(&text);
        }

        #[test]
        fn folding_leaves_no_character_out(
            text in "([a-z0-9]|[\u{0}-\u{20}]|[\u{7f}-\u{a0}]|[\u{200b}-\u{206f}]|[\u{300}-\u{36f}]|\u{ad}|[\u{fe00}-\u{fe0f}]|\u{20e3}|[ａ-ｚ０-９]|[٠-٩]|[а-я]|[가-각]|ﷺ|ﬃ|½|👩🏽\u{200d}🦽|[\u{e0000}-\u{e007f}]|\u{feff}|[\u{fb00}-\u{fdff}]|[\u{1d400}-\u{1d7ff}]){0,40}"
        ) {
            check(&text);
            check_gapless(&text);
        }

        /// A mailbox cut by invisible characters and marks, anywhere: the span takes them along.
        #[test]
        fn hit_hides_the_invisible_characters_inside_and_behind_it(
            seams in prop::collection::vec("[\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}-\u{2064}\u{ad}\u{300}-\u{304}\u{fe0f}\u{feff}]{0,3}", 16),
            before in "([a-z ]|😀|é|王){0,8} ", after in " ([a-z ]|😀|é|王){0,8}"
        ) {
            let planted: String =
                "dana@example.org".chars().zip(&seams).map(|(ch, seam)| format!("{ch}{seam}")).collect();
            let text = format!("{before}{planted}{after}");
            let views = Views::of(&text, false);
            let hidden = views.searched.iter().find_map(|(_, view)| {
                let at = view.text().find("dana@example.org")?;
                view.source(at..at + "dana@example.org".len())
            });
            prop_assert_eq!(hidden, Some(before.len()..before.len() + planted.len()));
        }

        #[test]
        fn view_characters_map_back_in_texts_full_of_tricks(
            text in "([a-z]|[A-Z]|[0-9]|&#64;|&amp;|%40|%C3%B1|<b>|</b>|<br>|\u{200b}|\u{301}|é|ﬁ|\u{202e}|о|２|at |dot |two |oh |[ .@#_()\\[\\]]|😀|각){0,40}"
        ) {
            check(&text);
        }
    }

    #[test]
    fn plain_text_is_searched_once() {
        let views = Views::of("Fix the potholes on Elm, please.", true);
        assert_eq!(views.searched.len(), 1);
        assert!(views.tagged.is_none() && views.folded().is_none());
    }

    #[test]
    fn curly_quotes_and_accents_are_not_tagged_twice() {
        assert!(Views::of("It’s “José” again", true).tagged.is_none());
        assert!(Views::of("jo\u{200b}hn said So", true).tagged.is_some());
        assert!(Views::of("all in lower case", true).tagged.is_some_and(|reread| reread.case_only));
    }

    #[test]
    fn second_reading_is_due_where_words_outside_of_what_is_hidden_differ() {
        let due = |text: &str, stretch: &str, ignores_case| {
            let views = Views::of(text, true);
            let kind = crate::text::PiiKind::Url;
            let start = text.find(stretch).unwrap();
            let hidden = Hidden { start, end: start + stretch.len(), kind };
            views.tagged.is_some_and(|reread| reread.due(text, &[hidden], ignores_case).is_some())
        };
        let link = "http://t.co/a4Bc";
        assert!(due("So J0hn said http://t.co/a4Bc", link, true));
        assert!(!due("So John said http://t.co/a4Bc", link, true));
        assert!(due("So John said http://t.co/a4Bc", "John", true));
        let lower = "http://t.co/a4bc";
        assert!(!due("so john said http://t.co/a4bc", lower, true));
        assert!(due("so john said http://t.co/a4bc", lower, false));
    }
}
