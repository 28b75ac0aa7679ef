//! Numbers and days for people: rounded for reading, the ends of an interval outwards.

use jiff::civil::Date;

use crate::release::{Interval, rounded, rounded_end};

/// A net sentiment or a difference of two: `+0.07`.
pub(super) fn signed(value: f64) -> String {
    with_sign(rounded(value, 2, f64::round))
}

/// The ends of an interval: `[-0.12, +0.07]`; with three digits where two would put an end on the
/// zero that it leaves out.
pub(super) fn ends(interval: Interval) -> String {
    let (low, high) =
        (rounded_end(interval.low, f64::floor), rounded_end(interval.high, f64::ceil));
    format!("[{}, {}]", with_sign(low), with_sign(high))
}

fn with_sign(text: String) -> String {
    if text.starts_with('-') { text } else { format!("+{text}") }
}

/// A noisy count, never below zero: `120 ± 31`, or `0, at most 14`.
pub(super) fn count(voices: Interval) -> String {
    let value = voices.value.round() + 0.0;
    match value < 0.0 {
        true => format!("0, at most {:.0}", voices.high.max(0.0).ceil()),
        false => format!("{value:.0} ± {:.0}", voices.half_width().ceil()),
    }
}

/// First and last day of a span that ends before `until`: `2026-04-20 to 2026-04-26`.
pub(super) fn days(from: &str, until: &str) -> String {
    let last = until.parse::<Date>().ok().and_then(|until| until.yesterday().ok());
    format!("{from} to {}", last.map_or_else(|| until.to_owned(), |last| last.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_rounded_outwards_and_keep_off_the_zero_they_leave_out() {
        let told = |low, high| ends(Interval { value: 0.0, low, high });
        assert_eq!(told(-0.1111, 0.0612), "[-0.12, +0.07]");
        assert_eq!(told(0.0041, 0.05), "[+0.004, +0.05]");
        assert_eq!(told(-0.25, -0.0041), "[-0.25, -0.004]");
        assert_eq!(told(0.0, 0.27), "[+0.00, +0.27]");
        assert_eq!((signed(-0.001), signed(0.128)), ("+0.00".into(), "+0.13".into()));
    }

    #[test]
    fn count_below_zero_is_none_and_at_most_its_high_end() {
        let told = |value, half| count(Interval { value, low: value - half, high: value + half });
        assert_eq!(told(-17.2, 30.0), "0, at most 13");
        assert_eq!(told(-40.0, 30.0), "0, at most 0");
        assert_eq!(told(-0.3, 30.2), "0 ± 31");
        assert_eq!(told(120.4, 30.0), "120 ± 30");
    }

    #[test]
    fn days_name_the_last_one() {
        assert_eq!(days("2026-04-20", "2026-04-27"), "2026-04-20 to 2026-04-26");
        assert_eq!(days("some", "day"), "some to day");
    }
}
