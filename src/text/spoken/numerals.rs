//! Number words of English and Spanish, as people use them to spell out a number.

/// How one word adds to a spelled-out number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Numeral {
    /// One figure.
    Unit(u32),
    /// Ten to nineteen.
    Teen(u32),
    /// Twenty, thirty and so on.
    Tens(u32),
    /// "double", "triple".
    Repeat(usize),
    /// Already written in figures.
    Figures(String),
}

const UNITS: &[(&str, u32)] = &[
    ("zero cero", 0),
    ("one uno", 1),
    ("two dos", 2),
    ("three tres", 3),
    ("four cuatro", 4),
    ("five cinco", 5),
    ("six seis", 6),
    ("seven siete", 7),
    ("eight ocho", 8),
    ("nine niner nueve", 9),
];

const TEENS: &[(&str, u32)] = &[
    ("ten diez", 10),
    ("eleven once", 11),
    ("twelve doce", 12),
    ("thirteen trece", 13),
    ("fourteen catorce", 14),
    ("fifteen quince", 15),
    ("sixteen dieciseis", 16),
    ("seventeen diecisiete", 17),
    ("eighteen dieciocho", 18),
    ("nineteen diecinueve", 19),
];

const TENS: &[(&str, u32)] = &[
    ("twenty veinte", 20),
    ("thirty treinta", 30),
    ("forty cuarenta", 40),
    ("fifty cincuenta", 50),
    ("sixty sesenta", 60),
    ("seventy setenta", 70),
    ("eighty ochenta", 80),
    ("ninety noventa", 90),
];

/// Reads one lower-case word; `oh`, `o` and "once" (English for one time) count only inside a run.
pub(super) fn numeral(word: &str, in_run: bool) -> Option<Numeral> {
    let find = |list: &[(&str, u32)]| {
        list.iter().find(|(names, _)| names.split(' ').any(|name| name == word)).map(|(_, n)| *n)
    };
    if let Some(unit) = find(UNITS) {
        return Some(Numeral::Unit(unit));
    }
    match word {
        "oh" | "o" => return in_run.then_some(Numeral::Unit(0)),
        "once" if !in_run => return None,
        "double" | "doble" => return Some(Numeral::Repeat(2)),
        "triple" => return Some(Numeral::Repeat(3)),
        _ => {}
    }
    if let Some(teen) = find(TEENS) {
        return Some(Numeral::Teen(teen));
    }
    if let Some(tens) = find(TENS) {
        return Some(Numeral::Tens(tens));
    }
    let figures = (1..=4).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit());
    figures.then(|| Numeral::Figures(word.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numeral_reads_words_of_both_languages() {
        assert_eq!(numeral("nine", false), Some(Numeral::Unit(9)));
        assert_eq!(numeral("ochenta", false), Some(Numeral::Tens(80)));
        assert_eq!(numeral("oh", false), None);
        assert_eq!(numeral("oh", true), Some(Numeral::Unit(0)));
        assert_eq!(numeral("street", true), None);
    }
}
