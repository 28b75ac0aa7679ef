//! Check sums and plain tests of numbers. A failed check changes a kind, it never shows a text.

/// Whether figures pass the check of payment cards.
///
/// # Source
/// ISO/IEC 7812-1, annex B (Luhn).
pub(super) fn luhn(digits: impl DoubleEndedIterator<Item = u32>) -> bool {
    let sum: u32 = digits
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, digit * 2) {
            (0, _) => digit,
            (_, doubled) => doubled / 10 + doubled % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether a bank account number passes its check.
///
/// # Source
/// ISO 13616-1 and ISO/IEC 7064 (mod 97-10).
pub(super) fn iban(text: &str) -> bool {
    let compact: Vec<u32> = text.chars().filter_map(|ch| ch.to_digit(36)).collect();
    if !(15..=34).contains(&compact.len()) {
        return false;
    }
    let (head, tail) = compact.split_at(4);
    let rest = tail.iter().chain(head).fold(0, |rest, value| {
        let shift = if *value > 9 { 100 } else { 10 };
        (rest * shift + value) % 97
    });
    rest == 1
}

/// Whether the letter of a Spanish DNI or NIE fits its number.
///
/// # Source
/// Real Decreto 1553/2005: number modulo 23.
pub(super) fn dni(text: &str) -> bool {
    const LETTERS: &[u8] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    let compact: Vec<u8> =
        text.bytes().filter(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_uppercase()).collect();
    let Some((letter, number)) = compact.split_last() else { return false };
    let value = number.iter().fold(0_u64, |value, byte| match byte {
        b'X' => value * 10,
        b'Y' => value * 10 + 1,
        b'Z' => value * 10 + 2,
        _ => value * 10 + u64::from(byte.saturating_sub(b'0')),
    });
    LETTERS.get((value % 23) as usize) == Some(letter)
}

/// Whether four figures are a year that people write about.
pub(super) fn is_year(text: &str) -> bool {
    text.len() == 4 && matches!(text.parse(), Ok(1800..=2100))
}

/// Whether the text before a number makes it an amount of money.
pub(super) fn follows_currency(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '\u{a0}']);
    before.ends_with(['$', '€', '£', '¥', '₹'])
        || ["usd", "eur", "mxn", "gbp"].iter().any(|code| {
            before.len() >= code.len()
                && before
                    .get(before.len() - code.len()..)
                    .is_some_and(|end| end.eq_ignore_ascii_case(code))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_check_accepts_test_numbers_and_refuses_a_changed_figure() {
        let digits = |text: &str| text.chars().filter_map(|c| c.to_digit(10)).collect::<Vec<_>>();
        assert!(luhn(digits("4111111111111111").into_iter()));
        assert!(!luhn(digits("4111111111111112").into_iter()));
    }

    #[test]
    fn iban_check_accepts_published_examples_and_refuses_a_changed_figure() {
        assert!(iban("GB29 NWBK 6016 1331 9268 19") && iban("ES91 2100 0418 4502 0005 1332"));
        assert!(!iban("ES91 2100 0418 4502 0005 1333") && !iban("ES91"));
    }

    #[test]
    fn dni_letter_is_checked() {
        assert!(dni("12345678Z") && dni("X1234567L"));
        assert!(!dni("12345678A"));
    }
}
