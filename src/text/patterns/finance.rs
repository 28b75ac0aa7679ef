//! Cards, bank accounts and what stands beside them.

use super::super::PiiKind;
use super::checks::{iban, is_year, luhn};
use super::prefilter::marks;
use super::{Candidate, Needs, Recognizer, Verdict, words};

pub(super) fn recognizers() -> Vec<Recognizer> {
    let told = |run| Needs { digits: 3, run, words: words::CARD, ..Needs::default() };
    let bank = Needs { digits: 6, run: 2, marks: marks::CODE, ..Needs::default() };
    vec![
        Recognizer::new(
            "card",
            PiiKind::Card,
            Needs { number: 13, ..Needs::default() },
            r"(?-u)[0-9](?:[ .\-]{0,2}[0-9]){12,18}",
        )
        .judged(card),
        Recognizer::new(
            "card-expiry",
            PiiKind::Card,
            told(2),
            r"(?i-u)\b(?:exp|valid|caduc|venc)[a-z]*[\s.:]{0,3}(?:date|thru|until|el|on)?[\s.:]{0,3}([0-9]{1,2}\s?[/\-]\s?(?:20)?[0-9]{2})\b",
        ),
        Recognizer::new(
            "card-check",
            PiiKind::Card,
            told(3),
            r"(?i-u)\b(?:cvv2?|cvc2?|cvn|pin)(?:\s(?:is|code|number))?[\s:#.=]{0,3}([0-9]{3,6})\b",
        ),
        Recognizer::new(
            "iban",
            PiiKind::Iban,
            bank,
            r"(?i-u)\b[a-z]{2}[0-9]{2}(?:[\s\-]?[a-z0-9]{4}){2,7}(?:[\s\-]?[a-z0-9]{1,4})?\b",
        )
        .judged(bank_account),
        Recognizer::new(
            "bic",
            PiiKind::Account,
            Needs { words: words::BANK, ..Needs::default() },
            r#"(?i-u)\b(?:swift|bic)(?:[\s/_-]?(?:bic|swift|code))?[\s:"=>#.]{1,4}([a-z]{6}[a-z0-9]{2}(?:[a-z0-9]{3})?)\b"#,
        )
        .judged(bank_code),
    ]
}

fn card(candidate: &Candidate<'_>) -> Option<Verdict> {
    let digits: Vec<u32> = candidate.digits().collect();
    let groups = || candidate.matched().split([' ', '-', '.']).filter(|group| !group.is_empty());
    let inside = candidate.before().ends_with(|ch: char| ch.is_ascii_digit());
    if inside || (groups().count() > 1 && groups().all(is_year)) {
        return None;
    }
    let passed = luhn(digits.into_iter());
    Some(Verdict::checked("Luhn", passed, (PiiKind::Card, 0.99), (PiiKind::Number, 0.6)))
}

/// The fifth and sixth letters name a country; in lower case the code must be announced, or a
/// singer's name and a word would be one.
fn bank_code(candidate: &Candidate<'_>) -> Option<(PiiKind, f32)> {
    let country = candidate.matched().get(4..6)?.to_ascii_uppercase();
    let known = country.parse::<phonenumber::country::Id>().is_ok();
    let upper = !candidate.matched().bytes().any(|b| b.is_ascii_lowercase());
    let before = candidate.before().trim_end().to_ascii_lowercase();
    let told = ["code", "bic", ":", "=", "\"", ">"].iter().any(|mark| before.ends_with(mark));
    (known && (upper || told)).then_some((PiiKind::Account, 0.9))
}

/// With its check sum an account number is sure; without it, it still hides when it is mostly
/// figures, which words are not.
fn bank_account(candidate: &Candidate<'_>) -> Option<Verdict> {
    let passed = iban(candidate.matched());
    let verdict =
        Verdict::checked("mod 97", passed, (PiiKind::Iban, 0.99), (PiiKind::Account, 0.7));
    let digits = candidate.digits().count();
    ((passed && digits >= 6) || digits >= 10).then_some(verdict)
}

#[cfg(test)]
mod tests {
    use super::super::{assert_hits, assert_no_hits};
    use PiiKind::{Account, Card, Iban, Number};

    use super::*;

    #[test]
    fn failed_check_changes_the_kind_and_still_hides() {
        assert_hits(&[
            ("with 4111 1111 1111 1111 twice", "4111 1111 1111 1111", Card),
            ("with 4111 1111 1111 1112 twice", "4111 1111 1111 1112", Number),
            ("GB29 NWBK 6016 1331 9268 19", "GB29 NWBK 6016 1331 9268 19", Iban),
            ("ES91 2100 0418 4502 0005 1333", "ES91 2100 0418 4502 0005 1333", Account),
        ]);
    }

    #[test]
    fn what_stands_beside_a_card_is_found() {
        assert_hits(&[
            ("exp 09/28 twice", "09/28", Card),
            ("cvv: 123", "123", Card),
            ("SWIFT DEUTDEFF", "DEUTDEFF", Account),
            ("swift code: deutdeff", "deutdeff", Account),
        ]);
    }

    #[test]
    fn words_and_years_are_no_accounts() {
        assert_no_hits(&[
            "in 2015 2016 2017 2018 and",
            "to12 some word that ends here",
            "Taylor Swift inspired",
        ]);
    }
}
