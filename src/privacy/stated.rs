//! A plan as the public ledger states it, and the check that its numbers follow from one another.
//!
//! The same check refuses a plan before any data and convicts an altered one afterwards. It asks
//! for inequalities where a later version may choose better noise, and for equal bits where the
//! library has the last word.

use serde::{Deserialize, Serialize};

use super::{
    Budget, LIBRARY_NAME, LossError, MicroRho, PlanError, Rho, StatedFamily,
    plan_error::FAMILIES_MAX, stated_family::check_equal,
};
use crate::domain::{KeySet, VOICE_UNITS};

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

impl StatedPlan {
    /// The family of that id.
    pub fn family(&self, id: &str) -> Option<&StatedFamily> {
        self.families.iter().find(|family| family.declared.id == id)
    }

    /// Whether every family has the cells of these key lists on each of its levels, all of them.
    ///
    /// # Errors
    /// The first level that has more cells, or fewer.
    pub fn check_keys(&self, keys: &KeySet) -> Result<(), PlanError> {
        self.families.iter().try_for_each(|family| family.check_keys(keys))
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
        self.check_stated("mechanism", self.mechanism.as_str(), MECHANISM)?;
        let library = self.library.split(' ').next().unwrap_or_default();
        self.check_stated("library", library, LIBRARY_NAME)?;
        for family in &self.families {
            family.declared.check(self.budget.period_windows)?;
            self.check_alone(family)?;
        }
        self.check_shares()?;
        self.check_costs()?;
        for family in &self.families {
            family.check(&self.budget)?;
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

    /// Shares and costs in every run of windows of one period: a question that ended before another
    /// began leaves its share to it.
    fn check_shares(&self) -> Result<(), PlanError> {
        let percent = |family: &&StatedFamily| u32::from(family.declared.share_percent);
        let (_, heaviest) = self.heaviest(|family| u64::from(family.declared.share_percent));
        let total = heaviest.iter().map(percent).sum();
        if total <= 100 {
            return Ok(());
        }
        let part = |family: &&StatedFamily| format!("{} {} %", family.declared.id, percent(family));
        Err(PlanError::Shares { total, parts: joined(heaviest.iter().map(part)) })
    }

    fn check_costs(&self) -> Result<(), PlanError> {
        let (cost, heaviest) = self.heaviest(|family| family.cost_period.0);
        let cost = MicroRho(cost);
        if cost <= self.budget.micro {
            return Ok(());
        }
        let parts = joined(heaviest.iter().map(|family| family.arithmetic()));
        Err(PlanError::OverBudget { cost, budget: self.budget.micro, parts })
    }

    /// The families that can release anything in the heaviest period, by `weight`, and its sum.
    fn heaviest(&self, weight: impl Fn(&StatedFamily) -> u64) -> (u64, Vec<&StatedFamily>) {
        let sum = |families: &Vec<&StatedFamily>| {
            families.iter().fold(0u64, |sum, family| sum.saturating_add(weight(family)))
        };
        let heaviest = self.periods().into_iter().max_by_key(sum).unwrap_or_default();
        (sum(&heaviest), heaviest)
    }

    /// The families that can release anything in a period, for each period that needs a look: one
    /// more family can be active only where a family begins to reach into the period.
    fn periods(&self) -> Vec<Vec<&StatedFamily>> {
        let period = self.budget.period_windows;
        let start = |family: &StatedFamily| {
            family.declared.from_window.unwrap_or(0).saturating_sub(period - 1)
        };
        let mut starts: Vec<u32> = self.families.iter().map(start).collect();
        starts.sort_unstable();
        starts.dedup();
        let active = |start: u32| {
            self.families.iter().filter(|f| f.declared.is_active_in(start, period)).collect()
        };
        starts.into_iter().map(active).collect()
    }

    /// The library's composition of the families' losses in the heaviest period.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn composed(&self) -> Result<Rho, LossError> {
        let mut most = Rho::ZERO;
        for families in self.periods() {
            let losses: Vec<Rho> = families.iter().map(|family| family.loss_period).collect();
            let loss = Rho::compose(&losses)?;
            if loss > most {
                most = loss;
            }
        }
        Ok(most)
    }

    /// Percent of the budget that no family has in the heaviest period that begins at `window` or
    /// later: what a question asked from then on can have.
    pub fn unassigned_percent(&self, window: u32) -> u8 {
        let period = self.budget.period_windows;
        let taken = |start: u32| -> u32 {
            let active = self.families.iter().filter(|f| f.declared.is_active_in(start, period));
            active.map(|family| u32::from(family.declared.share_percent)).sum()
        };
        let first = window.saturating_sub(period - 1);
        let begins = self.families.iter().map(|family| {
            family.declared.from_window.unwrap_or(0).saturating_sub(period - 1).max(first)
        });
        let most = begins.chain([first]).map(taken).max().unwrap_or(0);
        u8::try_from(100u32.saturating_sub(most)).unwrap_or(0)
    }

    fn check_losses(&self) -> Result<(), PlanError> {
        let loss = self.composed()?;
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

/// The one mechanism of releases.
pub(super) const MECHANISM: &str = "discrete_gaussian";

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
        let found = altered(|plan| plan.families[0].layers[0].sigma_units /= 2);
        assert!(matches!(found, Err(PlanError::Misstated { what: "cost_full_voice", .. })));
    }

    #[test]
    fn other_mechanism_or_library_is_found_out() {
        let found = altered(|plan| plan.mechanism = "none at all".into());
        assert!(matches!(found, Err(PlanError::Misstated { what: "mechanism", .. })));
        let found = altered(|plan| plan.library = "dice 1.0".into());
        assert!(matches!(found, Err(PlanError::Misstated { what: "library", .. })));
    }

    #[test]
    fn cells_that_are_not_the_key_lists_are_found_out() {
        let keys = crate::privacy::keys_for_tests();
        let mut stated = plan().stated();
        stated.check_keys(&keys).unwrap();
        for cells in [156, 164] {
            stated.families[0].layers[0].cells = cells;
            let found = stated.check_keys(&keys);
            assert!(matches!(found, Err(PlanError::Misstated { what: "number of cells", .. })));
        }
    }

    #[test]
    fn understated_loss_is_found_out() {
        let found = altered(|plan| {
            let bits = plan.families[1].loss_window.to_bits();
            plan.families[1].loss_window = Rho::from_bits(bits - 1).unwrap();
        });
        assert!(matches!(found, Err(PlanError::Misstated { what: "loss_window", .. })));
        let found = altered(|plan| {
            let bits = plan.families[1].layers[0].loss_window.to_bits();
            plan.families[1].layers[0].loss_window = Rho::from_bits(bits - 1).unwrap();
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
        assert!(matches!(found, Err(PlanError::OverShare { .. })), "{found:?}");
        let found = altered(|plan| {
            plan.families[0].declared.windows_max = 13;
            plan.families[0].cost_period = plan.families[0].cost_full_voice.times(13);
        });
        let Err(PlanError::OverBudget { cost, budget, .. }) = found else { panic!("{found:?}") };
        assert!(cost > budget);
    }

    #[test]
    fn question_that_has_ended_leaves_its_share_after_a_period() {
        let ended = |until, from| {
            let mut specs = crate::privacy::plan::tests::specs();
            specs[1].until_window = Some(until);
            let mut next = specs[1].clone();
            (next.id, next.from_window, next.until_window) = ("asked".into(), Some(from), None);
            specs.push(next);
            let budget = Budget::new(2.0, 1e-6, 13).unwrap();
            crate::privacy::PrivacyPlan::new(budget, specs, &crate::privacy::keys_for_tests())
        };
        let plan = ended(10, 22).unwrap();
        assert!(plan.loss_period() <= plan.budget().rho);
        assert_eq!(
            (plan.stated().unassigned_percent(5), plan.stated().unassigned_percent(60)),
            (0, 0)
        );
        assert!(matches!(ended(10, 21), Err(PlanError::Shares { total: 115, .. })));
    }

    #[test]
    fn share_that_no_family_has_is_left_for_questions_to_come() {
        let mut specs = crate::privacy::plan::tests::specs();
        specs[0].share_percent = 35;
        specs[1].until_window = Some(20);
        let budget = Budget::new(2.0, 1e-6, 13).unwrap();
        let keys = crate::privacy::keys_for_tests();
        let stated = crate::privacy::PrivacyPlan::new(budget, specs, &keys).unwrap().stated();
        assert_eq!((stated.unassigned_percent(20), stated.unassigned_percent(32)), (10, 25));
    }
}
