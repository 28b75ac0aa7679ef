//! The one mechanism: discrete Gaussian noise from the operating system's randomness, by OpenDP.

use zeroize::Zeroizing;

use super::{
    ExactCounts, Family, Layer, LossError, NoisyCounts,
    library::{gaussian, map},
};

/// A mechanism for one release of one family; it is used up by it.
///
/// # Privacy
/// Adding or removing one voice changes the counts of every level by at most
/// [`Family::sensitivity_units`] in L2, so one release costs a resident at most [`Family::loss_window`]. Assumes that the counts hold bounded voices.
pub struct Mechanism {
    layers: Vec<Layer>,
    sensitivity_units: u32,
}

/// Why nothing was released. No variant holds a count.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MechanismError {
    /// The counts are not those of the family.
    #[error("the family has {expected} cells, but {found} counts were given; nothing was drawn")]
    Cells {
        /// By the schema.
        expected: usize,
        /// By the counts.
        found: usize,
    },
    /// The measurement does not cost what the plan says.
    #[error("the measurement costs rho {found}, the plan says {planned}; nothing was drawn")]
    Cost {
        /// By the library's map.
        found: f64,
        /// By the plan.
        planned: f64,
    },
    /// The library refused to build or to map.
    #[error(transparent)]
    Loss(#[from] LossError),
    /// The library drew nothing.
    #[error("opendp could not draw the noise; the charge is spent, abandon this attempt")]
    Draw,
}

impl Mechanism {
    /// The mechanism of `family`.
    pub fn new(family: &Family) -> Self {
        Self { layers: family.layers().to_vec(), sensitivity_units: family.sensitivity_units() }
    }

    /// Draws the noise of every level, once, and destroys the exact counts.
    ///
    /// # Shape
    /// The cells of the levels one after another, finest first.
    ///
    /// # Errors
    /// When the counts are not the family's, the cost is not the plan's, or the library fails.
    pub fn release(self, counts: ExactCounts) -> Result<NoisyCounts, MechanismError> {
        let (found, expected) =
            (counts.units().len(), self.layers.iter().map(|layer| layer.cells).sum());
        if found != expected {
            return Err(MechanismError::Cells { expected, found });
        }
        let mut noisy = Vec::with_capacity(expected);
        for layer in &self.layers {
            let exact = &counts.units()[noisy.len()..][..layer.cells];
            noisy.extend(draw(layer, self.sensitivity_units, exact)?);
        }
        Ok(NoisyCounts::new(noisy))
    }
}

/// One level; the measurement is built and used here, since it can neither be sent nor shared.
fn draw(layer: &Layer, sensitivity_units: u32, exact: &[i64]) -> Result<Vec<i64>, MechanismError> {
    let measurement = gaussian(layer.sigma_units, layer.cells)?;
    let loss = map(&measurement, sensitivity_units)?;
    if loss.to_bits() != layer.loss_window.to_bits() {
        let (found, planned) = (loss.get(), layer.loss_window.get());
        return Err(MechanismError::Cost { found, planned });
    }
    let exact = Zeroizing::new(exact.to_vec());
    // The library's message is dropped: it must not be able to carry a count.
    let noisy = measurement.invoke(&exact).map_err(|_| MechanismError::Draw)?;
    if noisy.len() == layer.cells { Ok(noisy) } else { Err(MechanismError::Draw) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::plan::tests::plan;

    /// Two-sided quantile of the standard normal at a false-alarm rate of 1e-9.
    const Z_ALARM: f64 = 6.11;

    fn family() -> Family {
        plan().families()[2].clone()
    }

    fn draws(family: &Family, exact: i64, count: usize) -> Vec<i64> {
        let cells = family.schema().len();
        let release = |_| {
            let counts = ExactCounts::new(vec![exact; cells]);
            Mechanism::new(family).release(counts).unwrap().units().to_vec()
        };
        (0..count.div_ceil(cells)).flat_map(release).take(count).collect()
    }

    /// Each of the three statistics is normal to within a false-alarm rate of 1e-9, so that the
    /// test fails on correct noise less than once in 300 million runs.
    #[test]
    fn noise_has_the_stated_mean_variance_and_no_correlation_between_neighbours() {
        let (family, count, exact) = (family(), 30_000, 1_000_000);
        let sigma = f64::from(family.sigma_units());
        let noise: Vec<f64> =
            draws(&family, exact, count).iter().map(|y| (y - exact) as f64 / sigma).collect();
        let n = count as f64;
        let mean = noise.iter().sum::<f64>() / n;
        let variance = noise.iter().map(|z| z * z).sum::<f64>() / n;
        let neighbours = noise.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / n;
        assert!(mean.abs() < Z_ALARM / n.sqrt(), "mean {mean}");
        assert!((variance - 1.0).abs() < Z_ALARM * (2.0 / n).sqrt(), "variance {variance}");
        assert!(neighbours.abs() < Z_ALARM / n.sqrt(), "correlation {neighbours}");
    }

    /// Pearson's statistic over 40 bins of the exact discrete Gaussian; a chi-square with 39
    /// degrees of freedom exceeds 120 with probability below 1e-9.
    #[test]
    fn noise_follows_the_discrete_gaussian_bin_by_bin() {
        let (family, count) = (family(), 30_000);
        let sigma = f64::from(family.sigma_units());
        let half = family.sigma_units() as i64 * 2;
        let bin = |x: i64| ((x + half).clamp(0, 2 * half - 1) * 40 / (2 * half)) as usize;
        let mut expected = [0.0; 40];
        for x in -6 * half..6 * half {
            expected[bin(x)] += (-0.5 * (x as f64 / sigma).powi(2)).exp();
        }
        let total: f64 = expected.iter().sum();
        let mut found = [0.0; 40];
        draws(&family, 0, count).iter().for_each(|x| found[bin(*x)] += 1.0);
        let statistic: f64 = found
            .iter()
            .zip(expected)
            .map(|(found, weight)| {
                let expected = weight / total * count as f64;
                (found - expected).powi(2) / expected
            })
            .sum();
        assert!(statistic < 120.0, "chi-square {statistic}");
    }

    #[test]
    fn counts_of_another_length_are_refused() {
        let refused = Mechanism::new(&family()).release(ExactCounts::new(vec![0; 3]));
        assert!(matches!(refused, Err(MechanismError::Cells { found: 3, .. })));
    }

    #[test]
    fn noise_that_does_not_cost_what_the_plan_says_is_refused() {
        let family = family();
        let mut mechanism = Mechanism::new(&family);
        mechanism.layers[0].sigma_units /= 2;
        let counts = ExactCounts::new(vec![0; family.schema().len()]);
        assert!(matches!(mechanism.release(counts), Err(MechanismError::Cost { .. })));
    }
}
