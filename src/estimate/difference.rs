//! The difference of two net sentiments, with an interval that holds for many differences at once.
//!
//! Whoever compares forty places looks at 780 differences; single 95 % intervals would call some
//! forty pairs of equal places different. Here all the intervals hold together with 95 %.

use statrs::distribution::{ContinuousCDF, Normal};

use crate::{
    privacy::Z_95,
    release::{Interval, Opinion, net_sentiment, ratio_limits},
};

/// The chance that every one of the intervals holds.
pub const CONFIDENCE: f64 = 0.95;

/// One published net sentiment with what its interval is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Net {
    /// (positive - negative) / voices, within -1 and 1.
    pub ratio: f64,
    /// Voices whose tone was read.
    pub voices: f64,
    /// Noise of one tone, in voices.
    pub sigma: f64,
}

impl Net {
    /// What a release says; `None` while it is measuring.
    pub fn of(opinion: &Opinion) -> Option<Self> {
        let ratio = opinion.net_sentiment.estimate()?.value;
        let sigma = opinion.voices.sigma() / 3f64.sqrt();
        Some(Self { ratio, voices: opinion.voices.value, sigma })
    }

    /// What would be said of these noisy voices, negative, neutral and positive, each with noise
    /// `sigma`; `None` while they are measuring.
    pub fn from_tones(tones: [f64; 3], sigma: f64) -> Option<Self> {
        let ratio = net_sentiment(tones, sigma)?.value;
        Some(Self { ratio, voices: tones.iter().sum(), sigma })
    }

    /// Fieller limits at quantile `z`; `None` when they do not end.
    fn limits(&self, z: f64) -> Option<(f64, f64)> {
        ratio_limits(self.ratio * self.voices, self.voices, self.sigma, z)
    }

    /// 2 + 3 r^2: the variance of positive - negative - r voices, over that of one tone.
    fn spread(&self) -> f64 {
        2.0 + 3.0 * self.ratio * self.ratio
    }
}

/// The quantile at which `comparisons` two-sided intervals hold at once with [`CONFIDENCE`].
///
/// # Source
/// Z. Sidak, "Rectangular confidence regions for the means of multivariate normal distributions",
/// JASA 62 (1967): for normal errors, however correlated, the chance that all |Z_i| <= z is at
/// least the product of the single chances. So each may have CONFIDENCE^(1/m).
pub fn simultaneous_quantile(comparisons: usize) -> f64 {
    if comparisons <= 1 {
        return Z_95;
    }
    // 1 - 0.95^(1/m), without losing digits for a large m.
    let alpha = -(CONFIDENCE.ln() / comparisons as f64).exp_m1();
    -Normal::standard().inverse_cdf(alpha / 2.0)
}

/// `first` - `second` with its interval at quantile `z`.
///
/// `correlation` is that of the two places' noise in one and the same tone: 0 for raw cells and for
/// two windows, other than 0 where levels were reconciled. The two ratios' errors are, to first
/// order, e_i = (d_i - r_i v_i) / V_i, with d_i the noise of positive - negative and v_i that of the
/// sum. The three tones are independent of one another and alike, so with c the covariance of one
/// tone, cov(d_1, d_2) = 2c, cov(v_1, v_2) = 3c, cov(d, v) = 0 and
/// corr(e_1, e_2) = correlation (2 + 3 r_1 r_2) / sqrt((2 + 3 r_1^2) (2 + 3 r_2^2)).
///
/// # Units
/// Net sentiments run from -1 to 1, so a difference from -2 to 2; an interval without an end is cut
/// there.
///
/// # Source
/// G. Y. Zou, A. Donner, "Construction of confidence limits about effect measures: a general
/// approach", Stat. Med. 27 (2008): limits of a difference from the limits of its two terms.
pub fn difference(first: Net, second: Net, correlation: f64, z: f64) -> Interval {
    let value = first.ratio - second.ratio;
    let (Some((low_1, high_1)), Some((low_2, high_2))) = (first.limits(z), second.limits(z)) else {
        return Interval { value, low: -2.0, high: 2.0 };
    };
    let alike = 2.0 + 3.0 * first.ratio * second.ratio;
    let correlation = correlation * alike / (first.spread() * second.spread()).sqrt();
    let reach = |a: f64, b: f64| (a * a + b * b - 2.0 * correlation * a * b).max(0.0).sqrt();
    let below = reach(first.ratio - low_1, high_2 - second.ratio);
    let above = reach(high_1 - first.ratio, second.ratio - low_2);
    Interval { value, low: (value - below).max(-2.0), high: (value + above).min(2.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::{Measure, voices};

    fn net(ratio: f64, voices: f64) -> Net {
        Net { ratio, voices, sigma: 5.0 }
    }

    #[test]
    fn quantile_of_one_comparison_is_the_single_one_and_of_many_is_sidaks() {
        assert_eq!(simultaneous_quantile(1), Z_95);
        assert!((simultaneous_quantile(2) - 2.2365).abs() < 1e-4);
        let forty_places = simultaneous_quantile(780);
        let alone = 1.0 - 2.0 * Normal::standard().cdf(-forty_places);
        assert!((alone.powi(780) - CONFIDENCE).abs() < 1e-9, "{forty_places}");
    }

    #[test]
    fn difference_from_a_place_without_noise_is_that_places_own_interval() {
        let certain = Net { sigma: 1e-9, ..net(0.0, 100.0) };
        let got = difference(net(0.3, 100.0), certain, 0.0, Z_95);
        let tones = [20.0, 30.0, 50.0];
        let alone = net_sentiment(tones, 5.0).unwrap();
        assert!((got.low - alone.low).abs() < 1e-9 && (got.high - alone.high).abs() < 1e-9);
    }

    #[test]
    fn difference_turned_round_is_its_mirror_image() {
        let (a, b) = (net(0.3, 90.0), net(-0.2, 150.0));
        let (there, back) = (difference(a, b, -0.2, 2.5), difference(b, a, -0.2, 2.5));
        assert!((there.low + back.high).abs() < 1e-12 && (there.high + back.low).abs() < 1e-12);
    }

    #[test]
    fn noise_that_pulls_both_the_same_way_narrows_the_difference() {
        let (a, b) = (net(0.3, 90.0), net(0.2, 90.0));
        let width = |correlation| difference(a, b, correlation, 2.0).half_width();
        assert!(width(0.5) < width(0.0) && width(0.0) < width(-0.5));
    }

    #[test]
    fn difference_of_many_voices_agrees_with_the_delta_method_with_correlation() {
        let (a, b) = (net(0.4, 4000.0), net(-0.3, 3000.0));
        let variance = |n: Net| n.spread() / (n.voices * n.voices);
        let shared = -0.3 * (2.0 + 3.0 * a.ratio * b.ratio) / (a.voices * b.voices);
        let delta = 2.0 * 5.0 * (variance(a) + variance(b) - 2.0 * shared).sqrt();
        let got = difference(a, b, -0.3, 2.0).half_width();
        assert!((got - delta).abs() < 1e-3 * delta, "{got} against {delta}");
    }

    #[test]
    fn difference_from_a_place_with_too_few_voices_for_the_quantile_says_nothing() {
        let got = difference(net(0.9, 30.0), net(-0.9, 3000.0), 0.0, 4.0);
        assert_eq!((got.low, got.high), (-2.0, 2.0));
    }

    #[test]
    fn net_reads_its_noise_from_the_published_interval() {
        let opinion = Opinion {
            neighborhood: None,
            district: None,
            topic: None,
            voices: voices(100.0, 5.0 * 3f64.sqrt()),
            net_sentiment: Measure::Estimate(net_sentiment([20.0, 30.0, 50.0], 5.0).unwrap()),
        };
        let got = Net::of(&opinion).unwrap();
        assert!((got.sigma - 5.0).abs() < 1e-12 && (got.ratio - 0.3).abs() < 1e-12);
    }
}
