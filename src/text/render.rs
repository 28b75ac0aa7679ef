//! The text that leaves: placeholders where spans were.

use std::ops::Range;

use super::{Action, PiiKind, Policy, Span};

/// A text with placeholders, and the way back.
pub(super) struct Rendered {
    /// The new text.
    pub text: String,
    /// Stretches of the new text that show the original, each with where they begin there.
    shown: Vec<(Range<usize>, usize)>,
}

/// Puts placeholders in the place of `spans`, which are in order and apart.
pub(super) fn render(text: &str, spans: &[Span], policy: &Policy) -> Rendered {
    let mut out = Rendered { text: String::with_capacity(text.len()), shown: Vec::new() };
    let mut at = 0;
    for span in spans {
        out.show(text, at..span.start);
        out.text.push_str(&placeholder(
            text.get(span.start..span.end).unwrap_or_default(),
            span.kind,
            policy,
        ));
        at = span.end;
    }
    out.show(text, at..text.len());
    out
}

impl Rendered {
    fn show(&mut self, text: &str, range: Range<usize>) {
        let start = self.text.len();
        self.text.push_str(text.get(range.clone()).unwrap_or_default());
        if start < self.text.len() {
            self.shown.push((start..self.text.len(), range.start));
        }
    }

    /// The stretches of the original that a stretch of the new text still shows.
    pub fn shown_in(&self, start: usize, end: usize) -> impl Iterator<Item = Range<usize>> + '_ {
        self.shown.iter().filter_map(move |(shown, origin)| {
            let (from, until) = (start.max(shown.start), end.min(shown.end));
            (from < until).then(|| from - shown.start + origin..until - shown.start + origin)
        })
    }
}

fn placeholder(hidden: &str, kind: PiiKind, policy: &Policy) -> String {
    let word = kind.as_str();
    let value = match (policy.action(kind), kind) {
        (Action::Generalise, PiiKind::Age) => decade(hidden),
        (Action::Generalise, PiiKind::Postcode) => area(hidden),
        _ => None,
    };
    value.map_or_else(|| format!("<{word}>"), |value| format!("<{word} {value}>"))
}

/// The decade of an age; ninety and above are one band.
fn decade(hidden: &str) -> Option<String> {
    let digits: String = hidden.chars().filter(char::is_ascii_digit).collect();
    let age: u32 = digits.parse().ok()?;
    let from = age / 10 * 10;
    Some(if age >= 90 { "90+".to_owned() } else { format!("{from}-{}", from + 9) })
}

/// The first three figures of a postal code of five or nine figures.
fn area(hidden: &str) -> Option<String> {
    let digits: String = hidden.chars().filter(char::is_ascii_digit).collect();
    matches!(digits.len(), 5 | 9).then(|| digits.get(..3).map(str::to_owned)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: usize, end: usize, kind: PiiKind) -> Span {
        Span { start, end, kind, score: 0.5, recognizer: "test" }
    }

    #[test]
    fn placeholders_take_the_place_and_ages_become_decades() {
        let text = "Ana, age 74, zip 06511, age 101";
        let spans = [
            span(0, 3, PiiKind::Person),
            span(5, 11, PiiKind::Age),
            span(17, 22, PiiKind::Postcode),
            span(24, 31, PiiKind::Age),
        ];
        let rendered = render(text, &spans, &Policy::default());
        assert_eq!(rendered.text, "<PERSON>, <AGE 70-79>, zip <ZIP 065>, <AGE 90+>");
    }

    #[test]
    fn shown_stretches_map_back_and_placeholders_do_not() {
        let rendered = render("ab cd ef", &[span(3, 5, PiiKind::Person)], &Policy::default());
        assert_eq!(rendered.text, "ab <PERSON> ef");
        assert_eq!(rendered.shown_in(0, 14).collect::<Vec<_>>(), [0..3, 5..8]);
        assert_eq!(rendered.shown_in(4, 9).count(), 0);
    }
}
