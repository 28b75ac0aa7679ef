//! Spans made whole: widened to words, joined where they touch, in order.

use std::cmp::Reverse;

use unicode_segmentation::UnicodeSegmentation;

use super::{PiiKind, Span};

/// Widens spans to the words (UAX 29) that they cut, the mark of a hashtag with them, and joins those that overlap; the longest of
/// them names the kind. Names and addresses that only a space or a comma parts become one.
pub(super) fn whole(text: &str, mut spans: Vec<Span>) -> Vec<Span> {
    if spans.is_empty() {
        return spans;
    }
    widen(text, &mut spans);
    spans.sort_by_key(|span| (span.start, Reverse(span.end), span.kind));
    let mut joined: Vec<(Span, Span)> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some((last, best)) if touch(text, last, &span) => {
                last.end = last.end.max(span.end);
                if outranks(&span, best) {
                    *best = span;
                }
            }
            _ => joined.push((span, span)),
        }
    }
    let named = |(span, best): (Span, Span)| Span { start: span.start, end: span.end, ..best };
    joined.into_iter().map(named).collect()
}

/// The longer span names the kind; then the surer one, then the more telling kind.
fn outranks(one: &Span, other: &Span) -> bool {
    let by_score = one.score.total_cmp(&other.score);
    one.len().cmp(&other.len()).then(by_score).then(other.kind.cmp(&one.kind)).is_gt()
}

fn touch(text: &str, left: &Span, right: &Span) -> bool {
    if right.start < left.end {
        return true;
    }
    let joins = matches!(left.kind, PiiKind::Person | PiiKind::Address) && left.kind == right.kind;
    let gap = text.get(left.end..right.start).unwrap_or("?");
    joins && gap.len() <= 2 && gap.chars().all(|ch| matches!(ch, ' ' | ',' | '.' | '-'))
}

fn widen(text: &str, spans: &mut [Span]) {
    for (start, word) in text.split_word_bound_indices() {
        let end = start + word.len();
        if !word.chars().any(char::is_alphanumeric) {
            continue;
        }
        let overlapping = |span: &&mut Span| span.overlaps(start, end);
        let start = if is_hashtag(text, start) { start - 1 } else { start };
        for span in spans.iter_mut().filter(overlapping) {
            span.start = span.start.min(start);
            span.end = span.end.max(end);
        }
    }
}

/// Whether the word that starts here follows the mark of a hashtag: "#Ana", but not "#3" or "C#a".
fn is_hashtag(text: &str, start: usize) -> bool {
    let (before, word) = (text.get(..start).unwrap_or_default(), text.get(start..));
    let letter = word.is_some_and(|word| word.starts_with(char::is_alphabetic));
    let mark = before.strip_suffix('#');
    letter && mark.is_some_and(|before| !before.ends_with(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: usize, end: usize, kind: PiiKind) -> Span {
        Span { start, end, kind, score: 0.5, recognizer: "test" }
    }

    #[test]
    fn span_inside_a_word_covers_the_word() {
        let spans = whole("ask Mari\u{301}a now", vec![span(5, 7, PiiKind::Person)]);
        assert_eq!((spans[0].start, spans[0].end), (4, 11));
    }

    #[test]
    fn hashtag_is_covered_with_its_mark() {
        let covered = |text: &str, start, end| {
            let spans = whole(text, vec![span(start, end, PiiKind::Person)]);
            text[spans[0].start..spans[0].end].to_owned()
        };
        assert_eq!(covered("so #TeamAna wins", 8, 11), "#TeamAna");
        assert_eq!(covered("apt #3b", 5, 7), "3b");
        assert_eq!(covered("in C#Ana", 5, 8), "Ana");
    }

    #[test]
    fn overlapping_spans_become_one_of_the_longest_kind() {
        let spans =
            whole("12 Main St x", vec![span(0, 10, PiiKind::Address), span(3, 7, PiiKind::Person)]);
        assert_eq!(spans, vec![span(0, 10, PiiKind::Address)]);
    }

    #[test]
    fn neighbouring_names_become_one_and_other_kinds_stay_apart() {
        let text = "Ana Diaz 5550123";
        let spans = vec![
            span(0, 3, PiiKind::Person),
            span(4, 8, PiiKind::Person),
            span(9, 16, PiiKind::Phone),
        ];
        let whole = whole(text, spans);
        assert_eq!(whole.iter().map(|s| (s.start, s.end)).collect::<Vec<_>>(), [(0, 8), (9, 16)]);
    }
}
