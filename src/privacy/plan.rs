//! The privacy plan: the families of a pipeline, their noise, and the proof that they fit.

use serde::{Serialize, Serializer};

use super::{
    Budget, Family, FamilySpec, LIBRARY_NAME, LIBRARY_VERSION, PlanError, Rho, StatedPlan,
    plan_error::{CELLS_MAX, FAMILIES_MAX, KEYS_MAX},
    stated::MECHANISM,
};
use crate::domain::{KeySet, VOICE_UNITS};

/// A plan whose cost was found to fit its budget; there is no other kind.
///
/// It serialises as its [`StatedPlan`], the public form that goes into the ledger.
///
/// # Privacy
/// Noise is chosen from the budget, the shares and W alone, before any data.
#[derive(Clone, Debug, PartialEq)]
pub struct PrivacyPlan {
    budget: Budget,
    families: Vec<Family>,
    loss_period: Rho,
}

impl PrivacyPlan {
    /// Works out noise and cost of every family and refuses a plan above its budget.
    ///
    /// # Errors
    /// [`PlanError`] with the arithmetic.
    pub fn new(budget: Budget, specs: Vec<FamilySpec>, keys: &KeySet) -> Result<Self, PlanError> {
        check_lists(&specs, keys)?;
        let mut families = Vec::with_capacity(specs.len());
        for spec in specs {
            spec.check(budget.period_windows)?;
            spec.check_keys(keys)?;
            let family = Family::new(
                spec.clone(),
                budget.micro.share(spec.share_percent),
                keys,
                budget.period_windows,
            )?;
            let cells = family.schema().len();
            if !(1..=CELLS_MAX).contains(&cells) {
                return Err(PlanError::Cells { family: spec.id, cells });
            }
            families.push(family);
        }
        let mut plan = Self { budget, families, loss_period: Rho::ZERO };
        plan.loss_period = plan.stated().composed()?;
        plan.stated().check()?;
        Ok(plan)
    }

    /// The budget of one resident.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// The families in declared order; charges name them by their index here.
    pub fn families(&self) -> &[Family] {
        &self.families
    }

    /// Index and family of that id.
    pub fn family(&self, id: &str) -> Option<(u16, &Family)> {
        let index = self.families.iter().position(|family| family.id() == id)?;
        Some((u16::try_from(index).ok()?, &self.families[index]))
    }

    /// The library's composition of all families' losses in a period.
    pub fn loss_period(&self) -> Rho {
        self.loss_period
    }

    /// The public form.
    pub fn stated(&self) -> StatedPlan {
        StatedPlan {
            voice_units: VOICE_UNITS,
            mechanism: MECHANISM.to_owned(),
            library: format!("{LIBRARY_NAME} {LIBRARY_VERSION}"),
            budget: self.budget.clone(),
            families: self.families.iter().map(Family::stated).collect(),
            loss_period: self.loss_period,
        }
    }
}

impl Serialize for PrivacyPlan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.stated().serialize(serializer)
    }
}

fn check_lists(specs: &[FamilySpec], keys: &KeySet) -> Result<(), PlanError> {
    if !(1..=FAMILIES_MAX).contains(&specs.len()) {
        return Err(PlanError::Families(specs.len()));
    }
    let longest = keys.neighborhoods.len().max(keys.topics.len());
    if longest > KEYS_MAX { Err(PlanError::Keys(longest)) } else { Ok(()) }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::{
        domain::{Grouping, NamedKey},
        privacy::MicroRho,
    };

    pub(crate) fn keys(neighborhoods: usize, topics: usize) -> KeySet {
        let list = |count: usize, stem: &str| {
            let key = |i| NamedKey { id: format!("{stem}-{i}"), name: format!("{stem} {i}") };
            (0..count).map(key).collect()
        };
        KeySet {
            neighborhoods: list(neighborhoods, "place"),
            topics: list(topics, "topic"),
            districts: Vec::new(),
        }
    }

    pub(crate) fn keys_for_tests() -> KeySet {
        keys(40, 12)
    }

    pub(crate) fn spec(id: &str, every: u32, windows_max: u32, percent: u8) -> FamilySpec {
        FamilySpec {
            id: id.into(),
            name: id.into(),
            grouping: Grouping {
                neighborhood: id != "topics",
                topic: id == "topics" || id == "detail",
                sentiment: id != "reach",
            },
            every_windows: every,
            windows_max,
            share_percent: percent,
            cells_max: 6,
            sigma_units: None,
            levels: Vec::new(),
            to_date_windows: None,
            from_window: None,
            until_window: None,
        }
    }

    pub(crate) fn specs() -> Vec<FamilySpec> {
        vec![
            spec("pulse", 1, 4, 45),
            spec("topics", 1, 4, 15),
            spec("detail", 13, 1, 30),
            spec("reach", 13, 1, 10),
        ]
    }

    /// The families of [`specs`] with 10 % of the budget left, and `added` after them.
    pub(crate) fn plan_with(added: Vec<FamilySpec>) -> PrivacyPlan {
        let mut specs = specs();
        specs[0].share_percent = 35;
        specs.extend(added);
        PrivacyPlan::new(Budget::new(2.0, 1e-6, 13).unwrap(), specs, &keys_for_tests()).unwrap()
    }

    pub(crate) fn plan() -> PrivacyPlan {
        static PLAN: LazyLock<PrivacyPlan> = LazyLock::new(|| {
            PrivacyPlan::new(Budget::new(2.0, 1e-6, 13).unwrap(), specs(), &keys_for_tests())
                .unwrap()
        });
        PLAN.clone()
    }

    fn planned(alter: impl Fn(&mut Vec<FamilySpec>)) -> Result<PrivacyPlan, PlanError> {
        let mut specs = specs();
        alter(&mut specs);
        PrivacyPlan::new(Budget::new(2.0, 1e-6, 13).unwrap(), specs, &keys(40, 12))
    }

    /// One family with noise of 427 units that costs 4 x 9,873 micro-rho.
    fn fixed(budget: u64) -> Result<PrivacyPlan, PlanError> {
        let budget = Budget::of_rho(MicroRho(budget), 1e-6, 13).unwrap();
        let spec = FamilySpec { sigma_units: Some(427), ..spec("pulse", 1, 4, 100) };
        PrivacyPlan::new(budget, vec![spec], &keys(40, 12))
    }

    #[test]
    fn default_plan_has_the_noise_of_the_design() {
        let plan = plan();
        let voices: Vec<f64> =
            plan.families().iter().map(|f| f64::from(f.sigma_units()) / 60.0).collect();
        for (found, expected) in voices.iter().zip([7.10, 12.30, 4.35, 7.53]) {
            assert!((found - expected).abs() < 0.03, "{voices:?}");
        }
        assert!(plan.loss_period() <= plan.budget().rho);
        assert!(plan.loss_period().get() > 0.99 * plan.budget().rho.get());
    }

    #[test]
    fn plan_at_exactly_its_budget_runs_and_one_micro_less_is_refused() {
        let cost = 4 * 9_873;
        assert_eq!(fixed(cost).unwrap().families()[0].share(), MicroRho(cost));
        let refused = fixed(cost - 1).unwrap_err();
        let text = refused.to_string();
        assert!(matches!(refused, PlanError::OverBudget { .. }));
        assert!(text.contains("costs 39492 micro-rho of 39491 micro-rho"), "{text}");
        assert!(text.contains("pulse 4 x 9873 = 39492"), "{text}");
    }

    #[test]
    fn family_above_its_share_is_refused_even_when_the_plan_fits() {
        let refused = planned(|specs| {
            specs.truncate(1);
            specs[0].sigma_units = Some(400);
        });
        let text = refused.unwrap_err().to_string();
        assert!(text.contains("4 x 11250 micro-rho = 45000 micro-rho of its share"), "{text}");
    }

    #[test]
    fn shares_above_a_hundred_percent_are_refused_with_the_sum() {
        let text = planned(|specs| specs[3].share_percent = 11).unwrap_err().to_string();
        assert!(text.contains("101 %: pulse 45 %, topics 15 %, detail 30 %, reach 11 %"), "{text}");
    }

    #[test]
    fn windows_that_no_period_holds_are_refused() {
        for (family, windows_max) in [(0, 0), (0, 14), (2, 2)] {
            let refused = planned(|specs| specs[family].windows_max = windows_max);
            assert!(matches!(refused, Err(PlanError::WindowsMax { .. })), "{family} {windows_max}");
        }
        assert!(planned(|specs| specs[0].windows_max = 13).is_ok());
    }

    #[test]
    fn family_that_is_malformed_is_refused() {
        use PlanError as E;
        assert!(matches!(planned(|s| s[1].id = "pulse".into()), Err(E::Duplicate(_))));
        assert!(matches!(planned(|s| s[1].id = "../up".into()), Err(E::Id(_))));
        assert!(matches!(planned(|s| s[1].cells_max = 7), Err(E::CellsMax { .. })));
        assert!(matches!(planned(|s| s[1].cells_max = 0), Err(E::CellsMax { .. })));
        assert!(matches!(planned(|s| s[1].every_windows = 0), Err(E::Every { .. })));
        assert!(matches!(planned(|s| s[1].sigma_units = Some(0)), Err(E::NoNoise { .. })));
        assert!(matches!(planned(|s| s[1].share_percent = 0), Err(E::Share { .. })));
        assert!(matches!(planned(Vec::clear), Err(E::Families(0))));
    }

    #[test]
    fn plan_without_cells_is_refused() {
        let budget = Budget::new(2.0, 1e-6, 13).unwrap();
        let refused = PrivacyPlan::new(budget, specs(), &keys(0, 12));
        assert!(matches!(refused, Err(PlanError::Cells { cells: 0, .. })));
    }
}
