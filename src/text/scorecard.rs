//! How well a redactor does on texts of which somebody knows what should go.
//!
//! Counts characters, in the way in which the field's scorers do: a span of any kind covers. It is
//! for published or invented texts; it reads no resident's.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    ops::{AddAssign, Range},
};

use serde::Deserialize;

use super::{Language, RedactedText};

/// A text with the spans that a perfect redactor would hide.
#[derive(Clone, Debug, Deserialize)]
pub struct GoldText {
    /// The text.
    pub text: String,
    /// What must go.
    pub spans: Vec<GoldSpan>,
    /// What must stay, such as streets and officials.
    #[serde(default)]
    pub keep: Vec<KeptSpan>,
    /// The case that it stands for.
    #[serde(default, rename = "tag", alias = "case")]
    pub case: Option<String>,
    /// ISO 639 code; left out, the language is guessed.
    #[serde(default, rename = "lang", alias = "language")]
    pub language: Option<String>,
}

/// A stretch that must go.
///
/// # Units
/// `start` and `end` are Unicode code points, end exclusive.
#[derive(Clone, Debug, Deserialize)]
pub struct GoldSpan {
    /// First code point.
    pub start: usize,
    /// First code point after.
    pub end: usize,
    /// Any word; rates are also told by it.
    pub r#type: String,
}

/// A stretch that must stay.
///
/// # Units
/// As of [`GoldSpan`].
#[derive(Clone, Debug, Deserialize)]
pub struct KeptSpan {
    /// First code point.
    pub start: usize,
    /// First code point after.
    pub end: usize,
}

/// Why a text cannot be scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScoreError {
    /// A span of the gold text does not lie in it.
    #[error("a span reaches outside of its text; offsets are Unicode code points, end exclusive")]
    Outside,
}

/// Counts over some texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Texts.
    pub texts: u64,
    /// Texts with at least one span that must go.
    pub texts_with_spans: u64,
    /// Those in which one is not covered whole.
    pub texts_leaking: u64,
    /// Spans that must go.
    pub spans: u64,
    /// Those covered whole, white space aside.
    pub spans_full: u64,
    /// Characters in them, white space aside, once for each span.
    pub chars: u64,
    /// Those covered.
    pub chars_hit: u64,
    /// All other characters.
    pub others: u64,
    /// Those covered.
    pub others_hit: u64,
    /// Stretches that must stay.
    pub keeps: u64,
    /// Those touched.
    pub keeps_touched: u64,
}

fn rate(part: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

impl Score {
    /// Share of the characters that must go which are covered; `None` without any.
    pub fn recall(&self) -> Option<f64> {
        rate(self.chars_hit, self.chars)
    }

    /// Share of the spans that must go which are covered whole.
    pub fn full(&self) -> Option<f64> {
        rate(self.spans_full, self.spans)
    }

    /// Share of the texts with such spans in which one is not covered whole.
    pub fn leak(&self) -> Option<f64> {
        rate(self.texts_leaking, self.texts_with_spans)
    }

    /// Share of the other characters that are covered.
    pub fn over(&self) -> Option<f64> {
        rate(self.others_hit, self.others)
    }
}

impl AddAssign for Score {
    fn add_assign(&mut self, other: Self) {
        self.texts += other.texts;
        self.texts_with_spans += other.texts_with_spans;
        self.texts_leaking += other.texts_leaking;
        self.spans += other.spans;
        self.spans_full += other.spans_full;
        self.chars += other.chars;
        self.chars_hit += other.chars_hit;
        self.others += other.others;
        self.others_hit += other.others_hit;
        self.keeps += other.keeps;
        self.keeps_touched += other.keeps_touched;
    }
}

/// Scores in total and by type, case and language.
#[derive(Clone, Debug, Default)]
pub struct Scorecard {
    /// Types that count; empty for all.
    wanted: BTreeSet<String>,
    /// All texts.
    pub total: Score,
    /// Spans of each type; texts, other characters and keeps are not counted by type.
    pub by_type: BTreeMap<String, Score>,
    /// Texts of each case.
    pub by_case: BTreeMap<String, Score>,
    /// Texts in each language.
    pub by_language: BTreeMap<String, Score>,
}

impl Scorecard {
    /// An empty card that counts spans of `types` only, or of all types if there are none.
    pub fn of_types(types: impl IntoIterator<Item = String>) -> Self {
        Self { wanted: types.into_iter().collect(), ..Self::default() }
    }

    /// Counts one text in which `hidden` (code points) were covered.
    ///
    /// # Errors
    /// When a gold span lies outside the text; nothing is counted then.
    pub fn add(&mut self, gold: &GoldText, hidden: &[Range<usize>]) -> Result<(), ScoreError> {
        let chars: Vec<char> = gold.text.chars().collect();
        let inside = |start: usize, end: usize| start <= end && end <= chars.len();
        let spans_inside = gold.spans.iter().all(|span| inside(span.start, span.end));
        if !spans_inside || !gold.keep.iter().all(|keep| inside(keep.start, keep.end)) {
            return Err(ScoreError::Outside);
        }
        let covered: HashSet<usize> = hidden.iter().cloned().flatten().collect();
        let mut score = around(gold, chars.len(), &covered);
        let wanted = |kind: &str| self.wanted.is_empty() || self.wanted.contains(kind);
        let counting: Vec<&GoldSpan> =
            gold.spans.iter().filter(|span| wanted(&span.r#type)).collect();
        for span in counting {
            let counted = span_score(&chars, span, &covered);
            score += counted;
            *self.by_type.entry(span.r#type.clone()).or_default() += counted;
        }
        score.texts_with_spans = u64::from(score.spans > 0);
        score.texts_leaking = u64::from(score.spans_full < score.spans);
        self.total += score;
        let case = gold.case.clone().unwrap_or_else(|| "none".to_owned());
        *self.by_case.entry(case).or_default() += score;
        *self.by_language.entry(language(gold)).or_default() += score;
        Ok(())
    }
}

/// What is counted beside the spans that must go.
fn around(gold: &GoldText, chars: usize, covered: &HashSet<usize>) -> Score {
    let annotated: HashSet<usize> =
        gold.spans.iter().flat_map(|span| span.start..span.end).collect();
    let touched =
        gold.keep.iter().filter(|keep| (keep.start..keep.end).any(|at| covered.contains(&at)));
    Score {
        texts: 1,
        others: (chars - annotated.len()) as u64,
        others_hit: covered.difference(&annotated).count() as u64,
        keeps: gold.keep.len() as u64,
        keeps_touched: touched.count() as u64,
        ..Score::default()
    }
}

fn span_score(chars: &[char], span: &GoldSpan, covered: &HashSet<usize>) -> Score {
    let inside =
        || (span.start..span.end).filter(|at| !chars.get(*at).is_none_or(|ch| is_space(*ch)));
    let (count, hit) = (inside().count(), inside().filter(|at| covered.contains(at)).count());
    Score {
        spans: 1,
        spans_full: u64::from(hit == count),
        chars: count as u64,
        chars_hit: hit as u64,
        ..Score::default()
    }
}

/// White space as Python's `str.isspace` has it: with the four separators of ASCII.
fn is_space(ch: char) -> bool {
    ch.is_whitespace() || matches!(ch, '\u{1c}'..='\u{1f}')
}

fn language(gold: &GoldText) -> String {
    let told = gold.language.as_deref().filter(|code| !code.is_empty());
    let guess = || Language::of(&RedactedText::from_public(&gold.text)).code();
    told.unwrap_or_else(guess).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gold(json: &str) -> GoldText {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn half_a_name_counts_half_and_leaks() {
        let gold = gold(
            r#"{"text": "ask Ana Diaz on Elm", "tag": "name", "keep": [{"start": 16, "end": 19}],
                "spans": [{"start": 4, "end": 12, "type": "PERSON"}]}"#,
        );
        let mut card = Scorecard::default();
        card.add(&gold, &[4..7, 16..17]).unwrap();
        let total = card.total;
        assert_eq!((total.chars, total.chars_hit, total.spans_full), (7, 3, 0));
        assert_eq!((total.others, total.others_hit), (11, 1));
        assert_eq!((total.keeps, total.keeps_touched), (1, 1));
        assert_eq!((total.leak(), card.by_type["PERSON"].full()), (Some(1.0), Some(0.0)));
        assert_eq!(card.by_case["name"], total);
        assert_eq!(card.by_language["en"], total);
    }

    #[test]
    fn span_outside_its_text_is_refused_and_nothing_counted() {
        let gold = gold(r#"{"text": "né", "spans": [{"start": 0, "end": 3, "type": "PERSON"}]}"#);
        let mut card = Scorecard::default();
        assert_eq!(card.add(&gold, &[]), Err(ScoreError::Outside));
        assert_eq!(card.total, Score::default());
    }

    #[test]
    fn types_that_are_not_wanted_count_neither_as_spans_nor_as_others() {
        let gold = gold(
            r#"{"text": "Ana 555", "spans": [{"start": 0, "end": 3, "type": "PERSON"},
                {"start": 4, "end": 7, "type": "PHONE"}]}"#,
        );
        let mut card = Scorecard::of_types(["PHONE".to_owned()]);
        card.add(&gold, &[0..4, 4..7]).unwrap();
        assert_eq!((card.total.spans, card.total.others, card.total.others_hit), (1, 1, 1));
        assert_eq!(card.total.recall(), Some(1.0));
    }
}
