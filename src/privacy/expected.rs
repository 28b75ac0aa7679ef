//! What a family will be good for, from the plan alone: printed before the city spends anything.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};

use super::{Family, LossError, library};
use crate::domain::VOICE_UNITS;

/// The expected error of one family. Floats for people; nothing decides by them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExpectedError {
    /// Cells, all of which are released.
    pub cells: usize,
    /// Standard deviation of the noise in a cell, in voices.
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
    /// Works out the expected error of `family`.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn of(family: &Family) -> Result<Self, LossError> {
        let units = f64::from(VOICE_UNITS);
        let sigma_units = f64::from(family.sigma_units());
        let half_width = library::half_width(sigma_units, 0.05)?;
        let sigma_voices = sigma_units / units;
        Ok(Self {
            cells: family.schema().len(),
            sigma_voices,
            cell_half_width_voices: half_width / units,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::plan::tests::plan;

    #[test]
    fn expected_error_of_the_default_plan_is_that_of_the_design() {
        let plan = plan();
        let pulse = ExpectedError::of(&plan.families()[0]).unwrap();
        assert!((pulse.cell_half_width_voices - 14.0).abs() < 0.2, "{pulse:?}");
        assert!((pulse.net_half_width(192.0).unwrap() - 0.10).abs() < 0.005, "{pulse:?}");
        let detail = ExpectedError::of(&plan.families()[2]).unwrap();
        assert!((detail.net_half_width(104.0).unwrap() - 0.12).abs() < 0.01, "{detail:?}");
    }

    #[test]
    fn net_sentiment_of_a_handful_of_voices_is_not_promised() {
        let pulse = ExpectedError::of(&plan().families()[0]).unwrap();
        assert_eq!(pulse.net_half_width(5.0), None);
        assert!(pulse.net_half_width(pulse.measuring_voices).is_some());
    }

    #[test]
    fn place_at_the_threshold_measures_every_other_time_and_a_crowded_one_never() {
        let pulse = ExpectedError::of(&plan().families()[0]).unwrap();
        assert!((pulse.measuring_chance(pulse.measuring_voices) - 0.5).abs() < 1e-9);
        assert!(pulse.measuring_chance(0.0) > 0.9999);
        assert!(pulse.measuring_chance(3.0 * pulse.measuring_voices) < 1e-9);
    }
}
