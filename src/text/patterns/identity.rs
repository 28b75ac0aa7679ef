//! Numbers that a state gives to a person.

use super::super::PiiKind;
use super::checks::dni;
use super::prefilter::marks;
use super::{Candidate, Needs, Recognizer, Verdict, words};

pub(super) fn recognizers() -> Vec<Recognizer> {
    let number = |number| Needs { number, ..Needs::default() };
    let run = |digits, run| Needs { digits, run, ..Needs::default() };
    let code = |digits, run| Needs { digits, run, marks: marks::CODE, ..Needs::default() };
    let told = Needs { digits: 4, words: words::IDENTITY, ..Needs::default() };
    let tail = Needs { run: 4, words: words::LAST, ..Needs::default() };
    let id =
        |name, needs, pattern: &str| Recognizer::new(name, PiiKind::NationalId, needs, pattern);
    vec![
        id("ssn", number(9), r"(?-u)[0-9]{3}[\- ._][0-9]{2}[\- ._][0-9]{4}").judged(alone),
        id(
            "ssn-tail",
            tail,
            r"(?i-u)\blast\s(?:four|4)(?:\s[a-z]{1,8}){0,6}[\s:#]{1,3}([0-9]{4})\b",
        ),
        id("dni", number(8), r"(?i-u)\b[0-9]{2}\.?[0-9]{3}\.?[0-9]{3}[\- ]?[a-z]\b").judged(spanish),
        id("nie", run(7, 7), r"(?i-u)\b[xyz][\- ]?[0-9]{7}[\- ]?[a-z]\b").judged(spanish),
        id("nino", number(6), r"(?i-u)\b[a-z]{2}\s?[0-9]{2}\s?[0-9]{2}\s?[0-9]{2}\s?[a-d]\b"),
        id("curp", code(6, 6), r"(?i-u)\b[a-z]{4}[0-9]{6}[hmx][a-z]{5}[a-z0-9][0-9]\b"),
        id("rfc", run(6, 6), r"(?i-u)\b[a-z&]{3,4}[0-9]{6}[a-z0-9]{3}\b"),
        id("cpf", number(11), r"(?-u)\b[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}\b"),
        id("sin", number(9), r"(?-u)\b[0-9]{3}[ \-][0-9]{3}[ \-][0-9]{3}\b").judged(alone),
        id("aadhaar", number(12), r"(?-u)\b[2-9][0-9]{3} [0-9]{4} [0-9]{4}\b").judged(alone),
        id("ein", number(9), r"(?-u)\b[0-9]{2}-[0-9]{7}\b").judged(alone),
        id("codice-fiscale", code(7, 3), r"(?i-u)\b[a-z]{6}[0-9]{2}[a-z][0-9]{2}[a-z][0-9]{3}[a-z]\b"),
        id(
            "state-id-told",
            told,
            r#"(?i-u)\b(?:ssn|social(?:\ssecurity)?|passport|pasaporte|dl|(?:driver'?s?\s)?licen[cs]e|tax[\s_-]?id|tax[\s_-]?number|i?tin|ein|national[\s_-]?id|dni|nie|nif|curp|rfc|vin|cedula|nss|alien|green card|visa)(?:[\s_-]?(?:no|num|number|numero|id|card|plate|is|was|es|code))*[\s:#.="'>\-]{1,4}([a-z]{0,3}[\- ]?[0-9][a-z0-9]*(?:[\-. ][a-z0-9]*[0-9][a-z0-9]*)*)"#,
        )
        .judged(told_number),
    ]
}

/// A shape that must not be part of a longer number.
fn alone(candidate: &Candidate<'_>) -> Option<(PiiKind, f32)> {
    let edge = |ch: Option<char>| ch.is_none_or(|ch| !ch.is_ascii_digit());
    let free =
        edge(candidate.before().chars().next_back()) && edge(candidate.after().chars().next());
    let groups = || candidate.matched().split([' ', '-']);
    let round = groups().all(super::checks::is_year) || groups().all(|group| group.ends_with("00"));
    (free && !round).then_some((PiiKind::NationalId, 0.8))
}

fn spanish(candidate: &Candidate<'_>) -> Option<Verdict> {
    let id = PiiKind::NationalId;
    Some(Verdict::checked("mod 23", dni(candidate.matched()), (id, 0.99), (id, 0.6)))
}

fn told_number(candidate: &Candidate<'_>) -> Option<(PiiKind, f32)> {
    (candidate.digits().count() >= 4 && !super::checks::is_year(candidate.matched()))
        .then_some((PiiKind::NationalId, 0.9))
}

#[cfg(test)]
mod tests {
    use super::super::{assert_hits, assert_no_hits};
    use PiiKind::NationalId;

    use super::*;

    #[test]
    fn national_numbers_are_found() {
        assert_hits(&[
            ("my SSN 412-68-7719 on it", "412-68-7719", NationalId),
            ("social 412 68 7719", "412 68 7719", NationalId),
            ("the last four of my social are 7719", "7719", NationalId),
            ("mi DNI 12345678Z", "12345678Z", NationalId),
            ("DNI 12345678A", "12345678A", NationalId),
            ("NIE X-1234567-L", "X-1234567-L", NationalId),
            ("NINO QQ 12 34 56 C", "QQ 12 34 56 C", NationalId),
            ("DL D1234562 was", "D1234562", NationalId),
            ("passport no. X1234567", "X1234567", NationalId),
            ("tax_id: 12-3456789", "12-3456789", NationalId),
        ]);
    }

    #[test]
    fn plain_numbers_are_no_identities() {
        assert_no_hits(&["social housing for 2000 people", "a license since 2019", "tax of 1,200"]);
    }
}
