//! One vector of a release: the cells of one level of place, with their own noise.

use serde::{Deserialize, Serialize};

use super::{LossError, MicroRho, PlanError, Rho, loss_of};
use crate::domain::{Level, VOICE_UNITS};

/// Squared norm of a whole voice in one cell, the largest there is.
const FULL_VOICE_SQUARED: u64 = (VOICE_UNITS as u64) * (VOICE_UNITS as u64);

/// More noise than this releases nothing.
const SIGMA_UNITS_MAX: u32 = 1 << 26;

/// One level of a family, with its noise and its cost; every number can be worked out again.
///
/// # Privacy
/// Sigma is the least at which all payments of the heaviest period fit into the share, both in
/// integers rounded up and by the library.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// Which level of place.
    pub level: Level,
    /// Cells, all of which are released.
    pub cells: usize,
    /// Standard deviation of the noise in every cell, in units.
    pub sigma_units: u32,
    /// Its part of the family's share.
    pub share: MicroRho,
    /// The charge for a whole voice in one cell.
    pub cost_full_voice: MicroRho,
    /// The library's loss of one release for a resident with a whole voice in it.
    pub loss_window: Rho,
}

/// How often a whole voice is paid for in the heaviest period, and how large it is each time: the
/// factors by which a contribution is scaled. An ordinary family scales by 1, W times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Payments(pub Vec<u32>);

impl Layer {
    /// Finds the noise of a level from its share, or takes the one the plan fixes.
    pub(super) fn new(
        level: Level,
        cells: usize,
        share: MicroRho,
        fixed: Option<u32>,
        payments: &Payments,
    ) -> Result<Option<Self>, LossError> {
        let found = match fixed {
            Some(sigma_units) => Some(sigma_units),
            None => least_sigma(share, payments)?,
        };
        let Some(sigma_units) = found else { return Ok(None) };
        let first = payments.largest();
        Ok(Some(Self {
            level,
            cells,
            sigma_units,
            share,
            cost_full_voice: cost(sigma_units, first),
            loss_window: loss(sigma_units, first)?,
        }))
    }

    /// The charge for a voice of squared norm `norm_squared`, scaled by `factor`.
    pub(super) fn cost(&self, norm_squared: u64, factor: u32) -> MicroRho {
        let squared = u64::from(factor) * u64::from(factor);
        MicroRho::cost(norm_squared.saturating_mul(squared), self.sigma_units)
    }

    /// The charge for whole voices in the heaviest period.
    pub(super) fn cost_period(&self, payments: &Payments) -> MicroRho {
        payments.0.iter().map(|factor| cost(self.sigma_units, *factor)).sum()
    }

    /// The library's loss of the releases that one resident can fill in the heaviest period.
    pub(super) fn loss_period(&self, payments: &Payments) -> Result<Rho, LossError> {
        loss_of_all(self.sigma_units, payments)
    }

    /// Whether cost, loss and share follow from the noise.
    pub(super) fn check(&self, family: &str, payments: &Payments) -> Result<(), PlanError> {
        let first = payments.largest();
        let differs = |what, stated: String, found: String| {
            let of = format!("{family}, {}", self.level.as_str());
            Err(PlanError::Misstated { of, what, stated, found })
        };
        let cost_full_voice = cost(self.sigma_units, first);
        if self.cost_full_voice != cost_full_voice {
            let (stated, found) = (self.cost_full_voice.to_string(), cost_full_voice.to_string());
            return differs("cost_full_voice", stated, found);
        }
        let loss_window = loss(self.sigma_units, first)?;
        if self.loss_window.to_bits() != loss_window.to_bits() {
            let (stated, found) = (self.loss_window.get(), loss_window.get());
            return differs("loss_window", stated.to_string(), found.to_string());
        }
        let cost = self.cost_period(payments);
        if cost > self.share {
            return Err(PlanError::OverShare {
                family: family.to_owned(),
                payments: payments.0.len(),
                cost_window: cost_full_voice,
                cost,
                share: self.share,
            });
        }
        let loss_period = self.loss_period(payments)?;
        if loss_period > self.share.rho_below() {
            let (loss, bound) = (loss_period.get(), self.share.rho_below().get());
            return Err(PlanError::LossAbove { of: family.to_owned(), loss, bound });
        }
        Ok(())
    }
}

impl Payments {
    /// The largest factor; the noise of a release is judged by it.
    pub fn largest(&self) -> u32 {
        self.0.iter().copied().max().unwrap_or(1)
    }
}

/// A whole voice scaled by `factor`.
fn cost(sigma_units: u32, factor: u32) -> MicroRho {
    let squared = u64::from(factor) * u64::from(factor);
    MicroRho::cost(FULL_VOICE_SQUARED.saturating_mul(squared), sigma_units)
}

fn loss(sigma_units: u32, factor: u32) -> Result<Rho, LossError> {
    loss_of(sigma_units, VOICE_UNITS.saturating_mul(factor))
}

fn loss_of_all(sigma_units: u32, payments: &Payments) -> Result<Rho, LossError> {
    let losses: Result<Vec<Rho>, LossError> =
        payments.0.iter().map(|factor| loss(sigma_units, *factor)).collect();
    Rho::compose(&losses?)
}

/// The least sigma at which all payments fit into `share`, both in integers and by the library.
fn least_sigma(share: MicroRho, payments: &Payments) -> Result<Option<u32>, LossError> {
    let fits = |sigma_units: u32| {
        payments.0.iter().map(|factor| cost(sigma_units, *factor)).sum::<MicroRho>() <= share
    };
    if !fits(SIGMA_UNITS_MAX) {
        return Ok(None);
    }
    let (mut below, mut sigma_units) = (0, SIGMA_UNITS_MAX);
    while sigma_units - below > 1 {
        let middle = below.midpoint(sigma_units);
        if fits(middle) {
            sigma_units = middle;
        } else {
            below = middle;
        }
    }
    // The integer bound is the tighter one but for a rounding of the last bit.
    while sigma_units < SIGMA_UNITS_MAX {
        if loss_of_all(sigma_units, payments)? <= share.rho_below() {
            return Ok(Some(sigma_units));
        }
        sigma_units += 1;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(windows_max: u32) -> Payments {
        Payments(vec![1; windows_max as usize])
    }

    #[test]
    fn least_sigma_fits_and_one_less_does_not() {
        for (share, windows_max) in [(39_668, 4), (13_222, 4), (26_445, 1), (8_815, 1)] {
            let sigma = least_sigma(MicroRho(share), &times(windows_max)).unwrap().unwrap();
            let cost = |sigma| MicroRho::cost(3600, sigma).times(windows_max).0;
            assert!(cost(sigma) <= share && cost(sigma - 1) > share, "{share} {sigma}");
        }
        assert_eq!(least_sigma(MicroRho(39_668), &times(4)).unwrap(), Some(427));
    }

    #[test]
    fn least_sigma_of_scaled_payments_grows_with_their_factors() {
        let share = MicroRho(10_000);
        let sigma = least_sigma(share, &Payments(vec![64, 32, 64])).unwrap().unwrap();
        let cost = |sigma| -> u64 {
            [64, 32, 64].map(|f: u64| MicroRho::cost(3600 * f * f, sigma).0).iter().sum()
        };
        assert!(cost(sigma) <= share.0 && cost(sigma - 1) > share.0, "{sigma}");
    }

    #[test]
    fn least_sigma_of_a_share_below_its_windows_does_not_exist() {
        assert_eq!(least_sigma(MicroRho(3), &times(4)).unwrap(), None);
    }
}
