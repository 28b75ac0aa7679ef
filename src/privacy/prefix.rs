//! Running totals of what a resident adds once: the square-root matrix mechanism, in integers.
//!
//! "Residents heard so far this year" is a running total of first voices. Releasing each window's
//! new ones and adding up piles noise upon noise. Here window t releases a weighted sum of the new
//! ones of windows 1 to t with fresh noise, and the totals are decoded from all of them; the worst
//! total of 13 windows has 3.5 times one window's variance instead of 13.
//!
//! It is the weights, what they cost and the decoding. It draws no noise and keeps no record of who
//! has entered.

/// The weight of a window's own new voices; the others are multiples of its 64th part.
///
/// Coarser weights make totals noisier (by 2 % at 8, by less than 0.1 % at 64, over a block of 13
/// or 52 windows), finer ones swell the released integers: 64 keeps sigma under 2^20 units at a
/// tenth of epsilon 1. The guarantee does not depend on it: cost and decoding use the rounded
/// weights.
pub const PREFIX_SCALE: u32 = 64;

/// A block of running totals spans at most so many windows.
pub const PREFIX_STEPS_MAX: u32 = 52;

/// Up to so many steps every pattern of entries is tried.
const EXHAUSTIVE_STEPS_MAX: usize = 13;

/// Why a block of running totals cannot be.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PrefixError {
    /// Too short or too long.
    #[error("a block of running totals has {0} windows; allowed: 1 to {PREFIX_STEPS_MAX}")]
    Steps(u32),
    /// More values than windows.
    #[error("{found} noisy values were given for a block of {steps} windows")]
    Values {
        /// Windows in the block.
        steps: usize,
        /// Values given.
        found: usize,
    },
}

/// One running total, decoded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrefixTotal {
    /// Estimate, in the unit of what was counted.
    pub value: f64,
    /// Its variance, as a multiple of the squared sigma of the released integers.
    pub variance_factor: f64,
}

/// The mechanism over one block of windows.
///
/// Window t (from 0) releases the sum over s <= t of `weight(t - s)` times the new voices of window
/// s, plus noise. In matrices y = C x + noise with C lower triangular and Toeplitz; the totals are
/// A C^-1 y with A the matrix of ones below the diagonal.
///
/// # Privacy
/// A resident who enters once, with mass m in window s, changes window t by `weight(t - s)` m and no
/// earlier one. The squared L2 change of the block is m^2 times the squared norm of a column of C,
/// largest for the first. An entry is paid for in every later window of its block.
///
/// # Source
/// H. Fichtenberger, M. Henzinger, J. Upadhyay, "Constant matters", ICML 2023: C from the power
/// series of (1 - x)^(-1/2), whose square is A. Rounded here to integers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrefixMatrix {
    weights: Vec<u32>,
}

impl PrefixMatrix {
    /// The mechanism over `steps` windows.
    ///
    /// # Errors
    /// When there is no window, or more than [`PREFIX_STEPS_MAX`].
    pub fn new(steps: u32) -> Result<Self, PrefixError> {
        if !(1..=PREFIX_STEPS_MAX).contains(&steps) {
            return Err(PrefixError::Steps(steps));
        }
        Ok(Self { weights: rounded_series(steps) })
    }

    /// Windows in the block.
    pub fn steps(&self) -> usize {
        self.weights.len()
    }

    /// What new voices weigh in the release `age` windows after their own; 0 beyond the block.
    pub fn weight(&self, age: usize) -> u32 {
        self.weights.get(age).copied().unwrap_or(0)
    }

    /// What window `window` releases before noise, from the new voices of windows 0 to `window`;
    /// `None` when it would not fit into an integer.
    pub fn encode(&self, new: &[i64], window: usize) -> Option<i64> {
        new.iter().take(window + 1).enumerate().try_fold(0i64, |total, (s, x)| {
            x.checked_mul(i64::from(self.weight(window - s))).and_then(|y| total.checked_add(y))
        })
    }

    /// What a resident who entered `age` windows ago pays for in one release: the squared change
    /// for a mass of one.
    pub fn squared_weight(&self, age: usize) -> u64 {
        u64::from(self.weight(age)).pow(2)
    }

    /// What a resident who enters in `window` pays for in the whole block: the squared norm of a
    /// column, for a mass of one.
    pub fn squared_column(&self, window: usize) -> u64 {
        let ages = self.steps().saturating_sub(window);
        (0..ages).map(|age| self.squared_weight(age)).sum()
    }

    /// The largest squared change of the block by a resident who enters at most `entries` times,
    /// each time with a mass of one or less.
    ///
    /// Up to 13 windows every pattern of entries is tried. Beyond, the first `entries` windows are
    /// the worst: weights are not negative and do not grow, so the inner product of two columns is
    /// largest when both start as early, and as close together, as they can.
    pub fn sensitivity_squared(&self, entries: u32) -> u64 {
        if self.steps() > EXHAUSTIVE_STEPS_MAX {
            return self.squared_of_first(entries);
        }
        let patterns = 0u32..1 << self.steps();
        let allowed = patterns.filter(|pattern| pattern.count_ones() <= entries);
        allowed.map(|pattern| self.squared_of(|s| pattern >> s & 1 == 1)).max().unwrap_or(0)
    }

    fn squared_of_first(&self, entries: u32) -> u64 {
        self.squared_of(|s| s < entries as usize)
    }

    /// Squared norm of the sum of the columns that `enters` picks.
    fn squared_of(&self, enters: impl Fn(usize) -> bool) -> u64 {
        let change = |t: usize| -> u64 {
            let entered = (0..=t).filter(|s| enters(*s));
            entered.map(|s| u64::from(self.weight(t - s))).sum()
        };
        (0..self.steps()).map(|t| change(t).pow(2)).sum()
    }

    /// The running totals up to each released window.
    ///
    /// # Shape
    /// `noisy` holds the releases of windows 0, 1, and so on, as far as there are; one total each.
    ///
    /// # Errors
    /// When there are more of them than windows in the block.
    pub fn decode(&self, noisy: &[i64]) -> Result<Vec<PrefixTotal>, PrefixError> {
        if noisy.len() > self.steps() {
            return Err(PrefixError::Values { steps: self.steps(), found: noisy.len() });
        }
        let row = self.decoder(noisy.len());
        let total = |t: usize| PrefixTotal {
            value: (0..=t).fold(0.0, |sum, s| sum + row[t - s] * noisy[s] as f64),
            variance_factor: row[..=t].iter().fold(0.0, |sum, b| sum + b * b),
        };
        Ok((0..noisy.len()).map(total).collect())
    }

    /// Variance of the total up to `window`, as a multiple of the squared sigma.
    pub fn variance_factor(&self, window: usize) -> f64 {
        let row = self.decoder((window + 1).min(self.steps()));
        row.iter().fold(0.0, |sum, b| sum + b * b)
    }

    /// Covariance of the totals up to two windows, as a multiple of the squared sigma.
    pub fn covariance_factor(&self, a: usize, b: usize) -> f64 {
        let (early, late) = (a.min(b), a.max(b));
        let row = self.decoder((late + 1).min(self.steps()));
        let shared = row.iter().zip(row.iter().skip(late - early));
        shared.fold(0.0, |sum, (x, y)| sum + x * y)
    }

    /// First `length` numbers of the Toeplitz matrix A C^-1: running sums of the inverse of the
    /// rounded series.
    fn decoder(&self, length: usize) -> Vec<f64> {
        let own = f64::from(self.weights[0]);
        let mut inverse: Vec<f64> = Vec::with_capacity(length);
        let mut row = Vec::with_capacity(length);
        let mut running = 0.0;
        for k in 0..length {
            let earlier =
                (1..=k).fold(0.0, |sum, j| sum + f64::from(self.weights[j]) * inverse[k - j]);
            let unit = if k == 0 { 1.0 } else { 0.0 };
            inverse.push((unit - earlier) / own);
            running += inverse[k];
            row.push(running);
        }
        row
    }
}

/// The power series of (1 - x)^(-1/2) times [`PREFIX_SCALE`], rounded to the nearest integer:
/// coefficient k is binomial(2k, k) / 4^k.
fn rounded_series(steps: u32) -> Vec<u32> {
    let mut binomial: u128 = 1;
    let weight = |k: u32| {
        if k > 0 {
            // binomial(2k, k) = binomial(2k - 2, k - 1) * 2 (2k - 1) / k, exactly; below 2^104.
            binomial = binomial * 2 * u128::from(2 * k - 1) / u128::from(k);
        }
        let (scaled, power) = (u128::from(PREFIX_SCALE) * binomial, 1u128 << (2 * k));
        let rounded = (2 * scaled + power) / (2 * power);
        u32::try_from(rounded).unwrap_or(PREFIX_SCALE) // the series never exceeds its first term
    };
    (0..steps).map(weight).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(steps: u32) -> PrefixMatrix {
        PrefixMatrix::new(steps).unwrap()
    }

    fn encoded(matrix: &PrefixMatrix, new: &[i64]) -> Vec<i64> {
        (0..new.len()).map(|t| matrix.encode(new, t).unwrap()).collect()
    }

    #[test]
    fn totals_decoded_without_noise_are_exact() {
        for steps in [1, 4, 13, 52] {
            let new: Vec<i64> = (0..i64::from(steps)).map(|t| 60 * (900 - 17 * t % 400)).collect();
            let matrix = matrix(steps);
            let totals = matrix.decode(&encoded(&matrix, &new)).unwrap();
            let mut total = 0;
            for (found, new) in totals.iter().zip(&new) {
                total += new;
                assert!((found.value - total as f64).abs() < 1e-5, "{found:?} against {total}");
            }
        }
    }

    #[test]
    fn totals_up_to_a_window_do_not_change_when_later_ones_are_released() {
        let matrix = matrix(13);
        let all = encoded(&matrix, &[60, 120, 0, 600, 30]);
        assert_eq!(matrix.decode(&all).unwrap()[..3], matrix.decode(&all[..3]).unwrap());
    }

    /// Adding up 13 releases of one voice each has variance 13 times one window's. Here the noise
    /// grows with the sensitivity, and the product of both is 3.5.
    #[test]
    fn worst_total_of_thirteen_windows_has_three_and_a_half_variances_instead_of_thirteen() {
        let matrix = matrix(13);
        let worst = (0..13).map(|t| matrix.variance_factor(t)).fold(0.0, f64::max);
        let product = worst * matrix.sensitivity_squared(1) as f64;
        assert!((product - 3.52).abs() < 0.01, "{product}");
    }

    #[test]
    fn weights_are_the_series_of_the_square_root_rounded() {
        assert_eq!(matrix(13).weights, [64, 32, 24, 20, 18, 16, 14, 13, 13, 12, 11, 11, 10]);
        let longest = matrix(PREFIX_STEPS_MAX);
        assert!(longest.weights.windows(2).all(|pair| pair[0] >= pair[1]));
        assert_eq!(longest.weight(51), 5); // 64 / sqrt(51.25 pi) = 5.04
    }

    #[test]
    fn sensitivity_in_closed_form_is_that_of_every_pattern() {
        for steps in 1..=13 {
            let matrix = matrix(steps);
            for entries in 0..=steps {
                let (tried, closed) =
                    (matrix.sensitivity_squared(entries), matrix.squared_of_first(entries));
                assert_eq!(tried, closed, "{steps} windows, {entries} entries");
            }
        }
    }

    #[test]
    fn one_entry_costs_at_most_the_first_column_and_its_steps_add_up() {
        for steps in [1, 13, 52] {
            let matrix = matrix(steps);
            let columns = (0..steps as usize).map(|s| matrix.squared_column(s));
            assert_eq!(columns.max().unwrap(), matrix.sensitivity_squared(1));
            let paid: u64 = (0..steps as usize).map(|age| matrix.squared_weight(age)).sum();
            assert_eq!(paid, matrix.squared_column(0));
        }
    }

    #[test]
    fn entry_changes_no_earlier_window() {
        let matrix = matrix(13);
        let mut new = vec![0; 13];
        new[5] = 60;
        let change = encoded(&matrix, &new);
        assert!(change[..5].iter().all(|y| *y == 0));
        let squared: i64 = change.iter().map(|y| y * y).sum();
        assert_eq!(squared as u64, 3600 * matrix.squared_column(5));
    }

    #[test]
    fn covariance_of_a_total_with_itself_is_its_variance() {
        let matrix = matrix(13);
        for t in 0..13 {
            assert_eq!(matrix.covariance_factor(t, t), matrix.variance_factor(t));
        }
        assert_eq!(matrix.covariance_factor(3, 9), matrix.covariance_factor(9, 3));
    }

    #[test]
    fn block_without_windows_or_too_many_values_is_refused() {
        assert_eq!(PrefixMatrix::new(0), Err(PrefixError::Steps(0)));
        assert_eq!(PrefixMatrix::new(53), Err(PrefixError::Steps(53)));
        let refused = matrix(2).decode(&[0; 3]);
        assert_eq!(refused, Err(PrefixError::Values { steps: 2, found: 3 }));
    }
}
