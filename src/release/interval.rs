//! Intervals for the noise alone: what the data can be, given what was released.

use serde::{Deserialize, Serialize};

use crate::privacy::{Z_95, measuring_voices};

/// A value with the 95 % interval of the privacy noise; it says nothing of who did not speak.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Interval {
    /// Best estimate.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Half the width.
    pub fn half_width(&self) -> f64 {
        (self.high - self.low) / 2.0
    }

    /// Standard deviation of the noise that the width follows from; of a noisy count, not of a ratio.
    pub fn sigma(&self) -> f64 {
        self.half_width() / Z_95
    }

    /// Whether the interval leaves out `value`.
    pub fn excludes(&self, value: f64) -> bool {
        value < self.low || self.high < value
    }
}

/// A noisy count with its interval, which may reach below zero.
///
/// # Units
/// `units` and `sigma` in any one unit; the result in the same.
pub fn voices(units: f64, sigma: f64) -> Interval {
    let half = Z_95 * sigma;
    Interval { value: units, low: units - half, high: units + half }
}

/// Net sentiment (positive - negative) / (negative + neutral + positive) with its Fieller interval;
/// `None` while there are too few voices to divide by.
///
/// # Shape
/// `tones` are the noisy voices negative, neutral, positive, each with independent noise `sigma`.
///
/// # Source
/// E. C. Fieller, "Some problems in interval estimation", JRSS B 16 (1954): all R with
/// (D - R V)^2 <= z^2 (2 sigma^2 + 3 R^2 sigma^2); D and V are uncorrelated because the noise of
/// the two signed tones cancels.
///
/// ```
/// use undertone::release::net_sentiment;
///
/// let sigma_voices = 7.0;
/// let net = net_sentiment([30.0, 50.0, 80.0], sigma_voices).unwrap();
/// assert!((net.value - 50.0 / 160.0).abs() < 1e-12);
/// assert!(net.low > 0.15 && net.high < 0.5, "more are for it than against it");
/// // Ten noisy voices are too few to divide by.
/// assert_eq!(net_sentiment([3.0, 4.0, 3.0], sigma_voices), None);
/// ```
pub fn net_sentiment(tones: [f64; 3], sigma: f64) -> Option<Interval> {
    let [negative, neutral, positive] = tones;
    let (difference, total) = (positive - negative, negative + neutral + positive);
    if total < measuring_voices(sigma) {
        return None;
    }
    let (low, high) = ratio_limits(difference, total, sigma, Z_95)?;
    let clip = |x: f64| x.clamp(-1.0, 1.0);
    Some(Interval { value: clip(difference / total), low: clip(low), high: clip(high) })
}

/// The ends of the Fieller interval of `difference` / `total` at the normal quantile `z`, not cut
/// off at -1 and 1; `None` when `total` is too near to zero for the interval to end.
///
/// # Units
/// `sigma` is the noise of one tone; the difference has variance 2 sigma^2, the total 3 sigma^2.
pub fn ratio_limits(difference: f64, total: f64, sigma: f64, z: f64) -> Option<(f64, f64)> {
    let noise = z * z * sigma * sigma;
    let (a, b, c) =
        (total * total - 3.0 * noise, difference * total, difference * difference - 2.0 * noise);
    let root = (b * b - a * c).max(0.0).sqrt();
    (a > 0.0).then(|| ((b - root) / a, (b + root) / a))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn net_sentiment_with_few_voices_is_measuring() {
        assert_eq!(net_sentiment([2.0, 3.0, 4.0], 6.0), None);
        let just = measuring_voices(6.0);
        assert!(net_sentiment([0.0, just, 0.0], 6.0).is_some());
    }

    #[test]
    fn net_sentiment_interval_agrees_with_the_delta_method_at_many_voices() {
        let got = net_sentiment([300.0, 200.0, 500.0], 6.0).unwrap();
        let ratio: f64 = 0.2;
        let delta = Z_95 * 6.0 * (2.0 + 3.0 * ratio * ratio).sqrt() / 1000.0;
        assert!((got.value - ratio).abs() < 1e-12);
        assert!((got.half_width() - delta).abs() < 1e-3, "{} against {delta}", got.half_width());
    }

    #[test]
    fn ratio_over_a_total_within_its_noise_has_no_limits() {
        assert!(ratio_limits(1.0, 12.0, 2.0, 3.4).is_some());
        assert_eq!(ratio_limits(1.0, 12.0, 2.0, 3.5), None);
    }

    #[test]
    fn net_sentiment_interval_ends_solve_fiellers_equation() {
        let (tones, sigma) = ([40.0, 50.0, 70.0], 7.0);
        let got = net_sentiment(tones, sigma).unwrap();
        for r in [got.low, got.high] {
            let left = (tones[2] - tones[0] - r * tones.iter().sum::<f64>()).powi(2);
            let right = Z_95.powi(2) * sigma.powi(2) * (2.0 + 3.0 * r * r);
            assert!((left - right).abs() < 1e-6 * right, "{left} against {right} at {r}");
        }
    }
}
