//! Number words of English and Spanish, as people use them to spell out a number.

/// How one word adds to a spelled-out number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numeral<'a> {
    /// One figure.
    Unit(u32),
    /// Ten to nineteen.
    Teen(u32),
    /// Twenty, thirty and so on.
    Tens(u32),
    /// "double", "triple".
    Repeat(usize),
    /// Already written in figures.
    Figures(&'a str),
}

/// Most letters of a number word.
pub(super) const WORD_BYTES_MAX: usize = 10;

/// Reads one lower-case word; `oh`, `o` and "once" (English for one time) count only inside a run.
pub(super) fn numeral(word: &str, in_run: bool) -> Option<Numeral<'_>> {
    use Numeral::{Figures, Repeat, Teen, Tens, Unit};
    if word.len() > WORD_BYTES_MAX {
        return None;
    }
    // Bytes, since the compiler makes a tree of them and a chain of comparisons of strings.
    Some(match word.as_bytes() {
        b"oh" | b"o" if in_run => Unit(0),
        b"once" if in_run => Teen(11),
        b"zero" | b"cero" => Unit(0),
        b"one" | b"uno" => Unit(1),
        b"two" | b"dos" => Unit(2),
        b"three" | b"tres" => Unit(3),
        b"four" | b"cuatro" => Unit(4),
        b"five" | b"cinco" => Unit(5),
        b"six" | b"seis" => Unit(6),
        b"seven" | b"siete" => Unit(7),
        b"eight" | b"ocho" => Unit(8),
        b"nine" | b"niner" | b"nueve" => Unit(9),
        b"ten" | b"diez" => Teen(10),
        b"eleven" => Teen(11),
        b"twelve" | b"doce" => Teen(12),
        b"thirteen" | b"trece" => Teen(13),
        b"fourteen" | b"catorce" => Teen(14),
        b"fifteen" | b"quince" => Teen(15),
        b"sixteen" | b"dieciseis" => Teen(16),
        b"seventeen" | b"diecisiete" => Teen(17),
        b"eighteen" | b"dieciocho" => Teen(18),
        b"nineteen" | b"diecinueve" => Teen(19),
        b"twenty" | b"veinte" => Tens(20),
        b"thirty" | b"treinta" => Tens(30),
        b"forty" | b"cuarenta" => Tens(40),
        b"fifty" | b"cincuenta" => Tens(50),
        b"sixty" | b"sesenta" => Tens(60),
        b"seventy" | b"setenta" => Tens(70),
        b"eighty" | b"ochenta" => Tens(80),
        b"ninety" | b"noventa" => Tens(90),
        b"double" | b"doble" => Repeat(2),
        b"triple" => Repeat(3),
        [b'0'..=b'9', rest @ ..] if rest.len() < 4 && rest.iter().all(u8::is_ascii_digit) => {
            Figures(word)
        }
        _ => return None,
    })
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
        assert_eq!(numeral("once", false), None);
        assert_eq!(numeral("once", true), Some(Numeral::Teen(11)));
        assert_eq!(numeral("0134", false), Some(Numeral::Figures("0134")));
        assert_eq!(numeral("01345", true), None);
        assert_eq!(numeral("street", true), None);
    }
}
