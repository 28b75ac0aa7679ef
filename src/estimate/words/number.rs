//! Numbers with their ranges, rounded for reading: ends outwards, so that a range never claims more
//! than was released.

use super::Language;
use crate::release::Interval;

/// Decimals of a percentage: one where the range is narrower than two points.
fn decimals(low: f64, high: f64) -> usize {
    usize::from((high - low).abs() < 0.02)
}

/// `46 % (43 to 48 %)`.
pub(super) fn percent(share: Interval, language: Language) -> String {
    let clipped = |x: f64| x.clamp(0.0, 1.0);
    let places = decimals(share.low, share.high);
    let value = fixed(100.0 * clipped(share.value), places, language);
    format!("{value} % ({})", span(clipped(share.low), clipped(share.high), language))
}

/// `43 to 48 %`.
pub(super) fn span(low: f64, high: f64, language: Language) -> String {
    let places = decimals(low, high);
    let low = at_least(100.0 * low, places, language);
    let high = at_most(100.0 * high, places, language);
    match language {
        Language::English => format!("{low} to {high} %"),
        Language::Spanish => format!("{low} a {high} %"),
    }
}

/// Points of a percentage, without a sign: `7 points (5 to 9)`.
pub(super) fn points(by: Interval, language: Language) -> String {
    let (a, b) = (by.low.abs(), by.high.abs());
    let places = decimals(by.low, by.high);
    let crosses = by.low < 0.0 && by.high > 0.0;
    let (low, high) = match crosses {
        true => (by.low, by.high),
        false => (a.min(b), a.max(b)),
    };
    let value = if crosses { by.value } else { by.value.abs() };
    let number = |x: f64| fixed(x, places, language);
    let (value, low, high) = (
        number(100.0 * value),
        number(outwards(100.0 * low, places, f64::floor)),
        number(outwards(100.0 * high, places, f64::ceil)),
    );
    match language {
        Language::English => format!("{value} points ({low} to {high})"),
        Language::Spanish => format!("{value} puntos ({low} a {high})"),
    }
}

/// A number of people: `1,234 (1,210 to 1,259)`. Rounded and not below zero, for reading.
pub(super) fn people(count: Interval, language: Language) -> String {
    let number = |x: f64| grouped(x.max(0.0), language);
    let (value, low, high) =
        (number(count.value.round()), number(count.low.floor()), number(count.high.ceil()));
    match language {
        Language::English => format!("{value} ({low} to {high})"),
        Language::Spanish => format!("{value} ({low} a {high})"),
    }
}

/// A plain number with two decimals and its range: `1.20 (1.17 to 1.22)`.
pub(super) fn plain(number: Interval, language: Language) -> String {
    let (low, high) = (at_least(number.low, 2, language), at_most(number.high, 2, language));
    let value = fixed(number.value, 2, language);
    match language {
        Language::English => format!("{value} ({low} to {high})"),
        Language::Spanish => format!("{value} ({low} a {high})"),
    }
}

/// A difference that leaves out zero, without its sign: `0.31`, and from how much to how much. The lower end gets
/// the decimals that keep it off the zero that it leaves out, as long as four do.
pub(super) fn magnitude(difference: Interval, language: Language) -> (String, String, String) {
    let (a, b) = (difference.low.abs(), difference.high.abs());
    let low = a.min(b);
    let places = (2..4).find(|places| outwards(low, *places, f64::floor) > 0.0).unwrap_or(4);
    let by = fixed(difference.value.abs(), 2, language);
    (by, at_least(low, places, language), at_most(a.max(b), 2, language))
}

/// The low end of a range, rounded down.
pub(super) fn at_least(low: f64, places: usize, language: Language) -> String {
    fixed(outwards(low, places, f64::floor), places, language)
}

/// The high end of a range, rounded up.
pub(super) fn at_most(high: f64, places: usize, language: Language) -> String {
    fixed(outwards(high, places, f64::ceil), places, language)
}

/// A factor as its author wrote it: `2`, `1.5`.
pub(super) fn factor(number: f64, language: Language) -> String {
    separated(format!("{number}"), language)
}

/// A number with so many decimals.
pub(super) fn fixed(number: f64, places: usize, language: Language) -> String {
    separated(format!("{:.places$}", number + 0.0), language)
}

/// A whole number in groups of three digits.
pub(super) fn grouped(number: f64, language: Language) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 && text != "-" {
            text.push(if language == Language::English { ',' } else { '.' });
        }
        text.push(digit);
    }
    text
}

fn separated(text: String, language: Language) -> String {
    match language {
        Language::English => text,
        Language::Spanish => text.replace('.', ","),
    }
}

/// Rounded at a decimal place, with a little room for what floats cannot hold.
fn outwards(number: f64, places: usize, round: fn(f64) -> f64) -> f64 {
    let scale = 10f64.powi(places as i32);
    let scaled = number * scale;
    let near = scaled.round();
    if (scaled - near).abs() < 1e-9 { near / scale } else { round(scaled) / scale }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: Language = Language::English;
    const SPANISH: Language = Language::Spanish;

    #[test]
    fn ends_are_rounded_outwards_and_narrow_ranges_get_a_decimal() {
        let wide = Interval { value: 0.4604, low: 0.4391, high: 0.4801 };
        assert_eq!(percent(wide, ENGLISH), "46 % (43 to 49 %)");
        let narrow = Interval { value: 0.0612, low: 0.06041, high: 0.06209 };
        assert_eq!(percent(narrow, SPANISH), "6,1 % (6,0 a 6,3 %)");
        assert_eq!(span(0.3, 0.62, ENGLISH), "30 to 62 %", "a round end stays");
    }

    #[test]
    fn magnitude_has_no_sign_and_ends_rounded_outwards() {
        let told = |low, value, high| magnitude(Interval { value, low, high }, ENGLISH);
        let texts = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
        assert_eq!(told(0.106, 0.31, 0.524), texts("0.31", "0.10", "0.53"));
        assert_eq!(told(-0.524, -0.31, -0.106), texts("0.31", "0.10", "0.53"));
        assert_eq!(told(0.0047, 0.1, 0.2), texts("0.10", "0.004", "0.20"));
        assert_eq!(
            (at_least(1.26, 1, ENGLISH), at_most(1.21, 1, SPANISH)),
            ("1.2".into(), "1,3".into())
        );
    }

    #[test]
    fn points_lose_their_sign_unless_the_range_crosses_zero() {
        let fell = Interval { value: -0.05, low: -0.082, high: -0.021 };
        assert_eq!(points(fell, ENGLISH), "5 points (2 to 9)");
        let even = Interval { value: -0.01, low: -0.042, high: 0.021 };
        assert_eq!(points(even, SPANISH), "-1 puntos (-5 a 3)");
    }

    #[test]
    fn people_are_grouped_in_the_languages_way_and_never_negative() {
        let count = Interval { value: 1234.4, low: -3.0, high: 1_258_006.2 };
        assert_eq!(people(count, ENGLISH), "1,234 (0 to 1,258,007)");
        assert_eq!(people(count, SPANISH), "1.234 (0 a 1.258.007)");
        assert_eq!(factor(1.5, SPANISH), "1,5");
    }
}
