//! Case, permit, parcel, account, customer and employee numbers.

use super::super::PiiKind;
use super::checks::is_year;
use super::prefilter::marks;
use super::{Candidate, Needs, Recognizer, words};

/// What may stand between the word and its number.
const LINK: &str = r#"(?:[\s_-]?(?:no|nos|nr|num|numero|number|id|ref|code|key|is|was|es|file|de))*(?:["'\]]?\s{0,2}[:#=>.\-]{1,2}["']?\s{0,2}#?|\s{1,2}#?["']?)"#;
/// A number with at least one figure, in groups or not.
const VALUE: &str = r"([a-z]{0,6}[\-/.]?[0-9][a-z0-9]*(?:[\-/.][a-z0-9]+)*)";

const CASE: &str = "case|permit|permiso|parcel|apn|docket|claim|ticket|complaint|citation|expediente|solicitud|request|confirmation|tracking|incident|report|reference|ref|radicado|booking|folio";
const ACCOUNT: &str = "account|acct|cuenta|customer|client|member(?:ship)?|invoice|factura|inv|policy|poliza|meter|employee|emp|patient|mrn|medical record|record|student|badge|loan|routing|sort|order|medicare|medicaid|insurance|chart|user";

pub(super) fn recognizers() -> Vec<Recognizer> {
    let needs = Needs { digits: 3, words: words::RECORD, ..Needs::default() };
    let told = |name, kind, nouns: &str| {
        let pattern = format!(r"(?i-u)\b(?:{nouns})s?{LINK}{VALUE}");
        Recognizer::new(name, kind, needs, &pattern)
            .judged(move |candidate| number(candidate, kind))
    };
    vec![
        told("case-told", PiiKind::Case, CASE),
        told("account-told", PiiKind::Account, ACCOUNT),
        Recognizer::new(
            "prefixed-number",
            PiiKind::Account,
            Needs { run: 4, ..Needs::default() },
            r"(?i-u)\b[a-z]{2,6}[\-_#][0-9]{4,}(?:[\-/][a-z0-9]+)*\b",
        )
        .judged(prefixed),
        Recognizer::new(
            "parcel-told",
            PiiKind::Case,
            needs,
            r"(?i-u)\bapn[\s:#.]{1,3}[0-9]{2,}[0-9.\-]*[0-9]\b",
        ),
        Recognizer::new(
            "parcel-number",
            PiiKind::Case,
            Needs { number: 8, marks: marks::DASH, ..Needs::default() },
            r"(?-u)\b[0-9]{2,4}-[0-9]{2,4}-[0-9]{2,4}-[0-9]{2,4}\b",
        ),
    ]
}

/// A number that was announced: long or in groups, or short behind a mark such as "#".
fn number(candidate: &Candidate<'_>, kind: PiiKind) -> Option<(PiiKind, f32)> {
    let text = candidate.matched();
    let digits = candidate.digits().count();
    let grouped = text.contains(['-', '/']) || text.chars().any(char::is_alphabetic);
    let marked =
        candidate.before().trim_end_matches(['"', '\'', ' ']).ends_with(['#', ':', '=', '.', '>'])
            || ["no", "number", "id"]
                .iter()
                .any(|word| candidate.before().trim_end().to_ascii_lowercase().ends_with(word));
    let percent = candidate.after().starts_with('%') || text.ends_with("th");
    let enough = digits >= 5 || (digits >= 4 && grouped) || (digits >= 3 && marked);
    (enough && !is_year(text) && !percent && !is_date(text)).then_some((kind, 0.95))
}

fn is_date(text: &str) -> bool {
    let groups: Vec<&str> = text.split(['-', '/', '.']).collect();
    matches!(groups.as_slice(), [a, b, c] if [a, b, c].iter().all(|g| g.bytes().all(|b| b.is_ascii_digit()))
        && ((is_year(a) && b.len() <= 2 && c.len() <= 2) || (a.len() <= 2 && b.len() <= 2 && is_year(c))))
}

/// A number with letters before it, unless it is the name of a law or a road.
fn prefixed(candidate: &Candidate<'_>) -> Option<(PiiKind, f32)> {
    const PUBLIC: &[&str] = &[
        "hb", "sb", "ab", "hr", "sr", "pl", "ord", "res", "us", "cr", "ley", "iso", "ada", "fy",
        "cip", "rfp",
    ];
    let prefix = candidate.matched().split(['-', '_', '#']).next()?.to_ascii_lowercase();
    let year = candidate.matched().split(['-', '_', '#']).nth(1).is_some_and(is_year);
    (!PUBLIC.contains(&prefix.as_str()) && !year).then_some((PiiKind::Account, 0.7))
}

#[cfg(test)]
mod tests {
    use super::super::{assert_hits, assert_no_hits};
    use PiiKind::{Account, Case};

    use super::*;

    #[test]
    fn announced_numbers_are_found() {
        assert_hits(&[
            ("re parcel APN 0123-456-078-000, my", "0123-456-078-000", Case),
            ("water account 0045-99218-07 billed", "0045-99218-07", Account),
            ("case no. BX-22-0193", "BX-22-0193", Case),
            ("permit #4821", "4821", Case),
            ("empid=\"EMP-36591\"", "EMP-36591", Account),
            ("invoice_number: 88213", "88213", Account),
        ]);
    }

    #[test]
    fn talk_about_cases_and_laws_is_no_number() {
        assert_no_hits(&[
            "in any case 2019 was worse",
            "a record 1500 people",
            "Bill 4021 and HB-4021",
            "the report 2024-01-15",
            "request 311",
            "policy of 50% off",
        ]);
    }
}
