//! The budget: what one resident may lose in any run of windows, over everything released.

use serde::{Deserialize, Serialize};

use super::{LossError, MicroRho, Rho, reads_back};

/// The privacy budget of one resident over any [`Budget::period_windows`] consecutive windows.
///
/// # Privacy
/// Adding or removing *all* records of one resident changes everything released for those windows
/// together by at most `rho` in zero-concentrated divergence, which implies (epsilon, delta).
///
/// ```
/// use undertone::privacy::{Budget, loss_of};
///
/// let budget = Budget::new(2.0, 1e-6, 13)?;
/// assert_eq!(budget.micro.0, 88_152); // rho 0.088152, rounded down
/// // A whole voice of 60 units under noise of 427 units in every cell: eight of them fit.
/// let voice = loss_of(427, 60)?;
/// assert!(voice.composed(8)? <= budget.rho);
/// assert!(voice.composed(9)? > budget.rho);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Epsilon at `delta`; never without it.
    pub epsilon: f64,
    /// Delta.
    pub delta: f64,
    /// The loss that the library converts to at most `epsilon`.
    pub rho: Rho,
    /// `rho` in millionths, rounded down: the number that decides.
    pub micro: MicroRho,
    /// Length of the rolling period in windows.
    pub period_windows: u32,
}

/// Why a budget cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BudgetError {
    /// Not a usable epsilon.
    #[error("epsilon is {0}; give a number above 0 and at most {EPSILON_MAX}")]
    Epsilon(f64),
    /// Not a usable delta.
    #[error("delta is {0}; give a number above 0 and at most {DELTA_MAX}")]
    Delta(f64),
    /// More digits than every JSON reader keeps.
    #[error("{0} has more than 15 digits or is too small; shorten it")]
    Digits(f64),
    /// A period without windows.
    #[error("period_windows is {0}; allowed: 1 to {PERIOD_WINDOWS_MAX}")]
    Period(u32),
    /// Nothing is left after rounding down.
    #[error("the budget is below one millionth of rho; raise epsilon or delta")]
    Nothing,
    /// The library refused.
    #[error(transparent)]
    Loss(#[from] LossError),
}

/// Beyond this an epsilon protects nobody.
const EPSILON_MAX: f64 = 50.0;
/// A delta is a chance of failure per resident: one in a thousand is already too much.
const DELTA_MAX: f64 = 1e-3;
/// Ten years of weeks.
const PERIOD_WINDOWS_MAX: u32 = 520;

impl Budget {
    /// The budget of (epsilon, delta) over any `period_windows` consecutive windows.
    ///
    /// # Errors
    /// When a number is out of range, has too many digits, or the library refuses.
    pub fn new(epsilon: f64, delta: f64, period_windows: u32) -> Result<Self, BudgetError> {
        if !(epsilon > 0.0 && epsilon <= EPSILON_MAX) {
            return Err(BudgetError::Epsilon(epsilon));
        }
        let delta = checked_delta(delta)?;
        if !reads_back(epsilon) {
            return Err(BudgetError::Digits(epsilon));
        }
        let rho = Rho::for_budget(epsilon, delta)?;
        Self { epsilon, delta, rho, micro: MicroRho::floor(rho), period_windows }.checked()
    }

    /// The budget of `micro` over any `period_windows` consecutive windows, with its epsilon at
    /// `delta` rounded up to six decimals.
    ///
    /// # Errors
    /// As [`Budget::new`].
    pub fn of_rho(micro: MicroRho, delta: f64, period_windows: u32) -> Result<Self, BudgetError> {
        let (delta, rho) = (checked_delta(delta)?, micro.rho_above());
        let exact = rho.epsilon(delta)?;
        if !(exact > 0.0 && exact < EPSILON_MAX) {
            return Err(BudgetError::Epsilon(exact));
        }
        let epsilon = (exact * 1e6 + 1.0).floor() / 1e6;
        Self { epsilon, delta, rho, micro, period_windows }.checked()
    }

    fn checked(self) -> Result<Self, BudgetError> {
        if !(1..=PERIOD_WINDOWS_MAX).contains(&self.period_windows) {
            return Err(BudgetError::Period(self.period_windows));
        }
        if self.micro == MicroRho::ZERO {
            return Err(BudgetError::Nothing);
        }
        Ok(self)
    }
}

fn checked_delta(delta: f64) -> Result<f64, BudgetError> {
    match delta {
        _ if !(delta > 0.0 && delta <= DELTA_MAX) => Err(BudgetError::Delta(delta)),
        _ if !reads_back(delta) => Err(BudgetError::Digits(delta)),
        _ => Ok(delta),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budget_of_epsilon_two_rounds_its_rho_down() {
        let budget = Budget::new(2.0, 1e-6, 13).unwrap();
        assert!((budget.rho.get() - 0.088_153).abs() < 5e-7, "{:?}", budget.rho);
        assert_eq!(budget.micro, MicroRho(88_152));
    }

    #[test]
    fn budget_of_rho_states_an_epsilon_that_is_not_below_the_librarys() {
        let budget = Budget::of_rho(MicroRho(88_153), 1e-6, 13).unwrap();
        assert!(budget.rho.epsilon(1e-6).unwrap() <= budget.epsilon);
        assert!((budget.epsilon - 2.0).abs() < 1e-4, "{}", budget.epsilon);
        assert_eq!(budget.micro, MicroRho(88_153));
    }

    #[test]
    fn budget_out_of_range_is_refused() {
        assert!(matches!(Budget::new(0.0, 1e-6, 13), Err(BudgetError::Epsilon(_))));
        assert!(matches!(Budget::new(f64::NAN, 1e-6, 13), Err(BudgetError::Epsilon(_))));
        assert!(matches!(Budget::new(2.0, 0.0, 13), Err(BudgetError::Delta(_))));
        assert!(matches!(Budget::new(2.0, 1e-6, 0), Err(BudgetError::Period(0))));
        assert!(matches!(Budget::new(1.0 / 3.0, 1e-6, 13), Err(BudgetError::Digits(_))));
        assert!(matches!(Budget::new(1e-5, 1e-6, 13), Err(BudgetError::Nothing)));
    }
}
