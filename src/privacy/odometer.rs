//! The odometer: one resident's rolling allowance over all families together.
//!
//! Who was refused is as secret as who spoke: the caller keeps both inside.

use super::{MicroRho, PrivacyPlan};
use crate::domain::{
    Window,
    mutant::{Mutant, active},
};

/// One charge in a resident's history.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    /// The window it is dated at: the last base window of the family's span.
    pub window: Window,
    /// Index of the family in the plan.
    pub family: u16,
    /// What it cost.
    pub cost: MicroRho,
}

impl std::fmt::Debug for Spent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Spent(..)")
    }
}

/// Whether a resident with this `history` can still pay `cost` for `family` at `window`.
///
/// It must fit, in every run of the period's consecutive windows that contains `window`, into the
/// family's share, the cost of all it lets a resident fill and the whole budget. A refused contribution is dropped whole.
///
/// # Privacy
/// An individual zCDP filter: it reads the resident's own charges and the plan, nothing else, and
/// whatever sequence it admits keeps every rolling sum within both bounds.
///
/// # Source
/// Feldman and Zrnic, "Individual privacy accounting via a Renyi filter", arXiv 2008.11193.
pub fn admits(
    plan: &PrivacyPlan,
    history: &[Spent],
    window: Window,
    family: u16,
    cost: MicroRho,
) -> bool {
    let Some(declared) = plan.families().get(usize::from(family)) else { return false };
    let family_max = declared.share().min(declared.cost_period());
    let period = plan.budget().period_windows;
    let first = window.0.saturating_sub(period - 1);
    if active(Mutant::WindowsIgnored) {
        return true;
    }
    (first..=window.0).all(|start| {
        let run = || history.iter().filter(move |spent| in_run(spent.window.0, start, period));
        let total: MicroRho = run().map(|spent| spent.cost).sum();
        let own: MicroRho = run().filter(|s| s.family == family).map(|spent| spent.cost).sum();
        total + cost <= plan.budget().micro && own + cost <= family_max
    })
}

/// Whether a first voice can pay for every release of its run, `costs` by age from `window` on.
///
/// A voice that could pay for some of them only would be counted in the first and missing from the
/// others, so it is dropped whole.
///
/// # Privacy
/// As [`admits`]; each release of the run is asked again when it is due.
pub fn admits_run(
    plan: &PrivacyPlan,
    history: &[Spent],
    window: Window,
    family: u16,
    costs: &[MicroRho],
) -> bool {
    let mut history = history.to_vec();
    costs.iter().zip(window.0..).all(|(&cost, window)| {
        let window = Window(window);
        let fits = admits(plan, &history, window, family, cost);
        history.push(Spent { window, family, cost });
        fits
    })
}

fn in_run(window: u32, start: u32, period: u32) -> bool {
    window >= start && window - start < period
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::privacy::plan::tests::plan;

    fn spent(window: u32, family: u16, cost: MicroRho) -> Spent {
        Spent { window: Window(window), family, cost }
    }

    #[test]
    fn resident_fills_w_windows_of_any_thirteen_and_speaks_again_after_them() {
        let plan = plan();
        let cost = plan.families()[0].cost_full_voice();
        let mut history = Vec::new();
        let mut heard = Vec::new();
        for window in 0..30 {
            if admits(&plan, &history, Window(window), 0, cost) {
                history.push(spent(window, 0, cost));
                heard.push(window);
            }
        }
        assert_eq!(heard, [0, 1, 2, 3, 13, 14, 15, 16, 26, 27, 28, 29]);
    }

    #[test]
    fn charge_dated_later_counts_against_an_earlier_window() {
        let plan = plan();
        let cost = plan.families()[2].cost_full_voice();
        let history = [spent(12, 2, cost)];
        assert!(!admits(&plan, &history, Window(0), 2, cost));
        assert!(admits(&plan, &[spent(13, 2, cost)], Window(0), 2, cost));
    }

    #[test]
    fn charges_of_an_older_plan_count_against_the_whole_budget() {
        let plan = plan();
        let budget = plan.budget().micro;
        assert!(!admits(&plan, &[spent(5, 99, budget)], Window(5), 0, MicroRho(1)));
        assert!(!admits(&plan, &[], Window(5), 99, MicroRho(1)));
    }

    #[test]
    fn odometer_at_exactly_w_whole_voices_admits_and_one_more_unit_is_refused() {
        let plan = plan();
        let family = &plan.families()[3];
        let whole = family.cost_full_voice().times(family.spec().windows_max);
        assert!(whole <= family.share());
        assert!(admits(&plan, &[], Window(4), 3, whole));
        assert!(!admits(&plan, &[], Window(4), 3, MicroRho(whole.0 + 1)));
        assert!(!admits(&plan, &[spent(4, 3, whole)], Window(4), 3, MicroRho(1)));
    }

    proptest! {
        #[test]
        fn any_admitted_sequence_keeps_every_rolling_sum_within_bounds(
            asked in proptest::collection::vec((0..40_u32, 0..4_u16, 1..30_000_u64), 0..120),
        ) {
            let plan = plan();
            let mut history = Vec::new();
            for (window, family, cost) in asked {
                if admits(&plan, &history, Window(window), family, MicroRho(cost)) {
                    history.push(spent(window, family, MicroRho(cost)));
                }
            }
            for start in 0..40_u32 {
                let run: Vec<&Spent> =
                    history.iter().filter(|s| (start..start + 13).contains(&s.window.0)).collect();
                let total: u64 = run.iter().map(|s| s.cost.0).sum();
                prop_assert!(total <= plan.budget().micro.0);
                for (index, family) in plan.families().iter().enumerate() {
                    let own: u64 =
                        run.iter().filter(|s| usize::from(s.family) == index).map(|s| s.cost.0).sum();
                    prop_assert!(own <= family.share().0);
                }
            }
        }
    }
}
