//! Dates of birth and ages.

use super::super::PiiKind;
use super::prefilter::marks;
use super::{Candidate, Needs, Recognizer, words};

const MONTH: &str = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|ene|abr|ago|dic)[a-z]*\.?";

/// Years in which people were born who now write; a full date in one of them is rarely news.
const OLD: &str = r"(?:19[2-9][0-9]|200[0-9])";

pub(super) fn recognizers() -> Vec<Recognizer> {
    let needs = |digits, words| Needs { digits, words, ..Needs::default() };
    let parts = marks::SLASH | marks::DASH | marks::DOT;
    let date = format!(
        r"[0-9]{{1,4}}\s?[/\-.]\s?(?:[0-9]{{1,2}}|{MONTH})\s?[/\-.]\s?[0-9]{{1,4}}|[0-9]{{1,2}}(?:st|nd|rd|th)?\s(?:of\s|de\s)?{MONTH}(?:,?\s(?:de\s|del\s)?[0-9]{{2,4}})?|{MONTH}\s[0-9]{{1,2}}(?:st|nd|rd|th)?(?:,?\s[0-9]{{2,4}})?|(?:{MONTH}\s(?:de\s)?)?(?:19|20)[0-9]{{2}}\b"
    );
    let told = format!(
        r#"(?i-u)\b(?:d\.?o\.?b\.?|born|birth[\s_-]?(?:day|date|dt)?|date[\s_-]of[\s_-]birth|nacid[oa]|nacimiento|nacio|naci|cumplean\w*)(?:[\s:="'>.,\-(]{{1,4}}(?:(?:is|was|on|in|es|el|en|back|fue|dia)\s){{0,3}})["'(]?({date})"#
    );
    vec![
        Recognizer::new("birth-date", PiiKind::BirthDate, needs(1, words::BIRTH), &told),
        Recognizer::new(
            "old-date",
            PiiKind::BirthDate,
            Needs { digits: 5, run: 4, any: parts, ..Needs::default() },
            &format!(r"(?i-u)\b(?:{OLD}[/\-.][01]?[0-9][/\-.][0-3]?[0-9]|[0-3]?[0-9][/\-.](?:[0-3]?[0-9]|{MONTH})[/\-.]{OLD})\b"),
        ),
        Recognizer::new(
            "age-old",
            PiiKind::Age,
            needs(1, words::AGED),
            r"(?i-u)\b[0-9]{1,3}(?:\s|-)?(?:(?:years?|yrs?|yr)\.?(?:\s|-)?(?:old|of age)|y/?o\b|anos\sde\sedad)",
        )
        .judged(aged),
        Recognizer::new(
            "age-spanish",
            PiiKind::Age,
            needs(1, words::ANOS),
            r"(?i-u)\b(?:ten(?:go|emos|ia)|tiene|cumpl[a-z]+|(?:mujer|hombre|nin[oa]|hij[oa]|niet[oa]|abuel[oa]|madre|padre|vecin[oa]|senora?|chic[oa]|joven|herman[oa])\sde)\s(?:ya\s|casi\s|solo\s|mis\s|sus\s)?([0-9]{1,3}\sanos)\b",
        )
        .judged(aged),
        Recognizer::new(
            "age-told",
            PiiKind::Age,
            needs(1, words::AGE),
            r#"(?i-u)\b(?:aged?|edad)(?:\s(?:of|is|de|es))?[\s:="'>]{1,3}[0-9]{1,3}\b"#,
        )
        .judged(aged),
        Recognizer::new(
            "age-first-person",
            PiiKind::Age,
            needs(1, words::PERSON),
            r"(?i-u)\b(?:i'?m|i am|she'?s|he'?s|she is|he is|turn(?:s|ed|ing)?|tengo|cumpl[ioa]\w*)\s(?:just\s|almost\s|nearly\s|about\s|only\s|casi\s)?([0-9]{1,2})\b",
        )
        .judged(first_person),
    ]
}

fn aged(candidate: &Candidate<'_>) -> Option<(PiiKind, f32)> {
    let age = candidate.digits().fold(0, |age, digit| age * 10 + digit);
    (age <= 120).then_some((PiiKind::Age, 0.8))
}

/// "I'm 74" is an age unless a unit follows, as in "I'm 5 minutes away".
fn first_person(candidate: &Candidate<'_>) -> Option<(PiiKind, f32)> {
    let after = candidate.after();
    let next: String = after
        .trim_start_matches([' ', '-'])
        .chars()
        .take_while(|ch| ch.is_alphanumeric())
        .collect();
    let ends = after.is_empty() || after.starts_with(['.', ',', ';', '!', '?', ')', '\n']);
    let goes_on = [
        "and", "or", "but", "with", "now", "so", "y", "pero", "con", "who", "living", "years",
        "anos", "yrs",
    ];
    let decimal = after
        .strip_prefix(['.', ','])
        .is_some_and(|rest| rest.starts_with(|ch: char| ch.is_ascii_digit()));
    ((ends && !decimal) || goes_on.contains(&next.to_ascii_lowercase().as_str()))
        .then_some((PiiKind::Age, 0.7))
}

#[cfg(test)]
mod tests {
    use super::super::{assert_hits, assert_no_hits};
    use PiiKind::{Age, BirthDate};

    use super::*;

    #[test]
    fn dates_of_birth_are_found() {
        assert_hits(&[
            ("DOB 4-Feb-1951, needs", "4-Feb-1951", BirthDate),
            ("dob=\"1976-12-20\"", "1976-12-20", BirthDate),
            ("born on March 3rd, 1980 here", "March 3rd, 1980", BirthDate),
            ("born in 1951", "1951", BirthDate),
            ("nacida el 4 de febrero de 1951", "4 de febrero de 1951", BirthDate),
            ("Ana,1983-11-23,202", "1983-11-23", BirthDate),
        ]);
    }

    #[test]
    fn ages_are_found() {
        assert_hits(&[
            ("Aaliyah, age 7, goes", "age 7", Age),
            ("a 74-year-old woman", "74-year-old", Age),
            ("I'm 81 and walk", "81", Age),
            ("tengo 74 anos", "74 anos", Age),
            ("una mujer de 74 anos", "74 anos", Age),
        ]);
    }

    #[test]
    fn distances_and_amounts_are_no_ages() {
        assert_no_hits(&[
            "I'm 5 minutes away",
            "I am 100% sure",
            "turn 20 lots into homes",
            "hace 20 anos que vivo aqui",
            "meets on 4 Feb 2024",
        ]);
    }
}
