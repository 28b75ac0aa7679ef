//! A query family: one table of counts that is released again and again.

use serde::{Deserialize, Serialize};

use super::{LossError, MicroRho, PlanError, Rho, StatedFamily, loss_of};
use crate::domain::{CellSchema, Grouping, KeySet, VOICE_UNITS, Window};

/// A voice is split over at most this many cells: 60 units divide by 1 to 6.
pub const CELLS_PER_VOICE_MAX: u8 = 6;

/// Squared norm of a whole voice in one cell, the largest there is.
const FULL_VOICE_SQUARED: u64 = (VOICE_UNITS as u64) * (VOICE_UNITS as u64);

/// A query family as the city declares it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FamilySpec {
    /// Stable id: 1 to 40 of `a-z 0-9 -`.
    pub id: String,
    /// What a table shows.
    pub name: String,
    /// What it counts by.
    pub grouping: Grouping,
    /// Base windows in one span of it.
    pub every_windows: u32,
    /// Spans that one resident can fill with a whole voice in any period: W.
    pub windows_max: u32,
    /// Part of the budget, in percent.
    pub share_percent: u8,
    /// Cells that one voice is split over at most: k, 1 to 6.
    pub cells_max: u8,
    /// Noise to use instead of the least that the share allows, in 60ths of a voice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sigma_units: Option<u32>,
}

impl FamilySpec {
    /// How many spans of the family can be charged in one period.
    pub fn spans_max(&self, period_windows: u32) -> u32 {
        if self.every_windows == 0 { 0 } else { period_windows.div_ceil(self.every_windows) }
    }

    /// Whether every number is in its range.
    pub(super) fn check(&self, period_windows: u32) -> Result<(), PlanError> {
        let family = || self.id.clone();
        let spans_max = self.spans_max(period_windows);
        if !id_is_plain(&self.id) {
            return Err(PlanError::Id(family()));
        }
        if self.every_windows == 0 {
            return Err(PlanError::Every { family: family() });
        }
        if !(1..=spans_max).contains(&self.windows_max) {
            return Err(PlanError::WindowsMax {
                family: family(),
                windows_max: self.windows_max,
                period_windows,
                every_windows: self.every_windows,
                spans_max,
            });
        }
        if !(1..=CELLS_PER_VOICE_MAX).contains(&self.cells_max) {
            return Err(PlanError::CellsMax { family: family(), cells_max: self.cells_max });
        }
        if !(1..=100).contains(&self.share_percent) {
            return Err(PlanError::Share { family: family(), percent: self.share_percent });
        }
        if self.sigma_units == Some(0) {
            return Err(PlanError::NoNoise { family: family() });
        }
        Ok(())
    }
}

fn id_is_plain(id: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=40).contains(&id.len()) && id.bytes().all(plain)
}

/// A query family with its noise and its cost; only [`PrivacyPlan`](super::PrivacyPlan) makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    spec: FamilySpec,
    schema: CellSchema,
    sigma_units: u32,
    share: MicroRho,
    cost_full_voice: MicroRho,
    loss_window: Rho,
    loss_period: Rho,
}

impl Family {
    /// Finds the noise of a checked `spec` whose part of the budget is `share`.
    pub(super) fn new(spec: FamilySpec, share: MicroRho, keys: &KeySet) -> Result<Self, PlanError> {
        let schema = CellSchema::new(spec.grouping, keys);
        let sigma_units = match spec.sigma_units {
            Some(sigma_units) => sigma_units,
            None => least_sigma(share, spec.windows_max)?
                .ok_or_else(|| PlanError::ShareTooSmall { family: spec.id.clone(), share })?,
        };
        let loss_window = loss_of(sigma_units, VOICE_UNITS)?;
        Ok(Self {
            schema,
            sigma_units,
            share,
            cost_full_voice: MicroRho::cost(FULL_VOICE_SQUARED, sigma_units),
            loss_window,
            loss_period: loss_window.composed(spec.windows_max)?,
            spec,
        })
    }

    /// The declaration it came from.
    pub fn spec(&self) -> &FamilySpec {
        &self.spec
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.spec.id
    }

    /// Its cells, all of which are released.
    pub fn schema(&self) -> &CellSchema {
        &self.schema
    }

    /// Standard deviation of the noise in every cell.
    ///
    /// # Units
    /// 60ths of a voice.
    pub fn sigma_units(&self) -> u32 {
        self.sigma_units
    }

    /// What one resident may spend on it in any period.
    pub fn share(&self) -> MicroRho {
        self.share
    }

    /// The charge for a whole voice in one cell.
    pub fn cost_full_voice(&self) -> MicroRho {
        self.cost_full_voice
    }

    /// The library's loss of one release for a resident with a whole voice in it.
    pub fn loss_window(&self) -> Rho {
        self.loss_window
    }

    /// The library's loss of the W releases that one resident can fill in a period.
    pub fn loss_period(&self) -> Rho {
        self.loss_period
    }

    /// Its public form.
    pub fn stated(&self) -> StatedFamily {
        StatedFamily {
            declared: self.spec.clone(),
            cells: self.schema.len(),
            sigma_units: self.sigma_units,
            share: self.share,
            cost_full_voice: self.cost_full_voice,
            loss_window: self.loss_window,
            loss_period: self.loss_period,
        }
    }

    /// Whether a release is due when base window `closed` closes.
    pub fn is_due_at(&self, closed: Window) -> bool {
        (u64::from(closed.0) + 1).is_multiple_of(u64::from(self.spec.every_windows))
    }

    /// First and last base window of the span that ends with `last`, at which its charge is dated;
    /// `None` when no span ends there.
    pub fn span_ending(&self, last: Window) -> Option<(Window, Window)> {
        self.is_due_at(last).then(|| (Window(last.0 - (self.spec.every_windows - 1)), last))
    }
}

/// The least sigma at which W whole voices fit into `share`, both in integers and by the library.
fn least_sigma(share: MicroRho, windows_max: u32) -> Result<Option<u32>, LossError> {
    let fits = |sigma_units: u32| {
        MicroRho::cost(FULL_VOICE_SQUARED, sigma_units).times(windows_max) <= share
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
        if loss_of(sigma_units, VOICE_UNITS)?.composed(windows_max)? <= share.rho_below() {
            return Ok(Some(sigma_units));
        }
        sigma_units += 1;
    }
    Ok(None)
}

/// More noise than 17,000 voices releases nothing.
const SIGMA_UNITS_MAX: u32 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn least_sigma_fits_and_one_less_does_not() {
        for (share, windows_max) in [(39_668, 4), (13_222, 4), (26_445, 1), (8_815, 1)] {
            let sigma = least_sigma(MicroRho(share), windows_max).unwrap().unwrap();
            let cost = |sigma| MicroRho::cost(3600, sigma).times(windows_max).0;
            assert!(cost(sigma) <= share && cost(sigma - 1) > share, "{share} {sigma}");
        }
        assert_eq!(least_sigma(MicroRho(39_668), 4).unwrap(), Some(427));
    }

    #[test]
    fn least_sigma_of_a_share_below_its_windows_does_not_exist() {
        assert_eq!(least_sigma(MicroRho(3), 4).unwrap(), None);
    }

    #[test]
    fn family_is_due_at_the_last_window_of_its_span() {
        let family = crate::privacy::plan::tests::plan().families()[2].clone();
        assert_eq!(family.spec().every_windows, 13);
        assert!(family.is_due_at(Window(12)) && !family.is_due_at(Window(13)));
        assert_eq!(family.span_ending(Window(25)), Some((Window(13), Window(25))));
        assert_eq!(family.span_ending(Window(24)), None);
    }
}
