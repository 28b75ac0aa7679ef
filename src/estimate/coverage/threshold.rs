//! What the "measuring" rule does to the places near it.
//!
//! A place with too few voices is published only when its noise was large and upward, and then its
//! voices look like more than they are. The Fieller interval does not know of this selection: given
//! that such a place is published at all, its interval holds less often than 95 %. What stays true
//! is that a place is published with a wrong interval at most in one case of twenty.

use serde::Serialize;

use super::{CoverageError, UNIT};
use crate::{
    privacy::{measuring_voices, noise_alone},
    release::net_sentiment,
};

/// A place of net sentiment -0.5 with a share of the voices from which one would be published.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ThresholdRow {
    /// True voices, as a share of those needed.
    pub voices_share: f64,
    /// How often it is published.
    pub published: f64,
    /// How often the interval holds, of the times it is published.
    pub coverage_if_published: f64,
    /// How often it is published with an interval that does not hold.
    pub wrong: f64,
    /// Whether that is once in twenty at most, with room for the error of the simulation.
    pub holds: bool,
}

/// Noise of one cell; only its ratio to the voices matters.
const SIGMA_UNITS: u32 = 600;

/// Simulates places from half to one and a half times the voices needed.
pub(super) fn simulate(repetitions: u32) -> Result<Vec<ThresholdRow>, CoverageError> {
    [0.5, 0.75, 1.0, 1.25, 1.5].into_iter().map(|share| row(share, 40 * repetitions)).collect()
}

fn row(voices_share: f64, draws: u32) -> Result<ThresholdRow, CoverageError> {
    let sigma = f64::from(SIGMA_UNITS) / UNIT;
    let voices = voices_share * measuring_voices(sigma);
    let truth = [0.625, 0.25, 0.125].map(|share| share * voices);
    let (mut published, mut wrong) = (0u32, 0u32);
    for noise in noise_alone(SIGMA_UNITS, 3 * draws as usize)?.chunks(3) {
        let tones = [0, 1, 2].map(|t| truth[t] + noise[t] as f64 / UNIT);
        if let Some(net) = net_sentiment(tones, sigma) {
            published += 1;
            wrong += u32::from(net.excludes(-0.5));
        }
    }
    let share = |count: u32, of: u32| f64::from(count) / f64::from(of.max(1));
    let wrong_share = share(wrong, draws);
    let error = 2.0 * (wrong_share * (1.0 - wrong_share) / f64::from(draws)).sqrt();
    Ok(ThresholdRow {
        voices_share,
        published: share(published, draws),
        coverage_if_published: 1.0 - share(wrong, published),
        wrong: wrong_share,
        holds: wrong_share - error <= 0.05,
    })
}
