//! From what the classifier says of pieces to spans of the text.

use crate::text::{PiiKind, Tagged};

use super::super::tokenize::Pieces;

/// What a label makes of a word. Places that are no personal data by themselves have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Personal data by itself.
    Whole(PiiKind),
    /// A house number, a unit or another part of a home's address: with or without a street, where
    /// somebody lives.
    Door,
    /// A street: part of an address if a door is named with it, else only a street.
    Street,
}

impl Part {
    /// The part of a label such as `B-SURNAME`; `None` for what stays visible. A label this
    /// program does not know is hidden.
    pub(super) fn of_label(label: &str) -> Option<Self> {
        let name = label.split_once('-').map_or(label, |(_, name)| name);
        Some(match name {
            "O" | "CITY" | "STATE" => return None,
            "GIVEN_NAME" | "SURNAME" => Self::Whole(PiiKind::Person),
            "EMAIL" => Self::Whole(PiiKind::Email),
            "PHONE" => Self::Whole(PiiKind::Phone),
            "URL" => Self::Whole(PiiKind::Url),
            "TAX_ID" | "GOVERNMENT_ID" | "PASSPORT" | "DRIVERS_LICENSE" => {
                Self::Whole(PiiKind::NationalId)
            }
            "BANK_ACCOUNT" | "ROUTING_NUMBER" => Self::Whole(PiiKind::Account),
            "ZIP_CODE" => Self::Whole(PiiKind::Postcode),
            "BUILDING_NUMBER" | "SECONDARY_ADDRESS" | "ADDRESS" => Self::Door,
            "STREET_NAME" => Self::Street,
            "EMPLOYER" => Self::Whole(PiiKind::Employer),
            "MEDICAL" => Self::Whole(PiiKind::Medical),
            "QUASI" => Self::Whole(PiiKind::Quasi),
            _ => Self::Whole(PiiKind::Other),
        })
    }

    fn kind(self) -> PiiKind {
        match self {
            Self::Whole(kind) => kind,
            Self::Door | Self::Street => PiiKind::Address,
        }
    }
}

/// How likely a piece or word is personal data, and what it then most likely is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Verdict {
    suspicion: f32,
    part: Option<Part>,
}

impl Verdict {
    /// Sums the probabilities of each part over its labels.
    pub(super) fn of(parts: &[Option<Part>], probabilities: &[f32]) -> Self {
        let mut sums: Vec<(Part, f32)> = Vec::new();
        for (part, &probability) in parts.iter().zip(probabilities) {
            let Some(part) = *part else { continue };
            match sums.iter_mut().find(|(known, _)| *known == part) {
                Some((_, sum)) => *sum += probability,
                None => sums.push((part, probability)),
            }
        }
        let suspicion = sums.iter().map(|(_, sum)| sum).sum();
        let likeliest = sums.into_iter().reduce(|a, b| if b.1 > a.1 { b } else { a });
        Self { suspicion, part: likeliest.map(|(part, _)| part) }
    }

    /// Takes over `other` if it suspects more.
    pub(super) fn suspect(&mut self, other: Self) {
        if other.part.is_some() && (self.part.is_none() || other.suspicion > self.suspicion) {
            *self = other;
        }
    }
}

/// A word of the text: all of it is suspected as much as its most suspect piece.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    start: usize,
    end: usize,
    verdict: Verdict,
}

/// Joins pieces to words.
pub(super) fn words(pieces: &Pieces, verdicts: &[Verdict]) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut last = None;
    for ((&(start, end), &word), &verdict) in pieces.spans.iter().zip(&pieces.words).zip(verdicts) {
        match words.last_mut() {
            Some(open) if word.is_some() && word == last => {
                (open.start, open.end) = (open.start.min(start), open.end.max(end));
                open.verdict.suspect(verdict);
            }
            _ => words.push(Word { start, end, verdict }),
        }
        last = word;
    }
    words
}

/// The suspected stretches of `text`: neighbouring words of one kind make one.
pub(super) fn spans(text: &str, words: &[Word], threshold: f32) -> Vec<Tagged> {
    let mut runs: Vec<(Tagged, bool)> = Vec::new();
    for word in words.iter().filter(|word| word.verdict.suspicion >= threshold) {
        let Some(part) = word.verdict.part else { continue };
        let whole = part != Part::Street;
        let found = Tagged {
            start: word.start,
            end: word.end,
            kind: part.kind(),
            score: word.verdict.suspicion,
        };
        match runs.last_mut() {
            Some((run, run_whole))
                if run.kind == found.kind && touch(text, run.end, found.start) =>
            {
                run.end = run.end.max(found.end);
                run.score = run.score.max(found.score);
                *run_whole |= whole;
            }
            _ => runs.push((found, whole)),
        }
    }
    runs.into_iter().filter(|(_, whole)| *whole).map(|(run, _)| on_characters(text, run)).collect()
}

/// Whether only space or a mark that stands inside names and addresses lies between two bytes.
fn touch(text: &str, from: usize, until: usize) -> bool {
    const MARKS: [char; 6] = ['-', '\'', '\u{2019}', '.', ',', '#'];
    let inside = |c: char| c.is_whitespace() || MARKS.contains(&c);
    from >= until
        || text.get(from..until).is_some_and(|gap| gap.len() <= 4 && gap.chars().all(inside))
}

/// Widens a span to whole characters, should the tokenizer have cut one.
fn on_characters(text: &str, mut run: Tagged) -> Tagged {
    run.end = run.end.min(text.len());
    while !text.is_char_boundary(run.start) {
        run.start -= 1;
    }
    while !text.is_char_boundary(run.end) {
        run.end += 1;
    }
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERSON: Part = Part::Whole(PiiKind::Person);

    /// Finds each needle in the text and suspects it.
    fn tagged(text: &str, needles: &[(&str, Part)]) -> Vec<(String, PiiKind)> {
        let words: Vec<Word> = needles
            .iter()
            .map(|&(needle, part)| {
                let start = text.find(needle).unwrap();
                let verdict = Verdict { suspicion: 0.9, part: Some(part) };
                Word { start, end: start + needle.len(), verdict }
            })
            .collect();
        let found = spans(text, &words, 0.5);
        found.into_iter().map(|t| (text[t.start..t.end].to_owned(), t.kind)).collect()
    }

    #[test]
    fn spans_of_neighbouring_names_are_one() {
        let text = "ask Ana María O'Neil, not Bo";
        let needles =
            [("Ana", PERSON), ("María", PERSON), ("O", PERSON), ("Neil", PERSON), ("Bo", PERSON)];
        let expected =
            [("Ana María O'Neil".into(), PiiKind::Person), ("Bo".into(), PiiKind::Person)];
        assert_eq!(tagged(text, &needles), expected);
    }

    #[test]
    fn spans_of_a_street_need_a_door() {
        assert_eq!(
            tagged("repave Elm Street", &[("Elm", Part::Street), ("Street", Part::Street)]),
            []
        );
        let needles = [("12", Part::Door), ("Elm", Part::Street), ("Street", Part::Street)];
        let expected = [("12 Elm Street".into(), PiiKind::Address)];
        assert_eq!(tagged("at 12 Elm Street", &needles), expected);
    }

    #[test]
    fn spans_below_the_threshold_are_left_out() {
        let verdict = Verdict { suspicion: 0.49, part: Some(PERSON) };
        assert_eq!(spans("Bo", &[Word { start: 0, end: 2, verdict }], 0.5), []);
    }

    #[test]
    fn verdict_adds_up_parts_and_leaves_places_out() {
        let parts = ["O", "B-GIVEN_NAME", "I-SURNAME", "B-CITY", "B-PHONE"].map(Part::of_label);
        let verdict = Verdict::of(&parts, &[0.1, 0.2, 0.2, 0.2, 0.3]);
        assert_eq!(verdict.part, Some(PERSON));
        assert!((verdict.suspicion - 0.7).abs() < 1e-6);
    }

    #[test]
    fn words_take_the_most_suspect_piece() {
        let verdict = |suspicion| Verdict { suspicion, part: Some(PERSON) };
        let pieces = Pieces {
            ids: vec![7, 8, 9],
            spans: vec![(0, 2), (2, 5), (6, 8)],
            words: vec![Some(0), Some(0), Some(1)],
        };
        let joined = words(&pieces, &[verdict(0.2), verdict(0.8), verdict(0.1)]);
        let seen: Vec<_> = joined.iter().map(|w| (w.start, w.end, w.verdict.suspicion)).collect();
        assert_eq!(seen, [(0, 5, 0.8), (6, 8, 0.1)]);
    }

    #[test]
    fn span_that_cuts_a_character_is_widened() {
        let run = Tagged { start: 2, end: 3, kind: PiiKind::Person, score: 1.0 };
        let widened = on_characters("aé\u{20ac}b", Tagged { end: 4, ..run });
        assert_eq!((widened.start, widened.end), (1, 6));
    }
}
