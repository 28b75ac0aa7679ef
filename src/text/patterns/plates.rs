//! Number plates of vehicles.

use super::super::PiiKind;
use super::checks::is_year;
use super::prefilter::marks;
use super::{Candidate, Needs, Recognizer, words};

pub(super) fn recognizers() -> Vec<Recognizer> {
    let needs = |digits, run, marks| Needs { digits, run, marks, ..Needs::default() };
    let told = Needs { digits: 1, words: words::PLATE, ..Needs::default() };
    let plate = |name, needs, pattern: &str| {
        Recognizer::new(name, PiiKind::Plate, needs, pattern).judged(not_public)
    };
    vec![
        plate("plate-american", needs(3, 3, marks::DASH), r"(?i-u)\b[a-z]{3}-[0-9]{3,4}\b(?:\s?\([a-z]{2}\))?"),
        plate("plate-joined", needs(3, 3, marks::CAPITAL_CODE), r"(?-u)\b[A-Z]{3}[0-9]{3,4}\b(?:\s?\([A-Z]{2}\))?"),
        plate("plate-californian", needs(4, 3, 0), r"(?-u)\b[0-9]\s?[A-Z]{3}\s?[0-9]{3}\b(?:\s?\([A-Z]{2}\))?"),
        plate("plate-spanish", needs(4, 4, 0), r"(?-u)\b[0-9]{4}[ \-]?[BCDFGHJKLMNPRSTVWXYZ]{3}\b"),
        plate("plate-british", needs(2, 2, marks::CAPITAL_CODE), r"(?-u)\b[A-Z]{2}[0-9]{2}\s?[A-Z]{3}\b"),
        Recognizer::new(
            "plate-told",
            PiiKind::Plate,
            told,
            r#"(?i-u)\b(?:plates?|lic(?:ense)?|tag|matricula|placas?|patente|registration)(?:\s(?:is|was|no|number|num|plate|es|reads|#))*[\s:#."'=]{1,4}([a-z]{0,3}[\- ]?[0-9]{1,4}[\- ]?(?:[a-z]{0,3}|[0-9]{0,4}|[a-z][0-9]{1,3})\b|[0-9]{1,4}[\- ]?[a-z]{1,3}\b)"#,
        )
        .judged(told_plate),
    ]
}

/// Letters and figures that name a law, a route or a form, not a car.
fn not_public(candidate: &Candidate<'_>) -> Option<(PiiKind, f32)> {
    const PUBLIC: &[&str] = &[
        "RTE", "HWY", "BUS", "SEC", "ORD", "RES", "ISO", "ART", "UTC", "ZIP", "THE", "LEY", "BRT",
        "CIP", "RFP", "FAQ", "USB", "LOS",
    ];
    let signs = || candidate.matched().chars();
    let letters: String = signs().filter(char::is_ascii_alphabetic).take(3).collect();
    let digits: String = signs().filter(char::is_ascii_digit).collect();
    let edition = is_year(&digits) && letters.bytes().all(|b| b.is_ascii_lowercase());
    let refused = PUBLIC.contains(&letters.to_ascii_uppercase().as_str())
        || edition
        || candidate.before().ends_with('#');
    (!refused).then_some((PiiKind::Plate, 0.7))
}

/// "Tag 5 min" in a text without another figure is no plate.
fn told_plate(candidate: &Candidate<'_>) -> Option<(PiiKind, f32)> {
    let signs = candidate.matched().chars().filter(char::is_ascii_alphanumeric).count();
    let letters = candidate.matched().chars().any(|ch| ch.is_ascii_alphabetic());
    let figures = candidate.text.bytes().filter(u8::is_ascii_digit).count();
    (signs >= 4 && letters && figures >= 2).then_some((PiiKind::Plate, 0.85))
}

#[cfg(test)]
mod tests {
    use super::super::{assert_hits, assert_no_hits};
    use PiiKind::Plate;

    use super::*;

    #[test]
    fn plates_are_found() {
        assert_hits(&[
            ("KLM-4821 and", "KLM-4821", Plate),
            ("8 XYZ 042 (CA) race", "8 XYZ 042 (CA)", Plate),
            ("matricula 1234 BCD", "1234 BCD", Plate),
            ("a van AB12 CDE", "AB12 CDE", Plate),
            ("plate is abc 1234", "abc 1234", Plate),
        ]);
    }

    #[test]
    fn routes_and_sections_are_no_plates() {
        assert_no_hits(&[
            "BUS-210 is late",
            "Section 8 waitlist is 3-5 years",
            "tag 12 lots",
            "plan-2017",
            "vote #GOP2016",
        ]);
    }
}
