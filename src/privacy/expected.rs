//! What a family will be good for, from the plan alone: printed before the city spends anything.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};

use super::{Family, LevelNoise, LossError, Node, PlaceTree, PrefixMatrix, library};
use crate::domain::{KeySet, Level, VOICE_UNITS};

/// The expected error of one family. Floats for people; nothing decides by them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExpectedError {
    /// Cells of all levels, all of which are released.
    pub cells: usize,
    /// Standard deviation of a cell's estimate, in voices.
    pub sigma_voices: f64,
    /// Half-width of the 95 % interval of a cell, in voices, by the library.
    pub cell_half_width_voices: f64,
    /// Below so many noisy voices, net sentiment is not published ("measuring").
    pub measuring_voices: f64,
}

/// The noisy voices over three tones from which a ratio of them is published: four of the sum's own
/// sigmas.
///
/// # Units
/// `sigma_voices` is the noise of one cell, in voices.
pub fn measuring_voices(sigma_voices: f64) -> f64 {
    4.0 * sigma_voices * 3.0_f64.sqrt()
}

/// Two-sided 95 % quantile of the standard normal.
pub const Z_95: f64 = 1.959_963_984_540_054;

impl ExpectedError {
    /// Works out the expected error of `family` at its finest level: of a place reconciled with the
    /// wider levels, and of the last running total of a run.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn of(family: &Family, keys: &KeySet) -> Result<Self, LossError> {
        let units = f64::from(VOICE_UNITS);
        let sigma_units = f64::from(family.sigma_units());
        let sigma_voices = sigma_units / units * reduction(family, keys);
        let half_width = library::half_width(sigma_units, 0.05)? / sigma_units;
        Ok(Self {
            cells: family.layers().iter().map(|layer| layer.cells).sum(),
            sigma_voices,
            cell_half_width_voices: half_width * sigma_voices,
            measuring_voices: measuring_voices(sigma_voices),
        })
    }

    /// Half-width of the 95 % interval of net sentiment (positive less negative, over all three
    /// tones) in a place with `voices` expected voices and balanced tones: Fieller's, whose limits
    /// are then +-z sigma sqrt(2) / sqrt(voices^2 - 3 z^2 sigma^2).
    ///
    /// `None` below [`ExpectedError::measuring_voices`], where nothing is published.
    ///
    /// # Units
    /// Net sentiment runs from -1 to 1.
    pub fn net_half_width(&self, voices: f64) -> Option<f64> {
        let noise = Z_95 * self.sigma_voices;
        let enough = voices >= self.measuring_voices;
        enough.then(|| noise * 2.0_f64.sqrt() / (voices * voices - 3.0 * noise * noise).sqrt())
    }

    /// The chance that a place with `voices` true voices reads "measuring".
    pub fn measuring_chance(&self, voices: f64) -> f64 {
        let sigma_of_sum = self.sigma_voices * 3.0_f64.sqrt();
        Normal::standard().cdf((self.measuring_voices - voices) / sigma_of_sum)
    }
}

/// The tree of a family that measures several levels of place, in voices.
pub(super) fn tree(family: &Family, keys: &KeySet) -> Option<PlaceTree> {
    let variance = |level: Level| {
        let layer = family.layers().iter().find(|layer| layer.level == level)?;
        Some((f64::from(layer.sigma_units) / f64::from(VOICE_UNITS)).powi(2))
    };
    let (district, city) = (variance(Level::District), variance(Level::City));
    if family.layers().len() < 2 {
        return None;
    }
    let noise = LevelNoise { leaf: variance(Level::Neighborhood)?, district, city };
    let districts = keys.district_of().ok()?;
    let district_of = district.map(|_| districts.as_slice());
    PlaceTree::new(keys.neighborhoods.len(), district_of, noise).ok()
}

/// What decoding makes of the released noise: below one where levels help each other, and what a
/// running total weighs.
fn reduction(family: &Family, keys: &KeySet) -> f64 {
    let run = family.spec().to_date_windows.and_then(|run| PrefixMatrix::new(run).ok());
    if let Some(matrix) = run {
        return matrix.variance_factor(matrix.steps() - 1).sqrt();
    }
    let Some(tree) = tree(family, keys) else { return 1.0 };
    let places = keys.neighborhoods.len();
    let mean = (0..places).map(|at| tree.variance(Node::Leaf(at))).sum::<f64>() / places as f64;
    mean.sqrt() * f64::from(VOICE_UNITS) / f64::from(family.sigma_units())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::{keys_for_tests, plan::tests::plan};

    #[test]
    fn expected_error_of_the_default_plan_is_that_of_the_design() {
        let plan = plan();
        let pulse = ExpectedError::of(&plan.families()[0], &keys_for_tests()).unwrap();
        assert!((pulse.cell_half_width_voices - 14.0).abs() < 0.2, "{pulse:?}");
        assert!((pulse.net_half_width(192.0).unwrap() - 0.10).abs() < 0.005, "{pulse:?}");
        let detail = ExpectedError::of(&plan.families()[2], &keys_for_tests()).unwrap();
        assert!((detail.net_half_width(104.0).unwrap() - 0.12).abs() < 0.01, "{detail:?}");
    }

    #[test]
    fn net_sentiment_of_a_handful_of_voices_is_not_promised() {
        let pulse = ExpectedError::of(&plan().families()[0], &keys_for_tests()).unwrap();
        assert_eq!(pulse.net_half_width(5.0), None);
        assert!(pulse.net_half_width(pulse.measuring_voices).is_some());
    }

    #[test]
    fn net_half_width_solves_fiellers_equation_at_balanced_tones() {
        let pulse = ExpectedError::of(&plan().families()[0], &keys_for_tests()).unwrap();
        let (voices, noise) = (60.0, (Z_95 * pulse.sigma_voices).powi(2));
        let half = pulse.net_half_width(voices).unwrap();
        assert!((half * half * (voices * voices - 3.0 * noise) - 2.0 * noise).abs() < 1e-9);
    }

    #[test]
    fn place_at_the_threshold_measures_every_other_time_and_a_crowded_one_never() {
        let pulse = ExpectedError::of(&plan().families()[0], &keys_for_tests()).unwrap();
        assert!((pulse.measuring_chance(pulse.measuring_voices) - 0.5).abs() < 1e-9);
        assert!(pulse.measuring_chance(0.0) > 0.9999);
        assert!(pulse.measuring_chance(3.0 * pulse.measuring_voices) < 1e-9);
    }
}
