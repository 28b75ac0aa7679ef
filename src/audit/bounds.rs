//! Exact confidence bounds for proportions, and the normal quantiles made from them.

use statrs::{
    distribution::{ContinuousCDF, Normal},
    function::beta::beta_reg,
};

/// A proportion and the bounds that hold with the confidence asked for, each on its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Proportion {
    /// No proportion below this explains what was seen.
    pub lower: f64,
    /// No proportion above this does.
    pub upper: f64,
}

/// Halvings of the unit interval: more than a double can tell apart.
const HALVINGS: u32 = 64;

impl Proportion {
    /// Clopper-Pearson bounds for `hits` out of `trials`; each fails with probability `alpha` at
    /// most.
    ///
    /// # Source
    /// Clopper and Pearson (1934): the lower bound is the p at which `hits` or more have
    /// probability `alpha`, which is a regularised incomplete beta function. Bisection keeps the
    /// outer end, so that rounding widens.
    pub(super) fn of(hits: u64, trials: u64, alpha: f64) -> Self {
        let (x, n) = (hits as f64, trials as f64);
        // P(at least x of n) rises with p; P(at most x of n) falls with p.
        let lower = if hits == 0 { 0.0 } else { rising(alpha, |p| beta_reg(x, n - x + 1.0, p)).0 };
        let upper = if hits >= trials {
            1.0
        } else {
            rising(1.0 - alpha, |p| beta_reg(x + 1.0, n - x, p)).1
        };
        Self { lower, upper }
    }
}

/// The interval in which the rising `function` of the unit interval passes `level`.
fn rising(level: f64, function: impl Fn(f64) -> f64) -> (f64, f64) {
    let (mut below, mut above) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(below, above);
        if function(middle) < level {
            below = middle;
        } else {
            above = middle;
        }
    }
    (below, above)
}

/// The standard normal quantile; infinite at 0 and 1.
pub(super) fn probit(p: f64) -> f64 {
    match p {
        _ if p <= 0.0 => f64::NEG_INFINITY,
        _ if p >= 1.0 => f64::INFINITY,
        _ => Normal::standard().inverse_cdf(p),
    }
}

/// How far a standard normal goes but for a chance of `alpha`, on either side.
pub(super) fn two_sided(alpha: f64) -> f64 {
    -probit(alpha / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-4, "{found} is not {expected}");
    }

    /// Values of R's `binom.test` and of the closed form for no hit at all.
    #[test]
    fn proportion_has_the_bounds_of_the_tables() {
        let five_of_ten = Proportion::of(5, 10, 0.025);
        near(five_of_ten.lower, 0.187_086);
        near(five_of_ten.upper, 0.812_914);
        let none = Proportion::of(0, 100, 0.05);
        assert_eq!(none.lower, 0.0);
        near(none.upper, 1.0 - 0.05_f64.powf(0.01));
        let all = Proportion::of(100, 100, 0.05);
        assert_eq!(all.upper, 1.0);
        near(all.lower, 0.05_f64.powf(0.01));
    }

    #[test]
    fn proportion_at_a_rare_alarm_still_holds_what_was_seen() {
        let rare = Proportion::of(2_100, 5_000, 1e-9);
        assert!(rare.lower < 0.42 && rare.upper > 0.42);
        near(rare.upper - 0.42, 0.042_2);
        assert!((rare.upper - rare.lower) < 0.09);
    }

    #[test]
    fn probit_undoes_the_normal_and_is_infinite_at_the_ends() {
        near(probit(0.975), 1.959_964);
        near(two_sided(0.05), 1.959_964);
        near(two_sided(2e-9), 5.997_807);
        assert_eq!((probit(0.0), probit(1.0)), (f64::NEG_INFINITY, f64::INFINITY));
    }
}
