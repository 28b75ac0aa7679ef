//! The exact discrete Gaussian, cut into bins, and Pearson's statistic over them.

use statrs::distribution::{ChiSquared, ContinuousCDF};

/// Fewer draws than this in a bin and Pearson's statistic is no chi-square.
const EXPECTED_MIN: f64 = 200.0;
/// Beyond this many sigmas lies less than 1e-33 of the mass.
const REACH: i64 = 12;

/// Consecutive integers cut into bins of nearly equal probability under a discrete Gaussian.
#[derive(Clone, Debug)]
pub(super) struct Bins {
    /// First integer of every bin but the first.
    edges: Vec<i64>,
    /// Exact probability of every bin.
    probabilities: Vec<f64>,
}

impl Bins {
    /// At most `count` bins for noise of `sigma_units` around zero.
    ///
    /// # Source
    /// The probability of x is proportional to exp(-x^2 / 2 sigma^2) (Canonne, Kamath and Steinke,
    /// arXiv 2004.00010, definition 1).
    pub(super) fn of(sigma_units: u32, count: usize) -> Self {
        let sigma = f64::from(sigma_units);
        let reach = REACH * i64::from(sigma_units) + REACH;
        let weight = |x: i64| (-0.5 * (x as f64 / sigma).powi(2)).exp();
        let total: f64 = (-reach..=reach).map(weight).sum();
        let (mut edges, mut probabilities) = (Vec::new(), vec![0.0]);
        let (mut passed, mut target) = (0.0, 1.0 / count as f64);
        for x in -reach..=reach {
            if passed >= target && probabilities.len() < count {
                edges.push(x);
                probabilities.push(0.0);
                target = probabilities.len() as f64 / count as f64;
            }
            let p = weight(x) / total;
            passed += p;
            if let Some(last) = probabilities.last_mut() {
                *last += p;
            }
        }
        Self { edges, probabilities }
    }

    /// Number of bins.
    pub(super) fn len(&self) -> usize {
        self.probabilities.len()
    }

    /// The bin of a draw.
    pub(super) fn index(&self, x: i64) -> usize {
        self.edges.partition_point(|edge| *edge <= x)
    }

    /// Exact probability of every bin.
    pub(super) fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }
}

/// Pearson's statistic and how often chance alone exceeds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ChiSquare {
    /// Sum of squared misses over what was expected.
    pub statistic: f64,
    /// Bins but one.
    pub degrees: usize,
    /// Probability of a larger statistic when the draws are what they should be.
    pub p_value: f64,
}

/// Compares counts with probabilities that nothing was fitted to; neighbouring bins are put
/// together until every one expects 200 draws. `None` when fewer than two are left.
pub(super) fn chi_square(found: &[u64], probabilities: &[f64]) -> Option<ChiSquare> {
    let draws = found.iter().sum::<u64>() as f64;
    let mut merged: Vec<(f64, f64)> = Vec::new();
    let (mut seen, mut expected) = (0.0, 0.0);
    for (found, p) in found.iter().zip(probabilities) {
        seen += *found as f64;
        expected += p * draws;
        if expected >= EXPECTED_MIN {
            merged.push((seen, expected));
            (seen, expected) = (0.0, 0.0);
        }
    }
    if let Some(last) = merged.last_mut() {
        last.0 += seen;
        last.1 += expected;
    }
    let degrees = merged.len().checked_sub(1).filter(|degrees| *degrees > 0)?;
    let statistic =
        merged.iter().map(|(seen, expected)| (seen - expected).powi(2) / expected).sum();
    let p_value = ChiSquared::new(degrees as f64).ok()?.sf(statistic);
    Some(ChiSquare { statistic, degrees, p_value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_cover_the_line_with_exact_probabilities() {
        for sigma in [1, 7, 85, 427] {
            let bins = Bins::of(sigma, 40);
            assert_eq!(bins.edges.len() + 1, bins.len());
            assert!((bins.probabilities().iter().sum::<f64>() - 1.0).abs() < 1e-12);
            assert_eq!(bins.index(i64::MIN), 0);
            assert_eq!(bins.index(i64::MAX), bins.len() - 1);
            for (at, edge) in bins.edges.iter().enumerate() {
                assert_eq!((bins.index(edge - 1), bins.index(*edge)), (at, at + 1));
            }
        }
        let median = Bins::of(85, 2);
        assert!((median.probabilities()[0] - 0.5).abs() < 0.01, "{median:?}");
    }

    #[test]
    fn chi_square_of_what_was_expected_is_nothing_and_of_a_shift_is_large() {
        let even = [0.25; 4];
        let exact = chi_square(&[250, 250, 250, 250], &even).unwrap();
        assert_eq!((exact.statistic, exact.degrees), (0.0, 3));
        assert!(exact.p_value > 0.999);
        let shifted = chi_square(&[300, 250, 250, 200], &even).unwrap();
        assert!((shifted.statistic - 20.0).abs() < 1e-9);
        assert!((shifted.p_value - 1.697e-4).abs() < 1e-6, "{}", shifted.p_value);
    }

    #[test]
    fn chi_square_puts_thin_bins_together_and_gives_up_below_two() {
        let merged = chi_square(&[120, 120, 120, 120], &[0.25; 4]).unwrap();
        assert_eq!(merged.degrees, 1);
        assert!(chi_square(&[90, 90], &[0.5; 2]).is_none());
    }
}
