//! The release mechanism's noise without anybody's counts, to simulate what it does to estimates.
//!
//! It is the same measurement over zeros. It is not a release: no count goes in.

use super::{MechanismError, library::gaussian};

/// Draws the noise that a release with `sigma_units` would add to each of `cells` cells.
///
/// # Errors
/// When the library refuses to build the measurement or to draw.
///
/// # Units
/// 60ths of a voice, or those of `sigma_units`.
///
/// # Privacy
/// Reads nothing, so it costs nothing.
pub fn noise_alone(sigma_units: u32, cells: usize) -> Result<Vec<i64>, MechanismError> {
    let measurement = gaussian(sigma_units, cells)?;
    measurement.invoke(&vec![0; cells]).map_err(|_| MechanismError::Draw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::LossError;

    /// The mean square of 20,000 draws leaves 6.2 of its standard deviations around sigma^2 less
    /// than once in a billion runs.
    #[test]
    fn noise_alone_has_the_sigma_asked_for() {
        let noise = noise_alone(427, 20_000).unwrap();
        let square = |x: &i64| (*x as f64 / 427.0).powi(2);
        let mean = noise.iter().map(square).sum::<f64>() / 20_000.0;
        assert!((mean - 1.0).abs() < 6.2 * (2.0 / 20_000f64).sqrt(), "{mean}");
    }

    #[test]
    fn noise_of_sigma_zero_is_refused() {
        assert!(matches!(noise_alone(0, 1), Err(MechanismError::Loss(LossError::NoNoise))));
    }
}
