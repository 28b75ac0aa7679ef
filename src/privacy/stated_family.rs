//! A query family as the public ledger states it.

use serde::{Deserialize, Serialize};

use super::{
    Budget, FamilySpec, Layer, MicroRho, PlanError, Rho,
    family::Losses,
    plan_error::CELLS_MAX,
    running::{coefficients, payments},
};
use crate::domain::{CellSchema, KeySet, Level, VOICE_UNITS};

/// A query family in its public form; every number of it can be worked out again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatedFamily {
    /// As declared.
    pub declared: FamilySpec,
    /// What one resident may spend on it in a period.
    pub share: MicroRho,
    /// Its levels, finest first, each with its own noise; there is at least one.
    pub layers: Vec<Layer>,
    /// Of a running total: the factors of a first voice in the releases of its run, by age.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coefficients: Vec<u32>,
    /// Charge of a whole voice in one cell of each level.
    pub cost_full_voice: MicroRho,
    /// Charge of all that one resident can fill in the heaviest period.
    pub cost_period: MicroRho,
    /// Loss of one release.
    pub loss_window: Rho,
    /// Loss of the releases that one resident can fill in the heaviest period.
    pub loss_period: Rho,
}

impl StatedFamily {
    /// Cells of the finest level.
    pub fn cells(&self) -> usize {
        self.layers.first().map_or(0, |layer| layer.cells)
    }

    /// Cells of all levels: the length of the released vector.
    pub fn cells_of_all_levels(&self) -> usize {
        self.layers.iter().map(|layer| layer.cells).sum()
    }

    /// Noise in every cell of the finest level.
    pub fn sigma_units(&self) -> u32 {
        self.layers.first().map_or(0, |layer| layer.sigma_units)
    }

    /// L2 sensitivity of each level's vector, in 60ths of a voice.
    pub fn sensitivity_units(&self) -> u32 {
        VOICE_UNITS.saturating_mul(self.coefficients.first().copied().unwrap_or(1))
    }

    /// The sum in words.
    pub(super) fn arithmetic(&self) -> String {
        let FamilySpec { id, windows_max, .. } = &self.declared;
        match self.coefficients.is_empty() {
            true => {
                format!("{id} {windows_max} x {} = {}", self.cost_full_voice.0, self.cost_period.0)
            }
            false => format!("{id} {} for the heaviest run", self.cost_period.0),
        }
    }

    /// Whether each level has the cells of these lists, all of them and no other.
    pub(super) fn check_keys(&self, keys: &KeySet) -> Result<(), PlanError> {
        self.declared.check_keys(keys)?;
        let schema = CellSchema::new(self.declared.grouping, keys);
        self.layers.iter().try_for_each(|layer| {
            let cells = level_cells(layer.level, &schema, keys);
            check_equal(&self.declared.id, "number of cells", layer.cells, cells)
        })
    }

    /// Recomputes every number.
    pub(super) fn check(&self, budget: &Budget) -> Result<(), PlanError> {
        let id = &self.declared.id;
        let payments = payments(&self.declared, budget.period_windows);
        check_equal(id, "share", self.share, budget.micro.share(self.declared.share_percent))?;
        let factors = coefficients(&self.declared);
        if self.coefficients != factors {
            let (stated, found) = (format!("{:?}", self.coefficients), format!("{factors:?}"));
            return Err(PlanError::Misstated {
                of: id.clone(),
                what: "coefficients",
                stated,
                found,
            });
        }
        let declared = self.declared.layers();
        check_equal(id, "number of levels", self.layers.len(), declared.len())?;
        for (layer, spec) in self.layers.iter().zip(declared) {
            check_equal(id, "level", layer.level.as_str(), spec.level.as_str())?;
            check_equal(id, "share of a level", layer.share, self.share.share(spec.percent))?;
            if !(1..=CELLS_MAX).contains(&layer.cells) {
                return Err(PlanError::Cells { family: id.clone(), cells: layer.cells });
            }
        }
        let cost: MicroRho = self.layers.iter().map(|layer| layer.cost_full_voice).sum();
        check_equal(id, "cost_full_voice", self.cost_full_voice, cost)?;
        self.layers.iter().try_for_each(|layer| layer.check(id, &payments))?;
        let cost = self.layers.iter().map(|layer| layer.cost_period(&payments)).sum();
        check_equal(id, "cost_period", self.cost_period, cost)?;
        let losses = Losses::of(&self.layers, &payments)?;
        check_equal(id, "loss_window", self.loss_window.to_bits(), losses.window.to_bits())?;
        check_equal(id, "loss_period", self.loss_period.to_bits(), losses.period.to_bits())
    }
}

/// Cells of one level.
pub(super) fn level_cells(level: Level, schema: &CellSchema, keys: &KeySet) -> usize {
    match level {
        Level::Neighborhood => schema.len(),
        Level::District => keys.districts.len() * schema.opinions(),
        Level::City => schema.opinions(),
    }
}

/// A stated number against the one that follows.
pub(super) fn check_equal<T: PartialEq + std::fmt::Display>(
    of: &str,
    what: &'static str,
    stated: T,
    found: T,
) -> Result<(), PlanError> {
    if stated == found {
        return Ok(());
    }
    let (stated, found) = (stated.to_string(), found.to_string());
    Err(PlanError::Misstated { of: of.to_owned(), what, stated, found })
}
