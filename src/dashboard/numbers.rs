//! Numbers on a page. Each carries the exact one beside it: `<data class="released" value="…">` is
//! a number of a release file, digit for digit; `derived` was worked out from several.
//!
//! What is shown is rounded for reading, the ends of an interval outwards.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use maud::{Markup, html};

use super::tongue::Tongue;
use crate::{
    estimate::words,
    release::{Interval, rounded, rounded_end},
};

/// Where a number comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// It stands in a release file as it is.
    Released,
    /// It was worked out from released and public numbers.
    Derived,
}

impl Origin {
    fn class(self) -> &'static str {
        match self {
            Self::Released => "released",
            Self::Derived => "derived",
        }
    }
}

/// A number as JSON writes it: as it stands in a release file.
pub(super) fn exact(value: f64) -> String {
    serde_json::to_string(&value).unwrap_or_default()
}

/// A number with its exact value beside it.
pub(super) fn datum(shown: &str, value: f64, origin: Origin) -> Markup {
    html! { data class=(origin.class()) value=(exact(value)) { (shown) } }
}

/// Which way a number is rounded.
#[derive(Clone, Copy)]
pub(super) enum Towards {
    /// The nearest.
    Nearest,
    /// Below: the low end of an interval.
    Down,
    /// Above: the high end.
    Up,
}

impl Towards {
    fn apply(self) -> fn(f64) -> f64 {
        match self {
            Self::Nearest => f64::round,
            Self::Down => f64::floor,
            Self::Up => f64::ceil,
        }
    }
}

/// A net sentiment or a difference of two, with its sign and two digits; with three where two would
/// put an end of an interval on the zero that it leaves out.
pub(super) fn signed(value: f64, towards: Towards) -> String {
    let text = match towards {
        Towards::Nearest => rounded(value, 2, f64::round),
        Towards::Down | Towards::Up => rounded_end(value, towards.apply()),
    };
    if text.starts_with('-') {
        text.replacen('-', "\u{2212}", 1)
    } else if text.trim_start_matches(['0', '.']).is_empty() {
        text
    } else {
        format!("+{text}")
    }
}

/// How far an interval reaches either way of its middle, with two digits: `±0.24`.
pub(super) fn around(half: f64) -> String {
    format!("±{}", rounded(half, 2, f64::ceil))
}

/// A share in percent, with one digit after the point.
pub(super) fn percent(tongue: Tongue, value: f64, towards: Towards) -> String {
    let text = rounded(100.0 * value, 1, towards.apply()).replace('-', "\u{2212}");
    tongue.pick(text.clone(), text.replace('.', ","))
}

/// A count of voices or residents, its thousands apart.
pub(super) fn whole(value: f64, towards: Towards) -> String {
    let text = rounded(value, 0, towards.apply());
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |d| ("\u{2212}", d));
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}")
}

/// The range of a net sentiment or a difference: `+0.06 to +0.22`.
pub(super) fn net_range(tongue: Tongue, net: Interval, origin: Origin) -> Markup {
    html! {
        (datum(&signed(net.low, Towards::Down), net.low, origin))
        " " (tongue.pick("to", "a")) " "
        (datum(&signed(net.high, Towards::Up), net.high, origin))
    }
}

/// A net sentiment and its range without markup, for a chart.
pub(super) fn net_text(tongue: Tongue, net: Interval) -> [String; 2] {
    let (low, high) = (signed(net.low, Towards::Down), signed(net.high, Towards::Up));
    [signed(net.value, Towards::Nearest), format!("{low} {} {high}", tongue.pick("to", "a"))]
}

/// A noisy count, never shown below zero: `about 1 620 (1 580 to 1 660)`.
pub(super) fn count(tongue: Tongue, voices: Interval, origin: Origin) -> Markup {
    let shown = |value: f64, towards| whole(value.max(0.0), towards);
    html! {
        (tongue.pick("about", "unas")) " "
        (datum(&shown(voices.value, Towards::Nearest), voices.value, origin)) " "
        span.range {
            "(" (datum(&shown(voices.low, Towards::Down), voices.low, origin))
            " " (tongue.pick("to", "a")) " "
            (datum(&shown(voices.high, Towards::Up), voices.high, origin)) ")"
        }
    }
}

/// A day: `6 April 2026`.
pub(super) fn day(tongue: Tongue, date: Date) -> String {
    words::day(tongue.language(), date)
}

/// The first and last day of a span that ends before `until`: `9 March to 29 March 2026`.
pub(super) fn days(tongue: Tongue, from: Date, until: Date) -> String {
    words::days(tongue.language(), from, until)
}

/// A day on an axis: `6 Apr`.
pub(super) fn day_short(tongue: Tongue, date: Date) -> String {
    words::day_short(tongue.language(), date)
}

/// An instant on the city's clock: `4 May 2026, 00:00`.
pub(super) fn instant(tongue: Tongue, at: Timestamp, zone: &TimeZone) -> String {
    let local = zone.to_datetime(at);
    let time = local.time();
    format!("{}, {:02}:{:02}", day(tongue, local.date()), time.hour(), time.minute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interval_is_rounded_outwards_and_zero_has_no_sign() {
        let net = Interval { value: 0.1349, low: 0.0601, high: 0.2001 };
        assert_eq!(net_text(Tongue::English, net), ["+0.13", "+0.06 to +0.21"]);
        let net = Interval { value: 0.03, low: 0.0041, high: 0.05 };
        assert_eq!(net_text(Tongue::English, net), ["+0.03", "+0.004 to +0.05"]);
        let net = Interval { value: -0.001, low: -0.001, high: 0.0 };
        assert_eq!(net_text(Tongue::Spanish, net), ["0.00", "\u{2212}0.01 a 0.00"]);
    }

    #[test]
    fn counts_have_their_thousands_apart() {
        assert_eq!(whole(1_234_567.4, Towards::Nearest), "1\u{202f}234\u{202f}567");
        assert_eq!(whole(-12.0, Towards::Nearest), "\u{2212}12");
    }

    #[test]
    fn instant_is_told_on_the_citys_clock() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let at = "2026-05-04T04:00:00Z".parse().unwrap();
        assert_eq!(instant(Tongue::English, at, &zone), "4 May 2026, 00:00");
    }
}
