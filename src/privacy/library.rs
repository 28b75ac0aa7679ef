//! The few doors to OpenDP: the measurement, its map, composition and conversion.
//!
//! Losses are what the library's own functions return; no formula of ours stands in for them.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use opendp::{
    accuracy::discrete_gaussian_scale_to_accuracy,
    combinators::{CompositionMeasure, ConcentratedMeasure},
    core::Measurement,
    domains::{AtomDomain, VectorDomain},
    error::Error,
    measurements::make_gaussian,
    measures::ZeroConcentratedDivergence,
    metrics::L2Distance,
};

use super::Rho;

/// The library that draws the noise and computes every loss.
pub const LIBRARY_NAME: &str = "opendp";

/// Its version, pinned in the manifest.
pub const LIBRARY_VERSION: &str = "0.16.0";

/// Why the library did not return a loss. Every number in it is public.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LossError {
    /// The library refused the question.
    #[error("opendp refused to {what}: {message}")]
    Library {
        /// What was asked of it.
        what: &'static str,
        /// What it answered.
        message: String,
    },
    /// The library returned something that is no loss.
    #[error("opendp returned a loss that is not a finite non-negative number ({0})")]
    NotALoss(f64),
    /// Without noise there is no finite loss.
    #[error("sigma is 0 units; give at least 1")]
    NoNoise,
}

pub(super) type Gaussian = Measurement<
    VectorDomain<AtomDomain<i64>>,
    L2Distance<i64>,
    ZeroConcentratedDivergence,
    Vec<i64>,
>;

/// Builds the discrete Gaussian measurement over `cells` integers.
///
/// It is neither `Send` nor `Sync`: build and use it inside one function.
pub(super) fn gaussian(sigma_units: u32, cells: usize) -> Result<Gaussian, LossError> {
    if sigma_units == 0 {
        return Err(LossError::NoNoise);
    }
    make_gaussian(
        VectorDomain::new(AtomDomain::<i64>::default()).with_size(cells),
        L2Distance::<i64>::default(),
        f64::from(sigma_units),
        None,
    )
    .map_err(|error| refused("build the discrete Gaussian", error))
}

/// The loss that `measurement` states for a change of L2 norm `sensitivity_units`.
pub(super) fn map(measurement: &Gaussian, sensitivity_units: u32) -> Result<Rho, LossError> {
    let loss = measurement
        .map(&i64::from(sensitivity_units))
        .map_err(|error| refused("map a sensitivity to a loss", error))?;
    Rho::new(loss).map_err(|_| LossError::NotALoss(loss))
}

/// The library's loss of one release with noise `sigma_units` and L2 sensitivity
/// `sensitivity_units`.
///
/// # Errors
/// When sigma is zero or the library refuses.
///
/// # Units
/// Both arguments in 60ths of a voice.
pub fn loss_of(sigma_units: u32, sensitivity_units: u32) -> Result<Rho, LossError> {
    map(&gaussian(sigma_units, 1)?, sensitivity_units)
}

/// The library's composition of zCDP losses, rounded up at each step.
pub(super) fn compose(losses: &[Rho]) -> Result<Rho, LossError> {
    let total = ZeroConcentratedDivergence
        .compose(losses.iter().map(|loss| loss.get()).collect())
        .map_err(|error| refused("compose losses", error))?;
    Rho::new(total).map_err(|_| LossError::NotALoss(total))
}

/// The library's epsilon at `delta` for a zCDP loss.
///
/// The library searches for it in exact arithmetic, which takes longer than all else that a release
/// does; the same few losses stand in every release, so the last answers are remembered.
pub(super) fn epsilon(rho: Rho, delta: f64) -> Result<f64, LossError> {
    static KNOWN: Mutex<BTreeMap<(u64, u64), f64>> = Mutex::new(BTreeMap::new());
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let question = (rho.to_bits(), delta.to_bits());
    if let Some(epsilon) = known().get(&question) {
        return Ok(*epsilon);
    }
    let epsilon = epsilon_searched(rho, delta)?;
    let mut known = known();
    if known.len() >= KNOWN_MAX {
        known.clear();
    }
    known.insert(question, epsilon);
    Ok(epsilon)
}

/// Conversions that are remembered.
const KNOWN_MAX: usize = 1_024;

fn epsilon_searched(rho: Rho, delta: f64) -> Result<f64, LossError> {
    <ZeroConcentratedDivergence as ConcentratedMeasure>::convert(rho.get())
        .and_then(|profile| profile.epsilon(delta))
        .map_err(|error| refused("convert rho to epsilon", error))
}

/// The library's delta at `epsilon` for a zCDP loss.
pub(super) fn delta(rho: Rho, epsilon: f64) -> Result<f64, LossError> {
    <ZeroConcentratedDivergence as ConcentratedMeasure>::convert(rho.get())
        .and_then(|profile| profile.delta(epsilon))
        .map_err(|error| refused("convert rho to delta", error))
}

/// The library's half-width that the noise stays within but for a chance of `alpha`.
pub(super) fn half_width(sigma_units: f64, alpha: f64) -> Result<f64, LossError> {
    discrete_gaussian_scale_to_accuracy(sigma_units, alpha)
        .map_err(|error| refused("work out an accuracy", error))
}

fn refused(what: &'static str, error: Error) -> LossError {
    let message = error.message.unwrap_or_else(|| error.variant.to_string());
    LossError::Library { what, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn library_version_is_the_one_the_manifest_pins() {
        let pinned = format!("{LIBRARY_NAME} = {{ version = \"={LIBRARY_VERSION}\"");
        let manifest = include_str!("../../Cargo.toml");
        let line = manifest.lines().find(|line| line.starts_with("opendp")).unwrap();
        assert!(line.starts_with(&pinned), "{line}");
        assert!(!line.contains("untrusted") && !line.contains("idealized"), "{line}");
    }

    #[test]
    fn loss_of_one_voice_is_half_the_squared_ratio_and_never_below_it() {
        assert_eq!(loss_of(60, 60).unwrap().get(), 0.5);
        let loss = loss_of(427, 60).unwrap().get();
        assert!(loss * (2.0 * 427.0 * 427.0) >= 3600.0 && loss < 0.009_873_0, "{loss}");
    }

    #[test]
    fn epsilon_remembered_is_the_one_searched_for() {
        for rho in [0.01, 0.088_153, 0.5] {
            let rho = Rho::new(rho).unwrap();
            let searched = epsilon_searched(rho, 1e-6).unwrap();
            assert_eq!(epsilon(rho, 1e-6).unwrap().to_bits(), searched.to_bits());
            assert_eq!(epsilon(rho, 1e-6).unwrap().to_bits(), searched.to_bits());
            assert_ne!(epsilon(rho, 1e-5).unwrap(), searched);
        }
    }

    #[test]
    fn loss_without_noise_is_refused() {
        assert!(matches!(loss_of(0, 60), Err(LossError::NoNoise)));
    }
}
