//! What the silent could change: with nothing assumed of them, and with a factor that the reader
//! declares.

use std::str::FromStr;

use serde::Serialize;

use super::Sides;
use crate::{estimate::simultaneous_quantile, privacy::Z_95, release::Interval};

/// Two ends between which a share of the city lies, and no best guess.
///
/// # Units
/// Shares from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Span {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Span {
    /// Its width.
    pub fn width(&self) -> f64 {
        self.high - self.low
    }
}

/// A factor between the silent residents' odds and the voices', from 1 to 1,000.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct OddsFactor(f64);

/// A number that is no such factor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "found `{0}`; allowed: a factor from 1 (the silent think as the voices do) to 1000, such as 2"
)]
pub struct OddsFactorError(String);

impl OddsFactor {
    /// Checks a factor.
    ///
    /// # Errors
    /// When it is not from 1 to 1,000.
    pub fn new(factor: f64) -> Result<Self, OddsFactorError> {
        match (1.0..=1000.0).contains(&factor) {
            true => Ok(Self(factor)),
            false => Err(OddsFactorError(factor.to_string())),
        }
    }

    /// The factor.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl FromStr for OddsFactor {
    type Err = OddsFactorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim()
            .parse()
            .map_err(|_| OddsFactorError(text.to_owned()))
            .and_then(Self::new)
            .map_err(|_| OddsFactorError(text.to_owned()))
    }
}

/// Where the city's share lies when nothing is assumed of the silent: all of them could stand on
/// either side. The 95 % noise of the voices is allowed for.
///
/// # Source
/// C. F. Manski, "Nonparametric bounds on treatment effects", Am. Econ. Rev. 80 (1990): with r the share
/// of residents who spoke and p the share of these on the positive side, [r p, r p + 1 - r]. Here r p is
/// positive / residents, so a voice that is split over topics counts as the part it is.
pub fn no_assumption(sides: &Sides, residents: u64) -> Span {
    let of_city = |voices: f64| (voices / residents.max(1) as f64).clamp(0.0, 1.0);
    let noise = Z_95 * sides.sigma;
    let low = of_city(sides.positive - noise);
    let high = 1.0 - of_city(sides.negative - noise);
    Span { low, high: high.max(low) }
}

/// How far the silent would have to differ from the voices to turn the sign.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TippingPoint {
    /// The noise does not tell which side the voices are on: there is no sign to turn.
    NoSide {
        /// Share of the positive side among the voices.
        share: Interval,
    },
    /// Silent residents on the other side would turn the sign.
    Turns {
        /// Share of the positive side among the voices.
        share: Interval,
        /// Share of the positive side among the silent at which the city is even.
        silent: Interval,
        /// The distance between the two shares.
        differ_by: Interval,
    },
    /// The city's sign stands even if all the silent were on the other side.
    Holds {
        /// Share of the positive side among the voices.
        share: Interval,
    },
}

/// The tipping point of a subject in a place of so many residents; `None` while the sides are
/// measuring.
///
/// With r the share of residents heard, p the voices' share and s that of the silent, the city is even
/// at r p + (1 - r) s = 1/2, so |p - s| = |p - 1/2| / (1 - r). Either interval inside holds with 95 % or
/// more: one is made from limits of the two sides, one from limits of p and r, each at Sidak's quantile
/// for two.
pub fn tipping_point(sides: &Sides, residents: u64) -> Option<TippingPoint> {
    let share = sides.share()?;
    if !share.excludes(0.5) {
        return Some(TippingPoint::NoSide { share });
    }
    let z = simultaneous_quantile(2);
    let (winning, losing) = match share.value > 0.5 {
        true => (sides.positive, sides.negative),
        false => (sides.negative, sides.positive),
    };
    let noise = z * sides.sigma;
    let of_city = |voices: f64| (voices / residents.max(1) as f64).clamp(0.0, 1.0);
    // Share of the winning side among the silent that makes the city even.
    let even = |winning: f64, losing: f64| {
        let silent = (1.0 - of_city(winning) - of_city(losing)).max(f64::EPSILON);
        ((0.5 - of_city(winning)) / silent).clamp(0.0, 1.0)
    };
    if of_city(winning) >= 0.5 {
        return Some(TippingPoint::Holds { share });
    }
    let mut silent = Interval {
        value: even(winning, losing),
        low: even(winning + noise, losing - noise),
        high: even(winning - noise, losing + noise),
    };
    if share.value < 0.5 {
        silent =
            Interval { value: 1.0 - silent.value, low: 1.0 - silent.high, high: 1.0 - silent.low };
    }
    let wide = sides.share_at(z)?;
    let lead = |share: f64| (share - 0.5).abs();
    let (near, far) = match share.value > 0.5 {
        true => (wide.low.max(0.5), wide.high),
        false => (wide.high.min(0.5), wide.low),
    };
    let rate = |noise: f64| of_city(sides.voices() + noise).min(1.0 - f64::EPSILON);
    let rate_noise = noise * 2f64.sqrt();
    let by = |lead: f64, rate: f64| (lead / (1.0 - rate)).min(1.0);
    let differ_by = Interval {
        value: by(lead(share.value), rate(0.0)),
        low: by(lead(near), rate(-rate_noise)),
        high: by(lead(far), rate(rate_noise)),
    };
    Some(TippingPoint::Turns { share, silent, differ_by })
}

/// Where the city's share lies when the silent residents' odds are within `factor` of the voices' odds,
/// either way; `None` while the sides are measuring. The 95 % noise of the voices is allowed for.
///
/// It fails when the true factor is larger: whoever shows it names the factor.
pub fn declared_odds(sides: &Sides, residents: u64, factor: OddsFactor) -> Option<Span> {
    let share = sides.share()?;
    let rate = (sides.voices() - Z_95 * 2f64.sqrt() * sides.sigma) / residents.max(1) as f64;
    let rate = rate.clamp(0.0, 1.0);
    let city = |share: f64, factor: f64| {
        let silent = share * factor / (1.0 - share + share * factor);
        rate * share + (1.0 - rate) * silent
    };
    Some(Span { low: city(share.low, 1.0 / factor.0), high: city(share.high, factor.0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESIDENTS: u64 = 20_000;

    /// 1,200 voices of 20,000 residents, so that r is 6 %.
    fn sides(positive_share: f64, sigma: f64) -> Sides {
        let voices = 1200.0;
        let positive = voices * positive_share;
        Sides { positive, negative: voices - positive, sigma }
    }

    #[test]
    fn bounds_without_assumption_are_manskis_and_as_wide_as_the_silent_are_many() {
        let got = no_assumption(&sides(0.46, 1e-9), RESIDENTS);
        assert!((got.low - 0.06 * 0.46).abs() < 1e-9 && (got.width() - 0.94).abs() < 1e-9);
        let noisy = no_assumption(&sides(0.46, 10.0), RESIDENTS);
        assert!(noisy.low < got.low && noisy.high > got.high);
    }

    #[test]
    fn bounds_of_a_place_where_noise_counts_more_voices_than_residents_stay_shares() {
        let got = no_assumption(&sides(0.9, 3.0), 1000);
        assert!(got.low == 1.0 && got.high == 1.0, "{got:?}");
    }

    #[test]
    fn tipping_point_makes_the_city_even() {
        let Some(TippingPoint::Turns { share, silent, differ_by }) =
            tipping_point(&sides(0.7, 5.0), RESIDENTS)
        else {
            panic!("a clear lead of few voices can be turned")
        };
        let rate = 0.06;
        assert!((rate * share.value + (1.0 - rate) * silent.value - 0.5).abs() < 1e-12);
        assert!((differ_by.value - (share.value - silent.value)).abs() < 1e-12);
        for interval in [silent, differ_by] {
            assert!(interval.low < interval.value && interval.value < interval.high);
        }
    }

    #[test]
    fn tipping_point_of_the_other_side_is_the_mirror_image() {
        let turns = |share| match tipping_point(&sides(share, 5.0), RESIDENTS) {
            Some(TippingPoint::Turns { silent, differ_by, .. }) => (silent, differ_by),
            other => panic!("{other:?}"),
        };
        let ((there, by), (back, back_by)) = (turns(0.7), turns(0.3));
        assert!(
            (there.low + back.high - 1.0).abs() < 1e-9 && (by.value - back_by.value).abs() < 1e-9
        );
        assert!((by.low - back_by.low).abs() < 1e-9 && (by.high - back_by.high).abs() < 1e-9);
    }

    #[test]
    fn voices_within_the_noise_have_no_sign_and_a_majority_of_residents_cannot_be_turned() {
        let even = tipping_point(&sides(0.51, 20.0), RESIDENTS);
        assert!(matches!(even, Some(TippingPoint::NoSide { .. })), "{even:?}");
        let most = tipping_point(&sides(0.9, 5.0), 2000);
        assert!(matches!(most, Some(TippingPoint::Holds { .. })), "{most:?}");
        assert_eq!(tipping_point(&sides(0.9, 300.0), RESIDENTS), None);
    }

    #[test]
    fn declared_odds_at_factor_one_are_the_voices_and_widths_are_those_of_the_design() {
        let one = declared_odds(&sides(0.5, 1e-9), RESIDENTS, OddsFactor::new(1.0).unwrap());
        assert!(one.unwrap().width() < 1e-9);
        // At 6 % participation of an even city; the design says .19, .31 and .45 of a share near .5.
        for (factor, width) in [(1.5, 0.19), (2.0, 0.31), (3.0, 0.47)] {
            let factor = OddsFactor::new(factor).unwrap();
            let got = declared_odds(&sides(0.5, 1e-9), RESIDENTS, factor).unwrap().width();
            assert!((got - width).abs() < 0.01, "{factor:?} {got}");
        }
    }

    #[test]
    fn odds_factor_is_read_and_nonsense_is_refused_as_written() {
        assert_eq!("2".parse::<OddsFactor>().unwrap().get(), 2.0);
        for nonsense in ["0.5", "two", "NaN", "inf", "-3"] {
            let error = nonsense.parse::<OddsFactor>().unwrap_err();
            assert!(error.to_string().contains(nonsense), "{error}");
        }
    }
}
