//! Trials of a plan with every kind of family: what is known of them is what is released.

use super::{
    Subject,
    filter::Filter,
    plans::{plan_of, without_end},
    town::Town,
};
use crate::{
    domain::{District, Level},
    privacy::{Budget, FamilySpec, LevelSpec, MicroRho, PrivacyPlan},
    release::ReleasePlan,
};

/// Three levels, a span of two windows, a running total, and a question that has ended; with so
/// little noise that a wrong sum shows.
fn plan() -> ReleasePlan {
    let plan = plan_of(MicroRho(1_000_000)).unwrap();
    let mut keys = plan.keys.clone();
    keys.districts = keys
        .neighborhoods
        .iter()
        .map(|key| District { key: key.clone(), neighborhoods: vec![key.id.clone()] })
        .collect();
    let level = |level, percent| LevelSpec { level, percent };
    let pulse = plan.privacy.families()[0].spec().clone();
    let specs = vec![
        FamilySpec {
            share_percent: 40,
            levels: vec![
                level(Level::Neighborhood, 40),
                level(Level::District, 30),
                level(Level::City, 30),
            ],
            ..pulse.clone()
        },
        FamilySpec {
            id: "detail".into(),
            every_windows: 2,
            windows_max: 1,
            share_percent: 30,
            ..pulse.clone()
        },
        FamilySpec {
            id: "reach".into(),
            windows_max: 1,
            share_percent: 20,
            to_date_windows: Some(4),
            from_window: Some(1),
            ..pulse.clone()
        },
        FamilySpec { id: "ended".into(), share_percent: 10, until_window: Some(2), ..pulse },
    ];
    let budget = Budget::new(40.0, 1e-6, 4).unwrap();
    let privacy = PrivacyPlan::new(budget, specs, &keys).unwrap();
    ReleasePlan { keys, privacy, ..plan }
}

/// Each mean is normal and off by 6.5 of its deviations less than once in ten thousand million runs.
#[test]
fn filters_of_every_kind_of_family_find_what_they_expect_with_and_without_the_canary() {
    const TRIALS: usize = 12;
    let subject = Subject::new("mixed", without_end(&plan()).unwrap()).unwrap();
    assert_eq!((subject.families().len(), subject.windows, subject.strata.len()), (3, 4, 5));
    let folder = tempfile::tempdir().unwrap();
    let mut town = Town::found(&subject, folder.path()).unwrap();
    let filters = Filter::all(&subject);
    let mut sums = vec![[0.0; 2]; filters.len()];
    for trial in 0..2 * TRIALS {
        let residuals = town.trial(trial % 2 == 1).unwrap();
        assert_eq!(residuals.len(), subject.spans.len());
        for (filter, sum) in filters.iter().zip(&mut sums) {
            sum[trial % 2] += filter.statistic(&residuals);
        }
    }
    let off_max = 6.5 / (TRIALS as f64).sqrt();
    for (filter, sum) in filters.iter().zip(sums) {
        let [without, with] = sum.map(|sum| sum / TRIALS as f64);
        assert!(without.abs() < off_max, "{}: {without} without the canary", filter.name);
        assert!((with - filter.shift).abs() < off_max, "{}: {with} with it", filter.name);
        assert!(filter.shift <= filter.mu_promised(), "{}: {}", filter.name, filter.shift);
    }
    assert!(filters[0].shift > 2.0 * off_max, "the test says nothing");
}
