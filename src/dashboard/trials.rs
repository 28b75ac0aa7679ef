//! Plans that readers try, worked out once each.
//!
//! What a trial says is a function of the public plan and of choices from short public lists, so
//! keeping it changes no answer; there are at most a few thousand.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    privacy::{Advice, Change, Forecast, Scenario, ScenarioError, Turnout},
    release::RecordedPlan,
};

/// What a reader may set each number to.
pub(super) const EPSILONS: [f64; 6] = [0.5, 1.0, 2.0, 3.0, 4.0, 8.0];
/// Days in a window.
pub(super) const DAYS: [u16; 5] = [7, 14, 28, 56, 91];
/// Topics, "other" included.
pub(super) const TOPICS: [usize; 5] = [4, 8, 12, 16, 24];
/// Residents in a window.
pub(super) const RESIDENTS: [u32; 8] = [300, 1_000, 2_000, 4_000, 8_000, 20_000, 50_000, 100_000];

/// What a reader chose, each out of its list; none is as the plan has it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Choice {
    /// Epsilon.
    pub epsilon: Option<f64>,
    /// Days in a window.
    pub days: Option<u16>,
    /// Topics.
    pub topics: Option<usize>,
    /// Residents in a window, a public guess.
    pub residents: u32,
}

/// The plan in force, with what it is expected to say.
pub(super) struct Base {
    /// The plan.
    pub scenario: Scenario,
    /// What it will say; none where the library refuses.
    pub forecast: Option<Forecast>,
    /// What would help it most.
    pub advice: Vec<Advice>,
}

/// A plan tried.
pub(super) struct Trial {
    /// The plan in force.
    pub base: Arc<Base>,
    /// Whether anything was changed.
    pub changed: bool,
    /// What it would say, or why it would be refused.
    pub forecast: Result<Forecast, ScenarioError>,
}

/// Names a choice within its lists.
type Key = (Option<u64>, Option<u16>, Option<usize>, u32);

/// Every plan tried so far.
#[derive(Default)]
pub(super) struct Trials {
    bases: Mutex<BTreeMap<u32, Arc<Base>>>,
    trials: Mutex<BTreeMap<Key, Arc<Trial>>>,
}

impl Trials {
    /// What a choice would mean.
    pub fn of(&self, plan: &RecordedPlan, choice: Choice) -> Arc<Trial> {
        let base = kept(&self.bases, choice.residents, || Base::new(plan, choice.residents));
        let Choice { epsilon, days, topics, residents } = choice;
        let key = (epsilon.map(f64::to_bits), days, topics, residents);
        kept(&self.trials, key, || Trial::new(base, choice))
    }
}

/// The value of a key, made without holding the lock: two who ask at once both make it, alike.
fn kept<K: Ord, V>(map: &Mutex<BTreeMap<K, Arc<V>>>, key: K, make: impl FnOnce() -> V) -> Arc<V> {
    let lock = || map.lock().unwrap_or_else(PoisonError::into_inner);
    let found = lock().get(&key).cloned();
    found.unwrap_or_else(|| {
        let made = Arc::new(make());
        lock().entry(key).or_insert(made).clone()
    })
}

impl Base {
    fn new(plan: &RecordedPlan, residents: u32) -> Self {
        let budget = plan.privacy.budget.clone();
        let turnout = Turnout::new(f64::from(residents.max(1)), None, budget.period_windows);
        let scenario = Scenario {
            specs: plan.privacy.families.iter().map(|family| family.declared.clone()).collect(),
            keys: plan.keys.clone(),
            window_days: plan.schedule.window_days,
            turnout: Some(turnout),
            budget,
        };
        let forecast = scenario.forecast().ok();
        Self { advice: scenario.advice(), forecast, scenario }
    }
}

impl Trial {
    fn new(base: Arc<Base>, choice: Choice) -> Self {
        let now = &base.scenario;
        let Choice { epsilon, days, topics, .. } = choice;
        let mut changes = Vec::new();
        changes.extend(epsilon.filter(|e| *e != now.budget.epsilon).map(Change::Epsilon));
        changes.extend(days.filter(|days| *days != now.window_days).map(Change::WindowDays));
        changes.extend(topics.filter(|count| *count != now.keys.topics.len()).map(Change::Topics));
        let tried = changes.iter().try_fold(now.clone(), |plan, change| plan.with(change));
        let forecast = tried.and_then(|plan| plan.forecast());
        Self { changed: !changes.is_empty(), forecast, base }
    }
}
