//! Telephone numbers. The shape hides; the numbering plan only says how sure the kind is.

use phonenumber::country::Id;

use super::super::PiiKind;
use super::checks::{follows_currency, is_year};
use super::prefilter::marks;
use super::{Candidate, Needs, Recognizer, Verdict, words};

/// What is counted in large numbers.
const COUNTED: &[&str] =
    &["euros", "dollars", "personas", "people", "habitantes", "residents", "de", "pesos", "€"];

const EXTENSION: &str = r"(?:\s{0,2}(?:x|ext\.?|extension|#)\s{0,2}[0-9]{1,6}\b)?";

pub(super) fn recognizers(region: Option<Id>) -> Vec<Recognizer> {
    let number = |number| Needs { number, ..Needs::default() };
    let shape = |name, needs, pattern: &str| {
        let pattern = format!("(?i-u){pattern}{EXTENSION}");
        Recognizer::new(name, PiiKind::Phone, needs, &pattern).judged(grouped)
    };
    let intl = Needs { number: 7, marks: marks::PLUS, ..Needs::default() };
    let told = Needs { number: 7, words: words::PHONE, ..Needs::default() };
    vec![
        shape("phone-international", intl, r"\+\s?[0-9](?:[\s().\-/]{0,3}[0-9]){6,14}"),
        shape("phone-american", number(10), r"(?:\+?1[\s.\-]{0,2})?\(?[0-9]{3}\)?[\s.\-/]{0,3}[0-9]{3}[\s.\-]{0,3}[0-9]{4}"),
        shape("phone-local", number(7), r"[0-9]{3}[.\-][0-9]{4}"),
        shape("phone-spanish", number(9), r"[6-9][0-9]{2}(?:[\s.\-]?[0-9]{3}[\s.\-]?[0-9]{3}|(?:[\s.\-][0-9]{2}){3})"),
        shape("phone-trunk", number(9), r"\(?0[0-9]\)?(?:[\s().\-/]{0,2}[0-9]){7,10}"),
        shape("phone-pairs", number(10), r"\(?[0-9]{2}\)?[\s.\-][0-9]{4,5}[\s.\-][0-9]{4}"),
        shape("phone-halves", number(10), r"[6-9][0-9]{4}[\s\-][0-9]{5}"),
        Recognizer::new(
            "phone-told",
            PiiKind::Phone,
            told,
            r"(?i-u)\b(?:phone|tel|cell|mobile|call|text|txt|fax|whats\s?app|sms|reach|(?:my|his|her|our|their|mi|su)\s(?:number|numero)|movil|llam|contact|dial|ring)[a-z]*[\s:.#()\-]{0,4}(?:[a-z]{1,8}\s){0,3}(\+?\(?[0-9](?:[\s().\-]{0,3}[0-9]){6,14})",
        )
        .judged(grouped),
        Recognizer::new("long-number", PiiKind::Number, Needs { run: 7, ..Needs::default() }, r"(?-u)[0-9]{7,}")
            // A number that begins within another is refused for what stands before it.
            .judged(move |candidate| bare(candidate, region))
            .whole(),
    ]
}

/// A number in groups, unless it is part of a longer number, money, a date or a range.
fn grouped(candidate: &Candidate<'_>) -> Option<(PiiKind, f32)> {
    let refused = continues(candidate)
        || follows_currency(candidate.before())
        || is_calendar(candidate.matched());
    (!refused).then_some((PiiKind::Phone, 0.9))
}

/// Whether the figures go on before or after the candidate.
fn continues(candidate: &Candidate<'_>) -> bool {
    let digit = |ch: Option<char>| ch.is_some_and(|ch| ch.is_ascii_digit());
    let mut before = candidate.before().chars().rev();
    let joined = match before.next() {
        _ if candidate.matched().starts_with('+') => false,
        Some('-' | '.' | '/' | '_') => digit(before.next()),
        last => digit(last),
    };
    joined || digit(candidate.after().chars().next())
}

/// Whether a grouped number is a date, years or a round range.
fn is_calendar(text: &str) -> bool {
    let groups: Vec<&str> =
        text.split(|ch: char| !ch.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
    let small = |group: &str, max: u32| {
        group.len() <= 2 && group.parse().is_ok_and(|n: u32| (1..=max).contains(&n))
    };
    match groups.as_slice() {
        [first, second, third, ..] if is_year(third) && small(first, 31) && small(second, 31) => {
            true
        }
        [first, second, third, ..] if is_year(first) && small(second, 12) && small(third, 31) => {
            true
        }
        [first, second] if is_year(first) && is_year(second) => true,
        [first, second] => first.ends_with("00") && second.ends_with("00"),
        groups => groups.iter().filter(|group| is_year(group)).count() >= 2,
    }
}

/// A number without groups: money and calendar dates stay, the numbering plan names the kind.
fn bare(candidate: &Candidate<'_>, region: Option<Id>) -> Option<Verdict> {
    let text = candidate.matched();
    let calendar = text.len() == 8
        && text.get(..4).is_some_and(is_year)
        && text.get(4..6).is_some_and(|month| matches!(month.parse(), Ok(1..=12)))
        && text.get(6..).is_some_and(|day| matches!(day.parse(), Ok(1..=31)));
    let inside = candidate.before().ends_with(|ch: char| ch == '.' || ch.is_ascii_digit());
    let counted = text.len() < 9 && is_counted(candidate.after());
    if follows_currency(candidate.before()) || calendar || inside || counted {
        return None;
    }
    let dialled = (9..=15).contains(&text.len())
        && phonenumber::parse(region, text).is_ok_and(|number| number.is_valid());
    let (pass, fail) = ((PiiKind::Phone, 0.8), (PiiKind::Number, 0.6));
    Some(Verdict::checked("numbering plan", dialled, pass, fail))
}

/// Whether the next word makes a number a count. No more of the text is read than the longest of these
/// words, since the next white space may be far away.
fn is_counted(after: &str) -> bool {
    let after = after.trim_start();
    COUNTED.iter().any(|word| {
        let stands = after.get(..word.len()).is_some_and(|next| next.eq_ignore_ascii_case(word));
        let rest = after.get(word.len()..).and_then(|rest| rest.chars().next());
        stands && rest.is_none_or(char::is_whitespace)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{assert_hits, assert_no_hits};
    use PiiKind::{Number, Phone};

    use super::*;

    #[test]
    fn numbers_are_found_in_many_shapes() {
        assert_hits(&[
            ("202.555.0199x7 is the office", "202.555.0199x7", Phone),
            ("(202) 555-0144", "(202) 555-0144", Phone),
            ("call 2025550122!", "2025550122", Phone),
            ("+34 600 12 34 56", "+34 600 12 34 56", Phone),
            ("al 600 123 456 o", "600 123 456", Phone),
            ("0171 555 0123", "0171 555 0123", Phone),
            ("555-0123 after six", "555-0123", Phone),
            ("mi numero es 5550 1234", "5550 1234", Phone),
            ("91234567891233", "91234567891233", Number),
        ]);
    }

    #[test]
    fn money_dates_and_agenda_numbers_are_no_telephones() {
        assert_no_hits(&[
            "The budget is $555,555,0123 and item 2024-0115-0042 on page 1-212",
            "from 2015-2019, and 2019 2020 2021",
            "on 01/02/2024 10:30 and 2024-01-15 12:00",
            "500-1000 people",
            "$2500000 for",
            "5250375 personas",
            "20240115",
        ]);
    }
}
