//! Integer privacy loss: what decides.

use std::{fmt, iter::Sum, ops::Add};

use serde::{Deserialize, Serialize};

use super::Rho;

/// Millionths of rho. Budgets round down, costs round up, sums saturate.
///
/// # Privacy
/// Budgets are rounded down and charges up, so an integer that fits is a loss that fits.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MicroRho(pub u64);

const MICRO: u64 = 1_000_000;

impl MicroRho {
    /// No loss.
    pub const ZERO: MicroRho = MicroRho(0);

    /// A budget: the millionths that fit into `rho`.
    pub fn floor(rho: Rho) -> Self {
        Self(scaled(rho).0)
    }

    /// A cost: the millionths that cover `rho`.
    pub fn ceil(rho: Rho) -> Self {
        let (whole, exact) = scaled(rho);
        Self(if exact { whole } else { whole.saturating_add(1) })
    }

    /// The cost of a contribution of squared norm `norm_squared` under noise `sigma_units`:
    /// norm^2 / (2 sigma^2), rounded up.
    ///
    /// # Units
    /// Both in units of 60ths of a voice. Without noise the cost is the largest there is.
    pub fn cost(norm_squared: u64, sigma_units: u32) -> Self {
        let twice_variance = 2 * u128::from(sigma_units) * u128::from(sigma_units);
        if twice_variance == 0 {
            return Self(u64::MAX);
        }
        let cost = (u128::from(norm_squared) * u128::from(MICRO)).div_ceil(twice_variance);
        Self(u64::try_from(cost).unwrap_or(u64::MAX))
    }

    /// `percent` of this budget, rounded down.
    pub fn share(self, percent: u8) -> Self {
        let part = u128::from(self.0) * u128::from(percent) / 100;
        Self(u64::try_from(part).unwrap_or(u64::MAX))
    }

    /// This many times the cost.
    pub fn times(self, count: u32) -> Self {
        Self(self.0.saturating_mul(u64::from(count)))
    }

    /// The largest double that does not exceed it.
    pub fn rho_below(self) -> Rho {
        let nearest = self.0 as f64 / MICRO as f64;
        let at_most = |value: f64| Rho::new(value).unwrap_or(Rho::ZERO);
        let rho = at_most(nearest);
        if MicroRho::ceil(rho) > self { at_most(nearest.next_down()) } else { rho }
    }

    /// The least double that is not below it: what may be promised when it is the bound.
    pub fn rho_above(self) -> Rho {
        let below = self.rho_below();
        if MicroRho::floor(below) == self {
            return below;
        }
        Rho::new(below.get().next_up()).unwrap_or(below)
    }
}

impl Add for MicroRho {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for MicroRho {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for MicroRho {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} micro-rho", self.0)
    }
}

/// Floor of `rho` in millionths, and whether it is exact: integer arithmetic on the double's
/// mantissa and exponent.
fn scaled(rho: Rho) -> (u64, bool) {
    let bits = rho.to_bits();
    let (biased, fraction) = ((bits >> 52) & 0x7ff, bits & ((1 << 52) - 1));
    let (mantissa, exponent) = match biased {
        0 => (fraction, -1074),
        _ => (fraction | (1 << 52), biased as i32 - 1075),
    };
    let product = u128::from(mantissa) * u128::from(MICRO);
    if exponent >= 0 {
        // 53 + 20 bits of product: 40 more still fit into 128.
        let whole = if exponent < 40 { product << exponent } else { u128::MAX };
        return (u64::try_from(whole).unwrap_or(u64::MAX), true);
    }
    let shift = exponent.unsigned_abs();
    if shift > 127 {
        return (0, product == 0);
    }
    let whole = product >> shift;
    (u64::try_from(whole).unwrap_or(u64::MAX), whole << shift == product)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rho(value: f64) -> Rho {
        Rho::new(value).unwrap()
    }

    #[test]
    fn budget_rounds_down_and_cost_rounds_up() {
        assert_eq!(MicroRho::floor(rho(0.088_153_9)), MicroRho(88_153));
        assert_eq!(MicroRho::ceil(rho(0.088_153_1)), MicroRho(88_154));
        assert_eq!(
            (MicroRho::floor(rho(0.5)), MicroRho::ceil(rho(0.5))),
            (MicroRho(500_000), MicroRho(500_000))
        );
        assert_eq!(MicroRho::ceil(rho(f64::MIN_POSITIVE)), MicroRho(1));
        assert_eq!(MicroRho::ceil(rho(5e-324)), MicroRho(1));
        assert_eq!(
            (MicroRho::ceil(Rho::ZERO), MicroRho::floor(rho(f64::MAX))),
            (MicroRho(0), MicroRho(u64::MAX))
        );
    }

    #[test]
    fn cost_of_one_voice_is_rounded_up() {
        assert_eq!(MicroRho::cost(3600, 60), MicroRho(500_000));
        assert_eq!(MicroRho::cost(3600, 427), MicroRho(9_873));
        assert_eq!(MicroRho::cost(1, u32::MAX), MicroRho(1));
        assert_eq!(MicroRho::cost(1, 0), MicroRho(u64::MAX));
    }

    #[test]
    fn sums_saturate_instead_of_wrapping() {
        let sum: MicroRho = [MicroRho(u64::MAX), MicroRho(7)].into_iter().sum();
        assert_eq!(sum, MicroRho(u64::MAX));
    }

    proptest! {
        #[test]
        fn micro_of_any_loss_brackets_it(value in 0.0_f64..1000.0) {
            let (low, high) = (MicroRho::floor(rho(value)), MicroRho::ceil(rho(value)));
            prop_assert!(low <= high && high.0 - low.0 <= 1);
            prop_assert!((low.0 as f64) <= value * 1e6 * (1.0 + 1e-15));
            prop_assert!((high.0 as f64) >= value * 1e6 * (1.0 - 1e-15));
        }

        #[test]
        fn rho_of_a_budget_never_exceeds_it(micro in 0_u64..1_000_000_000_000) {
            let back = MicroRho(micro).rho_below();
            prop_assert!(MicroRho::ceil(back) <= MicroRho(micro));
            let above = MicroRho(micro).rho_above();
            prop_assert_eq!(MicroRho::floor(above), MicroRho(micro));
            prop_assert!(above == back || above.get() == back.get().next_up());
        }
    }
}
