//! A plan as the public ledger states it, and the check that its numbers follow from one another.
//!
//! The same check refuses a plan before any data and convicts an altered one afterwards. It asks
//! for inequalities where a later version may choose better noise, and for equal bits where the
//! library has the last word.

use serde::{Deserialize, Serialize};

use super::{
    Budget, FamilySpec, MicroRho, PlanError, Rho, loss_of,
    plan_error::{CELLS_MAX, FAMILIES_MAX},
};
use crate::domain::VOICE_UNITS;

/// A privacy plan in its public form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatedPlan {
    /// Units of one voice: the L2 sensitivity of every release.
    pub voice_units: u32,
    /// Name of the mechanism.
    pub mechanism: String,
    /// Library and version that computed the losses.
    pub library: String,
    /// The budget of one resident.
    pub budget: Budget,
    /// The families in the plan's order.
    pub families: Vec<StatedFamily>,
    /// The library's composition of all families' losses in a period.
    pub loss_period: Rho,
}

/// A query family in its public form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatedFamily {
    /// As declared.
    pub declared: FamilySpec,
    /// Number of cells, all released.
    pub cells: usize,
    /// Noise in every cell, in 60ths of a voice.
    pub sigma_units: u32,
    /// What one resident may spend on it in a period.
    pub share: MicroRho,
    /// Charge of a whole voice in one cell.
    pub cost_full_voice: MicroRho,
    /// Loss of one release.
    pub loss_window: Rho,
    /// Loss of W releases.
    pub loss_period: Rho,
}

impl StatedPlan {
    /// The family of that id.
    pub fn family(&self, id: &str) -> Option<&StatedFamily> {
        self.families.iter().find(|family| family.declared.id == id)
    }

    /// Recomputes every number, with the library where a loss is concerned.
    ///
    /// # Errors
    /// The first number that does not hold, or the arithmetic of a plan above its budget.
    pub fn check(&self) -> Result<(), PlanError> {
        if !(1..=FAMILIES_MAX).contains(&self.families.len()) {
            return Err(PlanError::Families(self.families.len()));
        }
        self.check_stated("voice_units", self.voice_units, VOICE_UNITS)?;
        for family in &self.families {
            family.declared.check(self.budget.period_windows)?;
            self.check_alone(family)?;
        }
        self.check_shares()?;
        self.check_costs()?;
        for family in &self.families {
            family.check(self.budget.micro)?;
        }
        self.check_losses()
    }

    fn check_alone(&self, family: &StatedFamily) -> Result<(), PlanError> {
        let id = &family.declared.id;
        if self.families.iter().filter(|other| other.declared.id == *id).count() > 1 {
            return Err(PlanError::Duplicate(id.clone()));
        }
        Ok(())
    }

    fn check_shares(&self) -> Result<(), PlanError> {
        let percent = |family: &StatedFamily| u32::from(family.declared.share_percent);
        let total = self.families.iter().map(percent).sum();
        if total <= 100 {
            return Ok(());
        }
        let part = |family: &StatedFamily| format!("{} {} %", family.declared.id, percent(family));
        Err(PlanError::Shares { total, parts: joined(self.families.iter().map(part)) })
    }

    fn check_costs(&self) -> Result<(), PlanError> {
        let cost = self.families.iter().map(StatedFamily::cost_period).sum();
        if cost <= self.budget.micro {
            return Ok(());
        }
        let parts = joined(self.families.iter().map(StatedFamily::arithmetic));
        Err(PlanError::OverBudget { cost, budget: self.budget.micro, parts })
    }

    fn check_losses(&self) -> Result<(), PlanError> {
        let losses: Vec<Rho> = self.families.iter().map(|family| family.loss_period).collect();
        let loss = Rho::compose(&losses)?;
        self.check_stated("loss_period", self.loss_period.to_bits(), loss.to_bits())?;
        let Budget { epsilon, delta, rho, micro, .. } = self.budget;
        if micro > MicroRho::floor(rho) {
            self.check_stated("micro", micro, MicroRho::floor(rho))?;
        }
        if loss > rho {
            return Err(PlanError::LossAbove {
                of: PLAN.into(),
                loss: loss.get(),
                bound: rho.get(),
            });
        }
        let found = rho.epsilon(delta)?;
        if found > epsilon {
            return Err(PlanError::EpsilonAbove { found, delta, stated: epsilon });
        }
        Ok(())
    }

    fn check_stated<T: PartialEq + std::fmt::Display>(
        &self,
        what: &'static str,
        stated: T,
        found: T,
    ) -> Result<(), PlanError> {
        check_equal(PLAN, what, stated, found)
    }
}

const PLAN: &str = "the plan";

impl StatedFamily {
    /// Charge of the W whole voices that one resident can give in a period.
    pub fn cost_period(&self) -> MicroRho {
        self.cost_full_voice.times(self.declared.windows_max)
    }

    fn arithmetic(&self) -> String {
        let (id, windows_max) = (&self.declared.id, self.declared.windows_max);
        format!("{id} {windows_max} x {} = {}", self.cost_full_voice.0, self.cost_period().0)
    }

    fn check(&self, budget: MicroRho) -> Result<(), PlanError> {
        let FamilySpec { id, windows_max, share_percent, .. } = &self.declared;
        if !(1..=CELLS_MAX).contains(&self.cells) {
            return Err(PlanError::Cells { family: id.clone(), cells: self.cells });
        }
        let full_voice = u64::from(VOICE_UNITS) * u64::from(VOICE_UNITS);
        let cost_window = MicroRho::cost(full_voice, self.sigma_units);
        check_equal(id, "cost_full_voice", self.cost_full_voice, cost_window)?;
        check_equal(id, "share", self.share, budget.share(*share_percent))?;
        let loss_window = loss_of(self.sigma_units, VOICE_UNITS)?;
        check_equal(id, "loss_window", self.loss_window.to_bits(), loss_window.to_bits())?;
        let loss_period = loss_window.composed(*windows_max)?;
        check_equal(id, "loss_period", self.loss_period.to_bits(), loss_period.to_bits())?;
        if self.cost_period() > self.share {
            return Err(PlanError::OverShare {
                family: id.clone(),
                windows_max: *windows_max,
                cost_window,
                cost: self.cost_period(),
                share: self.share,
            });
        }
        if loss_period > self.share.rho_below() {
            let (loss, bound) = (loss_period.get(), self.share.rho_below().get());
            return Err(PlanError::LossAbove { of: id.clone(), loss, bound });
        }
        Ok(())
    }
}

fn check_equal<T: PartialEq + std::fmt::Display>(
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

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::plan::tests::plan;

    fn altered(alter: impl Fn(&mut StatedPlan)) -> Result<(), PlanError> {
        let mut stated = plan().stated();
        stated.check().unwrap();
        alter(&mut stated);
        stated.check()
    }

    #[test]
    fn stated_plan_reads_back_from_json_and_still_holds() {
        let stated = plan().stated();
        let text = serde_json::to_string(&stated).unwrap();
        let back: StatedPlan = serde_json::from_str(&text).unwrap();
        assert_eq!(back, stated);
        back.check().unwrap();
    }

    #[test]
    fn halved_noise_is_found_out() {
        let found = altered(|plan| plan.families[0].sigma_units /= 2);
        assert!(matches!(found, Err(PlanError::Misstated { what: "cost_full_voice", .. })));
    }

    #[test]
    fn understated_loss_is_found_out() {
        let found = altered(|plan| {
            let bits = plan.families[1].loss_window.to_bits();
            plan.families[1].loss_window = Rho::from_bits(bits - 1).unwrap();
        });
        assert!(matches!(found, Err(PlanError::Misstated { what: "loss_window", .. })));
        let found = altered(|plan| plan.loss_period = Rho::ZERO);
        assert!(matches!(found, Err(PlanError::Misstated { what: "loss_period", .. })));
    }

    #[test]
    fn budget_with_a_flattering_epsilon_is_found_out() {
        assert!(matches!(altered(|p| p.budget.epsilon = 1.9), Err(PlanError::EpsilonAbove { .. })));
        let found = altered(|plan| plan.budget.micro = MicroRho(plan.budget.micro.0 + 1));
        assert!(matches!(found, Err(PlanError::Misstated { .. })), "{found:?}");
    }

    #[test]
    fn more_windows_than_paid_for_are_found_out() {
        let found = altered(|plan| plan.families[0].declared.windows_max = 13);
        let Err(PlanError::OverBudget { cost, budget, .. }) = found else { panic!("{found:?}") };
        assert!(cost > budget);
    }
}
