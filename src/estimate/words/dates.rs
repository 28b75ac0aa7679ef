//! Days in words.

use jiff::civil::Date;

use super::Language;

/// A day: `6 April 2026`.
pub fn day(language: Language, date: Date) -> String {
    let month = usize::from(date.month().unsigned_abs()) - 1;
    let (day, year) = (date.day(), date.year());
    language.pick(
        format!("{day} {} {year}", MONTHS[month].0),
        format!("{day} de {} de {year}", MONTHS[month].1),
    )
}

/// The first and last day of a span that ends before `until`: `9 March to 29 March 2026`.
pub fn days(language: Language, from: Date, until: Date) -> String {
    let last = until.yesterday().unwrap_or(until);
    let to = language.pick("to", "al");
    if from.year() == last.year() {
        let full = day(language, from);
        let cut = language.pick(format!(" {}", from.year()), format!(" de {}", from.year()));
        let short = full.strip_suffix(&cut).unwrap_or(&full).to_owned();
        return format!("{short} {to} {}", day(language, last));
    }
    format!("{} {to} {}", day(language, from), day(language, last))
}

/// A day on an axis: `6 Apr`.
pub fn day_short(language: Language, date: Date) -> String {
    let (english, spanish) = MONTHS[usize::from(date.month().unsigned_abs()) - 1];
    format!("{} {}", date.day(), &language.pick(english, spanish)[..3])
}

/// A span as a release writes it, in words.
pub(super) fn span_of(language: Language, from: &str, until: &str) -> String {
    match (from.parse(), until.parse()) {
        (Ok(from), Ok(until)) => days(language, from, until),
        _ => format!("{from} – {until}"),
    }
}

/// A day as a release writes it, in words.
pub(super) fn day_of(language: Language, date: &str) -> String {
    date.parse().map_or_else(|_| date.to_owned(), |date| day(language, date))
}

const MONTHS: [(&str, &str); 12] = [
    ("January", "enero"),
    ("February", "febrero"),
    ("March", "marzo"),
    ("April", "abril"),
    ("May", "mayo"),
    ("June", "junio"),
    ("July", "julio"),
    ("August", "agosto"),
    ("September", "septiembre"),
    ("October", "octubre"),
    ("November", "noviembre"),
    ("December", "diciembre"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn span_names_its_last_day_and_a_year_once() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        let got = days(Language::English, date("2026-03-30"), date("2026-04-27"));
        assert_eq!(got, "30 March to 26 April 2026");
        let got = days(Language::Spanish, date("2025-12-29"), date("2026-01-05"));
        assert_eq!(got, "29 de diciembre de 2025 al 4 de enero de 2026");
        assert_eq!(
            span_of(Language::Spanish, "2026-03-30", "2026-04-27"),
            "30 de marzo al 26 de abril de 2026"
        );
        assert_eq!(span_of(Language::English, "some", "day"), "some – day");
    }
}
